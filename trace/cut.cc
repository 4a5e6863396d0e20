// Which events are kept of a trace that is cut, and what has to be said at its beginning.
#include "trace/cut.h"

#include <algorithm>

namespace gotrace {

void Cutter::Add(const Event& event, const Generation* generation) {
  if (!any_) start_ = event.time;
  any_ = true;
  last_ = event.time;
  if (generation == nullptr) return;
  if (event.kind == kSyncPoint) {
    generations_++;
    Release(kNone, false);
    if (open_) out_.End();
    if (open_) first_ = false;
    open_ = false;
    sync_ = event.time;
    done_ = over_;
    return;
  }
  const int64_t since = event.time - start_;
  if (over_ || since >= options_.to) {
    over_ = true;
    // Who was there from the beginning may only be named at the first generation's end.
    const bool names = (event.kind == kGoStatus || event.kind == kGoStatusStack) &&
                       event.from == static_cast<uint8_t>(GoState::kUndetermined);
    if (generations_ > 1 || !open_) {
      done_ = true;
    } else if (names) {
      Put(event, *generation);
    }
    return;
  }
  if (since >= options_.from) {
    if (!open_) Begin(*generation, began_ ? event.time : start_ + options_.from);
    Inside(event, *generation);
    events_++;
  }
  standing_.Apply(event, *generation);
  if (event.g == options_.goroutine || standing_.goroutines.contains(options_.goroutine)) seen_ = true;
}

void Cutter::Begin(const Generation& generation, int64_t time) {
  open_ = true;
  const Standing& now = standing_;
  const size_t count =
      now.procs.size() + now.goroutines.size() + now.sweeps.size() + now.assists.size() + now.stops.size() + 1;
  // Statuses come before everything, each at a time of its own, and the generation's beginning before them.
  const int64_t before = time - static_cast<int64_t>(count) - 1;
  int64_t at = began_ || options_.from == 0 ? sync_ : std::clamp<int64_t>(before, std::min<int64_t>(1, time), time);
  out_.Begin(generation, at);
  if (!alone()) out_.PutExperimental(generation);
  if (began_) return;
  began_ = first_ = true;
  const auto next = [&] { return at < time ? ++at : time; };
  for (const auto& [p, proc] : now.procs) {
    ProcStatus status = proc.status;
    const bool of_one = alone() && proc.m != kNone && now.GoroutineOf(proc.m) == options_.goroutine;
    if (alone() && status == kProcSyscall && !of_one) status = kProcRunning;
    if (alone() && status == kProcSyscallAbandoned) status = kProcIdle;
    if (status == kProcSyscall) in_call_.insert(p);
    out_.PutMade(proc.m, next(), kProcStatus, {static_cast<uint64_t>(p), status});
    told_procs_.insert(p);
  }
  for (const auto& [g, go] : now.goroutines) {
    if (alone() && g != options_.goroutine) continue;
    out_.PutMade(go.m, next(), kGoStatus, {static_cast<uint64_t>(g), static_cast<uint64_t>(go.m), go.status});
    told_goroutines_.insert(g);
  }
  if (now.collects && !alone()) out_.PutMade(kNone, next(), kGCActive, {});
  for (const int64_t p : now.sweeps) out_.PutMade(kNone, next(), kGCSweepActive, {static_cast<uint64_t>(p)});
  for (const int64_t g : now.assists) {
    if (told_goroutines_.contains(g)) out_.PutMade(kNone, next(), kGCMarkAssistActive, {static_cast<uint64_t>(g)});
  }
  for (const auto& [g, why] : now.stops) {
    const auto go = now.goroutines.find(g);
    // It can only be said of one that runs.
    if (!told_goroutines_.contains(g) || go->second.status != kGoRunning || now.ProcOf(go->second.m) == kNone) continue;
    out_.PutMade(go->second.m, next(), kSTWBegin, {}, why);
    told_stops_.insert(g);
  }
}

// Whether the beginning of the span has said it.
bool Cutter::Known(const Event& event) {
  const int64_t named = static_cast<int64_t>(event.args[0]);
  switch (event.kind) {
    case kGoStatus:
    case kGoStatusStack: return told_goroutines_.erase(named) != 0;
    case kProcStatus: return told_procs_.erase(named) != 0;
    case kGCActive: return standing_.collects;
    case kGCSweepActive: return standing_.sweeps.contains(named);
    case kGCMarkAssistActive: return standing_.assists.contains(named);
    default: return false;
  }
}

void Cutter::Inside(const Event& event, const Generation& generation) {
  if (first_ && Known(event)) return;
  if (event.kind == kSTWBegin) told_stops_.insert(event.g);
  if (event.kind == kSTWEnd && told_stops_.erase(event.g) == 0) return;
  Put(event, generation);
}

void Cutter::Put(const Event& event, const Generation& generation) {
  if (alone()) {
    PutAlone(event, generation);
  } else {
    out_.Put(event, generation);
  }
}

// Tells processors whose system call it is at the trace's beginning: the one goroutine's if it is `in_call`, or
// another's.
void Cutter::Release(int64_t m, bool in_call) {
  for (auto at = held_.begin(); at != held_.end();) {
    if (m != kNone && at->m != m) {
      ++at;
      continue;
    }
    if (in_call) in_call_.insert(static_cast<int64_t>(at->args[0]));
    out_.PutMade(at->m, at->time, kProcStatus,
                 {at->args[0], in_call ? uint64_t{kProcSyscall} : uint64_t{kProcRunning}});
    at = held_.erase(at);
  }
}

void Cutter::PutAlone(const Event& event, const Generation& generation) {
  const int64_t one = options_.goroutine, named = static_cast<int64_t>(event.args[0]);
  const bool does = event.g == one;
  if (!held_.empty()) {
    const bool of_one =
        (event.kind == kGoStatus || event.kind == kGoStatusStack) && named == one && event.args[2] == kGoSyscall;
    if (event.m != kNone) Release(event.m, of_one);
    if (event.kind == kProcSteal) Release(static_cast<int64_t>(event.args[2]), false);
  }
  bool keep = false;
  switch (event.kind) {
    case kProcStop:
      in_call_.erase(event.p);
      keep = true;
      break;
    case kProcStart:
    case kGCSweepActive:
    case kGCSweepBegin:
    case kGCSweepEnd:
    case kHeapAlloc:
    case kHeapGoal: keep = true; break;
    case kProcSteal: {
      // At the end of the one: said by it.
      if (event.args[1] == 0 && does) {
        left_.insert(named);
        in_call_.erase(named);
        out_.Put(event, generation, true);
        return;
      }
      if (in_call_.erase(named) != 0 || left_.erase(named) != 0) {
        keep = true;
        break;
      }
      // Others are not in system calls here: their thread gives the processor up.
      const auto proc = standing_.procs.find(named);
      if (proc == standing_.procs.end() || proc->second.m == kNone) return;
      out_.PutMade(proc->second.m, event.time, kProcStop, {});
      return;
    }
    case kProcStatus: {
      if (event.args[1] == kProcSyscall && standing_.GoroutineOf(event.m) == kNone) {
        // Whose system call it is will be told soon.
        held_.push_back(event);
        return;
      }
      Event changed = event;
      if (event.args[1] == kProcSyscall && !in_call_.contains(named)) changed.args[1] = kProcRunning;
      if (event.args[1] == kProcSyscallAbandoned && !left_.contains(named)) changed.args[1] = kProcIdle;
      out_.Put(changed, generation, true);
      return;
    }
    case kGoStatus:
    case kGoStatusStack:
    case kGoCreate:
    case kGoCreateBlocked:
    case kGoCreateSyscall:
    case kGoStart:
    case kGoUnblock:
    case kGCMarkAssistActive: keep = named == one; break;
    case kGoSwitch:
    case kGoSwitchDestroy:
      if (named == one) out_.PutMade(event.m, event.time, kGoUnblock, {event.args[0]});
      return;
    case kGoBlock:
      if (!does) return;
      // Of a switch: Go gives no reason, but a trace has to.
      if (event.args[0] == 0) {
        out_.PutMade(event.m, event.time, kGoBlock, {}, "unspecified");
        return;
      }
      keep = true;
      break;
    case kGoSyscallBegin:
      keep = does;
      if (does) in_call_.insert(event.p);
      break;
    case kGoSyscallEnd:
      keep = does;
      if (does) in_call_.erase(event.p);
      break;
    case kGoStop:
    case kGoDestroy:
    case kGoDestroySyscall:
    case kGoSyscallEndBlocked:
    case kSTWBegin:
    case kSTWEnd:
    case kProcsChange:
    case kGCMarkAssistBegin:
    case kGCMarkAssistEnd:
    case kGoLabel:
    case kUserTaskBegin:
    case kUserTaskEnd:
    case kUserRegionBegin:
    case kUserRegionEnd:
    case kUserLog:
    case kCPUSample: keep = does; break;
    default: break;
  }
  if (keep) out_.Put(event, generation, true);
}

bool Cutter::Finish() {
  Release(kNone, false);
  out_.End();
  return out_.ok();
}

}  // namespace gotrace
