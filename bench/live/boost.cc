// The workloads of ./gort bench live on boost.fiber, where it can do them. See go/main.go for what each is.
//
// Usage: live_boost WORKLOAD [N]. GOMAXPROCS=1 runs everything on the main thread (round robin, the library's
// default and its fastest); with more, that many threads share the fibers by its work stealing, whose idle threads look
// for work all the time (those that it lets sleep are not woken when there is some). A fiber has a stack of 64 KiB.
#include <atomic>
#include <boost/fiber/all.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "bench/live/measure.h"

namespace {

namespace fibers = boost::fibers;
using bench::timed;

int threads = 1;
constexpr std::size_t kStack = 64 << 10;

// Stacks that are used again, as the library's own pool does it, but for all threads at once: that pool is safe for
// one thread only, and plain malloc for each fiber would be all that is measured.
class Stacks {
 public:
  boost::context::stack_context allocate() {
    void* vp = nullptr;
    {
      Lock lock;
      if (!free().empty()) {
        vp = free().back();
        free().pop_back();
      }
    }
    if (vp == nullptr) vp = std::malloc(kStack);
    if (vp == nullptr) throw std::bad_alloc();
    boost::context::stack_context sctx;
    sctx.size = kStack;
    sctx.sp = static_cast<char*>(vp) + kStack;
    return sctx;
  }
  void deallocate(boost::context::stack_context& sctx) noexcept {
    Lock lock;
    free().push_back(static_cast<char*>(sctx.sp) - sctx.size);
  }

 private:
  // Costs nothing while there is one thread.
  struct Lock {
    Lock() {
      while (threads > 1 && flag().test_and_set(std::memory_order_acquire)) std::this_thread::yield();
    }
    ~Lock() {
      if (threads > 1) flag().clear(std::memory_order_release);
    }
    static std::atomic_flag& flag() {
      static std::atomic_flag f;
      return f;
    }
  };
  static std::vector<void*>& free() {
    static std::vector<void*> list;
    return list;
  }
};

template <class F>
void spawn(F&& f) {
  fibers::fiber(fibers::launch::post, std::allocator_arg, Stacks(), std::forward<F>(f)).detach();
}

// A count that fibers wait for: what the others have a WaitGroup for.
class Countdown {
 public:
  explicit Countdown(int64_t n) : left_(n) {}
  void done() {
    if (left_.fetch_sub(1) != 1) return;
    std::unique_lock<fibers::mutex> lock(mu_);
    zero_ = true;
    cond_.notify_all();
  }
  void wait() {
    std::unique_lock<fibers::mutex> lock(mu_);
    while (!zero_) cond_.wait(lock);
  }

