// In what ways a start can have come about, and what follows from it for those that did not start.
#include "worlds/guided/certain.h"

#include <algorithm>
#include <limits>

#include "runtime/traceruntime.h"

namespace guided {

using facts::Place;
using facts::Rule;

namespace {

constexpr size_t kRing = 256;
// How much of the global queue is gone through to know how long it is. A longer one may be of any length.
constexpr size_t kSeen = 1 << 14;

// Whether it goes on in the slice of the one before: the tick stays.
bool Inherits(Rule rule) { return rule == Rule::kRunnext || rule == Rule::kUndone; }

}  // namespace

std::vector<Way> Certain::Start(const In& e) {
  Trim();
  const auto id = static_cast<int64_t>(e.a[0]);
  const int p = static_cast<int>(e.p);
  P& pp = ps_[static_cast<size_t>(p)];
  Look look;
  look.thread = e.m;
  look.p = p;
  look.since = before_[e.m].last.index;
  look.turns = pp.turns;
  if (auto it = looks_.find(e.m); it != looks_.end()) look = it->second;
  EndLook(e.m);
  const In& last = before_[e.m].last;
  std::vector<Way> told;
  if (last.kind == gotrace::kGoSyscallEndBlocked && last.g == id && last.p >= 0) {
    told = {{Rule::kAfterCall, Place::kNone, facts::kNobody}};
  } else {
    const std::vector<Way> ways = told = WaysOf(e, look);
    const Way* way = told.size() == 1 ? told.data() : nullptr;
    const bool stays = ways.empty() || std::any_of(ways.begin(), ways.end(), [](Way w) { return Inherits(w.rule); });
    const bool moves = ways.empty() || std::any_of(ways.begin(), ways.end(), [](Way w) { return !Inherits(w.rule); });
    if (way && IsLocal(*way) && GlobalHasSome(look)) pp.tick.reset(0);
    if (way && way->rule == Rule::kGlobal61) pp.tick = std::bitset<61>(1);
    if (look.took.rule == Rule::kNone) {
      for (const Way& each : ways) Take(id, each, look, ways.size() == 1);
    }
    const auto before = pp.tick;
    const auto after = before << 1 | before >> 60;
    pp.tick = (stays ? before : std::bitset<61>()) | (moves ? after : std::bitset<61>());
  }
  if (pp.next == id) pp.next = 0;
  G& g = Of(id);
  g.at = Places{};
  g.stay++;
  g.turn = kNever;
  g.stray = g.loose = false;
  unseen_.erase(id);
  g.thread = e.m;
  pp.drains = e.dedicated;
  MayDrain(p);
  return told;
}

bool Certain::IsLocal(const Way& way) { return way.rule == Rule::kRunnext || way.rule == Rule::kRing; }

// Whether it lay on the global queue, if that is where it lay, when the look began.
bool Certain::Lies(const G& g, const Look& look) {
  return g.lies <= look.since || (g.putter == look.thread && g.on_global <= look.since);
}

// Whether there was something on the global queue when that look began, and until its end.
bool Certain::GlobalHasSome(const Look& look) {
  for (const auto& [thread, other] : looks_) {
    if (EndsWith(other, [&](int64_t id) { return Of(id).at.global; })) return false;
  }
  return std::any_of(global_.begin(), global_.end(), [&](const Entry& entry) {
    if (!IsGlobal(entry)) return false;
    const G& g = *entry.g;
    return g.at.next.none() && g.at.ring.none() && Lies(g, look);
  });
}

// Where it may have been taken to by those who look just now.
Certain::Places Certain::InHands(int64_t id) {
  const G& g = Of(id);
  Places in;
  if (g.at.ring.none() && !g.at.global) return in;
  for (const auto& entry : looks_) {
    const auto& look = entry.second;
    const bool takes = EndsWith(look, [&](int64_t end) {
      if (end == id) return false;
      const G& taken = Of(end);
      if (taken.at.global && g.at.global && (g.loose || taken.loose || g.turn > taken.turn)) return true;
      const bool stray = g.stray || taken.stray;
      const Ps shared = (taken.at.ring | look.were.ring) & g.at.ring;
      for (int q = 0; shared.any() && q < procs_; q++) {
        const auto bit = static_cast<size_t>(q);
        if (shared[bit] && (stray || IsBefore(ps_[bit].ring, id, end))) return true;
      }
      return false;
    });
    if (takes) in.ring.set(static_cast<size_t>(look.p));
  }
  return in;
}

int Certain::Index(const Ring& ring, int64_t id) {
  const G* g = &Of(id);
  const auto it = std::find_if(ring.begin(), ring.end(), [&](const Entry& e) { return e.g == g && e.stay == g->stay; });
  return it == ring.end() ? std::numeric_limits<int>::max() : static_cast<int>(it - ring.begin());
}

bool Certain::IsBefore(const Ring& ring, int64_t id, int64_t other) {
  const G *a = &Of(id), *b = &Of(other);
  for (const Entry& e : ring) {
    if (e.g == a && e.stay == a->stay) return true;
    if (e.g == b && e.stay == b->stay) return false;
  }
  return false;
}

// A thief takes half of a ring, rounded up, and runs the last one of these. Whether it cannot have found id there: more
// lie behind it, since before the look began, than are before it and itself. From a ring all go in their order: if id
// is there, so are those behind it that have come there and nowhere else.
bool Certain::IsTooFarAhead(int64_t id, int p, const Look& look) {
  if (Of(id).stray || Of(id).home != p || !ps_[static_cast<size_t>(p)].known) return false;
  const Ring& ring = ps_[static_cast<size_t>(p)].ring;
  const auto found = static_cast<size_t>(Index(ring, id));
  if (found >= ring.size()) return false;
  const uint32_t head = look.heads[static_cast<size_t>(p)];
  const size_t upto = Lost(kRing) + (ring[found].turn > head ? ring[found].turn - head : 0) + 1;
  const auto next = ring.begin() + static_cast<ptrdiff_t>(found) + 1;
  const auto behind = std::count_if(next, ring.end(), [&](const Entry& entry) {
    const G& g = *entry.g;
    return IsOn(entry, p) && entry.lies <= look.since && g.home == p && !g.stray && g.at.next.none() && !g.at.global &&
           (g.at.ring & ~(Bit(p) | Bit(look.p))).none();
  });
  return static_cast<size_t>(behind) > upto;
}

// Whether something lies on the global queue that must be before that one.
bool Certain::IsBehind(int64_t id) {
  for (const auto& [thread, look] : looks_) {
    if (EndsWith(look, [&](int64_t end) { return Of(end).at.global; })) return false;
  }
  const G& g = Of(id);
  for (const Entry& entry : global_) {
    if (Is(entry, id) && !g.loose) return false;
    if (Is(entry, id) || !IsGlobal(entry)) continue;
    const G& other = *entry.g;
    if (other.at.next.any() || other.at.ring.any()) continue;
    if ((!g.loose && !other.loose) || other.lies <= g.on_global) return true;
  }
  return false;
}

// Whether something lies on the P's ring if that one is the first of the global queue: what was before it there, and
// can be nowhere else.
bool Certain::LocalIfHead(int64_t id, const Look& look) {
  if (Of(id).loose) return false;
  for (const Entry& entry : global_) {
    if (Is(entry, id)) return false;
    if (!IsGlobal(entry)) continue;
    const G& g = *entry.g;
    if (!g.loose && g.at.next.none() && g.at.ring == Bit(look.p) && !ends_of_.contains(g.id)) return true;
  }
  return false;
}

std::vector<Way> Certain::WaysOf(const In& e, const Look& look) {
  const auto id = static_cast<int64_t>(e.a[0]);
  const int p = look.p;
  P& pp = ps_[static_cast<size_t>(p)];
  const G& g = Of(id);
  const In& last = before_[e.m].last;
  if (look.took.rule != Rule::kNone) return {look.took};
  std::vector<Way> ways;
  const auto may = [&](Rule rule, Place place = Place::kNone, int32_t from = facts::kNobody) {
    ways.push_back({rule, place, from});
  };
  if (look.woken && g.thread == e.m) {
    if (g.wired_to == e.m) may(Rule::kWired);
  }
  if (last.kind == gotrace::kProcStart && before_[e.m].last_but_one.kind == gotrace::kGoSyscallEndBlocked &&
      before_[e.m].last_but_one.g == id) {
    may(Rule::kAfterCall);
  }
  if (last.kind == gotrace::kGoUnblock && static_cast<int64_t>(last.a[0]) == id && last.g < 0 &&
      g.reason == runtime::traceBlockSystemGoroutine && !e.worker) {
    may(Rule::kTraceReader);
  }
  const In& before = before_[e.m].last_but_one;
  if (last.kind == gotrace::kGoUnblock && last.g < 0 && static_cast<int64_t>(last.a[0]) == id && !g.at.none() &&
      before.kind == gotrace::kGoBlock && before.g == id) {
    may(Rule::kUndone);
  }
  // What the look itself brought about.
  if (last.kind == gotrace::kGoUnblock && static_cast<int64_t>(last.a[0]) == id && last.g < 0 && g.at.none()) {
    if (e.worker) {
      may(e.idle ? Rule::kIdleGCWorker : Rule::kGCWorker);
      if (e.idle && look.woken) may(Rule::kIdleGCNoP);
    } else {
      may(Rule::kNetpoll);
      if (look.woken) may(Rule::kNetpollWait);
      if (look.woken && g.thread == e.m && g.wired_to != e.m) may(Rule::kWired);
    }
    return ways;
  }
  if (g.by_timer && !g.by_network && g.by == look.thread && g.put > look.since) {
    // A sleeper's timer is on the P on which it went to sleep.
    const bool sleeps = g.reason == runtime::traceBlockSleep && g.blocked_on >= 0;
    const bool own = g.blocked_on < 0 || g.blocked_on == p;
    if (own) may(Rule::kRunnext, Place::kRunnext);
    if (procs_ > 1 && (!sleeps || !own)) may(Rule::kTimerStolen, Place::kRunnext);
    if (!sleeps && !own) may(Rule::kRunnext, Place::kRunnext);
    if (look.woken && g.thread == e.m && g.wired_to != e.m) may(Rule::kWired);
    return ways;
  }

  if (g.by_network && g.by == look.thread && g.put > look.since) {
    if (g.by_timer && g.blocked_on == p) may(Rule::kRunnext, Place::kRunnext);
    if (g.by_timer) may(Rule::kTimerStolen, Place::kRunnext);
    if (g.by_timer && g.blocked_on != p) may(Rule::kRunnext, Place::kRunnext);
    may(Rule::kNetpoll);
    if (look.woken) may(Rule::kNetpollWait);
  }

  Places at = g.at;
  const Places in = InHands(id);
  at.ring |= in.ring | look.were.ring;
  at.next |= look.were.next;
  const auto own = static_cast<size_t>(p);
  const bool robbed = MayBeRobbed(p);
  const auto here = [&](const G& other) { return other.id != id && other.at.only(p) && other.put <= look.since; };
  const bool next = !robbed && IsNext(pp.next, p) && here(Of(pp.next)) && Of(pp.next).at.ring.none();
  bool first = true;  // nothing is before it on the ring
  bool local = next;
  bool passed = false;
  for (const Entry& entry : pp.ring) {
    if (robbed) break;
    if (Is(entry, id)) passed = true;
    if (!IsOn(entry, p) || entry.turn >= look.turns || !here(*entry.g)) continue;
    local = true;
    if (!passed && !entry.g->stray && !g.stray && entry.g->at.next.none()) first = false;
  }
  if (at.next[own]) may(Rule::kRunnext, Place::kRunnext);
  if (at.ring[own] && !next && first) may(Rule::kRing, Place::kRing);
  if (at.global && !IsBehind(id)) {
    const bool is61 = (pp.tick.count() == 1 && pp.tick[0]) || (!robbed && LocalIfHead(id, look));
    if (!local && !is61) may(Rule::kGlobal, Place::kGlobal);
    if (pp.tick[0]) may(Rule::kGlobal61, Place::kGlobal);
    if (!local && !is61) {
      if (!Lies(g, look)) may(Rule::kGlobalLast, Place::kGlobal);
      if (look.woken) may(Rule::kGlobalNoP, Place::kGlobal);
    }
  }
  for (int q = 0; !local && q < procs_; q++) {
    if (q == p) continue;
    if (at.ring[static_cast<size_t>(q)] && !IsTooFarAhead(id, q, look)) may(Rule::kStolen, Place::kRing, q);
    if (look.were.next[static_cast<size_t>(q)] || (at.next[static_cast<size_t>(q)] && !RingHasSome(q, look))) {
      may(Rule::kStolenRunnext, Place::kRunnext, q);
    }
  }
  if (look.woken && g.thread == e.m && g.wired_to != e.m) may(Rule::kWired);
  if (g.by_network && g.by_timer) {
    // A deadline, most probably: then it was not put on the global queue. It is no proof, so that one way is not all.
    const auto global = [](const Way& way) { return way.place == Place::kGlobal; };
    if (!std::all_of(ways.begin(), ways.end(), global)) std::erase_if(ways, global);
    if (ways.size() == 1) may(Rule::kNetpoll);
    // If another was readied behind it, it lies on the ring.
    const bool at_once = last.kind == gotrace::kGoUnblock && static_cast<int64_t>(last.a[0]) == id;
    // Of the own P, which has nothing as it is taken from the idle ones, it is if it was readied there.
    const bool elsewhere = look.woken && g.put_on >= 0 && g.put_on != p;
    std::stable_partition(ways.begin(), ways.end(), [&](const Way& way) {
      return !at_once &&
             ((way.rule == Rule::kRing && !elsewhere) || (way.rule == Rule::kStolen && way.from == g.put_on));
    });
  }
  return ways;
}

// ---- what a start says of others

// sure: it is the only way.
void Certain::Take(int64_t id, const Way& way, const Look& look, bool sure) {
  const int p = look.p;
  switch (way.rule) {
    case Rule::kRunnext:
      return;
    case Rule::kRing: {
      if (!sure || Of(id).stray) return;
      P& pp = ps_[static_cast<size_t>(p)];
      pp.known = true;
      if (IsNext(pp.next, p) && pp.next != id) LeaveNext(pp.next, p);
      for (size_t i = 0, n = pp.ring.size(); i < n; i++) {  // it may become longer
        const Entry entry = pp.ring[i];
        if (Is(entry, id)) break;
        if (IsOn(entry, p) && !entry.g->stray) LeaveRing(entry.g->id, p);
      }
      std::erase_if(pp.ring, [&](const Entry& entry) { return !IsOn(entry, p); });
      return;
    }
    case Rule::kStolen:
      if (sure) LocalWasEmpty(look);
      TakeAlong(id, way.from, p, sure);
      return;
    case Rule::kGlobal61:
      if (sure) TookHead(id);
      return;
    case Rule::kGlobal:
    case Rule::kGlobalLast:
    case Rule::kGlobalNoP:
      if (sure) LocalWasEmpty(look);
      TakeShare(id, look, sure);
      return;
    case Rule::kStolenRunnext:
    case Rule::kNetpoll:
      if (sure) LocalWasEmpty(look);
      return;
    default:
      return;
  }
}

// Where those who look just now, and have not shown it, may have taken it.
void Certain::ToHands(int64_t id, const Places& in) {
  G& g = Of(id);
  for (int q = 0; in.ring.any() && q < procs_; q++) {
    const auto bit = static_cast<size_t>(q);
    if (!in.ring[bit] || g.at.ring[bit]) continue;
    PushRing(g, q);
  }
}

void Certain::Leave(int64_t id, const std::function<void(G&)>& place) {
  if (ends_of_.contains(id)) return;  // it has been taken, and will be shown
  const Places in = InHands(id);
  place(Of(id));
  ToHands(id, in);
  if (Of(id).at.none()) Everywhere(id);
}

void Certain::LeaveNext(int64_t id, int p) {
  Leave(id, [&](G& g) { g.at.next.reset(static_cast<size_t>(p)); });
}
void Certain::LeaveRing(int64_t id, int p) {
  Leave(id, [&](G& g) { OffRing(g, p); });
}
void Certain::LeaveGlobal(int64_t id) {
  Leave(id, [](G& g) { g.at.global = false; });
}

void Certain::LocalWasEmpty(const Look& look) {
  P& pp = ps_[static_cast<size_t>(look.p)];
  if (IsNext(pp.next, look.p) && Of(pp.next).put <= look.since) LeaveNext(pp.next, look.p);
  for (size_t i = 0, n = pp.ring.size(); i < n; i++) {  // it may become longer
    const Entry entry = pp.ring[i];
    if (IsOn(entry, look.p) && entry.turn < look.turns && entry.g->put <= look.since) LeaveRing(entry.g->id, look.p);
  }
  std::erase_if(pp.ring, [&](const Entry& entry) { return !IsOn(entry, look.p); });
}

// A thief took it from a ring, and with it all before it there. If that is not sure, those of which it is known that
// they may be with the thief are passed over.
void Certain::TakeAlong(int64_t id, int from, int to, bool sure) {
  const auto source = static_cast<size_t>(from), target = static_cast<size_t>(to);
  const Ring& ring = ps_[source].ring;
  // Who has been brought there by a look that nothing shows yet stands nowhere on it. Those that came with it were
  // before it where it lay.
  const auto lies_on = [&](const Ring& which) { return static_cast<size_t>(Index(which, id)) < which.size(); };
  const bool brought = !lies_on(ring);
  for (int q = 0; brought && q < procs_; q++) {
    if (q != to && lies_on(ps_[static_cast<size_t>(q)].ring)) TakeAlong(id, q, to, false);
  }
  const bool stray = Of(id).stray || brought;
  if (sure && !stray) ps_[source].known = true;
  uint32_t& shared = ps_[source].shared[target];
  const auto news = std::lower_bound(ring.begin(), ring.end(), shared,
                                     [](const Entry& entry, uint32_t turn) { return entry.turn < turn; });
  const G* taken = &Of(id);
  const auto is = [&](const Entry& entry) { return entry.g == taken && entry.stay == taken->stay; };
  bool before = sure || std::none_of(ring.begin(), news, is);
  bool all = true;  // that were passed
  // Another who looks may have been there before, and have those that would have come along.
  const bool robbed = sure && MayBeRobbed(from);
  std::vector<std::pair<int64_t, Places>> in_hands;
  for (auto it = sure ? ring.begin() : news; it != ring.end(); ++it) {
    const Entry& entry = *it;
    if (is(entry)) before = false;
    if (!is(entry) && IsOn(entry, from)) {
      G& g = *entry.g;
      const bool maybe = stray || g.stray;
      if (before || maybe) {
        if (robbed && !maybe) in_hands.emplace_back(g.id, InHands(g.id));
        if (sure && !maybe && !ends_of_.contains(g.id)) OffRing(g, from);
        if (!g.at.ring[target]) PushRing(g, to);
      }
    }
    all = all && (is(entry) || !IsOn(entry, from) || entry.g->at.ring[target]);
    if (all) shared = std::max(shared, entry.turn + 1);
  }
  for (const auto& [each, in] : in_hands) ToHands(each, in);
}

// It was the first of the global queue.
void Certain::TookHead(int64_t id) {
  if (Of(id).loose) return;
  for (const Entry& entry : global_) {
    if (Is(entry, id)) break;
    if (IsGlobal(entry) && !entry.g->loose) LeaveGlobal(entry.g->id);
  }
}

// A P took its share of the global queue, of which the first was that one.
void Certain::TakeShare(int64_t id, const Look& look, bool sure) {
  const auto to = static_cast<size_t>(look.p);
  const bool loose = Of(id).loose;
  if (sure) TookHead(id);
  const auto procs = static_cast<size_t>(std::max(procs_, 1));
  const auto share = [&](size_t size) { return std::min({size / procs + 1, size, kRing / 2}); };
  const size_t enough = procs * kRing / 2;  // no more are taken of a longer queue
  size_t least = 1, most = 1, seen = 0;
  bool behind = false;
  for (const Entry& entry : global_) {
    if (least >= enough || (!sure && most >= enough)) break;
    if (++seen > kSeen) {
      most = enough;
      break;
    }
    if (Is(entry, id)) behind = true;
    if (Is(entry, id) || !IsGlobal(entry)) continue;
    const G& g = *entry.g;
    if (!behind && !g.loose && !loose) continue;
    most++;
    const bool there = g.at.next.none() && g.at.ring.none() && !g.loose && Lies(g, look);
    if (there && !loose) least++;
  }
  least = share(least);
  most = share(most + Lost(enough));
  size_t at_most = 0, at_least = 0;  // how many are before it, behind the first
  behind = false;
  // Those of which it is known already that they may be there need no look: none of them is on the global queue for
  // sure.
  P& pp = ps_[to];
  const uint64_t first_turn = turns_ - global_.size();
  size_t i = 0;
  if (!sure && pp.global_shared > first_turn) {
    i = std::min(static_cast<size_t>(pp.global_shared - first_turn), global_.size());
    const G& g = Of(id);
    behind = g.turn != kNever && g.turn < first_turn + i;
  }
  bool all = true;
  std::vector<std::pair<int64_t, Places>> in_hands;
  for (; i < global_.size(); i++) {
    const Entry& entry = global_[i];
    if (Is(entry, id)) behind = true;
    if (!Is(entry, id) && IsGlobal(entry)) {
      G& g = *entry.g;
      if (behind || g.loose || loose) {
        const bool maybe = loose || g.loose;
        if (!maybe && at_least + 1 >= most) break;
        at_most++;
        const bool there = g.at.next.none() && g.at.ring.none() && !maybe && Lies(g, look);
        at_least += there;
        if (sure && !maybe && at_most < least && Lies(g, look)) {
          in_hands.emplace_back(g.id, InHands(g.id));
          g.at.global = false;
        }
        if (!g.at.ring[to]) PushRing(g, look.p);
      }
    }
    all = all && (Is(entry, id) || !IsGlobal(entry) || entry.g->at.ring[to]);
    if (all) pp.global_shared = std::max(pp.global_shared, first_turn + i + 1);
  }
  for (const auto& [each, in] : in_hands) ToHands(each, in);
}

}  // namespace guided
