// Follows the events and closes a span whenever a state ends.
#include "trace/timeline.h"

#include <algorithm>

namespace gotrace {
namespace {

// The keys of a map in order: what is done for all of them must not depend on the hash.
template <typename Map>
auto SortedKeys(const Map& map) {
  std::vector<typename Map::key_type> keys;
  keys.reserve(map.size());
  for (const auto& [key, value] : map) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace

void Timeline::Apply(const Event& event, const Generation* generation) {
  if (!any_) start_ = event.time;
  any_ = true;
  end_ = event.time;
  if (generation == nullptr) return;
  if (uint64_t stack; event.g != kNone && HasStack(event, stack)) Name(event.g, stacks_.Stack(*generation, stack));
  switch (ClassOf(event.kind)) {
    case EventClass::kStateTransition: {
      const Transition t = TransitionOf(event);
      if (t.resource.type == Resource::kGoroutine) {
        Go(event, *generation, t);
      } else {
        Proc(event, t);
      }
      break;
    }
    case EventClass::kRangeBegin:
    case EventClass::kRangeActive:
    case EventClass::kRangeEnd: Range(event, *generation); break;
    case EventClass::kTaskBegin:
    case EventClass::kTaskEnd: Task(event, *generation); break;
    case EventClass::kRegionBegin:
    case EventClass::kRegionEnd: Region(event, *generation); break;
    default: break;
  }
}

void Timeline::Name(int64_t g, uint32_t stack) {
  GoSpan* const go = Find(g);
  if (go == nullptr || go->name != 0 || stack == 0) return;
  const auto frames = stacks_.frames(stack);
  // A stack of that many frames may lack the outermost ones.
  if (frames.size() < kMaxFrames) go->name = stacks_.frame(frames.back()).func;
}

void Timeline::EndGo(GoSpan& go, int64_t to, bool ended) {
  runnable_ -= go.state == GoState::kRunnable;
  listener_.GoEnds(go, to, ended);
}

void Timeline::Go(const Event& event, const Generation& generation, const Transition& t) {
  const int64_t g = t.resource.id;
  const uint32_t stack = t.has_stack ? stacks_.Stack(generation, t.stack) : 0;
  const bool creates = t.go_from == GoState::kNotExist;
  GoSpan* go = Find(g);
  // A generation says again where everybody stands.
  if (go != nullptr && t.go_from == t.go_to) return Name(g, stack);
  if (go == nullptr) {
    if (t.go_to == GoState::kNotExist) return;
    go = &goroutines_[g];
    go->g = g;
    go->created = creates;
    go->first = creates ? event.time : start_;
    go->began = creates;
    go->from = go->first;
    if (creates) go->creator = event.g;
    if (uint64_t at; creates && HasStack(event, at)) go->creation_stack = stacks_.Stack(generation, at);
    // Of a new goroutine the stack is where it will begin.
    if (creates && stack != 0) go->name = stacks_.frame(stacks_.frames(stack)[0]).func;
  } else {
    EndGo(*go, event.time, true);
    if (t.go_to == GoState::kNotExist) {
      EndRegions(g, event.time, false);
      listener_.GoIsGone(*go, event.time, true);
      goroutines_.erase(g);
      return;
    }
    go->from = event.time;
    go->began = true;
  }
  if (!creates) Name(g, stack);
  go->state = t.go_to;
  go->stack = creates ? 0 : stack;
  go->reason = stacks_.Text(generation.Text(t.reason));
  go->p = go->m = kNone;
  if (IsExecuting(t.go_to)) {
    go->m = event.m;
    go->p = event.p;
    if (t.go_from == GoState::kUndetermined && t.go_to == GoState::kSyscall) {
      // Another thread may have told it, with its own processor.
      const auto it = proc_of_thread_.find(go->m);
      go->p = it == proc_of_thread_.end() ? kNone : it->second;
    }
  }
  runnable_ += go->state == GoState::kRunnable;
  listener_.GoBegins(*go);
}

void Timeline::Proc(const Event& event, const Transition& t) {
  const int64_t p = t.resource.id;
  auto it = procs_.find(p);
  if (it != procs_.end() && t.proc_from == t.proc_to) return;
  const bool known = it != procs_.end();
  if (known) {
    ProcSpan& span = it->second;
    running_procs_ -= span.state == ProcState::kRunning;
    listener_.ProcEnds(span, event.time, true);
    if (const auto at = proc_of_thread_.find(span.m); at != proc_of_thread_.end() && at->second == p)
      proc_of_thread_.erase(at);
  } else {
    it = procs_.try_emplace(p).first;
  }
  ProcSpan& span = it->second;
  span.p = p;
  span.state = t.proc_to;
  span.began = known || t.proc_from != ProcState::kUndetermined;
  span.from = span.began ? event.time : start_;
  span.m = IsExecuting(t.proc_to) ? event.m : kNone;
  if (span.m != kNone) proc_of_thread_[span.m] = p;
  running_procs_ += span.state == ProcState::kRunning;
  listener_.ProcBegins(span);
}

void Timeline::Range(const Event& event, const Generation& generation) {
  const gotrace::Range range = RangeOf(event);
  const bool of_goroutine = range.scope.type == Resource::kGoroutine, of_proc = range.scope.type == Resource::kProc;
  const auto it = std::find_if(ranges_.begin(), ranges_.end(), [&](const RangeSpan& span) {
    return span.kind == range.kind && (!of_goroutine || span.g == range.scope.id) &&
           (!of_proc || span.p == range.scope.id);
  });
  const EventClass what = ClassOf(event.kind);
  if (what == EventClass::kRangeEnd) {
    if (it == ranges_.end()) return;
    if (event.kind == kGCSweepEnd) {
      it->swept = event.args[0];
      it->reclaimed = event.args[1];
    }
    const RangeSpan span = *it;
    ranges_.erase(it);
    listener_.RangeEnds(span, event.time, true);
    return;
  }
  if (it != ranges_.end()) return;
  RangeSpan span;
  span.began = what == EventClass::kRangeBegin;
  span.from = span.began ? event.time : start_;
  if (uint64_t stack; HasStack(event, stack)) span.stack = stacks_.Stack(generation, stack);
  span.kind = range.kind;
  span.reason = stacks_.Text(generation.Text(range.reason));
  if (span.began) {
    span.g = event.g;
    span.p = event.p;
    span.m = event.m;
  }
  if (of_goroutine) span.g = range.scope.id;
  if (of_proc) span.p = range.scope.id;
  ranges_.push_back(span);
  listener_.RangeBegins(span);
}

void Timeline::Task(const Event& event, const Generation& generation) {
  const uint64_t id = event.args[0];
  if (event.kind == kUserTaskBegin) {
    TaskSpan& task = tasks_[id];
    task.from = event.time;
    task.began = true;
    task.stack = stacks_.Stack(generation, event.args[3]);
    task.task = id;
    task.parent = event.args[1];
    task.name = stacks_.Text(generation.Text(event.args[2]));
    task.g = event.g;
    listener_.TaskBegins(task);
    return;
  }
  const auto it = tasks_.find(id);
  const bool known = it != tasks_.end();
  TaskSpan task;
  if (known) {
    task = it->second;
    tasks_.erase(it);
  } else {
    task.task = id;
    task.from = start_;
    listener_.TaskBegins(task);
  }
  task.end_g = event.g;
  listener_.TaskEnds(task, event.time, true);
}

void Timeline::Region(const Event& event, const Generation& generation) {
  std::vector<RegionSpan>& open = regions_[event.g];
  if (event.kind == kUserRegionEnd && !open.empty()) {
    const RegionSpan region = open.back();
    open.pop_back();
    if (open.empty()) regions_.erase(event.g);
    listener_.RegionEnds(region, event.time, true);
    return;
  }
  RegionSpan region;
  region.g = event.g;
  region.task = event.args[0];
  region.name = stacks_.Text(generation.Text(event.args[1]));
  region.depth = static_cast<uint32_t>(open.size());
  region.began = event.kind == kUserRegionBegin;
  region.from = region.began ? event.time : start_;
  if (region.began) {
    region.stack = stacks_.Stack(generation, event.args[2]);
    open.push_back(region);
    listener_.RegionBegins(region);
    return;
  }
  // It began before the trace, and its goroutine was there.
  if (open.empty()) regions_.erase(event.g);
  listener_.RegionEnds(region, event.time, true);
}

void Timeline::EndRegions(int64_t g, int64_t to, bool ended) {
  const auto it = regions_.find(g);
  if (it == regions_.end()) return;
  for (auto region = it->second.rbegin(); region != it->second.rend(); ++region)
    listener_.RegionEnds(*region, to, ended);
  regions_.erase(it);
}

void Timeline::Finish() {
  for (const RangeSpan& span : ranges_) listener_.RangeEnds(span, end_, false);
  ranges_.clear();
  for (const int64_t g : SortedKeys(goroutines_)) {
    GoSpan& go = goroutines_[g];
    EndGo(go, end_, false);
    EndRegions(g, end_, false);
    listener_.GoIsGone(go, end_, false);
  }
  goroutines_.clear();
  for (const int64_t g : SortedKeys(regions_)) EndRegions(g, end_, false);
  for (const int64_t p : SortedKeys(procs_)) listener_.ProcEnds(procs_[p], end_, false);
  procs_.clear();
  for (const uint64_t task : SortedKeys(tasks_)) listener_.TaskEnds(tasks_[task], end_, false);
  tasks_.clear();
}

}  // namespace gotrace
