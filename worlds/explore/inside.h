// What the parts of the explored world share: its Ms, its clock, and what its goroutines wait for. All of it is
// restored between runs.
#pragma once

#include <new>

#include "runtime/proc_decl.h"
#include "worlds/explore/world.h"
#include "worlds/lockstep/fiber.h"

namespace explore {

using runtime::g;
using runtime::getg;
using runtime::m;
using runtime::p;
using runtime::sched;

constexpr int kProcs = 8;
constexpr int64_t kMs = 1'000'000;
constexpr int64_t kForever = int64_t{1} << 60;  // an op that lasts until nothing else is left

// In a thread's buffer.
struct Store {
  void* at;
  const char* what;
  unsigned size;
  uint64_t value;
};
constexpr int kStores = 8;

struct Thread {
  m* mp = nullptr;
  alignas(lockstep::Fiber) char fiber[sizeof(lockstep::Fiber)];
  g* saved = nullptr;  // what getg() answers when it goes on
  Pending next;
  const runtime::mutex* mutex = nullptr;  // next.kind says which one of these it is about
  const runtime::note* note = nullptr;
  uintptr_t sp = 0;
  bool ended = false;
  bool drains = false;  // its buffer must be empty before it goes on
  int stores = 0;
  Store buffer[kStores];
  // How often each other M's time was up since this one moved: see isFair.
  uint8_t passed[kThreads] = {};

  lockstep::Fiber& itsFiber() { return *std::launder(reinterpret_cast<lockstep::Fiber*>(fiber)); }
};

struct Due {
  int64_t when;
  g* gp;
};

struct Timers {
  int n = 0;
  Due due[kGoroutines];
};

struct Cell {
  int given = 0;
  g* waiter = nullptr;
};

struct Task : runtime::funcval {
  int number = 0;
  g* gp = nullptr;
  bool done = false;
  bool begun = false;
  const Cell* waits = nullptr;  // for another goroutine
  int queued_at = -1;           // on the global queue since so many starts
};

struct State {
  const Program* program = nullptr;
  Thread threads[kThreads];
  int made = 0;
  Thread* current = nullptr;
  int64_t now = 1;
  bool running = false;   // points are points
  bool ended = false;
  int value = 0;          // the search's answer to the step that is made
  Thread* sysmon = nullptr;
  int alone = 0;          // rounds of sysmon since anybody else moved
  const g* stopper = nullptr;  // the world stands still for it
  int starts = 0;
  int forced = 0;         // collections
  bool plain_random = false;
  bool handed_off[kProcs] = {};  // by the P's id: handoffp was the last that was done with it
  bool poller_took_work = false;  // who blocked in the poller last came out with a goroutine
  Cell cells[kCells];
  Task tasks[kGoroutines];
  Timers timers[kProcs];  // by the P's id
  g* net[kGoroutines] = {};
  int nets = 0;
  int net_waiters = 0;
  bool broken = false;    // netpollBreak since the last wait
  struct {
    g* gp;
    runtime::uint32* addr;
  } acquires[kGoroutines] = {};  // goroutines that wait for a semaphore of the runtime, the first first
  int acquirers = 0;
};
extern State state;

// ---- world.cc
void toHost();
// Waits for what `next` says, which the caller has filled in but for its object.
void waitFor(Kind kind, const void* object, const char* what, int64_t until);
[[noreturn]] void end(const char* property, const std::string& text);
[[noreturn]] void endThread();
Thread* startThread(m* mp);
Thread* threadOf(const m* mp);
// Something that is no step of its own.
void note(Kind kind, const void* object, const char* what, int value = 0);

// ---- properties.cc
namespace property {
// What Go itself does.
extern const char kHandoffIgnoresNeedspinning[], kLeftInThePoller[], kPollerTakesWork[];
extern const char kNoIdleBesideWork[], kNoLostWakeup[], kNoFalseDeadlock[], kDeadlockIsTold[], kOneQueue[],
    kOneThread[],
    kCountsAreExact[], kWorldStandsStill[], kBoundedWaiting[], kTimersAreAwaited[], kWired[],
    kCallsKeepNoWork[], kPortsOwnChecks[], kEnds[];
}
// Nobody can go on but by the passing of time: what must hold then.
void checkSettled(bool atEnd);
Task* taskOf(const g* gp);
bool anyQueued();
// Nobody is under way: which of sched's counts is not what it counts; "" if all are.
std::string wrongCount();

// ---- goroutines.cc
void beginMain();
bool afterBoot();

// ---- outside.cc
bool pollIsReady();

}  // namespace explore
