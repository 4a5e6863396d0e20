// Semaphores for sync.Mutex and its kin, and the list that sync.Cond sleeps on. A semaphore is any uint32 of the
// program's; who sleeps on it stands in a hash table of addresses, each bucket a treap of the distinct addresses slept
// on, each node a list of the sleepers of its address. sema.cc says how it works.
//
// Every function here that may sleep runs on a goroutine's stack, without locks of the runtime held. The names with
// sync_ and internal_sync_ are the doors for package sync (folder sync/).
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"
#include "seam/atomic.h"

namespace runtime {

enum waitReason : uint8;

inline constexpr intptr semTabSize = 251;  // prime, so that regular addresses spread

struct semaRoot {
  mutex lock;
  sudog* treap = nullptr;  // under lock
  atomic::Uint32<> nwait;  // sleepers on all addresses; semrelease reads it without lock

  // All four with lock held.
  void queue(uint32* addr, sudog* s, bool lifo);  // puts the calling goroutine, as s, to sleep-to-be on addr
  sudog* dequeue(uint32* addr);                   // takes off the first sleeper on addr; nullptr: there is none
  void rotateLeft(sudog* x);
  void rotateRight(sudog* y);
};

static_assert(sizeof(semaRoot) == 24);

// One bucket a cache line: neighbours do not disturb each other.
struct semTable {
  struct alignas(64) entry {
    semaRoot root;
  };
  entry table[semTabSize];

  semaRoot* rootFor(const uint32* addr) {
    return &table[(reinterpret_cast<uintptr>(addr) >> 3) % semTabSize].root;
  }
};

extern semTable semtable;

// notifyList is sync.Cond's: tickets in order of arrival.
struct notifyList {
  atomic::Uint32<> wait;  // next waiter's ticket
  uint32 notify = 0;      // next ticket to be notified; under lock, read without it
  mutex lock;
  sudog* head = nullptr;  // under lock
  sudog* tail = nullptr;
};

static_assert(sizeof(notifyList) == 32);

// What distinguishes the doors to one semaphore is only why a dump says that the goroutine waits. lifo: in front of the
// others that wait. skipframes: how many callers a trace leaves out.
void sync_runtime_Semacquire(uint32* addr);
void sync_runtime_SemacquireWaitGroup(uint32* addr);
void sync_runtime_SemacquireRWMutexR(uint32* addr, bool lifo, int skipframes);
void sync_runtime_SemacquireRWMutex(uint32* addr, bool lifo, int skipframes);
void internal_sync_runtime_SemacquireMutex(uint32* addr, bool lifo, int skipframes);
void poll_runtime_Semacquire(uint32* addr);
// handoff: the first that waits gets the count and, at once, the rest of the caller's time slice.
void sync_runtime_Semrelease(uint32* addr, bool handoff, int skipframes);
void internal_sync_runtime_Semrelease(uint32* addr, bool handoff, int skipframes);
void poll_runtime_Semrelease(uint32* addr);

void readyWithTime(sudog* s, int traceskip);
void semacquire1(uint32* addr, bool lifo, int skipframes, waitReason reason);
bool cansemacquire(uint32* addr);

// A ticket for a wait that begins later, which no notification after this call misses.
uint32 notifyListAdd(notifyList* l);
// Sleeps until ticket t is notified; returns at once if it has been.
void notifyListWait(notifyList* l, uint32 t);
void notifyListNotifyAll(notifyList* l);
void notifyListNotifyOne(notifyList* l);
void notifyListCheck(uintptr sz);

int64 internal_sync_nanotime();

}  // namespace runtime
