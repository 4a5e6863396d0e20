// From the capture's files to a log: good ones, cut ones and senseless ones.
#include "conformance/schedlog/convert.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "conformance/schedlog/sample.h"
#include "conformance/schedlog/wire.h"

namespace schedlog {
namespace {

constexpr char kTables[] = R"({
  "go_version": "go1.24.4", "goos": "linux", "goarch": "amd64", "gomaxprocs": 4,
  "cmdline": ["prog", "arg"], "facts": {"ncpu": 2, "kernel": "Linux"},
  "kinds": [
    {"n": 1, "name": "lock", "class": "R", "args": ["l:l"]},
    {"n": 2, "name": "netpoll", "class": "O", "args": ["delay:i", "list:L", "delta:i"]},
    {"n": 3, "name": "execute", "class": "D", "args": ["g:g", "inherit:b"]},
    {"n": 4, "name": "Gosched", "class": "I", "args": []}
  ],
  "locks": ["sched.lock"],
  "symbols": [{"pc": 4198400, "name": "main.b"}, {"pc": 4198144, "name": "main.a"}],
  "end": "complete", "reason": "exit status 0"
})";

// A raw record: kind, M, then codes as the overlay writes them.
std::string RawRecord(std::initializer_list<uint64_t> numbers) {
  std::string out;
  for (uint64_t v : numbers) PutVarint(out, v);
  return out;
}

// A raw file with these records, which claims `committed` bytes of them.
std::string RawFile(absl::string_view records, uint64_t committed, uint64_t flags = 0) {
  std::string out = "gortraw1";
  PutLittle(out, committed);
  PutLittle(out, flags);
  out.resize(4096);
  return out.append(records.data(), records.size());
}
std::string RawFile(absl::string_view records) { return RawFile(records, records.size()); }

const std::string& FiveRecords() {
  static const std::string* const records = new std::string(
      RawRecord({1, 0, 1}) + RawRecord({2, 0, ZigZag(-1) /*delay*/, 2, 7, 300, ZigZag(-2)}) +
      RawRecord({3, 200, 7, 1}) + RawRecord({4, 200}) + RawRecord({3, 0, 0, 0}));
  return *records;
}

struct Result {
  std::string message;
  End end;
  SampleLog log;
};

class ConvertTest : public testing::Test {
 protected:
  Result Convert(absl::string_view raw, absl::string_view tables = kTables) {
    WriteFile(raw_, raw);
    WriteFile(json_, tables);
    WriteFile(out_, "");
    Result result;
    std::string message(ConvertRaw(raw_, json_, out_, &result.end).message());
    result.message = absl::StrReplaceAll(message, {{raw_, "RAW"}, {json_, "JSON"}, {out_, "OUT"}});
    const std::string bytes = ReadFile(out_);
    if (!bytes.empty()) {
      EXPECT_EQ(ReadAll(bytes, result.log), "");
    }
    return result;
  }

  const std::string raw_ = TempPath("raw");
  const std::string json_ = TempPath("json");
  const std::string out_ = TempPath("out");
};

TEST_F(ConvertTest, AllRecords) {
  const Result result = Convert(RawFile(FiveRecords()));
  EXPECT_EQ(result.message, "");
  EXPECT_EQ(result.end, (End{true, "exit status 0", 5}));
  EXPECT_EQ(result.log.end, result.end);
  const Header& header = result.log.header;
  EXPECT_EQ(header.go_version, "go1.24.4");
  EXPECT_EQ(header.gomaxprocs, 4u);
  EXPECT_EQ(header.cmdline, (std::vector<std::string>{"prog", "arg"}));
  EXPECT_EQ(header.facts,
            (std::vector<std::pair<std::string, std::string>>{{"kernel", "Linux"}, {"ncpu", "2"}}));
  EXPECT_EQ(header.symbols, (std::vector<Symbol>{{4198144, "main.a"}, {4198400, "main.b"}}));
  const std::vector<OwnedRecord> want = {
      {1, 0, {1}}, {2, 0, {-1, 2, -2}, {7, 300}}, {3, 200, {7, 1}}, {4, 200, {}}, {3, 0, {0, 0}}};
  EXPECT_TRUE(result.log.records == want);
}

