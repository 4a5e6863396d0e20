// Where nobody knows better, what the runtime always does is told, too: a goroutine that is made or unblocked by
// another comes into runnext of its P and kicks out whoever is there, one that is preempted or calls Gosched goes to
// the global queue. Whoever was kicked out may have been stolen the moment before, or the ring may have been full, so
// where it lies then is open.
#include "conformance/trace_facts.h"

#include <string>

#include "trace/kinds.h"
#include "trace/stops.h"

namespace conformance {

using facts::Certainty;
using facts::Fact;
using facts::How;
using facts::Kind;
using facts::Place;
using facts::Rule;

namespace {

int32_t Id(int64_t id) { return id < 0 || id > INT32_MAX ? facts::kNobody : static_cast<int32_t>(id); }

// What the port knows and the trace does not. Threads have other numbers there.
bool IsPorts(Kind kind) {
  switch (kind) {
    case Kind::kLaid:
    case Kind::kMoved:
    case Kind::kGiven:
    case Kind::kTaken:
    case Kind::kSpinning:
    case Kind::kWake:
      return true;
    default:
      return false;
  }
}

How HowBlocked(std::string_view reason) {
  if (reason == "network") return How::kPoller;
  if (reason == "system goroutine wait" || reason.starts_with("GC ")) return How::kRuntime;
  return How::kTimer;
}

}  // namespace

Fact TraceFacts::Of(Kind kind) const {
  Fact f;
  f.kind = kind;
  f.time = event_->time;
  f.at = event_->offset;
  f.m = Id(event_->m);
  f.p = Id(event_->p);
  return f;
}

void TraceFacts::Proc(int64_t p, How how, int64_t m) {
  Fact f = Of(Kind::kProc);
  f.p = Id(p);
  f.m = Id(m);
  f.how = how;
  if (f.p >= procs_) {
    procs_ = f.p + 1;
    Fact n = Of(Kind::kProcs);
    n.n = procs_;
    Tell(n);
  }
  Tell(f);
}

std::string_view TraceFacts::NameBy(int64_t g, uint64_t stack) {
  auto it = gs_.find(g);
  if (it == gs_.end() || it->second.named) return {};
  const auto frames = generation_->Stack(stack);
  if (frames.empty()) return {};
  const std::string_view name = generation_->Text(generation_->frame(frames.back()).func);
  it->second.named = !name.empty();
  it->second.worker = name.starts_with("runtime.gcBgMarkWorker") || name.starts_with("runtime.gcBgMarkStartWorkers");
  return name;
}

void TraceFacts::NameByStack(int64_t g, uint64_t stack) {
  const std::string_view name = NameBy(g, stack);
  if (name.empty()) return;
  Fact f = Of(Kind::kNamed);
  f.g = g;
  Tell(f, name);
}

void TraceFacts::Ready(int64_t g, How how, int64_t by) {
  Fact f = Of(Kind::kReady);
  f.g = g;
  f.how = how;
  if (by > 0) f.by = by;
  Tell(f);
}

void TraceFacts::Lay(int64_t g, Place place, int64_t p, Certainty certainty) {
  if (port_.follows) return;
  Fact f = Of(Kind::kLaid);
  f.g = g;
  f.place = place;
  f.p = Id(p);
  f.certainty = certainty;
  Tell(f);
}

void TraceFacts::LayNext(int64_t g, int64_t p) {
  if (p < 0) return;
  int64_t& next = next_[p];
  const int64_t before = next;
  next = g;
  gs_[g].next_on = Id(p);
  Lay(g, Place::kRunnext, p, Certainty::kCertain);
  auto it = gs_.find(before);
  if (before == g || it == gs_.end() || it->second.next_on != Id(p)) return;
  it->second.next_on = facts::kNobody;
  Lay(before, Place::kRing, p, Certainty::kOpen);
}

void TraceFacts::Start(int64_t g, Rule rule) {
  Goroutine& go = gs_[g];
  go.next_on = facts::kNobody;
  Fact f = Of(Kind::kStarted);
  f.g = g;
  f.rule = rule;
  f.certainty = Certainty::kOpen;
  if (rule == Rule::kSwitch) f.certainty = Certainty::kCertain;
  if (go.call_got_p) {
    f.rule = Rule::kAfterCall;
    f.certainty = Certainty::kCertain;
    go.call_got_p = false;
  }
  if (rule == Rule::kUnknown && go.worker && go.readied) {
    // The collector wanted it, and the thread that says so runs it at once.
    f.rule = Rule::kGCWorker;
    f.certainty = Certainty::kInferred;
  }
  go.readied = false;
  for (const Fact& known : port_.facts) {
    if (f.certainty == Certainty::kCertain || known.kind != Kind::kStarted || known.g != g) continue;
    f.rule = known.rule;
    f.certainty = known.certainty;
    f.place = known.place;
    f.position = known.position;
    f.p2 = known.p2;
    f.n = known.n;
  }
  Tell(f);
}

void TraceFacts::Stop(int64_t g, How how, std::string_view reason) {
  Fact f = Of(Kind::kStopped);
  f.g = g;
  f.how = how;
  Tell(f, reason);
}

void TraceFacts::Event(const gotrace::Event& e, const gotrace::Generation& generation) {
  // The reader tells of a switch in three events, that of the file first; it says all.
  const bool switches = e.kind == gotrace::kGoSwitch || e.kind == gotrace::kGoSwitchDestroy;
  if (e.offset == switch_ && !switches) return;
  if (switches) switch_ = e.offset;
  event_ = &e;
  generation_ = &generation;
  port_ = known_(e.offset);
  auto tell_ports = [&] {
    for (const Fact& known : port_.facts) {
      if (!IsPorts(known.kind)) continue;
      Fact f = known;
      f.time = e.time;
      f.at = e.offset;
      f.m = facts::kNobody;
      // Which threads there were before the trace is not known, and so not whether one had to be made.
      if (f.kind == Kind::kGiven && f.how == How::kNew) f.how = How::kWoken;
      Tell(f);
    }
  };
  const auto arg = [&](size_t i) { return static_cast<int64_t>(e.args[i]); };
  switch (e.kind) {
    case gotrace::kProcsChange: {
      procs_ = Id(arg(0));
      Fact f = Of(Kind::kProcs);
      f.n = procs_;
      Tell(f);
      break;
    }
    case gotrace::kProcStatus:
      if (static_cast<gotrace::ProcState>(e.from) != gotrace::ProcState::kUndetermined) break;
      switch (e.args[1]) {
        case gotrace::kProcRunning:
          Proc(arg(0), How::kRunning, e.m);
          break;
        case gotrace::kProcIdle:
          Proc(arg(0), How::kIdle, -1);
          break;
        default:
          Proc(arg(0), How::kInSyscall, -1);
      }
      break;
    case gotrace::kProcStart:
      tell_ports();
      Proc(arg(0), How::kRunning, e.m);
      return;
    case gotrace::kProcStop:
      Proc(e.p, stopped_ ? How::kHeld : How::kIdle, -1);
      break;
    case gotrace::kProcSteal:
      Proc(arg(0), stopped_ ? How::kHeld : How::kIdle, -1);
      break;
    case gotrace::kGoCreate:
    case gotrace::kGoCreateBlocked: {
      NameByStack(e.g, e.args[2]);
      const int64_t g = arg(0);
      gs_[g] = Goroutine{};
      Fact f = Of(Kind::kMade);
      f.g = g;
      if (e.g > 0) f.by = e.g;
      const bool parked = e.kind == gotrace::kGoCreateBlocked;
      if (parked) f.how = How::kParked;
      Tell(f, NameBy(g, e.args[1]));
      if (parked) break;
      Ready(g, How::kCreated, e.g);
      LayNext(g, e.p);
      break;
    }
    case gotrace::kGoCreateSyscall: {
      gs_[arg(0)] = Goroutine{};
      Fact f = Of(Kind::kFound);
      f.g = arg(0);
      f.how = How::kInSyscall;
      Tell(f);
      break;
    }
    case gotrace::kGoStart:
      // What the port took along with it comes first.
      tell_ports();
      Start(arg(0), Rule::kUnknown);
      return;
    case gotrace::kGoDestroy:
    case gotrace::kGoDestroySyscall:
      Stop(e.g, How::kEnded);
      gs_.erase(e.g);
      break;
    case gotrace::kGoStop: {
      NameByStack(e.g, e.args[1]);
      const gotrace::Stop stop = gotrace::StopOf(e, generation);
      const bool yields = stop == gotrace::Stop::kYields;
      const How how = yields                            ? How::kHandedOver
                      : stop == gotrace::Stop::kGosched ? How::kYielded
                                                        : How::kPreempted;
      Stop(e.g, how);
      Ready(e.g, how, 0);
      if (yields) {
        Lay(e.g, Place::kRing, e.p, Certainty::kInferred);
      } else {
        Lay(e.g, Place::kGlobal, -1, Certainty::kCertain);
      }
      break;
    }
    case gotrace::kGoBlock: {
      NameByStack(e.g, e.args[1]);
      const std::string_view reason = generation.Text(e.args[0]);
      gs_[e.g].blocked = HowBlocked(reason);
      Stop(e.g, How::kBlocked, reason);
      break;
    }
    case gotrace::kGoUnblock: {
      const int64_t g = arg(0);
      NameByStack(e.g, e.args[2]);
      Goroutine& go = gs_[g];
      if (e.g > 0) {
        Ready(g, How::kUnblocked, e.g);
        if (!gotrace::IsInjected(e, generation)) LayNext(g, e.p);
      } else {
        go.readied = true;
        const How how = go.worker                  ? How::kRuntime
                        : go.blocked == How::kNone ? How::kTimer
                                                   : go.blocked;
        Ready(g, how, 0);
        if (how == How::kTimer) LayNext(g, e.p);
      }
      break;
    }
    case gotrace::kGoSyscallBegin: {
      NameByStack(e.g, e.args[1]);
      Stop(e.g, How::kCall);
      Proc(e.p, How::kInSyscall, e.m);
      break;
    }
    case gotrace::kGoSyscallEnd: {
      Proc(e.p, How::kRunning, e.m);
      Fact f = Of(Kind::kReturned);
      f.g = e.g;
      f.how = How::kKept;
      Tell(f);
      break;
    }
    case gotrace::kGoSyscallEndBlocked:
      Ready(e.g, How::kCallEnded, 0);
      if (e.p < 0) {
        Lay(e.g, Place::kGlobal, -1, Certainty::kInferred);
      } else {
        gs_[e.g].call_got_p = true;
      }
      break;
    case gotrace::kGoSwitch:
    case gotrace::kGoSwitchDestroy:
      Stop(e.g, e.kind == gotrace::kGoSwitch ? How::kSwitched : How::kEnded);
      if (e.kind == gotrace::kGoSwitchDestroy) gs_.erase(e.g);
      Start(arg(0), Rule::kSwitch);
      break;
    case gotrace::kGoStatus:
    case gotrace::kGoStatusStack: {
      const int64_t g = arg(0);
      const bool first = static_cast<gotrace::GoState>(e.from) == gotrace::GoState::kUndetermined;
      if (first) {
        Fact f = Of(Kind::kFound);
        f.g = g;
        f.m = Id(arg(1));
        f.p = f.m == Id(e.m) ? Id(e.p) : facts::kNobody;
        switch (e.args[2]) {
          case gotrace::kGoRunnable:
            f.how = How::kRunnable;
            break;
          case gotrace::kGoRunning:
            f.how = How::kRunning;
            break;
          case gotrace::kGoSyscall:
            f.how = How::kInSyscall;
            break;
          default:
            f.how = How::kParked;
        }
        if (f.how == How::kParked || f.how == How::kRunnable) f.m = f.p = facts::kNobody;
        gs_.try_emplace(g);
        Tell(f);
      }
      if (e.kind == gotrace::kGoStatusStack) NameByStack(g, e.args[3]);
      break;
    }
    case gotrace::kSTWBegin: {
      stopped_ = true;
      Fact f = Of(Kind::kWorld);
      f.how = How::kStops;
      if (e.g > 0) f.by = e.g;
      Tell(f, generation.Text(e.args[0]));
      break;
    }
    case gotrace::kSTWEnd: {
      stopped_ = false;
      Fact f = Of(Kind::kWorld);
      f.how = How::kGoes;
      Tell(f);
      break;
    }
    default:
      break;
  }
  tell_ports();
}

}  // namespace conformance
