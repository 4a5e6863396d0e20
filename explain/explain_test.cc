// Small schedules, told fact by fact, and what is to be said of them word for word.
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "explain/budget.h"
#include "explain/explainer.h"
#include "explain/story.h"
#include "explain/text.h"
#include "gtest/gtest.h"

namespace explain {
namespace {

// What becomes of facts given as text.
struct Outcome {
  Explanation explanation;
  std::vector<Wait> waits;         // in the order in which they ended, with their details
  std::vector<std::string> life;   // of the goroutine that was asked for
  std::string stood;
};

Outcome Explain(const std::string& facts_text, Question question = {}) {
  Outcome outcome;
  Explainer explainer(
      question,
      [&](int64_t time, const std::string& sentence, const Wait*) {
        outcome.life.push_back(std::to_string(time) + " " + sentence);
      },
      [&](const State& state, int64_t now) { outcome.stood = state.Text(now); });
  Waits* asked = nullptr;
  Waits waits([&](Wait& wait) {
    EXPECT_EQ(Sum(wait.parts), wait.length()) << "G" << wait.g;
    asked->Detail(wait);
    outcome.waits.push_back(wait);
  });
  asked = &waits;
  std::istringstream lines(facts_text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    Fact fact;
    std::string text, why;
    if (!facts::FromText(line, fact, text, why)) ADD_FAILURE() << line << ": " << why;
    explainer.Put(fact, text);
    waits.Apply(fact, text);
  }
  waits.End();
  outcome.explanation = explainer.Finish();
  return outcome;
}

std::string StoryOf(const Outcome& outcome, int64_t g) {
  for (const Wait& w : outcome.waits) {
    if (w.g == g) return Story(w, outcome.explanation.names);
  }
  return "no wait of it";
}

const Wait& WaitOf(const Outcome& outcome, int64_t g) {
  for (const Wait& w : outcome.waits) {
    if (w.g == g) return w;
  }
  ADD_FAILURE() << "no wait of G" << g;
  static const Wait kNone;
  return kNone;
}

// Two Ps, each of which runs a goroutine: G1 on P0, G88 on P1.
constexpr char kTwoPs[] = R"(0 procs n=2
0 proc p=0 m=0 how=running
0 proc p=1 m=1 how=running
0 found g=1 m=0 p=0 how=running "main.main"
0 found g=88 m=1 p=1 how=running "main.long"
)";

// The example of the issue: 4th on a ring behind one that runs for long, a P idle for a while, stolen with others.
TEST(Story, BehindALongOneAndStolen) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
10000 made g=11 by=88 m=1 p=1 "main.work"
10000 ready g=11 by=88 m=1 p=1 how=created
10000 laid g=11 m=1 p=1 place=runnext position=0
20000 made g=12 by=88 m=1 p=1 "main.work"
20000 ready g=12 by=88 m=1 p=1 how=created
20000 laid g=12 m=1 p=1 place=runnext position=0
20000 laid g=11 m=1 p=1 place=ring position=0
6000000 stopped g=1 m=0 p=0 how=blocked "chan receive"
6000000 spinning m=0 n=1
6040000 proc p=0 how=idle
6040000 spinning m=0
6080000 taken p=0 m=1
6080000 given p=0 m=0 how=woken
6100000 proc p=0 m=0 how=running
6110000 moved m=0 p=0 p2=1 n=1 place=ring
6110000 started g=11 m=0 p=0 p2=1 place=ring rule=stolen
6200000 stopped g=88 m=1 p=1 how=ended
6200100 moved m=1 p=1 p2=1 n=1 place=runnext
6200200 started g=12 m=1 p=1 place=runnext rule=runnext
)");
  EXPECT_EQ(Headline(WaitOf(o, 11), o.explanation.names),
            "G11 (main.work): runnable 6.10 ms, from 0.000010 s to 0.006110 s");
  EXPECT_EQ(StoryOf(o, 11),
            "made by G88 (main.long); next on P1, behind G88, which ran there; kicked out of runnext by G12, 1st on "
            "P1's ring while G88 ran there; P1 ran G88 (main.long) for 6.10 ms; P0 was idle for 40.0 us of it; "
            "stolen by P0 from P1 alone");
  const Wait& w = WaitOf(o, 11);
  EXPECT_EQ(Of(w.parts, Cause::kBehindInRunnext), 10000);
  EXPECT_EQ(Of(w.parts, Cause::kBehind), 5980000 + 10000);
  EXPECT_EQ(Of(w.parts, Cause::kIdleSpinner), 40000);
  EXPECT_EQ(Of(w.parts, Cause::kIdleNobody), 40000);
  EXPECT_EQ(Of(w.parts, Cause::kIdleOS), 20000);
  EXPECT_EQ(StoryOf(o, 12),
            "made by G88 (main.long); next on P1, behind G88, which ran there; P1 ran G88 (main.long) for 6.18 ms; "
            "P0 was idle for 40.0 us of it; taken by P1 out of runnext, for the rest of the slice");
}

