// What the goroutines of a run do: a few short programs in a table (programs.cc), and random mixes by a seed.
//
// A program is small on purpose. What is explored is the scheduler under it; a goroutine is only there to call it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace explore {

struct Op {
  enum Kind : uint8_t {
    kGo,        // starts goroutine n
    kWait,      // on cell n, until somebody wakes it, or has done so before
    kWake,      // whoever waits on cell n; else the next one who comes
    kYield,     // Gosched
    kHand,      // goyield
    kCall,      // a system call, short
    kLongCall,  // a system call that lasts until nothing else is left to happen
    kBlock,     // a system call that is known to block; as long
    kSleep,     // n ms
    kNet,       // until the poller says that it is ready, as it does whenever it is asked
    kCompute,   // until nothing else is left to happen, or preempted
    kWire,      // LockOSThread
    kUnwire,
    kProcs,     // GOMAXPROCS(n)
    kStop,      // stops the world, and starts it
    kSwitch,    // to the body of coroutine n, which is made at first, or back from it
    kGoexit,
    kExit,      // the program returns from main
  };
  Kind kind;
  int n = 0;
};

struct Program {
  std::string name = "";
  std::string what = "";  // one line about it
  int procs = 2;
  bool sysmon = false;
  bool forces = false;     // sysmon forces a collection, twice
  bool deadlocks = false;  // it ends with all goroutines asleep
  int fair = 0;  // a goroutine on the global queue runs within so many starts; 0: nothing is promised
  std::vector<std::vector<Op>> goroutines = {};  // the first one is main
};

constexpr int kGoroutines = 8, kCells = 8, kCoroutines = 2;

const std::vector<Program>& Programs();
// "random:17" is the mix of that seed. nullptr: there is none of that name.
const Program* FindProgram(const std::string& name);
// The command that has these programs.
extern const char* const kCommand;
// Its text, as in the table of docs/explore.md.
std::string Describe(const Program& program);

}  // namespace explore
