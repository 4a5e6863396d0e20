// The workloads of ./gort bench live on gort. See go/main.go for what each is; this is the same program, line by line.
//
// Usage: live_gort WORKLOAD [N]. GOMAXPROCS comes from the environment.
#include "gort.h"

#include <cstdint>

#include "bench/live/measure.h"

namespace {

using bench::timed;
using gort::sync::Mutex;
using gort::sync::WaitGroup;

template <class F>
void warmedUp(int64_t n, F&& run) {
  run(n / 20);
  timed(n, [&] { run(n); });
}

void yield(int64_t n) {
  warmedUp(n, [](int64_t n) {
    WaitGroup wg;
    wg.Add(2);
    for (int i = 0; i < 2; i++) {
      gort::go([&wg, n] {
        for (int64_t k = 0; k < n / 2; k++) gort::Gosched();
        wg.Done();
      });
    }
    wg.Wait();
  });
}

void spawn(int64_t n) {
  warmedUp(n, [](int64_t n) {
    constexpr int kBatch = 1000;
    WaitGroup wg;
    for (int64_t b = 0; b < n / kBatch; b++) {
      wg.Add(kBatch);
      for (int i = 0; i < kBatch; i++) gort::go([&wg] { wg.Done(); });
      wg.Wait();
    }
  });
}

void mutex(int64_t n) {
  constexpr int kEach = 16;
  warmedUp(n, [](int64_t n) {
    Mutex mu;
    WaitGroup wg;
    int64_t count = 0;
    wg.Add(kEach);
    for (int i = 0; i < kEach; i++) {
      gort::go([&, n] {
        for (int64_t k = 0; k < n / kEach; k++) {
          mu.Lock();
          count++;
          mu.Unlock();
        }
        wg.Done();
      });
    }
    wg.Wait();
    if (count != n) bench::wrong("the mutex does not exclude");
  });
}

constexpr bench::Workload kWorkloads[] = {
    {"yield", 2'000'000, yield},
    {"spawn", 1'000'000, spawn},
    {"mutex", 4'000'000, mutex},
};

}  // namespace

int gort_main(int argc, char** argv) {
  return bench::chosen(argc, argv, kWorkloads, [](void (*run)(int64_t), int64_t n) { run(n); });
}
