// A captured schedule as an execution trace.
//
// A log has what a trace has and much more, but in other words: a trace says "goroutine 7 starts", a log says what the
// scheduler looked at and did until it ran goroutine 7. Nobody has to translate: the log is replayed, and the port
// calls its tracer where Go's scheduler calls Go's. What comes out is the trace that Go would have written, had
// somebody traced that run, and each event of it has been held against the log on the way.
//
// What a log does not know: stacks, but for the function that a goroutine begins with; the times between two readings
// of the clock, so events there are 64 ns apart, in their order; the collector's events.
#include "conformance/trace_from.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "worlds/lockstep/replay.h"
#include "worlds/lockstep/trace.h"

namespace conformance {
namespace {

constexpr uint64_t kGeneration = 1;
constexpr int64_t kUnit = 64;  // ns
constexpr size_t kBatch = 60 << 10;

constexpr char kHelp[] =
    R"(usage: gort trace from [-o OUT] F.slog

Replays a captured schedule and writes it as an execution trace, which go tool trace, gotraceui and gort trace read.
Without -o it goes to standard output.
Exit status: 0 done, 1 the log does not replay, 2 bad input or usage.
)";

void PutVarint(std::string& to, uint64_t v) {
  for (; v >= 0x80; v >>= 7) to += static_cast<char>(v | 0x80);
  to += static_cast<char>(v);
}

// The trace, on its way to a file. Everything is of one generation: a schedule is short.
class TraceFile {
 public:
  explicit TraceFile(FILE* file) : file_(file) { Write(std::string_view("go 1.23 trace\0\0\0", 16)); }

  void Put(const lockstep::TraceEvent& e) {
    uint64_t args[4];
    std::copy(std::begin(e.args), std::end(e.args), args);
    switch (e.kind) {
      case runtime::traceEvGoCreate:
      case runtime::traceEvGoCreateBlocked:
        args[1] = Stack(e.name);
        break;
      case runtime::traceEvGoStop:
      case runtime::traceEvGoBlock:
      case runtime::traceEvSTWBegin:
        args[0] = String(e.name);
        break;
      default:
        break;
    }
    const uint64_t time = static_cast<uint64_t>(e.time / kUnit);
    Batch& batch = batches_[e.m];
    if (batch.bytes.size() >= kBatch) Flush(e.m, batch);
    if (batch.bytes.empty()) batch.start = batch.last = time - 1;
    batch.bytes += static_cast<char>(e.kind);
    PutVarint(batch.bytes, time - batch.last);
    batch.last = time;
    for (int i = 0; i < e.nargs; i++) PutVarint(batch.bytes, args[i]);
  }

  // What is left, and the tables.
  void End() {
    for (auto& [m, batch] : batches_) Flush(m, batch);
    std::string frequency(1, runtime::traceEvFrequency);
    PutVarint(frequency, 1000000000 / kUnit);
    Flush(kNobody, {0, 0, frequency});

    Batch table;
    for (const auto& [name, id] : stacks_) {
      const uint64_t function = String(name);
      const uint64_t file = String("?");
      Begin(table, runtime::traceEvStacks);
      table.bytes += static_cast<char>(runtime::traceEvStack);
      for (uint64_t v : {id, uint64_t{1}, id, function, file, uint64_t{0}}) PutVarint(table.bytes, v);
    }
    Flush(kNobody, table);
    for (const auto& [name, id] : strings_) {
      const std::string_view text = std::string_view(name).substr(0, 1024);
      Begin(table, runtime::traceEvStrings);
      table.bytes += static_cast<char>(runtime::traceEvString);
      PutVarint(table.bytes, id);
      PutVarint(table.bytes, text.size());
      table.bytes += text;
    }
    Flush(kNobody, table);
  }

  bool ok() const { return error_ == 0; }
  int error() const { return error_; }

 private:
  static constexpr uint64_t kNobody = ~uint64_t{0};

  struct Batch {
    uint64_t start = 0, last = 0;
    std::string bytes;
  };

  // Room for another entry of a table.
  void Begin(Batch& table, runtime::traceEv kind) {
    if (table.bytes.size() >= kBatch) Flush(kNobody, table);
    if (table.bytes.empty()) table.bytes += static_cast<char>(kind);
  }

  void Flush(uint64_t m, Batch&& batch) { Flush(m, batch); }
  void Flush(uint64_t m, Batch& batch) {
    if (batch.bytes.empty()) return;
    std::string head(1, runtime::traceEvEventBatch);
    for (uint64_t v : {kGeneration, m, batch.start, uint64_t{batch.bytes.size()}}) PutVarint(head, v);
    Write(head);
    Write(batch.bytes);
    batch.bytes.clear();
  }

  void Write(std::string_view bytes) {
    if (ok() && std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) error_ = errno;
  }

  static uint64_t Number(std::unordered_map<std::string, uint64_t>& table, std::string_view name) {
    return table.try_emplace(std::string(name), table.size() + 1).first->second;
  }
  uint64_t String(std::string_view name) { return Number(strings_, name); }
  uint64_t Stack(std::string_view function) { return function.empty() ? 0 : Number(stacks_, function); }

  FILE* file_;
  int error_ = 0;
  std::map<uint64_t, Batch> batches_;  // by M
  std::unordered_map<std::string, uint64_t> strings_, stacks_;
};

TraceFile* trace = nullptr;

int Usage(const std::string& what) {
  std::fprintf(stderr, "gort trace from: %s; 'gort trace from --help' tells more\n", what.c_str());
  return 2;
}

}  // namespace

int trace_from_main(int argc, char** argv) {
  std::string out, log;
  for (int i = 1; i < argc; i++) {
    const std::string_view arg = argv[i];
    if (arg == "--help" || arg == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (arg == "-o") {
      if (++i == argc) return Usage("-o needs a file");
      out = argv[i];
    } else if (arg.size() > 1 && arg[0] == '-') {
      return Usage("no option '" + std::string(arg) + "'");
    } else if (!log.empty()) {
      return Usage("one log at a time");
    } else {
      log = arg;
    }
  }
  if (log.empty()) return Usage("no log");
  if (out.empty() && isatty(STDOUT_FILENO)) return Usage("a trace is no text for a terminal: -o OUT");

  FILE* file = out.empty() ? stdout : std::fopen(out.c_str(), "wb");
  if (file == nullptr) {
    std::fprintf(stderr, "gort trace from: %s: %s\n", out.c_str(), std::strerror(errno));
    return 2;
  }
  TraceFile written(file);
  trace = &written;
  lockstep::traceSink = [](const lockstep::TraceEvent& e) { trace->Put(e); };
  lockstep::Result result;
  const std::string said = lockstep::Replay(log, result);
  lockstep::traceSink = nullptr;
  written.End();
  int error = written.error();
  if (std::fflush(file) != 0 && error == 0) error = errno;
  if (file != stdout && std::fclose(file) != 0 && error == 0) error = errno;
  if (error != 0) {
    std::fprintf(stderr, "gort trace from: %s: %s\n", out.empty() ? "standard output" : out.c_str(),
                 std::strerror(error));
    return 2;
  }
  if (result.outcome == lockstep::Result::kAgrees) return 0;
  std::fprintf(stderr, "gort trace from: %s\n", said.c_str());
  return result.outcome == lockstep::Result::kDiverged ? 1 : 2;
}

}  // namespace conformance
