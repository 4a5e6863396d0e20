// The text form: what it looks like, and what is said of text that is not it.
#include "conformance/schedlog/text.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "conformance/schedlog/pack.h"
#include "conformance/schedlog/sample.h"

namespace schedlog {
namespace {

constexpr char kText[] =
    "# gort.slog: 1\n"                              // 1
    "# go: go1.24.4 linux amd64\n"                  // 2
    "# gomaxprocs: 2\n"                             // 3
    "# cmdline: ./prog \"two words\"\n"             // 4
    "# fact: ncpu 8\n"                              // 5
    "# kind: 1 R lock l:l\n"                        // 6
    "# kind: 2 I newproc fn:pc\n"                   // 7
    "# kind: 3 O netpoll delay:i list:L\n"          // 8
    "# kind: 4 D execute g:g inherit:b\n"           // 9
    "# kind: 5 D mput m:m p:p v:u\n"                // 10
    "# lock: sched.lock\n"                          // 11
    "# symbol: 0x401000 main.main\n"                // 12
    "\n"                                            // 13
    "## a comment\n"                                // 14
    "0 m0 lock l=sched.lock\n"                      // 15
    "m3 newproc fn=main.main\n"                     // 16
    "\tm3   netpoll delay=-1 list=[g1,nil,g7]\r\n"  // 17
    "99 m3 execute g=g7 inherit=true\n"             // 18
    "7 m3 mput m=m2 p=p0 v=18446744073709551615\n"  // 19
    "# end: cut \"signal: killed\"\n";              // 20

// The same with one line of another text.
std::string WithLine(int number, absl::string_view line) {
  std::istringstream in(kText);
  std::string out;
  std::string old;
  for (int i = 1; std::getline(in, old); i++)
    absl::StrAppend(&out, i == number ? line : absl::string_view(old), "\n");
  return out;
}

std::string PackProblem(const std::string& text) {
  const std::string path = TempPath("never.slog");
  std::istringstream in(text);
  const absl::Status status = PackText(in, "F.txt", path);
  struct stat info;
  EXPECT_NE(stat(path.c_str(), &info), 0) << "a file is left behind";
  return std::string(status.message());
}

TEST(Text, HandWrittenTextIsRead) {
  const std::string path = TempPath("hand.slog");
  std::istringstream in(kText);
  End end;
  ASSERT_TRUE(PackText(in, "F.txt", path, &end).ok());
  EXPECT_EQ(end, (End{false, "signal: killed", 5}));
  SampleLog log;
  ASSERT_EQ(ReadAll(ReadFile(path), log), "");
  EXPECT_EQ(log.header.go_version, "go1.24.4");
  EXPECT_EQ(log.header.cmdline, (std::vector<std::string>{"./prog", "two words"}));
  EXPECT_EQ(log.end, end);
  const std::vector<OwnedRecord> want = {{1, 0, {1}},
                                         {2, 3, {0x401000}},
                                         {3, 3, {-1, 3}, {1, 0, 7}},
                                         {4, 3, {7, 1}},
                                         {5, 3, {3, 1, -1}}};
  EXPECT_TRUE(log.records == want);
}

TEST(Text, Values) {
  const SampleLog log = MakeSample(0);
  const RecordPrinter printer(log.header);
  const auto text = [&](const OwnedRecord& record) {
    std::string out;
    printer.Text(5, record.Borrow(), out);
    return out;
  };
  EXPECT_EQ(text({4, 3, {2}}), "5 m3 sched.npidle.Load saw=2\n");
  EXPECT_EQ(text({13, 0, {}}), "5 m0 Gosched\n");
  EXPECT_EQ(text({2, 0, {0}}), "5 m0 lock l=nil\n");
  EXPECT_EQ(text({2, 0, {3}}), "5 m0 lock l=deadlock\n");
  EXPECT_EQ(text({6, 300, {1, 0, 12, 1}}), "5 m300 p.runnext.Cas p=p0 old=nil new=g12 won=true\n");
  EXPECT_EQ(text({8, 1, {-1, 0, -2}}), "5 m1 netpoll delay=-1 list=[] delta=-2\n");
  EXPECT_EQ(text({8, 1, {-1, 2, 0}, {0, 4}}), "5 m1 netpoll delay=-1 list=[nil,g4] delta=0\n");
  EXPECT_EQ(text({9, 1, {0}}), "5 m1 newproc fn=nil\n");
  EXPECT_EQ(text({9, 1, {0x401000}}), "5 m1 newproc fn=main.main\n");
  EXPECT_EQ(text({9, 1, {0x401100}}), "5 m1 newproc fn=main.twice@0x401100\n");
  EXPECT_EQ(text({9, 1, {0x401200}}), "5 m1 newproc fn=main.twice@0x401200\n");
  EXPECT_EQ(text({9, 1, {0x401300}}), "5 m1 newproc fn=0x401300\n");  // its name has blanks
  EXPECT_EQ(text({9, 1, {0x401400}}), "5 m1 newproc fn=0x401400\n");  // its name is "nil"
  EXPECT_EQ(text({9, 1, {0xabc}}), "5 m1 newproc fn=0xabc\n");
  EXPECT_EQ(text({11, 1, {-1}}), "5 m1 cheaprand v=18446744073709551615\n");
  EXPECT_EQ(text({12, 1, {1}}), "5 m1 mput m=m0\n");
}

TEST(Text, JsonLinesAreJson) {
  const SampleLog log = MakeSample(500);
  const nlohmann::json header = nlohmann::json::parse(HeaderJson(log.header));
  EXPECT_EQ(header["go_version"], "go1.24.4");
  EXPECT_EQ(header["kinds"][5]["args"],
            (std::vector<std::string>{"p:p", "old:g", "new:g", "won:b"}));
  EXPECT_EQ(nlohmann::json::parse(EndJson(log.end))["records"], 500);
  const RecordPrinter printer(log.header);
  const auto json = [&](const OwnedRecord& record) {
    std::string out;
    printer.Json(5, record.Borrow(), out);
    EXPECT_EQ(out.find('\n'), out.size() - 1);
    return nlohmann::json::parse(out).dump();
  };
  for (const OwnedRecord& record : log.records) json(record);
  EXPECT_EQ(
      json({6, 3, {1, 0, 12, 1}}),
      R"({"args":{"new":12,"old":null,"p":0,"won":true},"class":"D","i":5,"kind":"p.runnext.Cas","m":3})");
  EXPECT_EQ(
      json({8, 1, {-1, 2, 0}, {0, 4}}),
      R"({"args":{"delay":-1,"delta":0,"list":[null,4]},"class":"O","i":5,"kind":"netpoll","m":1})");
  EXPECT_EQ(json({2, 1, {1}}),
            R"({"args":{"l":"sched.lock"},"class":"R","i":5,"kind":"lock","m":1})");
  EXPECT_EQ(
      json({9, 1, {0x401300}}),
      R"({"args":{"fn":"main.F[struct { X int }]"},"class":"I","i":5,"kind":"newproc","m":1})");
}

TEST(BadText, OfTheFile) {
  EXPECT_EQ(PackProblem(""),
            "F.txt:1: no end line; it is \"# end: complete REASON\" or \"# end: cut REASON\"");
  EXPECT_EQ(PackProblem("hello\n"), "F.txt:1: the text does not begin with \"# gort.slog: 1\"");
  EXPECT_EQ(PackProblem("# go: a b c\n"),
            "F.txt:1: the text does not begin with \"# gort.slog: 1\"");
  EXPECT_EQ(PackProblem("gort.slog\0\1\0"),
            "F.txt:1: the text does not begin with \"# gort.slog: 1\"");
  EXPECT_EQ(PackProblem(WithLine(1, "# gort.slog: 3")),
            "F.txt:1: text of version 3; this program reads versions 1 to 2");
  EXPECT_EQ(PackProblem(WithLine(20, "")),
            "F.txt:21: no end line; it is \"# end: complete REASON\" or \"# end: cut REASON\"");
  EXPECT_EQ(PackProblem(absl::StrCat(kText, "\n## fine\nm0 lock l=nil\n")),
            "F.txt:23: nothing may follow the end line");
}

TEST(BadText, OfHeaderLines) {
  EXPECT_EQ(PackProblem(WithLine(2, "# go: go1.24.4")),
            "F.txt:2: the go line is \"# go: VERSION GOOS GOARCH\"");
  EXPECT_EQ(PackProblem(WithLine(3, "# gomaxprocs: -1")), "F.txt:3: gomaxprocs is one number");
  EXPECT_EQ(PackProblem(WithLine(4, "# cmdline: \"open")),
            "F.txt:4: a quotation is not well-formed");
  EXPECT_EQ(PackProblem(WithLine(4, "# cmdline: \"\\q\"")),
            "F.txt:4: a quotation is not well-formed");
  EXPECT_EQ(PackProblem(WithLine(5, "# fact: ncpu")),
            "F.txt:5: a fact line is \"# fact: KEY VALUE\"");
  EXPECT_EQ(PackProblem(WithLine(5, "# colour: red")),
            "F.txt:5: unknown key \"colour\"; a comment starts with ##");
  EXPECT_EQ(PackProblem(WithLine(5, "# hello")),
            "F.txt:5: a line with # is \"# key: words\"; a comment starts with ##");
  EXPECT_EQ(PackProblem(WithLine(6, "# kind: 300 R lock l:l")),
            "F.txt:6: a kind line is \"# kind: NUMBER CLASS NAME ARG:TYPE...\"");
  EXPECT_EQ(PackProblem(WithLine(6, "# kind: 1 R lock l:q")),
            "F.txt:6: argument \"l:q\" is not NAME:TYPE");
  EXPECT_EQ(PackProblem(WithLine(6, "# kind: 2 R lock l:l")),
            "F.txt:15: record kind 2 is defined twice");
  EXPECT_EQ(PackProblem(WithLine(11, "# lock: a b")), "F.txt:11: a lock line is \"# lock: NAME\"");
  EXPECT_EQ(PackProblem(WithLine(12, "# symbol: 401000 main.main")),
            "F.txt:12: a symbol line is \"# symbol: 0xADDRESS NAME\"");
  EXPECT_EQ(PackProblem(WithLine(16, "# lock: late")),
            "F.txt:16: header lines come before the first record");
  EXPECT_EQ(PackProblem(WithLine(20, "# end: maybe \"\"")),
            "F.txt:20: the end line is \"# end: complete REASON\" or \"# end: cut REASON\"");
}

TEST(BadText, OfRecords) {
  const auto record = [](absl::string_view line) { return PackProblem(WithLine(16, line)); };
  EXPECT_EQ(record("5"), "F.txt:16: no M where \"m0\" or the like should be");
  EXPECT_EQ(record("5 newproc fn=nil"), "F.txt:16: no M where \"m0\" or the like should be");
  EXPECT_EQ(record("mnil newproc fn=nil"), "F.txt:16: no M where \"m0\" or the like should be");
  EXPECT_EQ(record("m4294967296 newproc fn=nil"),
            "F.txt:16: no M where \"m0\" or the like should be");
  EXPECT_EQ(record("m0"), "F.txt:16: no record kind");
  EXPECT_EQ(record("m0 oldproc fn=nil"), "F.txt:16: record kind \"oldproc\" is not in the table");
  EXPECT_EQ(record("m0 newproc"), "F.txt:16: newproc takes 1 arguments, not 0");
  EXPECT_EQ(record("m0 newproc fn=nil x=1"), "F.txt:16: newproc takes 1 arguments, not 2");
  EXPECT_EQ(record("m0 newproc f=nil"), "F.txt:16: argument 1 of newproc is fn=..., not \"f=nil\"");
  EXPECT_EQ(record("m0 newproc fn=main.other"),
            "F.txt:16: argument fn is \"main.other\", not the name of one symbol of the table, an "
            "address (0x...), or nil");
  EXPECT_EQ(record("m0 newproc fn=0x0"),
            "F.txt:16: argument fn is \"0x0\", not the name of one symbol of the table, an address "
            "(0x...), or nil");
  EXPECT_EQ(record("m0 lock l=mylock"),
            "F.txt:16: argument l is \"mylock\", not a lock of the table, or nil");
  EXPECT_EQ(record("m0 execute g=g0 inherit=true"),
            "F.txt:16: argument g is \"g0\", not g1 or the like, or nil");
  EXPECT_EQ(record("m0 execute g=7 inherit=true"),
            "F.txt:16: argument g is \"7\", not g1 or the like, or nil");
  EXPECT_EQ(record("m0 execute g=g7 inherit=maybe"),
            "F.txt:16: argument inherit is \"maybe\", not true or false");
  EXPECT_EQ(record("m0 netpoll delay=x list=[]"),
            "F.txt:16: argument delay is \"x\", not a number");
  EXPECT_EQ(record("m0 netpoll delay=9223372036854775808 list=[]"),
            "F.txt:16: argument delay is \"9223372036854775808\", not a number");
  EXPECT_EQ(record("m0 netpoll delay=1 list=[g1"),
            "F.txt:16: argument list is \"[g1\", not a list like [g1,g2]");
  EXPECT_EQ(record("m0 netpoll delay=1 list=[g1,]"),
            "F.txt:16: argument list is \"[g1,]\", not a list like [g1,g2]");
  EXPECT_EQ(record("m0 mput m=m4294967295 p=nil v=1"),
            "F.txt:16: argument m is \"m4294967295\", not m0 or the like, or nil");
  EXPECT_EQ(record("m0 mput m=nil p=nil v=-1"),
            "F.txt:16: argument v is \"-1\", not a number from 0 on");
}

TEST(BadText, AMistakeDoesNotCostTheLogThatIsThere) {
  const std::string path = TempPath("kept.slog");
  WriteFile(path, "precious");
  std::istringstream in("# gort.slog: 1\nm0 oops\n");
  EXPECT_FALSE(PackText(in, "F.txt", path).ok());
  EXPECT_EQ(ReadFile(path), "precious");
}

TEST(BadText, FullDevice) {
  std::istringstream in(kText);
  EXPECT_EQ(PackText(in, "F.txt", "/dev/full").message(),
            "/dev/full: byte 0: cannot write: No space left on device");
}

}  // namespace
}  // namespace schedlog
