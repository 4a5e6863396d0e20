// The tests of Go's runtime/rwmutex_test.go. The lock is one of threads: whoever holds it keeps its thread and its P,
// so there must be enough of both.
#include "runtime/rwmutex.h"

#include <atomic>
#include <cstdint>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"

namespace {

using gort::Chan;
using gort::GOMAXPROCS;
using runtime::rwmutex;

void init(rwmutex* m) {
  m->init(runtime::lockRankTestR, runtime::lockRankTestRInternal, runtime::lockRankTestW);
}

void spin(int n) {
  for (int i = 0; i < n; i++) asm volatile("");
}

void parallelReader(rwmutex* m, Chan<bool> clocked, std::atomic<bool>* cunlock, Chan<bool> cdone) {
  m->rlock();
  clocked.send(true);
  while (!cunlock->load()) {
  }
  m->runlock();
  cdone.send(true);
}

void doTestParallelReaders(int numReaders) {
  GOMAXPROCS(numReaders + 1);
  rwmutex m;
  init(&m);
  Chan<bool> clocked(numReaders), cdone(0);
  std::atomic<bool> cunlock{false};
  for (int i = 0; i < numReaders; i++) gort::go(parallelReader, &m, clocked, &cunlock, cdone);
  // All have it at once.
  for (int i = 0; i < numReaders; i++) clocked.recv();
  cunlock.store(true);
  for (int i = 0; i < numReaders; i++) cdone.recv();
}

TEST(Runtime, TestParallelRWMutexReaders) {
  gort::tests::Procs keep;
  doTestParallelReaders(1);
  doTestParallelReaders(3);
  doTestParallelReaders(4);
}

void reader(rwmutex* rwm, int iterations, std::atomic<std::int32_t>* activity, Chan<bool> cdone) {
  for (int i = 0; i < iterations; i++) {
    rwm->rlock();
    std::int32_t n = activity->fetch_add(1) + 1;
    spin(100);
    activity->fetch_sub(1);
    rwm->runlock();
    if (n < 1 || n >= 10000) ADD_FAILURE() << "rlock(" << n << ")";
  }
  cdone.send(true);
}

void writer(rwmutex* rwm, int iterations, std::atomic<std::int32_t>* activity, Chan<bool> cdone) {
  for (int i = 0; i < iterations; i++) {
    rwm->lock();
    std::int32_t n = activity->fetch_add(10000) + 10000;
    spin(100);
    activity->fetch_sub(10000);
    rwm->unlock();
    if (n != 10000) ADD_FAILURE() << "wlock(" << n << ")";
  }
  cdone.send(true);
}

void HammerRWMutex(int gomaxprocs, int numReaders, int iterations) {
  GOMAXPROCS(gomaxprocs);
  // The readers that are active, and 10000 for each writer that is.
  std::atomic<std::int32_t> activity{0};
  rwmutex rwm;
  init(&rwm);
  Chan<bool> cdone(0);
  gort::go(writer, &rwm, iterations, &activity, cdone);
  int i = 0;
  for (; i < numReaders / 2; i++) gort::go(reader, &rwm, iterations, &activity, cdone);
  gort::go(writer, &rwm, iterations, &activity, cdone);
  for (; i < numReaders; i++) gort::go(reader, &rwm, iterations, &activity, cdone);
  for (i = 0; i < 2 + numReaders; i++) cdone.recv();
}

TEST(Runtime, TestRWMutex) {
  gort::tests::Procs keep;
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

}  // namespace
