// A reader/writer lock of threads: Go's rwmutex.go. It guards the making of threads (allocmLock) and exec (execLock).
//
// readerCount is the number of readers, less rwmutexMaxReaders while a writer waits or writes: one add tells a reader
// whether it may go on. Sleeping is on m.park, on the system stack; the reader keeps its p, so that a queue of readers
// cannot be starved of ps by what they wait for.
//
// Memory orders: the adds are sequentially consistent; a reader's Add(1) pairs with the writer's Add(-max), and the
// last reader's readerWait.Add(-1) with the writer's readerWait.Add(r).
#include "runtime/rwmutex.h"

#include "runtime/proc_decl.h"

namespace runtime {

namespace {
constexpr int32 rwmutexMaxReaders = 1 << 30;
}

void rwmutex::init(lockRank read, lockRank readInternal, lockRank write) {
  readRank = read;
  lockInit(&rLock, readInternal);
  lockInit(&wLock, write);
}

void rwmutex::rlock() {
  acquireLockRankAndM(readRank);
  if (readerCount.Add(1) >= 0) return;
  // A writer waits or writes: queue up for it.
  systemstack([this] {
    runtime::lock(&rLock);
    if (readerPass > 0) {
      // It finished meanwhile, and counted this reader.
      readerPass--;
      runtime::unlock(&rLock);
      return;
    }
    runtime::m* mp = getg()->m;
    mp->schedlink = readers;
    readers.set(mp);
    runtime::unlock(&rLock);
    notesleep(&mp->park);
    noteclear(&mp->park);
  });
}

void rwmutex::runlock() {
  if (int32 r = readerCount.Add(-1); r < 0) {
    if (r + 1 == 0 || r + 1 == -rwmutexMaxReaders) throw_("runlock of unlocked rwmutex");
    if (readerWait.Add(-1) == 0) {
      // The last one that the writer waits for.
      runtime::lock(&rLock);
      runtime::m* w = writer.ptr();
      if (w != nullptr) notewakeup(&w->park);
      runtime::unlock(&rLock);
    }
  }
  releaseLockRankAndM(readRank);
}

void rwmutex::lock() {
  runtime::lock(&wLock);  // holds this goroutine to its m, too
  runtime::m* mp = getg()->m;
  int32 r = readerCount.Add(-rwmutexMaxReaders) + rwmutexMaxReaders;
  runtime::lock(&rLock);
  if (r != 0 && readerWait.Add(r) != 0) {
    systemstack([this, mp] {
      writer.set(mp);
      runtime::unlock(&rLock);
      notesleep(&mp->park);
      noteclear(&mp->park);
    });
  } else {
    runtime::unlock(&rLock);
  }
}

void rwmutex::unlock() {
  int32 r = readerCount.Add(rwmutexMaxReaders);
  if (r >= rwmutexMaxReaders) throw_("unlock of unlocked rwmutex");
  runtime::lock(&rLock);
  while (runtime::m* reader = readers.ptr()) {
    readers = reader->schedlink;
    reader->schedlink = 0;
    notewakeup(&reader->park);
    r--;
  }
  // Those that are counted and not on the queue yet need not queue.
  readerPass += static_cast<uint32>(r);
  runtime::unlock(&rLock);
  runtime::unlock(&wLock);
}

}  // namespace runtime