TEST(Story, StolenWithOthers) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 ready g=2 by=88 m=1 p=1 how=unblocked
0 laid g=2 m=1 p=1 place=ring position=0
0 ready g=3 by=88 m=1 p=1 how=unblocked
0 laid g=3 m=1 p=1 place=ring position=1
1000 ready g=4 by=88 m=1 p=1 how=unblocked
1000 laid g=4 m=1 p=1 place=ring position=2
1000 ready g=5 by=88 m=1 p=1 how=unblocked
1000 laid g=5 m=1 p=1 place=ring position=3
2000 stopped g=1 m=0 p=0 how=blocked "select"
3000 moved m=0 p=0 p2=1 n=2 place=ring
3000 laid g=2 m=0 p=0 place=ring position=0
4000 started g=3 m=0 p=0 p2=1 n=1 place=ring rule=stolen
5000 stopped g=3 m=0 p=0 how=ended
6000 moved m=0 p=0 p2=0 n=1 place=ring
6000 started g=2 m=0 p=0 place=ring rule=ring
)");
  EXPECT_EQ(StoryOf(o, 3),
            "unblocked by G88 (main.long); 2nd on P1's ring while G88 ran there; P1 ran G88 (main.long) for 4.00 us; "
            "stolen by P0 from P1 with 1 other");
  EXPECT_EQ(StoryOf(o, 2),
            "unblocked by G88 (main.long); 1st on P1's ring while G88 ran there; came along when P0 stole 2 from P1, "
            "1st on P0's ring; meanwhile G88 (main.long) ran on P1 for 3.00 us of its 6.00 us and G3 ran on P0 for "
            "1.00 us; for 2.00 us the P ran nobody: its thread was in the scheduler, or the system let it wait; taken "
            "by P0 from its ring");
  EXPECT_EQ(o.explanation.totals.all.waits.count(), 2u);
  EXPECT_EQ(o.explanation.totals.unended, 2u);
}

TEST(Story, PreemptedToTheGlobalQueueAndABatch) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 ready g=2 by=88 m=1 p=1 how=unblocked
0 laid g=2 m=1 place=global position=0
10000 stopped g=1 m=0 p=0 how=preempted
10000 ready g=1 m=0 p=0 how=preempted
10000 laid g=1 m=0 place=global position=1
20000 started g=7 m=0 p=0 rule=ring
50000 stopped g=88 m=1 p=1 how=ended
50000 moved m=1 p=1 n=2 place=global
50000 laid g=1 m=1 p=1 place=ring position=0
50000 started g=2 m=1 p=1 n=1 place=global rule=global
60000 stopped g=2 m=1 p=1 how=ended
60000 moved m=1 p=1 p2=1 n=1 place=ring
60000 started g=1 m=1 p=1 place=ring rule=ring
)");
  EXPECT_EQ(StoryOf(o, 1),
            "preempted: its slice was over, or the world was to stop; 2nd on the global queue; came along when P1 took "
            "2 from the global queue, 1st on P1's ring; meanwhile G88 (main.long) ran on P1 for 40.0 us of its 50.0 "
            "us, G7 ran on P0 for 30.0 us of its 40.0 us and G2 ran on P1 for 10.0 us; taken by P1 from its ring");
  EXPECT_EQ(Of(WaitOf(o, 1).parts, Cause::kGlobalPreempted), 40000);
  EXPECT_EQ(Of(WaitOf(o, 1).parts, Cause::kBehind), 10000);
  EXPECT_EQ(StoryOf(o, 2),
            "unblocked by G88 (main.long); 1st on the global queue; meanwhile G88 (main.long) ran on P1 for 50.0 us, "
            "G7 ran on P0 for 30.0 us and G1 (main.main) ran on P0 for 10.0 us; taken by P1 from the global queue "
            "with 1 other");
  EXPECT_EQ(Of(WaitOf(o, 2).parts, Cause::kGlobal), 50000);
}

TEST(Story, SpilledFromAFullRing) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 ready g=2 by=88 m=1 p=1 how=unblocked
0 laid g=2 m=1 p=1 place=ring position=0
100 moved m=1 p2=1 n=128 place=ring
100 laid g=2 m=1 place=global position=6
200 moved m=0 p=0 n=1 place=global
200 started g=2 m=0 p=0 place=global rule=global61
)");
  EXPECT_EQ(StoryOf(o, 2),
            "unblocked by G88 (main.long); 1st on P1's ring while G88 ran there; spilled from P1's full ring, 7th on "
            "the global queue; meanwhile G88 (main.long) ran on P1 for 200 ns and G1 (main.main) ran on P0 for 100 ns "
            "of its 200 ns; taken by P0 from the global queue, which comes first at each 61st tick");
}

// A worker that is to have its P for itself puts all that lies there on the global queue; that no ring was full.
TEST(Story, PutAwayByAWorker) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 ready g=2 by=88 m=1 p=1 how=unblocked
0 laid g=2 m=1 p=1 place=ring position=0
0 ready g=3 by=88 m=1 p=1 how=unblocked
0 laid g=3 m=1 p=1 place=runnext position=0
100 stopped g=88 m=1 p=1 how=blocked "select"
100 started g=9 m=1 p=1 rule=gcworker
200 moved m=1 p2=1 n=1 place=ring
200 moved m=1 p=1 p2=1 n=1 place=runnext
200 laid g=2 m=1 place=global position=0
200 laid g=3 m=1 place=global position=1
300 moved m=0 p=0 n=1 place=global
300 started g=2 m=0 p=0 place=global rule=global
400 moved m=0 p=0 n=1 place=global
400 started g=3 m=0 p=0 place=global rule=global
)");
  EXPECT_NE(StoryOf(o, 2).find("1st on P1's ring while G88 ran there; put away from P1, which a GC worker keeps for "
                               "itself, 1st on the global queue; "),
            std::string::npos)
      << StoryOf(o, 2);
  EXPECT_NE(StoryOf(o, 3).find("; put away from P1, which a GC worker keeps for itself, 2nd on the global queue; "),
            std::string::npos)
      << StoryOf(o, 3);
}

