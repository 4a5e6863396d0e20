// Programs of which one can say how long they take, through the port in simulated time. Each run is a process of its
// own.
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "gtest/gtest.h"
#include "worlds/model/run.h"

namespace model {
namespace {

constexpr int64_t kMs = 1'000'000, kUs = 1'000;

struct Result {
  int64_t length, idle, waited, longest;
  uint64_t waits, unfinished;
  bool lost;
};

Result In(const Workload& workload, int32_t procs) {
  int fds[2];
  EXPECT_EQ(pipe(fds), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    const Outcome outcome = Run(workload, procs);
    const Measured& m = outcome.measured;
    const Result r = {m.length,        m.idle,          m.waits.total(), m.waits.max(),
                      m.waits.count(), outcome.unfinished, !outcome.lost.empty()};
    _exit(write(fds[1], &r, sizeof r) == sizeof r ? 0 : 1);
  }
  close(fds[1]);
  Result r{};
  EXPECT_EQ(read(fds[0], &r, sizeof r), static_cast<ssize_t>(sizeof r));
  close(fds[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_FALSE(r.lost);
  return r;
}

class Model : public testing::Test {
 protected:
  Model() {
    load_.switch_ns = 200;
    load_.wake_ns = 5 * kUs;
  }
  Program& Add(std::vector<Op> ops, Program::Begins begins = Program::kRunnable) {
    Program& program = load_.programs.emplace_back();
    program.id = static_cast<int64_t>(load_.programs.size());
    program.function = "main.f";
    program.begins = begins;
    program.ended = true;
    program.ops = std::move(ops);
    return program;
  }

  Workload load_;
};

TEST_F(Model, WhatComputesTakesItsTimeOnEachP) {
  for (int i = 0; i < 4; i++) Add({{Op::kRun, 8 * kMs}});
  const Result one = In(load_, 1), four = In(load_, 4);
  EXPECT_GE(one.length, 32 * kMs);
  EXPECT_LT(one.length, 33 * kMs);
  EXPECT_EQ(one.idle, 0) << "there is one P, and it has work";
  EXPECT_GE(one.waited, (8 + 16 + 24) * kMs);
  EXPECT_GE(four.length, 8 * kMs);
  EXPECT_LT(four.length, 9 * kMs);
  EXPECT_GT(four.idle, 0) << "threads take time to come";
}

TEST_F(Model, WhoComputesForTooLongIsPreempted) {
  Add({{Op::kRun, 1 * kMs}});
  Add({{Op::kRun, 55 * kMs}});  // made last, it is next
  const Result r = In(load_, 1);
  EXPECT_GE(r.waits, 3u);
  EXPECT_GE(r.length, 56 * kMs);
  EXPECT_LT(r.length, 57 * kMs);
  EXPECT_GE(r.longest, 10 * kMs);
  // The first slice is followed by another: with tick 0 the P looks at the global queue first.
  EXPECT_LT(r.longest, 36 * kMs) << "sysmon did not see to it";
}

TEST_F(Model, ASystemCallGivesItsPAway) {
  Add({{Op::kRun, 30 * kMs}});
  Add({{Op::kCall, 50 * kMs}});
  const Result r = In(load_, 1);
  EXPECT_GE(r.length, 50 * kMs);
  EXPECT_LT(r.length, 62 * kMs) << "the P stayed with the call";
}

TEST_F(Model, WhoIsReadiedBeforeItWaitsDoesNotWait) {
  Program& waiter = Add({{Op::kRun, 5 * kMs}, {Op::kWait}, {Op::kRun, 1 * kMs}});
  Add({{Op::kReady, 0, &waiter}, {Op::kRun, 1 * kMs}});
  EXPECT_LT(In(load_, 2).length, 7 * kMs);
}

TEST_F(Model, WhoWaitsIsReadiedByTheOther) {
  Program& waiter = Add({{Op::kWait}, {Op::kRun, 1 * kMs}});
  Add({{Op::kRun, 5 * kMs}, {Op::kReady, 0, &waiter}, {Op::kRun, 1 * kMs}});
  for (const int32_t procs : {1, 2}) {
    const Result r = In(load_, procs);
    EXPECT_GE(r.length, (procs == 1 ? 7 : 6) * kMs);
    EXPECT_LT(r.length, (procs == 1 ? 8 : 7) * kMs);
    EXPECT_EQ(r.unfinished, 0u);
  }
}

TEST_F(Model, TimersAndTheNetworkComeInTime) {
  for (const Op::Kind kind : {Op::kSleep, Op::kNet}) {
    load_.programs.clear();
    Add({{Op::kRun, 1 * kMs}, {kind, 20 * kMs}, {Op::kRun, 1 * kMs}});
    const Result r = In(load_, 2);
    EXPECT_GE(r.length, 22 * kMs);
    EXPECT_LT(r.length, 22 * kMs + 200 * kUs);
  }
}

TEST_F(Model, WhoIsMadeRunsAndWhoWaitsForEverDoesNotKeepItGoing) {
  Program& made = Add({{Op::kRun, 3 * kMs}}, Program::kMade);
  Add({{Op::kForever}}, Program::kWaiting);
  Add({{Op::kMake, 0, &made}, {Op::kRun, 1 * kMs}, {Op::kForever}});
  const Result r = In(load_, 1);
  EXPECT_GE(r.length, 4 * kMs);
  EXPECT_LT(r.length, 5 * kMs);
  EXPECT_EQ(r.unfinished, 0u);
}

TEST_F(Model, TheSameLoadGivesTheSame) {
  for (int i = 0; i < 50; i++) Add({{Op::kRun, i * 10 * kUs}, {Op::kSleep, 30 * kUs}, {Op::kRun, 40 * kUs}});
  const Result a = In(load_, 3), b = In(load_, 3);
  EXPECT_EQ(std::memcmp(&a, &b, sizeof a), 0);
}

}  // namespace
}  // namespace model
