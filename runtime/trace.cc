// The execution tracer: Go's trace.go. It writes the format that `go tool trace` of Go 1.23 and later reads.
//
// Every place of the scheduler that changes who runs where asks traceAcquire. While no trace is being taken that is one
// load. Otherwise the M makes its seqlock odd, emits, changes the status, and makes the seqlock even again
// (traceRelease), so that for the tracer an event and the change that it tells of are one.
//
// Events lie in buffers of one M each, which are the batches of the file. Nothing is shared between Ms while they
// write: a reader puts the events in order afterwards, by the sequence numbers that the events of each G and P carry.
//
// Generations. A trace is cut into pieces of about a second, each of which can be read by itself: it has its own
// strings and stacks, and says of each G and P what it was doing when it is first mentioned. So everything that is kept
// exists twice, by generation mod 2, and whether a G's or P's status has been told three times, by generation mod 3. A
// status is told by who writes the first event that rests on it (eventWriter), which is cheap and needs nobody to be
// stopped; those of whom nothing happened are told when the generation ends. traceAdvance ends it:
//
//   1. notes every goroutine whose status has not been told
//   2. makes gen the next one
//   3. waits until it has seen every M's seqlock even, and takes its buffers of the old generation
//   4. writes the statuses of those of step 1 that nothing has happened to since, and the tables
//   5. lets the reader have the rest, and waits until it has read all
//
// traceAcquire makes the seqlock odd and then reads gen; steps 2 and 3 have a fence of every thread between them
// (membarrier), so that traceAcquire needs none. An M either finds the new generation, or is waited for.
//
// The reader is a goroutine that calls ReadTrace in a loop. When there is nothing to read it parks, and the scheduler
// wakes it (findRunnable asks traceReader before anything else). So a trace may be as long as what takes it; memory
// holds what happens in two generations, and what the reader is behind.
//
// The start of a trace: the world is stopped, and sysmon is held, so that everybody asks traceAcquire anew before the
// next change. Only who comes back from a system call may change a status without a P; StartTrace waits until nobody is
// about to who may not have seen that it is on.
//
// Differences from Go:
//   * No events of a collector, and none of allocations: there is neither.
//   * Step 1 does not stop goroutines. Go suspends one to read its number, status and stack; but as long as no event
//     has told a goroutine's status, nothing has happened to it since the generation began, so that what is read is
//     true, or will not be used in step 4. The exception is a goroutine that has told its end and is not dead yet
//     (settle).
//   * Ps that are not in use are readied for the next generation at the start of a trace, too, and while GOMAXPROCS is
//     held: Go can miss one that comes and goes.
//   * The sleeps between generations are not timers. A timer that is pending keeps Go from noticing that all goroutines
//     are asleep; here a thread beside sysmon, which does not count, wakes the sleepers.
//   * A goroutine may lose its P while it runs (handoff.cc): a trace shows that as a system call.
#include "runtime/trace.h"

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/boundary.h"
#include "runtime/proc_decl.h"
#include "runtime/runtime2.h"
#include "runtime/seam.h"
#include "runtime/tracecpu.h"
#include "runtime/traceevent.h"
#include "runtime/traceoutput.h"
#include "runtime/tracerecord.h"
#include "runtime/tracetime.h"

namespace runtime {

constinit traceContext tracer;
constinit traceSwitch traceState;

static constinit uint32 traceAdvanceSema = 1;   // one start, stop or change of generation at a time
static constinit uint32 traceShutdownSema = 1;  // a trace that ends is cleaned up

// traceAdvancerState is the goroutine that begins a new generation now and then.
struct traceAdvancerState {
  wakeableSleep timer;
  uint32 done = 0;  // a semaphore

