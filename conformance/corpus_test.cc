// The corpus of captured schedules as a whole: how much there is of it, from how many programs,
// and that everything that can be recorded is recorded somewhere in it. That each log replays is
// a test of its own (conformance/replay_tests.bzl).
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "conformance/schedlog/reader.h"
#include "gtest/gtest.h"

namespace {

namespace fs = std::filesystem;

// Kinds that no program of the corpus can bring about, and why.
const std::map<std::string, std::string>& Excused() {
  static const auto* const excused = new std::map<std::string, std::string>{
  };
  return *excused;
}

// Kinds that came after most logs of their releases had been captured: it must be certain that a log without them has
// nothing of what they tell. Either it has no record of another kind, that stands before them; or, where none is named,
// they stand before records that a replay refuses without them, and the log replays, or they are made only under a
// GODEBUG that no other row of the manifest has.
constexpr char kLeaks[] = "casgstatus to leaked";  // no kind, but such a record
const std::map<std::string, std::string>& CameLater() {
  static const auto* const kinds = new std::map<std::string, std::string>{
      {"bubble.timers", "syncGroup"},
      {"bubble.timers.ret", "syncGroup"},
      {"checkmark", ""},
      {"setBlockOnExitSyscall", ""},
      {"leaked.again", kLeaks},
  };
  return *kinds;
}

struct Log {
  std::string name;
  uintmax_t bytes = 0;
  uint64_t records = 0;
  std::string program;  // what was captured: the same at every GOMAXPROCS and with any arguments
  bool ours = false;    // a file of testdata/programs
  schedlog::Header header;
  schedlog::End end;
  std::set<std::string> seen;  // kinds of which there are records
};

struct Corpus {
  std::vector<Log> logs;
  std::map<std::string, uint64_t> seen;  // by kind: how many records
  std::set<std::string> known;           // kinds in the tables
  uint64_t records = 0;
  uintmax_t bytes = 0;
};

std::string Fact(const schedlog::Header& header, absl::string_view key) {
  for (const auto& [name, value] : header.facts) {
    if (name == key) return value;
  }
  return "";
}

void ReadLog(const fs::path& path, Corpus& corpus) {
  Log log;
  log.name = path.filename();
  log.bytes = fs::file_size(path);
  schedlog::Reader reader;
  const absl::Status opened = reader.Open(path.string());
  ASSERT_TRUE(opened.ok()) << opened;
  uint64_t seen[256] = {};
  schedlog::Record record;
  const schedlog::Kind* const casgstatus = reader.header().FindKind("casgstatus");
  ASSERT_NE(casgstatus, nullptr);
  constexpr int64_t kGleaked = 10;
  while (reader.Next(record)) {
    seen[record.kind & 255]++;
    if (record.kind == casgstatus->number && record.a[2] == kGleaked) log.seen.insert(kLeaks);
  }
  ASSERT_TRUE(reader.status().ok()) << reader.status();
  for (const schedlog::Kind& kind : reader.header().kinds) {
    corpus.known.insert(kind.name);
    if (seen[kind.number] == 0) continue;
    corpus.seen[kind.name] += seen[kind.number];
    log.seen.insert(kind.name);
  }
  log.header = reader.header();
  log.end = reader.end();
  log.records = reader.end().records;
  if (!log.header.cmdline.empty()) log.program = log.header.cmdline[0];
  log.ours = absl::EndsWith(log.program, ".go") && !absl::StrContains(log.program, '/');
  if (Fact(log.header, "test") == "true") absl::StrAppend(&log.program, " (test)");
  corpus.records += log.records;
  corpus.bytes += log.bytes;
  corpus.logs.push_back(std::move(log));
}

// The logs of one folder.
Corpus CorpusOf(const std::string& folder) {
  Corpus corpus;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".slog") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const fs::path& path : paths) ReadLog(path, corpus);
  return corpus;
}

