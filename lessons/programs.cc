// programs.cc: the four programs, and how each is measured.
#include "lessons/programs.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "lessons/chan.h"
#include "lessons/timeline.h"

namespace lessons {
namespace {

using timeline::mark;

[[noreturn]] void wrong(const char* what) {
  std::fprintf(stderr, "wrong result: %s\n", what);
  _exit(1);
}

int64_t now(clockid_t clock = CLOCK_MONOTONIC) {
  timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

// What passes from its making on: time, processor time, and how often a thread of this process went to sleep.
class Meter {
 public:
  double ns() const { return static_cast<double>(now() - began_); }
  double ms() const { return ns() / 1e6; }
  double cpu() const { return static_cast<double>(now(CLOCK_PROCESS_CPUTIME_ID) - cpu_); }  // ns
  double sleeps() const { return static_cast<double>(slept() - slept_); }

 private:
  static long slept() {
    rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_nvcsw;
  }
  int64_t began_ = now(), cpu_ = now(CLOCK_PROCESS_CPUTIME_ID);
  long slept_ = slept();
};

// Computes: some nanoseconds for each round, whether anybody wants to know the result or not.
[[gnu::noinline]] uint64_t compute(uint64_t x, int rounds) {
  for (int i = 0; i < rounds; i++) {
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    asm volatile("" : "+r"(x));
  }
  return x;
}

// Counts how often a goroutine found itself on another thread than before. By that goroutine.
class Moves {
 public:
  void look() {
    const long here = thread();
    moved_ += here != last_;
    last_ = here;
  }
  long moved() const { return moved_; }

 private:
  // Not inlined: the compiler would look once.
  [[gnu::noinline]] static long thread() {
    static thread_local const long id = syscall(SYS_gettid);
    asm volatile("");
    return id;
  }
  long last_ = thread();
  long moved_ = 0;
};

// What some pairs of goroutines came to, of which one always waits for the other: a token goes to and fro.
struct Rally {
  double wall, cpu;  // ns for a round trip, all pairs together: of time, and of processor time
  double median;     // ns that a pair waited for one of its own
  double moved;      // in 1,000 round trips: a goroutine found itself on another thread than before
  double slept;      // likewise: a thread went to sleep
};
Rally rally(int pairs, int n) {
  std::vector<Chan> there(pairs), back(pairs);
  std::vector<int64_t> times(static_cast<size_t>(pairs) * n);
  std::atomic<long> moved{0};
  Group playing(2 * pairs);
  Meter meter;
  for (int i = 0; i < pairs; i++) {
    go([&, i] {
      Moves moves;
      for (long k = 0; k < n; k++) {
        const long token = there[i].receive();
        if (token != 2 * k) wrong("the token at the far end");
        moves.look();
        mark(static_cast<char>('a' + i));
        back[i].send(token + 1);
      }
      moved += moves.moved();
      playing.done();  // the last of a goroutine that touches what is on our stack
    });
    go([&, i] {
      for (long k = 0; k < n; k++) {
        const int64_t begin = now();
        mark(static_cast<char>('A' + i));
        there[i].send(2 * k);
        if (back[i].receive() != 2 * k + 1) wrong("the token at the near end");
        times[i * n + k] = now() - begin;
      }
      playing.done();
    });
  }
  playing.wait();
  mark(' ');
  const double trips = static_cast<double>(times.size());
  const Rally result = {meter.ns() / trips, meter.cpu() / trips, 0, 1000 * static_cast<double>(moved) / trips,
                        1000 * meter.sleeps() / trips};
  std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
  return {result.wall, result.cpu, static_cast<double>(times[times.size() / 2]), result.moved, result.slept};
}

// pingpong: many pairs, then one alone. What does it cost to wake somebody, how long does it take until he runs, and
// where?
std::vector<Figure> pingpong(int, bool small) {
  const Rally many = rally(16, small ? 20 : 2500);
  const Rally one = rally(1, small ? 20 : 5000);
  return {
      {"16 pairs: a round trip, of them all", many.wall, "ns"},
      {"16 pairs: how long one waits for its own, median", many.median, "ns"},
      {"16 pairs: moves to another thread, in 1,000 round trips", many.moved, ""},
      {"16 pairs: threads that go to sleep, in 1,000", many.slept, ""},
      {"one pair: a round trip", one.wall, "ns"},
      {"one pair: processor time of a round trip", one.cpu, "ns"},
      {"one pair: moves to another thread, in 1,000 round trips", one.moved, ""},
      {"one pair: threads that go to sleep, in 1,000", one.slept, ""},
  };
}

// fan: many goroutines that live for a moment. What does one cost, and do more processors help?
std::vector<Figure> fan(int, bool small) {
  constexpr int kMakers = 8, kBatch = 64, kWork = 400;
  const int batches = small ? 2 : 60;
  std::atomic<uint64_t> sum{0};
  Group makers(kMakers);
  Meter meter;
  for (int m = 0; m < kMakers; m++) {
    go([&, m] {
      for (int b = 0; b < batches; b++) {
        Group batch(kBatch);
        for (int i = 0; i < kBatch; i++) {
          go([&, m, b, i] {
            mark(static_cast<char>('a' + m));
            sum += compute(static_cast<uint64_t>((m * batches + b) * kBatch + i + 1), kWork);
            mark(' ');
            batch.done();
          });
        }
        batch.wait();
      }
      makers.done();
    });
  }
  makers.wait();
  const int all = kMakers * batches * kBatch;
  const double ns = meter.ns() / all;
  uint64_t expected = 0;
  Meter alone;
  for (int i = 1; i <= all; i++) expected += compute(static_cast<uint64_t>(i), kWork);
  if (sum != expected) wrong("the sum");
  return {{"a goroutine that works for " + std::to_string(static_cast<int>(alone.ns() / all)) + " ns", ns, "ns"}};
}

// A call that blocks in the system, and one that does not. By their numbers: nobody may wrap them.
void sleepInSystem(int64_t ns) {
  const timespec t = {0, static_cast<long>(ns)};
  entersyscall();
  syscall(SYS_nanosleep, &t, nullptr);
  exitsyscall();
}
void lookIntoSystem() {
  entersyscall();
  syscall(SYS_getppid);
  exitsyscall();
}

// calls: system calls beside work. Who waits for them besides the goroutine that makes them?
std::vector<Figure> calls(int procs, bool small) {
  std::vector<Figure> figures;

  // Long ones: 8 goroutines that sleep in the system, and one that works and yields.
  constexpr int kCallers = 8;
  {
    const int sleeps = small ? 3 : 10;
    std::atomic<int> done{0};
    Group callers(kCallers);
    Meter meter;
    for (int i = 0; i < kCallers; i++) {
      go([&, i] {
        for (int k = 0; k < sleeps; k++) {
          mark(static_cast<char>('a' + i), true);
          sleepInSystem(1000000);
          mark(' ');
          done++;
        }
        callers.done();
      });
    }
    Group worker(1);
    double worked = 0;
    go([&] {
      for (int k = 0; k < 20 * sleeps; k++) {
        mark('W');
        compute(1, 10000);
        mark(' ');
        yield();
      }
      worked = meter.ms();
      worker.done();
    });
    worker.wait();
    callers.wait();
    if (done != kCallers * sleeps) wrong("the number of calls");
    figures.push_back({"8 goroutines sleep 10 times 1 ms in the system", meter.ms(), "ms"});
    figures.push_back({"another has worked off its share beside them after", worked, "ms"});
  }

  // Short ones.
  const int n = small ? 100 : 20000, each = 2;
  std::atomic<int> done{0};
  Group callers(procs * each);
  Meter meter;
  for (int i = 0; i < procs * each; i++) {
    go([&] {
      for (int k = 0; k < n; k++) lookIntoSystem();
      done += n;
      callers.done();
    });
  }
  callers.wait();
  if (done != procs * each * n) wrong("the number of short calls");
  figures.push_back({"a short call, from " + std::to_string(each) + " goroutines a processor",
                     meter.ns() * procs / done, "ns"});
  return figures;
}

// hog: goroutines that compute and never call the scheduler, two for each processor, and a guest that sleeps in the
// system for a moment and yields, as long as they last. How long is the guest kept waiting?
std::vector<Figure> hog(int procs, bool small) {
  const int64_t length = (small ? 10 : 150) * INT64_C(1000000);
  const int all = 2 * procs;
  Group came(1), left(1), hogs(all);
  std::atomic<int> over{0}, atWork{0}, most{0};
  std::atomic<uint64_t> rounds{0};
  int64_t longest = 0;
  go([&] {
    came.done();
    while (over < all) {
      const int64_t due = now() + 1000000;
      mark(' ');
      sleepInSystem(1000000);
      yield();
      longest = std::max(longest, now() - due);
      mark('g');
    }
    mark(' ');
    left.done();
  });
  came.wait();
  for (int i = 0; i < all; i++) {
    go([&, i] {
      const int others = atWork++;
      for (int known = most; known <= others && !most.compare_exchange_weak(known, others + 1);) {
      }
      uint64_t mine = 0;
      for (const int64_t end = now() + length; now() < end; mine++) {
        mark(static_cast<char>('A' + i));
        compute(mine, 5000);
      }
      mark(' ');
      atWork--;
      rounds += mine;
      over++;
      hogs.done();
    });
  }
  hogs.wait();
  left.wait();
  if (over != all || rounds == 0) wrong("the hogs");
  return {
      {"the guest's longest wait", static_cast<double>(longest) / 1e6, "ms"},
      {"hogs that have begun and are not through, at most", static_cast<double>(most), ""},
  };
}

}  // namespace

const Program programs[kPrograms] = {
    {"pingpong", "pairs of goroutines, each waiting for the other in turn", pingpong},
    {"fan", "many goroutines that live for a moment", fan},
    {"calls", "system calls, long and short, beside work", calls},
    {"hog", "goroutines that compute and do not yield", hog},
};

}  // namespace lessons