  void start();
  void stop();
};
static constinit traceAdvancerState traceAdvancer;

static void traceRegisterLabelsAndReasons(uintptr gen);

// Those that are in use say their status in each generation, and that readies them for the next one. The others may
// come into use in it. GOMAXPROCS does not change meanwhile.
static void readyUnusedPs(uintptr gen) {
  for (intptr i = allp.len; i < allp.cap; i++) {
    if (p* pp = allp.array[i]; pp != nullptr) pp->trace.traceSchedResourceState.readyNextGen(gen);
  }
}

bool StartTrace() {
  if (traceEnabled() || traceShuttingDown()) return false;
  // The last one's cleaning up.
  semacquire(&traceShutdownSema);
  semrelease(&traceShutdownSema);

  semacquire(&traceAdvanceSema);
  if (traceEnabled()) {
    semrelease(&traceAdvanceSema);
    return false;
  }

  traceClockInit();
  traceInitReadCPU();

  // Not from 1 each time: what is kept by generation in every g, m and p need not be cleared.
  const uintptr firstGen = traceNextGen(tracer.lastNonZeroGen);
  tracer.pieces = 0;
  tracer.readerGen.Store(firstGen);
  tracer.flushedGen.Store(0);
  traceRegisterLabelsAndReasons(firstGen);

  worldStop stw = stopTheWorld(stwStartTrace);
  systemstack([=] {
    lock(&sched.sysmonlock);
    for (p* pp : allp) pp->trace.mSyscallID = -1;

    // In this order: who finds a generation must find the switch on.
    traceState.enabled.Store(1);
    tracer.gen.Store(firstGen);
    // Whoever comes out of a system call after this has seen both.
    while (traceState.exitingSyscall.Load() != 0) osyield();
  });

  traceLocker tl = traceAcquire();
  tl.Gomaxprocs(gomaxprocs.plain());
  tl.STWStart(stwStartTrace);
  for (p* pp : allp) tl.writer().writeProcStatusForP(pp, pp == tl.mp->p.ptr()).end();
  readyUnusedPs(firstGen);
  traceRelease(tl);

  systemstack([] { unlock(&sched.sysmonlock); });
  startTheWorld(stw);

  traceStartReadCPU();
  traceAdvancer.start();

  semrelease(&traceAdvanceSema);
  return true;
}

void StopTrace() { traceAdvance(true); }

namespace {

// A goroutine whose status no event of the generation has told.
struct untracedG {
  g* gp;
  uint64 goid;
  int64 mid;
  uint64 stackID;
  uint32 status;
  runtime::waitReason waitreason;
};

// Room for all goroutines there are, and not from malloc (traceCrash); memory is taken as it is written.
struct untracedGs {
  explicit untracedGs(uintptr most) : most(most), list(static_cast<untracedG*>(traceSysAlloc(bytes()))) {}
  ~untracedGs() { traceSysFree(list, bytes()); }
  untracedGs(const untracedGs&) = delete;
  untracedGs& operator=(const untracedGs&) = delete;

  uintptr bytes() const { return (most + 1) * sizeof(untracedG); }
  untracedG* begin() const { return list; }
  untracedG* end() const { return list + n; }

