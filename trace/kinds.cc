#include "trace/kinds.h"

namespace gotrace {
namespace {

using Table = std::array<KindInfo, 256>;

struct Row {
  constexpr Row(Table& table, Kind kind, std::string_view name, std::initializer_list<std::string_view> args = {})
      : info(table[kind]) {
    info.name = name;
    for (std::string_view arg : args) info.args[info.nargs++] = arg;
    info.timed = info.nargs > 0 && info.args[0] == "dt";
  }
  constexpr Row& Stack(int8_t first, int8_t second = 0) {
    info.stacks = {first, second};
    return *this;
  }
  constexpr Row& Strings(int8_t first, int8_t second = 0) {
    info.strings = {first, second};
    return *this;
  }
  constexpr Row& Start(Kind kind) {
    info.start = kind;
    return *this;
  }
  constexpr Row& Data() {
    info.data = true;
    return *this;
  }
  constexpr Row& Frames() {
    info.frames = true;
    return *this;
  }
  constexpr Row& Experiment() {
    info.experiment = 1;
    return *this;
  }
  KindInfo& info;
};

constexpr Table MakeTable() {
  Table t{};
  Row(t, kEventBatch, "EventBatch", {"gen", "m", "time", "size"});
  Row(t, kStacks, "Stacks");
  Row(t, kStack, "Stack", {"id", "nframes"}).Frames();
  Row(t, kStrings, "Strings");
  Row(t, kString, "String", {"id"}).Data();
  Row(t, kCPUSamples, "CPUSamples");
  Row(t, kCPUSample, "CPUSample", {"time", "m", "p", "g", "stack"}).Stack(4);
  Row(t, kFrequency, "Frequency", {"freq"});

  Row(t, kProcsChange, "ProcsChange", {"dt", "procs_value", "stack"}).Stack(2);
  Row(t, kProcStart, "ProcStart", {"dt", "p", "p_seq"});
  Row(t, kProcStop, "ProcStop", {"dt"});
  Row(t, kProcSteal, "ProcSteal", {"dt", "p", "p_seq", "m"});
  Row(t, kProcStatus, "ProcStatus", {"dt", "p", "pstatus"});

  Row(t, kGoCreate, "GoCreate", {"dt", "new_g", "new_stack", "stack"}).Stack(3, 2);
  Row(t, kGoCreateSyscall, "GoCreateSyscall", {"dt", "new_g"});
  Row(t, kGoStart, "GoStart", {"dt", "g", "g_seq"});
  Row(t, kGoDestroy, "GoDestroy", {"dt"});
  Row(t, kGoDestroySyscall, "GoDestroySyscall", {"dt"});
  Row(t, kGoStop, "GoStop", {"dt", "reason_string", "stack"}).Stack(2).Strings(1);
  Row(t, kGoBlock, "GoBlock", {"dt", "reason_string", "stack"}).Stack(2).Strings(1);
  Row(t, kGoUnblock, "GoUnblock", {"dt", "g", "g_seq", "stack"}).Stack(3);
  Row(t, kGoSyscallBegin, "GoSyscallBegin", {"dt", "p_seq", "stack"}).Stack(2);
  Row(t, kGoSyscallEnd, "GoSyscallEnd", {"dt"}).Start(kGoSyscallBegin);
  Row(t, kGoSyscallEndBlocked, "GoSyscallEndBlocked", {"dt"}).Start(kGoSyscallBegin);
  Row(t, kGoStatus, "GoStatus", {"dt", "g", "m", "gstatus"});

  Row(t, kSTWBegin, "STWBegin", {"dt", "kind_string", "stack"}).Stack(2).Strings(1);
  Row(t, kSTWEnd, "STWEnd", {"dt"}).Start(kSTWBegin);

  Row(t, kGCActive, "GCActive", {"dt", "gc_seq"}).Start(kGCBegin);
  Row(t, kGCBegin, "GCBegin", {"dt", "gc_seq", "stack"}).Stack(2);
  Row(t, kGCEnd, "GCEnd", {"dt", "gc_seq"}).Start(kGCBegin);
  Row(t, kGCSweepActive, "GCSweepActive", {"dt", "p"}).Start(kGCSweepBegin);
  Row(t, kGCSweepBegin, "GCSweepBegin", {"dt", "stack"}).Stack(1);
  Row(t, kGCSweepEnd, "GCSweepEnd", {"dt", "swept_value", "reclaimed_value"}).Start(kGCSweepBegin);
  Row(t, kGCMarkAssistActive, "GCMarkAssistActive", {"dt", "g"}).Start(kGCMarkAssistBegin);
  Row(t, kGCMarkAssistBegin, "GCMarkAssistBegin", {"dt", "stack"}).Stack(1);
  Row(t, kGCMarkAssistEnd, "GCMarkAssistEnd", {"dt"}).Start(kGCMarkAssistBegin);
  Row(t, kHeapAlloc, "HeapAlloc", {"dt", "heapalloc_value"});
  Row(t, kHeapGoal, "HeapGoal", {"dt", "heapgoal_value"});

  Row(t, kGoLabel, "GoLabel", {"dt", "label_string"}).Strings(1);
  Row(t, kUserTaskBegin, "UserTaskBegin", {"dt", "task", "parent_task", "name_string", "stack"}).Stack(4).Strings(3);
  Row(t, kUserTaskEnd, "UserTaskEnd", {"dt", "task", "stack"}).Stack(2);
  Row(t, kUserRegionBegin, "UserRegionBegin", {"dt", "task", "name_string", "stack"}).Stack(3).Strings(2);
  Row(t, kUserRegionEnd, "UserRegionEnd", {"dt", "task", "name_string", "stack"})
      .Stack(3)
      .Strings(2)
      .Start(kUserRegionBegin);
  Row(t, kUserLog, "UserLog", {"dt", "task", "key_string", "value_string", "stack"}).Stack(4).Strings(2, 3);

  Row(t, kGoSwitch, "GoSwitch", {"dt", "g", "g_seq"});
  Row(t, kGoSwitchDestroy, "GoSwitchDestroy", {"dt", "g", "g_seq"});
  Row(t, kGoCreateBlocked, "GoCreateBlocked", {"dt", "new_g", "new_stack", "stack"}).Stack(3, 2);
  Row(t, kGoStatusStack, "GoStatusStack", {"dt", "g", "m", "gstatus", "stack"}).Stack(4);
  Row(t, kExperimentalBatch, "ExperimentalBatch", {"exp", "gen", "m", "time"}).Data();

  Row(t, kSync, "Sync");
  Row(t, kClockSnapshot, "ClockSnapshot", {"dt", "mono", "sec", "nsec"});
  Row(t, kEndOfGeneration, "EndOfGeneration");

  Row(t, kSpan, "Span", {"dt", "id", "npages_value", "kindclass"}).Experiment();
  Row(t, kSpanAlloc, "SpanAlloc", {"dt", "id", "npages_value", "kindclass"}).Experiment();
  Row(t, kSpanFree, "SpanFree", {"dt", "id"}).Experiment();
  Row(t, kHeapObject, "HeapObject", {"dt", "id", "type"}).Experiment();
  Row(t, kHeapObjectAlloc, "HeapObjectAlloc", {"dt", "id", "type"}).Experiment();
  Row(t, kHeapObjectFree, "HeapObjectFree", {"dt", "id"}).Experiment();
  Row(t, kGoroutineStack, "GoroutineStack", {"dt", "id", "order"}).Experiment();
  Row(t, kGoroutineStackAlloc, "GoroutineStackAlloc", {"dt", "id", "order"}).Experiment();
  Row(t, kGoroutineStackFree, "GoroutineStackFree", {"dt", "id"}).Experiment();
  return t;
}

constexpr Table kTable = MakeTable();

}  // namespace

const KindInfo& InfoOf(uint8_t kind) { return kTable[kind]; }

size_t KindsOf(int version) {
  switch (version) {
    case kGo122: return kUserLog + 1;
    case kGo123: return kExperimentalBatch + 1;
    case kGo125: return kClockSnapshot + 1;
    default: return kEndOfKinds;
  }
}

uint8_t KindOf(std::string_view name, int version) {
  if (name.empty()) return 0;
  for (size_t kind = 1; kind < KindsOf(version); kind++) {
    if (kTable[kind].name == name) return static_cast<uint8_t>(kind);
  }
  return 0;
}

}  // namespace gotrace
