// gort diff as a person or a script meets it: exit status, the last line, what a report of a divergence says, and one
// line for each kind of bad input.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "conformance/diff_report.h"
#include "nlohmann/json.hpp"
#include "trace/input.h"
#include "trace/reader.h"

namespace {

constexpr char kDiff[] = "conformance/gort_diff";
constexpr char kTrace[] = "testdata/guided/mutex-p1.trace";

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

std::string Write(const std::string& name, const std::string& bytes) {
  std::ofstream(Temp(name), std::ios::binary) << bytes;
  return Temp(name);
}

Outcome Diff(const std::string& args) {
  const std::string out = Temp("out"), err = Temp("err");
  const int status = std::system(absl::StrCat(kDiff, " ", args, " >", out, " 2>", err).c_str());
  Outcome r{WIFEXITED(status) ? WEXITSTATUS(status) : -1, ReadFile(out), ReadFile(err), ""};
  const std::vector<std::string> lines = absl::StrSplit(r.out, '\n', absl::SkipEmpty());
  if (!lines.empty()) r.last = lines.back();
  return r;
}

// Exit status 2, one line that names the file and says where and why. Returns how many decisions counted.
uint64_t ExpectRefused(const std::string& file, const std::string& why) {
  const Outcome r = Diff(file);
  EXPECT_EQ(r.status, 2) << r.out << r.err;
  EXPECT_TRUE(absl::StartsWith(r.err, absl::StrCat("gort diff: ", file, ": byte "))) << r.err;
  EXPECT_TRUE(absl::StrContains(r.err, why)) << r.err;
  EXPECT_EQ(std::count(r.err.begin(), r.err.end(), '\n'), 1) << r.err;
  EXPECT_TRUE(absl::StrContains(r.last, " decisions: ")) << r.last;
  return std::strtoull(r.last.c_str(), nullptr, 10);
}

TEST(DiffCli, AgreesWithATrace) {
  const Outcome r = Diff(kTrace);
  EXPECT_EQ(r.status, 0) << r.out << r.err;
  EXPECT_TRUE(absl::StrContains(r.last, " decisions: ")) << r.last;
  EXPECT_TRUE(absl::EndsWith(r.last, " 0 divergent")) << r.last;
  EXPECT_EQ(r.err, "");
}

TEST(DiffCli, SeveralFilesAddUp) {
  const uint64_t one = std::strtoull(Diff(kTrace).last.c_str(), nullptr, 10);
  ASSERT_GT(one, 100u);
  const Outcome r = Diff(absl::StrCat("--jobs 1 ", kTrace, " ", kTrace));
  EXPECT_EQ(r.status, 0);
  EXPECT_TRUE(absl::StartsWith(r.last, absl::StrCat(2 * one, " decisions: "))) << r.last;
  EXPECT_TRUE(absl::EndsWith(r.last, " 0 divergent, in 2 files")) << r.last;
}

TEST(DiffCli, StandardInput) {
  const Outcome r = Diff(absl::StrCat("- <", kTrace));
  EXPECT_EQ(r.status, 0);
  EXPECT_EQ(r.last, Diff(kTrace).last);
}

TEST(DiffCli, JsonIsOneObject) {
  const Outcome r = Diff(absl::StrCat("--json ", kTrace));
  EXPECT_EQ(r.status, 0);
  const nlohmann::json json = nlohmann::json::parse(r.out);
  EXPECT_EQ(json["files"], 1);
  EXPECT_EQ(json["divergent"], 0);
  EXPECT_GT(json["decisions"], 100);
  EXPECT_EQ(json["traces"][0]["file"], kTrace);
  EXPECT_EQ(json["traces"][0].value("followed", false), true);
  EXPECT_EQ(json["traces"][0].value("written_by", ""), "Go 1.23 or 1.24");
}

TEST(DiffCli, WhatIsNotFollowedIsSaid) {
  conformance::TraceDiff diff;
  diff.path = "some.trace";
  diff.result.decisions = diff.result.exact = 5;
  diff.result.lost = "GoStart at byte 77: nobody made it";
  diff.result.lostOffset = 77;
  diff.result.lostTime = 1'500'000;
  diff.events_in_all = 200;
  diff.events_left = 50;
  EXPECT_EQ(conformance::Text(diff),
            "some.trace: not followed to its end: lost 0.001500 s from its start, at GoStart at byte 77: nobody made "
            "it; 50 of its 200 events (25.0%) were not looked at\n");
  EXPECT_EQ(conformance::ExitStatus({diff}), 1);
  const conformance::TraceDiff again = conformance::TraceDiffFromJson(conformance::ToJson(diff));
  EXPECT_EQ(conformance::Text(again), conformance::Text(diff));
  diff.result.lost = "";
  EXPECT_EQ(conformance::ExitStatus({diff}), 0);
  diff.died = "the port died: Segmentation fault";
  EXPECT_EQ(conformance::Text(diff), "some.trace: not followed: the port died: Segmentation fault\n");
  EXPECT_EQ(conformance::ExitStatus({diff}), 1);
}

TEST(DiffCli, ADivergenceSaysAllThatIsNeeded) {
  conformance::TraceDiff diff;
  diff.path = "some.trace";
  diff.result.decisions = 9;
  diff.result.exact = 5;
  diff.result.admissible = 1;
  diff.result.divergent = 3;
  diff.divergences.push_back({.offset = 77,
                              .time = 1'500'000,
                              .m = 1234,
                              .p = 2,
                              .g = -1,
                              .what = "Go started G7, the port would start G8 (the local queue)",
                              .queues = "    P0 idle, tick 3\n    global queue G8\n"});
  diff.choices = {{"seldom", 1}, {"often", 12}};
  EXPECT_EQ(conformance::Text(diff),
            "some.trace: byte 77: 0.001500 s, M1234 P2: Go started G7, the port would start G8 (the local queue)\n"
            "    P0 idle, tick 3\n    global queue G8\n"
            "some.trace: and 2 more\n"
            "some.trace: free choices:\n        12  often\n         1  seldom\n");
  EXPECT_EQ(conformance::LastLine({diff}), "9 decisions: 5 exact, 1 admissible, 3 divergent\n");
  EXPECT_EQ(conformance::ExitStatus({diff}), 1);
  EXPECT_EQ(conformance::Text(conformance::TraceDiffFromJson(conformance::ToJson(diff))), conformance::Text(diff));
}

// What gort diff says, and its status, when the child that waits for its trace gets these signals.
std::pair<std::string, int> WithSignals(const std::vector<int>& signals) {
  const std::string fifo = Temp("fifo.trace"), out = Temp("died.out");
  unlink(fifo.c_str());
  EXPECT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    std::freopen(out.c_str(), "w", stdout);
    execl(kDiff, kDiff, fifo.c_str(), nullptr);
    _exit(127);
  }
  pid_t child = 0;
  while (child == 0) std::ifstream(absl::StrCat("/proc/", parent, "/task/", parent, "/children")) >> child;
  for (int signal : signals) {
    // It stands in open() when it sleeps.
    for (std::string state; state != "S";) {
      std::string skip;
      usleep(20000);
      std::ifstream(absl::StrCat("/proc/", child, "/stat")) >> skip >> skip >> state;
    }
    kill(child, signal);
  }
  int status = 0;
  EXPECT_EQ(waitpid(parent, &status, 0), parent);
  return {ReadFile(out), WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

TEST(DiffCli, APortThatDiesIsOneLine) {
  const auto [out, status] = WithSignals({SIGSEGV});
  EXPECT_EQ(out, absl::StrCat(Temp("fifo.trace"), ": not followed: the port died: Segmentation fault\n",
                              "0 decisions: 0 exact, 0 admissible, 0 divergent\n"));
  EXPECT_EQ(status, 1);
}

// The timer that watches over the child has no other way to end it.
TEST(DiffCli, APortThatTurnsInACircleIsOneLine) {
  const auto [out, status] = WithSignals({SIGVTALRM, SIGVTALRM});
  EXPECT_EQ(out, absl::StrCat(Temp("fifo.trace"),
                              ": not followed: the port turned in a circle behind 0 events of the scheduler\n",
                              "0 decisions: 0 exact, 0 admissible, 0 divergent\n"));
  EXPECT_EQ(status, 1);
}

// So does one of another system.
TEST(DiffCli, OtherSystems) {
  const std::map<std::string, std::string> systems = {
      {"traces/perry-1.23", "Windows"}, {"traces/sqlprof-1.23", "macOS"}, {"guided/mutex-p1", ""}};
  for (const auto& [name, system] : systems) {
    conformance::TraceDiff diff;
    gotrace::Reader reader;
    ASSERT_TRUE(reader.Open("testdata/" + name + ".trace") && reader.Next());
    diff.path = name;
    diff.system = conformance::SystemOf(*reader.generation());
    EXPECT_EQ(diff.system, system);
    const std::string first =
        system.empty() ? "" : absl::StrCat(name, ": written on ", system, ", the port waits as Go");
    EXPECT_EQ(conformance::Text(diff).find(first), 0u) << conformance::Text(diff);
    EXPECT_EQ(conformance::TraceDiffFromJson(conformance::ToJson(diff)).system, system);
  }
}

// A trace of another Go says so in its first line.
TEST(DiffCli, OtherVersions) {
  EXPECT_EQ(conformance::PolicyNote(23), "");
  const std::vector<std::pair<int, std::string>> others = {{22, "Go 1.22"}, {25, "Go 1.25"}, {26, "Go 1.26 or 1.27"}};
  for (const auto& [version, name] : others) {
    conformance::TraceDiff diff;
    diff.path = "some.trace";
    diff.version = version;
    const std::string start = absl::StrCat("some.trace: written by ", name, ", the port is Go 1.24's scheduler: ");
    EXPECT_TRUE(absl::StartsWith(conformance::Text(diff), start)) << conformance::Text(diff);
    EXPECT_TRUE(conformance::ToJson(diff).contains("note"));
  }
  std::string bytes = ReadFile(kTrace);
  bytes.replace(0, 16, gotrace::FirstLine(22));
  const std::string out = Diff(Write("old.trace", bytes)).out;
  EXPECT_TRUE(absl::StrContains(out, "old.trace: written by Go 1.22, the port is Go 1.24's")) << out;
}

TEST(DiffCli, NoSuchFile) { EXPECT_EQ(ExpectRefused(Temp("missing.trace"), "No such file"), 0u); }

TEST(DiffCli, EmptyFile) { EXPECT_EQ(ExpectRefused(Write("empty.trace", ""), ""), 0u); }

TEST(DiffCli, ForeignFile) { EXPECT_EQ(ExpectRefused(Write("foreign.trace", "#!/bin/sh\necho no trace\n"), ""), 0u); }

TEST(DiffCli, OldFormat) {
  EXPECT_EQ(ExpectRefused(Write("v1.trace", std::string("go 1.21 trace\0\0\0\1\2\3", 19)), "1.21"), 0u);
}

TEST(DiffCli, CutFile) {
  const std::string bytes = ReadFile(kTrace);
  ExpectRefused(Write("cut.trace", bytes.substr(0, bytes.size() - 40)), "");
}

// Two generations, and of the second only a piece: the first counts.
TEST(DiffCli, WhatWasGoodBeforeTheFaultCounts) {
  const uint64_t whole = std::strtoull(Diff(kTrace).last.c_str(), nullptr, 10);
  // The head of a batch of a second generation, and no more.
  const std::string bytes = ReadFile(kTrace) + std::string("\1\2\1\5\x7f", 5);
  EXPECT_EQ(ExpectRefused(Write("second.trace", bytes), ""), whole);
}

TEST(DiffCli, GoodTracesCountBesideABadOne) {
  const Outcome r = Diff(absl::StrCat(kTrace, " ", Temp("missing.trace")));
  EXPECT_EQ(r.status, 2);
  EXPECT_TRUE(absl::StartsWith(r.last, Diff(kTrace).last)) << r.last;
}

TEST(DiffCli, BadUsage) {
  for (const char* args : {"", "--no-such-option", "--limit", "--limit none", "--jobs 0"}) {
    const Outcome r = Diff(args);
    EXPECT_EQ(r.status, 2) << args;
    EXPECT_EQ(std::count(r.err.begin(), r.err.end(), '\n'), 1) << r.err;
    EXPECT_EQ(r.out, "") << args;
  }
  EXPECT_EQ(Diff("--help").status, 0);
}

}  // namespace
