// What all mutants are linked with: replays one log, with none of them, and lets each take its own way from the first
// place where it differs.
//
//   split_main split TABLE INDEX late|eager FILE.slog
//
// replays the log with the unchanged port. Whenever a mutant that TABLE wants differs for the first time, the process
// forks: the child goes on with that mutant to the end, or until the log refuses it, and the parent waits and writes
// what came of it into the table. So a mutant costs only what comes behind the place that it changes.
//
//   split_main group TABLE INDEX late|eager FILE.slog
//
// replays the log with all mutants of the table that are marked, at once.
//
// Exit status: 0 the replay without mutants, or with the group, agrees; 1 it diverged, 4 it died, 5 it hung; 2 bad
// input.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "conformance/mutants/systematic/switch.h"
#include "worlds/lockstep/replay.h"

namespace mutants {

unsigned char flags[kMost];
unsigned long reached[kMost];
unsigned long differed[kMost];

namespace {

// What TABLE has of each mutant; the driver reads and writes it, too (systematic: ROW).
struct Row {
  std::atomic<uint32_t> verdict;  // 0: none yet
  uint32_t wanted;                // split: it is to be tried. group: it is on
  uint32_t log;                   // who killed it
  uint32_t order;                 // 0 late, 1 eager
  uint64_t record;
  std::atomic<uint64_t> reached;   // in the replays of split, by place
  std::atomic<uint64_t> differed;
  std::atomic<uint64_t> spent;     // microseconds of processor time
  uint64_t budget;                 // no new try when so much is spent
};
static_assert(sizeof(Row) == 56);

enum Verdict : uint32_t { kNone, kDiverged, kDied, kHung };

Row* table;
size_t rows;
uint32_t logIndex;
bool eager;
unsigned mutant;         // in a child: which one it is
int logFd = -1;          // the descriptor that the reader has
uint64_t* childRecord;   // shared with the child

// A mutant that computes for so long without a record is in a loop. What the port needs between two records are
// microseconds.
constexpr suseconds_t kTickMicroseconds = 300 * 1000;
constexpr unsigned kWallSeconds = 120;

bool limited = false;

void limits() {
  limited = true;
  const rlimit memory = {rlim_t{8} << 30, rlim_t{8} << 30};
  setrlimit(RLIMIT_AS, &memory);
  const itimerval ticks{{0, kTickMicroseconds}, {0, kTickMicroseconds}};
  setitimer(ITIMER_PROF, &ticks, nullptr);
  signal(SIGALRM, SIG_DFL);
  alarm(kWallSeconds);
}

// The kind of a divergence that ended a replay.
Verdict verdictOf(const lockstep::Result& result, absl::string_view report) {
  if (result.outcome == lockstep::Result::kAgrees) return kNone;
  if (absl::StrContains(report, "  port:  died: ")) return kDied;
  if (absl::StrContains(report, "  port:  makes no record any more")) return kHung;
  return kDiverged;
}

constexpr int kStatus[] = {0, 1, 4, 5};

}  // namespace

bool look(unsigned id) {
  if ((flags[id] & kOn) != 0) {
    // Of a group: the limits take the place of those that a replay sets for itself.
    if (!limited) limits();
    return true;
  }
  // Wanted, and differs for the first time.
  flags[id] = 0;
  Row& row = table[id];
  if (row.verdict.load() != kNone || row.spent.load() >= row.budget) return false;
  const off_t at = lseek(logFd, 0, SEEK_CUR);
  const pid_t child = fork();
  if (child == 0) {
    std::memset(flags, 0, sizeof flags);
    flags[id] = kOn;
    mutant = id;
    limits();
    return true;
  }
  int status = 0;
  rusage usage{};
  if (child < 0 || wait4(child, &status, 0, &usage) != child) {
    std::perror("fork");
    _exit(2);
  }
  lseek(logFd, at, SEEK_SET);
  const auto micros = [](const timeval& t) {
    return static_cast<uint64_t>(t.tv_sec) * 1000000 + static_cast<uint64_t>(t.tv_usec);
  };
  row.spent += micros(usage.ru_utime) + micros(usage.ru_stime);
  Verdict verdict = kNone;
  if (WIFSIGNALED(status)) {
    verdict = WTERMSIG(status) == SIGALRM ? kHung : kDied;
  } else {
    switch (WEXITSTATUS(status)) {
      case 0: break;
      case 1: verdict = kDiverged; break;
      case 5: verdict = kHung; break;
      default: verdict = kDied;
    }
  }
  if (verdict == kNone) return false;
  uint32_t none = kNone;
  if (row.verdict.compare_exchange_strong(none, verdict)) {
    row.log = logIndex;
    row.order = eager;
    row.record = *childRecord;
  }
  return false;
}

void fellOff() { std::abort(); }

namespace {

int Run(const std::string& mode, const std::string& log) {
  for (size_t id = 0; id < rows; id++) {
    if (table[id].wanted != 0 && table[id].verdict.load() == kNone) flags[id] = mode == "group" ? kOn : kWanted;
  }
  // The reader opens the log first of all, and so gets the lowest descriptor that is free.
  logFd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(logFd);
  childRecord = static_cast<uint64_t*>(
      mmap(nullptr, sizeof *childRecord, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  if (childRecord == MAP_FAILED) return 2;
  lockstep::Result result;
  const std::string report =
      lockstep::Replay(log, result, eager ? lockstep::Order::kEager : lockstep::Order::kLate);
  if (result.outcome == lockstep::Result::kBadInput && mutant == 0) {
    std::fprintf(stderr, "%s\n", report.c_str());
    return 2;
  }
  const Verdict verdict = verdictOf(result, report);
  if (mutant != 0) {
    *childRecord = result.divergence;
    _exit(kStatus[verdict]);
  }
  if (verdict != kNone) {
    std::printf("%llu\n", static_cast<unsigned long long>(result.divergence));
    return kStatus[verdict];
  }
  if (mode == "split") {
    for (size_t id = 0; id < rows; id++) {
      table[id].reached += reached[id];
      table[id].differed += differed[id];
    }
    for (size_t id = 0; id < rows; id++) {
      if (differed[id] != 0) std::printf("%zu\n", id);
    }
  }
  return 0;
}

}  // namespace
}  // namespace mutants

int main(int argc, char** argv) {
  using namespace mutants;
  const std::string mode = argc == 6 ? argv[1] : "", order = argc == 6 ? argv[4] : "";
  if ((mode != "split" && mode != "group") || (order != "late" && order != "eager")) {
    std::fprintf(stderr, "usage: %s split|group TABLE INDEX late|eager FILE.slog\n", argv[0]);
    return 2;
  }
  logIndex = static_cast<uint32_t>(std::atoi(argv[3]));
  eager = order == "eager";
  const int fd = open(argv[2], O_RDWR | O_CLOEXEC);
  struct stat size {};
  if (fd < 0 || fstat(fd, &size) != 0) {
    std::perror(argv[2]);
    return 2;
  }
  rows = static_cast<size_t>(size.st_size) / sizeof(Row);
  void* shared = mmap(nullptr, static_cast<size_t>(size.st_size), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (shared == MAP_FAILED || rows > kMost) {
    std::perror("mmap");
    return 2;
  }
  table = static_cast<Row*>(shared);
  return Run(mode, argv[5]);
}