// A P that there is no more gives its queue away; and what half a ring was before that says nothing of it.
TEST(Story, MovedFromAPThatIsGone) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 ready g=3 by=1 m=0 p=0 how=unblocked
0 laid g=3 m=0 p=0 place=ring position=0
0 moved m=0 p2=1 n=128 place=ring
0 started g=3 m=0 p=0 rule=ring
0 ready g=2 by=88 m=1 p=1 how=unblocked
0 laid g=2 m=1 p=1 place=ring position=0
100 world m=0 p=0 by=3 how=stops "GOMAXPROCS"
100 laid g=2 m=0 place=global position=0 how=athead
100 laid g=2 m=0 place=global position=0 how=athead
100 proc p=1 how=gone
100 world m=0 p=0 by=3 how=goes
300 moved m=0 p=0 n=1 place=global
300 started g=2 m=0 p=0 place=global rule=global
)");
  EXPECT_NE(StoryOf(o, 2).find("; moved from P1, 1st on the global queue; 1st on the global queue; "),
            std::string::npos)
      << StoryOf(o, 2);
}

TEST(Story, ItsOwnThreadHasToCome) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 ready g=2 by=88 m=1 p=1 n=1 how=unblocked
0 laid g=2 m=1 p=1 place=runnext position=0
1000 stopped g=88 m=1 p=1 how=blocked "chan send"
1100 given g=2 m=5 p=1 how=waits rule=runnext
51000 proc m=5 p=1 how=running
51100 started g=2 m=5 p=1 rule=wired
)");
  EXPECT_EQ(StoryOf(o, 2),
            "unblocked by G88 (main.long); next on P1, behind G88, which ran there; found by P1, which was handed to "
            "its own thread M5; P1 ran G88 (main.long) for 1.00 us; for 50.0 us its own thread had been woken and had "
            "not come; run on P1 by its own thread M5");
  EXPECT_EQ(Of(WaitOf(o, 2).parts, Cause::kIdleWired), 50000);
}

TEST(Story, WhatHoldsForAll) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 ready g=2 by=88 m=1 p=1 how=unblocked
0 laid g=2 m=1 p=1 place=ring position=0
1000 world m=0 p=0 by=1 how=stops "GC sweep termination"
3000 world m=0 p=0 by=1 how=goes
4000 stopped g=88 m=1 p=1 how=call
4000 proc m=1 p=1 how=syscall
9000 taken p=0
9000 given p=1 m=7 how=new
12000 proc m=7 p=1 how=running
12000 ready g=9 m=7 p=1 how=poller
12000 started g=9 m=7 p=1 rule=gcworker
20000 stopped g=9 m=7 p=1 how=preempted
20100 moved m=7 p=1 p2=1 n=1 place=ring
20100 started g=2 m=7 p=1 place=ring rule=ring
)");
  EXPECT_EQ(StoryOf(o, 2),
            "unblocked by G88 (main.long); 1st on P1's ring while G88 ran there; P1 ran G88 (main.long) for 9.00 us "
            "and G9, a GC worker, for 8.00 us; for 5.00 us the P was in a system call, and sysmon had not taken it "
            "from there; for 3.00 us a P stood still: a thread was being made for it; for 2.00 us the world was "
            "stopped; taken by P1 from its ring");
  const Wait& w = WaitOf(o, 2);
  EXPECT_EQ(Of(w.parts, Cause::kBehind), 2000);
  EXPECT_EQ(Of(w.parts, Cause::kStopped), 2000);
  EXPECT_EQ(Of(w.parts, Cause::kBehindSyscall), 5000);
  EXPECT_EQ(Of(w.parts, Cause::kIdleThread), 3000);
  EXPECT_EQ(Of(w.parts, Cause::kBehindGC), 8000);
  EXPECT_EQ(Of(w.parts, Cause::kBehindScheduler), 100);
  EXPECT_EQ(StoryOf(o, 9), "the collector wanted a worker; run by P1 as a GC worker");
}

TEST(Story, WhatIsNotCertainIsMarked) {
  const Outcome o = Explain(R"(0 lost
0 procs n=2
0 proc p=0 m=0 how=running
0 proc p=1 how=idle
0 found g=1 m=0 p=0 how=running "main.main"
0 found g=5 how=runnable
1000 ready g=2 by=1 m=0 p=0 how=unblocked
1000 laid g=2 m=0 p=0 place=runnext
2000 ready g=3 by=1 m=0 p=0 how=unblocked
2000 laid g=3 m=0 p=0 place=runnext
2000 laid g=2 m=0 p=0 place=ring certainty=inferred
5000 proc p=1 m=1 how=running
5000 started g=2 m=1 p=1 p2=0 rule=stolen certainty=inferred
6000 started g=5 m=2 p=2 rule=unknown certainty=open
)");
  EXPECT_EQ(StoryOf(o, 2),
            "unblocked by G1 (main.main); next on P0, behind G1, which ran there; kicked out of runnext by G3, on P0's "
            "ring while G1 ran there (inferred); P0 ran G1 (main.main) for 4.00 us of its 5.00 us; for 4.00 us a P was "
            "idle (open); P1 was idle for 4.00 us of it; stolen by P1 from P0 alone (inferred)");
  EXPECT_EQ(Headline(WaitOf(o, 5), o.explanation.names),
            "G5: runnable for at least 6.00 us, from 0.000000 s to 0.000006 s");
  EXPECT_EQ(StoryOf(o, 5),
            "runnable before the recording began; for 5.00 us a P was idle (open); for 1.00 us it is not known where "
            "it lay (open); P1 was idle for 5.00 us of it; run by P2; it is not known from where it was taken (open)");
  EXPECT_EQ(o.explanation.totals.all.certainty[1], 1u);
  EXPECT_EQ(o.explanation.totals.all.certainty[2], 1u);
}

