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

Order::ThreadIndex Order::ThreadOf(int64_t m) {
  if (m == kNone) return kNobody;
  const auto [it, is_new] = thread_of_.try_emplace(m, static_cast<uint32_t>(threads_.size()));
  if (is_new) threads_.emplace_back().m = m;
  return it->second;
}

void Order::Begin(const Generation& generation) {
  generation_ = &generation;
  first_generation_ = !any_event_ || generation.number() == first_number_;
  task_names_.clear();
  task_name_of_.clear();
}

Order::Goroutine* Order::FindG(int64_t id) {
  const auto it = goroutine_of_.find(id);
  return it == goroutine_of_.end() ? nullptr : &goroutines_[it->second];
}

Order::Proc* Order::FindP(int64_t id) {
  const auto it = proc_of_.find(id);
  return it == proc_of_.end() ? nullptr : &procs_[it->second];
}

// A thread remembers where its goroutine and processor are. In a strange trace they may be gone, or somebody else.
Order::Goroutine* Order::CurrentG(const Thread* thread, const Context& now) {
  if (thread != nullptr && now.g != kNone) [[likely]] {
    Goroutine& g = goroutines_[thread->g_at];
    if (g.id == now.g && g.lives) [[likely]] return &g;
  }
  return FindG(now.g);
}

Order::Proc* Order::CurrentP(const Thread* thread, const Context& now) {
  if (thread != nullptr && now.p != kNone) [[likely]] return &procs_[thread->p_at];
  return FindP(now.p);
}