  uintptr most;
  untracedG* list;
  uintptr n = 0;
};

// Reads what gp is doing; false: nothing that a trace tells.
bool look(g* gp, uintptr gen, untracedG* ug) {
  const uint32 status = readgstatus(gp) & ~_Gscan;
  if (status == _Gidle || status == _Gdead) return false;
  *ug = {gp, gp->goid, -1, 0, status, gp->waitreason};
  if (m* mp = gp->m; mp != nullptr) ug->mid = static_cast<int64>(mp->procid);
  if (goStatusToTraceGoStatus(status, ug->waitreason) != traceGoRunning) ug->stackID = traceStack(gp, {nullptr, gen});
  return true;
}

// Step 1. Dead goroutines are made ready for the next generation, too: they may come alive in it.
void collect(uintptr gen, untracedGs* to) {
  forEachGRace([&](g* gp) {
    gp->trace.traceSchedResourceState.readyNextGen(gen);
    if (to->n == to->most || gp->trace.traceSchedResourceState.statusWasTraced(gen)) return;
    systemstack([&] {
      if (look(gp, gen, to->end())) to->n++;
    });
  });
}

// Step 4.
void writeRest(uintptr gen, const untracedGs& untraced) {
  traceWriter w = unsafeTraceWriter(gen, nullptr);
  for (const untracedG& ug : untraced) {
    if (ug.gp->trace.traceSchedResourceState.statusWasTraced(gen)) continue;
    if (ug.status == _Grunning && ((readgstatus(ug.gp) & ~_Gscan) == _Gdead || ug.gp->goid != ug.goid)) continue;
    w = w.writeGoStatus(ug.goid, ug.mid, goStatusToTraceGoStatus(ug.status, ug.waitreason), ug.stackID);
  }
  w.flush();
  traceReadCPU(gen);
  traceCPUFlush(gen);
  tracer.stackTab[gen % 2].dump(gen);
  tracer.stringTab[gen % 2].reset(gen);
}

// A goroutine that has told its end in the generation before is dead soon. It runs, and is in the runtime: waits until
// one of the two, or the goroutine, is something else.
void settle(const untracedG& ug) {
  if (ug.status != _Grunning || ug.gp == getg()) return;
  constexpr int64 longEnough = 100'000'000;  // ns
  for (const int64 start = nanotime(); nanotime() - start < longEnough; osyield()) {
    if (readgstatus(ug.gp) != _Grunning || __atomic_load_n(boundaryMark(ug.gp), __ATOMIC_ACQUIRE) == 0) return;
  }
}

// Takes the buffers that mp has of gen.
void flush(m* mp, uintptr gen) {
  lock(&tracer.lock);
  for (traceBuf*& buf : mp->trace.buf[gen % 2]) {
    if (buf != nullptr) traceBufFlush(buf, gen);
    buf = nullptr;
  }
  unlock(&tracer.lock);
}

// Every thread of the process passes a full fence, if traceAcquire has none.
void fenceThreads() {
  if (!unlockNeedsFence && syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) != 0) {
    throw_("membarrier failed");
  }
}

uintptr numberOfGs() { return atomicAllG().second; }

// f(mp) for each M that there is, or whose thread is ending.
template <class F>
void forEachM(F f) {
  lock(&sched.lock);
  for (m* mp = allm; mp != nullptr; mp = mp->alllink) f(mp);
  for (m* mp = sched.freem.Load(); mp != nullptr; mp = mp->freelink) f(mp);
  unlock(&sched.lock);
}

// Takes all buffers of gen, which is over. Waits for who is still writing; sched.lock, which keeps the Ms from going
// away, is let go between the looks: a writer may want it. On the system stack.
void flushAll(uintptr gen) {
  forEachM([](m* mp) { mp->trace.link = mp; });
  for (bool left = true; left;) {
    left = false;
    forEachM([&](m* mp) {
      if (mp->trace.link == nullptr) return;
      if (mp->trace.seqlock.Load() % 2 != 0) {
        left = true;
        return;
      }
      flush(mp, gen);
      mp->trace.link = nullptr;
    });
    if (left) osyield();
  }
}

}  // namespace

