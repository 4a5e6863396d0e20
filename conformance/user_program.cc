// A program as a user writes it, for user_builds_test.sh: channels, select, locks, exceptions, preemption, failures.
#include <atomic>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <regex>
#include <stdexcept>
#include <string>

#include "conformance/user_program.h"
#include "gort.h"

namespace {

void check(bool good, const char* what) {
  if (good) return;
  std::printf("wrong: %s\n", what);
  std::exit(1);
}

void channels() {
  gort::Chan<int> numbers(3);
  gort::Chan<std::string> words(0);
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 10; i++) {
    wg.Go([=] {
      for (int k = 0; k < 100; k++) numbers.send(k);
    });
    wg.Go([=] {
      for (int k = 0; k < 100; k++) words.send(std::string(static_cast<std::size_t>(k), 'x'));
    });
  }
  gort::Task<int> sum = gort::spawn([=] { return consume(numbers, words); });
  wg.Wait();
  numbers.close();
  words.close();
  check(sum.Get() == 2 * 10 * 4950, "the sum of what was sent");
}

void exceptions() {
  gort::sync::WaitGroup wg;
  std::atomic<int> caught{0}, deferred{0};
  for (int i = 1; i <= 50; i++) {
    wg.Go([&, i] {
      GORT_DEFER { deferred++; };
      try {
        deepest(i);
      } catch (const gort::PanicValue& e) {
        gort::Gosched();
        if (e.what() == "too deep: " + std::to_string(i)) caught++;
      }
      if (i % 2 == 0) gort::Goexit();
    });
  }
  wg.Wait();
  check(caught == 50 && deferred == 50, "exceptions and deferred calls");
}

// Somebody computes without a call, the others go on all the same; with one P that is preemption.
void preemption() {
  std::atomic<bool> stop{false};
  gort::Task<double> hog = gort::spawn([&] {
    double x = 1;
    while (!stop.load(std::memory_order_relaxed)) x = x * 1.0000001 + 1e-9;
    return x;
  });
  gort::time::Sleep(30 * gort::time::Millisecond);
  stop = true;
  check(hog.Get() > 0, "a number");
}

void libraries() {
  std::map<std::string, int> counts;
  std::mutex mu;
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 8; i++) {
    wg.Go([&] {
      for (int k = 0; k < 300; k++) {
        std::lock_guard lock(mu);
        counts["key " + std::to_string(k % 10)]++;
      }
      std::regex r("a*b+(c|d)");
      check(std::regex_match(std::string(200, 'a') + "bd", r), "a regular expression");
    });
  }
  wg.Wait();
  for (const auto& [key, n] : counts) check(n == 240, key.c_str());
}

[[gnu::noinline]] void panics() {
  gort::go([] { deepest(7); });
  gort::Chan<void>(0).recv();
}

[[gnu::noinline]] void deadlocks() {
  gort::Chan<int> c(0);
  c.recv();
  std::puts("not reached");
}

}  // namespace

int gort_main(int argc, char** argv) {
  const char* what = argc > 1 ? argv[1] : "";
  if (std::strcmp(what, "panic") == 0) panics();
  if (std::strcmp(what, "deadlock") == 0) deadlocks();
  if (std::strcmp(what, "overflow") == 0) {
    volatile char here = 1;
    return downwards(&here, 1);
  }
  channels();
  exceptions();
  preemption();
  libraries();
  std::puts("all is well");
  return 0;
}