Order::Goroutine& Order::NewG(int64_t id, GoStatus status) {
  uint32_t at;
  if (free_goroutines_.empty()) {
    at = static_cast<uint32_t>(goroutines_.size());
    goroutines_.emplace_back();
  } else {
    at = free_goroutines_.back();
    free_goroutines_.pop_back();
  }
  goroutine_of_[id] = at;
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

void Order::Bind(Thread& thread, Goroutine& g) {
  thread.g = g.id;
  thread.g_at = Index(g);
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

std::string_view Order::Kept(std::string_view text) {
  if (text.empty()) return {};
  if (const auto it = task_name_of_.find(text); it != task_name_of_.end()) return it->second;
  const std::string_view kept = task_names_.emplace_back(text);
  task_name_of_[kept] = kept;
  return kept;
}

// ---- one event

Event& Order::Emit(const TimedEvent& event, const Context& context) {
  Event& out = out_[count_++];
  out.kind = event.kind;
  out.from = 0;
  out.time = event.time;
  out.m = context.m;
  out.p = context.p;
  out.g = context.g;
  std::copy_n(event.args, kMaxArgs, out.args);
  out.task_name = {};
  out.offset = event.offset;
  return out;
}

Order::Step Order::Broken(std::string why) {
  why_ = std::move(why);
  return Step::kBroken;
}

Order::Step Order::BrokenContext(const TimedEvent& event, const char* wanted) {
  return Broken(NameOf(event.kind) + " by a thread " + wanted);
}

// What most events want: a thread that runs a goroutine on a processor.
#define WANT_ALL()                                                                                       \
  if (now.m == kNone || now.p == kNone || now.g == kNone) [[unlikely]]                                   \
    return BrokenContext(event, now.m == kNone   ? "that is not named"                                   \
                                : now.p == kNone ? "that has no processor" : "that runs no goroutine")
#define WANT(what, wanted)                                     \
  if (now.m == kNone) [[unlikely]]                             \
    return BrokenContext(event, "that is not named");          \
  if (!(what)) [[unlikely]]                                    \
    return BrokenContext(event, wanted)

Order::Step Order::Advance(const TimedEvent& event, ThreadIndex index) {
  count_ = 0;
  if (!any_event_) [[unlikely]] {
    any_event_ = true;
    first_number_ = generation_->number();
  }
  Thread* thread = nullptr;
  Context now;
  if (index != kNobody) [[likely]] {
    thread = &threads_[index];
    thread->seen = true;
    now = {thread->m, thread->p, thread->g};
  }
  switch (event.kind) {
    case kGoStart: {
      const int64_t id = static_cast<int64_t>(event.args[0]);
      Goroutine* const g = FindG(id);
      const Sequence sequence = Numbered(event.args[1]);
      if (g == nullptr || g->status != kGoRunnable || !Succeeds(sequence, g->sequence)) return Step::kWait;
      WANT(now.p != kNone, "that has no processor");
      WANT(now.g == kNone, "that runs another goroutine");
      g->status = kGoRunning;
      g->sequence = sequence;
      Emit(event, now);
      Bind(*thread, *g);
      return Step::kDone;
    }
    case kGoUnblock: {
      Goroutine* const g = FindG(static_cast<int64_t>(event.args[0]));
      const Sequence sequence = Numbered(event.args[1]);
      if (g == nullptr || g->status != kGoWaiting || !Succeeds(sequence, g->sequence)) return Step::kWait;
      g->status = kGoRunnable;
      g->sequence = sequence;
      Emit(event, now);
      return Step::kDone;
    }
    case kGoBlock:
    case kGoStop:
    case kGoDestroy: {
      WANT_ALL();
      Goroutine* const g = CurrentG(thread, now);
      if (g == nullptr) return Broken(NameOf(event.kind) + " of " + G(now.g) + ", which does not exist");
      if (g->status != kGoRunning) {
        return Broken(NameOf(event.kind) + " of " + G(now.g) + ", which is not running but " + NameOf(g->status));
      }
      Emit(event, now);
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
      WANT(now.p != kNone, "that has no processor");
      if (const Goroutine* const g = CurrentG(thread, now); g != nullptr && g->status != kGoRunning) {
        return Broken(NameOf(event.kind) + " by " + G(now.g) + ", which is not running but " + NameOf(g->status));
      }
      const int64_t id = static_cast<int64_t>(event.args[0]);
      if (FindG(id) != nullptr) return Broken(NameOf(event.kind) + " of " + G(id) + ", which exists already");
      NewG(id, event.kind == kGoCreate ? kGoRunnable : kGoWaiting);
      Emit(event, now);
      return Step::kDone;
    }
    case kGoSyscallBegin:
    case kGoSyscallEnd:
    case kGoSyscallEndBlocked:
    case kGoCreateSyscall:
    case kGoDestroySyscall: return Syscalls(event, thread, now);

    case kProcStart:
    case kProcStop:
    case kProcSteal: return Procs(event, thread, now);

    case kGoStatus:
    case kGoStatusStack:
    case kProcStatus: return Statuses(event, thread, now);

    case kGoSwitch:
    case kGoSwitchDestroy: return Switches(event, thread, now);

    case kProcsChange:
    case kGoLabel:
    case kUserLog:
      WANT_ALL();
      Emit(event, now);
      return Step::kDone;

    case kHeapAlloc:
    case kHeapGoal:
      WANT(now.p != kNone, "that has no processor");
      Emit(event, now);
      return Step::kDone;

    case kSTWBegin:
    case kSTWEnd:
    case kGCMarkAssistActive:
    case kGCMarkAssistBegin:
    case kGCMarkAssistEnd:
    case kGCSweepActive:
    case kGCSweepBegin:
    case kGCSweepEnd: return Ranges(event, thread, now);

    case kGCActive:
    case kGCBegin:
    case kGCEnd: return Collector(event, now);

    case kUserTaskBegin:
    case kUserTaskEnd:
    case kUserRegionBegin:
    case kUserRegionEnd: return User(event, thread, now);

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
      Emit(event, now);
      return Step::kDone;

    default: return Broken(NameOf(event.kind) + " among the events of a thread");
  }
}

Order::Step Order::Procs(const TimedEvent& event, Thread* thread, const Context& now) {
  if (event.kind == kProcStop) {
    Proc* const p = CurrentP(thread, now);
    if (p == nullptr) return BrokenContext(event, "that has no processor");
    if (p->status != kProcRunning && p->status != kProcSyscall) {
      return Broken("ProcStop of " + P(now.p) + ", which is neither running nor in a system call but " + NameOf(p->status));
    }
    WANT(now.p != kNone, "that has no processor");
    p->status = kProcIdle;
    Emit(event, now);
    thread->p = kNone;
    return Step::kDone;
  }
  const int64_t id = static_cast<int64_t>(event.args[0]);
  const Sequence sequence = Numbered(event.args[1]);
  Proc* const p = FindP(id);
  if (event.kind == kProcStart) {
    if (p == nullptr || p->status != kProcIdle || !Succeeds(sequence, p->sequence) || now.p != kNone) return Step::kWait;
    WANT(true, "");
    p->status = kProcRunning;
    p->sequence = sequence;
    Emit(event, now);
    thread->p = id;
    thread->p_at = Index(*p);
    return Step::kDone;
  }
  // ProcSteal
  if (p == nullptr || (p->status != kProcSyscall && p->status != kProcSyscallAbandoned) || !Succeeds(sequence, p->sequence)) {
    return Step::kWait;
  }
  WANT(true, "");
  const ProcStatus before = p->status;
  p->status = kProcIdle;
  p->sequence = sequence;
  // An abandoned processor has been told as idle, and whose it was is not known.
  const ProcState from = before == kProcSyscallAbandoned ? ProcState::kIdle : ProcState::kRunning;
  Emit(event, now).from = static_cast<uint8_t>(from);
  if (before == kProcSyscallAbandoned) return Step::kDone;
  const int64_t victim = static_cast<int64_t>(event.args[2]);
  if (victim == now.m) {
    if (now.p != id) {
      return Broken(M(victim) + " steals " + P(id) + " from itself, but has " + (now.p == kNone ? "none" : P(now.p)));
    }
    thread->p = kNone;
    return Step::kDone;
  }
  const auto it = thread_of_.find(victim);
  if (it == thread_of_.end() || !threads_[it->second].seen) return Broken(P(id) + " is stolen from " + M(victim) + ", which does not exist");
  Thread& other = threads_[it->second];
  if (other.p != id) {
    return Broken(P(id) + " is stolen from " + M(victim) + ", which has " + (other.p == kNone ? "none" : P(other.p)));
  }
  // It can come back from its system call now.
  other.p = kNone;
  return Step::kDone;
}

Order::Step Order::Statuses(const TimedEvent& event, Thread* thread, Context now) {
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
      now = {holder->m, id, holder->g};
    }
    Event& out = Emit(event, now);
    out.from = static_cast<uint8_t>(from);
    out.args[1] = status;
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
    if (m == now.m) {
      if (!first_generation_ && now.g != id) {
        return Broken(G(id) + " is in a system call on " + M(m) + ", which has " + (now.g == kNone ? "none" : G(now.g)));
      }
      binds = true;
    } else {
      // A thread that has been in a system call all the time.
      const ThreadIndex index = ThreadOf(m);
      // thread is not used any more: ThreadOf may have moved it.
      Thread& other = threads_[index];
      if (other.seen) {
        if (other.g != id) {
          return Broken(G(id) + " is in a system call on " + M(m) + ", which has " + (other.g == kNone ? "none" : G(other.g)));
        }
        now.g = id;
      } else {
        other.seen = true;
        Bind(other, *g);
      }
      now.m = m;
    }
  }
  Event& out = Emit(event, now);
  out.from = static_cast<uint8_t>(from);
  out.args[2] = status;
  if (binds && thread != nullptr) Bind(*thread, *g);
  return Step::kDone;
}

