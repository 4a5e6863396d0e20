// Requests to yield: g.preempt, p.preempt, and the guard of the stack that repeats them.
//
// These are the only fields of the scheduler that two Ms store without any order between them, and without a record:
// who asks (preemptone; the collector, before it scans a stack) sets them between two of its records, and who begins
// to run a goroutine takes the request back between two of its own. When both happen at once, the log does not say
// which store came last, and the field keeps what it got, for as long as the goroutine runs. So a request is compared
// only where that cannot have happened: the goroutine runs, its M has left the scheduler for the goroutine's stack,
// and all who asked it since it began to run did so from the first to the last of their records while the M stayed
// there. What was asked in any other moment makes the field unknown, until the goroutine begins to run again with
// nobody in the middle of asking; a P's, until an M has come through the scheduler with it without being asked at
// all. And only the M that makes the snapshot is looked at: another one may stand for long between a record and the
// store behind it (the guard that a return from a system call puts back), in Go and not in the port.
#include "worlds/lockstep/requests.h"

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "worlds/lockstep/internal.h"

namespace lockstep {

using runtime::g;
using runtime::m;
using runtime::p;

bool requestsWatched = false;

namespace {

struct Asking {
  const p* pp = nullptr;
  const g* gp = nullptr;  // nullptr: not yet, or no more
  uint32_t runner = 0;    // the M that ran it
  uint64_t turns = 0;     // how many turns that had got
  bool clean = false;     // it was on the goroutine's stack
};
std::vector<Asking> askings;  // by M id

absl::flat_hash_set<const g*> unknownGs;
absl::flat_hash_set<const p*> unknownPs;
absl::flat_hash_map<const p*, uint64_t> askedPs;       // how often
absl::flat_hash_map<const p*, uint64_t> askedAtBegin;  // as often as when an M last began to run a goroutine on it

Asking& mine() {
  if (askings.size() <= current) askings.resize(current + 1);
  return askings[current];
}

// Whether somebody else than the M that runs is asking.
template <class T>
bool isAsked(T Asking::* whom, T it) {
  for (uint32_t id = 0; id < askings.size(); id++) {
    if (id != current && askings[id].gp != nullptr && askings[id].*whom == it) return true;
  }
  return false;
}

}  // namespace

void askingOn(const p* pp) { mine().pp = pp; }

void asksOf(const m* mp, const g* gp) {
  if (mp == nullptr || gp == nullptr || gp == mp->g0) return;
  Asking& a = mine();
  a.gp = gp;
  a.runner = static_cast<uint32_t>(mp->id);
  a.turns = turnsOf(a.runner);
  a.clean = stackOf(a.runner) == gp;
  askedPs[a.pp]++;
}

void asked() {
  Asking& a = mine();
  if (a.gp != nullptr && !(a.clean && turnsOf(a.runner) == a.turns && stackOf(a.runner) == a.gp)) {
    unknownGs.insert(a.gp);
    if (a.pp != nullptr) unknownPs.insert(a.pp);
  }
  a = Asking();
}

void begins(const g* gp) {
  if (!isAsked(&Asking::gp, gp)) unknownGs.erase(gp);
  const p* pp = runtime::getg()->m->p.ptr();
  if (pp == nullptr) return;
  uint64_t& before = askedAtBegin[pp];
  const uint64_t now = askedPs[pp];
  if (before == now && !isAsked(&Asking::pp, pp)) unknownPs.erase(pp);
  before = now;
}

bool requestIsSettled(const g* gp) {
  const m* mp = gp->m;
  if (mp == nullptr || static_cast<uint32_t>(mp->id) != current) return false;
  return gp->atomicstatus.value == runtime::_Grunning && mp->curg.value == gp &&
         stackOf(static_cast<uint32_t>(mp->id)) == gp && !unknownGs.contains(gp) && !isAsked(&Asking::gp, gp);
}

bool requestIsSettled(const p* pp) {
  const m* mp = pp->m.value.ptr();
  if (mp == nullptr || static_cast<uint32_t>(mp->id) != current) return false;
  if (pp->status.value != runtime::_Prunning) return false;
  const g* gp = mp->curg.value;
  return gp != nullptr && stackOf(static_cast<uint32_t>(mp->id)) == gp && !unknownPs.contains(pp) &&
         !isAsked(&Asking::pp, pp);
}

}  // namespace lockstep
