// The runtime's mutex: that it excludes, and what it says of those who give back what they do not hold.
#include "runtime/lock_spinbit.h"

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/child_test.h"
#include "runtime/proc_decl.h"
#include "runtime/seam.h"

namespace runtime {
namespace {

mutex a, b;

CHILD(Unlocked) { unlock(&a); }

CHILD(TheOther) {
  lock(&a);
  unlock(&b);
}

// Somebody holds it, but not this thread.
CHILD(AnothersLock) {
  gort::go([] {
    gort::LockOSThread();
    lock(&a);
    for (;;) usleep(1000);
  });
  gort::Blocking([] {
    while (__atomic_load_n(&a.key, __ATOMIC_SEQ_CST) == 0) usleep(1000);
  });
  unlock(&a);
}

// m.locks counts acquirem as well: the books do not come out when that is over.
CHILD(Acquired) {
  m* mp = acquirem();
  unlock(&a);
  releasem(mp);
  lock(&b);
  unlock(&b);
}

TEST(Mutex, UnlockOfWhatIsNotHeldIsFatal) {
  for (const char* child : {"Unlocked", "TheOther", "AnothersLock", "Acquired"}) {
    ChildResult r = runChild(child);
    EXPECT_TRUE(r.exited(2)) << child << ": " << r.out.substr(0, 2000);
    EXPECT_NE(r.out.find("fatal error: unlock of unlocked lock\n"), r.out.npos)
        << child << ": " << r.out.substr(0, 2000);
  }
}

CHILD(Count) {
  getg()->m->locks = -1;
  lock(&a);
}

TEST(Mutex, WrongCountIsFatal) {
  ChildResult r = runChild("Count");
  EXPECT_TRUE(r.exited(2)) << r.out.substr(0, 2000);
  EXPECT_NE(r.out.find("fatal error: runtime·lock: lock count\n"), r.out.npos) << r.out.substr(0, 2000);
}

// More threads than processors, so that some sleep on the lock.
TEST(Mutex, Excludes) {
  constexpr int threads = 8, rounds = 50'000;
  static mutex mu;
  static long count;
  gort::sync::WaitGroup wg;
  gort::tests::Procs procs(threads);
  for (int i = 0; i < threads; i++) {
    wg.Add(1);
    gort::go([&wg] {
      for (int k = 0; k < rounds; k++) {
        lock(&mu);
        count = count + 1;
        unlock(&mu);
      }
      wg.Done();
    });
  }
  wg.Wait();
  EXPECT_EQ(count, long{threads} * rounds);
}

}  // namespace
}  // namespace runtime
