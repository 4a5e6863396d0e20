// The names of causes.
#include "explain/causes.h"

#include <numeric>

namespace explain {

static constexpr CauseText kTexts[kCauses] = {
    {"behind", "behind others on a P's ring"},
    {"runnext", "next on its P, behind the one that ran"},
    {"behind-gc", "behind a GC worker on its P"},
    {"behind-syscall", "its P was in a system call"},
    {"scheduler", "its P ran nobody: its thread in the scheduler"},
    {"global-preempted", "on the global queue, after a preemption"},
    {"global-yielded", "on the global queue, after Gosched"},
    {"global-syscall", "on the global queue, after a system call"},
    {"global", "on the global queue, from elsewhere"},
    {"in-hand", "on no queue yet (poller, timer, runtime)"},
    {"stopped", "the world was stopped"},
    {"idle-spinner", "a P idle: a thread looked for work already"},
    {"idle-thread", "a P idle: a thread was being made for it"},
    {"idle-os", "a P idle: its thread was woken, had not come"},
    {"idle-wired", "a P idle: the goroutine's thread was woken"},
    {"idle-nobody", "a P idle: nobody was woken"},
    {"idle-open", "a P idle: why, is not known"},
    {"unknown", "not known"},
};

const CauseText& TextOf(Cause cause) { return kTexts[static_cast<size_t>(cause)]; }

bool CauseByKey(std::string_view key, Cause& cause) {
  for (size_t i = 0; i < kCauses; i++) {
    if (kTexts[i].key != key) continue;
    cause = static_cast<Cause>(i);
    return true;
  }
  return false;
}

int64_t Sum(const Parts& parts) { return std::accumulate(parts.begin(), parts.end(), int64_t{0}); }

int64_t IdleSum(const Parts& parts) {
  int64_t sum = 0;
  for (size_t i = 0; i < kCauses; i++) {
    if (IsIdle(static_cast<Cause>(i))) sum += parts[i];
  }
  return sum;
}

}  // namespace explain
