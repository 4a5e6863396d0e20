// The guided world: the port runs through a stock execution trace.
//
// Every M of the port is a fiber. The trace has the events that Go's scheduler emitted; the port emits the same ones,
// and each has to be the next event of its thread. Between two events of a thread nothing is known but what follows
// from the rest of the trace, and what the port does. So an M runs, all at once, when the next event of the trace is
// its own: what it does until it emits that event is the step that led there.
//
//   * What happens outside the scheduler (a goroutine is made, blocks, enters a system call) is an input: outside() in
//     inputs.cc plays it when its event comes.
//   * What the scheduler decided (which goroutine runs, which P is woken, who stops) is compared. Where the port would
//     do something else, a free choice is looked for that leads to what Go did: from where to steal first, where the
//     goroutines lay when the trace began, what the schedtick was, in what order Ps went idle. Then the port makes that
//     choice. If there is none, the decision is a divergence, and what Go did is put in its place.
//     A choice that turns out wrong later is made otherwise (search.h).
//   * Threads and Ms: idle Ms are all alike, so which M of the port a thread is, is settled when it starts a P.
//
// One run a process: the port's state is global, as Go's is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/proc_decl.h"
#include "seam/slog.h"
#include "worlds/guided/diff.h"
#include "worlds/guided/window.h"
#include "worlds/lockstep/fiber.h"

namespace guided {

using lockstep::Fiber;
using runtime::g;
using runtime::m;
using runtime::p;

// What an M waits for.
enum class Wait : uint8_t {
  kNew,      // its thread has not begun
  kOutside,  // the next input of its goroutine
  kLook,     // in findRunnable, for what it is going to find
  kEmit,     // for its event to come
  kNote,     // for a wakeup
  kPoll,     // in the network poller, without a P
  kJob,      // sysmon's stand-in: for something to do
  kEnded,
  kLookNoP,  // having given its P up, for what it finds when it looks once more
};

struct M {
  m* mp = nullptr;
  std::unique_ptr<Fiber> fiber;
  g* saved = nullptr;  // what getg() answers when it continues
  int64_t thread = -1;  // of the trace; -1: none, it is idle or about to be
  Wait wait = Wait::kNew;
  runtime::note* note = nullptr;  // of kNote
  uint8_t emitKind = 0;           // of kEmit
  int64_t emitArg = 0;
  bool skipEmit = false;     // the event that it waits for is not in the trace: go on
  uint64_t spinsFor = ~uint64_t{0};  // the event behind which it began to look
  bool spunEarly = false;    // it spins since it began to look
  int32_t sights = 0;        // moments at which it would have found what is shown
  uint32_t sightBatch = 0;   // the last one: how many it would have taken
  const p* sightFrom = nullptr;
  struct Seen {              // whether the global queue's head, and those that come along, are what is shown
    uint64_t start = ~uint64_t{0};
    uint64_t extracted = 0;
    int32_t size = 0;
    bool fits = false;
  } seen;
  uint64_t notBefore = 0;    // no early look before that event
  bool early = false;        // it looks before its event comes: it had been the first
  uint64_t lastIndex = 0;    // of its last event
  uint32_t tail = 0;         // of its P's ring when it began to look
  bool said = false;         // the decision that comes has been reported
  std::vector<uint32_t> heads;  // of all rings when it began to look
  std::vector<const g*> nexts;  // and what was in runnext of all Ps
  bool borrowed = false;     // it has a P in the trace, to make a thread
  bool giveUp = false;       // of kLookNoP: it finds nothing
  bool lookAgain = false;    // begin the search for work anew
  uint64_t lookedAt = ~uint64_t{0};  // the event for which the search was prepared
  uint64_t before = ~uint64_t{0};    // the event for which it has looked as if it were earlier
  const char* choice = nullptr;      // the free choice that was made for it
  int64_t stealFrom = -1;            // the P to begin with
  uint32_t tries = 0;                // searches for one event, each with another free choice
  uint32_t forced = 0;               // the same, with what Go did put in place
};

extern Window* window;
extern M* current;
extern bool muted;  // the port does what is not in the trace: nothing is emitted

// The next event, if it is of the M that runs, or the M looks early and it is the M's next one; nullptr otherwise.
const In* mine();
// What comes behind it on the same thread.
const In* mineNext(size_t n);
// Leaves the M until the host continues it.
void toHost(Wait wait);
// Waits until the next event of the trace is this M's.
const In& awaitMine(Wait wait);
void consume();

// Emits an event: waits until it is the next one, and consumes it.
void emit(uint8_t kind, int64_t arg);

void startThread(m* mp);
[[noreturn]] void endThread();
// The M leaves its frames on g0 and calls schedule anew. It holds a P.
[[noreturn]] void scheduleAgain();

// ---- names (places.cc): the trace's numbers of goroutines

g* byName(int64_t goid);
void bind(int64_t goid, g* gp);
void unbind(int64_t goid);

// ---- places (places.cc): where a goroutine lies, and moving it

enum class Place : uint8_t { kNowhere, kRunnext, kRing, kGlobal, kUnknown };
struct Where {
  Place place = Place::kNowhere;
  p* pp = nullptr;
  uint32_t at = 0;  // from the head
};
Where whereIs(const g* gp);
// Takes it away from there.
void extract(g* gp);
// How often that was done.
uint64_t extracted();
// To the head of pp's ring, so that it comes next.
void putFirst(p* pp, g* gp);
// Runnable, but it lies nowhere: whoever starts it has found it, which is this free choice.
void putUnknown(g* gp, const char* why);
const char* whyUnknown(const g* gp);
// pp to the head of the idle list. False: it is not there.
bool idleFirst(p* pp, bool* was);
std::string queuesText();

// ---- inputs.cc

void outside();
runtime::funcval* playedFunc();
// What sysmon did: the event at the head is of a thread without a P.
void helperLoop();
// The state of a goroutine or processor at the beginning.
void adopt(const In& e);
void boot(int32_t procs);

// ---- the report

void exact(const In& e);
void admissible(const In& e, const char* choice);
void divergent(const In& e, const std::string& what);
[[noreturn]] void lost(const std::string& why);
// It is wrong at e: what may have been chosen otherwise before is tried. Comes back if nothing is better.
void conflict(const In& e, bool end);

}  // namespace guided
