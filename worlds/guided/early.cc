// Looks that come early.
//
// Go's thread looks for work right behind its last event, and a spinning one over and over. What the trace shows is
// when it started what it found, and that may be much later: other threads have gone on meanwhile. Here a look is
// made at once when it would find just what the thread starts next. Where goroutines would come along (a batch of the
// global queue, half of a ring), what this thread starts behind the first one has to be in keeping with that; else
// the look waits until its event comes.
#include <algorithm>

#include "absl/container/inlined_vector.h"
#include "worlds/guided/guide.h"
#include "worlds/guided/inputs.h"
#include "worlds/guided/inside.h"
#include "worlds/guided/search.h"

namespace guided {

using runtime::allp;
using runtime::sched;

constexpr static uint32_t kRing = 256;

bool goesOn(int64_t thread, const p* victim, uint32_t n) {
  const uint32_t h = victim->runqhead.plain(), rest = n - 1;
  const In* e = window->OfThread(thread);
  for (size_t i = 1; i < 64 && e != nullptr; i++) {
    e = window->Next(e);
    if (e == nullptr || e->kind == gotrace::kProcStop) return false;
    if (e->kind != gotrace::kGoStart) continue;
    const auto is = [&](uint32_t at) { return victim->runq[(h + at) % kRing].ptr()->goid.plain() == e->a[0]; };
    return is(0) || (rest > 1 && is(rest - rest / 2));
  }
  return false;
}

bool roomToSpin() {
  return 2 * sched.nmspinning.value < runtime::gomaxprocs.plain() - sched.npidle.value;
}

bool makeRoom() {
  for (M* other : lookers) {
    if (roomToSpin()) return true;
    if (other == current || !other->spunEarly || !other->mp->spinning) continue;
    other->mp->spinning = false;
    other->spunEarly = false;
    sched.nmspinning.value--;
  }
  while (!roomToSpin()) {
    M* pending = spinningPending();
    if (pending == nullptr) return false;
    cancel(pending);
  }
  return true;
}

namespace {

// Whether the thread, behind the start of the first one, goes through those that lie behind it in the global queue, n
// in all: all of them, and then something else. in_view: whether that is known for good.
bool goesThrough(int64_t thread, const g* first, int32_t n, bool* in_view) {
  absl::InlinedVector<const g*, kRing / 2> batch;
  const g* behind = first->schedlink.ptr();
  uint64_t marks[4] = {};  // a bit for each, by its number: most of the others show by that
  const auto mark = [&](uint64_t goid) -> std::pair<uint64_t&, uint64_t> {
    return {marks[goid / 64 % 4], uint64_t{1} << goid % 64};
  };
  for (; behind != nullptr && --n > 0; behind = behind->schedlink.ptr()) {
    batch.push_back(behind);
    const auto [word, bit] = mark(behind->goid.plain());
    word |= bit;
  }
  if (batch.empty()) return true;
  size_t at = 0;
  const In* e = window->OfThread(thread);
  for (size_t i = 1; i < 1024 && e != nullptr; i++) {
    e = window->Next(e);
    if (e == nullptr) {
      *in_view = false;
      return false;
    }
    if (e->kind == gotrace::kProcStop) return at == batch.size();
    if (e->kind != gotrace::kGoStart) continue;
    if (at == batch.size()) return behind == nullptr || e->a[0] != behind->goid.plain();
    if (e->a[0] == batch[at]->goid.plain()) {
      at++;
      continue;
    }
    // What it has readied itself comes between.
    if (const auto [word, bit] = mark(e->a[0]); (word & bit) == 0) continue;
    for (const g* each : batch) {
      if (each->goid.plain() == e->a[0]) return false;
    }
  }
  return false;
}

// What a look would come to, if that is what is shown.
struct Sight {
  bool there = false;
  bool fits = false;   // with what the thread starts behind it
  uint32_t batch = 0;  // how many come along, and the one that it starts
  const p* from = nullptr;
};

Sight seeGlobal(M* me, const In& start, const g* wanted) {
  if (sched.runq.head.ptr() != wanted) return {};
  const int32_t size = sched.runqsize.plain();
  const int32_t n = std::min({size / runtime::gomaxprocs.plain() + 1, size, int32_t{kRing / 2}});
  // While the queue's head is who it was, it is as it was but for its end.
  M::Seen& seen = me->seen;
  if (seen.start != start.index || seen.size != size || seen.extracted != extracted()) {
    bool in_view = true;
    seen = {start.index, extracted(), size, goesThrough(me->thread, wanted, n, &in_view)};
    if (!in_view) seen.start = ~uint64_t{0};
    return {true, in_view && seen.fits, static_cast<uint32_t>(n), nullptr};
  }
  return {true, seen.fits, static_cast<uint32_t>(n), nullptr};
}

Sight seeRing(const M* me, const p* victim, const g* wanted) {
  uint32_t h = victim->runqhead.plain(), length = victim->runqtail.plain() - h;
  uint32_t n = length - length / 2;
  if (n == 0 || victim->runq[(h + n - 1) % kRing].ptr() != wanted) return {};
  return {true, n == 1 || goesOn(me->thread, victim, n), n, victim};
}

// Whether the moment is the one.
bool isMoment(M* me, const Sight& sight, const Choice* settled) {
  if (!sight.there) return false;
  if (settled == nullptr) return sight.fits;
  if (settled->kind == Choice::kTake) return static_cast<int32_t>(sight.batch) == settled->n;
  if (settled->kind != Choice::kNth) return sight.fits;
  if (me->sightBatch != sight.batch || me->sightFrom != sight.from) {
    me->sightBatch = sight.batch;
    me->sightFrom = sight.from;
    me->sights++;
  }
  return me->sights == settled->n + 1;
}

// Whether the M, if it looked now, would find what its thread starts next.
bool wouldFind(M* me) {
  if (me->wait != Wait::kLook || me->early || me->thread < 0) return false;
  p* pp = me->mp->p.ptr();
  if (pp == nullptr || sched.gcwaiting.u.value != 0) return false;
  const In* e = window->OfThread(me->thread);
  if (e == nullptr || e->kind != gotrace::kGoStart || window->consumed() < me->notBefore) return false;
  const Choice* settled = Settled(e->index);
  if (settled != nullptr && settled->kind == Choice::kLatest) return false;
  if (window->StartOf(e->a[0]) != e) return false;
  const g* wanted = byName(static_cast<int64_t>(e->a[0]));
  if (wanted == nullptr || isGuessed(wanted)) return false;
  const int32_t global = sched.runqsize.plain();
  const bool local = !runtime::runqempty(pp);
  if (global > 0 && local && !isTickKnown(pp)) return false;
  if (global > 0 && pp->schedtick.plain() % 61 == 0) return sched.runq.head.ptr() == wanted;
  if (const g* next = pp->runnext.plain().ptr(); next != nullptr) return next == wanted;
  if (local) return pp->runq[pp->runqhead.plain() % kRing].ptr() == wanted;
  if (global > 0) return isMoment(me, seeGlobal(me, *e, wanted), settled);
  if (!me->mp->spinning && !roomToSpin()) return false;
  for (const p* victim : allp) {
    if (victim != pp && isMoment(me, seeRing(me, victim, wanted), settled)) return true;
  }
  return false;
}

}  // namespace

// Who finds nothing spins from then on, and while anybody spins nobody is woken.
void spinEarly() {
  m* mp = current->mp;
  const p* pp = mp->p.ptr();
  if (mp->spinning || sched.gcwaiting.u.value != 0 || isHead(current)) return;
  if (!roomToSpin()) return;
  if (sched.runqsize.plain() > 0) return;
  const In* e = window->OfThread(current->thread);
  if (e == nullptr || e->kind != gotrace::kProcStop) return;
  for (p* victim : allp) {
    if (victim->runqhead.plain() != victim->runqtail.plain()) return;
  }
  if (pp->runnext.plain() != 0) return;
  mp->becomeSpinning();
  current->spunEarly = true;
}

M* earlyOne() {
  for (M* me : lookers) {
    if (me != current && wouldFind(me)) return me;
  }
  return nullptr;
}

}  // namespace guided
