// A lock that is none of libc's: Abseil's puts threads to sleep by itself.
#include <map>

#include "absl/synchronization/mutex.h"
#include "check.h"

static absl::Mutex mu;
static std::map<int, long> counts;
static bool turn;

int gort_main(int, char**) {
  long n = rounds(6, [](int i) {
    absl::MutexLock hold(&mu);
    counts[i]++;
    work(1000);
  });
  long sum = 0;
  for (auto [who, k] : counts) sum += k;
  CHECK(sum == n);
  gort::go([] {
    absl::MutexLock hold(&mu);
    turn = true;
  });
  absl::MutexLock hold(&mu);
  mu.Await(absl::Condition(&turn));
  return verdict();
}
