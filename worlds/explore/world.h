// The explored world, as a search sees it: a run stands still before each step, and the search says whose step is
// next.
//
// All that a run changes lies in one region of memory (arena.h), so Reset is a copy of some ten thousand bytes. One
// world in a process, on one thread. Nothing here depends on addresses that the system gives.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "worlds/explore/point.h"
#include "worlds/explore/program.h"

namespace explore {

constexpr int kThreads = 16;  // Ms; more are the end of a run
// With store buffers (point.h) there are half as many at most, and thread kBuffer + i is what moves M i's stores.
constexpr int kBuffer = 8;

// What an M is about to do.
struct Pending {
  Kind kind = Kind::kRead;
  bool woken = false;       // kNote, kPoll: it need not wait any more; kCompute: it was preempted
  uint8_t values = 1;       // how many answers there are to it, by number
  uint32_t object = 0;      // the same number in every run
  int64_t until = -1;       // ns; when it goes on at the latest. -1: never by itself
  const char* what = "";
};

// What happened: a step, or (kUnlock, kCreate, kTime) something inside of the step before it.
struct Event {
  Kind kind;
  bool timed;         // the time was up
  uint8_t thread;
  uint8_t value;      // kCreate: the thread that was made
  uint32_t object;
  const char* what;
};

// How a run ended. No property: as it should, or as Go's own does where that is less than one would wish: then `known`
// has the name of it (docs/explore.md).
struct Ending {
  const char* property = nullptr;
  std::string text;
  const char* known = nullptr;
};

// Loads a program: everything up to the first op of its main goroutine has happened. It must stay alive.
void Load(const Program& program);
// Back to that state.
void Reset();

// Sets of Ms by bits. Those that can go on: all of them, and those of them that only the time lets go on.
uint32_t Enabled();
uint32_t Timed();
const Pending& Next(int thread);
// That one makes its step. False: the run is at its end.
bool Step(int thread, int value = 0);
const Ending& End();
// Of this run, in order.
const std::vector<Event>& Events();

// Who goes on if the search has no opinion: the same M as before; if that cannot, the first that can; if none can, the
// one whose time is up first. -1: nobody can; the run has ended, and End says how.
int Default(int last);

// The state in words, for people.
std::string Picture();

// An event of an execution trace, but for what are numbers of strings and stacks: `name` is the text (worlds/lockstep/
// trace.h says of which argument). kind is the format's.
struct Traced {
  int64_t time;  // ns, later than the one before
  uint32_t m;
  uint8_t kind;
  int nargs;
  uint64_t args[4];
  std::string_view name;
};
// A trace has no steps; there each lasts so long.
constexpr int64_t kStepTime = 1000;
// Up to the end of this run its events go to `to`. Right behind Reset; TraceStep before each step.
void Trace(void (*to)(const Traced&));
void TraceStep(uint32_t step);
// After the last step: a message in the log of a goroutine that runs, if any does.
void TraceWords(uint32_t step, const std::string& text);

// For tests: more than the properties say (docs/explore.md).
int64_t Now();

}  // namespace explore
