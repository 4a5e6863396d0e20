// Bubbles of internal/synctest: Go's synctest.go. A bubble is a group of goroutines with a clock of its own, which
// stands still while any of them can run and jumps to the next timer when all are durably blocked: parked where only
// another goroutine of the bubble, or its clock, can wake them.
//
// Run's goroutine is the root. It starts the first goroutine, which inherits the bubble as all that follow do, and then
// sleeps until the bubble is idle; whoever blocks last wakes it (maybeWakeLocked), or rather the goroutine in Wait, if
// there is one. The root moves the clock to the next timer, runs what is due, and sleeps again; when there is no timer,
// the bubble is over.
//
// running counts the goroutines that are not durably blocked; casgstatus reports every change of status to
// changegstatus. active counts everything else that must keep the bubble from looking idle: a goroutine on its way
// between two states (park_m, coroswitch_m), the one that maybeWakeLocked has chosen but that does not run yet, and the
// root while it works.
//
// The last one to touch a bubble is who lets go of mu and has the root to wake; it goes on with a local variable. An
// unlock may look at its mutex once more when the lock is another's already, though, so the memory of bubbles is reused
// for bubbles and never freed.
#include "runtime/synctest.h"

#include "runtime/boundary.h"
#include "runtime/proc_decl.h"

