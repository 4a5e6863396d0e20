// Traces that begin and end at random times, among all that the scheduler can be made to do.
//
//   stress FILE SEED MS    writes FILE.0, FILE.1 and so on, for that many milliseconds; prints how many
//
// What it does besides follows from the seed: when, from the machine.
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <string>

#include "gort.h"

namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;

std::atomic<bool> ended{false};
std::atomic<uint64_t> work{0};

class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  bool OneIn(unsigned n) { return random_() % n == 0; }
  unsigned Below(unsigned n) { return static_cast<unsigned>(random_() % n); }
  microseconds Time(unsigned most) { return microseconds(Below(most)); }
  unsigned Seed() { return static_cast<unsigned>(random_()); }

 private:
  std::mt19937 random_;
};

void Compute(microseconds time) {
  for (const auto end = steady_clock::now() + time; steady_clock::now() < end;) work++;
}

void Channels(Chance chance) {
  gort::Chan<int> a(0), b(3);
  gort::go([=] {
    for (int v : a) {
      if (!ended) b << v;
    }
    b.close();
  });
  gort::go([=] {
    for (int v : b) work += static_cast<uint64_t>(v);
  });
  while (!ended) {
    gort::select(gort::send(a, 1), gort::otherwise([] {}));
    if (chance.OneIn(5)) gort::Gosched();
    if (chance.OneIn(50)) gort::time::Sleep(chance.Time(300));
  }
  a.close();
}

// Slices of 10 ms run out: who computes loses its processor.
void Computes(Chance chance) {
  while (!ended) {
    Compute(chance.Time(25000));
    gort::Gosched();
  }
}

void Syscalls(Chance chance) {
  while (!ended) {
    gort::EnterSyscall();
    if (chance.OneIn(3)) {
      usleep(chance.Below(200));
    } else {
      sched_yield();
    }
    gort::ExitSyscall();
    if (chance.OneIn(4)) usleep(chance.Below(100));
  }
}

void Locked(Chance chance) {
  while (!ended) {
    gort::Chan<void> end(0);
    gort::go([end, his = Chance(chance.Seed())]() mutable {
      gort::LockOSThread();
      for (int i = 0; i < 20; i++) {
        gort::Gosched();
        if (his.OneIn(3)) gort::time::Sleep(microseconds(50));
      }
      if (his.OneIn(2)) gort::UnlockOSThread();  // else the thread ends with it
      end.close();
    });
    end.recv();
    if (chance.OneIn(3)) gort::Gosched();
  }
}

void Coroutines(Chance chance) {
  while (!ended) {
    auto pull = gort::Pull<int>([](gort::Yield<int> yield) {
      for (int n = 0; n < 30 && yield(n); n++) {
      }
    });
    for (unsigned n = chance.Below(40); n > 0; n--) pull.Next();
    if (chance.OneIn(10)) gort::time::Sleep(chance.Time(2000));
  }
}

// Stops the world.
void Processors(Chance chance, unsigned most) {
  while (!ended) {
    gort::GOMAXPROCS(static_cast<int>(1 + chance.Below(most)));
    gort::time::Sleep(chance.Time(5000));
  }
}

void Spawns(Chance chance) {
  while (!ended) {
    const int n = static_cast<int>(chance.Below(30));
    gort::trace::Task task("spawn");
    gort::sync::WaitGroup wg;
    wg.Add(n);
    for (int i = 0; i < n; i++) gort::go([&wg] { wg.Done(); });
    {
      gort::trace::Region region("wait", &task);
      wg.Wait();
    }
    gort::trace::Log("spawned", std::to_string(n), &task);
    gort::Gosched();
  }
}

void Mutexes(Chance chance) {
  static std::mutex threads;  // a thread's lock: who waits for it loses its processor
  gort::sync::Mutex goroutines;
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 3; i++) {
    wg.Add(1);
    gort::go([&, his = Chance(chance.Seed())]() mutable {
      while (!ended) {
        goroutines.Lock();
        if (his.OneIn(3)) gort::Gosched();
        goroutines.Unlock();
        if (his.OneIn(64)) {
          std::lock_guard<std::mutex> lock(threads);
          Compute(his.Time(200));
        }
      }
      wg.Done();
    });
  }
  wg.Wait();
}

}  // namespace

int gort_main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: stress FILE SEED MS\n");
    return 2;
  }
  Chance chance(static_cast<unsigned>(std::atoi(argv[2])));
  const auto end = steady_clock::now() + std::chrono::milliseconds(std::atoi(argv[3]));
  const unsigned most = 1 + chance.Below(6);
  gort::GOMAXPROCS(static_cast<int>(most));

  if (chance.OneIn(2)) gort::trace::SampleCPU(997);

  gort::sync::WaitGroup wg;
  auto perhaps = [&](void (*f)(Chance)) {
    const Chance his(chance.Seed());
    if (chance.OneIn(3)) return;
    wg.Add(1);
    gort::go([=, &wg] {
      f(his);
      wg.Done();
    });
  };
  for (int i = 0; i < 2; i++) {
    for (auto f : {Channels, Computes, Syscalls, Locked, Coroutines, Spawns, Mutexes}) perhaps(f);
  }
  if (chance.OneIn(2)) {
    wg.Add(1);
    gort::go([most, his = Chance(chance.Seed()), &wg] {
      Processors(his, most);
      wg.Done();
    });
  }

  int traces = 0;
  while (steady_clock::now() < end) {
    if (chance.OneIn(2)) gort::time::Sleep(chance.Time(10000));
    if (!gort::trace::Start(std::string(argv[1]) + "." + std::to_string(traces++))) return 3;
    if (chance.OneIn(3)) gort::time::Sleep(chance.Time(40000));
    for (unsigned n = chance.Below(20); n > 0; n--) gort::Gosched();
    if (!gort::trace::Stop()) return 4;
  }
  ended = true;
  wg.Wait();
  std::printf("%d\n", traces);
  return 0;
}
