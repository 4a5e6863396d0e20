// The recorder: its events must be a possible history, on however many threads they were made.
#include "api/trace.h"

#include <sched.h>

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/runtime2.h"

namespace {

using gort::trace::Event;

// Goes through the events in order and holds each against what is known of its goroutine and thread. Returns what is
// wrong with the first that does not fit, or "".
class Checker {
 public:
  std::string Check(const std::vector<Event>& events) {
    for (const Event& e : events) {
      if (std::string why = Step(e); !why.empty()) {
        return "event " + std::to_string(e.seq) + ", kind " + std::to_string(e.kind) + ", g" + std::to_string(e.goid) +
               ", m" + std::to_string(e.m) + ", args " + std::to_string(e.args[0]) + " " + std::to_string(e.args[1]) +
               ": " + why;
      }
    }
    return "";
  }
  int starts() const { return starts_; }

 private:
  enum State { kRunnable, kRunning, kWaiting, kSyscall, kDead };
  struct G {
    State state = kDead;
    uint64_t seq = 0;
    int m = -1;  // where it runs, or ran
    int p = -1;
  };

  // The goroutine that did it runs on e's thread, and nowhere else.
  bool Runs(const Event& e, State state = kRunning) {
    const G& g = gs_[e.goid];
    return g.state == state && g.m == e.m;
  }
  bool RunsAnother(int p) {
    const G& g = gs_[on_[p]];
    return g.state == kRunning && g.p == p;
  }
  void Run(uint64_t goid, const Event& e) {
    G& g = gs_[goid];
    g.state = kRunning;
    g.m = e.m;
    g.p = e.p;
    on_[e.p] = goid;
  }
  bool Next(uint64_t goid, uint64_t seq) { return ++gs_[goid].seq == seq; }

  std::string Step(const Event& e) {
    if (e.seq != ++seq_) return "a number is missing";
    G& g = gs_[e.goid];
    switch (e.kind) {
      case runtime::traceEvGoStatus: {
        const bool running = e.args[1] == runtime::_Grunning;
        gs_[e.args[0]] = G{running                                  ? kRunning
                           : e.args[1] == runtime::_Grunnable       ? kRunnable
                           : e.args[1] == runtime::_Gsyscall        ? kSyscall
                                                                    : kWaiting,
                           0, running ? e.m : -1, running ? e.p : -1};
        break;
      }
      case runtime::traceEvGoCreate:
      case runtime::traceEvGoCreateBlocked:
        if (e.goid != 0 && !Runs(e)) return "its maker does not run there";
        if (gs_[e.args[0]].state != kDead) return "it exists already";
        gs_[e.args[0]] = G{e.kind == runtime::traceEvGoCreate ? kRunnable : kWaiting};
        break;
      case runtime::traceEvGoStart:
        if (gs_[e.args[0]].state != kRunnable) return "it was not runnable";
        if (!Next(e.args[0], e.args[1])) return "its counter is wrong";
        if (e.p < 0) return "no P";
        if (RunsAnother(e.p)) return "its P runs another";
        Run(e.args[0], e);
        starts_++;
        break;
      case runtime::traceEvGoStop:
        if (e.goid == 0) break;  // procresize gives up the P for whoever changes their number
        if (!Runs(e)) return "it does not run there";
        g.state = kRunnable;
        break;
      case runtime::traceEvGoBlock:
        if (!Runs(e)) return "it does not run there";
        g.state = kWaiting;
        break;
      case runtime::traceEvGoUnblock:
        if (gs_[e.args[0]].state != kWaiting) return "it did not wait";
        if (!Next(e.args[0], e.args[1])) return "its counter is wrong";
        gs_[e.args[0]].state = kRunnable;
        break;
      case runtime::traceEvGoSwitch:
      case runtime::traceEvGoSwitchDestroy:
        if (!Runs(e)) return "it does not run there";
        if (gs_[e.args[0]].state != kWaiting) return "the other one did not wait";
        if (!Next(e.args[0], e.args[1])) return "its counter is wrong";
        g.state = e.kind == runtime::traceEvGoSwitch ? kWaiting : kDead;
        Run(e.args[0], e);
        break;
      case runtime::traceEvGoDestroy:
        if (!Runs(e)) return "it does not run there";
        g.state = kDead;
        break;
      case runtime::traceEvGoSyscallBegin:
        if (!Runs(e)) return "it does not run there";
        g.state = kSyscall;
        break;
      case runtime::traceEvGoSyscallEnd:
        if (g.state != kSyscall) return "it was in no system call";
        if (RunsAnother(e.p)) return "its P runs another";
        Run(e.goid, e);
        break;
      case runtime::traceEvGoSyscallEndBlocked:
        if (g.state != kSyscall) return "it was in no system call";
        g.state = kRunnable;
        break;
      default:
        break;
    }
    return "";
  }