Order::Step Order::Syscalls(const TimedEvent& event, Thread* thread, const Context& now) {
  if (event.kind == kGoCreateSyscall) {
    WANT(now.g == kNone, "that runs another goroutine");
    const int64_t id = static_cast<int64_t>(event.args[0]);
    if (FindG(id) != nullptr) return Broken("GoCreateSyscall of " + G(id) + ", which exists already");
    Emit(event, now);
    Bind(*thread, NewG(id, kGoSyscall));
    return Step::kDone;
  }
  if (event.kind == kGoSyscallEndBlocked && now.p != kNone) {
    const Proc* const p = CurrentP(thread, now);
    // It will lose the processor first.
    if (p->status == kProcSyscall) return Step::kWait;
  }
  if (event.kind == kGoSyscallEndBlocked || event.kind == kGoDestroySyscall) {
    WANT(now.g != kNone, "that runs no goroutine");
  } else {
    WANT_ALL();
  }
  Goroutine* const g = CurrentG(thread, now);
  if (g == nullptr) return Broken(NameOf(event.kind) + " of " + G(now.g) + ", which does not exist");
  const GoStatus wanted = event.kind == kGoSyscallBegin ? kGoRunning : kGoSyscall;
  if (g->status != wanted) {
    return Broken(NameOf(event.kind) + " of " + G(now.g) + ", which is not " + NameOf(wanted) + " but " + NameOf(g->status));
  }
  switch (event.kind) {
    case kGoSyscallBegin: {
      g->status = kGoSyscall;
      Proc* const p = CurrentP(thread, now);
      p->status = kProcSyscall;
      const Sequence sequence = Numbered(event.args[0]);
      if (!Succeeds(sequence, p->sequence)) {
        return Broken("GoSyscallBegin with number " + std::to_string(event.args[0]) + " of " + P(now.p) + ", whose last was " +
                      std::to_string(p->sequence.number));
      }
      p->sequence = sequence;
      Emit(event, now);
      return Step::kDone;
    }
    case kGoSyscallEnd: {
      g->status = kGoRunning;
      Proc* const p = CurrentP(thread, now);
      if (p->status != kProcSyscall) {
        return Broken("GoSyscallEnd on " + P(now.p) + ", which is not in a system call but " + NameOf(p->status));
      }
      p->status = kProcRunning;
      Emit(event, now);
      return Step::kDone;
    }
    case kGoSyscallEndBlocked:
      g->status = kGoRunnable;
      Emit(event, now);
      thread->g = kNone;
      return Step::kDone;
    default: break;
  }
  // GoDestroySyscall. The thread goes back to C, and its number may be another's soon: it loses its processor, too.
  DropG(*g);
  thread->g = kNone;
  if (now.p != kNone) {
    Proc* const p = CurrentP(thread, now);
    if (p->status != kProcSyscall) {
      return Broken("GoDestroySyscall on " + P(now.p) + ", which is not in a system call but " + NameOf(p->status));
    }
    p->status = kProcSyscallAbandoned;
    thread->p = kNone;
    TimedEvent steal;
    steal.kind = kProcSteal;
    steal.time = event.time;
    steal.args[0] = static_cast<uint64_t>(now.p);
    steal.offset = event.offset;
    Emit(steal, now).from = static_cast<uint8_t>(ProcState::kRunning);
  }
  Emit(event, now);
  return Step::kDone;
}

