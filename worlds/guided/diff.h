// Holds a stock execution trace against the port, once per process.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace guided {

struct Divergence {
  uint64_t number = 0;  // from 1
  uint64_t offset = 0;  // in the file
  int64_t time = 0;     // ns since the first event
  int64_t m = -1, p = -1, g = -1;
  std::string what;     // what Go did, what the port would have done and by which rule
  std::string queues;   // as they stood
};

struct Result {
  uint64_t events = 0;     // that concern the scheduler
  uint64_t decisions = 0;
  uint64_t exact = 0, admissible = 0, divergent = 0;
  std::string lost;        // not empty: where and why the port could not follow any more
  uint64_t lostOffset = 0; // of the event at which that was, in the file
  int64_t lostTime = 0;    // of that event, ns since the first one
};

// Runs the trace at `path` through the port. False: it cannot be read, and the line about it is in `error`; what was
// good before the fault is in `result`. `report` is called for each of the first `most` divergences, once, when it is
// certain that it stays; `choice` for each free choice by its name.
//
// A wrong guess is undone by going back to a copy of the process (search.h). So this may come back in another process
// than the one that called, with all its memory; the one that called waits for it and ends as it ends. The caller must
// have one thread, and `choice` may do nothing but change memory. A trace that is no file is run without going back.
bool Diff(const std::string& path, Result& result, std::string& error,
          const std::function<void(const Divergence&)>& report, uint64_t most,
          const std::function<void(const char*)>& choice);

}  // namespace guided