  uint64_t seq_ = 0;
  int starts_ = 0;
  std::map<uint64_t, G> gs_;
  std::map<int, uint64_t> on_;  // P to the goroutine that started there last
};

// Goroutines that do a bit of everything.
void Work(int rounds) {
  gort::Chan<int> c(0), d(2), done(0);
  gort::sync::Mutex mu;
  for (int i = 0; i < 6; i++) {
    gort::go([=, &mu] {
      for (int k = 0; k < rounds; k++) {
        mu.Lock();
        if (k % 3 == 0) gort::Gosched();
        mu.Unlock();
        gort::select(gort::send(c, k), gort::recv(c), gort::send(d, k), gort::recv(d), gort::otherwise([] {}));
        if (k % 7 == i) gort::time::Sleep(std::chrono::microseconds(10 * i));
        if (k % 11 == i) {
          gort::EnterSyscall();
          gort::ExitSyscall();
        }
        if (k % 13 == i) {
          auto pull = gort::Pull<int>([](gort::Yield<int> yield) {
            for (int n = 0; yield(n); n++) {
            }
          });
          pull.Next();
          pull.Next();
        }
      }
      done.send(i);
    });
  }
  for (int i = 0; i < 6; i++) done.recv();
}

class Trace : public testing::TestWithParam<int> {};

TEST_P(Trace, EventsAreAPossibleHistory) {
  gort::tests::Procs procs(GetParam());
  ASSERT_TRUE(gort::trace::Start());
  EXPECT_FALSE(gort::trace::Start()) << "one at a time";
  Work(400);
  const std::vector<Event> events = gort::trace::Stop();
  Checker checker;
  EXPECT_EQ(checker.Check(events), "");
  EXPECT_GT(checker.starts(), 100);
}

// A trace that begins and ends while everybody is at work, many times: chunks are used again, no M writes late.
TEST_P(Trace, StartAndStopUnderLoad) {
  gort::tests::Procs procs(GetParam());
  gort::Chan<void> done(0);
  gort::go([=] {
    Work(1500);
    done.close();
  });
  int traces = 0, starts = 0;
  for (bool ended = false; !ended && traces < 200; traces++) {
    gort::select(gort::recv(done, [&](bool) { ended = true; }), gort::otherwise([] {}));
    ASSERT_TRUE(gort::trace::Start());
    for (int i = 0; i < traces % 5; i++) gort::Gosched();
    Checker checker;
    ASSERT_EQ(checker.Check(gort::trace::Stop()), "");
    starts += checker.starts();
  }
  done.recv();
  EXPECT_GT(traces, 0);
  EXPECT_GT(starts, 0);
}

// Goroutines come back from system calls at any moment of a trace's start, and find no P: the world is stopped.
TEST_P(Trace, StartBesideSyscalls) {
  gort::tests::Procs procs(GetParam());
  std::atomic<bool> end = false;
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 6; i++) {
    wg.Add(1);
    gort::go([&] {
      while (!end.load()) {
        gort::EnterSyscall();
        sched_yield();
        gort::ExitSyscall();
        gort::Gosched();
      }
      wg.Done();
    });
  }
  for (int i = 0; i < 3000; i++) {
    ASSERT_TRUE(gort::trace::Start());
    for (int k = 0; k < 4; k++) gort::Gosched();
    Checker checker;
    EXPECT_EQ(checker.Check(gort::trace::Stop()), "") << "trace " << i;
    if (testing::Test::HasFailure()) break;
  }
  end.store(true);
  wg.Wait();
}

INSTANTIATE_TEST_SUITE_P(Procs, Trace, testing::Values(1, 2, 4, 8));

TEST(TraceOff, StopWithoutStartIsEmpty) { EXPECT_TRUE(gort::trace::Stop().empty()); }

TEST(TraceOff, NothingIsKeptAfterStop) {
  ASSERT_TRUE(gort::trace::Start());
  gort::Gosched();
  EXPECT_FALSE(gort::trace::Stop().empty());
  gort::Gosched();
  EXPECT_TRUE(gort::trace::Stop().empty());
}

TEST(TraceOff, ReasonsAndNames) {
  gort::Chan<int> c(0), done(0);
  ASSERT_TRUE(gort::trace::Start());
  gort::go([=] { done.send(*c.recv()); });
  gort::Gosched();
  c.send(1);
  done.recv();
  bool waited = false, made = false;
  for (const Event& e : gort::trace::Stop()) {
    waited |= e.kind == runtime::traceEvGoBlock && e.args[0] == runtime::traceBlockChanRecv &&
              e.args[1] == runtime::waitReasonChanReceive;
    made |= e.kind == runtime::traceEvGoCreate && e.goid == gort::Goid() && e.args[2] == 0;
    EXPECT_NE(e.time, 0);
  }
  EXPECT_TRUE(waited);
  EXPECT_TRUE(made);
}

}  // namespace