// Go 1.24's.
const Corpus& TheCorpus() {
  static const Corpus* const corpus = new Corpus(CorpusOf("testdata/schedlogs"));
  return *corpus;
}

std::set<std::string> WellKnown(const Corpus& corpus) {
  std::set<std::string> modules;
  for (const Log& log : corpus.logs) {
    const bool fetched = absl::StrContains(log.program, '@');
    const bool driven = absl::StartsWith(log.program, "programs/");
    if (fetched || driven) modules.insert(log.program);
  }
  return modules;
}

TEST(Corpus, IsLargeAndVariedAndSmallOnDisk) {
  const Corpus& corpus = TheCorpus();
  std::set<std::string> programs, others;
  std::set<uint32_t> procs;
  for (const Log& log : corpus.logs) {
    programs.insert(log.program);
    if (!log.ours) others.insert(log.program);
    procs.insert(log.header.gomaxprocs);
  }
  EXPECT_GE(corpus.logs.size(), 60u);
  EXPECT_GE(programs.size(), 30u) << absl::StrJoin(programs, "\n");
  // The programs that nobody here wrote would be enough by themselves.
  EXPECT_GE(others.size(), 30u) << absl::StrJoin(others, "\n");
  for (const uint32_t n : {1u, 2u, 4u, 8u}) EXPECT_TRUE(procs.contains(n)) << "GOMAXPROCS=" << n;
  EXPECT_GE(corpus.records, 20'000'000u);
  EXPECT_LE(corpus.bytes, 60u << 20);
}

TEST(Corpus, HasWellKnownPrograms) {
  const std::set<std::string> modules = WellKnown(TheCorpus());
  EXPECT_GE(modules.size(), 6u) << absl::StrJoin(modules, "\n");
}

TEST(Corpus, EveryKindOfRecordOccurs) {
  const Corpus& corpus = TheCorpus();
  for (const std::string& kind : corpus.known) {
    const bool occurs = corpus.seen.contains(kind);
    EXPECT_NE(occurs, Excused().contains(kind))
        << kind << (occurs ? " occurs, so it needs no excuse" : " does not occur in any log");
  }
  for (const auto& [kind, reason] : Excused()) {
    EXPECT_TRUE(corpus.known.contains(kind)) << kind << ": no such kind";
  }
}

// What the corpus is meant to show, by the records that tell of it.
TEST(Corpus, ShowsWhatProgramsDo) {
  const std::map<std::string, std::vector<std::string>> scenes = {
      {"garbage collection",
       {"findRunnableGCWorker.ret", "stopTheWorldWithSema", "addIdleMarkWorker", "castogscanstatus"}},
      {"timers", {"timers.check.ret", "wakeNetPoller", "timerpMask.set"}},
      {"network poller", {"netpoll", "netpollBreak", "injectglist"}},
      {"blocking system calls", {"entersyscall", "entersyscallblock", "exitsyscall", "handoffp"}},
      {"LockOSThread", {"LockOSThread", "startlockedm", "stoplockedm", "mexit"}},
      {"preemption of long loops", {"preemptone", "gopreempt_m", "preemptPark"}},
      {"changes of GOMAXPROCS", {"GOMAXPROCS", "procresize", "pdestroy"}},
  };
  for (const auto& [scene, kinds] : scenes) {
    for (const std::string& kind : kinds) {
      const auto found = TheCorpus().seen.find(kind);
      EXPECT_TRUE(found != TheCorpus().seen.end() && found->second >= 10) << scene << ": " << kind;
    }
  }
}

// A replay does not compare what a log has no kind for.
void ExpectAllKinds(const Log& log, const Corpus& corpus) {
  size_t kinds = log.header.kinds.size();
  for (const auto& [kind, behind] : CameLater()) {
    if (!corpus.known.contains(kind) || log.header.FindKind(kind) != nullptr) continue;
    EXPECT_FALSE(log.seen.contains(behind)) << log.name << ": " << kind << " came later; capture it again";
    kinds++;
  }
  EXPECT_EQ(kinds, corpus.known.size()) << log.name << ": capture the corpus again";
}

