// Why a goroutine stopped, by the stack of that event.
#include "trace/stops.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "trace/reader.h"
#include "trace/write.h"

namespace gotrace {
namespace {

// The innermost function first.
Stop StopIn(std::string_view reason, const std::vector<std::string>& functions) {
  std::string bytes;
  Writer out(kGo126, [&](std::string_view more) {
    bytes += more;
    return true;
  });
  out.BeginGeneration(1, 1'000'000'000, 1000, {0, 100, 1'700'000'000, 5});
  out.Event(7, 1010, kProcStatus, {0, kProcRunning});
  out.Event(7, 1020, kGoStatus, {1, 7, kGoRunning});
  out.Event(7, 1030, kGoStop, {1, 1});
  out.String(1, reason);
  out.String(2, "runtime/file.go");
  std::vector<Frame> frames;
  for (const std::string& function : functions) {
    const uint64_t number = 3 + frames.size();
    out.String(number, function);
    frames.push_back({0x1000 * number, number, 2, 12});
  }
  out.Stack(1, frames);
  out.EndGeneration();
  Reader reader;
  EXPECT_TRUE(reader.OpenBytes(bytes));
  while (reader.Next()) {
    if (reader.event().kind == kGoStop) return StopOf(reader.event(), *reader.generation());
  }
  ADD_FAILURE() << "no such event";
  return Stop::kPreempted;
}

TEST(Stops, ByTheirStacks) {
  EXPECT_EQ(StopIn("runtime.Gosched", {"runtime.Gosched", "main.main"}), Stop::kGosched);
  EXPECT_EQ(StopIn("preempted", {"main.main"}), Stop::kPreempted);
  EXPECT_EQ(StopIn("preempted", {"runtime.goyield", "runtime.semrelease1", "internal/sync.runtime_Semrelease"}),
            Stop::kYields);
  EXPECT_EQ(StopIn("preempted", {"runtime.semrelease1", "sync.runtime_Semrelease"}), Stop::kYields);
}

// What it readies it does not hand on to, so it does not yield.
TEST(Stops, SemreleaseDoesNotYield) {
  EXPECT_EQ(StopIn("preempted", {"runtime.semrelease1", "runtime.semrelease", "runtime.gcMarkDone"}),
            Stop::kPreempted);
}

}  // namespace
}  // namespace gotrace
