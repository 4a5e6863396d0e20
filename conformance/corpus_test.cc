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

struct Log {
  std::string name;
  uintmax_t bytes = 0;
  uint64_t records = 0;
  std::string program;  // what was captured: the same at every GOMAXPROCS and with any arguments
  bool ours = false;    // a file of testdata/programs
  schedlog::Header header;
  schedlog::End end;
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
  while (reader.Next(record)) seen[record.kind & 255]++;
  ASSERT_TRUE(reader.status().ok()) << reader.status();
  for (const schedlog::Kind& kind : reader.header().kinds) {
    corpus.known.insert(kind.name);
    if (seen[kind.number] != 0) corpus.seen[kind.name] += seen[kind.number];
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

const Corpus& TheCorpus() {
  static const Corpus* const corpus = [] {
    auto* c = new Corpus;
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator("testdata/schedlogs")) {
      if (entry.path().extension() == ".slog") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) ReadLog(path, *c);
    return c;
  }();
  return *corpus;
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
  std::set<std::string> modules;
  for (const Log& log : TheCorpus().logs) {
    const bool fetched = absl::StrContains(log.program, '@');
    const bool driven = absl::StartsWith(log.program, "programs/");
    if (fetched || driven) modules.insert(log.program);
  }
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
    // A replay does not compare what a log has no kind for.
    EXPECT_EQ(log.header.kinds.size(), corpus.known.size()) << log.name << ": capture the corpus again";
    EXPECT_EQ(log.header.go_version, corpus.logs[0].header.go_version) << log.name;
  }
}

// A log that is cut tells of a program that crashed; nothing was lost on the way in any.
TEST(Corpus, NoLogIsSpoilt) {
  constexpr int kCrashed = 4;
  for (const Log& log : TheCorpus().logs) {
    int flags = -1;
    EXPECT_TRUE(absl::SimpleAtoi(Fact(log.header, "flags"), &flags)) << log.name;
    EXPECT_TRUE(flags == 0 || flags == kCrashed) << log.name << ": flags " << flags;
    EXPECT_TRUE(log.end.complete || flags == kCrashed) << log.name << ": " << log.end.reason;
  }
}

}  // namespace
