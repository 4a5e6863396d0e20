// What the files of the lockstep world share with each other, and with nobody else.
#pragma once

#include <string>
#include <vector>

#include "runtime/proc_decl.h"
#include "seam/slog.h"
#include "worlds/lockstep/fiber.h"
#include "worlds/lockstep/world.h"

namespace lockstep {

// A goroutine's function: the captured program's address of it, and what runs it here.
struct Func : runtime::funcval {
  uint64_t pc = 0;
};

// The function at pc. runtime.main and runtime.forcegchelper are the port's; all others are played from the log.
Func* funcAt(uint64_t pc);

// Plays what runs outside the port from the log, on the current stack, until this M's next record is `until`;
// that one is left for the caller. nullptr: for ever.
void outside(const Kind* until);

// Tells inputs.cc which numbers the open log uses.
void bindInputs(const schedlog::Header& header);

// If the record that this M made instead of an expected one is an interruption of the port's code, plays it and says
// true: a goroutine's preemption at a function's entry, its stack that is moved; a call by outside code in the middle
// of a function, such as a write barrier or an allocation.
bool interruption();

// Whether gp, which just died, has a stack of the size to start with.
bool stackFits(const runtime::g* gp);

runtime::p* pByID(int64_t wireID);
runtime::m* mByID(uint32_t id);

// The M's simulated thread.
void startThread(runtime::m* mp);
[[noreturn]] void endThread();
void freeThread(runtime::m* mp);

// The p whose timers these are.
const runtime::p* timersOwner(const runtime::timers* ts);

// Text that the port printed (a throw's details).
void printed(std::string_view s);

// The replay is over: back to who called Replay. Never returns to a running replay.
[[noreturn]] void leave();

// The state of all ps, ms and gs as GODEBUG=scheddetail=1 prints it.
std::string schedState();

// Lets another M go on to where it would make its next record. Only in the eager order. False: there is none that
// could. blind: it may not have come so far, for its next record is not at hand.
bool runOnAhead(uint32_t id, bool& blind);
// That M gets its turn, whether or not it was let go on before: called when anybodyAhead says that some were.
extern bool anybodyAhead;
void tookTurn(uint32_t id);
runtime::g* stackOf(uint32_t id);  // whose stack that M is on
uint64_t turnsOf(uint32_t id);     // how many turns it got
uint32_t threadsMade();       // ids of Ms are below that
int locksHeld(uint32_t id);  // of those that are in the log

// Reports that the port's state is not Go's in the snapshot behind that record, and ends the replay. `agreed`: the
// record of the last snapshot that was equal, -1 if there is none.
[[noreturn]] void divergesInState(uint64_t index, int64_t agreed, const std::string& go, const std::string& port);

// ---- facts.cc: the times of facts. Called only when somebody listens.

// Which kinds of records the open log has under which numbers.
void bindFacts(const schedlog::Header& header);
// The record at the head, of that number, is about to be consumed.
void recordPasses(uint64_t number);
// The clock was read just now.
void clockRead(int64_t ns);
// The log is at its end.
void factsEnd();

// The answers that an M got before: they are in the log only when they change.
struct Sticky {
  bool traceEnabled = false;
  bool traceShuttingDown = false;
  bool netpollinited = false;
  bool netpollAnyWaiters = false;
  bool gcBlackenEnabled = false;
  bool sysmonWake = false;
  bool alwaysTrack = false;
  // And how it stands.
  int held = 0;     // locks of those that are in the log
  int outside = 0;  // calls of outside() on g0 that have not returned
  int64_t forcegcperiod = int64_t{2} * 60 * 1000000000;
  uint32_t fingStatus = 0;
};
Sticky& sticky();

}  // namespace lockstep
