// The stored pairs of a schedule log and a trace are of one run each, and what is read out of the logs is what the
// programs did.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "conformance/truth/pair.h"
#include "conformance/truth/starts.h"

namespace truth {
namespace {

std::vector<std::string> Pairs() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("testdata/pairs")) {
    if (entry.path().extension() == ".slog") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string Log(const std::string& name) { return "testdata/pairs/" + name + ".slog"; }
std::string Trace(const std::string& name) { return "testdata/pairs/" + name + ".trace"; }

// Whether the queue that a start came from is one of its rule.
bool Fits(const Start& s) {
  switch (s.rule) {
    case Rule::kRunnext: return s.place == Place::kRunnext && s.from == s.p && s.batch == 1;
    case Rule::kRing: return s.place == Place::kRing && s.from == s.p && s.batch == 1;
    case Rule::kGlobal61: return s.place == Place::kGlobal && s.batch == 1;
    case Rule::kGlobal:
    case Rule::kGlobalLast:
    case Rule::kGlobalNoP: return s.place == Place::kGlobal && s.batch >= 1 && s.batch <= 128;
    case Rule::kSteal: return (s.place == Place::kRunnext || s.place == Place::kRing) && s.batch >= 1 && s.batch <= 128;
    case Rule::kWired: return true;
    default: return s.place == Place::kNone && s.batch == 0;
  }
}

std::map<Rule, int> RulesOf(const std::string& name) {
  std::map<Rule, int> count;
  const auto starts = ReadStarts(Log(name));
  EXPECT_TRUE(starts.ok()) << starts.status();
  const auto shown = PairUp(*starts, Trace(name));
  EXPECT_TRUE(shown.ok()) << shown.status();
  if (shown.ok()) {
    for (const Shown& each : *shown) {
      const Start& s = (*starts)[each.start];
      count[s.rule]++;
      EXPECT_TRUE(Fits(s)) << TextOf(s.rule) << ", " << TextOf(s.place) << " of P" << s.from << ", " << s.batch
                           << " at once, record " << s.record;
    }
  }
  return count;
}

TEST(Truth, EveryStartOfEachTraceIsInItsLog) {
  const std::vector<std::string> pairs = Pairs();
  EXPECT_GE(pairs.size(), 12u);
  std::set<Rule> seen;
  std::set<std::string> procs;
  for (const std::string& name : pairs) {
    SCOPED_TRACE(name);
    procs.insert(name.substr(name.rfind('-')));
    for (const auto& [rule, n] : RulesOf(name)) seen.insert(rule);
  }
  EXPECT_EQ(procs, (std::set<std::string>{"-p1", "-p2", "-p4", "-p8"}));
  for (const Rule rule : {Rule::kGCWorker, Rule::kGlobal61, Rule::kRunnext, Rule::kRing, Rule::kGlobal, Rule::kNetpoll,
                          Rule::kSteal, Rule::kNetpollBlock, Rule::kWired, Rule::kSyscallIdleP}) {
    EXPECT_TRUE(seen.contains(rule)) << TextOf(rule);
  }
}

TEST(Truth, AnotherRunIsNoPair) {
  const auto starts = ReadStarts(Log("mutex-p4"));
  ASSERT_TRUE(starts.ok()) << starts.status();
  for (const char* other : {"mutex-p2", "fan-p4", "pingpong-p2"}) {
    const auto shown = PairUp(*starts, Trace(other));
    EXPECT_EQ(shown.status().code(), absl::StatusCode::kFailedPrecondition) << other;
  }
}

// One P has nobody to steal from, and two goroutines that wake each other have no other place than runnext.
TEST(Truth, WhatTheProgramsDo) {
  const std::map<Rule, int> alone = RulesOf("pingpong-p1");
  EXPECT_FALSE(alone.contains(Rule::kSteal));
  EXPECT_GE(alone.at(Rule::kRunnext), 3900);
  const std::map<Rule, int> wired = RulesOf("wired-p4");
  EXPECT_GE(wired.at(Rule::kWired), 200);
  const std::map<Rule, int> echo = RulesOf("echo-p4");
  EXPECT_GE(echo.at(Rule::kNetpoll) + echo.at(Rule::kNetpollBlock), 400);
}

TEST(Truth, SharesOfTheGlobalQueueAndHalvesOfRings) {
  const auto starts = ReadStarts(Log("spawn-p2"));
  ASSERT_TRUE(starts.ok()) << starts.status();
  std::set<uint32_t> batches;
  for (const Start& s : *starts) {
    if (s.rule == Rule::kGlobal) batches.insert(s.batch);
  }
  EXPECT_GE(batches.size(), 2u);
  EXPECT_TRUE(batches.contains(128));
}

TEST(Truth, BadInputIsOneLine) {
  const auto none = ReadStarts("testdata/pairs/none.slog");
  EXPECT_FALSE(none.ok());
  EXPECT_EQ(none.status().message().find('\n'), std::string::npos);
  const auto untraced = ReadStarts("testdata/schedlogs/chan-select5-p2.slog");
  EXPECT_EQ(untraced.status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(ReadAllStarts("testdata/schedlogs/chan-select5-p2.slog").ok());
  const auto shown = PairUp({}, "testdata/pairs/mutex-p4.slog");
  EXPECT_EQ(shown.status().code(), absl::StatusCode::kInvalidArgument);
}

// Whatever a log of the corpus has, nothing starts without a reason.
TEST(Truth, EveryStartOfTheCorpusHasAReason) {
  int logs = 0;
  for (const auto& entry : std::filesystem::directory_iterator("testdata/schedlogs")) {
    if (entry.path().extension() != ".slog" || entry.file_size() > 150'000) continue;
    const auto starts = ReadAllStarts(entry.path().string());
    EXPECT_TRUE(starts.ok()) << starts.status();
    logs++;
  }
  EXPECT_GE(logs, 40);
}

}  // namespace
}  // namespace truth
