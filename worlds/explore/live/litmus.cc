// Programs for the machine: small uses of what the live world has of its own, and what must hold of each. This file is
// compiled as the port's own are, so that what it guards by a lock is seen to be guarded.
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

#include "runtime/proc_decl.h"
#include "runtime/rwmutex.h"
#include "sync/poolqueue.h"
#include "worlds/explore/live/machine.h"

namespace explore {

namespace {

using runtime::getg;
using runtime::lock;
using runtime::lockWithP;
using runtime::mutex;
using runtime::note;
using runtime::unlock;

// What a lock guards: its holder is alone in it, and nobody's change gets lost.
struct Guarded {
  mutex mu;
  int holders = 0, changes = 0;
};
Guarded guarded[2];

void inIt(Guarded& what) {
  if (++what.holders != 1) fails(property::kExcludes, "two threads hold a lock");
  what.changes++;
  what.holders--;
}
void use(Guarded& what) {
  lock(&what.mu);
  inIt(what);
  unlock(&what.mu);
}
// The key is read plainly by unlock, and by lockWithP: so it is meant.
void declare(Guarded& what, const char* name) {
  shared(&what.mu, sizeof what.mu);
  named(&what.mu, sizeof what.mu, name);
  named(&what.holders, sizeof what.holders + sizeof what.changes, "what the lock guards");
}

void begin() {
  runtime::ncpu = 2;
  declare(guarded[0], "mutex");
  declare(guarded[1], "mutex 1");
  for (int i = 0; i < kReal; i++) {
    if (runtime::m* mp = theM(i); mp != nullptr) {
      named(&mp->mOS.waitsema, sizeof mp->mOS.waitsema, "m.waitsema");
      named(&mp->park, sizeof mp->park, "m.park");
    }
  }
}
void beginWithFence() {
  begin();
  runtime::unlockNeedsFence = true;
}
const char* changed(int n) { return guarded[0].changes == n ? "" : "a change under the lock got lost"; }

void once() { use(guarded[0]); }
void twice() {
  use(guarded[0]);
  use(guarded[0]);
}

// ---- notes

note theNote;
int told = 0;

void beginNote() {
  begin();
  named(&theNote, sizeof theNote, "note");
  named(&told, sizeof told, "what was told");
}
void tells() {
  told = 1;
  notewakeup(&theNote);
}
void hears() {
  runtime::notesleep(&theNote);
  if (told != 1) fails(property::kNothingLost, "woken, and what was told is not there");
}
void hearsInTime() {
  if (runtime::notetsleep(&theNote, 1000) && told != 1) fails(property::kNothingLost, "woken, and nothing was told");
}

// ---- the runtime's lock of readers and writers

runtime::rwmutex rw;
int written = 0, writers = 0;

void beginRW() {
  begin();
  rw.init(runtime::lockRankTestR, runtime::lockRankTestRInternal, runtime::lockRankTestW);
  for (mutex* mu : {&rw.rLock, &rw.wLock}) shared(mu, sizeof *mu);
  named(&rw, sizeof rw, "rwmutex");
  named(&written, sizeof written, "what is written");
}
void reads() {
  rw.rlock();
  if (writers != 0) fails(property::kExcludes, "a reader and a writer");
  static_cast<void>(written);
  rw.runlock();
}
void writes() {
  rw.lock();
  writers++;
  if (writers != 1) fails(property::kExcludes, "two writers");
  written++;
  writers--;
  rw.unlock();
}
void readsTwice() {
  reads();
  reads();
}
void writesTwice() {
  writes();
  writes();
}

// ---- the queues of sync.Pool

using gort::sync::internal::poolChain;
using gort::sync::internal::poolDequeue;

struct Box {
  int filled = 0, taken = 0;
};
Box boxes[16];
poolDequeue* ring;
poolChain* chain;

void beginRing() {
  begin();
  ring = new poolDequeue(2);
  named(ring, sizeof *ring, "headTail");
  named(boxes, sizeof boxes, "a value");
}
void take(void* v) {
  Box* box = static_cast<Box*>(v);
  if (box->filled != 1) fails(property::kNothingLost, "a value comes out before it went in");
  if (++box->taken != 1) fails(property::kNothingLost, "a value comes out twice");
}
void produces() {
  for (int i = 0; i < 4; i++) {
    boxes[i].filled = 1;
    if (!ring->pushHead(&boxes[i])) boxes[i].taken = 1;  // full
  }
  if (void* v = ring->popHead()) take(v);
}
void consumes() {
  if (void* v = ring->popTail()) take(v);
}
void consumesTwice() {
  consumes();
  consumes();
}
const char* allTaken() {
  while (void* v = ring->popHead()) static_cast<Box*>(v)->taken++;
  for (int i = 0; i < 4; i++) {
    if (boxes[i].taken != 1) return "a value was pushed, and does not come out once";
  }
  // It is empty.
  for (int i = 0; i < 2; i++) {
    if (!ring->pushHead(&boxes[i])) return "the ring is empty, and is called full";
  }
  return "";
}

void beginChain() {
  begin();
  static poolChain it;
  chain = &it;
  named(chain, sizeof *chain, "chain");
  named(boxes, sizeof boxes, "a value");
}
// The first ring has eight places.
constexpr int kChained = 9;
void chains() {
  for (int i = 0; i < kChained; i++) {
    boxes[i].filled = 1;
    chain->pushHead(&boxes[i]);
  }
  if (void* v = chain->popHead()) take(v);
}
void unchains() {
  for (int i = 0; i < 2; i++) {
    if (void* v = chain->popTail()) take(v);
  }
}
const char* allUnchained() {
  while (void* v = chain->popHead()) static_cast<Box*>(v)->taken++;
  for (int i = 0; i < kChained; i++) {
    if (boxes[i].taken != 1) return "a value was pushed, and does not come out once";
  }
  return "";
}

// ---- one P and more: what holds a P is the lock while there is one

note goes[4];
runtime::racy<runtime::uintptr, "p.runnext"> runnext;

void beginP() {
  begin();
  runtime::gomaxprocs.plainStore(1);
  named(&runtime::gomaxprocs, sizeof runtime::gomaxprocs, "gomaxprocs");
  for (note& n : goes) named(&n, sizeof n, "note");
}
// Work by who holds a P.
void worksWithP() {
  lockWithP(&guarded[0].mu);
  inIt(guarded[0]);
  unlock(&guarded[0].mu);
}
// GOMAXPROCS from 1 to 2, and back when the other P has been given up. Who changes it has stopped the world: it is
// changed before the other P is given to anybody, and after it has come back.
void grows() {
  worksWithP();
  runtime::gomaxprocs.Store(2);
  notewakeup(&goes[0]);
  worksWithP();
  worksWithP();
  runtime::notesleep(&goes[1]);
  runtime::gomaxprocs.Store(1);
  worksWithP();
  notewakeup(&goes[2]);
}
void comesAndGoes() {
  runtime::notesleep(&goes[0]);
  worksWithP();
  worksWithP();
  notewakeup(&goes[1]);
  // It gets the only P.
  runtime::notesleep(&goes[2]);
  worksWithP();
}

// runnext: put by its owner, taken by it and by a thief of the other P. With one P it is a comparison and a store.
void beginRunnext() {
  beginP();
  named(&runnext, sizeof runnext, "runnext");
}
void takes() {
  if (const runtime::uintptr v = runnext.Load(); v != 0 && runnext.Cas(v, 0)) {
    lock(&guarded[0].mu);
    guarded[0].changes++;
    unlock(&guarded[0].mu);
  }
}
void puts(runtime::uintptr v) {
  runtime::uintptr old;
  do {
    old = runnext.Load();
  } while (!runnext.Cas(old, v));
  if (old != 0) {
    lock(&guarded[0].mu);
    guarded[0].changes++;  // kicked out
    unlock(&guarded[0].mu);
  }
}
void owns() {
  puts(1);
  takes();
  runtime::gomaxprocs.Store(2);
  notewakeup(&goes[0]);
  puts(2);
  takes();
  runtime::notesleep(&goes[1]);
  runtime::gomaxprocs.Store(1);
  puts(3);
  takes();
}
void thief() {
  runtime::notesleep(&goes[0]);
  takes();
  notewakeup(&goes[1]);
}

// ---- membarrier itself

// A thread works as long as nobody says that it is over, and says that it is at it. Who says so and makes a membarrier
// knows of each store that was made before; not of one that comes behind it, of a thread that had looked before.
std::atomic<int> over, at_it, work;
bool looked = false;
int found = 0;

void beginWork() {
  begin();
  named(&over, sizeof over, "over");
  named(&at_it, sizeof at_it, "at it");
  named(&work, sizeof work, "the work");
}
void works() {
  at_it.store(1, std::memory_order_relaxed);
  if (over.load(std::memory_order_relaxed) == 0) work.store(1, std::memory_order_relaxed);
  at_it.store(0, std::memory_order_release);
}
void ends() {
  over.store(1);
  syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
  if (at_it.load(std::memory_order_acquire) != 0) return;
  found = work.load(std::memory_order_relaxed);
  looked = true;
}
const char* foundAll() {
  return looked && found != work ? "something was done after the end" : "";
}

const char* none() { return ""; }

}  // namespace

const std::vector<Litmus>& Litmuses() {
  static const auto* const all = new std::vector<Litmus>{
      {"mutex", "two threads take a mutex, one of them twice", begin, {twice, once}, [] { return changed(3); }},
      {"mutex-three", "three threads take a mutex", begin, {once, once, once}, [] { return changed(3); }},
      {"mutex-fence", "two threads take a mutex whose unlock has a fence: there is no membarrier", beginWithFence,
       {twice, once}, [] { return changed(3); }},
      {"note", "a thread sleeps on a note, another one wakes it", beginNote, {hears, tells}, none},
      {"note-time", "the same, and the sleeper does not wait for ever", beginNote, {hearsInTime, tells}, none},
      {"rwmutex", "two readers and a writer", beginRW, {reads, reads, writes}, none},
      {"rwmutex-writers", "a reader and a writer, and both come twice", beginRW, {readsTwice, writesTwice}, none},
      {"pool-ring", "a ring of two: a producer at its head, a consumer at its tail", beginRing,
       {produces, consumesTwice}, allTaken},
      {"pool-ring-three", "the same with two consumers", beginRing, {produces, consumes, consumes}, allTaken},
      {"pool-chain", "the first ring of a chain gets full while a consumer empties it, and there is a second",
       beginChain, {chains, unchains}, allUnchained},
      {"with-p", "lockWithP while GOMAXPROCS goes from 1 to 2 and back", beginP, {grows, comesAndGoes},
       [] { return changed(7); }},
      {"runnext-p", "runnext's Cas while GOMAXPROCS goes from 1 to 2 and back", beginRunnext, {owns, thief},
       [] { return changed(3); }},
      {"membarrier", "a thread that looks whether it is over, and one that ends it by a membarrier", beginWork,
       {works, ends}, foundAll},
  };
  return *all;
}

}  // namespace explore
