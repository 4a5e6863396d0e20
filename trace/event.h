// Events in order, and what they mean.
//
// An Event is what one thread did, with the processor and the goroutine that it had before. The functions here say it in
// terms that are the same for all kinds: a transition of a goroutine or processor from one state to another, a range of
// time that begins or ends, a task, a region, a value.
#ifndef TRACE_EVENT_H_
#define TRACE_EVENT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "trace/kinds.h"

namespace gotrace {

struct Event {
  int64_t time = 0;  // nanoseconds; no two events of a trace have the same
  // Who did it, as it was before the event; kNone for nobody.
  int64_t m = kNone, p = kNone, g = kNone;
  // As InfoOf(kind).args names them, without dt, which is first there, and 0 behind them. More than the file has:
  //   of STWEnd args[0] is the string of the kind, as in its STWBegin;
  //   of UserTaskEnd args[2] is the parent task, kNoTask if that is unknown, and args[3] the task's name for
  //   Generation::TaskName, if the task began in the trace;
  //   of UserTaskBegin args[1] is kNoTask, not 0, if the task has no parent;
  //   of CPUSample args[0] is the stack, and nothing else is there;
  //   of kSyncPoint args[0] counts from 1.
  uint64_t args[kMaxArgs] = {};
  uint64_t offset = 0;  // in the file, of the event that it was made of
  uint8_t kind = 0;     // a Kind of the file, or kSyncPoint
  uint8_t from = 0;     // of GoStatus, GoStatusStack, ProcStatus and ProcSteal: the GoState or ProcState before
};

inline constexpr uint64_t kNoTask = ~uint64_t{0};

enum class EventClass : uint8_t {
  kBad,
  kSync,  // a generation begins, or the trace ends: everybody who exists has been named
  kMetric,
  kLabel,
  kStackSample,
  kRangeBegin,
  kRangeActive,  // it had begun before the trace
  kRangeEnd,
  kTaskBegin,
  kTaskEnd,
  kRegionBegin,
  kRegionEnd,
  kLog,
  kStateTransition,
  kExperimental,
};
EventClass ClassOf(uint8_t kind);
std::string_view NameOf(EventClass event_class);

enum class GoState : uint8_t { kUndetermined, kNotExist, kRunnable, kRunning, kWaiting, kSyscall };
enum class ProcState : uint8_t { kUndetermined, kNotExist, kRunning, kIdle };
std::string_view NameOf(GoState state);
std::string_view NameOf(ProcState state);
// Whether it is bound to a thread.
constexpr bool IsExecuting(GoState state) { return state == GoState::kRunning || state == GoState::kSyscall; }
constexpr bool IsExecuting(ProcState state) { return state == ProcState::kRunning; }

// The states that statuses in the file stand for.
GoState StateOf(GoStatus status);
ProcState StateOf(ProcStatus status);

struct Resource {
  enum Type : uint8_t { kNothing, kGoroutine, kProc, kThread };
  Type type = kNothing;
  int64_t id = 0;
  bool operator==(const Resource&) const = default;
};
// "Goroutine(7)"
std::string NameOf(const Resource& resource);

struct Transition {
  Resource resource;
  // Of a goroutine, or of a processor.
  GoState go_from{}, go_to{};
  ProcState proc_from{}, proc_to{};
  uint64_t reason = 0;  // a string
  // The stack of the goroutine that it is about, which need not be the one that did it: of a new one, where it will begin.
  bool has_stack = false;
  uint64_t stack = 0;
};
// Of an event of class kStateTransition.
Transition TransitionOf(const Event& event);

// Whether an event has a stack of whoever did it, and which.
bool HasStack(const Event& event, uint64_t& stack);

enum class RangeKind : uint8_t { kSTW, kGCMark, kGCSweep, kMarkAssist };
struct Range {
  RangeKind kind{};
  Resource scope;       // nothing: of the whole program
  uint64_t reason = 0;  // of kSTW: a string
};
// Of an event of class kRangeBegin, kRangeActive or kRangeEnd.
Range RangeOf(const Event& event);

// The name by which Go's runtime/metrics knows the value args[0] of an event of class kMetric.
std::string_view MetricOf(const Event& event);

}  // namespace gotrace

#endif  // TRACE_EVENT_H_