void traceAdvance(bool stopTrace) {
  semacquire(&traceAdvanceSema);
  const uintptr gen = tracer.gen.Load();
  if (gen == 0 || recording) {
    semrelease(&traceAdvanceSema);
    return;
  }
  traceFrequency(gen);

  // 1.
  untracedGs untraced(numberOfGs());
  collect(gen, &untraced);

  if (!stopTrace) traceRegisterLabelsAndReasons(traceNextGen(gen));

  // 2. Nobody changes GOMAXPROCS meanwhile.
  tracer.advancing.Store(gen);
  semacquire(&worldsema);
  m* mp = acquirem();
  tracer.lastNonZeroGen = gen;
  if (stopTrace) {
    systemstack([] {
      lock(&tracer.lock);
      traceState.shutdown.Store(1);
      tracer.gen.Store(0);
      unlock(&tracer.lock);
      fenceThreads();
      traceState.enabled.Store(0);
    });
  } else {
    tracer.gen.Store(traceNextGen(gen));
    fenceThreads();
    traceLocker tl = traceAcquire();
    tl.Gomaxprocs(gomaxprocs.plain());
    traceRelease(tl);
  }
  releasem(mp);
  semrelease(&worldsema);

  // 3.
  systemstack([=] { flushAll(gen); });

  // 4.
  for (const untracedG& ug : untraced) settle(ug);
  writeRest(gen, untraced);

  systemstack([=] {
    lock(&tracer.lock);
    tracer.flushedGen.Store(gen);
    unlock(&tracer.lock);
  });
  tracer.advancing.Store(0);

  if (stopTrace) {
    semacquire(&traceShutdownSema);
    traceStopReadCPU();
  } else {
    // Every P is told of in the new generation.
    semacquire(&worldsema);
    readyUnusedPs(traceNextGen(gen));
    forEachP(waitReasonTraceProcStatus, [](p* pp) {
      traceLocker tl = traceAcquire();
      if (!tl.ok()) return;
      if (!pp->trace.traceSchedResourceState.statusWasTraced(tl.gen)) tl.writer().writeProcStatusForP(pp, false).end();
      traceRelease(tl);
    });
    semrelease(&worldsema);
  }

  // 5.
  semacquire(&tracer.doneSema[gen % 2]);
  systemstack([=] {
    lock(&tracer.lock);
    if (!tracer.full[gen % 2].empty()) throw_("trace: non-empty full trace buffer for done generation");
    if (stopTrace) {
      if (!tracer.full[1 - gen % 2].empty()) throw_("trace: non-empty full trace buffer for next generation");
      if (tracer.reading != nullptr || tracer.reader.Load() != nullptr) throw_("trace: reading after shutdown");
      while (tracer.empty != nullptr) {
        traceBuf* buf = tracer.empty;
        tracer.empty = buf->link;
        traceSysFree(buf, sizeof *buf);
      }
      tracer.pieces = 0;
      traceState.shutdown.Store(0);
    }
    unlock(&tracer.lock);
  });

  // Handed over directly, so that who advances all the time does not starve the others.
  semrelease1(&traceAdvanceSema, true, 0);

  if (stopTrace) {
    // The advancer may be waiting for the semaphore.
    traceAdvancer.stop();
    semrelease(&traceShutdownSema);
  }
}

// Before the generation begins: the strings that many events name.
static void traceRegisterLabelsAndReasons(uintptr gen) {
  traceStringTable& strings = tracer.stringTab[gen % 2];
  for (int i = 0; i < traceNumBlockReasons; i++) {
    tracer.goBlockReasons[gen % 2][i] = strings.put(gen, traceBlockReasonStrings[i]);
  }
  for (int i = 0; i < traceNumGoStopReasons; i++) {
    tracer.goStopReasons[gen % 2][i] = strings.put(gen, traceGoStopReasonStrings[i]);
  }
}

static constexpr char header[] = "go 1.23 trace\0\0";
static_assert(sizeof header == 16);

// ReadTrace's core, on the system stack. park: there is nothing to read yet.
static tracePiece readTrace0(bool* park) {
  *park = false;
  lock(&tracer.lock);
  if (tracer.reader.Load() != nullptr) {
    unlock(&tracer.lock);
    print("runtime: ReadTrace called from multiple goroutines simultaneously\n");
    return {};
  }
  if (traceBuf* buf = tracer.reading; buf != nullptr) {
    buf->link = tracer.empty;
    tracer.empty = buf;
    tracer.reading = nullptr;
  }
  if (tracer.pieces == 0) {
    tracer.pieces = 1;
    unlock(&tracer.lock);
    return {reinterpret_cast<const uint8*>(header), sizeof header, 0, 1};
  }
  uintptr gen;
  for (;;) {
    if (tracer.crashing.Load()) {
      unlock(&tracer.lock);
      *park = true;
      return {};
    }
    gen = tracer.readerGen.Load();
    if (!tracer.full[gen % 2].empty()) break;
    if (tracer.flushedGen.Load() == gen) {
      if (traceState.shutdown.Load() != 0) {
        unlock(&tracer.lock);
        // Not before the switch was read: who is woken turns it.
        semrelease(&tracer.doneSema[gen % 2]);
        return {};
      }
      // On to the next generation. traceAdvance does not change it before it is woken.
      tracer.readerGen.Store(tracer.gen.Load());
      unlock(&tracer.lock);
      semrelease(&tracer.doneSema[gen % 2]);
      lock(&tracer.lock);
      continue;
    }
    tracer.workAvailable.Store(false);
    unlock(&tracer.lock);
    *park = true;
    return {};
  }
  traceBuf* buf = tracer.full[gen % 2].pop();
  tracer.reading = buf;
  const uint64 number = ++tracer.pieces;
  unlock(&tracer.lock);
  return {buf->arr, buf->pos, gen, number};
}

