// The queues that //explain keeps from facts are the port's, at each fact of whole logs; and the parts of each wait add
// up to it.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "explain/waits.h"
#include "gtest/gtest.h"
#include "worlds/facts/stream.h"

namespace {

using explain::Cause;
using explain::Fact;
using explain::Kind;
using explain::Place;

class Logs : public testing::TestWithParam<const char*> {};

TEST_P(Logs, QueuesAndSums) {
  const std::string path = std::string("testdata/schedlogs/") + GetParam() + ".slog";
  FILE* pipe = popen(("conformance/facts_of_log " + path).c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  facts::Reader reader(fileno(pipe));
  uint64_t waits = 0, laid = 0;
  explain::Waits all([&](explain::Wait& w) {
    waits++;
    ASSERT_EQ(explain::Sum(w.parts), w.length()) << "G" << w.g << " at record " << w.at;
    ASSERT_EQ(Of(w.parts, Cause::kUnknown), 0) << "G" << w.g << " at record " << w.at;
    ASSERT_EQ(Of(w.parts, Cause::kIdleOpen), 0) << "G" << w.g << " at record " << w.at;
  });
  Fact fact;
  std::string text;
  int64_t last = 0;
  while (reader.Next(fact, text)) {
    ASSERT_GE(fact.time, last);
    last = fact.time;
    if (fact.kind == Kind::kStarted) {
      // It was taken from where the facts had laid it, or lay nowhere.
      const explain::G* g = all.state().Find(fact.g);
      ASSERT_NE(g, nullptr);
      EXPECT_TRUE(g->place == Place::kNone || g->place == Place::kAside) << facts::ToText(fact, text);
    }
    all.Apply(fact, text);
    if (fact.kind != Kind::kLaid) continue;
    laid++;
    const explain::State& state = all.state();
    if (fact.place == Place::kRunnext) {
      ASSERT_EQ(state.ps()[static_cast<size_t>(fact.p)].next, fact.g);
      continue;
    }
    const auto& queue =
        fact.place == Place::kRing ? state.ps()[static_cast<size_t>(fact.p)].ring : state.global();
    ASSERT_FALSE(queue.empty());
    if (fact.how == facts::How::kAtHead) {
      ASSERT_EQ(queue.front(), fact.g);
    } else {
      ASSERT_EQ(static_cast<int64_t>(queue.size()) - 1, fact.position) << facts::ToText(fact, text);
    }
  }
  EXPECT_EQ(pclose(pipe), 0);
  all.End();
  EXPECT_GT(waits, 10u);
  EXPECT_GT(laid, 10u);
}

INSTANTIATE_TEST_SUITE_P(Corpus, Logs,
                         testing::Values("blocking-syscalls-p4", "chan-fifo-p8", "coroutines-p4", "forced-gc-p4",
                                         "locked-threads-p4", "mutant-queues-p4", "mutant-steal-p4", "netpoll-echo-p8",
                                         "procs-change-p4", "std-synctest-p8", "tight-loop-p2", "timers-p8",
                                         "trace-reader-p2", "worker-pool-p4"));

}  // namespace
