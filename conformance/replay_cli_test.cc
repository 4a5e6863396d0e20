// gort replay as a person or a script meets it: exit status, the last line, one line for each kind of bad input, and
// what a report of a divergence says.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
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

// Each log is replayed in both orders of turns unless one is asked for; of a pipe only one can be.
TEST(ReplayCli, OrdersOfTurns) {
  for (const char* args : {"--order=late", "--order=eager", "--order=both", ""}) {
    const std::string arg = args;
    Outcome r = Replay(absl::StrCat(arg, " --json ", kLog));
    EXPECT_EQ(r.status, 0) << arg << r.out << r.err;
    const bool both = arg.empty() || arg == "--order=both";
    EXPECT_TRUE(absl::StrContains(r.out, both ? "\"replays\": 2" : "\"replays\": 1")) << arg << r.out;
  }
  const std::string fifo = Temp("once.slog");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  ASSERT_EQ(std::system(absl::StrCat("cat ", kLog, " >", fifo, " &").c_str()), 0);
  Outcome r = Replay(absl::StrCat("--json ", fifo));
  EXPECT_EQ(r.status, 0) << r.err;
  EXPECT_TRUE(absl::StrContains(r.out, "\"replays\": 1")) << r.out;
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

// A log of Go 1.25 is for the port of Go 1.25, and for no other one unless that is asked for.
TEST(ReplayCli, ThePortIsTheLogsReleases) {
  const std::string log = "testdata/schedlogs/go1.25/tight-loop-p2.slog";
  EXPECT_EQ(Replay(log).status, 0);
  const Outcome other = Replay("--go=1.24 " + log);
  EXPECT_EQ(other.status, 1);
  EXPECT_NE(other.out.find("divergence"), std::string::npos) << other.out << other.err;
  // Of this release in truth: the other port does not follow it.
  Rewrite(Temp("go125.slog"), [](schedlog::Header& h) { h.go_version = "go1.25.12"; }, [](auto, auto&, auto&) {});
  EXPECT_EQ(Replay(Temp("go125.slog")).status, 1);
}

// Where another release's scheduler parts first, and in how many programs: both logs of one program are one program.
TEST(ReplayCli, TableOfWhereTwoReleasesPart) {
  const std::string own = "testdata/schedlogs/deadlock-p1.slog";
  const std::string later = "testdata/schedlogs/go1.25/tight-loop-p2.slog";
  std::filesystem::copy_file(later, Temp("tight-loop-p8.slog"), std::filesystem::copy_options::overwrite_existing);
  const Outcome r = Replay(absl::StrCat("--go=1.24 --table ", own, " ", later, " ", Temp("tight-loop-p8.slog")));
  EXPECT_EQ(r.status, 1);
  EXPECT_EQ(r.last, "1 of 2 programs differ (2 of 3 logs)");
  EXPECT_NE(r.out.find("| 1 | `sched.runq.empty` | `sched.runqsize.Load` | `findRunnable < schedule` | "
                       "tight-loop-p2, "),
            std::string::npos)
      << r.out;
  EXPECT_EQ(std::count(r.out.begin(), r.out.end(), '\n'), 4) << r.out;
  EXPECT_EQ(Replay("--table " + own).status, 2);
}

TEST(ReplayCli, BadUsage) {
  for (const char* args : {"--no-such-option", "--jobs", "--jobs none", "--order", "--order=random", "--go=1.99"}) {
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

// What is done to one record of a copy.
struct Edit {
  std::function<void(schedlog::Record&, const schedlog::Kind&)> change = [](auto&, auto&) {};
  bool leave_out = false;
  bool twice = false;
};

void EditOne(const std::string& to, uint64_t at, const Edit& edit, const char* log = kLog) {
  schedlog::Reader reader;
  ASSERT_TRUE(reader.Open(log).ok());
  schedlog::Writer writer;
  ASSERT_TRUE(writer.Open(to, reader.header()).ok());
  schedlog::Record r;
  for (uint64_t i = 0; reader.Next(r); i++) {
    if (i == at) edit.change(r, reader.kind(r.kind));
    if (i == at && edit.leave_out) continue;
    ASSERT_TRUE(writer.Append(r).ok());
    if (i == at && edit.twice) {
      ASSERT_TRUE(writer.Append(r).ok());
    }
  }
  ASSERT_TRUE(writer.Finish(reader.end().complete, reader.end().reason).ok());
}

// The index of the nth record of a kind, from 0.
uint64_t Find(const std::string& kind, int nth, const std::function<bool(const schedlog::Record&)>& fits,
              const char* log = kLog) {
  schedlog::Reader reader;
  EXPECT_TRUE(reader.Open(log).ok());
  schedlog::Record r;
  for (uint64_t i = 0; reader.Next(r); i++) {
    if (reader.kind(r.kind).name == kind && fits(r) && nth-- == 0) return i;
  }
  ADD_FAILURE() << "no such record of " << kind;
  return 0;
}

void ExpectDivergence(const std::string& file, uint64_t at, const std::string& what) {
  Outcome r = Replay(file);
  EXPECT_EQ(r.status, 1) << what << "\n" << r.out << r.err;
  EXPECT_TRUE(absl::StrContains(r.out, absl::StrCat(": record ", at, ": divergence\n  Go: "))) << what << "\n" << r.out;
}

// What only the port can have called, the player does not call for it; a report says in which order it came about.
TEST(ReplayCli, ThePlayerMakesNoCallsOfThePort) {
  constexpr char kStops[] = "testdata/schedlogs/procs-change-p2.slog";
  for (const char* kind : {"Gosched", "gopark"}) {
    const uint64_t at = Find(kind, 0, [](const schedlog::Record& r) { return r.a[r.nargs - 1] == 0; }, kStops);
    EditOne(Temp("edge.slog"), at, {.change = [](auto& r, auto&) { r.a[r.nargs - 1] = 1; }}, kStops);
    for (const char* order : {"late", "eager"}) {
      Outcome r = Replay(absl::StrCat("--order=", order, " ", Temp("edge.slog")));
      EXPECT_EQ(r.status, 1) << kind << "\n" << r.out << r.err;
      const std::string place = absl::StrCat(": record ", at, ": divergence");
      EXPECT_TRUE(absl::StrContains(r.out, place)) << kind << "\n" << r.out;
      EXPECT_TRUE(absl::StrContains(r.out, "own=1\n")) << kind << "\n" << r.out;
      EXPECT_EQ(absl::StrContains(r.out, "gort replay --order=eager "), std::string(order) == "eager") << r.out;
    }
  }
}

// Before the port is set up it can hardly describe itself: the record must be named all the same.
TEST(ReplayCli, EachOfTheFirstRecordsIsNamedWhenItDiffers) {
  for (uint64_t at = 1; at < 40; at++) {
    EditOne(Temp("early.slog"), at, {.twice = true});
    schedlog::Reader reader;
    ASSERT_TRUE(reader.Open(kLog).ok());
    schedlog::Record r;
    for (uint64_t i = 0; i <= at; i++) ASSERT_TRUE(reader.Next(r));
    const std::string kind = reader.kind(r.kind).name;
    Outcome outcome = Replay(Temp("early.slog"));
    EXPECT_EQ(outcome.status, 1) << at << " " << kind << "\n" << outcome.out << outcome.err;
    for (const char* part : {": divergence\n  Go:    m0 ", "last records:"}) {
      EXPECT_TRUE(absl::StrContains(outcome.out, part)) << at << " " << kind << "\n" << outcome.out;
    }
  }
  const uint64_t set = Find("timerpMask.set", 0, [](auto&) { return true; });
  ASSERT_LT(set, 40u);
  EditOne(Temp("early.slog"), set, {.leave_out = true});
  ExpectDivergence(Temp("early.slog"), set, "timerpMask.set left out");
  const uint64_t clear = Find("idlepMask.clear", 0, [](auto&) { return true; });
  ASSERT_LT(clear, 40u);
  EditOne(Temp("early.slog"), clear, {.change = [](auto& r, auto&) { r.a[0] = 3; }});
  ExpectDivergence(Temp("early.slog"), clear, "idlepMask.clear of another P");
}

// `fits` of a dead goroutine, where the log tells what it must be.
TEST(ReplayCli, WhetherADeadStackFitsIsCompared) {
  constexpr char kDying[] = "testdata/schedlogs/chan-fifo-p1.slog";
  for (int nth = 0; nth < 10; nth++) {
    const uint64_t at = Find("gfput", nth, [](const schedlog::Record& r) { return r.a[1] != 0; }, kDying);
    EditOne(Temp("fits.slog"), at, {.change = [](auto& r, auto&) { r.a[1] = 0; }}, kDying);
    ExpectDivergence(Temp("fits.slog"), at, "gfput fits=true made false");
  }
}

// A record of a thread that has ended, or never began: the replay ends, and says so.
TEST(ReplayCli, RecordsOfThreadsThatAreNotThere) {
  const uint64_t last = Find("fatal", 0, [](auto&) { return true; });
  EditOne(Temp("ended.slog"), last, {.twice = true});
  ExpectDivergence(Temp("ended.slog"), last + 1, "a thread that has ended");
  for (uint32_t m : {77u, 0xffffffffu}) {
    EditOne(Temp("unborn.slog"), last, {.change = [m](auto& r, auto&) { r.m = m; }});
    ExpectDivergence(Temp("unborn.slog"), last, "a thread that never began");
  }
}

// A replay that waits for its log is left by its parent: it ends too.
TEST(ReplayCli, ChildrenEndWithTheirParent) {
  const std::string fifo = Temp("fifo.slog");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);  // what its parent leaves comes to us
  const pid_t parent = fork();
  if (parent == 0) {
    execl(kGort, kGort, "replay", fifo.c_str(), nullptr);
    _exit(127);
  }
  pid_t child = 0;
  while (child == 0) std::ifstream(absl::StrCat("/proc/", parent, "/task/", parent, "/children")) >> child;
  // It stands in open() when it is a process of its own and sleeps.
  for (std::string state; state != "S";) {
    std::string skip;
    std::ifstream(absl::StrCat("/proc/", child, "/stat")) >> skip >> skip >> state;
    usleep(20000);
  }
  ASSERT_EQ(kill(parent, SIGKILL), 0);
  int status = 0;
  ASSERT_EQ(waitpid(parent, &status, 0), parent);
  // Alive, it would sleep for ever: give it ten seconds before we say so.
  pid_t gone = 0;
  for (int i = 0; i < 500 && gone == 0; i++) {
    gone = waitpid(child, &status, WNOHANG);
    if (gone == 0) usleep(20000);
  }
  EXPECT_EQ(gone, child) << "it lives on";
  if (gone == 0) kill(child, SIGKILL);
}

TEST(ReplayCli, GoodLogsCountBesideABadOne) {
  Outcome r = Replay(absl::StrCat(kLog, " ", Temp("missing.slog")));
  EXPECT_EQ(r.status, 2);
  EXPECT_TRUE(absl::StartsWith(r.last, "replayed 1 files")) << r.last;
}

}  // namespace
