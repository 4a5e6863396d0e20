// The workloads of ./gort bench live on gort. See go/main.go for what each is; this is the same program, line by line.
//
// Usage: live_gort WORKLOAD [N]. GOMAXPROCS comes from the environment.
#include "gort.h"

#include <cstdint>
#include <thread>

#include "bench/live/cgo/add.h"
#include "bench/live/measure.h"

namespace {

using bench::timed;
using gort::Chan;
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

void roundTrip(int64_t n) {
  warmedUp(n, [](int64_t n) {
    Chan<int64_t> there(0), back(0);
    gort::go([=] {
      for (int64_t v : there) back << v + 1;
      back.close();
    });
    int64_t v = 0;
    for (int64_t i = 0; i < n; i++) {
      there << v;
      back >> v;
    }
    there.close();
    if (v != n) bench::wrong("round trips lost");
  });
}

void node(const Chan<int64_t>& up, int64_t first, int64_t size) {
  if (size == 1) {
    up << first;
    return;
  }
  Chan<int64_t> c(0);
  for (int i = 0; i < 10; i++) gort::go([=] { node(c, first + i * size / 10, size / 10); });
  int64_t sum = 0;
  for (int i = 0; i < 10; i++) {
    int64_t v;
    c >> v;
    sum += v;
  }
  up << sum;
}

void skynet(int64_t n) {
  timed(n, [&] {
    Chan<int64_t> c(0);
    gort::go([=] { node(c, 0, n); });
    if (c.recv() != n * (n - 1) / 2) bench::wrong("skynet");
  });
}

void producersConsumers(int64_t n) {
  constexpr int kEach = 8;
  struct alignas(128) Sum {
    int64_t value;
  };
  warmedUp(n, [](int64_t n) {
    Chan<int64_t> c(128);
    WaitGroup producers, consumers;
    Sum sums[kEach];
    producers.Add(kEach);
    consumers.Add(kEach);
    for (int i = 0; i < kEach; i++) {
      gort::go([&, n] {
        for (int64_t k = 0; k < n / kEach; k++) c << 1;
        producers.Done();
      });
      gort::go([&, i] {
        int64_t sum = 0;
        for (int64_t v : c) sum += v;
        sums[i].value = sum;
        consumers.Done();
      });
    }
    producers.Wait();
    c.close();
    consumers.Wait();
    int64_t sum = 0;
    for (const Sum& s : sums) sum += s.value;
    if (sum != n) bench::wrong("items lost");
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

void sleep(int64_t n) {
  constexpr int kNaps = 10;
  auto run = [](int64_t n) {
    WaitGroup wg;
    wg.Add(static_cast<int>(n));
    for (int64_t i = 0; i < n; i++) {
      gort::go([&wg] {
        for (int k = 0; k < kNaps; k++) gort::time::Sleep(gort::time::Millisecond);
        wg.Done();
      });
    }
    wg.Wait();
  };
  run(n / 20);
  timed(n * kNaps, [&] { run(n); });
}

// Depth enough for what the workloads do, and all that the smallest size has.
constexpr gort::StackSize kSmall{32 << 10};

template <class F>
void goSized(bool small, F&& f) {
  if (small) {
    gort::go(kSmall, f);
  } else {
    gort::go(f);
  }
}

void parkThem(int64_t n, bool small) {
  timed(n, [&] {
    Chan<int64_t> c(0);
    WaitGroup ready, done;
    ready.Add(static_cast<int>(n));
    done.Add(static_cast<int>(n));
    for (int64_t i = 0; i < n; i++) {
      goSized(small, [&] {
        ready.Done();
        c.recv();
        done.Done();
      });
    }
    ready.Wait();
    c.close();
    done.Wait();
  });
}

void park(int64_t n) { parkThem(n, false); }
void parkSmall(int64_t n) { parkThem(n, true); }

void memoryOf(int64_t n, bool small) {
  bench::Memory memory;
  Chan<int64_t> c(0);
  WaitGroup ready, done;
  ready.Add(static_cast<int>(n));
  done.Add(static_cast<int>(n));
  for (int64_t i = 0; i < n; i++) {
    goSized(small, [&] {
      ready.Done();
      c.recv();
      done.Done();
    });
  }
  ready.Wait();
  gort::time::Sleep(100 * gort::time::Millisecond);  // for the last ones to park
  memory.report(n);
  c.close();
  done.Wait();
}

void memory(int64_t n) { memoryOf(n, false); }
void memorySmall(int64_t n) { memoryOf(n, true); }

void selectReady(int64_t n) {
  warmedUp(n, [](int64_t n) {
    Chan<int64_t> c[4];
    for (int i = 0; i < 4; i++) {
      c[i] = Chan<int64_t>(1);
      c[i] << i;
    }
    int64_t sum = 0;
    auto again = [&](int i) {
      return [&sum, &c, i](int64_t v) {
        sum += v;
        c[i] << i;
      };
    };
    for (int64_t k = 0; k < n; k++) {
      gort::select(gort::recv(c[0], again(0)), gort::recv(c[1], again(1)), gort::recv(c[2], again(2)),
                   gort::recv(c[3], again(3)));
    }
    if (sum > 3 * n) bench::wrong("select: a wrong case");
  });
}

void selectBlocked(int64_t n) {
  warmedUp(n - n % 80, [](int64_t n) {
    Chan<int64_t> c[4];
    for (Chan<int64_t>& each : c) each = Chan<int64_t>(0);
    gort::go([&c, n] {
      for (int64_t i = 0; i < n; i++) c[i % 4] << i % 4;
    });
    int64_t sum = 0;
    auto add = [&](int64_t v) { sum += v; };
    for (int64_t k = 0; k < n; k++) {
      gort::select(gort::recv(c[0], add), gort::recv(c[1], add), gort::recv(c[2], add), gort::recv(c[3], add));
    }
    if (sum != n / 4 * 6) bench::wrong("select: a value lost");
  });
}

// The next two are cgo/main.go's.
void cCall(int64_t n) {
  warmedUp(n, [](int64_t n) {
    long sum = 0;
    for (int64_t i = 0; i < n; i++) sum = bench_add(sum, 1);
    if (sum != n) bench::wrong("cCall: a wrong sum");
  });
}

void cThread(int64_t n) {
  warmedUp(n, [](int64_t n) {
    int64_t called = 0;
    std::thread t([&] {
      for (int64_t i = 0; i < n; i++) {
        if (gort::NumGoroutine() > 0) called++;
      }
    });
    t.join();
    if (called != n) bench::wrong("cThread: a call lost");
  });
}

constexpr bench::Workload kWorkloads[] = {
    {"yield", 2'000'000, yield},
    {"spawn", 1'000'000, spawn},
    {"roundtrip", 1'000'000, roundTrip},
    {"skynet", 1'000'000, skynet},
    {"prodcons", 4'000'000, producersConsumers},
    {"mutex", 4'000'000, mutex},
    {"sleep", 100'000, sleep},
    {"park", 100'000, park},
    {"park-small", 100'000, parkSmall},
    {"memory", 100'000, memory},
    {"memory-small", 100'000, memorySmall},
    {"select-ready", 2'000'000, selectReady},
    {"select-blocked", 1'000'000, selectBlocked},
    {"c-call", 2'000'000, cCall},
    {"c-thread", 2'000'000, cThread},
};

}  // namespace

int gort_main(int argc, char** argv) {
  return bench::chosen(argc, argv, kWorkloads, [](void (*run)(int64_t), int64_t n) { run(n); });
}