// A coroutine goes on in place of another: three events in one.
Order::Step Order::Switches(const TimedEvent& event, Thread* thread, const Context& now) {
  WANT_ALL();
  Goroutine* const g = CurrentG(thread, now);
  if (g == nullptr) return Broken(NameOf(event.kind) + " of " + G(now.g) + ", which does not exist");
  if (g->status != kGoRunning) {
    return Broken(NameOf(event.kind) + " of " + G(now.g) + ", which is not running but " + NameOf(g->status));
  }
  Goroutine* const next = FindG(static_cast<int64_t>(event.args[0]));
  const Sequence sequence = Numbered(event.args[1]);
  if (next == nullptr || next->status != kGoWaiting || !Succeeds(sequence, next->sequence)) return Step::kWait;
  Emit(event, now);
  TimedEvent made;
  made.time = event.time;
  made.offset = event.offset;
  if (event.kind == kGoSwitch) {
    g->status = kGoWaiting;
    made.kind = kGoBlock;
  } else {
    DropG(*g);
    made.kind = kGoDestroy;
  }
  Emit(made, now);
  next->status = kGoRunning;
  next->sequence = sequence;
  made.kind = kGoStart;
  made.args[0] = event.args[0];
  made.args[1] = event.args[1];
  Emit(made, {now.m, now.p, kNone});
  Bind(*thread, *next);
  return Step::kDone;
}

