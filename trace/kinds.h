// The kinds of events of Go's execution traces, version 2 of the format (Go 1.22 and later): one table with the name of
// each, its arguments, and which of them are numbers of strings and of stacks.
//
// A trace says by whom it was written in its first line ("go 1.23 trace"); that number is a version here. Go 1.22 wrote 22,
// Go 1.23 and 1.24 write 23, Go 1.25 writes 25, Go 1.26 and 1.27 write 26. Numbers up to 21 are another format.
#ifndef TRACE_KINDS_H_
#define TRACE_KINDS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gotrace {

inline constexpr int kGo122 = 22;
inline constexpr int kGo123 = 23;  // Go 1.24's, too
inline constexpr int kGo125 = 25;
inline constexpr int kGo126 = 26;  // Go 1.27's, too
inline constexpr int kNewest = kGo126;

// Whether it is a version of the format that this library reads.
constexpr bool IsKnownVersion(int version) {
  return version == kGo122 || version == kGo123 || version == kGo125 || version == kGo126;
}

// No batch has more payload, no stack more frames, and no string more bytes.
inline constexpr uint64_t kMaxBatchSize = 64 << 10;
inline constexpr uint64_t kMaxFrames = 128;
inline constexpr uint64_t kMaxString = 1 << 10;

// Nobody: in place of the number of a thread, a processor or a goroutine.
inline constexpr int64_t kNone = -1;

// The numbers are those of the file.
enum Kind : uint8_t {
  // Structure.
  kEventBatch = 1,  // begins a batch of events of one thread
  kStacks,          // begins a batch of stacks
  kStack,
  kStrings,  // begins a batch of strings
  kString,
  kCPUSamples,  // begins a batch of CPU samples
  kCPUSample,
  kFrequency,  // units of time a second

  // Processors.
  kProcsChange,  // GOMAXPROCS
  kProcStart,
  kProcStop,
  kProcSteal,
  kProcStatus,

  // Goroutines.
  kGoCreate,
  kGoCreateSyscall,  // a thread of C calls Go
  kGoStart,
  kGoDestroy,
  kGoDestroySyscall,
  kGoStop,  // gives way
  kGoBlock,
  kGoUnblock,
  kGoSyscallBegin,
  kGoSyscallEnd,
  kGoSyscallEndBlocked,  // came back without its processor
  kGoStatus,

  // The world stops.
  kSTWBegin,
  kSTWEnd,

  // The garbage collector.
  kGCActive,
  kGCBegin,
  kGCEnd,
  kGCSweepActive,
  kGCSweepBegin,
  kGCSweepEnd,
  kGCMarkAssistActive,
  kGCMarkAssistBegin,
  kGCMarkAssistEnd,
  kHeapAlloc,
  kHeapGoal,

  // What the program says itself.
  kGoLabel,
  kUserTaskBegin,
  kUserTaskEnd,
  kUserRegionBegin,
  kUserRegionEnd,
  kUserLog,

  // Since Go 1.23: coroutines, and statuses with stacks.
  kGoSwitch,
  kGoSwitchDestroy,
  kGoCreateBlocked,
  kGoStatusStack,
  kExperimentalBatch,

  // Since Go 1.25.
  kSync,  // begins a batch of what follows
  kClockSnapshot,

  // Since Go 1.26: a byte of its own behind each generation.
  kEndOfGeneration,

  // Experiment AllocFree.
  kSpan = 128,
  kSpanAlloc,
  kSpanFree,
  kHeapObject,
  kHeapObjectAlloc,
  kHeapObjectFree,
  kGoroutineStack,
  kGoroutineStackAlloc,
  kGoroutineStackFree,

  kEndOfKinds,

  // Not of the file: what a Reader delivers where a generation begins, and at the end.
  kSyncPoint = 255,
};

// The most arguments that an event of a thread has, without its time.
inline constexpr int kMaxArgs = 4;

struct KindInfo {
  std::string_view name;                  // empty: no such kind
  uint8_t nargs = 0;                      // with the time, for events that have one
  std::array<std::string_view, 5> args;   // their names
  std::array<int8_t, 2> stacks = {0, 0};  // arguments that are stacks, the event's own first; 0 is none
  std::array<int8_t, 2> strings = {0, 0};
  Kind start = Kind{0};  // the kind that begins what this one ends, or says is going on
  bool timed = false;    // stands in a thread's batch; the first argument is the time since the event before
  bool data = false;     // a length and so many bytes follow
  bool frames = false;   // groups of four numbers follow, as many as the last argument says
  uint8_t experiment = 0;
};

// The row of a kind; one without a name where there is none.
const KindInfo& InfoOf(uint8_t kind);

// Traces of a version have kinds of numbers below this. (A reader of events takes all it knows from any version, as Go's does;
// only the forms in text go by this.)
size_t KindsOf(int version);

// The kind of that name for a version; 0 if there is none.
uint8_t KindOf(std::string_view name, int version);

// GoStatus and ProcStatus in the file.
enum GoStatus : uint8_t { kGoBad, kGoRunnable, kGoRunning, kGoSyscall, kGoWaiting };
enum ProcStatus : uint8_t { kProcBad, kProcRunning, kProcIdle, kProcSyscall, kProcSyscallAbandoned };

}  // namespace gotrace

#endif  // TRACE_KINDS_H_
