// The tests of Go's sync/rwmutex_test.go.
#include <atomic>
#include <cstdint>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "sync/testing.h"

namespace {

using gort::Chan;
using gort::GOMAXPROCS;
using gort::sync::Locker;
using gort::sync::RWMutex;
using gort::tests::Procs;
using gort::sync::testing::spin;

void parallelReader(RWMutex* m, Chan<bool> clocked, Chan<bool> cunlock, Chan<bool> cdone) {
  m->RLock();
  clocked.send(true);
  cunlock.recv();
  m->RUnlock();
  cdone.send(true);
}

void doTestParallelReaders(int numReaders, int gomaxprocs) {
  GOMAXPROCS(gomaxprocs);
  RWMutex m;
  Chan<bool> clocked(0), cunlock(0), cdone(0);
  for (int i = 0; i < numReaders; i++) gort::go(parallelReader, &m, clocked, cunlock, cdone);
  // All have it at once.
  for (int i = 0; i < numReaders; i++) clocked.recv();
  for (int i = 0; i < numReaders; i++) cunlock.send(true);
  for (int i = 0; i < numReaders; i++) cdone.recv();
}

TEST(Sync, TestParallelReaders) {
  Procs keep;
  doTestParallelReaders(1, 4);
  doTestParallelReaders(3, 4);
  doTestParallelReaders(4, 2);
}

void reader(RWMutex* rwm, int iterations, std::atomic<std::int32_t>* activity, Chan<bool> cdone) {
  for (int i = 0; i < iterations; i++) {
    rwm->RLock();
    std::int32_t n = activity->fetch_add(1) + 1;
    if (n < 1 || n >= 10000) ADD_FAILURE() << "rlock(" << n << ")";
    spin(100);
    activity->fetch_sub(1);
    rwm->RUnlock();
  }
  cdone.send(true);
}

void writer(RWMutex* rwm, int iterations, std::atomic<std::int32_t>* activity, Chan<bool> cdone) {
  for (int i = 0; i < iterations; i++) {
    rwm->Lock();
    std::int32_t n = activity->fetch_add(10000) + 10000;
    if (n != 10000) ADD_FAILURE() << "wlock(" << n << ")";
    spin(100);
    activity->fetch_sub(10000);
    rwm->Unlock();
  }
  cdone.send(true);
}

void HammerRWMutex(int gomaxprocs, int numReaders, int iterations) {
  GOMAXPROCS(gomaxprocs);
  // The readers that are active, and 10000 for each writer that is.
  std::atomic<std::int32_t> activity{0};
  RWMutex rwm;
  Chan<bool> cdone(0);
  gort::go(writer, &rwm, iterations, &activity, cdone);
  int i = 0;
  for (; i < numReaders / 2; i++) gort::go(reader, &rwm, iterations, &activity, cdone);
  gort::go(writer, &rwm, iterations, &activity, cdone);
  for (; i < numReaders; i++) gort::go(reader, &rwm, iterations, &activity, cdone);
  for (i = 0; i < 2 + numReaders; i++) cdone.recv();
}

TEST(Sync, TestRWMutex) {
  RWMutex m;

  m.Lock();
  ASSERT_FALSE(m.TryLock()) << "TryLock succeeded with mutex locked";
  ASSERT_FALSE(m.TryRLock()) << "TryRLock succeeded with mutex locked";
  m.Unlock();

  ASSERT_TRUE(m.TryLock()) << "TryLock failed with mutex unlocked";
  m.Unlock();

  ASSERT_TRUE(m.TryRLock()) << "TryRLock failed with mutex unlocked";
  ASSERT_TRUE(m.TryRLock()) << "TryRLock failed with mutex rlocked";
  ASSERT_FALSE(m.TryLock()) << "TryLock succeeded with mutex rlocked";
  m.RUnlock();
  m.RUnlock();

  Procs keep;
  const int n = 1000;
  HammerRWMutex(1, 1, n);
  HammerRWMutex(1, 3, n);
  HammerRWMutex(1, 10, n);
  HammerRWMutex(4, 1, n);
  HammerRWMutex(4, 3, n);
  HammerRWMutex(4, 10, n);
  HammerRWMutex(10, 1, n);
  HammerRWMutex(10, 3, n);
  HammerRWMutex(10, 10, n);
  HammerRWMutex(10, 5, n);
}

TEST(Sync, TestRLocker) {
  RWMutex wl;
  Chan<bool> wlocked(1), rlocked(1);
  Locker rl = wl.RLocker();
  const int n = 10;
  gort::go([&wl, wlocked, rlocked, rl]() mutable {
    for (int i = 0; i < n; i++) {
      rl.Lock();
      rl.Lock();
      rlocked.send(true);
      wl.Lock();
      wlocked.send(true);
    }
  });
  for (int i = 0; i < n; i++) {
    rlocked.recv();
    rl.Unlock();
    ASSERT_FALSE(wlocked.try_recv()) << "RLocker() didn't read-lock it";
    rl.Unlock();
    wlocked.recv();
    ASSERT_FALSE(rlocked.try_recv()) << "RLocker() didn't respect the write lock";
    wl.Unlock();
  }
}

}  // namespace