// Of two threads that are to come one was woken: no thread had to be made for what waits. What a thread is made for
// once is not what the P waits for later.
TEST(Causes, WokenCountsBeforeNew) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 procs n=4
0 ready g=2 by=88 m=1 p=1 how=unblocked
0 laid g=2 m=1 p=1 place=ring position=0
1000 given p=2 m=7 how=new
3000 given p=3 m=8 how=woken
7000 proc p=2 m=7 how=running
7000 proc p=3 m=8 how=running
7000 proc p=2 how=idle
7000 given p=2 m=7 how=woken
15000 started g=2 m=7 p=2 rule=stolen p2=1
)");
  EXPECT_EQ(Of(WaitOf(o, 2).parts, Cause::kIdleThread), 2000);
  EXPECT_EQ(Of(WaitOf(o, 2).parts, Cause::kIdleOS), 4000 + 8000);
}

TEST(Causes, OnTheGlobalQueueByWhatPutItThere) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 ready g=2 how=yielded
0 laid g=2 place=global position=0
0 ready g=3 how=callend
0 laid g=3 place=global position=1
0 ready g=4 how=poller
0 laid g=4 place=global position=2
1000 started g=2 m=0 p=0 rule=global
2000 started g=3 m=0 p=0 rule=global
3000 started g=4 m=0 p=0 rule=global
)");
  EXPECT_EQ(Of(WaitOf(o, 2).parts, Cause::kGlobalYielded), 1000);
  EXPECT_EQ(Of(WaitOf(o, 3).parts, Cause::kGlobalSyscall), 2000);
  EXPECT_EQ(Of(WaitOf(o, 4).parts, Cause::kGlobal), 3000);
}

// A cause is as sure as the least sure moment of it.
TEST(Causes, HowSure) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 procs n=3
0 ready g=2 by=88 m=1 p=1 how=unblocked
0 laid g=2 m=1 p=1 place=ring position=0 certainty=inferred
1000 laid g=2 m=1 p=0 place=ring position=0
2000 given p=2 how=new certainty=inferred
3000 proc p=2 m=7 how=running
3000 given p=2 how=woken certainty=open
4000 proc p=2 m=7 how=running
4000 spinning n=1 certainty=inferred
5000 proc p=2 how=idle
5000 spinning certainty=inferred
6000 proc p=2 m=7 how=running
6000 world how=stops certainty=inferred
7000 world how=goes certainty=inferred
8000 started g=2 m=0 p=0 rule=ring
)");
  const Wait& w = WaitOf(o, 2);
  for (const auto& [cause, sure] : {std::pair{Cause::kBehind, Certainty::kInferred},
                                    {Cause::kIdleThread, Certainty::kInferred},
                                    {Cause::kIdleOS, Certainty::kOpen},
                                    {Cause::kIdleSpinner, Certainty::kInferred},
                                    {Cause::kIdleNobody, Certainty::kInferred},
                                    {Cause::kStopped, Certainty::kInferred}}) {
    EXPECT_GT(Of(w.parts, cause), 0) << TextOf(cause).key;
    EXPECT_EQ(w.sure[static_cast<size_t>(cause)], sure) << TextOf(cause).key;
  }
}

// Who is lost does not know any more that a thread looks.
TEST(Causes, NobodyTellsOfThreads) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 spinning n=1
0 ready g=2 by=88 m=1 p=1 how=unblocked
0 laid g=2 m=1 p=1 place=ring position=0
1000 lost
5000 started g=2 m=1 p=1 rule=ring
)");
  EXPECT_EQ(Of(WaitOf(o, 2).parts, Cause::kIdleSpinner), 1000);
  EXPECT_EQ(Of(WaitOf(o, 2).parts, Cause::kBehind), 4000);
}

// A call's end: what was its P is nobody's then; and not if the P has another goroutine by now.
TEST(Causes, ACallAndItsP) {
  const std::string call = std::string(kTwoPs) + R"(
0 ready g=2 by=88 m=1 p=1 how=unblocked
0 laid g=2 m=1 p=1 place=ring position=0
1000 stopped g=88 m=1 p=1 how=call
1000 proc m=1 p=1 how=syscall
)";
  const Outcome free = Explain(call + R"(
3000 ready g=88 m=1 how=callend
7000 started g=2 m=1 p=1 rule=ring
)");
  EXPECT_EQ(Of(WaitOf(free, 2).parts, Cause::kBehindSyscall), 2000);
  EXPECT_EQ(Of(WaitOf(free, 2).parts, Cause::kBehindScheduler), 4000);
  const Outcome taken = Explain(call + R"(
2000 proc m=7 p=1 how=running
2000 started g=9 m=7 p=1 rule=idlegc
3000 ready g=88 m=1 how=callend
7000 started g=2 m=7 p=1 rule=ring
)");
  EXPECT_EQ(Of(WaitOf(taken, 2).parts, Cause::kBehindSyscall), 1000);
  EXPECT_EQ(Of(WaitOf(taken, 2).parts, Cause::kBehindGC), 5000);
  const Outcome kept = Explain(call + R"(
2000 proc m=1 p=1 how=running
3000 returned g=88 m=1 p=1 how=kept
7000 started g=2 m=1 p=1 rule=ring
)");
  EXPECT_EQ(Of(WaitOf(kept, 2).parts, Cause::kBehindSyscall), 1000);
  EXPECT_EQ(Of(WaitOf(kept, 2).parts, Cause::kBehind), 1000 + 1000 + 4000);
}