tracePiece ReadTrace() {
  for (bool again = false;; again = true) {
    tracePiece piece;
    bool park;
    systemstack([&] { piece = readTrace0(&park); });
    if (!park) return piece;
    if (tracer.crashing.Load()) gopark(nullptr, nullptr, waitReasonPanicWait, traceBlockForever, 1);
    // While a trace ends there is always a reason to run. Who ends it may need this P; in Go the reader is preempted.
    if (again) Gosched();
    gopark(
        [](g* gp, void*) {
          if (!tracer.reader.CompareAndSwap(nullptr, gp)) return false;  // another reader: told above
          if (g* g2 = traceReader(); g2 == gp) {
            return false;  // data have come meanwhile
          } else if (g2 != nullptr) {
            print("runtime: got trace reader ", static_cast<void*>(g2), " ", g2->goid, "\n");
            throw_("unexpected trace reader");
          }
          return true;
        },
        nullptr, waitReasonTraceReaderBlocked, traceBlockSystemGoroutine, 2);
  }
}

// The reader, if it waits and is to run. It is to run when there is something to read, when it has not noticed that it
// has read all of a generation, and when the trace ends: others wait for it then.
static g* readerToRun() {
  if (tracer.flushedGen.Load() == tracer.readerGen.Load() || tracer.workAvailable.Load() ||
      traceState.shutdown.Load() != 0) {
    return tracer.reader.Load();
  }
  return nullptr;
}

// The same, and it does not wait any more.
g* traceReader() {
  g* gp = readerToRun();
  if (gp == nullptr || !tracer.reader.CompareAndSwap(gp, nullptr)) return nullptr;
  return gp;
}

bool traceReaderAvailable() { return readerToRun() != nullptr; }

static void advancerEntry(funcval*) {
  while (traceEnabled()) {
    traceAdvancer.timer.sleep(debug.traceadvanceperiod);
    traceAdvance(false);
  }
  semrelease(&traceAdvancer.done);
}

void traceAdvancerState::start() {
  timer.awake = false;  // the last one may have ended before it was woken
  static funcval entry{reinterpret_cast<uintptr>(&advancerEntry)};
  newproc(&entry);
}

void traceAdvancerState::stop() {
  timer.wake();
  semacquire(&done);
}

bool isTracersStart(uintptr pc) {
  return pc == reinterpret_cast<uintptr>(&advancerEntry) || isTraceWritersStart(pc) ||
         isCPUReadersStart(pc);
}

// ---- The end by a crash

// Waits until cond() holds, but not for long.
template <class F>
static bool soon(F cond) {
  constexpr int64 longEnough = 100'000'000;  // ns
  for (const int64 start = nanotime(); !cond(); osyield()) {
    if (nanotime() - start > longEnough) return false;
  }
  return true;
}

