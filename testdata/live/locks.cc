// Locks of the standard library, which know their owner by its thread, around work that is longer than a slice.
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>

#include "check.h"

using namespace std::chrono_literals;

static std::mutex plain;
static std::map<std::string, long> words;
static std::recursive_mutex recursive;
static std::shared_mutex shared;
static std::timed_mutex timed;
static std::shared_timed_mutex sharedTimed;
static std::recursive_timed_mutex recursiveTimed;
static std::atomic_flag spin;
static volatile long inside[6];
static long total;

static void alone(volatile long& in) {
  in = in + 1;
  CHECK(in == 1);
  work(2000);
  in = in - 1;
}

int gort_main(int, char**) {
  rounds(8, [](int i) {
    switch (i) {
      case 0:
      case 1: {
        std::lock_guard hold(plain);
        words["word" + std::to_string(++total % 500)]++;
        alone(inside[0]);
        break;
      }
      case 2:
      case 3: {
        std::lock_guard outer(recursive);
        std::lock_guard inner(recursive);
        alone(inside[1]);
        break;
      }
      case 4: {
        std::unique_lock hold(shared);
        alone(inside[2]);
        break;
      }
      case 5: {
        std::shared_lock hold(shared);
        CHECK(inside[2] == 0);
        work(1000);
        CHECK(inside[2] == 0);
        break;
      }
      case 6: {
        if (std::unique_lock hold(timed, 5s); hold) alone(inside[3]);
        if (std::unique_lock hold(sharedTimed, 5s); hold) alone(inside[4]);
        break;
      }
      case 7: {
        std::unique_lock hold(timed, 5s);
        CHECK(hold.owns_lock());
        alone(inside[3]);
        hold.unlock();
        std::shared_lock reading(sharedTimed, 5s);
        CHECK(reading.owns_lock() && inside[4] == 0);
        std::lock_guard again(recursiveTimed);
        std::lock_guard andAgain(recursiveTimed);
        alone(inside[5]);
        break;
      }
    }
    // A lock that spins, and so never lets the thread sleep.
    while (spin.test_and_set(std::memory_order_acquire)) {
    }
    work(500);
    spin.clear(std::memory_order_release);
  });
  long sum = 0;
  for (const auto& [word, n] : words) sum += n;
  CHECK(sum == total);
  return verdict();
}
