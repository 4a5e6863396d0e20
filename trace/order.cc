#include "trace/order.h"

#include <algorithm>

namespace gotrace {
namespace {

std::string NameOf(uint8_t kind) { return std::string(InfoOf(kind).name); }
std::string NameOf(GoStatus status) { return std::string(NameOf(StateOf(status))); }
std::string NameOf(ProcStatus status) {
  constexpr const char* kNames[] = {"Bad", "Running", "Idle", "Syscall", "SyscallAbandoned"};
  return status < std::size(kNames) ? kNames[status] : "Bad";
}
std::string G(int64_t id) { return "goroutine " + std::to_string(id); }
std::string P(int64_t id) { return "processor " + std::to_string(id); }
std::string M(int64_t id) { return "thread " + std::to_string(id); }

}  // namespace

// ---- who there is

Order::Thread* Order::ThreadOf(int64_t m) {
  if (m == kNone) return nullptr;
  Thread*& thread = thread_of_[m];
  if (thread == nullptr) {
    thread = &threads_.emplace_back();
    thread->m = m;
  }
  return thread;
}

void Order::Begin(Generation& generation) {
  generation_ = &generation;
  number_ = generation.number();
  if (!any_event_) first_number_ = number_;
  first_generation_ = number_ == first_number_;
}

Order::Goroutine* Order::FindFarG(int64_t id) {
  const auto it = goroutine_of_.find(id);
  if (it == goroutine_of_.end()) return nullptr;
  near_[static_cast<uint64_t>(id) & near_mask_] = it->second;
  return &goroutines_[it->second];
}

Order::Proc* Order::FindP(int64_t id) {
  const auto it = proc_of_.find(id);
  return it == proc_of_.end() ? nullptr : &procs_[it->second];
}

Order::Goroutine& Order::NewG(int64_t id, GoStatus status) {
  uint32_t at;
  if (free_goroutines_.empty()) {
    at = static_cast<uint32_t>(goroutines_.size());
    goroutines_.emplace_back();
    if (goroutines_.size() > near_.size()) {
      near_.assign(near_.size() * 2, 0);
      near_mask_ = near_.size() - 1;
    }
  } else {
    at = free_goroutines_.back();
    free_goroutines_.pop_back();
  }
  goroutine_of_[id] = at;
  near_[static_cast<uint64_t>(id) & near_mask_] = at;
  Goroutine& g = goroutines_[at];
  g.id = id;
  g.sequence = Numbered(0);
  g.status = status;
  g.lives = true;
  return g;
}

void Order::DropG(Goroutine& g) {
  goroutine_of_.erase(g.id);
  g.lives = false;
  if (g.extra != 0) {
    extras_[g.extra].ranges.clear();
    extras_[g.extra].regions.clear();
    free_extras_.push_back(g.extra);
    g.extra = 0;
  }
  free_goroutines_.push_back(Index(g));
}

Order::Extra& Order::ExtraOf(Goroutine& g) {
  if (g.extra == 0) {
    if (free_extras_.empty()) {
      g.extra = static_cast<uint32_t>(extras_.size());
      extras_.emplace_back();
    } else {
      g.extra = free_extras_.back();
      free_extras_.pop_back();
    }
  }
  return extras_[g.extra];
}

// ---- one event

Order::Step Order::Broken(std::string why) {
  why_ = std::move(why);
  return Step::kBroken;
}

Order::Step Order::BrokenContext(const Event& event, const char* wanted) {
  return Broken(NameOf(event.kind) + " by a thread " + wanted);
}

Order::Step Order::BrokenLack(const Event& event) {
  return BrokenContext(event, event.m == kNone   ? "that is not named"
                              : event.p == kNone ? "that has no processor" : "that runs no goroutine");
}

Order::Step Order::BrokenStatus(const Event& event, const Goroutine* g, GoStatus wanted) {
  if (g == nullptr) return Broken(NameOf(event.kind) + " of " + G(event.g) + ", which does not exist");
  return Broken(NameOf(event.kind) + " of " + G(event.g) + ", which is not " + NameOf(wanted) + " but " + NameOf(g->status));
}

// What most events want: a thread that runs a goroutine on a processor.
#define WANT_ALL() \
  if (event.m == kNone || event.p == kNone || event.g == kNone) [[unlikely]] return BrokenLack(event)
#define WANT(what, wanted)                                  \
  if (event.m == kNone) [[unlikely]] return BrokenLack(event); \
  if (!(what)) [[unlikely]] return BrokenContext(event, wanted)

Order::Step Order::AdvanceRare(Event& event, Thread* thread) {
  any_event_ = true;
  switch (event.kind) {
    case kGoStart: {
      Goroutine* const g = FindG(static_cast<int64_t>(event.args[0]));
      if (g == nullptr || g->status != kGoRunnable || !WouldCome(event.args[1], g->sequence)) return Step::kWait;
      // All else is done in the header.
      WANT(event.p != kNone, "that has no processor");
      return BrokenContext(event, "that runs another goroutine");
    }
    case kGoUnblock: {
      Goroutine* const g = FindG(static_cast<int64_t>(event.args[0]));
      if (g == nullptr || g->status != kGoWaiting || !Comes(event.args[1], g->sequence)) return Step::kWait;
      g->status = kGoRunnable;
      return Step::kDone;
    }
    case kGoBlock:
    case kGoStop:
    case kGoDestroy: {
      WANT_ALL();
      Goroutine* const g = CurrentG(event, thread);
      if (g == nullptr || g->status != kGoRunning) return BrokenStatus(event, g, kGoRunning);
      thread->g = kNone;
      if (event.kind == kGoDestroy) {
        DropG(*g);
      } else {
        g->status = event.kind == kGoStop ? kGoRunnable : kGoWaiting;
      }
      return Step::kDone;
    }
    case kGoCreate:
    case kGoCreateBlocked: {
      WANT(event.p != kNone, "that has no processor");
      if (const Goroutine* const g = CurrentG(event, thread); g != nullptr && g->status != kGoRunning) {
        return BrokenStatus(event, g, kGoRunning);
      }
      const int64_t id = static_cast<int64_t>(event.args[0]);
      if (FindG(id) != nullptr) return Broken(NameOf(event.kind) + " of " + G(id) + ", which exists already");
      NewG(id, event.kind == kGoCreate ? kGoRunnable : kGoWaiting);
      return Step::kDone;
    }
    case kGoSyscallBegin:
    case kGoSyscallEnd:
    case kGoSyscallEndBlocked:
    case kGoCreateSyscall:
    case kGoDestroySyscall: return Syscalls(event, thread);

    case kProcStart:
    case kProcStop:
    case kProcSteal: return Procs(event, thread);

    case kGoStatus:
    case kGoStatusStack:
    case kProcStatus: return Statuses(event, thread);

    case kGoSwitch:
    case kGoSwitchDestroy: return Switches(event, thread);

    case kProcsChange:
    case kGoLabel:
    case kUserLog:
      WANT_ALL();
      return Step::kDone;

    case kHeapAlloc:
    case kHeapGoal:
      WANT(event.p != kNone, "that has no processor");
      return Step::kDone;

    case kSTWBegin:
    case kSTWEnd:
    case kGCMarkAssistActive:
    case kGCMarkAssistBegin:
    case kGCMarkAssistEnd:
    case kGCSweepActive:
    case kGCSweepBegin:
    case kGCSweepEnd: return Ranges(event, thread);

    case kGCActive:
    case kGCBegin:
    case kGCEnd: return Collector(event);

    case kUserTaskBegin:
    case kUserTaskEnd:
    case kUserRegionBegin:
    case kUserRegionEnd: return User(event, thread);

    case kSpan:
    case kSpanAlloc:
    case kSpanFree:
    case kHeapObject:
    case kHeapObjectAlloc:
    case kHeapObjectFree:
    case kGoroutineStack:
    case kGoroutineStackAlloc:
    case kGoroutineStackFree:
      WANT(true, "");
      return Step::kDone;

    default: return Broken(NameOf(event.kind) + " among the events of a thread");
  }
}

Order::Step Order::Procs(Event& event, Thread* thread) {
  if (event.kind == kProcStop) {
    Proc* const p = CurrentP(event, thread);
    if (p == nullptr) return BrokenContext(event, "that has no processor");
    if (p->status != kProcRunning && p->status != kProcSyscall) {
      return Broken("ProcStop of " + P(event.p) + ", which is neither running nor in a system call but " + NameOf(p->status));
    }
    WANT(event.p != kNone, "that has no processor");
    p->status = kProcIdle;
    thread->p = kNone;
    return Step::kDone;
  }
  const int64_t id = static_cast<int64_t>(event.args[0]);
  Proc* const p = FindP(id);
  if (event.kind == kProcStart) {
    if (p == nullptr || p->status != kProcIdle || event.p != kNone || !Comes(event.args[1], p->sequence)) return Step::kWait;
    WANT(true, "");
    p->status = kProcRunning;
    thread->p = id;
    thread->p_at = Index(*p);
    return Step::kDone;
  }
  // ProcSteal
  if (p == nullptr || (p->status != kProcSyscall && p->status != kProcSyscallAbandoned) || !Comes(event.args[1], p->sequence)) {
    return Step::kWait;
  }
  WANT(true, "");
  const ProcStatus before = p->status;
  p->status = kProcIdle;
  // An abandoned processor has been told as idle, and whose it was is not known.
  const ProcState from = before == kProcSyscallAbandoned ? ProcState::kIdle : ProcState::kRunning;
  event.from = static_cast<uint8_t>(from);
  if (before == kProcSyscallAbandoned) return Step::kDone;
  const int64_t victim = static_cast<int64_t>(event.args[2]);
  if (victim == event.m) {
    if (event.p != id) {
      return Broken(M(victim) + " steals " + P(id) + " from itself, but has " + (event.p == kNone ? "none" : P(event.p)));
    }
    thread->p = kNone;
    return Step::kDone;
  }
  const auto it = thread_of_.find(victim);
  if (it == thread_of_.end() || !it->second->seen) return Broken(P(id) + " is stolen from " + M(victim) + ", which does not exist");
  Thread& other = *it->second;
  if (other.p != id) {
    return Broken(P(id) + " is stolen from " + M(victim) + ", which has " + (other.p == kNone ? "none" : P(other.p)));
  }
  // It can come back from its system call now.
  other.p = kNone;
  return Step::kDone;
}

Order::Step Order::Statuses(Event& event, Thread* thread) {
  const int64_t id = static_cast<int64_t>(event.args[0]);
  if (event.kind == kProcStatus) {
    ProcStatus status = static_cast<ProcStatus>(event.args[1]);
    if (status > kProcSyscallAbandoned) return Broken("ProcStatus of " + P(id) + " says " + std::to_string(status));
    const bool takes = status == kProcRunning || status == kProcSyscall;
    ProcState from = StateOf(status);
    bool of_another = false;
    Proc* p = FindP(id);
    if (p != nullptr) {
      if (status == kProcSyscallAbandoned && p->status == kProcSyscall) {
        // Nothing is lost: we have seen who has it, and it is that thread's event.
        status = kProcSyscall;
        from = ProcState::kRunning;
        of_another = true;
      } else if (p->status != status) {
        return Broken("ProcStatus says " + NameOf(status) + " of " + P(id) + ", which is " + NameOf(p->status));
      }
      p->sequence = Numbered(0);
    } else {
      proc_of_[id] = static_cast<uint32_t>(procs_.size());
      p = &procs_.emplace_back();
      p->id = id;
      p->status = status;
      p->sequence = Numbered(0);
      from = first_generation_ ? ProcState::kUndetermined : ProcState::kNotExist;
    }
    if (of_another) {
      const Thread* holder = nullptr;
      for (const Thread& other : threads_) {
        if (other.seen && other.p == id) holder = &other;
      }
      if (holder == nullptr) return Broken(P(id) + " is about to be stolen, but no thread has it");
      event.m = holder->m;
      event.p = id;
      event.g = holder->g;
    }
    event.from = static_cast<uint8_t>(from);
    event.args[1] = status;
    if (takes && thread != nullptr) {
      thread->p = id;
      thread->p_at = Index(*p);
    }
    return Step::kDone;
  }
  const int64_t m = static_cast<int64_t>(event.args[1]);
  const GoStatus status = static_cast<GoStatus>(event.args[2]);
  if (status > kGoWaiting) return Broken(NameOf(event.kind) + " of " + G(id) + " says " + std::to_string(status));
  GoState from = StateOf(status);
  Goroutine* g = FindG(id);
  if (g != nullptr) {
    if (g->status != status) {
      return Broken(NameOf(event.kind) + " says " + NameOf(status) + " of " + G(id) + ", which is " + NameOf(g->status));
    }
    g->sequence = Numbered(0);
  } else if (first_generation_) {
    g = &NewG(id, status);
    from = GoState::kUndetermined;
  } else {
    return Broken(NameOf(event.kind) + " of " + G(id) + ", which nobody has created, after the first generation");
  }
  bool binds = status == kGoRunning;
  if (status == kGoSyscall) {
    if (m == kNone) return Broken(G(id) + " is in a system call without a thread");
    if (m == event.m) {
      if (!first_generation_ && event.g != id) {
        return Broken(G(id) + " is in a system call on " + M(m) + ", which has " + (event.g == kNone ? "none" : G(event.g)));
      }
      binds = true;
    } else {
      // A thread that has been in a system call all the time.
      Thread& other = *ThreadOf(m);
      if (other.seen) {
        if (other.g != id) {
          return Broken(G(id) + " is in a system call on " + M(m) + ", which has " + (other.g == kNone ? "none" : G(other.g)));
        }
        event.g = id;
      } else {
        other.seen = true;
        Bind(other, *g);
      }
      event.m = m;
    }
  }
  event.from = static_cast<uint8_t>(from);
  event.args[2] = status;
  if (binds && thread != nullptr) Bind(*thread, *g);
  return Step::kDone;
}

Order::Step Order::Syscalls(Event& event, Thread* thread) {
  if (event.kind == kGoCreateSyscall) {
    WANT(event.g == kNone, "that runs another goroutine");
    const int64_t id = static_cast<int64_t>(event.args[0]);
    if (FindG(id) != nullptr) return Broken("GoCreateSyscall of " + G(id) + ", which exists already");
    Bind(*thread, NewG(id, kGoSyscall));
    return Step::kDone;
  }
  if (event.kind == kGoSyscallEndBlocked && event.p != kNone) {
    const Proc* const p = CurrentP(event, thread);
    // It will lose the processor first.
    if (p->status == kProcSyscall) return Step::kWait;
  }
  if (event.kind == kGoSyscallEndBlocked || event.kind == kGoDestroySyscall) {
    WANT(event.g != kNone, "that runs no goroutine");
  } else {
    WANT_ALL();
  }
  Goroutine* const g = CurrentG(event, thread);
  const GoStatus wanted = event.kind == kGoSyscallBegin ? kGoRunning : kGoSyscall;
  if (g == nullptr || g->status != wanted) return BrokenStatus(event, g, wanted);
  switch (event.kind) {
    case kGoSyscallBegin: {
      g->status = kGoSyscall;
      Proc* const p = CurrentP(event, thread);
      p->status = kProcSyscall;
      if (!Comes(event.args[0], p->sequence)) {
        return Broken("GoSyscallBegin with number " + std::to_string(event.args[0]) + " of " + P(event.p) + ", whose last was " +
                      std::to_string(p->sequence.number));
      }
      return Step::kDone;
    }
    case kGoSyscallEnd: {
      g->status = kGoRunning;
      Proc* const p = CurrentP(event, thread);
      if (p->status != kProcSyscall) {
        return Broken("GoSyscallEnd on " + P(event.p) + ", which is not in a system call but " + NameOf(p->status));
      }
      p->status = kProcRunning;
      return Step::kDone;
    }
    case kGoSyscallEndBlocked:
      g->status = kGoRunnable;
      thread->g = kNone;
      return Step::kDone;
    default: break;
  }
  // GoDestroySyscall. The thread goes back to C, and its number may be another's soon: it loses its processor, too.
  DropG(*g);
  thread->g = kNone;
  if (event.p != kNone) {
    Proc* const p = CurrentP(event, thread);
    if (p->status != kProcSyscall) {
      return Broken("GoDestroySyscall on " + P(event.p) + ", which is not in a system call but " + NameOf(p->status));
    }
    p->status = kProcSyscallAbandoned;
    thread->p = kNone;
    Event& steal = before_.emplace_back(event);
    steal.kind = kProcSteal;
    steal.from = static_cast<uint8_t>(ProcState::kRunning);
    steal.args[0] = static_cast<uint64_t>(event.p);
  }
  return Step::kDone;
}

// A coroutine goes on in place of another: three events in one.
Order::Step Order::Switches(Event& event, Thread* thread) {
  WANT_ALL();
  Goroutine* const g = CurrentG(event, thread);
  if (g == nullptr || g->status != kGoRunning) return BrokenStatus(event, g, kGoRunning);
  Goroutine* const next = FindG(static_cast<int64_t>(event.args[0]));
  if (next == nullptr || next->status != kGoWaiting || !Comes(event.args[1], next->sequence)) return Step::kWait;
  Event made = event;
  std::fill_n(made.args, kMaxArgs, 0);
  if (event.kind == kGoSwitch) {
    g->status = kGoWaiting;
    made.kind = kGoBlock;
  } else {
    DropG(*g);
    made.kind = kGoDestroy;
  }
  after_.push_back(made);
  next->status = kGoRunning;
  made.kind = kGoStart;
  made.g = kNone;
  made.args[0] = event.args[0];
  made.args[1] = event.args[1];
  after_.push_back(made);
  Bind(*thread, *next);
  return Step::kDone;
}

Order::Step Order::Ranges(Event& event, Thread* thread) {
  switch (event.kind) {
    case kGCSweepActive: {
      const int64_t id = static_cast<int64_t>(event.args[0]);
      Proc* const p = FindP(id);
      if (p == nullptr) return Broken("GCSweepActive of " + P(id) + ", which does not exist");
      if (p->sweeps == first_generation_) {
        return Broken("GCSweepActive of " + P(id) + (p->sweeps ? ", which was sweeping already" : ", which was not sweeping"));
      }
      p->sweeps = true;
      return Step::kDone;
    }
    case kGCSweepBegin:
    case kGCSweepEnd: {
      WANT(event.p != kNone, "that has no processor");
      Proc* const p = CurrentP(event, thread);
      const bool begins = event.kind == kGCSweepBegin;
      if (p->sweeps == begins) {
        return Broken(NameOf(event.kind) + " on " + P(event.p) + (begins ? ", which is sweeping already" : ", which is not sweeping"));
      }
      p->sweeps = begins;
      return Step::kDone;
    }
    case kGCMarkAssistActive: {
      const int64_t id = static_cast<int64_t>(event.args[0]);
      Goroutine* const g = FindG(id);
      if (g == nullptr) return Broken("GCMarkAssistActive of " + G(id) + ", which does not exist");
      auto& ranges = ExtraOf(*g).ranges;
      const std::pair<uint8_t, uint64_t> range(kGCMarkAssistBegin, 0);
      const bool has = std::find(ranges.begin(), ranges.end(), range) != ranges.end();
      if (has == first_generation_) {
        return Broken("GCMarkAssistActive of " + G(id) + (has ? ", which was assisting already" : ", which was not assisting"));
      }
      if (!has) ranges.push_back(range);
      return Step::kDone;
    }
    default: break;
  }
  WANT_ALL();
  Goroutine* const g = CurrentG(event, thread);
  if (g == nullptr) return Broken(NameOf(event.kind) + " of " + G(event.g) + ", which does not exist");
  auto& ranges = ExtraOf(*g).ranges;
  if (event.kind == kSTWBegin || event.kind == kGCMarkAssistBegin) {
    const std::pair<uint8_t, uint64_t> range(event.kind, event.kind == kSTWBegin ? event.args[0] : 0);
    if (std::find(ranges.begin(), ranges.end(), range) != ranges.end()) {
      return Broken(NameOf(event.kind) + " of " + G(event.g) + ", which has begun that already");
    }
    ranges.push_back(range);
    return Step::kDone;
  }
  const uint8_t start = InfoOf(event.kind).start;
  const auto it = std::find_if(ranges.begin(), ranges.end(), [&](const auto& range) { return range.first == start; });
  if (it == ranges.end()) return Broken(NameOf(event.kind) + " of " + G(event.g) + ", which has not begun that");
  const uint64_t reason = it->second;
  *it = ranges.back();
  ranges.pop_back();
  if (event.kind == kSTWEnd) event.args[0] = reason;
  return Step::kDone;
}

Order::Step Order::Collector(Event& event) {
  const uint64_t number = event.args[0];
  const std::string_view name = InfoOf(event.kind).name;
  if (event.kind == kGCActive && first_generation_) {
    if (gc_ != GC::kUnknown) return Broken("GCActive in the first generation, but not as the first event of the collector");
    gc_number_ = number;
    gc_ = GC::kOn;
    return Step::kDone;
  }
  if (event.kind == kGCBegin && gc_ == GC::kUnknown) {
    gc_number_ = number;
    gc_ = GC::kOn;
    return Step::kDone;
  }
  if (number != gc_number_ + 1) return Step::kWait;
  if (event.kind == kGCBegin ? gc_ == GC::kOn : gc_ != GC::kOn) {
    return Broken(std::string(name) + (gc_ == GC::kOn ? " while the collector is on already" : " while the collector is off"));
  }
  gc_number_ = number;
  if (event.kind != kGCActive) gc_ = event.kind == kGCBegin ? GC::kOn : GC::kOff;
  WANT_ALL();
  return Step::kDone;
}

Order::Step Order::User(Event& event, Thread* thread) {
  const uint64_t task = event.args[0];
  const auto no_string = [&](uint64_t id) {
    return Broken(NameOf(event.kind) + " with string " + std::to_string(id) + ", which the generation does not have");
  };
  if (event.kind == kUserTaskBegin) {
    if (tasks_.contains(task)) return Broken("UserTaskBegin of task " + std::to_string(task) + ", which has begun already");
    const uint64_t parent = event.args[1] == 0 ? kNoTask : event.args[1];
    const auto name = generation_->String(event.args[2]);
    if (!name) return no_string(event.args[2]);
    WANT_ALL();
    tasks_[task] = {parent, std::string(*name)};
    event.args[1] = parent;
    return Step::kDone;
  }
  WANT_ALL();
  if (event.kind == kUserTaskEnd) {
    event.args[2] = kNoTask;
    if (const auto it = tasks_.find(task); it != tasks_.end()) {
      event.args[2] = it->second.parent;
      event.args[3] = generation_->KeepTaskName(it->second.name);
      tasks_.erase(it);
    }
    return Step::kDone;
  }
  const auto name = generation_->String(event.args[1]);
  if (!name) return no_string(event.args[1]);
  Goroutine* const g = CurrentG(event, thread);
  if (g == nullptr) return Broken(NameOf(event.kind) + " of " + G(event.g) + ", which does not exist");
  auto& regions = ExtraOf(*g).regions;
  if (event.kind == kUserRegionBegin) {
    regions.emplace_back(task, *name);
  } else if (!regions.empty()) {
    // One that began before the trace is not known.
    if (regions.back().first != task || regions.back().second != *name) {
      return Broken("UserRegionEnd of " + G(event.g) + ", whose innermost region is another");
    }
    regions.pop_back();
  }
  return Step::kDone;
}

#undef WANT_ALL
#undef WANT

}  // namespace gotrace