 private:
  std::atomic<int64_t> left_;
  bool zero_ = false;
  fibers::mutex mu_;
  fibers::condition_variable cond_;
};

template <class F>
void warmedUp(int64_t n, F&& run) {
  run(n / 20);
  timed(n, [&] { run(n); });
}

void yield(int64_t n) {
  warmedUp(n, [](int64_t n) {
    Countdown all(2);
    for (int i = 0; i < 2; i++) {
      spawn([&all, n] {
        for (int64_t k = 0; k < n / 2; k++) boost::this_fiber::yield();
        all.done();
      });
    }
    all.wait();
  });
}

void spawnAndExit(int64_t n) {
  warmedUp(n, [](int64_t n) {
    constexpr int64_t kBatch = 1000;
    for (int64_t b = 0; b < n / kBatch; b++) {
      Countdown all(kBatch);
      for (int64_t i = 0; i < kBatch; i++) spawn([&all] { all.done(); });
      all.wait();
    }
  });
}

void roundTrip(int64_t n) {
  warmedUp(n, [](int64_t n) {
    fibers::unbuffered_channel<int64_t> there, back;
    Countdown all(1);
    spawn([&] {
      for (int64_t v; there.pop(v) == fibers::channel_op_status::success;) back.push(v + 1);
      back.close();
      all.done();
    });
    int64_t v = 0;
    for (int64_t i = 0; i < n; i++) {
      there.push(v);
      v = back.value_pop();
    }
    there.close();
    all.wait();
    if (v != n) bench::wrong("round trips lost");
  });
}

void node(fibers::unbuffered_channel<int64_t>* up, int64_t first, int64_t size) {
  if (size == 1) {
    up->push(first);
    return;
  }
  fibers::unbuffered_channel<int64_t> c;
  for (int i = 0; i < 10; i++) spawn([&c, at = first + i * size / 10, size] { node(&c, at, size / 10); });
  int64_t sum = 0;
  for (int i = 0; i < 10; i++) sum += c.value_pop();
  up->push(sum);
}

void skynet(int64_t n) {
  timed(n, [&] {
    fibers::unbuffered_channel<int64_t> c;
    spawn([&c, n] { node(&c, 0, n); });
    if (c.value_pop() != n * (n - 1) / 2) bench::wrong("skynet");
  });
}

void producersConsumers(int64_t n) {
  constexpr int kEach = 8;
  warmedUp(n, [](int64_t n) {
    fibers::buffered_channel<int64_t> c(128);
    Countdown producers(kEach), consumers(kEach);
    std::atomic<int64_t> total{0};
    for (int i = 0; i < kEach; i++) {
      spawn([&, n] {
        for (int64_t k = 0; k < n / kEach; k++) c.push(1);
        producers.done();
      });
      spawn([&] {
        int64_t sum = 0;
        for (int64_t v; c.pop(v) == fibers::channel_op_status::success;) sum += v;
        total += sum;
        consumers.done();
      });
    }
    producers.wait();
    c.close();
    consumers.wait();
    if (total != n) bench::wrong("items lost");
  });
}

void mutex(int64_t n) {
  constexpr int kEach = 16;
  warmedUp(n, [](int64_t n) {
    fibers::mutex mu;
    Countdown all(kEach);
    int64_t count = 0;
    for (int i = 0; i < kEach; i++) {
      spawn([&, n] {
        for (int64_t k = 0; k < n / kEach; k++) {
          mu.lock();
          count++;
          mu.unlock();
        }
        all.done();
      });
    }
    all.wait();
    if (count != n) bench::wrong("the mutex does not exclude");
  });
}

void sleep(int64_t n) {
  constexpr int kNaps = 10;
  auto run = [](int64_t n) {
    Countdown all(n);
    for (int64_t i = 0; i < n; i++) {
      spawn([&all] {
        for (int k = 0; k < kNaps; k++) boost::this_fiber::sleep_for(std::chrono::milliseconds(1));
        all.done();
      });
    }
    all.wait();
  };
  run(n / 20);
  timed(n * kNaps, [&] { run(n); });
}

void park(int64_t n) {
  timed(n, [&] {
    fibers::unbuffered_channel<int64_t> c;
    Countdown ready(n), done(n);
    for (int64_t i = 0; i < n; i++) {
      spawn([&] {
        ready.done();
        int64_t v;
        c.pop(v);
        done.done();
      });
    }
    ready.wait();
    c.close();
    done.wait();
  });
}

void memory(int64_t n) {
  bench::Memory memory;
  fibers::unbuffered_channel<int64_t> c;
  Countdown ready(n), done(n);
  for (int64_t i = 0; i < n; i++) {
    spawn([&] {
      ready.done();
      int64_t v;
      c.pop(v);
      done.done();
    });
  }
  ready.wait();
  boost::this_fiber::sleep_for(std::chrono::milliseconds(100));  // for the last ones to park
  memory.report(n);
  c.close();
  done.wait();
}

constexpr bench::Workload kWorkloads[] = {
    {"yield", 2'000'000, yield},
    {"spawn", 1'000'000, spawnAndExit},
    {"roundtrip", 1'000'000, roundTrip},
    {"skynet", 1'000'000, skynet},
    {"prodcons", 4'000'000, producersConsumers},
    {"mutex", 4'000'000, mutex},
    {"sleep", 100'000, sleep},
    {"park", 100'000, park},
    {"park-small", 100'000, park},
    {"memory", 100'000, memory},
    {"memory-small", 100'000, memory},
};

}  // namespace

int main(int argc, char** argv) {
  if (const char* env = std::getenv("GOMAXPROCS")) threads = std::max(1, std::atoi(env));
  return bench::chosen(argc, argv, kWorkloads, [](void (*run)(int64_t), int64_t n) {
    if (threads == 1) return run(n);
    std::vector<std::thread> others;
    std::atomic<bool> ended{false};
    for (int i = 1; i < threads; i++) {
      others.emplace_back([&ended] {
        fibers::use_scheduling_algorithm<fibers::algo::work_stealing>(threads, false);
        while (!ended) boost::this_fiber::sleep_for(std::chrono::milliseconds(50));
      });
    }
    fibers::use_scheduling_algorithm<fibers::algo::work_stealing>(threads, false);
    run(n);
    ended = true;
    for (std::thread& t : others) t.join();
  });
}
