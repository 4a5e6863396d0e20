// Reader/writer lock of threads: guards thread creation against exec.
#pragma once

#include "runtime/runtime2_base.h"
#include "seam/atomic.h"

namespace runtime {

struct rwmutex {
  mutex rLock;           // guards readers, readerPass, writer
  muintptr readers;      // Ms that wait to read
  uint32 readerPass = 0;  // readers that may pass without waiting

  mutex wLock;      // writers exclude each other
  muintptr writer;  // the writer that waits for readers to finish

  atomic::Int32<> readerCount;  // readers, less rwmutexMaxReaders while a writer waits
  atomic::Int32<> readerWait;   // readers that the writer waits for

  lockRank readRank = lockRankUnknown;

  void init(lockRank readRank, lockRank readRankInternal, lockRank writeRank);
  void rlock();
  void runlock();
  void lock();
  void unlock();
};

static_assert(sizeof(rwmutex) == 56);

}  // namespace runtime
