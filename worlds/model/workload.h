// What the goroutines of a trace did, without who ran when and where: a program for each, of computing, making and
// readying others, waiting, sleeping and system calls. That is what a model runs again.
//
// Who waits for whom is taken as the trace shows it: the n-th time that a goroutine waits for another is over with the
// n-th time that it is readied by one, whichever comes first. What was there already when a goroutine came to wait for
// it leaves no trace, and so is no dependence here. What was readied by no goroutine (a timer, the network, the
// runtime) comes as long after the wait began as it did in the trace.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "worlds/model/measure.h"

namespace model {

struct Program;

struct Op {
  enum Kind : uint8_t {
    kRun,      // for ns
    kMake,     // whom
    kReady,    // whom
    kWait,     // until somebody readies it
    kSleep,    // for ns, and then it is runnable
    kNet,      // the same, readied by the network poller
    kCall,     // a system call of ns
    kGosched,
    kYield,    // goyield
    kForever,  // it waits, and the trace ends before that does
  };
  Kind kind = kRun;
  int64_t ns = 0;
  Program* whom = nullptr;
};

struct Program {
  enum Begins : uint8_t {
    kMade,      // by another one of the workload
    kRunnable,  // when the trace began, or running, or in a system call
    kWaiting,   // its first op is the rest of a wait
  };
  int64_t id = 0;
  std::string function;  // that it began with; "" if the trace does not tell
  Begins begins = kMade;
  bool ended = false;    // within the trace
  std::vector<Op> ops;
};

struct Workload {
  std::deque<Program> programs;  // in the order in which the trace names them
  int32_t procs = 0;             // GOMAXPROCS
  bool changes_procs = false;    // it changed within the trace
  Measured measured;             // as it was
  // What the model's threads are given.
  int64_t switch_ns = 0;  // from where a goroutine stops to where the next one runs on the same P: the trace's median
  // How long a goroutine has waited that is the first one of a thread which was woken: of the trace the lower quartile,
  // since in the others there is a queue, too; and no more than kWakeMost, which is a machine that is busy with others.
  int64_t wake_ns = 0;
  static constexpr int64_t kWakeLeast = 1'000, kWakeMost = 100'000;
};

// False: `error` has the line about it.
bool ReadWorkload(const std::string& path, Workload& workload, std::string& error);

}  // namespace model
