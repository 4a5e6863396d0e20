// gort replay: a child process for each log, as many at a time as there are processors.
#include "conformance/replay_cli.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "conformance/children.h"
#include "conformance/part_table.h"
#include "conformance/ports.h"
#include "conformance/replay_report.h"
#include "conformance/schedlog/reader.h"
#include "worlds/lockstep/replay.h"

namespace conformance {
namespace {

constexpr char kHelp[] =
    R"(usage: gort replay [--json] [--jobs N] [--order=both|late|eager] [--go=RELEASE [--table]]
                   [FILE.slog | DIRECTORY]...

Runs each log through the port of Go's scheduler, record by record, and compares every decision.
Without a file: the shipped corpus. The port is that of the log's release of Go.

  --json     the report as one JSON object
  --jobs N   N logs at a time (as many as there are processors)
  --order=late   a thread runs on behind a record until its next one: what it writes in between comes early
  --order=eager  it stops right behind the record, and runs on when its next one is due: that comes late
  --go=1.25      the port of that release, whatever the log is of: to see where the two schedulers part
  --table    with --go: no report of each log, but a table of where the two part first, and how many programs do
  --order=both   each log in both, one after the other (the default; of a pipe, which is read once, only the late one)

The last line is: replayed F files, R records, D decisions, 0 divergences
Exit status: 0 all agree, 1 a divergence, 2 bad input or usage.
)";

using lockstep::Order;

struct Options {
  bool json = false;
  bool table = false;
  std::vector<Order> orders = {Order::kLate, Order::kEager};
  std::string release;  // whose port: empty for the log's own
  unsigned jobs = 0;
  std::vector<std::string> files;
};

int Usage(const std::string& what) {
  std::fprintf(stderr, "gort replay: %s; 'gort replay --help' tells more\n", what.c_str());
  return 2;
}

bool IsDirectory(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

// The logs of a directory, by name; then those of its folders that are named after a release.
std::vector<std::string> LogsOf(const std::string& dir) {
  std::vector<std::string> files, folders;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(dir, error)) {
    if (entry.path().extension() == ".slog") files.push_back(entry.path().string());
    if (entry.is_directory(error) && absl::StartsWith(entry.path().filename().string(), "go1.")) {
      folders.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  std::sort(folders.begin(), folders.end());
  for (const std::string& folder : folders) {
    const std::vector<std::string> more = LogsOf(folder);
    files.insert(files.end(), more.begin(), more.end());
  }
  return files;
}

// The child's answer: a Result, then text.
void Answer(const std::string& path, Order order, const std::string& wanted, int fd) {
  std::string release = wanted, version = wanted;
  std::error_code error;
  // A pipe is read once: it is for this port, or refused by it.
  if (release.empty() && std::filesystem::is_regular_file(path, error)) {
    schedlog::Reader reader;
    if (reader.Open(path).ok()) {
      version = reader.header().go_version;
      release = ReleaseOf(version);
    }
  }
  lockstep::anyRelease = !wanted.empty();
  if (!release.empty() && release != kOwnRelease) {
    if (const std::string port = PortOf(release); !port.empty()) {
      dup2(fd, STDOUT_FILENO);
      const char* any = wanted.empty() ? nullptr : "any";
      execl(port.c_str(), port.c_str(), order == Order::kLate ? "late" : "eager", path.c_str(), any, nullptr);
      _exit(127);
    }
    lockstep::Result result;
    const std::string text = absl::StrCat(path, ": byte 0: captured from ", version, ", of which there is no port (",
                                          KnownReleases(), ")");
    WriteAll(fd, &result, sizeof(result));
    WriteAll(fd, text.data(), text.size());
    return;
  }
  auto result = std::make_unique<lockstep::Result>();
  std::string text = lockstep::Replay(path, *result, order);
  WriteAll(fd, result.get(), sizeof(*result));
  WriteAll(fd, text.data(), text.size());
}

// One log in one order.
struct Run {
  size_t file;
  Order order;
};

// A log agrees when it agrees in every order; the first that does not is the one to show.
void TakeAnswer(Ended&& child, FileReport& report) {
  report.seconds += child.seconds;
  if (report.runs++ != 0 && report.result.outcome != lockstep::Result::kAgrees) return;
  if (child.answer.size() >= sizeof(lockstep::Result)) {
    std::memcpy(&report.result, child.answer.data(), sizeof(lockstep::Result));
    report.text = child.answer.substr(sizeof(lockstep::Result));
    return;
  }
  report.result.outcome = lockstep::Result::kDiverged;
  report.text = absl::StrCat(report.path, ": the replay died: ", WhyEnded(child.status), "\n");
}

// Tells on a terminal how far it is.
class Progress {
 public:
  explicit Progress(size_t files) : files_(files), on_(isatty(STDERR_FILENO) != 0) {}
  void Done(uint64_t records) {
    records_ += records;
    done_++;
    if (on_) std::fprintf(stderr, "\r%zu of %zu replays, %llu records ", done_, files_,
                          static_cast<unsigned long long>(records_));
  }
  ~Progress() {
    if (on_) std::fprintf(stderr, "\r\033[K");
  }

 private:
  size_t files_;
  size_t done_ = 0;
  uint64_t records_ = 0;
  bool on_;
};

bool ReplayAll(const Options& options, std::vector<FileReport>& reports) {
  std::vector<Run> runs;
  for (size_t i = 0; i < options.files.size(); i++) {
    std::error_code error;
    const bool again = std::filesystem::is_regular_file(options.files[i], error);
    for (const Order order : options.orders) {
      if (again || order == options.orders.front()) runs.push_back({i, order});
    }
  }
  Progress progress(runs.size());
  const bool ran = InChildren(
      runs.size(), options.jobs,
      [&](size_t i, int fd) { Answer(options.files[runs[i].file], runs[i].order, options.release, fd); },
      [&](size_t i, Ended&& child) {
        FileReport& report = reports[runs[i].file];
        TakeAnswer(std::move(child), report);
        progress.Done(report.result.records);
      });
  if (!ran) std::fprintf(stderr, "gort replay: cannot start a process: %s\n", std::strerror(errno));
  return ran;
}

}  // namespace

int replay_main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i++) {
    std::string arg = argv[i];
    absl::string_view rest = arg;
    if (arg == "--help" || arg == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (arg == "--json") {
      options.json = true;
    } else if (arg == "--table") {
      options.table = true;
    } else if (arg == "--order=late") {
      options.orders = {Order::kLate};
    } else if (arg == "--order=eager") {
      options.orders = {Order::kEager};
    } else if (arg == "--order=both") {
      options.orders = {Order::kLate, Order::kEager};
    } else if (absl::ConsumePrefix(&rest, "--go=")) {
      options.release = absl::StrCat(absl::StartsWith(rest, "go") ? "" : "go", rest);
      if (options.release != kOwnRelease && PortOf(options.release).empty()) {
        return Usage(absl::StrCat("no port of ", options.release, " (", KnownReleases(), ")"));
      }
    } else if (arg == "--jobs") {
      if (i + 1 == argc || !absl::SimpleAtoi(argv[i + 1], &options.jobs) || options.jobs == 0) {
        return Usage("--jobs wants a number");
      }
      i++;
    } else if (arg.size() > 1 && arg[0] == '-') {
      return Usage("no option " + arg);
    } else if (IsDirectory(arg)) {
      std::vector<std::string> logs = LogsOf(arg);
      if (logs.empty()) return Usage("no *.slog in " + arg);
      options.files.insert(options.files.end(), logs.begin(), logs.end());
    } else {
      options.files.push_back(arg);
    }
  }
  if (options.files.empty()) {
    const char* corpus = std::getenv("GORT_CORPUS");
    if (corpus == nullptr) return Usage("no log given, and GORT_CORPUS does not name a directory of logs");
    options.files = LogsOf(corpus);
    if (options.files.empty()) return Usage(absl::StrCat("no *.slog in ", corpus));
  }
  if (options.table && (options.release.empty() || options.json)) {
    return Usage("--table goes with --go, without --json");
  }
  if (options.jobs == 0) options.jobs = std::max(1u, std::thread::hardware_concurrency());

  std::vector<FileReport> reports(options.files.size());
  for (size_t i = 0; i < reports.size(); i++) reports[i].path = options.files[i];
  if (!ReplayAll(options, reports)) return 2;

  Summary summary;
  for (const FileReport& report : reports) {
    schedlog::Reader reader;
    schedlog::Header none;
    std::error_code error;
    const bool again = std::filesystem::is_regular_file(report.path, error);  // a pipe is read once
    summary.Add(report, again && reader.Open(report.path).ok() ? reader.header() : none);
    if (report.result.outcome == lockstep::Result::kBadInput) {
      std::fprintf(stderr, "gort replay: %s\n", report.text.c_str());
    } else if (!report.text.empty() && !options.json && !options.table) {
      std::fputs(report.text.c_str(), stdout);
    }
  }
  const std::string text = options.table  ? PartTable(reports, options.release)
                           : options.json ? summary.Json(reports)
                                          : summary.Text();
  std::fputs(text.c_str(), stdout);
  if (summary.divergences() != 0) return 1;
  return summary.unreadable() != 0 ? 2 : 0;
}

}  // namespace conformance
