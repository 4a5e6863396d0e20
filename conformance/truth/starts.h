// Why each goroutine of a captured program ran: read out of its schedule log.
//
// A trace says that a goroutine started; a log also says where it had lain and by which rule it was chosen. So a
// program that was captured while it traced itself gives both, and whatever is claimed of the trace can be held against
// the log.
//
// Only the log's own records are read, which Go wrote: the port takes no part, so that it cannot be its own witness.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace truth {

// By what a goroutine was chosen: a return of findRunnable, or one of the ways to run that do not go through it.
enum class Rule : uint8_t {
  kTraceReader,
  kGCWorker,
  kGlobal61,         // the global queue first, as on each 61st tick
  kRunnext,          // the P's own
  kRing,             // the head of the P's own ring
  kGlobal,
  kNetpoll,          // without waiting
  kSteal,            // runs what it stole, or what its timers, run by the thief, made ready
  kIdleGCWorker,
  kBeforeIdle,
  kGlobalLast,       // seen under the lock, on the way to idling
  kGlobalNoP,        // seen after the P was given up
  kIdleGCNoP,
  kNetpollBlock,     // after a wait in the poller
  kWired,            // another thread found it and woke the one that it is wired to
  kParkRefused,      // what it was about to wait for had come
  kSyscallOwnP,      // back from a system call, on the P that it had, which was in another one's call meanwhile
  kSyscallIdleP,     // back from a system call, on a P that was idle
  kCoroutine,        // switched to directly
  kResize,           // its P went away when GOMAXPROCS changed, and it goes on with P 0
};
const char* TextOf(Rule rule);

enum class Place : uint8_t { kNone, kRunnext, kRing, kGlobal };
const char* TextOf(Place place);

struct Start {
  uint64_t g = 0;
  uint32_t nth = 0;  // of this goroutine, since tracing began; from 0
  uint32_t m = 0;    // as Go numbers Ms, not the thread's number
  int32_t p = -1;
  Rule rule = Rule::kRing;
  Place place = Place::kNone;
  int32_t from = -1;  // of kRunnext and kRing: whose
  uint32_t batch = 0;  // how many were taken off that queue at once, this one included; 0: it lay on none
  uint64_t record = 0;  // the log's
};

// The starts of the log at `path` that a trace shows which the program began by itself: from the first start of tracing
// to the log's end, which may be behind the trace's. A status with one line if the log cannot be read to its end;
// NotFound if the program never began a trace.
absl::StatusOr<std::vector<Start>> ReadStarts(const std::string& path);

// The same for all of a program's life. nth counts from its beginning.
absl::StatusOr<std::vector<Start>> ReadAllStarts(const std::string& path);

}  // namespace truth
