// Every way for a log to be bad: what the one line says, and that all before it is read.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "conformance/schedlog/coding.h"
#include "conformance/schedlog/header_codec.h"
#include "conformance/schedlog/reader.h"
#include "conformance/schedlog/sample.h"
#include "conformance/schedlog/wire.h"
#include "conformance/schedlog/writer.h"

namespace schedlog {
namespace {

// The message that reading `bytes` ends with.
std::string Problem(absl::string_view bytes) {
  SampleLog log;
  return ReadAll(bytes, log);
}

std::string Little32(uint32_t v) {
  std::string out;
  PutLittle(out, v);
  return out;
}

std::string Varints(std::initializer_list<uint64_t> values) {
  std::string out;
  for (uint64_t v : values) PutVarint(out, v);
  return out;
}

// A sound header of the sample's tables, in bytes.
std::string GoodHeader() {
  Header header = MakeSample(0).header;
  AssignCodings(header);
  return HeaderFrame(EncodeHeader(header));
}

// What is wrong with a header made from the sample's by `change`.
template <typename Change>
std::string HeaderProblem(Change change) {
  Header header = MakeSample(0).header;
  AssignCodings(header);
  change(header);
  return Problem(HeaderFrame(EncodeHeader(header)));
}

// What is wrong with a block of `raw`.
std::string BlockProblem(uint32_t records, absl::string_view raw) {
  const std::string header = GoodHeader();
  const std::string message = Problem(header + BlockFrame(records, raw));
  const std::string start = absl::StrCat("F.slog: byte ", header.size(), ": ");
  EXPECT_TRUE(absl::StartsWith(message, start)) << message;
  return message.substr(start.size());
}

// The rows of a block for one M, number 0, that makes `records` records: `bytes`.
std::string OneM(uint32_t records, absl::string_view bytes) {
  return Varints({1, 0, bytes.size(), 1, records - 1}).append(bytes.data(), bytes.size());
}

TEST(BadInput, Empty) { EXPECT_EQ(Problem(""), "F.slog: byte 0: the file is empty"); }

TEST(BadInput, MissingFile) {
  Reader reader;
  EXPECT_EQ(reader.Open("/nowhere/F.slog").message(),
            "/nowhere/F.slog: byte 0: cannot open: No such file or directory");
  Record record;
  EXPECT_FALSE(reader.Next(record));
}

TEST(BadInput, Directory) {
  Reader reader;
  EXPECT_EQ(reader.Open("/").message(), "/: byte 0: cannot read: Is a directory");
}

TEST(BadInput, Foreign) {
  EXPECT_EQ(Problem("go 1.22 trace\0\0\0 and so on"), "F.slog: byte 0: not a gort schedule log");
  EXPECT_EQ(Problem("x"), "F.slog: byte 0: not a gort schedule log");
  EXPECT_EQ(Problem(std::string(100'000, '\0')), "F.slog: byte 0: not a gort schedule log");
}

TEST(BadInput, FutureVersion) {
  std::string bytes = SampleBytes(MakeSample(10));
  bytes[10] = 3;
  EXPECT_EQ(Problem(bytes), "F.slog: byte 10: format version 3; this program reads versions 1 to 2");
  bytes[11] = 1;
  EXPECT_EQ(Problem(bytes), "F.slog: byte 10: format version 259; this program reads versions 1 to 2");
}

TEST(BadInput, HeaderThatClaimsTenGigabytes) {
  std::string bytes = SampleBytes(MakeSample(10));
  bytes.replace(12, 4, Little32(0xffffffff));
  EXPECT_EQ(Problem(bytes),
            "F.slog: byte 12: the header claims 4294967295 bytes; at most 4194304 are allowed");
  bytes.replace(12, 4, Little32(4'000'000));
  EXPECT_EQ(Problem(bytes),
            absl::StrCat("F.slog: byte 12: the header claims 4000000 bytes; the file has ",
                         bytes.size() - 20, " more"));
}

TEST(BadInput, BlockThatClaimsTenGigabytes) {
  const std::string header = GoodHeader();
  const std::string at = absl::StrCat("F.slog: byte ", header.size(), ": ");
  std::string block = BlockFrame(1, OneM(1, "\x0d"));
  std::string bytes = header + block;
  bytes.replace(header.size() + 9, 4, Little32(0xffffffff));
  EXPECT_EQ(Problem(bytes),
            at + "a block claims 4294967295 packed bytes; at most 16777216 are allowed");
  bytes.replace(header.size() + 9, 4, Little32(10'000'000));
  EXPECT_EQ(Problem(bytes),
            absl::StrCat("F.slog: byte ", bytes.size(), ": the log is cut here: the block at byte ",
                         header.size(), " claims 10000000 bytes and has ", block.size() - 17,
                         "; 0 records are before it"));
  EXPECT_EQ(Problem(header + Frame('B', 1, 0xffffffff, "x")),
            at + "a block claims 4294967295 bytes; at most 16777216 are allowed");
  EXPECT_EQ(Problem(header + Frame('B', 0xffffffff, 5, "x")),
            at + "a block claims 4294967295 records");
  EXPECT_EQ(Problem(header + Frame('B', 0, 5, "x")), at + "a block claims 0 records");
}

TEST(BadInput, TruncatedAtEveryByte) {
  const SampleLog log = MakeSample(300);
  const std::string bytes = SampleBytes(log);
  SampleLog whole;
  ASSERT_EQ(ReadAll(bytes, whole), "");
  for (size_t size = 0; size < bytes.size(); size++) {
    SampleLog read;
    const std::string message = ReadAll(absl::string_view(bytes).substr(0, size), read);
    ASSERT_NE(message, "") << size;
    ASSERT_EQ(message.find('\n'), std::string::npos);
    ASSERT_LE(read.records.size(), log.records.size());
    for (size_t i = 0; i < read.records.size(); i++) ASSERT_EQ(read.records[i], log.records[i]);
  }
}

TEST(BadInput, CutBetweenBlocks) {
  const std::string bytes = SampleBytes(MakeSample(100'000));
  Reader reader;
  ASSERT_TRUE(reader.OpenBytes(bytes).ok());
  ASSERT_TRUE(reader.SkipBlocksBefore(99'999).ok());
  Record record;
  ASSERT_TRUE(reader.Next(record));
  const uint64_t before = reader.record_index();
  const uint64_t offset = reader.block_offset();
  SampleLog read;
  EXPECT_EQ(ReadAll(absl::string_view(bytes).substr(0, offset), read),
            absl::StrCat("F.slog: byte ", offset, ": the log is cut here: no end marker after ",
                         before, " records"));
  EXPECT_EQ(read.records.size(), before);
  EXPECT_GT(before, 0u);
}

TEST(BadInput, EverySingleBitFlip) {
  const std::string bytes = SampleBytes(MakeSample(300));
  std::string flipped = bytes;
  for (size_t bit = 0; bit < 8 * bytes.size(); bit++) {
    const char mask = static_cast<char>(1 << (bit % 8));
    flipped[bit / 8] ^= mask;
    const std::string message = Problem(flipped);
    flipped[bit / 8] ^= mask;
    ASSERT_TRUE(absl::StartsWith(message, "F.slog: byte ")) << "bit " << bit << ": " << message;
  }
}

TEST(BadInput, FlipInALaterBlockLeavesTheEarlierOnesReadable) {
  std::string bytes = SampleBytes(MakeSample(200'000));
  Reader reader;
  ASSERT_TRUE(reader.OpenBytes(bytes).ok());
  ASSERT_TRUE(reader.SkipBlocksBefore(150'000).ok());
  Record record;
  ASSERT_TRUE(reader.Next(record));
  const uint64_t before = reader.record_index();
  const uint64_t offset = reader.block_offset();
  bytes[offset + 100] ^= 0x10;
  SampleLog read;
  EXPECT_EQ(ReadAll(bytes, read),
            absl::StrCat("F.slog: byte ", offset, ": the block's checksum does not match"));
  EXPECT_EQ(read.records.size(), before);
}

TEST(BadInput, BytesAfterTheEnd) {
  const std::string bytes = SampleBytes(MakeSample(10));
  EXPECT_EQ(Problem(bytes + "x"),
            absl::StrCat("F.slog: byte ", bytes.size(), ": bytes after the end marker"));
}

TEST(BadInput, UnknownFrame) {
  const std::string header = GoodHeader();
  EXPECT_EQ(Problem(header + Frame('Q', 0, 0, "")),
            absl::StrCat("F.slog: byte ", header.size(),
                         ": neither a block nor the end marker (tag \"Q\")"));
  EXPECT_EQ(Problem(header + std::string(50, '\0')),
            absl::StrCat("F.slog: byte ", header.size(),
                         ": neither a block nor the end marker (tag \"\\x00\")"));
}

TEST(BadInput, EndMarker) {
  const std::string header = GoodHeader();
  const std::string at = absl::StrCat("F.slog: byte ", header.size(), ": ");
  EXPECT_EQ(Problem(header + Frame('E', 0, 0, Varints({1, 5, 0}))),
            at + "the end marker counts 5 records; the log has 0");
  for (const std::string& payload :
       {Varints({2, 0, 0}), Varints({1, 0}), Varints({1, 0, 3}), Varints({1, 0, 0, 0})}) {
    EXPECT_EQ(Problem(header + Frame('E', 0, 0, payload)), at + "the end marker is malformed");
  }
  EXPECT_EQ(Problem(header + Frame('E', 1, 0, Varints({1, 0, 0}))),
            at + "the end marker is malformed");
}

TEST(BadInput, HeaderBytes) {
  EXPECT_EQ(Problem(HeaderFrame("")), "F.slog: byte 20: the header is malformed");
  EXPECT_EQ(Problem(HeaderFrame("\x7fgo")), "F.slog: byte 20: the header is malformed");
  Header header = MakeSample(0).header;
  AssignCodings(header);
  const std::string payload = EncodeHeader(header);
  EXPECT_EQ(Problem(HeaderFrame(payload + "x")),
            absl::StrCat("F.slog: byte ", 20 + payload.size(),
                         ": the header has bytes after its last table"));
  // A table that claims more rows than there are bytes left.
  EXPECT_EQ(Problem(HeaderFrame(Varints({0, 0, 0, 4, 1'000'000'000}))),
            "F.slog: byte 24: the header is malformed");
}

TEST(BadInput, HeaderTables) {
  const auto ends_with = [](const std::string& message, absl::string_view what) {
    EXPECT_TRUE(absl::EndsWith(message, absl::StrCat(": ", what))) << message;
  };
  ends_with(HeaderProblem([](Header& h) { h.kinds[1].number = 1; }),
            "record kind 1 is defined twice");
  ends_with(HeaderProblem([](Header& h) { h.kinds[1].number = 0; }),
            "a record kind has the number 0");
  ends_with(HeaderProblem([](Header& h) { h.kinds[2].name = "lock"; }),
            "record kind 3 takes a name that is in use");
  ends_with(HeaderProblem([](Header& h) { h.kinds[2].name = ""; }),
            "record kind 3 has an unusable name");
  ends_with(HeaderProblem([](Header& h) { h.kinds[2].name = "a b"; }),
            "record kind 3 has an unusable name");
  ends_with(HeaderProblem([](Header& h) { h.kinds[2].cls = static_cast<Class>('X'); }),
            "record kind 3 has an unknown class");
  ends_with(HeaderProblem([](Header& h) { h.kinds[5].args[1].name = "p"; }),
            "record kind 6 has an unusable argument name");
  ends_with(HeaderProblem([](Header& h) { h.kinds[0].args[0].coding = Coding::kCell; }),
            "record kind 1, argument ncpu: uses a cell that it cannot have");
  ends_with(HeaderProblem([](Header& h) { h.kinds[0].args[0].coding = Coding::kTime; }),
            "record kind 1, argument ncpu: the coding does not fit the type");
  ends_with(HeaderProblem([](Header& h) { h.kinds[0].object = 2; }),
            "record kind 1 names a missing object");
  ends_with(HeaderProblem([](Header& h) { h.kinds[7].args[0].type = ArgType::kGList; }),
            "record kind 8 has more than one list");
  ends_with(HeaderProblem([](Header& h) { h.locks[1] = "sched.lock"; }),
            "lock sched.lock is named twice");
  ends_with(HeaderProblem([](Header& h) { h.locks[1] = "nil"; }), "a lock has an unusable name");
  ends_with(HeaderProblem([](Header& h) { h.facts[1].first = "ncpu"; }),
            "fact ncpu is given twice");
  ends_with(HeaderProblem([](Header& h) { std::swap(h.symbols[0], h.symbols[1]); }),
            "symbols are not in ascending order");
  ends_with(HeaderProblem([](Header& h) { h.symbols[0].pc = 0; }),
            "a symbol has an impossible address");
  ends_with(HeaderProblem([](Header& h) { h.symbols[0].name = ""; }), "a symbol has no name");
  ends_with(HeaderProblem([](Header& h) { h.kinds[0].args.resize(9); }), "the header is malformed");
}

// What follows has correct checksums: the work of a broken writer, or of somebody's malice.

TEST(BadInput, BlockThatDoesNotUnpack) {
  const std::string header = GoodHeader();
  const std::string at = absl::StrCat("F.slog: byte ", header.size(), ": ");
  EXPECT_EQ(Problem(header + Frame('B', 1, 5, "not zstd")),
            at + "a block's packed bytes are not what the block claims");
  std::string block = BlockFrame(1, std::string(1000, 'a'));
  const std::string packed = block.substr(17);
  EXPECT_EQ(Problem(header + Frame('B', 1, 999, packed)),
            at + "a block's packed bytes are not what the block claims");
  EXPECT_EQ(Problem(header + Frame('B', 1, 1000, packed.substr(0, packed.size() - 1))),
            at + "a block's packed bytes do not unpack");
}

TEST(BadInput, BlockLayout) {
  EXPECT_EQ(BlockProblem(1, Varints({0})), "the number of Ms in a block is out of range");
  EXPECT_EQ(BlockProblem(1, Varints({2, 0, 0, 0, 0})),
            "the number of Ms in a block is out of range");
  EXPECT_EQ(BlockProblem(1, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
            "the number of Ms in a block is out of range");
  EXPECT_EQ(BlockProblem(1, Varints({1, 0})), "the table of Ms in a block is malformed");
  EXPECT_EQ(BlockProblem(1, Varints({1, 1ull << 32, 1, 1, 0, 13})),
            "the table of Ms in a block is malformed");
  EXPECT_EQ(BlockProblem(1, Varints({1, 0, 1ull << 60, 1, 0, 13})),
            "the table of Ms in a block is malformed");
  EXPECT_EQ(BlockProblem(1, Varints({1, 0, 3, 1, 0})), "the table of Ms in a block is malformed");
  EXPECT_EQ(BlockProblem(1, Varints({1, 0, 2, 1, 0})), "the lengths in a block do not fit it");
  EXPECT_EQ(BlockProblem(1, Varints({1, 0, 1, 9, 0, 13})), "the lengths in a block do not fit it");
  EXPECT_EQ(BlockProblem(1, Varints({1, 0, 1, 0, 13})),
            "the order of Ms in a block is malformed: record 0");
  EXPECT_EQ(BlockProblem(1, Varints({1, 0, 2, 1, 0, 13, 13})),
            "a block holds more bytes than its records: record 1");
  EXPECT_EQ(BlockProblem(1, Varints({1, 0, 2, 1, 1, 13, 13})),
            "a block holds more records than it says: record 1");
  EXPECT_EQ(BlockProblem(3, Varints({1, 0, 2, 1, 1, 13, 13})),
            "the order of Ms in a block is malformed: record 2");
  EXPECT_EQ(BlockProblem(2, Varints({1, 0, 1, 1, 1, 13})),
            "an M has fewer records in a block than the order says: record 1");
}

TEST(BadInput, Records) {
  EXPECT_EQ(BlockProblem(1, OneM(1, absl::string_view("\0", 1))),
            "a record's kind is not in the table: record 0");
  EXPECT_EQ(BlockProblem(1, OneM(1, "\x11")), "a record's kind is not in the table: record 0");
  EXPECT_EQ(BlockProblem(2, OneM(2, "\x0d\xff")), "a record's kind is not in the table: record 1");
  // cheaprand: cut, over-long, more than 64 bits
  EXPECT_EQ(BlockProblem(1, OneM(1, "\x0b")), "a record has a malformed number: record 0");
  EXPECT_EQ(BlockProblem(1, OneM(1, "\x0b\x80")), "a record has a malformed number: record 0");
  EXPECT_EQ(BlockProblem(1, OneM(1, absl::string_view("\x0b\x80\0", 3))),
            "a record has a malformed number: record 0");
  EXPECT_EQ(BlockProblem(1, OneM(1, "\x0b\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")),
            "a record has a malformed number: record 0");
  const std::string impossible = "an argument of a record has an impossible value: record 0";
  EXPECT_EQ(BlockProblem(1, OneM(1, "\x02\x04")), impossible);      // lock 4 of 3
  EXPECT_EQ(BlockProblem(1, OneM(1, "\x0a\x03\x02")), impossible);  // a bool of 2
  EXPECT_EQ(BlockProblem(1, OneM(1, absl::string_view("\x0a\x01\0", 3))),
            impossible);  // g0 instead of nil
  EXPECT_EQ(BlockProblem(1, OneM(1, absl::string_view("\x0a\x02\0", 3))),
            impossible);  // a negative goid
  EXPECT_EQ(BlockProblem(1, OneM(1, "\x0c\x80\x80\x80\x80\x80\x01")),
            impossible);  // an M of 33 bits
  // The same in the middle of many records, where the decoder takes its fast path.
  std::string many(100, '\x0d');
  EXPECT_EQ(BlockProblem(102, OneM(102, "\x0d\x02\x04" + many)),
            "an argument of a record has an impossible value: record 1");
}

TEST(BadInput, ALockIsCheckedHoweverItIsCoded) {
  Header header = MakeSample(0).header;
  AssignCodings(header);
  header.kinds[1].cell = 1;
  header.kinds[1].args[0].coding = Coding::kCell;
  const std::string log = HeaderFrame(EncodeHeader(header)) + BlockFrame(1, OneM(1, "\x02\x08"));
  EXPECT_TRUE(
      absl::EndsWith(Problem(log), "an argument of a record has an impossible value: record 0"));
}

TEST(BadInput, Lists) {
  const std::string list = "a record has a malformed list: record 0";
  const auto netpoll = [](std::initializer_list<uint64_t> rest) {
    return OneM(1, "\x08" + Varints(rest));
  };
  EXPECT_EQ(BlockProblem(1, netpoll({0, 1})), list);                 // one goid and none there
  EXPECT_EQ(BlockProblem(1, netpoll({0, 1ull << 60, 1, 1})), list);  // an absurd length
  EXPECT_EQ(BlockProblem(1, netpoll({0, 1ull << 20, 1, 1})),
            list);                                             // an allowed one that cannot be
  EXPECT_EQ(BlockProblem(1, netpoll({0, 2, 3, 2, 0})), list);  // g1, then g0
  EXPECT_EQ(BlockProblem(1, netpoll({0, 1, 3})),
            "a record has a malformed number: record 0");  // nothing after it
}

// The writer's side.

TEST(BadInput, WriterCannotCreate) {
  Writer writer;
  EXPECT_EQ(writer.Open("/nowhere/F.slog", MakeSample(0).header).message(),
            "/nowhere/F.slog: byte 0: cannot create: No such file or directory");
  EXPECT_FALSE(writer.Append(Record()).ok());
  EXPECT_FALSE(writer.Finish(true, "").ok());
}

TEST(BadInput, WriterRefusesBadTables) {
  Header header = MakeSample(0).header;
  header.kinds[1].number = 1;
  Writer writer;
  EXPECT_EQ(writer.Open("F.slog", header).message(),
            "F.slog: byte 0: record kind 1 is defined twice");
}

TEST(BadInput, FullDevice) {
  Writer writer;
  EXPECT_EQ(writer.Open("/dev/full", MakeSample(0).header).message(),
            "/dev/full: byte 0: cannot write: No space left on device");
}

TEST(BadInput, DiskFullInTheMiddleKeepsWholeBlocks) {
  const SampleLog log = MakeSample(300'000);
  const std::string path = TempPath("full.slog");
  ASSERT_NE(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 700'000;
  Writer writer;
  ASSERT_TRUE(writer.Open(path, log.header).ok());
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  absl::Status status;
  for (const OwnedRecord& record : log.records) {
    status = writer.Append(record.Borrow());
    if (!status.ok()) break;
  }
  const absl::Status again = writer.Finish(true, "");
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  const std::string bytes = ReadFile(path);
  EXPECT_EQ(status.message(),
            absl::StrCat(path, ": byte ", bytes.size(), ": cannot write: File too large"));
  EXPECT_EQ(again, status);
  SampleLog read;
  const std::string message = ReadAll(bytes, read);
  EXPECT_EQ(message, absl::StrCat("F.slog: byte ", bytes.size(),
                                  ": the log is cut here: no end marker after ",
                                  read.records.size(), " records"));
  ASSERT_GT(read.records.size(), 50'000u);
  for (size_t i = 0; i < read.records.size(); i++) ASSERT_EQ(read.records[i], log.records[i]);
}

}  // namespace
}  // namespace schedlog
