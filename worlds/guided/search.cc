// Snapshots, and trying alternatives from them.
#include "worlds/guided/search.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <new>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "worlds/guided/inside.h"

namespace guided {

namespace {

constexpr uint64_t kEvery = 4000;
constexpr size_t kKept = 4;
// After so many snapshots without a conflict they come half as often, up to one each kEveryMost. Then two are kept.
constexpr int kCalm = 4;
constexpr uint64_t kEveryMost = 32'000;
constexpr uint64_t kBeyond = 400;
constexpr int kAlternatives = 10;
constexpr size_t kSettled = 1 << 16;
// What may be spent on tries, in events: so many, and such a part of what was run.
constexpr uint64_t kSpendFirst = 100'000, kSpendPart = 4;
// Behind each search in vain the next one waits twice as long, from so many events on.
constexpr uint64_t kRest = 8, kRestMost = 1 << 15;

constexpr int kBaseline = -1;

struct Score {
  uint32_t divergences = 0;
  uint64_t first = 0;
  bool done = false;
};

// What all the processes know.
struct Shared {
  pid_t runner = 0;
  uint64_t settledUntil = 0;  // divergences up to there stand
  uint64_t rest = 0;          // how long searches rest, and until when
  uint64_t restUntil = 0;
  uint64_t oldest = 0;        // snapshots of before that have ended
  uint64_t letOut = 0;        // what came before it has been reported
  uint64_t spent = 0;
  uint64_t conflict = 0;
  bool closer = false;  // no snapshot is near: the stretch is run again, with more of them
  int alternatives = 0;
  Choice alternative[kAlternatives];
  Score score[kAlternatives + 1];  // the first: without one
  size_t settled = 0;
  Choice choices[kSettled];
};

struct Snapshot {
  uint64_t index;
  pid_t pid;
  int wake;  // to write to
};

Shared* shared;
int life = -1;  // to read from; ends when the process that began has ended
std::vector<Snapshot> snapshots;
uint64_t every = kEvery;
int calm;
absl::flat_hash_map<uint64_t, Choice> settled;
uint64_t here;

// While an alternative is tried.
bool trying;
int tried;
uint64_t tryUntil, tryFrom;

struct Recent {
  uint64_t look, since;
  int32_t took;
};
constexpr size_t kRecent = 16;
Recent recent[kRecent];
size_t recentCount;

Score& scoreOf(int alternative) { return shared->score[alternative + 1]; }

void learn() {
  settled.clear();
  for (size_t i = 0; i < shared->settled; i++) {
    const Choice& c = shared->choices[i];
    settled[c.look] = c;
  }
}

// False: there is nobody left to wake it.
bool waitFor(int fd) {
  pollfd fds[] = {{fd, POLLIN, 0}, {life, POLLIN, 0}};
  for (int gone = 0;;) {
    const int n = poll(fds, 2, 2000);
    if (n < 0 && errno != EINTR) return false;
    if (n > 0 && fds[1].revents != 0) return false;
    if (n > 0 && fds[0].revents != 0) {
      char c;
      return read(fd, &c, 1) == 1;
    }
    const pid_t runner = shared->runner;
    if (n == 0 && (waitpid(runner, nullptr, WNOHANG) == runner || kill(runner, 0) != 0) && ++gone > 1) return false;
  }
}

void runOn(int alternative, bool isTry) {
  shared->runner = getpid();
  trying = isTry;
  tried = alternative;
  every = kEvery;
  calm = 0;
  tryFrom = here;
  tryUntil = shared->conflict + kBeyond;
  watch();
  std::erase_if(snapshots, [](const Snapshot& each) { return each.index < shared->oldest; });
  learn();
  if (alternative != kBaseline) settled[shared->alternative[alternative].look] = shared->alternative[alternative];
  if (isTry) scoreOf(alternative) = Score{};
}

void keep(const Choice& c) {
  if (shared->settled < kSettled) shared->choices[shared->settled++] = c;
}

// A snapshot. Comes back in a process that runs.
void sleepAndTry(int fd) {
  for (;;) {
    if (!waitFor(fd)) _exit(0);
    if (shared->closer) {
      const pid_t pid = fork();
      if (pid != 0) continue;
      close(fd);
      shared->closer = false;
      shared->spent += shared->conflict - here;
      runOn(kBaseline, false);
      return;
    }
    // A conflict, and this is where to begin.
    const int n = shared->alternatives;
    int best = kBaseline;
    for (int i = kBaseline; i < n; i++) {
      // What there was is known to diverge at the conflict; how it goes on is needed to compare.
      const pid_t pid = fork();
      if (pid == 0) {
        close(fd);
        runOn(i, true);
        return;
      }
      if (pid < 0) break;
      // It says so when it is done: either it has failed, or it goes on.
      if (!waitFor(fd)) _exit(0);
      if (scoreOf(i).done) {
        waitpid(pid, nullptr, 0);
        const Score &a = scoreOf(i), &b = scoreOf(best);
        if (i != kBaseline && a.first > shared->conflict &&
            (a.divergences < b.divergences || (a.divergences == b.divergences && a.first > b.first))) {
          best = i;
        }
        continue;
      }
      best = kAlternatives;
      break;
    }
    if (best == kAlternatives) continue;  // it goes on; another conflict may come
    shared->settledUntil = shared->conflict;
    if (best != kBaseline) {
      keep(shared->alternative[best]);
    } else {
      shared->rest = std::clamp(2 * shared->rest, kRest, kRestMost);
      shared->restUntil = shared->conflict + shared->rest;
    }
    const pid_t pid = fork();
    if (pid == 0) {
      close(fd);
      runOn(kBaseline, false);
      return;
    }
  }
}

bool say(int fd) {
  const char c = 1;
  ssize_t n;
  while ((n = write(fd, &c, 1)) < 0 && errno == EINTR) {
  }
  return n == 1;
}

// The try has come to its end: accepted, if it is without divergence.
void endTry(bool lost) {
  Score& score = scoreOf(tried);
  shared->spent += here - tryFrom;
  const int fd = snapshots.empty() ? -1 : snapshots.back().wake;
  if (!lost && score.divergences == 0) {
    trying = false;
    if (tried != kBaseline) keep(shared->alternative[tried]);
    shared->rest = 0;
    say(fd);
    return;
  }
  if (lost) score.divergences += 1000;
  score.done = true;
  say(fd);
  _exit(0);
}

}  // namespace

void BeginSearch() {
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return;
  int fds[2];
  if (pipe(fds) != 0) {
    munmap(memory, sizeof(Shared));
    return;
  }
  shared = new (memory) Shared;
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // who loses its parent comes to us
  const pid_t pid = fork();
  if (pid < 0) {
    shared = nullptr;
    return;
  }
  if (pid == 0) {
    close(fds[1]);
    life = fds[0];
    std::signal(SIGPIPE, SIG_IGN);
    shared->runner = getpid();
    return;
  }
  close(fds[0]);
  int last = 0;
  for (;;) {
    int status;
    const pid_t ended = waitpid(-1, &status, 0);
    if (ended < 0 && errno == EINTR) continue;
    if (ended < 0) break;
    if (ended == shared->runner) last = status;
  }
  if (WIFSIGNALED(last)) {
    std::signal(WTERMSIG(last), SIG_DFL);
    raise(WTERMSIG(last));
  }
  _exit(WEXITSTATUS(last));
}

bool WantsSnapshot(uint64_t index) {
  if (shared == nullptr) return false;
  if (trying) return index > tryUntil;
  // While searches rest nobody goes back.
  if (index + kEvery < shared->restUntil) return false;
  return snapshots.empty() || index >= snapshots.back().index + every;
}

void AtEvent(uint64_t index) {
  here = index;
  if (shared == nullptr) return;
  if (trying) {
    if (index > tryUntil) endTry(false);
    return;
  }
  if (index + 2 * kEvery < shared->restUntil) {
    // Nobody will go back to where one could: so nothing need be copied that is written from here on.
    for (const Snapshot& each : snapshots) {
      close(each.wake);
      kill(each.pid, SIGKILL);
      waitpid(each.pid, nullptr, 0);
    }
    snapshots.clear();
    shared->oldest = index;
    return;
  }
  if (!WantsSnapshot(index)) return;
  pollfd alive = {life, POLLIN, 0};
  if (poll(&alive, 1, 0) > 0) _exit(0);
  int fds[2];
  if (pipe(fds) != 0) return;
  const pid_t pid = fork();
  if (pid < 0) {
    close(fds[0]);
    close(fds[1]);
    return;
  }
  if (pid == 0) {
    // The snapshot. Its own tries are told of by its own pipe.
    snapshots.push_back({index, getpid(), fds[1]});
    sleepAndTry(fds[0]);
    return;
  }
  close(fds[0]);
  snapshots.push_back({index, pid, fds[1]});
  if (++calm > kCalm) every = std::min(2 * every, kEveryMost);
  while (snapshots.size() > kKept || (snapshots.size() > 2 && index - snapshots[1].index >= kEveryMost)) {
    close(snapshots.front().wake);
    kill(snapshots.front().pid, SIGKILL);
    waitpid(snapshots.front().pid, nullptr, 0);
    snapshots.erase(snapshots.begin());
    shared->oldest = snapshots.front().index;
  }
}

void EndSearch() {
  if (shared == nullptr) return;
  if (trying) endTry(false);
  for (const Snapshot& each : snapshots) {
    close(each.wake);
    kill(each.pid, SIGKILL);
  }
  snapshots.clear();
  while (waitpid(-1, nullptr, 0) > 0) {
  }
}

uint64_t Final() { return shared == nullptr || snapshots.empty() ? here : snapshots.front().index; }

uint64_t LetOut(uint64_t until) {
  static uint64_t alone;
  uint64_t& letOut = shared == nullptr ? alone : shared->letOut;
  const uint64_t before = letOut;
  letOut = std::max(before, until);
  return before;
}

void NoteChoice(uint64_t look, uint64_t since, int32_t took) {
  recent[recentCount++ % kRecent] = {look, since, took};
}

void Conflict(uint64_t index, const Choice* alternatives, int n, bool end) {
  if (shared == nullptr) return;
  if (trying) {
    Score& score = scoreOf(tried);
    if (index <= shared->settledUntil && !end) return;
    if (score.divergences == 0) score.first = index;
    score.divergences++;
    const uint32_t best = scoreOf(kBaseline).done ? scoreOf(kBaseline).divergences : ~0u;
    if (end || score.divergences > best) endTry(true);
    return;
  }
  if (index <= shared->settledUntil || snapshots.empty()) return;
  if (!end && index < shared->restUntil) return;
  if (shared->spent > kSpendFirst + index / kSpendPart) return;
  int taken = 0;
  uint64_t need = index;
  const uint64_t oldest = snapshots.front().index;
  const auto add = [&](const Choice& c) {
    if (taken == kAlternatives || c.since < oldest) return;
    for (int i = 0; i < taken; i++) {
      const Choice& other = shared->alternative[i];
      if (other.look == c.look && other.kind == c.kind && other.n == c.n) return;
    }
    if (auto it = settled.find(c.look); it != settled.end() && it->second.kind == c.kind && it->second.n == c.n) return;
    need = std::min(need, c.since);
    shared->alternative[taken++] = c;
  };
  for (int i = 0; i < n; i++) add(alternatives[i]);
  for (size_t i = 1; i <= kRecent && i <= recentCount; i++) {
    const Recent& r = recent[(recentCount - i) % kRecent];
    add({r.look, r.since, Choice::kLatest, 0});
    add({r.look, r.since, Choice::kNth, 0});
    if (r.took > 1) add({r.look, r.since, Choice::kNth, 1});
  }
  if (taken == 0) return;
  size_t at = snapshots.size();
  while (at > 0 && snapshots[at - 1].index > need) at--;
  if (at == 0) return;
  shared->conflict = index;
  shared->closer = snapshots[at - 1].index + kEvery < need;
  shared->alternatives = taken;
  for (Score& score : shared->score) score = Score{};
  // Those behind are of a past that may not have been.
  for (size_t i = at; i < snapshots.size(); i++) kill(snapshots[i].pid, SIGKILL);
  for (size_t i = at; i < snapshots.size(); i++) waitpid(snapshots[i].pid, nullptr, WNOHANG);
  snapshots.resize(at);
  if (say(snapshots.back().wake)) _exit(0);
}

const Choice* Settled(uint64_t look) {
  if (settled.empty()) return nullptr;
  auto it = settled.find(look);
  return it == settled.end() ? nullptr : &it->second;
}

}  // namespace guided
