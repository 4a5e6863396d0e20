// replay_bench [--json] [--runs N] FILE.slog|DIRECTORY...: records a second on one core, for a log that is only read
// and decoded, and for the same log replayed through the port, in each order of turns. Of a directory: its five largest
// logs.
//
// A replay can be made once per process, so each measurement has a child process of its own. The time is the child's
// processor time: both do all their work on one thread and wait for nothing, and other programs on the machine do not
// count. The kinds alternate at random; shown are medians.
//
// Exit status: 0, 1 when a replay diverges, 2 on bad input or usage.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "conformance/schedlog/reader.h"
#include "worlds/lockstep/replay.h"

namespace {

namespace fs = std::filesystem;

enum Kind { kDecode, kLate, kEager };

const char* NameOf(Kind kind) { return kind == kDecode ? "decode " : kind == kLate ? "late " : "eager "; }

// What a child tells its parent.
struct Answer {
  double seconds = 0;
  uint64_t records = 0;
  int status = 2;  // as the exit status
};

int exit_status = 0;

double ProcessorTime() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

Answer Decode(const std::string& path) {
  Answer answer;
  schedlog::Reader reader;
  schedlog::Record record;
  absl::Status status = reader.Open(path);
  while (status.ok() && reader.Next(record)) answer.records++;
  if (status.ok()) status = reader.status();
  answer.status = status.ok() ? 0 : 2;
  if (!status.ok()) std::fprintf(stderr, "replay_bench: %s\n", std::string(status.message()).c_str());
  return answer;
}

Answer Replay(const std::string& path, lockstep::Order order) {
  Answer answer;
  auto result = std::make_unique<lockstep::Result>();
  const std::string report = lockstep::Replay(path, *result, order);
  answer.records = result->records;
  answer.status = static_cast<int>(result->outcome);
  if (answer.status != 0) std::fprintf(stderr, "replay_bench: %s\n", report.c_str());
  return answer;
}

// One measurement in a child process.
Answer Measure(const std::string& path, Kind kind) {
  Answer answer;
  int fds[2];
  if (pipe(fds) != 0) return answer;
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    const double start = ProcessorTime();
    Answer mine = kind == kDecode ? Decode(path)
                                  : Replay(path, kind == kLate ? lockstep::Order::kLate : lockstep::Order::kEager);
    mine.seconds = ProcessorTime() - start;
    const bool told = write(fds[1], &mine, sizeof mine) == sizeof mine;
    _exit(told ? 0 : 1);
  }
  close(fds[1]);
  if (pid > 0) {
    if (read(fds[0], &answer, sizeof answer) != sizeof answer) answer = Answer{};
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  close(fds[0]);
  return answer;
}

void Run(benchmark::State& state, const std::string& path, Kind kind) {
  uint64_t records = 0;
  for (auto _ : state) {
    const Answer answer = Measure(path, kind);
    if (answer.status != 0) {
      exit_status = std::max(exit_status, answer.status);
      state.SkipWithError("failed");
      return;
    }
    state.SetIterationTime(answer.seconds);
    records += answer.records;
  }
  state.SetItemsProcessed(static_cast<int64_t>(records));
}

// The rates that were measured, in records a second, by benchmark name.
class Rates : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      const auto rate = run.counters.find("items_per_second");
      if (run.run_type == Run::RT_Iteration && rate != run.counters.end()) {
        rates_[run.run_name.function_name].push_back(rate->second);
      }
    }
  }
  double Median(const std::string& name) {
    std::vector<double>& rates = rates_[name];
    if (rates.empty()) return 0;
    std::sort(rates.begin(), rates.end());
    const size_t half = rates.size() / 2;
    return rates.size() % 2 == 1 ? rates[half] : (rates[half - 1] + rates[half]) / 2;
  }

 private:
  std::map<std::string, std::vector<double>> rates_;
};

