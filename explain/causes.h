// Why a runnable goroutine did not run: the causes among which each moment of a wait is shared out.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace explain {

enum class Cause : uint8_t {
  // No P was without work.
  kBehind,           // on a P's ring, whose P ran others
  kBehindInRunnext,  // in a P's runnext: behind the one that ran there
  kBehindGC,         // the P of its queue ran a worker of the collector
  kBehindSyscall,    // the P of its queue was in a system call, and had not been taken from there
  kBehindScheduler,  // the P of its queue was between two goroutines
  kGlobalPreempted,  // on the global queue, where a preemption had put it
  kGlobalYielded,    // the same, by Gosched
  kGlobalSyscall,    // the same, by a system call that ended without a P
  kGlobal,           // the same, from a full ring, the poller or others
  kInHand,           // on no queue yet: a list of the poller or of the runtime
  // The world.
  kStopped,
  // A P had no work meanwhile.
  kIdleSpinner,  // a thread was looking for work, so nobody else was woken
  kIdleThread,   // a new thread was being made for it
  kIdleOS,       // a sleeping thread had been woken for it, and had not come yet
  kIdleWired,    // the goroutine's own thread had been woken, and had not come yet
  kIdleNobody,   // nobody was woken and nobody looked
  kIdleOpen,     // it is not known whether somebody was
  // What is not known.
  kUnknown,
};
inline constexpr size_t kCauses = static_cast<size_t>(Cause::kUnknown) + 1;

struct CauseText {
  std::string_view key;    // in JSON and budgets
  std::string_view title;  // in tables
};
const CauseText& TextOf(Cause cause);
// Of its key. False: there is none.
bool CauseByKey(std::string_view key, Cause& cause);
// A P was without work.
inline bool IsIdle(Cause cause) { return cause >= Cause::kIdleSpinner && cause <= Cause::kIdleOpen; }

// ns, by cause.
using Parts = std::array<int64_t, kCauses>;
inline int64_t& Of(Parts& parts, Cause cause) { return parts[static_cast<size_t>(cause)]; }
inline int64_t Of(const Parts& parts, Cause cause) { return parts[static_cast<size_t>(cause)]; }
int64_t Sum(const Parts& parts);
int64_t IdleSum(const Parts& parts);

}  // namespace explain