void traceCrash(uint64 consumed, void (*f)(const uint8* data, uintptr len)) {
  m* me = getg()->m;
  const uintptr gen = tracer.gen.Load();
  // In the middle of the tracer: nothing of it can be trusted.
  if (recording || me->trace.seqlock.Load() % 2 != 0) return;
  // Pairs with the reader's look under the lock: what it has taken, it has taken before the next line is through. What
  // is flushed below is not for it.
  tracer.crashing.Store(true);
  if (!soon([] { return __atomic_load_n(mutexByte(&tracer.lock), __ATOMIC_ACQUIRE) == 0; })) return;

  // Another goroutine may be about to begin the next generation; that it waits for the reader is no harm.
  auto settled = [] { return tracer.advancing.Load() == 0; };
  if (gen != 0 && (settled() || soon(settled))) {
    traceFrequency(gen);
    untracedGs untraced(numberOfGs());
    collect(gen, &untraced);
    tracer.gen.Store(0);
    fenceThreads();
    // As flushAll, but who does not come out of the tracer is left with what it has not finished.
    for (m* mp = allm; mp != nullptr; mp = mp->alllink) {
      if (!soon([=] { return mp->trace.seqlock.Load() % 2 == 0; })) {
        if (traceBuf* buf = mp->trace.buf[gen % 2][traceNoExperiment]; buf != nullptr) buf->pos = buf->whole;
      }
      flush(mp, gen);
    }
    writeRest(gen, untraced);
  }

  // What the reader has in hand, then the rest, the older generation first.
  if (consumed == 0) f(reinterpret_cast<const uint8*>(header), sizeof header);
  if (traceBuf* buf = tracer.reading; buf != nullptr && tracer.pieces != consumed) f(buf->arr, buf->pos);
  for (uintptr g : {tracer.readerGen.Load(), tracer.readerGen.Load() + 1}) {
    while (traceBuf* buf = tracer.full[g % 2].pop()) f(buf->arr, buf->pos);
  }
}

// ---- Sleeping

static constinit mutex alarmLock;
static constinit wakeableSleep* alarms = nullptr;  // those that sleep
static constinit note alarmNote;
static constinit bool alarmSleeps = false;  // the thread: it is to be woken for an earlier time
static constinit bool alarmStarted = false;  // traceAdvanceSema or the first sleeper's

// Off the list. alarmLock is held.
static void takeOff(wakeableSleep* s) {
  wakeableSleep** at = &alarms;
  while (*at != s) at = &(*at)->next;
  *at = s->next;
}

// The thread that wakes sleepers: beside sysmon, and counted like it.
static void alarmThread() {
  lock(&sched.lock);
  sched.nmsys++;
  checkdead();
  unlock(&sched.lock);
  lock(&alarmLock);
  for (;;) {
    gList due;
    int64 first = maxWhen;
    const int64 now = nanotime();
    for (wakeableSleep *s = alarms, *next; s != nullptr; s = next) {
      next = s->next;
      if (s->when <= now) {
        due.push(s->sleeper);
        s->sleeper = nullptr;
        takeOff(s);
      } else if (s->when < first) {
        first = s->when;
      }
    }
    if (!due.empty()) {
      unlock(&alarmLock);
      incidlelocked(-1);  // as sysmon does when it has found work
      injectglist(&due);
      incidlelocked(1);
      lock(&alarmLock);
      continue;
    }
    alarmSleeps = true;
    unlock(&alarmLock);
    if (first == maxWhen) {
      notesleep(&alarmNote);
    } else {
      notetsleep(&alarmNote, first - now);
    }
    lock(&alarmLock);
    alarmSleeps = false;
    noteclear(&alarmNote);
  }
}

void wakeableSleep::sleep(int64 ns) {
  if (!alarmStarted) {
    alarmStarted = true;
    systemstack([] { newm(alarmThread, nullptr, -1); });
  }
  lock(&alarmLock);
  if (awake) {
    awake = false;
    unlock(&alarmLock);
    return;
  }
  when = nanotime() + ns;
  sleeper = getg();
  next = alarms;
  alarms = this;
  if (alarmSleeps) {
    alarmSleeps = false;
    notewakeup(&alarmNote);
  }
  goparkunlock(&alarmLock, waitReasonSleep, traceBlockSystemGoroutine, 2);
}

void wakeableSleep::wake() {
  lock(&alarmLock);
  g* gp = sleeper;
  if (gp != nullptr) {
    takeOff(this);
    sleeper = nullptr;
  } else {
    awake = true;
  }
  unlock(&alarmLock);
  if (gp != nullptr) goready(gp, 1);
}

}  // namespace runtime
