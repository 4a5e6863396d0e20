// gort dump
#include <fnmatch.h>
#include <getopt.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "conformance/schedlog/cli.h"
#include "conformance/schedlog/reader.h"
#include "conformance/schedlog/text.h"

namespace schedlog {
namespace {

constexpr char kHelp[] =
    "usage: gort dump [options] F.slog\n"
    "\n"
    "Prints a schedule log as text: its header, one line a record, how it ends. `gort pack`\n"
    "turns the text back into an equal log. With --from, --count, --kind or --m only the\n"
    "records asked for are printed, without the header and the end.\n"
    "\n"
    "  --from N      begin with record N (they count from 0)\n"
    "  --count N     print at most N records\n"
    "  --kind NAME   only records of this kind; NAME may be a pattern such as 'p.*.Cas';\n"
    "                may be given more than once\n"
    "  --m N         only records of M number N\n"
    "  --header      print the header and the end all the same\n"
    "  --state       only the snapshots of the scheduler's state, for people to read\n"
    "  --json        one JSON object a line: the header, the records, the end\n"
    "  --help        this text\n"
    "\n"
    "F.slog may be - for standard input. Exit status 2 if the log is damaged or cut without\n"
    "an end marker; what comes before the damage is printed.\n";

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();
constexpr size_t kFlushAt = 1 << 16;

struct Options {
  std::string path;
  uint64_t from = 0;
  uint64_t count = kNoLimit;
  std::vector<std::string> kinds;
  uint64_t m = kNoLimit;
  bool header = false;
  bool json = false;
  bool state = false;

  bool Filtered() const {
    return state || from != 0 || count != kNoLimit || !kinds.empty() || m != kNoLimit;
  }
};

int Usage(const char* problem) {
  fprintf(stderr, "gort dump: %s (see gort dump --help)\n", problem);
  return 2;
}

// Text on its way to stdout.
class Output {
 public:
  std::string& buffer() { return buffer_; }

  // Passes on what has gathered; all of it if `now`. False: stdout takes no more.
  bool Flush(bool now) {
    if (buffer_.size() < kFlushAt && !now) return true;
    const bool good = fwrite(buffer_.data(), 1, buffer_.size(), stdout) == buffer_.size() &&
                      (!now || fflush(stdout) == 0);
    if (!good) {
      fprintf(stderr, "standard output: byte %llu: cannot write: %s\n",
              static_cast<unsigned long long>(written_), strerror(errno));
    }
    written_ += buffer_.size();
    buffer_.clear();
    return good;
  }

 private:
  std::string buffer_;
  uint64_t written_ = 0;
};

// Which kinds to print, by number. False: a pattern fits none.
bool Choose(const Options& options, const Reader& reader, std::vector<bool>& wanted) {
  wanted.assign(256, options.kinds.empty());
  for (const std::string& pattern : options.kinds) {
    bool found = false;
    for (const Kind& kind : reader.header().kinds) {
      if (fnmatch(pattern.c_str(), kind.name.c_str(), 0) != 0) continue;
      wanted[kind.number] = found = true;
    }
    if (!found) {
      fprintf(stderr, "%s: byte 20: the log's table has no record kind \"%s\"\n",
              reader.name().c_str(), pattern.c_str());
      return false;
    }
  }
  return true;
}

int Dump(const Options& options) {
  Reader reader;
  absl::Status status =
      options.path == "-" ? reader.OpenFd(0, "standard input") : reader.Open(options.path);
  if (!status.ok()) {
    fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return 2;
  }
  std::vector<bool> wanted;
  if (!Choose(options, reader, wanted)) return 2;
  const bool header = options.header || !options.Filtered();
  const RecordPrinter printer(reader.header());
  Output out;
  if (header)
    out.buffer() = options.json ? HeaderJson(reader.header()) : HeaderText(reader.header());

  uint64_t printed = 0;
  if (options.state || !options.Filtered()) {
    reader.set_snapshot_sink([&](const Snapshot& snapshot) {
      if (snapshot.index < options.from || printed >= options.count) return;
      if (options.m != kNoLimit && snapshot.m != options.m) return;
      if (options.json) {
        printer.Json(snapshot, out.buffer());
      } else if (options.state) {
        printer.State(snapshot, out.buffer());
      } else {
        printer.Text(snapshot, out.buffer());
      }
      printed += options.state;
    });
  }
  if (options.from != 0) reader.SkipBlocksBefore(options.from).IgnoreError();
  Record record;
  while (printed < options.count && reader.Next(record)) {
    if (options.state) {
      if (!out.Flush(false)) return 2;
      continue;
    }
    if (reader.record_index() < options.from || !wanted[record.kind]) continue;
    if (options.m != kNoLimit && record.m != options.m) continue;
    printed++;
    if (options.json) {
      printer.Json(reader.record_index(), record, out.buffer());
    } else {
      printer.Text(reader.record_index(), record, out.buffer());
    }
    if (!out.Flush(false)) return 2;
  }
  if (header && reader.status().ok()) {
    // With --count the end is further on.
    while (reader.Next(record)) continue;
    if (reader.at_end())
      out.buffer() += options.json ? EndJson(reader.end()) : EndText(reader.end());
  }
  if (!out.Flush(true)) return 2;
  if (!reader.status().ok()) {
    fprintf(stderr, "%s\n", std::string(reader.status().message()).c_str());
    return 2;
  }
  return 0;
}

}  // namespace

int dump_main(int argc, char** argv) {
  const option longs[] = {
      {"from", required_argument, nullptr, 'f'}, {"count", required_argument, nullptr, 'c'},
      {"kind", required_argument, nullptr, 'k'}, {"m", required_argument, nullptr, 'm'},
      {"header", no_argument, nullptr, 'H'},     {"json", no_argument, nullptr, 'j'},
      {"help", no_argument, nullptr, 'h'},       {"state", no_argument, nullptr, 's'},
      {nullptr, 0, nullptr, 0}};
  Options options;
  optind = 0;
  opterr = 0;
  for (int letter; (letter = getopt_long(argc, argv, "h", longs, nullptr)) != -1;) {
    bool good = true;
    switch (letter) {
      case 'f': good = absl::SimpleAtoi(optarg, &options.from); break;
      case 'c': good = absl::SimpleAtoi(optarg, &options.count); break;
      case 'm': good = absl::SimpleAtoi(optarg, &options.m); break;
      case 'k': options.kinds.push_back(optarg); break;
      case 'H': options.header = true; break;
      case 'j': options.json = true; break;
      case 's': options.state = true; break;
      case 'h': fputs(kHelp, stdout); return 0;
      default: return Usage("unknown option, or one without its value");
    }
    if (!good) return Usage("--from, --count and --m take a number");
  }
  if (optind + 1 != argc) return Usage("it takes one file");
  options.path = argv[optind];
  return Dump(options);
}

}  // namespace schedlog