// Its start was not seen: it does not wait for ever.
TEST(Causes, WhoStopsHadStarted) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 ready g=2 by=88 m=1 p=1 how=unblocked
0 laid g=2 m=1 p=1 place=ring position=0
1000 stopped g=2 m=0 p=0 how=blocked "select"
)");
  EXPECT_EQ(o.waits.size(), 0u);
}

// What is idle to the end counts from when the wait began.
TEST(Story, IdleBeforeAndAfter) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 proc p=1 how=idle
5000 named g=1 "main.other"
5000 ready g=2 by=1 m=0 p=0 how=unblocked
5000 laid g=2 m=0 p=0 place=ring position=0
9000 started g=2 m=0 p=0 rule=ring
)");
  EXPECT_EQ(StoryOf(o, 2),
            "unblocked by G1 (main.other); 1st on P0's ring while G1 ran there; P0 ran G1 (main.main) for 4.00 us of "
            "its 9.00 us; for 4.00 us a P was idle, and nobody was woken; P1 was idle for 4.00 us of it; taken by P0 "
            "from its ring");
}

// Only so much of the past is remembered; that there was more is said.
TEST(Story, MoreRanThanIsRemembered) {
  std::string text = std::string(kTwoPs) + "0 ready g=2 by=88 m=1 p=1 how=unblocked\n" +
                     "0 laid g=2 m=1 p=1 place=ring position=0\n";
  for (int i = 1; i <= 9000; i++) {
    text += std::to_string(i * 10) + " started g=" + std::to_string(100 + i % 2) + " m=1 p=1 rule=runnext\n";
  }
  const Outcome o = Explain(text + "90010 started g=2 m=1 p=1 rule=ring\n");
  EXPECT_EQ(StoryOf(o, 2),
            "unblocked by G88 (main.long); 1st on P1's ring while G88 ran there; P1 ran G100 for 41.0 us and G101 for "
            "41.0 us, and others before that; taken by P1 from its ring");
}

TEST(Story, ManyMovesAreCutShort) {
  std::string text = std::string(kTwoPs) + "0 ready g=2 by=88 m=1 p=1 how=unblocked\n";
  for (int i = 0; i < 10; i++) {
    text += std::to_string(i * 10) + " laid g=2 m=1 p=" + std::to_string(i % 2) + " place=ring position=0\n";
  }
  const Outcome o = Explain(text + "200 started g=2 m=1 p=1 rule=ring\n");
  const Wait& w = WaitOf(o, 2);
  EXPECT_EQ(w.steps.size(), 6u);
  EXPECT_EQ(w.steps_left_out, 4u);
  EXPECT_NE(StoryOf(o, 2).find("; 4 other moves; "), std::string::npos) << StoryOf(o, 2);
}

TEST(Life, InSentences) {
  Question q;
  q.g = 7;
  q.worst = 0;
  const Outcome o = Explain(std::string(kTwoPs) + R"(
1000 made g=7 by=1 m=0 p=0 "main.worker"
1000 ready g=7 by=1 m=0 p=0 how=created
1000 laid g=7 m=0 p=0 place=runnext position=0
2000 stopped g=1 m=0 p=0 how=blocked "sync.WaitGroup.Wait"
2000 moved m=0 p=0 p2=0 n=1 place=runnext
2000 started g=7 m=0 p=0 place=runnext rule=runnext
3000 stopped g=7 m=0 p=0 how=call
3000 proc m=0 p=0 how=syscall
4000 proc m=0 p=0 how=running
4000 returned g=7 m=0 p=0 how=kept
5000 made g=8 by=7 m=0 p=0 "main.helper"
6000 ready g=1 by=7 m=0 p=0 how=unblocked
7000 stopped g=7 m=0 p=0 how=blocked "chan receive"
8000 ready g=7 by=88 m=1 p=1 how=unblocked
8000 laid g=7 m=1 p=1 place=runnext position=0
9000 started g=7 m=1 p=1 place=runnext rule=runnext
9500 stopped g=7 m=1 p=1 how=ended
)", q);
  const std::vector<std::string> want = {
      "1000 made by G1 (main.main) on P0, begins with main.worker",
      "2000 made by G1 (main.main); next on P0, behind G1, which ran there; P0 ran G1 (main.main) for 1.00 us of its "
      "2.00 us; taken by P0 out of runnext, for the rest of the slice",
      "3000 begins a system call on P0",
      "4000 comes back from the system call, and still has P0",
      "5000 makes G8 (main.helper)",
      "6000 unblocks G1 (main.main)",
      "7000 blocks: chan receive",
      "9000 unblocked by G88 (main.long); next on P1, behind G88, which ran there; P1 ran G88 (main.long) for 1.00 us "
      "of its 9.00 us; taken by P1 out of runnext, for the rest of the slice",
      "9500 ends",
  };
  EXPECT_EQ(o.life, want);
}