TEST_F(ConvertTest, BytesAfterTheCommittedOnesAreNotLookedAt) {
  const Result result =
      Convert(RawFile(FiveRecords() + std::string(10'000, '\0'), FiveRecords().size()));
  EXPECT_EQ(result.message, "");
  EXPECT_EQ(result.end, (End{true, "exit status 0", 5}));
}

TEST_F(ConvertTest, ManyWindows) {
  std::string records;
  while (records.size() < 30 << 20) {
    for (int i = 0; i < 1000; i++) records += FiveRecords();
  }
  const Result result = Convert(RawFile(records));
  EXPECT_EQ(result.message, "");
  EXPECT_EQ(result.end.records, 5 * records.size() / FiveRecords().size());
}

TEST_F(ConvertTest, CutAtEveryByte) {
  const size_t ends[] = {0, 3, 11, 16, 19};  // where whole records end
  for (size_t size = 0; size < FiveRecords().size(); size++) {
    const absl::string_view part = absl::string_view(FiveRecords()).substr(0, size);
    size_t whole = 0;
    while (whole + 1 < std::size(ends) && ends[whole + 1] <= size) whole++;
    const Result result = Convert(RawFile(part));
    EXPECT_EQ(result.message, "");
    EXPECT_EQ(result.end.records, whole) << size;
    EXPECT_EQ(result.log.records.size(), whole);
    EXPECT_EQ(result.end.complete, size == ends[whole]);
    if (size != ends[whole]) {
      EXPECT_EQ(result.end.reason, absl::StrCat("the raw capture ends inside a record at byte ",
                                                4096 + ends[whole], "; exit status 0"));
    }
    // The file is shorter than it says.
    const Result shorter = Convert(RawFile(part, FiveRecords().size()));
    EXPECT_EQ(shorter.message, "");
    EXPECT_EQ(shorter.end.records, whole);
    EXPECT_FALSE(shorter.end.complete);
  }
}

TEST_F(ConvertTest, ClaimOfTenGigabytes) {
  const Result result = Convert(RawFile(FiveRecords(), 10'000'000'000));
  EXPECT_EQ(result.message, "");
  EXPECT_EQ(result.end,
            (End{false,
                 absl::StrCat("the raw capture has ", 10'000'000'000 - FiveRecords().size(),
                              " bytes less than it says; exit status 0"),
                 5}));
}

TEST_F(ConvertTest, FullDisk) {
  const Result result = Convert(RawFile(FiveRecords(), FiveRecords().size(), 1));
  EXPECT_EQ(result.message,
            absl::StrCat("OUT: byte ", ReadFile(out_).size(), ": cut after 5 records: ",
                         "the disk was full while capturing; exit status 0"));
  EXPECT_EQ(result.log.end, (End{false, "the disk was full while capturing; exit status 0", 5}));
}

TEST_F(ConvertTest, ACrashOfTheProgramIsNotOneOfTheCapture) {
  const Result result = Convert(RawFile(FiveRecords(), FiveRecords().size(), 4));
  EXPECT_EQ(result.message, "");
  EXPECT_EQ(result.end,
            (End{false, "the program crashed, and the log stops there; exit status 0", 5}));
}

TEST_F(ConvertTest, BadRaw) {
  EXPECT_EQ(Convert("").message, "RAW: byte 0: the file is empty");
  EXPECT_EQ(Convert("something else").message, "RAW: byte 0: not a raw capture");
  EXPECT_EQ(Convert("gortraw1").message, "RAW: byte 8: the file is cut inside its first page");
  EXPECT_EQ(std::string(ConvertRaw("/nowhere/raw", json_, out_).message()),
            "/nowhere/raw: byte 0: cannot open: No such file or directory");
}

TEST_F(ConvertTest, BadRecordsKeepTheOnesBefore) {
  const auto check = [this](absl::string_view bad, absl::string_view what) {
    const Result result = Convert(RawFile(absl::StrCat(FiveRecords(), bad, FiveRecords())));
    const std::string message = absl::StrCat("RAW: byte ", 4096 + FiveRecords().size(), ": ", what);
    EXPECT_EQ(result.message, message);
    EXPECT_EQ(result.log.records.size(), 5u);
    EXPECT_FALSE(result.log.end.complete);
  };
  check(absl::string_view("\0", 1), "not a record (kind 0)");
  check("\x63", "not a record (kind 99)");
  check(RawRecord({1, 0, 2}), "argument 1 of kind 1 has an impossible value");
  check(RawRecord({3, 0, 1, 2}), "argument 2 of kind 3 has an impossible value");
  check(RawRecord({4, 1ull << 32}), "not a record (kind 4)");
  check(std::string("\x04") + std::string(11, '\xff'), "not a record (kind 4)");
  check(RawRecord({2, 0, 0, 1ull << 40}), "not a record (kind 2)");
}

TEST_F(ConvertTest, BadTables) {
  const auto problem = [this](absl::string_view from, absl::string_view to) {
    return Convert(RawFile(FiveRecords()), absl::StrReplaceAll(kTables, {{from, to}})).message;
  };
  EXPECT_EQ(Convert(RawFile(""), "").message, "JSON: byte 1: not JSON");
  EXPECT_EQ(Convert(RawFile(""), "{\"a\": [1, 2").message, "JSON: byte 12: not JSON");
  EXPECT_EQ(Convert(RawFile(""), "[]").message, "JSON: byte 0: not a JSON object");
  EXPECT_EQ(problem("go_version", "version"),
            "JSON: byte 0: \"go_version\" is missing or is not a string");
  EXPECT_EQ(problem("\"gomaxprocs\": 4", "\"gomaxprocs\": -4"),
            "JSON: byte 0: \"gomaxprocs\" is missing or is not a whole number");
  EXPECT_EQ(problem("\"gomaxprocs\": 4", "\"gomaxprocs\": 4294967296"),
            "JSON: byte 0: \"gomaxprocs\" is out of range");
  EXPECT_EQ(problem("[\"prog\", \"arg\"]", "[1]"),
            "JSON: byte 0: \"cmdline\" holds something that is not a string");
  EXPECT_EQ(problem("l:l", "l:x"),
            "JSON: byte 0: kind lock has the argument \"l:x\", which is not NAME:TYPE");
  EXPECT_EQ(problem("\"n\": 2", "\"n\": 1"), "JSON: byte 0: record kind 1 is defined twice");
  EXPECT_EQ(problem("\"class\": \"R\"", "\"class\": \"Q\""),
            "JSON: byte 0: record kind 1 has an unknown class");
  EXPECT_EQ(problem("\"complete\"", "\"perhaps\""),
            "JSON: byte 0: \"end\" is neither \"complete\" nor \"cut\"");
  EXPECT_EQ(std::string(ConvertRaw(raw_, "/nowhere/json", out_).message()),
            "/nowhere/json: byte 0: cannot open");
}

TEST_F(ConvertTest, FullDisksOfOurOwn) {
  WriteFile(raw_, RawFile(FiveRecords()));
  WriteFile(json_, kTables);
  EXPECT_EQ(ConvertRaw(raw_, json_, "/dev/full").message(),
            "/dev/full: byte 0: cannot write: No space left on device");
}

}  // namespace
}  // namespace schedlog
