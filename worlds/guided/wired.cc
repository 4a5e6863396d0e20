// LockOSThread within a trace leaves no event. It shows when the goroutine stops: its thread gives its P to another
// one, whatever there is to run, and comes back with that goroutine alone. Each time: a thread that sleeps because
// there is nothing to do may come back like that by chance, but seldom several times while there is something. Where
// the port would run somebody else, and the trace has this, the goroutine is taken to be wired: a free choice. It is
// taken back when the thread runs another one, or another thread runs the goroutine.
//
// Whoever hands his P on may have to make a thread for it first. To make one takes a P: it is borrowed for that moment.
#include "worlds/guided/guide.h"
#include "worlds/guided/inputs.h"
#include "worlds/guided/inside.h"

namespace guided {

namespace {

constexpr int kTimes = 3;

// What the thread does behind its next start, which is not e: e's P is given up again.
bool isBorrowed(const In* e) {
  const In* next = e->kind == gotrace::kProcStart ? window->Next(e) : nullptr;
  return next != nullptr && next->kind == gotrace::kProcStop;
}

}  // namespace

g* maybeWired(const M* me) {
  g* gp = me->ranLast;
  if (gp == nullptr || gp->lockedm != 0 || me->mp->lockedg != 0 || isWorker(gp) ||
      byName(static_cast<int64_t>(gp->goid.plain())) != gp) {
    return nullptr;
  }
  int times = 0;
  bool runs = false, left = false;  // gp runs; it has stopped, and the P has been given up
  for (const In* e = window->OfThread(me->thread); e != nullptr && times < kTimes; e = window->Next(e)) {
    if (runs) {
      if (e->kind == gotrace::kGoDestroy) return times > 1 ? gp : nullptr;
      runs = e->kind != gotrace::kGoBlock && e->kind != gotrace::kGoStop;
      left = false;
    } else if (e->kind == gotrace::kProcStop && !left) {
      left = true;
    } else if (e->kind == gotrace::kProcStart && left) {
      const In* next = window->Next(e);
      if (next == nullptr) break;
      if (next->kind == gotrace::kGoStart) {
        if (next->a[0] != gp->goid.plain()) return nullptr;
        runs = true;
        times++;
      } else if (!isBorrowed(e)) {
        return nullptr;
      }
      e = next;
    } else if (e->kind != gotrace::kGoUnblock) {
      return nullptr;
    }
  }
  return times > 1 ? gp : nullptr;
}

bool takesToMakeThread(const M* me, const In& e) {
  if (me->mp->lockedg == 0 || me->wait != Wait::kNote) return false;
  return e.kind == gotrace::kProcStart && isBorrowed(&e);
}

void wire(g* gp, M* me) {
  gp->lockedm.set(me->mp);
  me->mp->lockedg.set(gp);
}

void unwire(g* gp) {
  runtime::m* mp = gp->lockedm.ptr();
  gp->lockedm = {};
  mp->lockedg = {};
  for (auto& each : ms) {
    if (each == nullptr || each->mp != mp || each.get() == current || each->wait != Wait::kNote) continue;
    if (each->thread >= 0) forgetThread(each.get());
    runtime::sched.nmidlelocked--;
  }
}

}  // namespace guided
