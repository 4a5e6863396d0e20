// Traces that are cut, damaged or made up to do harm: each ends with one verdict, and what came before it is delivered.
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "trace/event_text.h"
#include "trace/raw.h"
#include "trace/reader.h"
#include "trace/validate.h"
#include "trace/varint.h"
#include "trace/wire_text.h"
#include "trace/write.h"

namespace gotrace {
namespace {

std::string Slurp(const std::string& name) {
  const char* const dir = std::getenv("TEST_SRCDIR");
  std::ifstream in(std::string(dir) + "/" + std::getenv("TEST_WORKSPACE") + "/testdata/traces/" + name,
                   std::ios::binary);
  EXPECT_TRUE(in) << name;
  return {std::istreambuf_iterator<char>(in), {}};
}

// What became of reading it all.
struct Read {
  Verdict verdict;
  std::vector<std::string> events;
  std::vector<size_t> ends;       // events in whole generations, by generation
  size_t real = 0;                // events but for sync points
  std::vector<size_t> reals;      // the same in whole generations
  std::vector<uint64_t> offsets;  // where generations end
};

Read ReadAll(const std::string& bytes, bool keep = true) {
  Read read;
  Reader reader;
  if (reader.OpenBytes(bytes)) {
    Validator validator(reader.version());
    uint64_t whole = 0;
    while (reader.Next()) {
      if (reader.whole_generations() != whole) {
        whole = reader.whole_generations();
        read.ends.push_back(read.events.size());
        read.reals.push_back(read.real);
      }
      read.real += reader.event().kind != kSyncPoint;
      if (reader.event().kind == kSyncPoint) read.offsets.push_back(reader.good_until());
      validator.Check(reader.event(), reader.generation());
      std::string text;
      PutEventText(reader.event(), reader.generation(), text);
      if (keep) read.events.push_back(text);
    }
    EXPECT_FALSE(reader.Next()) << "an event after the end";
  }
  read.verdict = reader.verdict();
  return read;
}

void ExpectOneLine(const Verdict& verdict, size_t size) {
  EXPECT_EQ(verdict.ok(), verdict.why.empty());
  EXPECT_EQ(verdict.why.find('\n'), std::string::npos) << verdict.why;
  EXPECT_LE(verdict.offset, size) << verdict.why;
  EXPECT_LT(verdict.why.size(), 1000u) << verdict.why;
}

class Cut : public testing::TestWithParam<const char*> {};

TEST_P(Cut, AtEachByte) {
  const std::string whole = Slurp(GetParam());
  const Read full = ReadAll(whole);
  ASSERT_TRUE(full.verdict.ok()) << full.verdict.why;
  for (size_t n = 0; n < whole.size(); n++) {
    SCOPED_TRACE(n);
    const Read read = ReadAll(whole.substr(0, n));
    ExpectOneLine(read.verdict, n);
    // A generation's end is where a trace may end.
    const bool at_end = std::find(full.offsets.begin(), full.offsets.end(), n) != full.offsets.end() && n > 16;
    if (n == 0) {
      EXPECT_EQ(read.verdict.outcome, Outcome::kNotATrace);
    } else if (read.verdict.ok()) {
      // So may, for Go, a generation that has no events yet.
      EXPECT_TRUE(at_end || read.real == (read.ends.empty() ? 0 : read.reals.back())) << "it is said to be whole";
    } else {
      EXPECT_EQ(read.verdict.outcome, Outcome::kCut) << read.verdict.why;
    }
    // Whatever was whole is delivered as ever.
    const size_t generations = static_cast<size_t>(
        std::count_if(full.offsets.begin(), full.offsets.end(), [&](uint64_t end) { return end > 16 && end <= n; }));
    const size_t events = generations == 0 ? 0 : full.ends[std::min(generations, full.ends.size()) - 1];
    ASSERT_GE(read.events.size(), events);
    for (size_t i = 0; i + 1 < events; i++) ASSERT_EQ(read.events[i], full.events[i]) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Traces, Cut, testing::Values("small-1.27.trace", "perry-1.23.trace"));

// Every 997th byte, of larger ones.
TEST(CutLarge, IsCut) {
  for (const char* name : {"json-1.22.trace", "sqlprof-1.23.trace", "json-1.25.trace"}) {
    const std::string whole = Slurp(name);
    for (size_t n = 17; n < whole.size(); n += 997) {
      const Read read = ReadAll(whole.substr(0, n), false);
      EXPECT_EQ(read.verdict.outcome, Outcome::kCut) << name << " cut at " << n << ": " << read.verdict.why;
    }
  }
}

// 10,000 bits turned, one or a few at a time: a verdict of one line, the same the second time.
TEST(Flips, EndInAVerdict) {
  const std::string wholes[] = {Slurp("small-1.27.trace"), Slurp("perry-1.23.trace")};
  std::mt19937_64 random(9);
  int broken = 0;
  for (int i = 0; i < 10'000; i++) {
    std::string bytes = wholes[i % 2];
    for (uint64_t n = 1 + random() % 3; n != 0; n--) {
      char& byte = bytes[random() % bytes.size()];
      byte = static_cast<char>(byte ^ (1 << random() % 8));
    }
    const Read read = ReadAll(bytes, i % 100 == 0);
    ExpectOneLine(read.verdict, bytes.size());
    broken += !read.verdict.ok();
    if (i % 100 == 0) {
      const Read again = ReadAll(bytes);
      EXPECT_EQ(again.verdict.why, read.verdict.why);
      EXPECT_EQ(again.events, read.events);
    }
    RawReader raw;
    std::string text;
    if (raw.OpenBytes(bytes)) {
      while (raw.Next()) {
        text.clear();
        PutWireText(raw.event(), text);
      }
    }
    ExpectOneLine(raw.verdict(), bytes.size());
  }
  EXPECT_GT(broken, 5000);
}

// ---- made up to do harm

std::string Batch(uint64_t gen, uint64_t m, uint64_t time, const std::string& payload, uint64_t size = ~uint64_t{0}) {
  std::string out(1, static_cast<char>(kEventBatch));
  for (const uint64_t v : {gen, m, time, size == ~uint64_t{0} ? payload.size() : size}) PutVarint(out, v);
  return out + payload;
}
std::string Item(uint8_t kind, std::initializer_list<uint64_t> numbers, const std::string& rest = "") {
  std::string out(1, static_cast<char>(kind));
  for (const uint64_t v : numbers) PutVarint(out, v);
  return out + rest;
}
constexpr uint64_t kNobody = ~uint64_t{0};
// Empty tables, as they are at the end of a generation.
std::string Tables() {
  return Batch(1, kNobody, 1, std::string(1, static_cast<char>(kStacks))) +
         Batch(1, kNobody, 1, std::string(1, static_cast<char>(kStrings)));
}
std::string Frequency() { return Batch(1, kNobody, 1, Item(kFrequency, {15625000})); }

long PeakMemory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;  // KiB
}

struct Harm {
  const char* name;
  std::string bytes;
  const char* why;
};

std::vector<Harm> Harms() {
  const std::string head = FirstLine(kGo122), newest = FirstLine(kGo126);
  const uint64_t huge = uint64_t{1} << 60;
  std::vector<Harm> harms = {
      {"empty", "", "empty"},
      {"text", "Trace Go1.22\n", "not a Go execution trace"},
      {"a text that begins alike", "go 1.example trace", "not a Go execution trace"},
      {"newer", FirstLine(31), "newer"},
      {"older", FirstLine(21), "before Go 1.22"},
      {"a version between", FirstLine(24), "no Go writes"},
      {"no generation", head, "no generation"},
      {"a batch of 2^60 bytes", head + Batch(1, 0, 0, "", huge), "1152921504606846976 bytes"},
      {"a batch that is longer than the file", head + Batch(1, 0, 0, "x", 65536), "cut off here"},
      {"a number that never ends", head + "\x01" + std::string(20, '\xff'), "more than 64 bits"},
      {"a string of 2^60 bytes",
       head + Frequency() + Batch(1, kNobody, 1, Item(kStrings, {}, Item(kString, {1, huge}))), "a string of"},
      {"a string longer than its batch",
       head + Frequency() + Batch(1, kNobody, 1, Item(kStrings, {}, Item(kString, {1, 1000}))), "longer"},
      {"2^60 frames", head + Frequency() + Batch(1, kNobody, 1, Item(kStacks, {}, Item(kStack, {1, huge}))),
       "a stack of"},
      {"a stack with a string that is not there",
       head + Frequency() + Batch(1, kNobody, 1, Item(kStacks, {}, Item(kStack, {1, 1, 7, 8, 9, 10}))), "string"},
      {"the same string twice",
       head + Frequency() + Batch(1, kNobody, 1, Item(kStrings, {}, Item(kString, {1, 0}) + Item(kString, {1, 0}))),
       "a second string"},
      {"generations that go back", head + Frequency() + Batch(5, 0, 0, ""), "in the midst"},
      {"generation 0", head + Batch(0, 0, 0, ""), "generation 0"},
      {"two frequencies", head + Frequency() + Frequency(), "a second frequency"},
      {"an end before its time", head + Frequency() + std::string(1, static_cast<char>(kEndOfGeneration)),
       "generation 0"},
      {"a generation that never ends", newest + Batch(1, 0, 0, Item(kProcStatus, {1, 0, 1})), "cut off here"},
      {"no clocks",
       newest + Batch(1, kNobody, 1, Item(kSync, {}, Item(kFrequency, {1}))) +
           std::string(1, static_cast<char>(kEndOfGeneration)),
       "no clock snapshot"},
      {"an event without a number", head + Frequency() + Batch(1, 0, 0, Item(77, {1})), "numbered 77"},
      {"a batch in a batch", head + Frequency() + Batch(1, 0, 0, Item(kEventBatch, {1, 1, 1, 1})),
       "among the events of a thread"},
      {"an event that ends in the middle", head + Frequency() + Batch(1, 0, 0, Item(kProcStatus, {1, 0})),
       "cut off, or has more"},
      {"threads that wait for each other",
       head + Frequency() + Batch(1, 1, 0, Item(kGoStart, {1, 1, 1})) + Batch(1, 2, 0, Item(kGoUnblock, {1, 1, 2, 0})) +
           Tables(),
       "no event can come next"},
  };
  // A hundred thousand of each, and all far apart.
  std::string strings(1, static_cast<char>(kStrings)), many = head + Frequency();
  for (uint64_t i = 1; i <= 100'000; i++) {
    strings += Item(kString, {i << 40, 0});
    if (strings.size() > 60'000) {
      many += Batch(1, kNobody, 1, strings);
      strings.resize(1);
    }
  }
  harms.push_back({"strings far apart", many, ""});
  many = head + Frequency();
  for (uint64_t i = 1; i <= 100'000; i++) many += Batch(1, i << 33, 1, "");
  harms.push_back({"threads without an event", many, ""});
  many = head + Frequency();
  std::string events;
  for (uint64_t i = 1; i <= 100'000; i++) {
    events += Item(kGoStatus, {1, i << 42, kNobody, kGoWaiting});
    if (events.size() > 60'000) {
      many += Batch(1, kNobody, 1, events);
      events.clear();
    }
  }
  harms.push_back({"goroutines far apart", many, ""});
  many = head;
  for (uint64_t gen = 1; gen <= 20'000; gen++) many += Batch(gen, kNobody, gen, Item(kFrequency, {15625000}));
  harms.push_back({"twenty thousand generations", many, ""});
  return harms;
}

TEST(Harmful, EndsInOneLineAndInBounds) {
  for (const Harm& harm : Harms()) {
    SCOPED_TRACE(harm.name);
    const long before = PeakMemory();
    const Read read = ReadAll(harm.bytes, false);
    ExpectOneLine(read.verdict, harm.bytes.size());
    if (*harm.why == '\0') {
      EXPECT_TRUE(read.verdict.ok()) << read.verdict.why;
    } else {
      EXPECT_FALSE(read.verdict.ok());
      EXPECT_NE(read.verdict.why.find(harm.why), std::string::npos) << read.verdict.why;
    }
    RawReader raw;
    if (raw.OpenBytes(harm.bytes)) {
      while (raw.Next()) {}
    }
    ExpectOneLine(raw.verdict(), harm.bytes.size());
    // KiB: a few windows and chunks, and so much for each byte that is there.
    EXPECT_LT(PeakMemory() - before, 16'384 + static_cast<long>(32 * harm.bytes.size() / 1024));
  }
}

// The raw reader believes no count, either.
TEST(Harmful, RawCounts) {
  const std::string head = FirstLine(kGo122);
  for (const std::string& bytes :
       {head + Item(kStack, {1, uint64_t{1} << 60}), head + Item(kString, {1, uint64_t{1} << 60}),
        head + Item(kString, {1, uint64_t{1} << 63}, "x")}) {
    RawReader raw;
    ASSERT_TRUE(raw.OpenBytes(bytes));
    while (raw.Next()) {}
    EXPECT_FALSE(raw.verdict().ok());
    ExpectOneLine(raw.verdict(), bytes.size());
  }
}

// Text that is not understood is named by its line.
TEST(Text, NamesTheLine) {
  const std::pair<const char*, uint64_t> kTexts[] = {
      {"", 0},
      {"Trace\n", 1},
      {"Trace Go1.22 x\n", 1},
      {"Trace Go1.99\n", 1},
      {"Trace Go1.22\nNothing dt=1\n", 2},
      {"Trace Go1.22\n\n# a comment\nGoStart dt=1 g=1\n", 4},
      {"Trace Go1.22\nGoStart dt=1 g=1 g_seq=-1\n", 2},
      {"Trace Go1.22\nGoStart dt=1 g=1 g_seq=18446744073709551616\n", 2},
      {"Trace Go1.22\nGoStart dt=1 g=1 g_seq=1 more=1\n", 2},
      {"Trace Go1.22\nGoSwitch dt=1 g=1 g_seq=1\n", 2},
      {"Trace Go1.22\nString id=1\n\tdata=\"open\n", 3},
      {"Trace Go1.22\nStack id=1 nframes=2\n\tpc=1 func=1 file=1 line=1\n", 3},
      {"Trace Go1.22\nStack id=1 nframes=1\n\tpc=1 file=1 func=1 line=1\n", 3},
  };
  for (const auto& [text, line] : kTexts) {
    SCOPED_TRACE(text);
    std::istringstream in(text);
    WireTextReader reader;
    RawEvent event;
    if (reader.Open(in)) {
      while (reader.Next(event)) {}
    }
    EXPECT_FALSE(reader.why().empty());
    EXPECT_EQ(reader.line(), line);
  }
}

}  // namespace
}  // namespace gotrace
