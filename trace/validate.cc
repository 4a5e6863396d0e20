// The checks, one for each class of events.
#include "trace/validate.h"

#include <algorithm>
#include <utility>

namespace gotrace {
namespace {

// Seconds and nanoseconds of a wall clock, the latter below a second.
std::pair<int64_t, uint64_t> Wall(const ClockSnapshot& clock) {
  return {static_cast<int64_t>(clock.sec + clock.nsec / 1'000'000'000), clock.nsec % 1'000'000'000};
}

std::string NameOf(const Range& range, const Generation& generation) {
  switch (range.kind) {
    case RangeKind::kSTW: return "stop-the-world (" + std::string(generation.Text(range.reason)) + ")";
    case RangeKind::kGCMark: return "GC concurrent mark phase";
    case RangeKind::kGCSweep: return "GC incremental sweep";
    case RangeKind::kMarkAssist: return "GC mark assist";
  }
  return {};
}

}  // namespace

const std::vector<std::string>& Validator::Check(const Event& event, const Generation* generation) {
  faults_.clear();
  if (last_time_ != 0 && event.time <= last_time_) {
    Fault("the time is " + std::to_string(event.time) + ", and was " + std::to_string(last_time_) + " before");
  } else {
    last_time_ = event.time;
  }
  const EventClass event_class = ClassOf(event.kind);
  if (event_class == EventClass::kSync) {
    CheckSync(event, generation);
    return faults_;
  }
  uint64_t stack;
  if (HasStack(event, stack)) CheckStack(stack, *generation);
  switch (event_class) {
    case EventClass::kLabel:
      if (generation->Text(event.args[0]).empty()) Fault("an empty label");
      if (!goroutines_.contains(event.g))
        Fault("a label of goroutine " + std::to_string(event.g) + ", which nobody has named");
      break;
    case EventClass::kStateTransition: {
      const Transition transition = TransitionOf(event);
      if (transition.has_stack) CheckStack(transition.stack, *generation);
      if (transition.resource.type == Resource::kGoroutine) {
        CheckGoroutine(event, transition);
      } else {
        CheckProc(event, transition);
      }
      break;
    }
    case EventClass::kRangeBegin:
    case EventClass::kRangeActive:
    case EventClass::kRangeEnd: CheckRange(event, *generation); break;
    case EventClass::kTaskBegin:
    case EventClass::kTaskEnd: CheckTask(event, *generation); break;
    default: break;
  }
  return faults_;
}

void Validator::CheckSync(const Event& event, const Generation* generation) {
  const uint64_t number = event.args[0];
  if (number != syncs_ + 1) Fault("sync " + std::to_string(number) + " after sync " + std::to_string(syncs_));
  const bool has_clock = generation != nullptr && generation->clock();
  // The one at the end has no clocks.
  if (version_ >= kGo125 && (number <= 1 || has_clock)) {
    const std::string name = "sync " + std::to_string(number);
    if (!has_clock) {
      Fault(name + " has no clock snapshot");
    } else {
      const ClockSnapshot& clock = *generation->clock();
      if (clock.mono == 0) Fault(name + " has a monotonic clock of 0");
      if (clock.trace == 0) Fault(name + " has a trace clock of 0");
      if (!skip_clocks_ && number >= 2 && last_clock_) {
        if (Wall(clock) <= Wall(*last_clock_)) Fault(name + " has a wall clock that did not go on");
        if (clock.mono <= last_clock_->mono) Fault(name + " has a monotonic clock that did not go on");
        if (clock.trace <= last_clock_->trace) Fault(name + " has a trace clock that did not go on");
      }
    }
  }
  syncs_ = number;
  last_clock_ = has_clock ? generation->clock() : std::nullopt;
}

void Validator::CheckStack(uint64_t stack, const Generation& generation) {
  if (!generation.HasStack(stack)) {
    Fault("stack " + std::to_string(stack) + " is not in the generation");
    return;
  }
  const std::span<const uint32_t> frames = generation.Stack(stack);
  // The innermost frame may be empty.
  for (size_t i = 1; i < frames.size(); i++) {
    const Frame& frame = generation.frame(frames[i]);
    if (frame.pc == 0 || frame.line == 0 || generation.Text(frame.func).empty() ||
        generation.Text(frame.file).empty()) {
      Fault("frame " + std::to_string(i) + " of stack " + std::to_string(stack) +
            " lacks its function, file, line or pc");
    }
  }
}

Validator::Thread* Validator::ThreadOf(const Event& event) {
  if (event.m == kNone) {
    Fault("no thread, but one is needed");
    return nullptr;
  }
  return &threads_[event.m];
}

std::vector<std::string>* Validator::RangesOf(const Resource& resource) {
  const auto it = ranges_.find(std::pair<int, int64_t>(resource.type, resource.id));
  return it == ranges_.end() ? nullptr : &it->second;
}

void Validator::CheckGoroutine(const Event& event, const Transition& t) {
  const int64_t id = t.resource.id;
  const std::string name = "goroutine " + std::to_string(id);
  if (t.go_to == GoState::kUndetermined) Fault(name + " becomes undetermined");
  if (syncs_ > 1 && t.go_from == GoState::kUndetermined) Fault(name + " is undetermined after the first generation");
  if (t.go_to == GoState::kNotExist) {
    const std::vector<std::string>* const ranges = RangesOf(t.resource);
    if (ranges != nullptr && !ranges->empty()) Fault(name + " ends within \"" + ranges->front() + "\"");
  }
  const auto [it, is_new] = goroutines_.try_emplace(id);
  Goroutine& g = it->second;
  if (!is_new && t.go_from != g.state) {
    Fault(name + " should be " + std::string(NameOf(g.state)) + " before, not " + std::string(NameOf(t.go_from)));
  }
  if (is_new && t.go_from != GoState::kUndetermined && t.go_from != GoState::kNotExist) {
    Fault(name + " is " + std::string(NameOf(t.go_from)) + ", but nobody has named it");
  }
  g.state = t.go_to;
  if (IsExecuting(t.go_to)) {
    Thread* const thread = ThreadOf(event);
    if (thread == nullptr) return;
    if (thread->g != kNone && thread->g != id) {
      Fault(name + " runs on thread " + std::to_string(event.m) + ", which has goroutine " + std::to_string(thread->g));
    }
    thread->g = id;
    g.thread = event.m;
    g.bound = true;
  } else if (IsExecuting(t.go_from)) {
    uint64_t stack = 0;
    const bool has_stack = HasStack(event, stack);
    if (has_stack != t.has_stack || (has_stack && stack != t.stack))
      Fault(name + " stops with another stack than the event's");
    if (!g.bound) {
      Fault(name + " stops, but no thread has it");
      return;
    }
    Thread& thread = threads_[g.thread];
    if (thread.g != id)
      Fault(name + " stops on thread " + std::to_string(g.thread) + ", which has goroutine " +
            std::to_string(thread.g));
    thread.g = kNone;
    g.bound = false;
  }
}

void Validator::CheckProc(const Event& event, const Transition& t) {
  const int64_t id = t.resource.id;
  const std::string name = "processor " + std::to_string(id);
  if (t.proc_to == ProcState::kUndetermined) Fault(name + " becomes undetermined");
  if (syncs_ > 1 && t.proc_from == ProcState::kUndetermined)
    Fault(name + " is undetermined after the first generation");
  const auto [it, is_new] = procs_.try_emplace(id);
  Proc& p = it->second;
  if (!is_new && t.proc_from != p.state) {
    Fault(name + " should be " + std::string(NameOf(p.state)) + " before, not " + std::string(NameOf(t.proc_from)));
  }
  if (is_new && t.proc_from != ProcState::kUndetermined && t.proc_from != ProcState::kNotExist) {
    Fault(name + " is " + std::string(NameOf(t.proc_from)) + ", but nobody has named it");
  }
  p.state = t.proc_to;
  if (IsExecuting(t.proc_to)) {
    Thread* const thread = ThreadOf(event);
    if (thread == nullptr) return;
    if (thread->p != kNone && thread->p != id) {
      Fault(name + " runs on thread " + std::to_string(event.m) + ", which has processor " + std::to_string(thread->p));
    }
    thread->p = id;
    p.thread = event.m;
    p.bound = true;
  } else if (IsExecuting(t.proc_from)) {
    if (!p.bound) {
      Fault(name + " stops, but no thread has it");
      return;
    }
    Thread& thread = threads_[p.thread];
    if (thread.p != id)
      Fault(name + " stops on thread " + std::to_string(p.thread) + ", which has processor " +
            std::to_string(thread.p));
    thread.p = kNone;
    p.bound = false;
  }
}

void Validator::CheckRange(const Event& event, const Generation& generation) {
  const Range range = RangeOf(event);
  const std::string name = NameOf(range, generation);
  std::vector<std::string>& ranges = ranges_[std::pair<int, int64_t>(range.scope.type, range.scope.id)];
  const auto it = std::find(ranges.begin(), ranges.end(), name);
  const std::string said = "\"" + name + "\" of " + gotrace::NameOf(range.scope);
  switch (ClassOf(event.kind)) {
    case EventClass::kRangeBegin:
      if (it != ranges.end()) Fault(said + " begins, but goes on already");
      ranges.push_back(name);
      break;
    case EventClass::kRangeActive:
      if (it == ranges.end()) ranges.push_back(name);
      break;
    default:
      if (it == ranges.end()) {
        Fault(said + " ends, but has not begun");
      } else {
        ranges.erase(it);
      }
  }
}

void Validator::CheckTask(const Event& event, const Generation& generation) {
  const uint64_t id = event.args[0];
  if (event.kind == kUserTaskBegin) {
    if (id == kNoTask || id == 0) Fault("a task with the number of none");
    if (event.args[1] == 0) Fault("task " + std::to_string(id) + " has the background task as its parent");
    tasks_[id] = std::string(generation.Text(event.args[2]));
    return;
  }
  const auto it = tasks_.find(id);
  if (it == tasks_.end()) return;
  if (it->second != generation.TaskName(event.args[3]))
    Fault("task " + std::to_string(id) + " ends under another name");
  tasks_.erase(it);
}

}  // namespace gotrace