TEST(At, QueuesAndPs) {
  Question q;
  q.at = 1600;
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 procs n=3
0 proc p=2 how=idle
1000 made g=2 by=1 m=0 p=0 "main.worker"
1000 ready g=2 by=1 m=0 p=0 how=created
1000 laid g=2 m=0 p=0 place=runnext position=0
1000 laid g=3 m=0 p=0 place=ring position=0
1000 laid g=4 m=0 place=global position=0
1000 laid g=5 m=0 place=global position=0 how=athead
1200 spinning n=1 m=3
1300 thread m=4 how=polls
1300 thread m=5 how=sleeps
1500 stopped g=88 m=1 p=1 how=call
1500 proc m=1 p=1 how=syscall
2000 stopped g=1 m=0 p=0 how=blocked "select"
)", q);
  EXPECT_EQ(o.stood, R"(P0 runs G1 (main.main) on M0, since 1.60 us; next G2 (main.worker); ring G3
P1 is in a system call of G88 (main.long) on M1, since 100 ns
P2 is idle, since 1.60 us
global queue G5 G4
1 thread looks for work (spinning)
M4 waits in the network poller
1 thread sleeps
)");
}

TEST(At, AStopAndCallsWithoutAP) {
  Question q;
  q.at = 3000;
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 procs n=3
0 proc p=2 m=2 how=running
0 found g=5 m=2 p=2 how=running "main.reads"
1000 stopped g=88 m=1 p=1 how=call
1000 proc m=1 p=1 how=syscall
1000 stopped g=5 m=2 p=2 how=call
1000 proc m=2 p=2 how=syscall
1500 given p=1 m=7 how=woken
1500 proc p=2 how=idle
2000 world m=0 p=0 by=1 how=stops "GC sweep termination"
2000 proc p=0 how=held
4000 world m=0 p=0 by=1 how=goes
)", q);
  EXPECT_EQ(o.stood, R"(P0 stands still with the world, since 1.00 us, which G1 (main.main) stops on M0
P1 waits for its thread, M7, since 1.50 us
P2 is idle, since 1.50 us
global queue empty
0 threads look for work (spinning)
M1 is in a system call of G88 (main.long), without a P
M2 is in a system call of G5 (main.reads), without a P
the world is stopped, or is being stopped
)");
}

// Facts at random, such as no scheduler makes: the parts of each wait add up all the same.
TEST(Parts, AddUp) {
  std::mt19937 random(1);
  auto pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  uint64_t waits = 0;
  for (int round = 0; round < 50; round++) {
    Waits* self = nullptr;
    Waits all([&](Wait& w) {
      waits++;
      EXPECT_EQ(Sum(w.parts), w.length());
      self->Detail(w);
      for (size_t i = 0; i < kCauses; i++) EXPECT_GE(w.parts[i], 0) << i;
    });
    self = &all;
    int64_t time = 1000;
    for (int i = 0; i < 2000; i++) {
      time += pick(5) == 0 ? 0 : pick(1000);
      Fact f;
      f.time = time;
      f.kind = static_cast<Kind>(pick(static_cast<int>(Kind::kLost) + 1));
      if (pick(3) == 0) f.kind = Kind::kReady;
      if (pick(3) == 0) f.kind = Kind::kStarted;
      f.how = static_cast<How>(pick(static_cast<int>(How::kAtHead) + 1));
      f.place = static_cast<Place>(pick(6));
      f.rule = static_cast<Rule>(pick(22));
      f.g = 1 + pick(8);
      f.by = pick(8);
      f.m = pick(5) - 1;
      f.p = pick(4);
      f.p2 = pick(5) - 1;
      f.n = pick(3);
      f.position = pick(4);
      all.Apply(f, "");
    }
    all.End();
  }
  EXPECT_GT(waits, 1000u);
}

TEST(Window, OnlyWhatStartsThere) {
  const std::string text = std::string(kTwoPs) + R"(
0 ready g=2 by=1 m=0 p=0 how=unblocked
1000 started g=2 m=0 p=0 rule=ring
1000 ready g=3 by=2 m=0 p=0 how=unblocked
2000 started g=3 m=0 p=0 rule=ring
2000 ready g=4 by=3 m=0 p=0 how=unblocked
3000 started g=4 m=0 p=0 rule=ring
)";
  Question q;
  q.from = 2000;
  q.to = 3000;
  const Outcome o = Explain(text, q);
  ASSERT_EQ(o.explanation.worst.size(), 1u);
  EXPECT_EQ(o.explanation.worst[0].g, 3);
  EXPECT_EQ(o.explanation.totals.all.waits.count(), 1u);
  EXPECT_NE(Text(o.explanation).find("starts from 0.000002 s to 0.000003 s\n"), std::string::npos);
}

TEST(Worst, TheLongestFirst) {
  std::string text = kTwoPs;
  const int lengths[] = {5, 9, 1, 7, 9, 3};
  int64_t time = 0;
  for (int i = 0; i < 6; i++) {
    const std::string g = std::to_string(10 + i);
    text += std::to_string(time) + " ready g=" + g + " by=1 m=0 p=0 how=unblocked\n";
    time += lengths[i];
    text += std::to_string(time) + " started g=" + g + " m=0 p=0 rule=ring\n";
  }
  Question q;
  q.worst = 3;
  const Outcome o = Explain(text, q);
  ASSERT_EQ(o.explanation.worst.size(), 3u);
  EXPECT_EQ(o.explanation.worst[0].g, 11);
  EXPECT_EQ(o.explanation.worst[1].g, 14);
  EXPECT_EQ(o.explanation.worst[2].g, 13);
}

