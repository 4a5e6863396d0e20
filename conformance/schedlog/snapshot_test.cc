// Snapshots of the state in logs: what goes in comes out, as bytes and as text, and damage is refused.
#include "conformance/schedlog/snapshot.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "conformance/schedlog/coding.h"
#include "conformance/schedlog/crc32c.h"
#include "conformance/schedlog/header_codec.h"
#include "conformance/schedlog/pack.h"
#include "conformance/schedlog/reader.h"
#include "conformance/schedlog/sample.h"
#include "conformance/schedlog/text.h"
#include "conformance/schedlog/wire.h"
#include "conformance/schedlog/writer.h"

namespace schedlog {
namespace {

struct Owned {
  uint64_t index = 0;
  uint32_t m = 0;
  std::vector<uint64_t> words;

  bool operator==(const Owned&) const = default;
};

SampleLog WithState(size_t records) {
  SampleLog log = MakeSample(records);
  log.header.state = {{"sched", ArgType::kUint, {{"n", ArgType::kInt}, {"at", ArgType::kTime}}},
                      {"m", ArgType::kM, {{"curg", ArgType::kG}, {"on", ArgType::kBool}}},
                      {"p.runq", ArgType::kG, {}}};
  return log;
}

// Rows that change a little from one to the next.
std::vector<Owned> MakeSnapshots(size_t records, size_t every, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<Owned> all;
  uint64_t ms = 1;
  for (size_t i = 0; i < records; i += 1 + random() % every) {
    const uint64_t negative = ~uint64_t{i};
    Owned s{i, static_cast<uint32_t>(random() % 5), {1, 0, 1, 0, negative, i * 1000}};
    if (random() % 4 == 0) ms++;
    s.words.insert(s.words.end(), {2, 0, ms});
    for (uint64_t m = ms; m > 0; m--) s.words.insert(s.words.end(), {m, random() % 3 == 0 ? i : 7, m & 1});
    for (uint64_t p = 1; p < 3; p++) {
      const uint64_t n = random() % 4;
      s.words.insert(s.words.end(), {3, p, n});
      for (uint64_t g = 0; g < n; g++) s.words.push_back(random() % 100);
    }
    s.words.push_back(0);
    all.push_back(s);
  }
  return all;
}

void Write(const SampleLog& log, const std::vector<Owned>& snapshots, const std::string& path) {
  Writer writer;
  ASSERT_TRUE(writer.Open(path, log.header).ok());
  size_t next = 0;
  for (size_t i = 0; i < log.records.size(); i++) {
    ASSERT_TRUE(writer.Append(log.records[i].Borrow()).ok());
    for (; next < snapshots.size() && snapshots[next].index == i; next++) {
      ASSERT_TRUE(writer.Append(Snapshot{0, snapshots[next].m, snapshots[next].words}).ok());
    }
  }
  ASSERT_TRUE(writer.Finish(true, "exit status 0").ok());
}

// All snapshots; each must come before the record behind it.
std::vector<Owned> Snapshots(const std::string& path, std::string* problem = nullptr) {
  std::vector<Owned> all;
  Reader reader;
  EXPECT_TRUE(reader.Open(path).ok());
  uint64_t given = 0;
  reader.set_snapshot_sink([&](const Snapshot& s) {
    EXPECT_EQ(s.index + 1, given);
    all.push_back({s.index, s.m, {s.words.begin(), s.words.end()}});
  });
  Record record;
  while (reader.Next(record)) given++;
  if (problem != nullptr) *problem = std::string(reader.status().message());
  return all;
}

TEST(Snapshots, ComeOutAsTheyWentIn) {
  for (const size_t records : {size_t{1}, size_t{1000}, size_t{kBlockRecords} + 1, size_t{3 * kBlockRecords}}) {
    const SampleLog log = WithState(records);
    std::vector<Owned> snapshots = MakeSnapshots(records, 3000, 5);
    // At the borders of blocks, at the end, and two behind one record.
    for (const size_t i : {size_t{kBlockRecords} - 1, size_t{kBlockRecords}, records - 1}) {
      if (i >= records || snapshots.back().index >= i) continue;
      snapshots.push_back({i, 3, {1, 0, 1, 0, i, 5, 0}});
      snapshots.push_back({i, 4, {1, 0, 1, 0, i, 6, 0}});
    }
    const std::string path = TempPath("snapshots.slog");
    Write(log, snapshots, path);
    EXPECT_EQ(Snapshots(path), snapshots) << records;

    std::ostringstream text;
    Reader reader;
    ASSERT_TRUE(reader.Open(path).ok());
    EXPECT_EQ(reader.header().state, log.header.state);
    std::string out = HeaderText(reader.header());
    RecordPrinter printer(reader.header());
    reader.set_snapshot_sink([&](const Snapshot& s) { printer.Text(s, out); });
    Record record;
    while (reader.Next(record)) printer.Text(reader.record_index(), record, out);
    out += EndText(reader.end());
    std::istringstream in(out);
    const std::string again = TempPath("again.slog");
    const absl::Status status = PackText(in, "F.txt", again, nullptr);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(ReadFile(again), ReadFile(path));
  }
}

// Nobody who asks for records only sees that there are snapshots.
TEST(Snapshots, AreNoRecords) {
  const SampleLog log = WithState(5000);
  const std::string path = TempPath("both.slog");
  Write(log, MakeSnapshots(5000, 100, 1), path);
  SampleLog got;
  EXPECT_EQ(ReadAll(ReadFile(path), got), "");
  EXPECT_EQ(got.records, log.records);
}

TEST(Snapshots, NextKindOfAnM) {
  const SampleLog log = WithState(3000);
  const std::string path = TempPath("next.slog");
  Write(log, {}, path);
  Reader reader;
  ASSERT_TRUE(reader.Open(path).ok());
  Record record;
  for (size_t i = 0; i < 3000; i++) {
    ASSERT_TRUE(reader.Next(record));
    size_t next = i + 1;
    while (next < 3000 && log.records[next].m != 2) next++;
    ASSERT_EQ(reader.NextKindOf(2), next == 3000 ? 0 : log.records[next].kind) << i;
  }
}

TEST(Snapshots, WithoutATableThereAreNone) {
  SampleLog log = MakeSample(10);
  Writer writer;
  ASSERT_TRUE(writer.Open(TempPath("none.slog"), log.header).ok());
  const std::vector<uint64_t> empty = {0};
  EXPECT_FALSE(writer.Append(Snapshot{0, 0, empty}).ok()) << "before any record";
  ASSERT_TRUE(writer.Append(log.records[0].Borrow()).ok());
  const std::vector<uint64_t> words = {1, 0, 0, 0};
  EXPECT_FALSE(writer.Append(Snapshot{0, 0, words}).ok());
  EXPECT_TRUE(writer.Append(log.records[1].Borrow()).ok()) << "the log goes on";
}

TEST(Snapshots, WhatIsNotLaidOutAsTheTableSaysIsRefused) {
  const SampleLog log = WithState(3);
  Writer writer;
  ASSERT_TRUE(writer.Open(TempPath("refused.slog"), log.header).ok());
  ASSERT_TRUE(writer.Append(log.records[0].Borrow()).ok());
  for (const std::vector<uint64_t>& words : std::vector<std::vector<uint64_t>>{
           {}, {1}, {1, 0, 1, 0, 5, 6}, {4, 0, 0, 0}, {1, 0, 2, 0, 5, 6, 0}, {0, 0}, {3, 0, ~uint64_t{0}, 0}}) {
    EXPECT_FALSE(writer.Append(Snapshot{0, 0, words}).ok());
  }
  const std::vector<uint64_t> good = {1, 0, 1, 0, 5, 6, 0};
  EXPECT_TRUE(writer.Append(Snapshot{0, 0, good}).ok());
}

// Whatever is wrong inside of a block with good checksums: a message, and no more records or snapshots than there are.
TEST(Snapshots, DamageIsRefused) {
  const SampleLog log = WithState(1);
  Header header = log.header;
  AssignCodings(header);
  const auto problem = [&](absl::string_view snapshots) {
    std::string raw;
    PutString(raw, snapshots);
    raw += std::string("\x01\x00\x01\x01\x00\x0d", 6);
    std::string payload = EncodeHeader(header), frame = HeaderFrame(payload);
    frame[10] = 2;
    std::string prefix = frame.substr(0, 16);
    PutLittle(prefix, Crc32c(prefix, payload));
    const std::string path = TempPath("damaged.slog");
    WriteFile(path, prefix + payload + BlockFrame(1, raw));
    std::string said;
    Snapshots(path, &said);
    return said;
  };
  using std::string;
  const auto malformed = [&](absl::string_view snapshots) {
    return problem(snapshots).find("malformed") != string::npos;
  };
  EXPECT_NE(problem(string("\x01\x00\x00", 3)).find("no end marker"), string::npos) << "a snapshot of nothing is none";
  EXPECT_TRUE(malformed(string("\x02\x00\x00", 3))) << "behind the second of one record";
  EXPECT_TRUE(malformed(string("\x00\x00\x00", 3))) << "before the first";
  EXPECT_TRUE(malformed(string("\x01\x00", 2))) << "cut";
  EXPECT_TRUE(malformed(string("\x01\x00\x04\x00\x00\x00", 6))) << "no such section";
  EXPECT_TRUE(malformed(string("\x01\x00\x03\x00\x01\x00\x00\x00", 8))) << "no progress";
  EXPECT_TRUE(malformed(string("\x01\x00\x03\x00\x01\x00\x02\x02\x02\x00", 10))) << "too many";
  EXPECT_TRUE(malformed(string("\x01\x00\x03\x00\x01\x00\x01\x00\x00", 9))) << "equal after all";
  EXPECT_TRUE(malformed(string("\x01\x00\x03\x00\xff\xff\xff\xff\x0f\x00", 10))) << "long";
  EXPECT_NE(problem(string("\x01\x00\x03\x00\x01\x00\x01\x02\x00", 9)).find("no end marker"), string::npos) << "g1";
}

}  // namespace
}  // namespace schedlog
