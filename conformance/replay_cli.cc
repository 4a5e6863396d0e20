// gort replay: a child process for each log, as many at a time as there are processors.
#include "conformance/replay_cli.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "conformance/replay_report.h"
#include "conformance/schedlog/reader.h"
#include "worlds/lockstep/replay.h"

namespace conformance {
namespace {

constexpr char kHelp[] =
    R"(usage: gort replay [--json] [--jobs N] [FILE.slog | DIRECTORY]...

Runs each log through the port of Go's scheduler, record by record, and compares every decision.
Without a file: the shipped corpus.

  --json     the report as one JSON object
  --jobs N   N logs at a time (as many as there are processors)

The last line is: replayed F files, R records, D decisions, 0 divergences
Exit status: 0 all agree, 1 a divergence, 2 bad input or usage.
)";

struct Options {
  bool json = false;
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

// The logs of a directory, by name.
std::vector<std::string> LogsOf(const std::string& dir) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(dir, error)) {
    if (entry.path().extension() == ".slog") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool WriteAll(int fd, const void* data, size_t n) {
  const char* p = static_cast<const char*>(data);
  while (n > 0) {
    ssize_t w = write(fd, p, n);
    if (w < 0 && errno == EINTR) continue;
    if (w <= 0) return false;
    p += w;
    n -= static_cast<size_t>(w);
  }
  return true;
}

// One log being replayed by a child.
struct Job {
  size_t index;
  pid_t pid;
  int fd;  // the child's answer: a Result, then text
  std::string answer;
  std::chrono::steady_clock::time_point start;
};

bool Start(const std::string& path, Job& job) {
  int fds[2];
  if (pipe(fds) != 0) return false;
  std::fflush(nullptr);
  const pid_t parent = getpid();
  pid_t pid = fork();
  if (pid < 0) {
    close(fds[0]);
    close(fds[1]);
    return false;
  }
  if (pid == 0) {
    close(fds[0]);
    // It ends with us; we may have ended before it asked for that.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    auto result = std::make_unique<lockstep::Result>();
    std::string text = lockstep::Replay(path, *result);
    WriteAll(fds[1], result.get(), sizeof(*result));
    WriteAll(fds[1], text.data(), text.size());
    _exit(0);
  }
  close(fds[1]);
  job.pid = pid;
  job.fd = fds[0];
  job.start = std::chrono::steady_clock::now();
  return true;
}

void Finish(Job& job, FileReport& report) {
  int status = 0;
  while (waitpid(job.pid, &status, 0) < 0 && errno == EINTR) {
  }
  close(job.fd);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - job.start).count();
  if (job.answer.size() >= sizeof(lockstep::Result)) {
    std::memcpy(&report.result, job.answer.data(), sizeof(lockstep::Result));
    report.text = job.answer.substr(sizeof(lockstep::Result));
    return;
  }
  report.result.outcome = lockstep::Result::kDiverged;
  report.text = absl::StrCat(report.path, ": the replay died: ",
                             WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "no answer", "\n");
}

// Tells on a terminal how far it is.
class Progress {
 public:
  explicit Progress(size_t files) : files_(files), on_(isatty(STDERR_FILENO) != 0) {}
  void Done(uint64_t records) {
    records_ += records;
    done_++;
    if (on_) std::fprintf(stderr, "\r%zu of %zu logs, %llu records ", done_, files_,
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
  Progress progress(options.files.size());
  std::vector<Job> jobs;
  size_t next = 0;
  while (next < options.files.size() || !jobs.empty()) {
    while (next < options.files.size() && jobs.size() < options.jobs) {
      Job job{};
      job.index = next;
      if (!Start(options.files[next], job)) {
        std::fprintf(stderr, "gort replay: cannot start a process: %s\n", std::strerror(errno));
        return false;
      }
      jobs.push_back(std::move(job));
      next++;
    }
    std::vector<pollfd> fds;
    for (const Job& job : jobs) fds.push_back({job.fd, POLLIN, 0});
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) return false;
    for (size_t i = jobs.size(); i-- > 0;) {
      if (fds[i].revents == 0) continue;
      char buffer[65536];
      ssize_t n = read(jobs[i].fd, buffer, sizeof buffer);
      if (n > 0) {
        jobs[i].answer.append(buffer, static_cast<size_t>(n));
      } else if (n == 0 || errno != EINTR) {
        FileReport& report = reports[jobs[i].index];
        Finish(jobs[i], report);
        progress.Done(report.result.records);
        jobs.erase(jobs.begin() + static_cast<ptrdiff_t>(i));
      }
    }
  }
  return true;
}

}  // namespace

int replay_main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i++) {
    std::string arg = argv[i];
    if (arg == "--help" || arg == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (arg == "--json") {
      options.json = true;
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
    } else if (!report.text.empty() && !options.json) {
      std::fputs(report.text.c_str(), stdout);
    }
  }
  std::fputs((options.json ? summary.Json(reports) : summary.Text()).c_str(), stdout);
  if (summary.divergences() != 0) return 1;
  return summary.unreadable() != 0 ? 2 : 0;
}

}  // namespace conformance
