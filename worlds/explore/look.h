// The scheduler's state at this moment of a run, by the numbers that a program gives its goroutines. For tests and for
// people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace explore {

constexpr int kNobody = -1;    // instead of a number
constexpr int kStranger = 99;  // a goroutine that the program does not have: the runtime's own

struct Look {
  struct P {
    uint32_t status;        // runtime2.h: 0 idle, 1 running, 2 in a system call, 3 stopped
    int m;                  // that holds it
    int next;               // runnext
    std::vector<int> ring;  // the first first
    bool idle;              // on the idle list
  };
  struct M {
    std::string at;    // what it is about to touch, or "ended"
    int p, goroutine;  // that it has
    bool spinning;
    bool enabled;      // it can go on
    bool timed;        // but only because its time is up
  };
  std::vector<P> ps;
  std::vector<M> ms;        // by number; where there is none, at is ""
  std::vector<int> global;  // the global queue, the first first
  int idle_ps = 0, idle_ms = 0, spinning = 0;  // as sched counts them
  bool needspinning = false;
  bool gcwaiting = false;
};
Look LookAt();

}  // namespace explore
