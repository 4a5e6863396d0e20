#include "trace/event.h"

#include <iterator>

namespace gotrace {

EventClass ClassOf(uint8_t kind) {
  switch (kind) {
    case kSyncPoint: return EventClass::kSync;
    case kCPUSample: return EventClass::kStackSample;
    case kProcsChange:
    case kHeapAlloc:
    case kHeapGoal: return EventClass::kMetric;
    case kGoLabel: return EventClass::kLabel;
    case kSTWBegin:
    case kGCBegin:
    case kGCSweepBegin:
    case kGCMarkAssistBegin: return EventClass::kRangeBegin;
    case kGCActive:
    case kGCSweepActive:
    case kGCMarkAssistActive: return EventClass::kRangeActive;
    case kSTWEnd:
    case kGCEnd:
    case kGCSweepEnd:
    case kGCMarkAssistEnd: return EventClass::kRangeEnd;
    case kUserTaskBegin: return EventClass::kTaskBegin;
    case kUserTaskEnd: return EventClass::kTaskEnd;
    case kUserRegionBegin: return EventClass::kRegionBegin;
    case kUserRegionEnd: return EventClass::kRegionEnd;
    case kUserLog: return EventClass::kLog;
    case kProcStart:
    case kProcStop:
    case kProcSteal:
    case kProcStatus:
    case kGoCreate:
    case kGoCreateSyscall:
    case kGoStart:
    case kGoDestroy:
    case kGoDestroySyscall:
    case kGoStop:
    case kGoBlock:
    case kGoUnblock:
    case kGoSyscallBegin:
    case kGoSyscallEnd:
    case kGoSyscallEndBlocked:
    case kGoStatus:
    case kGoSwitch:
    case kGoSwitchDestroy:
    case kGoCreateBlocked:
    case kGoStatusStack: return EventClass::kStateTransition;
    default: return InfoOf(kind).experiment != 0 ? EventClass::kExperimental : EventClass::kBad;
  }
}

std::string_view NameOf(EventClass event_class) {
  constexpr std::string_view kNames[] = {"Bad",      "Sync",      "Metric",  "Label",       "StackSample",
                                         "RangeBegin", "RangeActive", "RangeEnd", "TaskBegin", "TaskEnd",
                                         "RegionBegin", "RegionEnd", "Log",     "StateTransition", "Experimental"};
  return kNames[static_cast<size_t>(event_class)];
}

std::string_view NameOf(GoState state) {
  constexpr std::string_view kNames[] = {"Undetermined", "NotExist", "Runnable", "Running", "Waiting", "Syscall"};
  return static_cast<size_t>(state) < std::size(kNames) ? kNames[static_cast<size_t>(state)] : "Bad";
}

std::string_view NameOf(ProcState state) {
  constexpr std::string_view kNames[] = {"Undetermined", "NotExist", "Running", "Idle"};
  return static_cast<size_t>(state) < std::size(kNames) ? kNames[static_cast<size_t>(state)] : "Bad";
}

GoState StateOf(GoStatus status) {
  switch (status) {
    case kGoRunnable: return GoState::kRunnable;
    case kGoRunning: return GoState::kRunning;
    case kGoWaiting: return GoState::kWaiting;
    case kGoSyscall: return GoState::kSyscall;
    default: return GoState::kUndetermined;
  }
}

ProcState StateOf(ProcStatus status) {
  switch (status) {
    case kProcRunning:
    case kProcSyscall: return ProcState::kRunning;
    case kProcIdle:
    case kProcSyscallAbandoned: return ProcState::kIdle;
    default: return ProcState::kUndetermined;
  }
}

std::string NameOf(const Resource& resource) {
  constexpr const char* kNames[] = {"None", "Goroutine", "Proc", "Thread"};
  if (resource.type == Resource::kNothing) return kNames[0];
  return std::string(kNames[resource.type]) + "(" + std::to_string(resource.id) + ")";
}

bool HasStack(const Event& event, uint64_t& stack) {
  if (event.kind == kCPUSample) {
    stack = event.args[0];
    return true;
  }
  if (event.kind == kSyncPoint) return false;
  const int8_t at = InfoOf(event.kind).stacks[0];
  if (at == 0) return false;
  stack = event.args[at - 1];
  return stack != 0;
}

namespace {

Transition OfGoroutine(uint64_t id, GoState from, GoState to) {
  Transition t;
  t.resource = {Resource::kGoroutine, static_cast<int64_t>(id)};
  t.go_from = from;
  t.go_to = to;
  return t;
}

Transition OfProc(uint64_t id, ProcState from, ProcState to) {
  Transition t;
  t.resource = {Resource::kProc, static_cast<int64_t>(id)};
  t.proc_from = from;
  t.proc_to = to;
  return t;
}

}  // namespace

Transition TransitionOf(const Event& event) {
  const uint64_t me = static_cast<uint64_t>(event.g);
  const uint64_t named = event.args[0];
  Transition t;
  switch (event.kind) {
    case kProcStart: return OfProc(named, ProcState::kIdle, ProcState::kRunning);
    case kProcStop: return OfProc(static_cast<uint64_t>(event.p), ProcState::kRunning, ProcState::kIdle);
    case kProcSteal: return OfProc(named, static_cast<ProcState>(event.from), ProcState::kIdle);
    case kProcStatus:
      return OfProc(named, static_cast<ProcState>(event.from), StateOf(static_cast<ProcStatus>(event.args[1])));
    case kGoCreate:
    case kGoCreateBlocked:
      t = OfGoroutine(named, GoState::kNotExist, event.kind == kGoCreate ? GoState::kRunnable : GoState::kWaiting);
      t.has_stack = true;
      t.stack = event.args[1];
      return t;
    case kGoCreateSyscall: return OfGoroutine(named, GoState::kNotExist, GoState::kSyscall);
    case kGoStart: return OfGoroutine(named, GoState::kRunnable, GoState::kRunning);
    case kGoDestroy: return OfGoroutine(me, GoState::kRunning, GoState::kNotExist);
    case kGoDestroySyscall: return OfGoroutine(me, GoState::kSyscall, GoState::kNotExist);
    case kGoStop: t = OfGoroutine(me, GoState::kRunning, GoState::kRunnable); break;
    case kGoBlock: t = OfGoroutine(me, GoState::kRunning, GoState::kWaiting); break;
    // What follows of a switch are events of their own.
    case kGoUnblock:
    case kGoSwitch:
    case kGoSwitchDestroy: return OfGoroutine(named, GoState::kWaiting, GoState::kRunnable);
    case kGoSyscallBegin: t = OfGoroutine(me, GoState::kRunning, GoState::kSyscall); break;
    case kGoSyscallEnd: return OfGoroutine(me, GoState::kSyscall, GoState::kRunning);
    case kGoSyscallEndBlocked: return OfGoroutine(me, GoState::kSyscall, GoState::kRunnable);
    case kGoStatus:
    case kGoStatusStack:
      t = OfGoroutine(named, static_cast<GoState>(event.from), StateOf(static_cast<GoStatus>(event.args[2])));
      break;
    default: return t;
  }
  if (event.kind == kGoStop || event.kind == kGoBlock) t.reason = event.args[0];
  t.has_stack = HasStack(event, t.stack);
  return t;
}

Range RangeOf(const Event& event) {
  switch (event.kind) {
    case kSTWBegin:
    case kSTWEnd: return {RangeKind::kSTW, {Resource::kGoroutine, event.g}, event.args[0]};
    case kGCSweepActive: return {RangeKind::kGCSweep, {Resource::kProc, static_cast<int64_t>(event.args[0])}};
    case kGCSweepBegin:
    case kGCSweepEnd: return {RangeKind::kGCSweep, {Resource::kProc, event.p}};
    case kGCMarkAssistActive: return {RangeKind::kMarkAssist, {Resource::kGoroutine, static_cast<int64_t>(event.args[0])}};
    case kGCMarkAssistBegin:
    case kGCMarkAssistEnd: return {RangeKind::kMarkAssist, {Resource::kGoroutine, event.g}};
    default: return {RangeKind::kGCMark, {}};
  }
}

std::string_view MetricOf(const Event& event) {
  switch (event.kind) {
    case kProcsChange: return "/sched/gomaxprocs:threads";
    case kHeapAlloc: return "/memory/classes/heap/objects:bytes";
    case kHeapGoal: return "/gc/heap/goal:bytes";
    default: return {};
  }
}

}  // namespace gotrace
