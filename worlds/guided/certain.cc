// Events, and how they make sets of places larger: a goroutine becomes runnable and is put somewhere.
#include "worlds/guided/certain.h"

#include <algorithm>
#include <limits>

#include "runtime/proc.h"
#include "runtime/traceruntime.h"

namespace guided {

using facts::Place;
using facts::Rule;

namespace {

constexpr size_t kRing = 256;

// When the thread of e, the event at the head, has done what follows from it.
uint64_t DoneBy(const In& e, Window& window) {
  for (size_t i = 1;; i++) {
    const In* next = window.OfThread(e.m, i);
    if (next == nullptr) return Certain::kNever;
    if (next->kind != gotrace::kGoUnblock || e.kind != gotrace::kGoUnblock) return next->index;
  }
}

}  // namespace

std::vector<Way> Certain::Pass(const In& e, Window& window) {
  if (over_) return {};
  now_ = e.index;
  done_ = DoneBy(e, window);
  actor_ = e.m;
  window_ = &window;
  std::vector<Way> ways;
  const auto first = static_cast<int64_t>(e.a[0]);
  const bool has_p = e.p >= 0 && e.p < kPs;
  switch (e.kind) {
    case gotrace::kGoStatus:
    case gotrace::kGoStatusStack:
      if (gs_.contains(first)) break;
      Of(first);
      if (e.a[2] == gotrace::kGoRunnable) Everywhere(first);
      return {};
    case gotrace::kProcStatus:
      if (first >= kPs) NoMore();
      if (!told_procs_) procs_ = std::max(procs_, static_cast<int32_t>(first) + 1);
      if (e.a[1] == gotrace::kProcRunning || e.a[1] == gotrace::kProcSyscall) Hold(first, true);
      return {};
    case gotrace::kProcsChange:
      if (first > kPs) NoMore();
      if (told_procs_ && procs_ > first) Shrink(static_cast<int>(first));
      procs_ = static_cast<int32_t>(first);
      told_procs_ = true;
      break;
    case gotrace::kGoCreate:
      if (has_p) {
        PutNext(first, static_cast<int>(e.p), e);
        Of(first).by_timer = e.g < 0;
      } else {
        Everywhere(first);
      }
      break;
    case gotrace::kGoCreateBlocked:
      Of(first);
      break;
    case gotrace::kGoUnblock:
      Unblock(e, window);
      break;
    case gotrace::kGoStop:
      EndWorker(e);
      Wire(e);
      Queued(e.g, e);
      Of(e.g).lies = done_;
      if (!has_p) {
        Everywhere(e.g);
      } else if (e.yields && !e.gosched) {
        PutRing(e.g, static_cast<int>(e.p));
      } else if (window.version() >= gotrace::kGo126 && !e.gosched && MayBeForStop(e)) {
        Anyhow(e.g, static_cast<int>(e.p), e);
      } else {
        PutGlobal(e.g);
      }
      BeginLook(e, window, static_cast<int32_t>(e.p), false);
      break;
    case gotrace::kGoBlock:
      EndWorker(e);
      // Those are woken by lists, for whatever they wait.
      Of(e.g).reason = e.background ? static_cast<uint8_t>(runtime::traceBlockSystemGoroutine) : e.reason;
      Of(e.g).poll = e.poll;
      Wire(e);
      Of(e.g).blocked_on = static_cast<int32_t>(e.p);
      BeginLook(e, window, static_cast<int32_t>(e.p), false);
      break;
    case gotrace::kGoDestroy:
      unseen_.erase(e.g);
      Drop(e.g);
      BeginLook(e, window, static_cast<int32_t>(e.p), false);
      break;
    case gotrace::kGoSyscallEndBlocked:
      if (window.version() >= gotrace::kGo126) NoMore();
      Wire(e);
      if (e.p < 0) {
        Queued(e.g, e);
        Of(e.g).lies = done_;
        PutGlobal(e.g);
        Of(e.g).loose = true;
      }
      break;
    case gotrace::kProcStart:
      if (first >= kPs) {
        NoMore();
      } else {
        Hold(first, true);
        BeginLook(e, window, static_cast<int32_t>(first), true);
      }
      break;
    case gotrace::kProcSteal:
      if (window.version() >= gotrace::kGo126) NoMore();  // who owns a P in a call is told otherwise there
      Hold(first, false);
      break;
    case gotrace::kSTWBegin:
      stops_++;
      break;
    case gotrace::kSTWEnd:
      if (stops_ > 0) stops_--;
      break;
    case gotrace::kProcStop:
      Hold(e.p, false);
      // What is for a thread that it is wired to has been found by now, and will be shown there.
      if (auto it = looks_.find(e.m); it != looks_.end() && it->second.ends == 0) EndLook(e.m);
      break;
    case gotrace::kGoSwitch:
    case gotrace::kGoSwitchDestroy:
      if (e.kind == gotrace::kGoSwitchDestroy) Drop(e.g);
      unseen_.erase(e.g);
      Of(first).thread = e.m;
      ways = {{Rule::kSwitch, Place::kNone, facts::kNobody}};
      break;
    case gotrace::kGoStart:
      if (has_p) ways = Start(e);
      break;
    default:
      break;
  }
  Before& before = before_[e.m];
  if (e.kind != gotrace::kGoUnblock) before.injected = 0;
  before.last_but_one = before.last;
  before.last = e;
  return over_ ? std::vector<Way>() : ways;
}

bool Certain::IsNext(int64_t id, int p) {
  return id != 0 && gs_.contains(id) && Of(id).at.next[static_cast<size_t>(p)];
}

Certain::G* Certain::New(int64_t id) {
  G* g;
  if (free_.empty()) {
    g = &all_.emplace_back();
  } else {
    g = free_.back();
    free_.pop_back();
    const uint32_t stay = g->stay;
    *g = G{};
    g->stay = stay;
  }
  g->id = id;
  return g;
}

void Certain::Drop(int64_t id) {
  const auto it = gs_.find(id);
  if (it == gs_.end()) return;
  known_[static_cast<uint64_t>(id) % kKnown] = {};
  it->second->stay++;  // entries of it are void
  free_.push_back(it->second);
  gs_.erase(it);
}

void Certain::NoMore() {
  over_ = true;
  gs_.clear();
  known_.fill({});
  looks_.clear();
}

// The goroutine is runnable from now on.
void Certain::Queued(int64_t id, const In& e) {
  G& g = Of(id);
  g.at = Places{};
  g.stray = g.loose = g.by_timer = g.by_network = false;
  g.stay++;
  g.turn = kNever;
  g.put = g.lies = e.index;
  g.by = e.m;
  g.home = -1;
  See(id);
  if (const In* start = window_->StartOf(static_cast<uint64_t>(id)); start != nullptr) {
    auto look = looks_.find(start->m);
    if (look != looks_.end() && look->second.ends == id) Ends(look->second);
  }
}

void Certain::See(int64_t id) {
  if (window_->StartOf(static_cast<uint64_t>(id)) == nullptr) {
    unseen_.insert(id);
  } else {
    unseen_.erase(id);
  }
}

void Certain::Everywhere(int64_t id) {
  G& g = Of(id);
  g.stay++;
  g.turn = kNever;
  g.at.next.set();
  g.at.ring.set();
  g.at.global = true;
  g.stray = g.loose = true;
  g.home = -1;
  g.lies = kNever;
  lost_.insert(id);
  See(id);
}

void Certain::PutNext(int64_t id, int p, const In& e) {
  Queued(id, e);
  P& pp = ps_[static_cast<size_t>(p)];
  const int64_t old = pp.next;
  Of(id).at.next = Bit(p);
  pp.next = id;
  if (old != id && IsNext(old, p)) {
    G& g = Of(old);
    // Until the thread of e goes on, a thief may find it there yet: one that has begun to look, and one that begins.
    pp.kicked = WasBriefly(g, e) ? 0 : old;
    pp.kicked_until = done_;
    if (auto of = ends_of_.find(old); of != ends_of_.end() && pp.kicked == old) {
      if (auto look = looks_.find(of->second); look != looks_.end()) look->second.were.next.set(static_cast<size_t>(p));
    }
    g.at.next.reset(static_cast<size_t>(p));
    if (g.at.none()) g.home = p;
    PutRing(old, p);
  }
  MayDrain(p);
}

// Whether g, which e kicks out of runnext, lay there for less time than a thief sleeps before it takes something out of
// the runnext of a P that runs. Where timers are coarse a thief does not sleep.
bool Certain::WasBriefly(const G& g, const In& e) {
  constexpr int64_t kThiefSleeps = 3'000;  // ns: runqgrab
  if (window_->hasLowResTimer()) return false;
  const In &put = before_[e.m].last, *done = window_->OfThread(e.m, 1);
  return put.index == g.put && done != nullptr && done->time - put.time < kThiefSleeps;
}

void Certain::PutRing(int64_t id, int p) {
  P& pp = ps_[static_cast<size_t>(p)];
  MustHaveTaken(p);
  PushRing(Of(id), p);
  if (pp.ring.size() > kRing) {
    std::erase_if(pp.ring, [&](const Entry& entry) { return !IsOn(entry, p); });
    if (pp.ring.size() > kRing) Overflow(id, p);
  }
  MayDrain(p);
}

void Certain::PushRing(G& g, int p) {
  P& pp = ps_[static_cast<size_t>(p)];
  g.at.ring.set(static_cast<size_t>(p));
  pp.ring.push_back({&g, g.stay, pp.turns++, done_});
}

void Certain::OffRing(G& g, int p) {
  const auto bit = static_cast<size_t>(p);
  g.at.ring.reset(bit);
  if (g.at.global) ps_[bit].global_shared = std::min(ps_[bit].global_shared, g.turn);
  for (int q = 0; q < procs_; q++) {
    if (g.at.ring[static_cast<size_t>(q)]) ps_[static_cast<size_t>(q)].shared[bit] = 0;
  }
}

// A thief takes half of a ring, rounded up, and runs the last one. So it took what it runs when the ring was twice as
// long as what lies up to that one, or one shorter. When the ring is about to become longer, that is behind us; but if
// there is a third P, a thief may yet come there, take more, and be robbed by this one.
void Certain::MustHaveTaken(int p) {
  if (procs_ > 2) return;
  const auto bit = static_cast<size_t>(p);
  P& pp = ps_[bit];
  for (auto& [thread, look] : looks_) {
    const auto registered = ends_of_.find(look.ends);
    if (registered == ends_of_.end() || registered->second != thread) continue;  // it ends with a later start
    if (look.p == p || look.took.rule != Rule::kNone || look.were.ring.any()) continue;
    const G& g = Of(look.ends);
    if (!g.at.ring[bit] || !g.at.only(p) || g.at.next.any() || g.stray) continue;
    if (InHands(look.ends).ring.any()) continue;  // another may have taken it along, and have been robbed of it
    std::erase_if(pp.ring, [&](const Entry& entry) { return !IsOn(entry, p); });
    const bool known = std::all_of(pp.ring.begin(), pp.ring.end(), [&](const Entry& entry) {
      return entry.g->at.only(p) && !entry.g->stray;
    });
    if (!known || pp.ring.size() != 2 * static_cast<size_t>(Index(pp.ring, look.ends)) + 2) continue;
    LocalWasEmpty(look);
    TakeAlong(look.ends, p, look.p, true);
    look.took = {Rule::kStolen, Place::kRing, p};
    Of(look.ends).at = Places{};
    std::erase_if(pp.ring, [&](const Entry& entry) { return !IsOn(entry, p); });
  }
}

// The ring was full, or may have been: then its older half went to the global queue, and the new one behind it.
void Certain::Overflow(int64_t id, int p) {
  P& pp = ps_[static_cast<size_t>(p)];
  const bool known = pp.ring.size() == kRing + 1 && !MayBeRobbed(p, true) &&
                     std::all_of(pp.ring.begin(), pp.ring.end(), [&](const Entry& entry) {
                       return entry.g->at.only(p) && !entry.g->stray;
                     });
  for (size_t i = 0; i < pp.ring.size(); i++) {
    G& g = *pp.ring[i].g;
    if (known && i >= kRing / 2 && g.id != id) continue;
    if (known) OffRing(g, p);
    if (!known) g.loose = true;
    g.lies = done_;
    if (!g.at.global) PutGlobal(g.id);
  }
  // Else all are where they were, and may be elsewhere, too.
  if (known) std::erase_if(pp.ring, [&](const Entry& entry) { return !IsOn(entry, p); });
}

void Certain::PutGlobal(int64_t id) {
  G& g = Of(id);
  g.at.global = true;
  g.on_global = now_;
  g.putter = actor_;
  // Two threads that put something there at the same time do it in either order.
  for (size_t i = global_.size(), n = 0; i-- > 0 && n < 64; n++) {
    if (!IsGlobal(global_[i])) continue;
    G& before = *global_[i].g;
    if (before.lies <= now_ || before.putter == actor_) break;
    before.loose = g.loose = true;
  }
  g.turn = turns_++;
  global_.push_back({&g, g.stay});
  Trim();
}

// Those that have left the head.
void Certain::Trim() {
  while (!global_.empty() && !IsGlobal(global_.front())) global_.pop_front();
}

// How many may lie on the global queue at a place that nobody knows, counted up to `most`.
size_t Certain::Lost(size_t most) {
  size_t n = 0;
  for (auto it = lost_.begin(); it != lost_.end() && n < most;) {
    const auto g = gs_.find(*it);
    if (g != gs_.end() && g->second->lies == kNever && g->second->at.global) {
      n++;
      ++it;
    } else {
      lost_.erase(it++);
    }
  }
  return n;
}

// Who waited for the network and was let go because of it tries again at once what it waits for, by a system call.
// When its deadline was over it does not; or it is told so, and waits once more: then the next call comes to nothing.
// That is no proof: who waits for a connection asks for something else next, and who was let go may find nothing.
Certain::Net Certain::EndOfWait(int64_t id) {
  const G& g = Of(id);
  const In* next = window_->StartOf(static_cast<uint64_t>(id));
  if (next == nullptr || g.poll == 0) return Net::kUnknown;
  next = window_->Next(next);
  if (next == nullptr || next->g != id || next->kind == gotrace::kGoStop) return Net::kUnknown;
  if (next->kind != gotrace::kGoSyscallBegin || next->poll != g.poll) return Net::kTimedOut;
  for (int i = 0; i < 2 && next != nullptr; i++) next = window_->Next(next);
  if (next == nullptr || next->g != id || next->kind == gotrace::kGoStop) return Net::kUnknown;
  const bool waits = next->kind == gotrace::kGoBlock && next->reason == runtime::traceBlockNet && next->poll == g.poll;
  return waits ? Net::kTimedOut : Net::kReady;
}

// It may be put into runnext, or somewhere else.
void Certain::Anyhow(int64_t id, int p, const In& e) {
  G& g = Of(id);
  P& pp = ps_[static_cast<size_t>(p)];
  Queued(id, e);
  g.put_on = p;
  if (IsNext(pp.next, p)) {
    PutRing(pp.next, p);
  } else {
    pp.next = id;
  }
  g.at.next.set(static_cast<size_t>(p));
  PutRing(id, p);
  PutGlobal(id);
  g.stray = g.loose = true;
  g.lies = kNever;
  lost_.insert(id);
}

// Whether the world may be about to stop when a goroutine is preempted, and seen to be so behind that event.
bool Certain::MayBeForStop(const In& stop) {
  if (stops_ > 0) return true;
  const In* next = window_->OfThread(stop.m, 1);
  if (next == nullptr) return true;
  for (size_t i = 1; i < next->index - stop.index; i++) {
    if (window_->At(i)->kind == gotrace::kSTWBegin) return true;
  }
  return false;
}

// There are fewer Ps: what lay on the others goes to the global queue.
void Certain::Shrink(int procs) {
  for (int p = procs; p < procs_; p++) {
    P& pp = ps_[static_cast<size_t>(p)];
    Hold(p, false);
    if (IsNext(pp.next, p)) Everywhere(pp.next);
    pp.next = 0;
    const Ring ring = std::move(pp.ring);
    pp.ring.clear();
    for (const Entry& entry : ring) {
      if (IsOn(entry, p)) Everywhere(entry.g->id);
    }
  }
}

// How many Ps may be idle when the thread of e, which lets a list of goroutines go, counts them: some time before its
// next event. There may be fewer, for a P that is about to be woken is not idle any more, and the trace does not show
// it.
int Certain::MostIdle(const In& e) {
  int idle = procs_ - held_;
  for (size_t i = 1;; i++) {
    const In* next = window_->At(i);
    if (next == nullptr) return procs_;
    if (next->m == e.m && next->kind != gotrace::kGoUnblock) return idle;
    idle += next->kind == gotrace::kProcStop || next->kind == gotrace::kProcSteal;
  }
}

void Certain::Unblock(const In& e, Window& window) {
  const auto id = static_cast<int64_t>(e.a[0]);
  G& g = Of(id);
  if (e.p < 0 || e.p >= kPs) {
    Queued(id, e);
    g.lies = done_;
    PutGlobal(id);
    g.loose = true;
    return;
  }
  const int p = static_cast<int>(e.p);
  // As many as there are idle Ps go to the global queue, the others to the ring.
  const auto either = [&] {
    Queued(id, e);
    g.lies = done_;
    if (before_[e.m].injected++ < MostIdle(e)) PutGlobal(id);
    PutRing(id, p);
  };
  const auto anyhow = [&] { Anyhow(id, p, e); };
  if (e.g >= 0) {
    if (g.reason == runtime::traceBlockSystemGoroutine || g.reason == runtime::traceBlockGeneric) {
      anyhow();  // the runtime's own are woken in ways that leave no stack
    } else if (e.injected || (e.onSystem && g.reason == runtime::traceBlockNet)) {
      either();
    } else if (g.reason == runtime::traceBlockGCMarkAssist) {
      either();  // who waited to assist the collector does not go first, or is one of many
    } else {
      PutNext(id, p, e);
    }
    return;
  }
  const In* next = window.OfThread(e.m, 1);
  const bool at_once = next != nullptr && next->kind == gotrace::kGoStart && static_cast<int64_t>(next->a[0]) == id;
  const In& last = before_[e.m].last;
  Net end = Net::kReady;
  if (g.reason == runtime::traceBlockNet) {
    end = EndOfWait(id);
    // Whose last wait was over by its deadline may try again of his own accord, and find something.
    const bool doubtful = std::exchange(g.timed_out, end == Net::kTimedOut);
    if (doubtful && end == Net::kReady) end = Net::kUnknown;
  }
  if (at_once && next->worker) {
    Queued(id, e);  // from hand to hand
  } else if (last.kind == gotrace::kGoBlock && last.g == id) {
    anyhow();  // what it was to wait for has come, or was there
    Everywhere(id);
  } else if (end != Net::kReady) {
    anyhow();
    Everywhere(id);
    g.by_network = true;
    g.by_timer = end == Net::kTimedOut;
  } else if (at_once && g.reason == runtime::traceBlockNet) {
    Queued(id, e);  // likewise
  } else if (g.reason == runtime::traceBlockNet) {
    either();
  } else if (g.reason == runtime::traceBlockSystemGoroutine) {
    anyhow();  // or the trace's reader, from hand to hand
  } else if (g.reason == runtime::traceBlockGeneric) {
    anyhow();
    Everywhere(id);
  } else {
    PutNext(id, p, e);
    g.by_timer = true;
  }
}

}  // namespace guided
