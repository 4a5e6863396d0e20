// Searches: that they are the same each time, that the reduction leaves nothing out, that what is written down runs
// again.
#include "worlds/explore/search.h"

#include <cstring>

#include "gtest/gtest.h"

namespace explore {
namespace {

const Program& program(const std::string& name) { return *FindProgram(name); }

Report dfs(const std::string& name, int bound, bool reduce, bool cache = true) {
  Load(program(name));
  return Explore(*MakeDfs({.bound = bound, .reduce = reduce, .cache = cache}), {.first = false});
}

TEST(Search, EachIsTheSameWhenItRunsAgain) {
  for (const char* name : {"spawn", "retake", "net"}) {
    Load(program(name));
    for (int kind = 0; kind < 3; kind++) {
      auto make = [&] {
        return kind == 0 ? MakeDfs({.bound = 1, .reduce = false}) : kind == 1 ? MakePct(7, 4) : MakeRandom(7);
      };
      const Limits limits{.schedules = 300, .first = false};
      const Report once = Explore(*make(), limits), again = Explore(*make(), limits);
      EXPECT_EQ(once.digest, again.digest) << name << " " << kind;
      EXPECT_EQ(once.states, again.states) << name << " " << kind;
      EXPECT_EQ(once.failures, 0u) << name << " " << kind;
    }
  }
}

TEST(Search, SeedsDiffer) {
  Load(program("spawn"));
  const Limits limits{.schedules = 100};
  EXPECT_NE(Explore(*MakeRandom(1), limits).digest, Explore(*MakeRandom(2), limits).digest);
  EXPECT_NE(Explore(*MakePct(1, 4), limits).digest, Explore(*MakePct(2, 4), limits).digest);
}

// Without the cache each run is made to its end, so runs end in as many ways as there are.
TEST(Search, TheCacheLosesNoEnd) {
  for (const char* name : {"wake", "asleep", "wired-wait"}) {
    const Report with = dfs(name, 1, false), without = dfs(name, 1, false, false);
    EXPECT_TRUE(with.all && without.all) << name;
    EXPECT_EQ(with.ends, without.ends) << name;
    EXPECT_GT(with.ends, 5u) << name;
    EXPECT_LT(with.steps, without.steps) << name;
  }
}

// Without a bound: the reduction by itself, and the cache by itself. (Not where a run is cut off while others move.)
TEST(Search, TheReductionLosesNoEnd) {
  const Program one{.name = "one", .procs = 1, .goroutines = {{{Op::kBlock}}}};
  const Program two{.name = "two", .procs = 1, .goroutines = {{{Op::kGo, 1}, {Op::kBlock}}, {}}};
  for (const Program* p : {&one, &two}) {
    Load(*p);
    const Report reduced = Explore(*MakeDfs({.reduce = true, .cache = false}), {.first = false});
    Load(*p);
    const Report plain = Explore(*MakeDfs({.reduce = false}), {.first = false});
    EXPECT_TRUE(reduced.all && plain.all) << p->name;
    EXPECT_EQ(reduced.ends, plain.ends) << p->name;
    EXPECT_GT(plain.ends, 200u) << p->name;
  }
}

TEST(Search, ALargerBoundSeesMore) {
  uint64_t ends = 0;
  for (int bound = 0; bound < 3; bound++) {
    const Report r = dfs("asleep", bound, false);
    EXPECT_TRUE(r.all);
    EXPECT_EQ(r.failures, 0u);
    EXPECT_GT(r.ends, ends);
    ends = r.ends;
  }
}

TEST(Search, AScheduleIsALineAndBack) {
  const Schedule schedule = {{3, {1, 0}}, {17, {0, 2}}};
  const std::string line = Write("wake", schedule);
  EXPECT_EQ(line, "wake@3:1,17:0=2");
  std::string name, error;
  Schedule back;
  ASSERT_TRUE(Read(line, name, back, error));
  EXPECT_EQ(Write(name, back), line);
  for (const char* bad : {"wake", "wake@3", "wake@3:", "wake@3:99", "wake@3:1,3:0", "wake@x:1", "wake@3:1="}) {
    EXPECT_FALSE(Read(bad, name, back, error)) << bad;
    EXPECT_FALSE(error.empty()) << bad;
  }
}

// A run by a schedule that a search wrote down is that run.
TEST(Search, AScheduleRunsAgain) {
  Load(program("block"));
  const Schedule schedule = {{28, {1, 0}}, {60, {0, 0}}};
  Replay(schedule);
  const std::vector<Event> first = Events();
  Replay({});
  EXPECT_NE(Events().size(), first.size());
  Replay(schedule);
  ASSERT_EQ(Events().size(), first.size());
  for (size_t i = 0; i < first.size(); i++) {
    EXPECT_EQ(Events()[i].thread, first[i].thread) << i;
    EXPECT_EQ(Events()[i].object, first[i].object) << i;
  }
}

TEST(Programs, MixesAreTheSameForASeed) {
  EXPECT_EQ(Describe(*FindProgram("random:17")), Describe(*FindProgram("random:17")));
  EXPECT_NE(Describe(*FindProgram("random:17")), Describe(*FindProgram("random:18")));
  EXPECT_EQ(FindProgram("random:"), nullptr);
  EXPECT_EQ(FindProgram("random:1x"), nullptr);
  EXPECT_EQ(FindProgram("nothing"), nullptr);
}

}  // namespace
}  // namespace explore
