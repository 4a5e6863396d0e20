// gort replay as a person or a script meets it: exit status, the last line, one line for each kind of bad input, and
// what a report of a divergence says.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "conformance/schedlog/reader.h"
#include "conformance/schedlog/writer.h"

namespace {

constexpr char kGort[] = "conformance/gort";
constexpr char kLog[] = "testdata/schedlogs/deadlock-p1.slog";

struct Outcome {
  int status;
  std::string out;
  std::string err;
  std::string last;  // last line of out
};

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string Temp(const std::string& name) { return absl::StrCat(testing::TempDir(), "/", name); }

Outcome Replay(const std::string& args) {
  std::string out = Temp("out"), err = Temp("err");
  int status = std::system(absl::StrCat(kGort, " replay ", args, " >", out, " 2>", err, " </dev/null").c_str());
  Outcome r{WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFile(out), ReadFile(err), ""};
  std::vector<std::string> lines = absl::StrSplit(r.out, '\n', absl::SkipEmpty());
  if (!lines.empty()) r.last = lines.back();
  return r;
}

// Bad input: exit status 2, one line that names the file and says why, nothing that looks like agreement.
void ExpectRefused(const std::string& file, const std::string& why) {
  Outcome r = Replay(file);
  EXPECT_EQ(r.status, 2) << r.out << r.err;
  EXPECT_TRUE(absl::StrContains(r.err, file)) << r.err;
  EXPECT_TRUE(absl::StrContains(r.err, why)) << r.err;
  EXPECT_EQ(std::count(r.err.begin(), r.err.end(), '\n'), 1) << r.err;
  EXPECT_TRUE(absl::StartsWith(r.last, "replayed 0 files")) << r.last;
}

// A copy of the log with something changed.
void Rewrite(const std::string& to, const std::function<void(schedlog::Header&)>& header,
             const std::function<void(uint64_t, schedlog::Record&, const schedlog::Kind&)>& record) {
  schedlog::Reader reader;
  ASSERT_TRUE(reader.Open(kLog).ok());
  schedlog::Header h = reader.header();
  header(h);
  schedlog::Writer writer;
  ASSERT_TRUE(writer.Open(to, h).ok());
  schedlog::Record r;
  for (uint64_t i = 0; reader.Next(r); i++) {
    record(i, r, reader.kind(r.kind));
    ASSERT_TRUE(writer.Append(r).ok());
  }
  ASSERT_TRUE(writer.Finish(reader.end().complete, reader.end().reason).ok());
}

TEST(ReplayCli, AgreesWithACapturedLog) {
  Outcome r = Replay(kLog);
  EXPECT_EQ(r.status, 0) << r.out << r.err;
  EXPECT_TRUE(absl::StartsWith(r.last, "replayed 1 files, ")) << r.last;
  EXPECT_TRUE(absl::EndsWith(r.last, ", 0 divergences")) << r.last;
  EXPECT_EQ(r.err, "");
}

TEST(ReplayCli, JsonIsOneObject) {
  Outcome r = Replay(absl::StrCat("--json ", kLog));
  EXPECT_EQ(r.status, 0);
  EXPECT_TRUE(absl::StartsWith(r.out, "{"));
  EXPECT_TRUE(absl::StrContains(r.out, "\"divergences\": 0"));
  EXPECT_TRUE(absl::StrContains(r.out, "\"outcome\": \"agrees\""));
}

TEST(ReplayCli, NoSuchFile) { ExpectRefused(Temp("missing.slog"), "No such file"); }

TEST(ReplayCli, EmptyFile) {
  std::ofstream(Temp("empty.slog"));
  ExpectRefused(Temp("empty.slog"), "byte 0");
}

TEST(ReplayCli, ForeignFile) {
  std::ofstream(Temp("foreign.slog")) << "#!/bin/sh\necho a log I am not\n";
  ExpectRefused(Temp("foreign.slog"), "not a gort schedule log");
}

TEST(ReplayCli, CutFile) {
  std::string bytes = ReadFile(kLog);
  std::ofstream(Temp("cut.slog"), std::ios::binary) << bytes.substr(0, bytes.size() - 40);
  ExpectRefused(Temp("cut.slog"), "byte ");
}

TEST(ReplayCli, FlippedBit) {
  std::string bytes = ReadFile(kLog);
  bytes[bytes.size() / 2] ^= 4;
  std::ofstream(Temp("flipped.slog"), std::ios::binary) << bytes;
  ExpectRefused(Temp("flipped.slog"), "byte ");
}

TEST(ReplayCli, AnotherGo) {
  Rewrite(Temp("go123.slog"), [](schedlog::Header& h) { h.go_version = "go1.23.5"; }, [](auto, auto&, auto&) {});
  ExpectRefused(Temp("go123.slog"), "go1.23.5");
}

TEST(ReplayCli, BadUsage) {
  for (const char* args : {"--no-such-option", "--jobs", "--jobs none"}) {
    Outcome r = Replay(args);
    EXPECT_EQ(r.status, 2) << args;
    EXPECT_EQ(std::count(r.err.begin(), r.err.end(), '\n'), 1) << r.err;
  }
}

TEST(ReplayCli, ADivergenceSaysAllThatIsNeeded) {
  // The first goroutine that is queued goes elsewhere.
  uint64_t edited = 0;
  Rewrite(Temp("edited.slog"), [](schedlog::Header&) {},
          [&](uint64_t i, schedlog::Record& r, const schedlog::Kind& kind) {
            if (edited == 0 && kind.name == "runqput") {
              r.a[2] = !r.a[2];
              edited = i;
            }
          });
  ASSERT_NE(edited, 0u);
  Outcome r = Replay(Temp("edited.slog"));
  EXPECT_EQ(r.status, 1);
  EXPECT_TRUE(absl::EndsWith(r.last, ", 1 divergences")) << r.last;
  for (const std::string& part : {
           absl::StrCat("edited.slog: record ", edited, ": divergence"),
           std::string("Go:    m0 runqput p=p0 g=g1 next=0"),
           std::string("port:  m0 runqput p=p0 g=g1 next=1"),
           std::string("where: m0, p0"),
           std::string("in:    runqput"),
           std::string("last records:"),
           std::string("state of the port:"),
           std::string("SCHED "),
           std::string("reproduce: ./gort replay "),
       }) {
    EXPECT_TRUE(absl::StrContains(r.out, part)) << part << " is not in:\n" << r.out;
  }
}

TEST(ReplayCli, GoodLogsCountBesideABadOne) {
  Outcome r = Replay(absl::StrCat(kLog, " ", Temp("missing.slog")));
  EXPECT_EQ(r.status, 2);
  EXPECT_TRUE(absl::StartsWith(r.last, "replayed 1 files")) << r.last;
}

}  // namespace
