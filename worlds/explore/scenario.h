// A schedule by hand, for tests: which M goes on, and up to where.
//
//   Scenario s({.procs = 2, .goroutines = {{{Op::kGo, 1}, {Op::kCompute}}, {}}});
//   s.To(0, "sched.npidle");                  // M0 stands before it reads or writes that word
//   EXPECT_EQ(s.Now().ps[0].next, 1);         // and goroutine 1 is P0's runnext
//   s.Finish();
//   EXPECT_EQ(s.Failure(), "");
//
// The names of points are those of the port's shared words ("p.runqtail", "sched.pidle"), and of what the world adds:
// "lock", "wake" and "sleep" (notes), "poll" and "net" (the poller), "timers", "cell" (what goroutines wait on),
// "usleep", "computes", "in the kernel", "begins" (a thread). One world in a process: one Scenario at a time.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include "worlds/explore/look.h"
#include "worlds/explore/world.h"

namespace explore {

class Scenario {
 public:
  // Everything up to main's first op has happened, on M0 with P0. Program as in program.h; sysmon, if it has it, is M1.
  explicit Scenario(Program program) : program_(std::move(program)) { Load(program_); }
  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;

  // M m makes steps until it stands before the n-th point of that name from now on, the one where it stands included.
  // Throws std::logic_error, with a picture of the state, if it cannot go on before, or the run ends.
  void To(int m, const std::string& point, int n = 1) {
    while (Next(m).what != point || --n > 0) Step(m);
  }
  // n steps. Throws as above.
  void Step(int m, int n = 1) {
    for (; n > 0; n--) {
      if (ended_ || (Enabled() >> m & 1) == 0) {
        throw std::logic_error("M" + std::to_string(m) + " cannot go on:\n" + Picture() + End().text);
      }
      last_ = m;
      ended_ = !explore::Step(m);
    }
  }
  // M m makes steps until it cannot go on, but for time, or stands before a point where its goroutine computes.
  void Rest(int m) {
    while (!ended_ && (Enabled() >> m & 1) != 0 && (Timed() >> m & 1) == 0) Step(m);
  }
  // To the end of the run, as it goes by itself.
  void Finish() {
    for (int m; !ended_ && (m = Default(last_)) >= 0;) Step(m);
    ended_ = true;
  }
  Look Now() const { return LookAt(); }
  // The property that failed, or Go's own flaw that showed (docs/explore.md); "" while there is none.
  std::string Failure() const {
    if (End().property != nullptr) return End().property;
    return End().known != nullptr ? End().known : "";
  }
  bool Ended() const { return ended_; }

 private:
  const Program program_;
  int last_ = 0;
  bool ended_ = false;
};

}  // namespace explore