Order::Step Order::Ranges(const TimedEvent& event, Thread* thread, const Context& now) {
  switch (event.kind) {
    case kGCSweepActive: {
      const int64_t id = static_cast<int64_t>(event.args[0]);
      Proc* const p = FindP(id);
      if (p == nullptr) return Broken("GCSweepActive of " + P(id) + ", which does not exist");
      if (p->sweeps == first_generation_) {
        return Broken("GCSweepActive of " + P(id) + (p->sweeps ? ", which was sweeping already" : ", which was not sweeping"));
      }
      p->sweeps = true;
      Emit(event, now);
      return Step::kDone;
    }
    case kGCSweepBegin:
    case kGCSweepEnd: {
      WANT(now.p != kNone, "that has no processor");
      Proc* const p = CurrentP(thread, now);
      const bool begins = event.kind == kGCSweepBegin;
      if (p->sweeps == begins) {
        return Broken(NameOf(event.kind) + " on " + P(now.p) + (begins ? ", which is sweeping already" : ", which is not sweeping"));
      }
      p->sweeps = begins;
      Emit(event, now);
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
      Emit(event, now);
      return Step::kDone;
    }
    default: break;
  }
  WANT_ALL();
  Goroutine* const g = CurrentG(thread, now);
  if (g == nullptr) return Broken(NameOf(event.kind) + " of " + G(now.g) + ", which does not exist");
  auto& ranges = ExtraOf(*g).ranges;
  if (event.kind == kSTWBegin || event.kind == kGCMarkAssistBegin) {
    const std::pair<uint8_t, uint64_t> range(event.kind, event.kind == kSTWBegin ? event.args[0] : 0);
    if (std::find(ranges.begin(), ranges.end(), range) != ranges.end()) {
      return Broken(NameOf(event.kind) + " of " + G(now.g) + ", which has begun that already");
    }
    ranges.push_back(range);
    Emit(event, now);
    return Step::kDone;
  }
  const uint8_t start = InfoOf(event.kind).start;
  const auto it = std::find_if(ranges.begin(), ranges.end(), [&](const auto& range) { return range.first == start; });
  if (it == ranges.end()) return Broken(NameOf(event.kind) + " of " + G(now.g) + ", which has not begun that");
  const uint64_t reason = it->second;
  *it = ranges.back();
  ranges.pop_back();
  Event& out = Emit(event, now);
  if (event.kind == kSTWEnd) out.args[0] = reason;
  return Step::kDone;
}

Order::Step Order::Collector(const TimedEvent& event, const Context& now) {
  const uint64_t number = event.args[0];
  const std::string_view name = InfoOf(event.kind).name;
  if (event.kind == kGCActive && first_generation_) {
    if (gc_ != GC::kUnknown) return Broken("GCActive in the first generation, but not as the first event of the collector");
    gc_number_ = number;
    gc_ = GC::kOn;
    Emit(event, now);
    return Step::kDone;
  }
  if (event.kind == kGCBegin && gc_ == GC::kUnknown) {
    gc_number_ = number;
    gc_ = GC::kOn;
    Emit(event, now);
    return Step::kDone;
  }
  if (number != gc_number_ + 1) return Step::kWait;
  if (event.kind == kGCBegin ? gc_ == GC::kOn : gc_ != GC::kOn) {
    return Broken(std::string(name) + (gc_ == GC::kOn ? " while the collector is on already" : " while the collector is off"));
  }
  gc_number_ = number;
  if (event.kind != kGCActive) gc_ = event.kind == kGCBegin ? GC::kOn : GC::kOff;
  WANT_ALL();
  Emit(event, now);
  return Step::kDone;
}

Order::Step Order::User(const TimedEvent& event, Thread* thread, const Context& now) {
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
    Emit(event, now).args[1] = parent;
    return Step::kDone;
  }
  WANT_ALL();
  if (event.kind == kUserTaskEnd) {
    Event& out = Emit(event, now);
    out.args[2] = kNoTask;
    if (const auto it = tasks_.find(task); it != tasks_.end()) {
      out.args[2] = it->second.parent;
      out.task_name = Kept(it->second.name);
      tasks_.erase(it);
    }
    return Step::kDone;
  }
  const auto name = generation_->String(event.args[1]);
  if (!name) return no_string(event.args[1]);
  Goroutine* const g = CurrentG(thread, now);
  if (g == nullptr) return Broken(NameOf(event.kind) + " of " + G(now.g) + ", which does not exist");
  auto& regions = ExtraOf(*g).regions;
  if (event.kind == kUserRegionBegin) {
    regions.emplace_back(task, *name);
  } else if (!regions.empty()) {
    // One that began before the trace is not known.
    if (regions.back().first != task || regions.back().second != *name) {
      return Broken("UserRegionEnd of " + G(now.g) + ", whose innermost region is another");
    }
    regions.pop_back();
  }
  Emit(event, now);
  return Step::kDone;
}

#undef WANT_ALL
#undef WANT

}  // namespace gotrace
