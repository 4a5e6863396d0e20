// Looks for work that have begun and not ended: with what they may end, and what they may have taken by now.
#include "worlds/guided/certain.h"

#include <algorithm>

namespace guided {

using facts::Place;
using facts::Rule;

void Certain::EndLook(int64_t thread) {
  auto it = looks_.find(thread);
  if (it == looks_.end()) return;
  auto ends = ends_of_.find(it->second.ends);
  if (ends != ends_of_.end() && ends->second == thread) ends_of_.erase(ends);
  looks_.erase(it);
}

// The next start on p, given up at `stop`, if its thread has run that goroutine before and so may be wired to it.
const In* Certain::HandedOn(const In& stop, Window& window, int p) {
  const uint64_t head = window.head()->index;
  for (uint64_t i = stop.index - head + 1; i < stop.index - head + 256; i++) {
    const In* start = window.At(i);
    if (start == nullptr) return nullptr;
    if (start->kind != gotrace::kProcStart || static_cast<int>(start->a[0]) != p) continue;
    if (start->m == stop.m) return nullptr;
    for (size_t n = 0;; n++) {
      const In* run = window.OfThread(start->m, n);
      if (run == nullptr) return nullptr;
      if (run->index <= start->index || run->kind == gotrace::kGoUnblock) continue;
      if (run->kind != gotrace::kGoStart) return nullptr;
      const auto id = static_cast<int64_t>(run->a[0]);
      return gs_.contains(id) && Of(id).thread == start->m ? run : nullptr;
    }
  }
  return nullptr;
}

void Certain::BeginLook(const In& e, Window& window, int32_t p, bool woken) {
  EndLook(e.m);
  if (p < 0 || p >= kPs) return;
  Look look;
  look.thread = e.m;
  look.p = p;
  look.since = e.index;
  look.turns = ps_[static_cast<size_t>(p)].turns;
  look.woken = woken;
  for (size_t i = 1;; i++) {
    const In* next = window.OfThread(e.m, i);
    if (next == nullptr) {
      look.unknown = true;
      break;
    }
    if (next->kind == gotrace::kGoUnblock || next->kind == gotrace::kGoCreate || next->kind == gotrace::kProcSteal ||
        next->kind == gotrace::kGoSyscallEndBlocked) {
      continue;
    }
    const In* start = next->kind == gotrace::kGoStart ? next : nullptr;
    if (next->kind == gotrace::kProcStop) {
      start = HandedOn(*next, window, p);
      look.handed = true;
    }
    if (start != nullptr) {
      look.ends = static_cast<int64_t>(start->a[0]);
      look.start = start->index;
    }
    break;
  }
  for (int q = 0; look.ends != 0 && q < procs_; q++) {
    const P& pp = ps_[static_cast<size_t>(q)];
    if (q != p && pp.kicked == look.ends && e.index < pp.kicked_until) look.were.next.set(static_cast<size_t>(q));
  }
  for (int q = 0; q < procs_; q++) {
    const P& pp = ps_[static_cast<size_t>(q)];
    const auto on = std::find_if(pp.ring.begin(), pp.ring.end(), [&](const Entry& entry) { return IsOn(entry, q); });
    look.heads[static_cast<size_t>(q)] = on == pp.ring.end() ? pp.turns : on->turn;
  }
  looks_[e.m] = look;
  Ends(look);
}

// If its goroutine's next start is the one with which the look ends, that is noted, and a look that handed it on is
// over.
void Certain::Ends(const Look& look) {
  if (look.ends == 0) return;
  const In* start = window_->StartOf(static_cast<uint64_t>(look.ends));
  if (start == nullptr || start->index != look.start) return;
  auto other = ends_of_.find(look.ends);
  if (other != ends_of_.end() && other->second != look.thread) {
    auto it = looks_.find(other->second);
    if (it != looks_.end() && it->second.handed && it->second.start == look.start) looks_.erase(it);
  }
  ends_of_[look.ends] = look.thread;
}

void Certain::Hold(int64_t p, bool held) {
  if (p < 0 || p >= kPs) return;
  P& pp = ps_[static_cast<size_t>(p)];
  held_ += held - pp.held;
  pp.held = held;
}

// Whether it may take something of p's, which is not its own.
bool Certain::MayTake(const Look& look, int p) {
  return MayTakeRing(look, p) || (MayTakeNext(look, p) && !RingHasSome(p, look));
}

// Whether something has lain on p's ring since that look began, and nobody else may take it. Who looks at a ring, finds
// it empty and turns to runnext may be long about that: what came to the ring meanwhile does not stop it.
bool Certain::RingHasSome(int p, const Look& but) {
  const auto bit = static_cast<size_t>(p);
  for (const auto& [thread, look] : looks_) {
    if (thread != but.thread && MayTakeRing(look, p)) return false;
  }
  const Ring& ring = ps_[bit].ring;
  return std::any_of(ring.begin(), ring.end(), [&](const Entry& entry) {
    return entry.lies <= but.since && IsOn(entry, p) && entry.g->id != but.ends && entry.g->at.only(p) &&
           entry.g->at.next.none();
  });
}

bool Certain::MayTakeNext(const Look& look, int p) {
  if (look.p == p) return false;
  const auto bit = static_cast<size_t>(p);
  return look.were.next[bit] || EndsWith(look, [&](int64_t id) { return Of(id).at.next[bit]; });
}

bool Certain::MayTakeRing(const Look& look, int p) {
  if (look.p == p) return false;
  const auto bit = static_cast<size_t>(p);
  return look.were.ring[bit] || EndsWith(look, [&](int64_t id) { return Of(id).at.ring[bit]; });
}

// just_now: with the ring as long as it is.
bool Certain::MayBeRobbed(int p, bool just_now) {
  const auto bit = static_cast<size_t>(p);
  return std::any_of(looks_.begin(), looks_.end(), [&](const auto& each) {
    const Look& look = each.second;
    if (!MayTake(look, p)) return false;
    const auto registered = ends_of_.find(look.ends);
    if (registered == ends_of_.end() || registered->second != look.thread) return true;
    if (!just_now || look.were.ring.any() || look.were.next.any()) return true;
    const G& g = Of(look.ends);
    if (!g.at.only(p) || !g.at.ring[bit] || g.at.next.any() || g.stray) return true;
    const Ring& ring = ps_[bit].ring;
    // Not yet, if the ring must become longer for that.
    return 2 * static_cast<size_t>(Index(ring, look.ends)) + 1 < ring.size();
  });
}

// The goroutine stops. Who is wired is no proof of anything.
void Certain::Wire(const In& e) { Of(e.g).wired_to = is_wired_(e.g, e.index) ? e.m : -1; }

// A mark worker that is to give way may drain its P's queue to the global one.
void Certain::EndWorker(const In& e) {
  if (e.p >= 0 && e.p < kPs) ps_[static_cast<size_t>(e.p)].drains = false;
}

void Certain::MayDrain(int p) {
  P& pp = ps_[static_cast<size_t>(p)];
  if (!pp.drains) return;
  const auto drains = [&](int64_t id) {
    G& g = Of(id);
    g.loose = true;
    if (!g.at.global) PutGlobal(id);
  };
  if (IsNext(pp.next, p)) drains(pp.next);
  for (const Entry& entry : pp.ring) {
    if (IsOn(entry, p)) drains(entry.g->id);
  }
}

}  // namespace guided
