// Searches: which M goes on at each step of each run. One interface, three of them (dfs.cc, pct.cc, random.cc), and
// what all of them share: to run a program under one, to write a run down in a line, to run such a line again, and to
// shrink it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "worlds/explore/world.h"

namespace explore {

struct Move {
  int thread = -1;
  int value = 0;  // the answer, where the step asks for one
};

// The state before a step.
struct View {
  uint32_t enabled = 0, timed = 0;  // as in world.h
  int last = 0;                     // whose step was the one before
  int usual = 0;                    // Default
};

// What a move costs of a bound: 1 for taking the processor from an M that could go on, and for letting one go on
// before its time is up while others could; else 0.
int CostOf(const View& view, int thread);

class Search {
 public:
  virtual ~Search() = default;
  // The next move of this run. thread -1: the rest of the run is known.
  virtual Move Choose(const View& view) = 0;
  // A run is over. Whether there is to be another one.
  virtual bool Again(const std::vector<Event>& events) = 0;
  // What it has seen, for the report: states that differ, 0 if it does not count them; and whether it has seen all.
  virtual uint64_t States() const { return 0; }
  virtual bool All() const { return false; }
  // In how many states that differ runs ended: of runs that differ by more than the order of steps that may change
  // places.
  virtual uint64_t Ends() const { return 0; }
};

struct DfsOptions {
  int bound = -1;       // of costs; -1: none
  bool reduce = true;   // dynamic partial-order reduction
  bool cache = true;    // of states. Not with the reduction, or both together leave runs out
};
std::unique_ptr<Search> MakeDfs(const DfsOptions& options);
// depth: it finds what takes so many ordered events at least, with a known probability.
std::unique_ptr<Search> MakePct(uint64_t seed, int depth);
std::unique_ptr<Search> MakeRandom(uint64_t seed);

// A run, as what is unusual about it: at a step another M, or another answer, than Default's.
struct Unusual {
  uint32_t step;
  Move move;
};
using Schedule = std::vector<Unusual>;
std::string Write(const std::string& program, const Schedule& schedule);
// False: it is none, and `error` has the line about it.
bool Read(const std::string& line, std::string& program, Schedule& schedule, std::string& error);

struct Limits {
  uint64_t schedules = ~uint64_t{0};
  uint64_t steps = ~uint64_t{0};
  bool first = true;  // stop at the first failure
};

struct Report {
  uint64_t schedules = 0, steps = 0, states = 0, ends = 0;
  uint64_t longest = 0;   // steps of the longest run
  bool all = false;       // there is no other run, within the bound
  Ending failure;         // the first one
  Schedule schedule;      // of it
  uint64_t failures = 0;
  std::vector<std::pair<const char*, uint64_t>> by_property;  // how many of them
  uint64_t known = 0;     // runs that ended as Go's do where that is not as one would wish
  uint64_t digest = 0;    // of all steps of all runs: the same whenever the same search runs again
};

// Runs the loaded program under the search. `progress` is called now and then, and may be nullptr.
Report Explore(Search& search, const Limits& limits, void (*progress)(const Report&) = nullptr);

// Runs the loaded program by a schedule; what it says of an M that cannot go on is left out. `told` is called before
// each step, and may be nullptr.
Ending Replay(const Schedule& schedule, void (*told)(uint32_t step, Move move) = nullptr);

// A shorter schedule by which the same property fails.
Schedule Shrink(const Schedule& schedule, const char* property);

}  // namespace explore