// A kind means the same in every log, whatever its number in that log's table.
TEST(Corpus, KindsMeanTheSameInAllLogs) {
  const Corpus& corpus = TheCorpus();
  std::map<std::string, const schedlog::Kind*> first;
  for (const Log& log : corpus.logs) {
    for (const schedlog::Kind& kind : log.header.kinds) {
      const schedlog::Kind* other = first.emplace(kind.name, &kind).first->second;
      EXPECT_EQ(kind.cls, other->cls) << log.name << ": " << kind.name;
      EXPECT_EQ(kind.args, other->args) << log.name << ": " << kind.name << "; capture the corpus again";
    }
    ExpectAllKinds(log, corpus);
    EXPECT_EQ(log.header.go_version, corpus.logs[0].header.go_version) << log.name;
  }
}

void ExpectNotSpoilt(const Corpus& corpus) {
  constexpr int kCrashed = 4;
  for (const Log& log : corpus.logs) {
    int flags = -1;
    EXPECT_TRUE(absl::SimpleAtoi(Fact(log.header, "flags"), &flags)) << log.name;
    EXPECT_TRUE(flags == 0 || flags == kCrashed) << log.name << ": flags " << flags;
    EXPECT_TRUE(log.end.complete || flags == kCrashed) << log.name << ": " << log.end.reason;
  }
}

// A log that is cut tells of a program that crashed; nothing was lost on the way in any.
TEST(Corpus, NoLogIsSpoilt) { ExpectNotSpoilt(TheCorpus()); }

struct Release {
  const char* name;
  size_t logs;
  uint64_t records;
  uintmax_t megabytes;
};

class LaterCorpus : public testing::TestWithParam<Release> {};

// Of a later release there is less: what did not change since Go 1.24 is shown by the others.
TEST_P(LaterCorpus, IsVariedAndSmallOnDisk) {
  const Release& release = GetParam();
  const Corpus corpus = CorpusOf(absl::StrCat("testdata/schedlogs/", release.name));
  std::set<std::string> programs;
  std::set<uint32_t> procs;
  for (const Log& log : corpus.logs) {
    programs.insert(log.program);
    procs.insert(log.header.gomaxprocs);
    EXPECT_TRUE(absl::StartsWith(log.header.go_version, absl::StrCat(release.name, "."))) << log.name;
    ExpectAllKinds(log, corpus);
  }
  EXPECT_GE(corpus.logs.size(), release.logs);
  EXPECT_GE(programs.size(), 25u) << absl::StrJoin(programs, "\n");
  const std::set<std::string> modules = WellKnown(corpus);
  EXPECT_GE(modules.size(), 6u) << absl::StrJoin(modules, "\n");
  for (const uint32_t n : {1u, 2u, 4u, 8u}) EXPECT_TRUE(procs.contains(n)) << "GOMAXPROCS=" << n;
  EXPECT_GE(corpus.records, release.records);
  EXPECT_LE(corpus.bytes, release.megabytes << 20);
  ExpectNotSpoilt(corpus);
}

INSTANTIATE_TEST_SUITE_P(Releases, LaterCorpus,
                         testing::Values(Release{"go1.25", 25, 5'000'000, 8}, Release{"go1.26", 60, 15'000'000, 15},
                                         Release{"go1.27", 25, 5'000'000, 8}),
                         [](const auto& info) { return absl::StrCat("go1_", info.param.name + 4); });

TEST(Corpus, StaysSmallAltogether) {
  uintmax_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator("testdata/schedlogs")) {
    if (entry.path().extension() == ".slog") bytes += fs::file_size(entry.path());
  }
  EXPECT_LE(bytes, 70'000'000u);
}

}  // namespace