std::vector<std::string> LargestLogs(const std::string& directory) {
  std::vector<std::pair<uintmax_t, std::string>> logs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".slog") logs.emplace_back(entry.file_size(), entry.path().string());
  }
  std::sort(logs.rbegin(), logs.rend());
  std::vector<std::string> paths;
  for (size_t i = 0; i < logs.size() && i < 5; i++) paths.push_back(logs[i].second);
  return paths;
}

int Usage(const std::string& what) {
  std::fprintf(stderr, "replay_bench: %s\nusage: replay_bench [--json] [--runs N] FILE.slog|DIRECTORY...\n",
               what.c_str());
  return 2;
}

std::string JsonString(const std::string& s) {
  std::string out = "\"";
  for (char c : s) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

int main(int argc, char** argv) {
  bool json = false;
  int runs = 11;
  std::vector<std::string> paths;
  for (int i = 1; i < argc; i++) {
    const std::string arg = argv[i];
    if (arg == "--json") {
      json = true;
    } else if (arg == "--runs") {
      if (i + 1 == argc || !absl::SimpleAtoi(argv[++i], &runs) || runs < 1) return Usage("--runs wants a number");
    } else if (arg.size() > 1 && arg[0] == '-') {
      return Usage("no option " + arg);
    } else if (fs::is_directory(arg)) {
      const std::vector<std::string> logs = LargestLogs(arg);
      if (logs.empty()) return Usage("no *.slog in " + arg);
      paths.insert(paths.end(), logs.begin(), logs.end());
    } else {
      paths.push_back(arg);
    }
  }
  if (paths.empty()) return Usage("no log given");

  // Once without measuring: bad logs are told before anything is timed, and the files are in memory from here on.
  std::vector<uint64_t> records;
  for (const std::string& path : paths) {
    const Answer answer = Measure(path, kLate);
    if (answer.status != 0) return answer.status;
    records.push_back(answer.records);
  }

  for (const std::string& path : paths) {
    for (const Kind kind : {kDecode, kLate, kEager}) {
      benchmark::RegisterBenchmark(absl::StrCat(NameOf(kind), path).c_str(), Run, path, kind)
          ->UseManualTime()
          ->Iterations(1)
          ->Repetitions(runs);
    }
  }
  std::string name = argv[0];
  std::string interleaved = "--benchmark_enable_random_interleaving=true";
  char* flags[] = {name.data(), interleaved.data(), nullptr};
  int nflags = 2;
  benchmark::Initialize(&nflags, flags);
  Rates rates;
  benchmark::RunSpecifiedBenchmarks(&rates);
  if (exit_status != 0) return exit_status;

  if (json) std::printf("{\"runs\": %d, \"logs\": [", runs);
  if (!json) {
    std::printf("%-32s %10s %12s %12s %12s %8s\n", "log", "records", "decode, M/s", "replay, M/s", "eager, M/s",
                "ratio");
  }
  for (size_t i = 0; i < paths.size(); i++) {
    const auto rate = [&](Kind kind) { return rates.Median(absl::StrCat(NameOf(kind), paths[i])) / 1e6; };
    const double decode = rate(kDecode), replay = rate(kLate), eager = rate(kEager);
    const std::string file = fs::path(paths[i]).filename();
    const auto n = static_cast<unsigned long long>(records[i]);
    if (json) {
      std::printf("%s\n  {\"log\": %s, \"records\": %llu, ", i == 0 ? "" : ",", JsonString(file).c_str(), n);
      std::printf("\"decode_per_second\": %.0f, \"replay_per_second\": %.0f, \"eager_per_second\": %.0f}", decode * 1e6,
                  replay * 1e6, eager * 1e6);
    } else {
      std::printf("%-32s %10llu %12.1f %12.1f %12.1f %8.2f\n", file.c_str(), n, decode, replay, eager, replay / decode);
    }
  }
  if (json) std::printf("\n]}\n");
  return 0;
}
