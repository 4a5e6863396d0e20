// What goes into a log comes out of it: records, tables, ends; as bytes and as text.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <limits>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "conformance/schedlog/coding.h"
#include "conformance/schedlog/crc32c.h"
#include "conformance/schedlog/pack.h"
#include "conformance/schedlog/reader.h"
#include "conformance/schedlog/sample.h"
#include "conformance/schedlog/text.h"
#include "conformance/schedlog/wire.h"
#include "conformance/schedlog/writer.h"

namespace schedlog {
namespace {

// The header as a reader sees it: with the writer's codings.
SampleLog AsRead(SampleLog log) {
  AssignCodings(log.header);
  return log;
}

std::string DumpText(absl::string_view bytes) {
  Reader reader;
  EXPECT_TRUE(reader.OpenBytes(bytes).ok());
  std::string text = HeaderText(reader.header());
  const RecordPrinter printer(reader.header());
  Record record;
  while (reader.Next(record)) printer.Text(reader.record_index(), record, text);
  EXPECT_TRUE(reader.status().ok()) << reader.status();
  return text + EndText(reader.end());
}

TEST(RoundTrip, RecordsHeaderAndEndComeBack) {
  for (const size_t records : {0, 1, 2, 1000, 200'000}) {
    const SampleLog log = MakeSample(records);
    SampleLog read;
    EXPECT_EQ(ReadAll(SampleBytes(log), read), "");
    EXPECT_TRUE(read == AsRead(log)) << records;
  }
}

TEST(RoundTrip, EqualInputsGiveEqualFiles) {
  EXPECT_EQ(SampleBytes(MakeSample(5000)), SampleBytes(MakeSample(5000)));
  EXPECT_NE(SampleBytes(MakeSample(5000)), SampleBytes(MakeSample(5000, 2)));
}

TEST(RoundTrip, ACutLogSaysSo) {
  SampleLog log = MakeSample(10);
  log.end.complete = false;
  log.end.reason = "signal: killed";
  SampleLog read;
  EXPECT_EQ(ReadAll(SampleBytes(log), read), "");
  EXPECT_TRUE(read == AsRead(log));
}

TEST(RoundTrip, ExtremeValuesOfEveryType) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  constexpr uint32_t kLastM = std::numeric_limits<uint32_t>::max();
  SampleLog log = MakeSample(0);
  for (const uint32_t m : {uint32_t{0}, kLastM}) {
    for (const int64_t v : {kMin, int64_t{-1}, int64_t{0}, int64_t{1}, kMax}) {
      log.records.push_back({1, m, {v}});
      log.records.push_back({4, m, {v}});
      log.records.push_back({5, m, {v, ~v}});
      log.records.push_back({7, m, {v}});
      log.records.push_back({11, m, {v}});
      log.records.push_back({14, m, {int64_t{kLastM}, v}});
      log.records.push_back({15, m, {v, ~v}});
    }
    for (const int64_t g : {int64_t{0}, int64_t{1}, kMax, int64_t{0}, kMax, int64_t{1}}) {
      log.records.push_back({10, m, {g, 1}});
      log.records.push_back({9, m, {g}});
      log.records.push_back(
          {8, m, {kMin, 3, kMax}, {static_cast<uint64_t>(g), 1, static_cast<uint64_t>(g)}});
      log.records.push_back({12, m, {g & kLastM}});
    }
  }
  log.end.records = log.records.size();
  SampleLog read;
  const std::string bytes = SampleBytes(log);
  EXPECT_EQ(ReadAll(bytes, read), "");
  EXPECT_TRUE(read == AsRead(log));
  std::istringstream text(DumpText(bytes));
  const std::string path = TempPath("extreme.slog");
  ASSERT_TRUE(PackText(text, "F.txt", path).ok());
  EXPECT_EQ(ReadFile(path), bytes);
}

TEST(RoundTrip, ManyMsAndLongLists) {
  SampleLog log = MakeSample(0);
  for (uint32_t i = 0; i < 200'000; i++) log.records.push_back({13, i % 70'000, {}});
  std::vector<uint64_t> list;
  for (uint64_t g = 0; g < 300'000; g++) list.push_back(g * g);
  log.records.push_back({8, 7, {0, static_cast<int64_t>(list.size()), 0}, list});
  log.end.records = log.records.size();
  SampleLog read;
  EXPECT_EQ(ReadAll(SampleBytes(log), read), "");
  EXPECT_TRUE(read == AsRead(log));
}

TEST(RoundTrip, DumpThenPackGivesAnEqualLog) {
  for (const size_t records : {0, 1, 1000, 100'000}) {
    const std::string bytes = SampleBytes(MakeSample(records, 7));
    std::istringstream text(DumpText(bytes));
    const std::string path = TempPath("packed.slog");
    End end;
    const absl::Status status = PackText(text, "F.txt", path, &end);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(end.records, records);
    EXPECT_TRUE(ReadFile(path) == bytes) << records;
  }
}

TEST(RoundTrip, AWriterRefusesWhatItsTablesDoNotAllowAndGoesOn) {
  const SampleLog log = MakeSample(0);
  Writer writer;
  const std::string path = TempPath("refused.slog");
  ASSERT_TRUE(writer.Open(path, log.header).ok());
  const OwnedRecord bad[] = {
      {0, 0, {}},              // no such kind
      {17, 0, {}},             // nor this
      {999, 0, {}},            // nor this
      {13, 0, {1}},            // too many arguments
      {10, 0, {1}},            // too few
      {10, 0, {1, 2}},         // a bool that is none
      {10, 0, {-1, 0}},        // a goid of 64 bits
      {2, 0, {4}},             // a lock that is not in the table
      {12, 0, {1LL << 32}},    // an M that is none
      {8, 0, {0, 2, 0}, {1}},  // a list that is shorter than it says
  };
  for (const OwnedRecord& record : bad) {
    EXPECT_EQ(writer.Append(record.Borrow()).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_TRUE(writer.Append(OwnedRecord(13, 5, {}).Borrow()).ok());
  EXPECT_TRUE(writer.Finish(true, "").ok());
  SampleLog read;
  EXPECT_EQ(ReadAll(ReadFile(path), read), "");
  ASSERT_EQ(read.records.size(), 1u);
  EXPECT_EQ(read.records[0], OwnedRecord(13, 5, {}));
}

TEST(RoundTrip, FilesPipesAndMemoryReadAlike) {
  const SampleLog log = MakeSample(3000);
  const std::string path = TempPath("alike.slog");
  WriteSample(log, path);
  const auto count = [](Reader& reader) {
    Record record;
    size_t n = 0;
    while (reader.Next(record)) n++;
    EXPECT_TRUE(reader.status().ok()) << reader.status();
    return n;
  };
  Reader reader;
  ASSERT_TRUE(reader.Open(path).ok());
  EXPECT_EQ(count(reader), 3000u);
  const std::string bytes = ReadFile(path);
  ASSERT_TRUE(reader.OpenBytes(bytes).ok());
  EXPECT_EQ(count(reader), 3000u);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) >= static_cast<int>(bytes.size()), true);
  ASSERT_EQ(write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  close(ends[1]);
  ASSERT_TRUE(reader.OpenFd(ends[0], "pipe").ok());
  EXPECT_EQ(count(reader), 3000u);
  close(ends[0]);
}

TEST(RoundTrip, PlacesAndSkipping) {
  const SampleLog log = MakeSample(300'000);
  const std::string bytes = SampleBytes(log);
  Reader reader;
  ASSERT_TRUE(reader.OpenBytes(bytes, "F.slog").ok());
  ASSERT_TRUE(reader.SkipBlocksBefore(200'000).ok());
  Record record;
  ASSERT_TRUE(reader.Next(record));
  const uint64_t index = reader.record_index();
  EXPECT_GT(index, 100'000u);
  EXPECT_LE(index, 200'000u);
  EXPECT_EQ(OwnedRecord(record), log.records[index]);
  EXPECT_EQ(bytes[reader.block_offset()], kBlockTag);
  EXPECT_EQ(reader.Where(),
            absl::StrCat("F.slog: byte ", reader.block_offset(), ": record ", index));
  while (reader.Next(record)) continue;
  EXPECT_TRUE(reader.status().ok());
  EXPECT_EQ(reader.record_index(), 299'999u);
  ASSERT_TRUE(reader.OpenBytes(bytes).ok());
  EXPECT_TRUE(reader.SkipBlocksBefore(1'000'000).ok());
  EXPECT_FALSE(reader.Next(record));
  EXPECT_TRUE(reader.at_end());
}

TEST(RoundTrip, PredictionPays) {
  // A loop of one M that hands goroutines over costs next to nothing a record.
  SampleLog log = MakeSample(0);
  for (int64_t i = 0; i < 50'000; i++) {
    log.records.push_back({6, 1, {1, 7 + i % 2, 8 - i % 2, 1}});
    log.records.push_back({10, 1, {7 + i % 2, 1}});
    log.records.push_back({16, 1, {7 + i % 2, 1, 2, 1}});
    log.records.push_back({16, 1, {7 + i % 2, 2, 1, 1}});
  }
  EXPECT_LT(static_cast<double>(SampleBytes(log).size()) / static_cast<double>(log.records.size()),
            0.1);
}

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(Crc32c(""), 0u);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);  // RFC 3720, B.4
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(Crc32c("1234", "56789"), Crc32c("123456789"));
}

TEST(Varint, RoundTripAndRefusals) {
  for (int shift = 0; shift < 64; shift++) {
    for (const uint64_t v :
         {uint64_t{1} << shift, (uint64_t{1} << shift) - 1, ~uint64_t{0} >> shift}) {
      std::string bytes;
      PutVarint(bytes, v);
      const uint8_t* p = reinterpret_cast<const uint8_t*>(bytes.data());
      uint64_t got = 0;
      EXPECT_EQ(GetVarint(p, p + bytes.size(), got), p + bytes.size());
      EXPECT_EQ(got, v);
      EXPECT_EQ(GetVarint(p, p + bytes.size() - 1, got), nullptr);  // cut
      EXPECT_EQ(UnZigZag(ZigZag(static_cast<int64_t>(v))), static_cast<int64_t>(v));
    }
  }
  for (const absl::string_view bad :
       {absl::string_view("\x80\x00", 2), absl::string_view("\xff\x80\x00", 3),
        absl::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
        absl::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")}) {
    const uint8_t* p = reinterpret_cast<const uint8_t*>(bad.data());
    uint64_t got = 0;
    EXPECT_EQ(GetVarint(p, p + bad.size(), got), nullptr);
  }
}

}  // namespace
}  // namespace schedlog
