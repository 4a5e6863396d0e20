// What is written is read: by the reader, event for event, and with the tables.
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "trace/reader.h"
#include "trace/validate.h"
#include "trace/write.h"

namespace gotrace {
namespace {

constexpr uint64_t kFrequencyHz = 1'000'000'000;

std::string Written(int version, int generations, int rounds) {
  std::string bytes;
  Writer out(version, [&](std::string_view more) {
    bytes += more;
    return true;
  });
  uint64_t time = 1000;
  for (int generation = 1; generation <= generations; generation++) {
    const uint64_t number = static_cast<uint64_t>(generation);
    out.BeginGeneration(number, kFrequencyHz, time, {0, 100 * number, 1'700'000'000 + number, 5});
    out.Event(7, time += 10, kProcStatus, {0, kProcRunning});
    out.Event(7, time += 10, kGoStatus, {1, 7, kGoRunning});
    uint64_t sequence = 0;
    for (int i = 0; i < rounds; i++) {
      out.Event(7, time += 10, kGoStop, {1, 2});
      out.Event(7, time += 10, kGoStart, {1, ++sequence});
    }
    out.String(1, "preempted");
    out.String(2, "main.main");
    out.String(3, std::string(2000, 'f'));
    const Frame frames[] = {{0x1000, 2, 3, 12}, {0x2000, 2, 3, 13}};
    out.Stack(2, frames);
    out.Sample(time - 5, 7, 0, 1, 2);
    out.Experimental(1, 7, "bytes");
    out.EndGeneration();
  }
  EXPECT_TRUE(out.ok());
  EXPECT_EQ(out.written(), bytes.size());
  return bytes;
}

class Versions : public testing::TestWithParam<int> {};

TEST_P(Versions, AreReadBack) {
  constexpr int kRounds = 20'000;  // more than a batch
  const std::string bytes = Written(GetParam(), 3, kRounds);
  Reader reader;
  ASSERT_TRUE(reader.OpenBytes(bytes));
  EXPECT_EQ(reader.version(), GetParam());
  Validator validator(reader.version());
  int starts = 0, stops = 0, samples = 0, syncs = 0;
  while (reader.Next()) {
    const Event& event = reader.event();
    const Generation* const generation = reader.generation();
    for (const std::string& fault : validator.Check(event, generation)) ADD_FAILURE() << fault;
    syncs += event.kind == kSyncPoint;
    samples += event.kind == kCPUSample;
    starts += event.kind == kGoStart;
    stops += event.kind == kGoStop;
    if (event.kind == kSyncPoint && generation != nullptr) {
      EXPECT_EQ(generation->experimental().size(), 1u);
      EXPECT_EQ(generation->frequency(), kFrequencyHz);
      EXPECT_EQ(generation->clock().has_value(), GetParam() >= kGo125);
    }
    if (event.kind != kGoStop) continue;
    EXPECT_EQ(event.m, 7);
    EXPECT_EQ(event.p, 0);
    EXPECT_EQ(event.g, 1);
    EXPECT_EQ(generation->Text(event.args[0]), "preempted");
    const std::span<const uint32_t> stack = generation->Stack(event.args[1]);
    ASSERT_EQ(stack.size(), 2u);
    EXPECT_EQ(generation->frame(stack[1]).line, 13u);
    EXPECT_EQ(generation->Text(generation->frame(stack[0]).file).size(), kMaxString);
  }
  EXPECT_TRUE(reader.verdict().ok()) << reader.verdict().Line("written");
  EXPECT_EQ(starts, 3 * kRounds);
  EXPECT_EQ(stops, 3 * kRounds);
  EXPECT_EQ(samples, 3);
  EXPECT_EQ(syncs, 4);
  EXPECT_EQ(reader.whole_generations(), 3u);
}

INSTANTIATE_TEST_SUITE_P(Writer, Versions, testing::Values(kGo122, kGo123, kGo125, kGo126));

// A sink that is full: the writer goes on, and says so.
TEST(Writer, KnowsThatNothingIsTaken) {
  int calls = 0;
  Writer out(kGo126, [&](std::string_view) { return ++calls < 3; });
  out.BeginGeneration(1, kFrequencyHz, 1);
  for (int i = 0; i < 100'000; i++) out.Event(1, 2, kProcStop, {});
  out.EndGeneration();
  EXPECT_FALSE(out.ok());
  EXPECT_EQ(calls, 3);
}

}  // namespace
}  // namespace gotrace