TEST(Histogram, QuantilesToThreePercent) {
  Histogram h;
  for (int64_t i = 1; i <= 10000; i++) h.Add(i * 100);
  EXPECT_EQ(h.count(), 10000u);
  EXPECT_EQ(h.max(), 1000000);
  EXPECT_EQ(h.total(), int64_t{100} * 10000 * 10001 / 2);
  for (const auto& [part, exact] : {std::pair{0.5, 500000.0}, {0.9, 900000.0}, {0.99, 990000.0}}) {
    const auto q = static_cast<double>(h.Quantile(part));
    EXPECT_GE(q, exact);
    EXPECT_LE(q, exact * 1.033);
  }
  EXPECT_EQ(h.Quantile(1), 1000000);
  EXPECT_EQ(Histogram().Quantile(0.99), 0);
  Histogram small;
  for (int64_t v : {3, 3, 3, 60}) small.Add(v);
  EXPECT_EQ(small.Quantile(0.5), 3);
  EXPECT_EQ(small.Quantile(0.99), 60);
}

TEST(Text, Numbers) {
  EXPECT_EQ(Duration(0), "0 ns");
  EXPECT_EQ(Duration(999), "999 ns");
  EXPECT_EQ(Duration(1000), "1.00 us");
  EXPECT_EQ(Duration(9996), "10.0 us");
  EXPECT_EQ(Duration(123456), "123 us");
  EXPECT_EQ(Duration(999600), "1.00 ms");
  EXPECT_EQ(Duration(61'000'000'000), "61.0 s");
  EXPECT_EQ(Number(0), "0");
  EXPECT_EQ(Number(999), "999");
  EXPECT_EQ(Number(1234567), "1,234,567");
  EXPECT_EQ(Ordinal(1) + Ordinal(2) + Ordinal(3) + Ordinal(11) + Ordinal(112) + Ordinal(22), "1st2nd3rd11th112th22nd");
  int64_t ns = 0;
  EXPECT_TRUE(ParseDuration("12.5ms", ns));
  EXPECT_EQ(ns, 12500000);
  EXPECT_TRUE(ParseDuration("300us", ns));
  EXPECT_EQ(ns, 300000);
  EXPECT_TRUE(ParseDuration("0.25", ns));
  EXPECT_EQ(ns, 250000000);
  EXPECT_TRUE(ParseDuration("2s", ns));
  EXPECT_EQ(ns, 2000000000);
  for (const char* bad : {"", "ms", "x", "-1ms", "1h", "1e30"}) EXPECT_FALSE(ParseDuration(bad, ns)) << bad;
}

// ---- budgets

Explanation ForBudgets() {
  std::string text = kTwoPs;
  text += "0 ready g=2 by=1 m=0 p=0 how=unblocked\n0 laid g=2 m=0 p=0 place=ring position=0\n";
  text += "0 made g=3 by=1 m=0 p=0 \"main.worker\"\n";
  text += "0 ready g=3 by=1 m=0 p=0 how=created\n0 laid g=3 m=0 p=0 place=ring position=1\n";
  text += "1000 stopped g=88 m=1 p=1 how=blocked \"select\"\n1000 proc p=1 how=idle\n";
  text += "2000 started g=2 m=0 p=0 rule=ring\n4000 started g=3 m=0 p=0 rule=ring\n";
  return Explain(text).explanation;
}

struct Answer {
  std::string wrong;
  std::vector<std::string> lines;
};
Answer Budget(const std::string& text) {
  std::vector<Limit> limits;
  Answer answer;
  answer.wrong = ParseBudget(text, limits);
  if (!answer.wrong.empty()) return answer;
  static const Explanation kExplanation = ForBudgets();
  std::vector<Held> held;
  answer.wrong = Hold(limits, kExplanation, held);
  for (const Held& h : held) {
    answer.lines.push_back(std::to_string(h.limit->line) + " " + h.limit->text + ": " + h.value +
                           (h.kept ? " kept" : " broken"));
  }
  return answer;
}

TEST(Budget, EachMeasure) {
  const Answer a = Budget(R"(# the whole
max wait <= 4us
max wait <= 3.9us   # too long
p50 wait <= 2us
mean wait <= 3us
total wait <= 5us

count wait <= 2
count wait <= 1
share idle <= 50%
share idle <= 80%
max idle-nobody <= 1us
max wait of main.worker <= 4us
total behind of main.worker <= 1us
)");
  EXPECT_EQ(a.wrong, "");
  const std::vector<std::string> want = {
      "2 max wait <= 4us: 4.00 us kept",
      "3 max wait <= 3.9us: 4.00 us broken",
      "4 p50 wait <= 2us: 2.02 us broken",
      "5 mean wait <= 3us: 3.00 us kept",
      "6 total wait <= 5us: 6.00 us broken",
      "8 count wait <= 2: 2 kept",
      "9 count wait <= 1: 2 broken",
      "10 share idle <= 50%: 67% broken",
      "11 share idle <= 80%: 67% kept",
      "12 max idle-nobody <= 1us: 3.00 us broken",
      "13 max wait of main.worker <= 4us: 4.00 us kept",
      "14 total behind of main.worker <= 1us: 1.00 us kept",
  };
  EXPECT_EQ(a.lines, want);
}

TEST(Budget, BadLinesAreNamed) {
  EXPECT_EQ(Budget("").wrong, "1: no limit");
  EXPECT_EQ(Budget("\n# nothing\n").wrong, "1: no limit");
  EXPECT_EQ(Budget("max wait 2ms").wrong, "1: a limit is MEASURE WHAT [of FUNCTION] <= VALUE");
  EXPECT_EQ(Budget("\nmax wait < 2ms").wrong, "2: <= is wanted before 2ms");
  EXPECT_EQ(Budget("most wait <= 2ms").wrong,
            "1: no measure most; there are p50, p90, p99, p999, max, mean, total, count, share");
  EXPECT_EQ(Budget("max weight <= 2ms").wrong,
            "1: no cause weight; there are wait, idle and those of docs/explain.md");
  EXPECT_EQ(Budget("max wait <= 2").wrong, "");
  EXPECT_EQ(Budget("max wait <= 2h").wrong, "1: 2h is no duration");
  EXPECT_EQ(Budget("count wait <= few").wrong, "1: few is no number");
  EXPECT_EQ(Budget("share idle <= 2ms").wrong, "1: 2ms is no percentage");
  EXPECT_EQ(Budget("share wait <= 2%").wrong, "1: a share is that of a cause, or of idle");
  EXPECT_EQ(Budget("max wait of main.nobody <= 2ms").wrong, "1: no goroutine that waited began with main.nobody");
}

// ---- two recordings

TEST(Compare, WhatGrewComesFirst) {
  const std::string start = std::string(kTwoPs) + "0 made g=2 by=1 m=0 p=0 \"main.worker\"\n" +
                            "0 ready g=2 by=1 m=0 p=0 how=created\n0 laid g=2 m=0 p=0 place=ring position=0\n" +
                            "0 ready g=3 by=1 m=0 p=0 how=unblocked\n0 laid g=3 m=0 p=0 place=ring position=1\n";
  Explanation a =
      Explain(start + "1000 started g=2 m=0 p=0 rule=ring\n1000 started g=3 m=0 p=0 rule=ring\n").explanation;
  Explanation b = Explain(start + "1000 stopped g=88 m=1 p=1 how=blocked \"select\"\n1000 proc p=1 how=idle\n" +
                          "5000 started g=2 m=0 p=0 rule=ring\n5000 started g=3 m=0 p=0 rule=ring\n").explanation;
  a.path = "a.slog";
  b.path = "b.slog";
  const auto json = CompareJson(a, b);
  EXPECT_EQ(json["causes"][0]["name"], "a P idle: nobody was woken");
  EXPECT_EQ(json["causes"][0]["grew_by_ns"], 4000);
  EXPECT_EQ(json["causes"][1]["grew_by_ns"], 0);
  EXPECT_EQ(json["functions"][1]["name"], "main.worker");
  EXPECT_EQ(json["functions"][1]["mean_ns"][1], 5000);
  const std::string text = CompareText(a, b);
  EXPECT_NE(text.find("  mean wait                                        1.00 us   5.00 us     +400%\n"),
            std::string::npos)
      << text;
}

// A trace tells what a goroutine began with when it first stops: the waits before that are its function's, too.
TEST(Report, NamedLater) {
  const Outcome o = Explain(std::string(kTwoPs) + R"(
0 ready g=2 by=1 m=0 p=0 how=unblocked
0 laid g=2 m=0 p=0 place=ring position=0
0 ready g=3 by=1 m=0 p=0 how=unblocked
0 laid g=3 m=0 p=0 place=ring position=1
1000 started g=2 m=0 p=0 rule=ring
2000 named g=2 "main.worker"
2000 ready g=2 m=0 p=0 how=yielded
2000 laid g=2 m=0 place=global position=0
4000 started g=2 m=0 p=0 rule=global
5000 started g=3 m=0 p=0 rule=ring
6000 stopped g=3 m=0 p=0 how=ended
)");
  const auto json = Json(o.explanation);
  ASSERT_EQ(json["functions"].size(), 2u);
  EXPECT_EQ(json["functions"][0]["function"], "");
  EXPECT_EQ(json["functions"][0]["waits"]["total_ns"], 5000);
  EXPECT_EQ(json["functions"][1]["function"], "main.worker");
  EXPECT_EQ(json["functions"][1]["waits"]["count"], 2);
  EXPECT_EQ(json["functions"][1]["waits"]["total_ns"], 3000);
  EXPECT_EQ(json["functions"][1]["waits"]["max_ns"], 2000);
  EXPECT_EQ(json["functions"][1]["causes"]["behind"]["total_ns"], 1000);
  EXPECT_EQ(json["worst"][2]["function"], "main.worker");
  EXPECT_EQ(json["worst"][2]["wait_ns"], 1000);
}

// What JSON and text say of one recording.
TEST(Report, TextAndJson) {
  Explanation e = ForBudgets();
  e.path = "f.slog";
  const std::string text = Text(e);
  EXPECT_NE(text.find("f.slog: 0.000004 s, 2 Ps, 3 goroutines\n"), std::string::npos) << text;
  EXPECT_NE(text.find("2 waits between runnable and running: 6.00 us in all, p50 2.02 us, p99 4.00 us, max 4.00 us\n"
                      "runnable while a P was idle: 4.00 us of 6.00 us (67%)\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("  a P idle: nobody was woken                             2   4.00 us       67%   1.01 us   "
                      "3.00 us   3.00 us\n"),
            std::string::npos)
      << text;
  const auto json = Json(e);
  EXPECT_EQ(json["all"]["waits"]["total_ns"], 6000);
  EXPECT_EQ(json["all"]["idle"]["total_ns"], 4000);
  EXPECT_EQ(json["all"]["causes"]["behind"]["total_ns"], 2000);
  EXPECT_EQ(json["rules"]["ring"], 2);
  EXPECT_EQ(json["functions"][0]["function"], "main.worker");
  EXPECT_EQ(json["worst"][0]["g"], 3);
  EXPECT_EQ(json["worst"][0]["parts"]["idle-nobody"]["ns"], 3000);
  EXPECT_EQ(json["worst"][0]["steps"][0]["before_it"], 1);
  EXPECT_EQ(json["worst"][0]["story"], Story(e.worst[0], e.names));
  EXPECT_EQ(json["starts"]["certain"], 2);
}

}  // namespace
}  // namespace explain
