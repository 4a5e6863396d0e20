// What the scheduler leaves in its structs where no record of a schedule and no snapshot of one shows it: stacks and
// saved contexts, which are addresses; pools of Ps, which belong to others; requests to yield, which signals answer.
// Each test says what must stand there in Go, too.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/mgc_decl.h"
#include "runtime/proc_decl.h"
#include "runtime/seam.h"

namespace runtime {
extern slice<g*> allgs;
extern mutex allglock;
}  // namespace runtime

namespace {

using gort::Chan;
using gort::go;
using gort::tests::Procs;
using namespace runtime;

// Nobody else runs while one looks.
class Stopped {
 public:
  Stopped() : stop_(stopTheWorldGC(stwGCMarkTerm)) {}
  ~Stopped() { startTheWorldGC(stop_); }
  const worldStop& stop() const { return stop_; }

 private:
  fromProgram here_;
  const worldStop stop_;
};

bool IsRequested(g* gp) { return gp->stackguard0 == stackPreempt; }
uintptr Guard(g* gp) { return gp->stack.lo + stackGuard; }

// f in a goroutine of its own, to its end.
template <class F>
void InAnother(F f) {
  gort::sync::WaitGroup done;
  done.Go(f);
  done.Wait();
}

TEST(State, MainSetsTheLimitsOfStacks) {
  EXPECT_EQ(maxstacksize, 1000000000u);
  EXPECT_EQ(maxstackceiling, 2000000000u);
}

TEST(State, AllgsDoublesAndIsPublished) {
  Chan<bool> end(0);
  gort::sync::WaitGroup done;
  std::set<intptr> seen;
  for (int i = 0; i < 700; i++) {
    done.Go([&] { end.recv(); });
    fromProgram here;
    lock(&allglock);
    seen.insert(allgs.cap);
    EXPECT_EQ(atomicAllG().first, allgs.array);
    EXPECT_EQ(atomicAllG().second, static_cast<uintptr>(allgs.len));
    unlock(&allglock);
  }
  end.close();
  done.Wait();
  for (intptr cap : seen) {
    EXPECT_TRUE(cap >= 64 && (cap & (cap - 1)) == 0) << cap;
  }
  EXPECT_GT(seen.size(), 2u);
}

// A dead g without a stack says so in all three fields; the stack of a dead one that is kept is whole.
TEST(State, DeadGsHaveTheirStacksOrNone) {
  gort::sync::WaitGroup done;
  for (int i = 0; i < 200; i++) {
    done.Add(1);
    auto f = [&] { done.Done(); };
    if (i % 2 == 0) {
      go(gort::StackSize{64 << 10}, f);
    } else {
      go(f);
    }
  }
  done.Wait();
  gort::Gosched();
  Stopped world;
  int with = 0, without = 0;
  for (g* gp : allGsSnapshot()) {
    if (readgstatus(gp) != _Gdead || gp->lockedm != 0) continue;
    if (gp->stack.lo == 0) {
      without++;
      EXPECT_EQ(gp->stack.hi, 0u);
      EXPECT_EQ(gp->stackguard0, 0u);
    } else {
      with++;
      EXPECT_GT(gp->stack.hi, gp->stack.lo);
    }
    EXPECT_EQ(gp->syncGroup, nullptr);
    EXPECT_EQ(gp->m, nullptr);
  }
  EXPECT_GT(with, 0);
  EXPECT_GT(without, 0);
}

TEST(State, ABubbleStaysWithNobody) {
  gort::synctest::Run([] {
    for (int i = 0; i < 5; i++) InAnother([] { EXPECT_NE(getg()->syncGroup, nullptr); });
  });
  Stopped world;
  for (g* gp : allGsSnapshot()) {
    if (readgstatus(gp) != _Gdead) continue;
    EXPECT_EQ(gp->syncGroup, nullptr);
  }
}

TEST(State, AGoroutineBeginsWithNothingSaved) {
  Procs one(1);
  std::set<g*> before;
  for (int i = 0; i < 4; i++) {
    InAnother([&] {
      g* gp = getg();
      EXPECT_EQ(gp->sched.lr, 0u);
      EXPECT_EQ(gp->sched.ret, 0u);
      before.insert(gp);
      gp->sched.lr = gp->sched.ret = 7;
    });
  }
  EXPECT_LT(before.size(), 4u) << "no g was used again";
}

// The pools of a P are empty and as large as Go's when it comes and when it goes; what it had is another's.
TEST(State, PsComeAndGoWithEmptyPools) {
  Procs procs(6);
  std::vector<p*> ps(allp.begin(), allp.end());
  ASSERT_EQ(ps.size(), 6u);
  sudog some;
  char defers[8];
  {
    Stopped world;
    for (size_t i = 2; i < ps.size(); i++) {
      p* pp = ps[i];
      EXPECT_EQ(pp->sudogcache.array, pp->sudogbuf);
      EXPECT_EQ(pp->sudogcache.cap, 128);
      EXPECT_EQ(pp->deferpool.array, pp->deferpoolbuf);
      EXPECT_EQ(pp->deferpool.cap, 32);
      EXPECT_EQ(pp->deferpool.len, 0);
      // Behind what is counted, where no pool looks.
      pp->sudogbuf[127] = &some;
      pp->deferpoolbuf[31] = reinterpret_cast<_defer*>(defers);
      pp->deferpool.len = 1;
    }
  }
  gort::GOMAXPROCS(2);
  for (size_t i = 2; i < ps.size(); i++) {
    p* pp = ps[i];
    EXPECT_EQ(pp->status.Load(), static_cast<uint32>(_Pdead));
    EXPECT_EQ(pp->mcache, nullptr);
    EXPECT_EQ(pp->gFree.n, 0);
    EXPECT_TRUE(pp->gFree.empty());
    EXPECT_EQ(pp->sudogcache.array, pp->sudogbuf);
    EXPECT_EQ(pp->sudogcache.len, 0);
    EXPECT_EQ(pp->sudogcache.cap, 128);
    EXPECT_EQ(pp->deferpool.array, pp->deferpoolbuf);
    EXPECT_EQ(pp->deferpool.len, 0);
    EXPECT_EQ(pp->deferpool.cap, 32);
    for (sudog* s : pp->sudogbuf) EXPECT_EQ(s, nullptr);
    for (_defer* d : pp->deferpoolbuf) EXPECT_EQ(d, nullptr);
  }
}

// What is in runnext of a P that goes is run all the same.
TEST(State, RunnextOfAPThatGoesIsRun) {
  Procs procs(4);
  std::atomic<bool> ran{false};
  gort::sync::WaitGroup done;
  {
    Stopped world;
    p* here = getg()->m->p.ptr();
    p* going = allp[3] == here ? allp[2] : allp[3];
    done.Add(1);
    go([&] {
      ran = true;
      done.Done();
    });
    g* gp = here->runnext.plain().ptr();
    ASSERT_NE(gp, nullptr);
    here->runnext.plainStore(0);
    guintptr moved;
    moved.set(gp);
    going->runnext.plainStore(moved);
    newprocs = 2;
  }
  done.Wait();
  EXPECT_TRUE(ran);
}

// With one P the time that a stop takes is that P's.
TEST(State, TheTimeOfAStopIsThatOfThePs) {
  {
    Procs one(1);
    Stopped world;
    EXPECT_EQ(world.stop().stoppingCPUTime, world.stop().finishedStopping - world.stop().startedStopping);
    EXPECT_EQ(allp[0]->gcStopTime, 0);
  }
  Procs four(4);
  Stopped world;
  EXPECT_GE(world.stop().stoppingCPUTime, world.stop().finishedStopping - world.stop().startedStopping);
  EXPECT_LE(world.stop().stoppingCPUTime, 4 * (world.stop().finishedStopping - world.stop().startedStopping));
  for (p* pp : allp) EXPECT_EQ(pp->gcStopTime, 0);
}

TEST(State, WhoeverRunsDoesNotWaitSince) {
  fromProgram here;
  g* gp = getg();
  gp->waitsince = 5;
  Gosched();
  EXPECT_EQ(gp->waitsince, 0);
  gp->waitsince = 6;
  entersyscall();
  exitsyscall();
  EXPECT_EQ(gp->waitsince, 0);
}

TEST(State, AThreadForgetsWhatWasParkedOn) {
  gort::LockOSThread();
  Chan<int> c(0);
  go([&] { c.send(1); });
  c.recv();
  {
    fromProgram here;
    EXPECT_EQ(getg()->m->waitlock, nullptr);
    EXPECT_EQ(getg()->m->waitunlockf, nullptr);
  }
  gort::UnlockOSThread();
}

// One in eight is followed: its stamp is gone when it runs, and how long it was runnable is counted.
TEST(State, WhoIsFollowedIsCountedOnce) {
  fromProgram here;
  auto counted = [] {
    uint64 n = sched.timeToRun.underflow.Load() + sched.timeToRun.overflow.Load();
    for (auto& c : sched.timeToRun.counts) n += c.Load();
    return n;
  };
  g* gp = getg();
  gp->trackingSeq = 0;
  gp->trackingStamp = 1;
  const uint64 before = counted();
  Gosched();
  EXPECT_GT(counted(), before);
  EXPECT_FALSE(gp->tracking);
  EXPECT_EQ(gp->trackingStamp, 0);
  EXPECT_EQ(gp->runnableTime, 0);
  EXPECT_EQ(gp->trackingSeq, 1);
}

// In a system call the context is that of who made it, whatever ran on g0 meanwhile; behind it the guard is back.
class SystemCall : public ::testing::Test {
 protected:
  static void Garbage(g* gp) {
    gp->sched.pc = gp->sched.bp = gp->sched.lr = gp->sched.ret = 7;
    gp->syscallpc = gp->syscallbp = 7;
  }
  // gp is in a call that was made by code in this file, from a frame that lies at most that far above.
  static void Check(g* gp, const char* frame) {
    EXPECT_TRUE(IsRequested(gp));
    EXPECT_TRUE(gp->throwsplit);
    EXPECT_EQ(gp->sched.pc, gp->syscallpc);
    EXPECT_EQ(gp->sched.sp, gp->syscallsp);
    EXPECT_EQ(gp->sched.bp, gp->syscallbp);
    EXPECT_NE(gp->syscallpc, 7u);
    EXPECT_NE(gp->syscallbp, 7u);
    EXPECT_EQ(gp->sched.lr, 0u);
    EXPECT_EQ(gp->sched.ret, 0u);
    const uintptr here = reinterpret_cast<uintptr>(frame);
    EXPECT_TRUE(gp->syscallsp <= here && here - gp->syscallsp < 4096) << gp->syscallsp << " " << here;
  }
  static void After(g* gp) {
    // Sysmon may want something by now; it says so in preempt first.
    const uintptr guard = gp->stackguard0;
    EXPECT_TRUE(guard == Guard(gp) || gp->preempt);
    EXPECT_FALSE(gp->throwsplit);
    EXPECT_EQ(gp->syscallsp, 0u);
  }
  // A call that is entered so, from this frame.
  static void Call(void (*enter)()) {
    fromProgram here;
    g* gp = getg();
    char frame[16];
    asm volatile("" : : "r"(frame) : "memory");
    Garbage(gp);
    enter();
    Check(gp, frame);
    exitsyscall();
    After(gp);
  }
};

TEST_F(SystemCall, SavesTheCaller) { Call(entersyscall); }
TEST_F(SystemCall, ThatBlocksSavesTheCaller) { Call(entersyscallblock); }

// What runs on g0 in between overwrites the context: it is saved again.
TEST_F(SystemCall, SavesTheCallerAgainBehindSysmon) {
  fromProgram here;
  lock(&sched.lock);
  while (!sched.sysmonwait.Load() && sched.sysmonnote.key != 0) {  // it has just been woken, and has not taken note
    unlock(&sched.lock);
    osyield();
    lock(&sched.lock);
  }
  const bool sleeps = sched.sysmonwait.Load();
  sched.sysmonwait.Store(true);
  unlock(&sched.lock);
  Call(entersyscall);
  EXPECT_FALSE(sched.sysmonwait.Load());
  // It cannot have fallen asleep meanwhile, for there is work: nobody has taken the wakeup.
  if (!sleeps) noteclear(&sched.sysmonnote);
}

TEST_F(SystemCall, SavesTheCallerAgainWithATrace) {
  gort::trace::FlightRecorder recorder;
  ASSERT_TRUE(recorder.Start());
  Call(entersyscall);
  recorder.Stop();
}

TEST_F(SystemCall, ARequestMeanwhileIsNotForgotten) {
  fromProgram here;
  g* gp = getg();
  entersyscall();
  gp->preempt = true;
  exitsyscall();
  EXPECT_TRUE(IsRequested(gp));
  gp->preempt = false;
  gp->stackguard0 = Guard(gp);
}

// Some of what is looked at here sysmon may do, too, where this thread does not get its processor: then once more.
template <class F>
bool OnceOfTen(F looks) {
  for (int i = 0; i < 10; i++) {
    gort::Gosched();
    if (looks()) return true;
  }
  return false;
}

TEST(State, ARequestIsHeardWhenTheLastReasonToStayIsGone) {
  fromProgram here;
  g* gp = getg();
  EXPECT_TRUE(OnceOfTen([&] {
    m* mp = acquirem();
    acquirem();
    gp->preempt = true;
    releasem(mp);
    const bool early = IsRequested(gp);
    releasem(mp);
    const bool heard = IsRequested(gp);
    gp->preempt = false;
    gp->stackguard0 = Guard(gp);
    acquirem();
    releasem(mp);
    return !early && heard && !IsRequested(gp);
  }));
}

// The extra Ms, in the order of their list; nobody takes one meanwhile.
std::vector<m*> Extra() {
  std::vector<m*> all;
  for (m* mp = reinterpret_cast<m*>(extraM.Load()); mp != nullptr; mp = mp->schedlink.ptr()) all.push_back(mp);
  EXPECT_EQ(extraMLength.Load(), all.size());
  return all;
}

// An extra M and its goroutine are what a thread of C's finds when it comes, and what it leaves: the goroutine is dead,
// counts as one of the system's, and looks as if it had called out.
void CheckExtra(m* mp) {
  g* gp = mp->curg.Load();
  EXPECT_TRUE(mp->isextra);
  EXPECT_FALSE(mp->isExtraInSig);
  EXPECT_EQ(mp->lockedInt, 1u);
  EXPECT_EQ(mp->lockedExt, 0u);
  EXPECT_EQ(mp->lockedg.ptr(), gp);
  EXPECT_EQ(gp->lockedm.ptr(), mp);
  EXPECT_EQ(gp->m, mp);
  EXPECT_EQ(readgstatus(gp), static_cast<uint32>(_Gdead));
  EXPECT_NE(gp->goid.Load(), 0u);
  EXPECT_FALSE(gp->preemptStop);
  EXPECT_EQ(gp->sched.g.ptr(), gp);
  bool listed = false;
  for (g* one : allGsSnapshot()) listed = listed || one == gp;
  EXPECT_TRUE(listed);
}

TEST(State, AnExtraMIsMadeToLookAsIfItHadCalledOut) {
  fromProgram here;
  const int32 system = sched.ngsys.Load();
  const size_t before = Extra().size();
  const uint64 id = sched.goidgen.Load();
  oneNewExtraM();
  const std::vector<m*> all = Extra();
  ASSERT_EQ(all.size(), before + 1);
  m* mp = all.front();
  g* gp = mp->curg.Load();
  CheckExtra(mp);
  EXPECT_TRUE(mp->isExtraInC);
  EXPECT_EQ(sched.ngsys.Load(), system + 1);
  EXPECT_EQ(gp->goid.Load(), id + 1);
  EXPECT_EQ(gp->sched.sp, gp->stack.hi - 4 * sizeof(uintptr));
  EXPECT_EQ(gp->sched.lr, 0u);
  EXPECT_NE(gp->sched.pc, 0u);
  EXPECT_EQ(gp->syscallpc, gp->sched.pc);
  EXPECT_EQ(gp->syscallsp, gp->sched.sp);
  EXPECT_EQ(gp->stktopsp, gp->sched.sp);
}

TEST(State, AThreadOfCsTakesAnExtraMAndPutsItBack) {
  for (int round = 0; round < 3; round++) {
    const int32 system = sched.ngsys.Load();
    const uint32 used = extraMInUse.Load();
    const std::vector<m*> before = Extra();
    m* mp = nullptr;
    gort::Blocking([&] {
      std::thread([&] {
        fromProgram here;
        mp = getg()->m;
        EXPECT_EQ(mp->curg.Load(), getg());
        EXPECT_FALSE(mp->isExtraInC);
        EXPECT_FALSE(mp->isExtraInSig);
        EXPECT_EQ(extraMInUse.Load(), used + 1);
        EXPECT_EQ(readgstatus(getg()), static_cast<uint32>(_Grunning));
        EXPECT_GT(mp->g0->stack.hi, mp->g0->stack.lo);
        // What is left over from it must not be the next one's.
        getg()->preemptStop = true;
      }).join();
    });
    ASSERT_NE(mp, nullptr);
    const std::vector<m*> after = Extra();
    EXPECT_EQ(extraMInUse.Load(), used);
    EXPECT_TRUE(std::find(after.begin(), after.end(), mp) != after.end());
    if (std::find(before.begin(), before.end(), mp) == before.end()) continue;  // it was made for the thread
    EXPECT_EQ(sched.ngsys.Load(), system + static_cast<int32>(after.size() - before.size()));
    CheckExtra(mp);
    EXPECT_EQ(mp->g0->stack.lo, 0u);
    EXPECT_EQ(mp->g0->stack.hi, 0u);
    EXPECT_EQ(mp->g0->stackguard0, 0u);
    EXPECT_EQ(mp->g0->stackguard1, 0u);
    EXPECT_FALSE(mp->g0StackAccurate);
  }
}

// The last one who takes an extra M has to make the next.
TEST(State, WhoTakesTheLastExtraMMakesTheNext) {
  for (int i = 0; i < 20; i++) {
    gort::Blocking([&] {
      std::vector<std::thread> threads;
      for (int j = 0; j < 4; j++) threads.emplace_back([] { gort::Gosched(); });
      for (std::thread& t : threads) t.join();
    });
    EXPECT_GT(Extra().size(), 0u);
    EXPECT_EQ(extraMWaiters.Load(), 0u);
  }
}

// The pool of sudogs: half of a full one goes to the list that all share, and comes back from it.
TEST(State, SudogsAreShared) {
  fromProgram here;
  m* mp = acquirem();
  p* pp = mp->p.ptr();
  auto shared = [] {
    int n = 0;
    lock(&sched.sudoglock);
    for (sudog* s = sched.sudogcache; s != nullptr; s = s->next) n++;
    unlock(&sched.sudoglock);
    return n;
  };
  std::vector<sudog*> taken;
  while (pp->sudogcache.len > 0 || shared() > 0) taken.push_back(acquireSudog());
  for (int i = 0; i < 200; i++) taken.push_back(acquireSudog());
  EXPECT_EQ(pp->sudogcache.len, 0);
  EXPECT_EQ(std::set<sudog*>(taken.begin(), taken.end()).size(), taken.size());
  for (int i = 0; i < 128; i++) {
    releaseSudog(taken.back());
    taken.pop_back();
  }
  EXPECT_EQ(pp->sudogcache.len, 128);
  EXPECT_EQ(shared(), 0);
  releaseSudog(taken.back());
  taken.pop_back();
  EXPECT_EQ(pp->sudogcache.len, 65);
  EXPECT_EQ(shared(), 64);
  // Back again: first its own, then half of what it has room for.
  for (int i = 0; i < 65; i++) taken.push_back(acquireSudog());
  EXPECT_EQ(pp->sudogcache.len, 0);
  sudog* s = acquireSudog();
  EXPECT_EQ(s->next, nullptr);
  taken.push_back(s);
  EXPECT_EQ(pp->sudogcache.len, 63);
  EXPECT_EQ(shared(), 0);
  EXPECT_EQ(std::set<sudog*>(taken.begin(), taken.end()).size(), taken.size());
  while (!taken.empty()) {
    releaseSudog(taken.back());
    taken.pop_back();
  }
  releasem(mp);
}

// A request stands in both fields of who runs on the P; the P has one only where a signal follows.
TEST(State, ARequestStandsInBothFields) {
  Procs procs(2);
  std::atomic<g*> runs{nullptr};
  std::atomic<bool> end{false};
  gort::sync::WaitGroup done;
  const int32 before = debug.asyncpreemptoff;
  debug.asyncpreemptoff = 1;
  done.Go([&] {
    runs = getg();
    while (!end) {
    }
  });
  while (runs == nullptr) gort::Gosched();
  {
    fromProgram here;
    acquirem();
    g* gp = runs;
    p* pp = gp->m->p.ptr();
    if (pp != nullptr && pp != getg()->m->p.ptr()) {
      EXPECT_TRUE(preemptone(pp));
      EXPECT_TRUE(gp->preempt);
      EXPECT_TRUE(IsRequested(gp));
      EXPECT_FALSE(pp->preempt);
    }
    EXPECT_FALSE(preemptone(getg()->m->p.ptr())) << "of itself";
    releasem(getg()->m);
  }
  debug.asyncpreemptoff = before;
  end = true;
  done.Wait();
}

}  // namespace
