// Bugs that Go's scheduler has had, each told as a schedule by hand: who goes on, and up to where; and what the port,
// which is that of a Go that has been mended, does then. What it did before stands in worlds/explore/history.
#include "worlds/explore/scenario.h"

#include "gtest/gtest.h"

namespace explore {
namespace {

// golang/go 45867. A thread that does not spin is about to let its P go, when a goroutine becomes runnable elsewhere.
// The waker finds no idle P. It leaves a mark, and the thread that lets go looks at it under the lock: it spins
// instead, and steals.
TEST(Scenario, Issue45867AWakerThatFindsNoIdlePLeavesAMark) {
  Scenario s({.procs = 2,
              .goroutines = {{{Op::kGo, 1}, {Op::kCompute}, {Op::kGo, 2}, {Op::kCompute}}, {}, {}}});
  s.Rest(0);
  EXPECT_EQ(s.Now().ms[0].at, "computes");
  s.To(1, "net.waiters", 2);         // M1 was made for goroutine 1; that is over, and there is nothing else to do
  s.To(1, "sched.nmspinning");       // it may spin, if few others do
  s.To(0, "sched.needspinning");     // main starts goroutine 2: wakep counts itself as spinning, and finds no idle P
  EXPECT_EQ(s.Now().spinning, 1);
  EXPECT_EQ(s.Now().ps[0].next, 2);
  s.To(1, "lock");                   // so M1 does not spin, and is about to let its P go
  EXPECT_FALSE(s.Now().ms[1].spinning);
  EXPECT_FALSE(s.Now().ms[1].enabled);
  s.Step(0);                         // the mark stands
  s.Rest(0);
  EXPECT_TRUE(s.Now().needspinning);
  EXPECT_EQ(s.Now().spinning, 0);
  s.To(1, "sched.gcwaiting", 2);     // M1 has the lock, and looks at the mark
  EXPECT_TRUE(s.Now().ms[1].spinning);
  EXPECT_FALSE(s.Now().needspinning);
  s.To(1, "m.curg");
  EXPECT_EQ(s.Now().ps[0].next, kNobody);
  s.Finish();
  EXPECT_EQ(s.Failure(), "");
}

// golang/go 61454. sysmon has taken a goroutine from the poller and not yet made it runnable. It is still counted as
// one that waits for the network: so the last thread goes to the poller, and does not find that all are asleep.
TEST(Scenario, Issue61454WhoWasPolledIsCountedUntilItIsRunnable) {
  Scenario s({.procs = 1,
              .sysmon = true,
              .goroutines = {{{Op::kGo, 1}, {Op::kHand}, {Op::kCompute}}, {{Op::kNet}}}});
  s.Rest(0);
  EXPECT_EQ(s.Now().ms[0].at, "computes");
  s.To(1, "net");                    // sysmon polls: it has not been done for 10 ms
  s.Step(1);                         // and has goroutine 1, which nobody else sees
  s.Step(0);                         // main is over
  s.Rest(0);
  EXPECT_EQ(s.Failure(), "");
  EXPECT_EQ(s.Now().ms[0].at, "poll");
  s.Finish();
  // The price of that, in Go as well: M0 stays in the poller when nobody waits for the network any more.
  EXPECT_EQ(s.Failure(), "left-in-the-poller");
}

// golang/go 59600. One P, in a system call that sysmon ends; sysmon then wakes a thread for a goroutine of the
// runtime. It takes the P and the thread under one lock: the goroutine that comes from its call finds either both
// there, or both taken.
TEST(Scenario, Issue59600ThePAndItsThreadAreTakenUnderOneLock) {
  Scenario s({.procs = 1, .sysmon = true, .forces = true, .goroutines = {{{Op::kYield}, {Op::kLongCall}}}});
  s.Rest(0);
  EXPECT_EQ(s.Now().ps[0].status, 2u);
  while (s.Now().ms.size() < 3) s.Step(1);  // sysmon takes the P from the call, for the collector's goroutine
  s.Rest(2);                                // which waits then; there is nothing else to run
  EXPECT_TRUE(s.Now().ps[0].idle);
  while (s.Now().ps[0].idle) s.Step(1);     // sysmon forces a collection: it takes the P
  s.Step(0);                                // and the call is over
  while (!s.Ended() && s.Now().ms[0].enabled && s.Now().ms[0].at != "lock") s.Step(0);
  EXPECT_FALSE(s.Now().ms[0].enabled) << "M0 could go idle now, and see a runnable goroutine that nobody runs";
  s.Finish();
  EXPECT_EQ(s.Failure(), "");
}

// golang/go 38860. A goroutine sleeps, and its P computes. The idle P's thread waits for its time, though the timer is
// not its own.
TEST(Scenario, Issue38860ATimerOfABusyPIsWaitedForByAnIdleOne) {
  Scenario s({.procs = 2, .goroutines = {{{Op::kGo, 1}, {Op::kSleep, 5}}, {{Op::kCompute}}}});
  s.Rest(0);
  s.Rest(1);
  const Look look = s.Now();
  int polls = 0;
  for (const Look::M& m : look.ms) polls += m.at == "poll" && m.timed;
  EXPECT_EQ(polls, 1);
  s.Finish();
  EXPECT_EQ(s.Failure(), "");
}

// golang/go 63555. Two goroutines come from the poller at once while both Ps are busy; then the other P becomes idle.
// Who took them looks once more when they can be seen.
TEST(Scenario, Issue63555WhoInjectsLooksAgainForAnIdleP) {
  Scenario s({.procs = 2,
              .goroutines = {{{Op::kGo, 1}, {Op::kGo, 2}},
                             {{Op::kNet}, {Op::kCompute}},
                             {{Op::kNet}, {Op::kCompute}}}});
  s.Finish();
  EXPECT_EQ(s.Failure(), "");
}

// A step that cannot be made is told with a picture of the state.
TEST(Scenario, WhoCannotGoOnIsNamed) {
  Scenario s({.procs = 1, .goroutines = {{{Op::kYield}}}});
  try {
    s.Step(3);
    FAIL() << "M3 is not there";
  } catch (const std::logic_error& error) {
    EXPECT_NE(std::string(error.what()).find("M3 cannot go on"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("P0 running, M0"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace explore