namespace runtime {

// Called on the system stack when gp's status changes, never with a scan bit.
void synctestGroup::changegstatus(g* gp, uint32 oldval, uint32 newval) {
  intptr totalDelta = 0;
  bool wasRunning = true;
  if (oldval == _Gdead) {
    wasRunning = false;
    totalDelta++;
  } else if (oldval == _Gwaiting && isIdleInSynctest(gp->waitreason)) {
    wasRunning = false;
  }
  bool isRunning = true;
  if (newval == _Gdead) {
    isRunning = false;
    totalDelta--;
  } else if (newval == _Gwaiting && isIdleInSynctest(gp->waitreason)) {
    isRunning = false;
  }
  // Most changes are none for the bubble. A goroutine that is made parked changes total alone.
  if (wasRunning == isRunning && totalDelta == 0) return;

  lock(&mu);
  total += totalDelta;
  if (wasRunning != isRunning) running += isRunning ? 1 : -1;
  if (total < 0) fatal("total < 0");
  if (running < 0) fatal("running < 0");
  g* wake = maybeWakeLocked();
  unlock(&mu);
  if (wake != nullptr) goready(wake, 0);
}

void synctestGroup::incActive() {
  lock(&mu);
  active++;
  unlock(&mu);
}

void synctestGroup::decActive() {
  lock(&mu);
  active--;
  if (active < 0) throw_("active < 0");
  g* wake = maybeWakeLocked();
  unlock(&mu);
  if (wake != nullptr) goready(wake, 0);
}

// Who is to be readied because the bubble is idle now, if it is. mu is held.
g* synctestGroup::maybeWakeLocked() {
  if (running > 0 || active > 0) return nullptr;
  // The one that wakes takes this back. It cannot be readied with mu held, and until it runs nobody must find the
  // bubble idle and wake it once more.
  active++;
  return waiter != nullptr ? waiter : root;
}

namespace {

bool synctestidle_c(g* gp, void*) {
  synctestGroup* sg = gp->syncGroup;
  lock(&sg->mu);
  bool canIdle = true;
  if (sg->running == 0 && sg->active == 1) {
    // The others all blocked or ended before we came to park, and active is ours: back to work.
    canIdle = false;
  } else {
    sg->active--;
  }
  unlock(&sg->mu);
  return canIdle;
}

bool synctestwait_c(g* gp, void*) {
  synctestGroup* sg = gp->syncGroup;
  lock(&sg->mu);
  // gopark holds active meanwhile.
  if (sg->running == 0 && sg->active == 0) throw_("running == 0 && active == 0");
  sg->waiter = gp;
  unlock(&sg->mu);
  return true;
}

// Bubbles that are over, linked through root. Under bubblesLock.
mutex bubblesLock;
synctestGroup* bubblesFree;

synctestGroup* newBubble() {
  lock(&bubblesLock);
  synctestGroup* sg = bubblesFree;
  if (sg != nullptr) bubblesFree = reinterpret_cast<synctestGroup*>(sg->root);
  unlock(&bubblesLock);
  if (sg == nullptr) return new synctestGroup();
  sg->root = sg->waiter = nullptr;
  sg->waiting = false;
  sg->active = 0;
  return sg;
}

// Ends the current goroutine's stay in its bubble, also when an exception ends it.
struct leaveBubble {
  g* gp;
  bool over;  // the bubble has no goroutine but this one
  ~leaveBubble() {
    synctestGroup* sg = gp->syncGroup;
    gp->syncGroup = nullptr;
    if (!over) return;
    lock(&bubblesLock);
    sg->root = reinterpret_cast<g*>(bubblesFree);
    bubblesFree = sg;
    unlock(&bubblesLock);
  }
};

}  // namespace

// Starts a bubble with fn as its first goroutine and returns when all goroutines of it have ended.
void synctestRun(funcval* fn, void (*drop)(funcval*)) {
  fromProgram here;
  g* gp = getg();
  const char* wrong = nullptr;
  if (debug.asynctimerchan != 0) {
    wrong = "synctest.Run not supported with asynctimerchan!=0";
  } else if (gp->syncGroup != nullptr) {
    wrong = "synctest.Run called from within a synctest bubble";
  }
  if (wrong != nullptr) {
    drop(fn);
    panic_(wrong);
  }
  constexpr int64 synctestBaseTime = 946684800'000000000;  // midnight UTC 2000-01-01
  synctestGroup* sg = newBubble();
  sg->total = 1;
  sg->running = 1;
  sg->root = gp;
  sg->now = synctestBaseTime;
  sg->timers.syncGroup = sg;
  lockInit(&sg->mu, lockRankSynctest);
  lockInit(&sg->timers.mu, lockRankTimers);
  gp->syncGroup = sg;
  leaveBubble leave{gp, false};

  newproc(fn);

  lock(&sg->mu);
  sg->active++;
  for (;;) {
    unlock(&sg->mu);
    systemstack([&] {
      // A function that a timer runs is a goroutine of the bubble for as long.
      sg->timers.check(sg->now);
    });
    gopark(synctestidle_c, nullptr, waitReasonSynctestRun, traceBlockSynctest, 0);
    lock(&sg->mu);
    if (sg->active < 0) throw_("active < 0");
    int64 next = sg->timers.wakeTime();
    if (next == 0) break;
    if (next < sg->now) throw_("time went backwards");
    sg->now = next;
  }

  intptr total = sg->total;
  unlock(&sg->mu);
  if (total != 1) panic_("deadlock: all goroutines in bubble are blocked");
  leave.over = true;
}

// Blocks until all other goroutines of the bubble are durably blocked.
void synctestWait() {
  fromProgram here;
  g* gp = getg();
  synctestGroup* sg = gp->syncGroup;
  if (sg == nullptr) panic_("goroutine is not in a bubble");
  lock(&sg->mu);
  // waiter is set later, when we are parked: it cannot tell that somebody waits.
  if (sg->waiting) {
    unlock(&sg->mu);
    panic_("wait already in progress");
  }
  sg->waiting = true;
  unlock(&sg->mu);
  gopark(synctestwait_c, nullptr, waitReasonSynctestWait, traceBlockSynctest, 0);

  lock(&sg->mu);
  sg->active--;
  if (sg->active < 0) throw_("active < 0");
  sg->waiter = nullptr;
  sg->waiting = false;
  unlock(&sg->mu);
}

// Keeps the caller's bubble from being idle until synctest_release; nullptr outside of one.
synctestGroup* synctest_acquire() {
  synctestGroup* sg = getg()->syncGroup;
  if (sg != nullptr) sg->incActive();
  return sg;
}

void synctest_release(synctestGroup* sg) { sg->decActive(); }

// Calls f(arg) as if the current goroutine were one of sg's. sg was acquired.
void synctest_inBubble(synctestGroup* sg, void (*f)(void*), void* arg) {
  g* gp = getg();
  if (gp->syncGroup != nullptr) panic_("goroutine is already bubbled");
  gp->syncGroup = sg;
  leaveBubble leave{gp, false};
  f(arg);
}

}  // namespace runtime
