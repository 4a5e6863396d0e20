// A captured log with one record edited must be refused, and at the right record: otherwise a
// replay would compare less than it claims to.
//
// Each test takes logs of the corpus, edits one record at places chosen by a seed, cuts the log a
// little later, and replays it in a child (a replay is once per process). Where the refusal comes:
//
//   an argument changed    at that record, always. Left out are the kinds that code outside
//                          the port may call, which then simply calls with the other argument.
//   a call of the port's   made one from outside: at that record, or, where a write barrier may have made
//                          it, when the port makes it as well. A call from outside made the port's: at that
//                          record, for the player does not make it. So with one that is added where a
//                          call out of the port begins, or just before it ends.
//   a record added         at the added one: its M is about to do something else, or sleeps.
//   a record left out      at the next record of that M at the latest. Another M may be refused
//                          before, when it sees that the effect is missing; nobody can be earlier
//                          than the gap. If the M goes on at once: exactly at the gap.
//   a name changed         of a g that is being reused, to its last id just after it has the new one or to the new
//                          one just before: at that record, always.
//   two accesses swapped   of different Ms to one word, of which one writes; the first is moved
//                          behind the second, while its M does nothing. At the second if that one
//                          now sees or leaves another value, else at the moved one; or between, if
//                          others see that the first M did not go on.
//                          Decisions about different things commute: such a swap is another
//                          schedule of the same program, and no error.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <new>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "conformance/schedlog/reader.h"
#include "conformance/schedlog/writer.h"
#include "gtest/gtest.h"
#include "worlds/lockstep/replay.h"

namespace {

namespace fs = std::filesystem;
using schedlog::ArgType;
using schedlog::Kind;

constexpr uint32_t kSeed = 20261121;
constexpr int kLogs = 6;               // chosen from the corpus
constexpr int kEdits = 8;              // of each sort in each log
constexpr size_t kMostRecords = 60000;  // of a log, from its beginning, where edits are made
constexpr size_t kAfter = 3000;        // records kept behind an edit

struct Rec {
  schedlog::Record record;
  std::vector<uint64_t> list;

  bool operator==(const Rec& other) const {
    return record.kind == other.record.kind && record.m == other.record.m &&
           std::equal(record.a, record.a + record.nargs, other.record.a) && list == other.list;
  }
};

struct Log {
  std::string name;
  schedlog::Header header;
  std::vector<Rec> records;

  std::vector<Kind> kinds = std::vector<Kind>(256);  // by number

  const Kind& KindOf(size_t i) const { return kinds[records[i].record.kind & 255]; }
  // The next record of the same M, or the number of records.
  size_t NextOfM(size_t i) const {
    size_t j = i + 1;
    while (j < records.size() && records[j].record.m != records[i].record.m) j++;
    return j;
  }
};

std::vector<std::string> Corpus() {
  std::vector<std::string> paths;
  const fs::path root = fs::path(std::getenv("TEST_SRCDIR")) / std::getenv("TEST_WORKSPACE");
  for (const auto& entry : fs::recursive_directory_iterator(root / "testdata")) {
    if (entry.path().extension() == ".slog") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

Log Load(const std::string& path) {
  Log log;
  log.name = fs::path(path).filename().string();
  schedlog::Reader reader;
  EXPECT_TRUE(reader.Open(path).ok()) << path;
  log.header = reader.header();
  for (const Kind& kind : log.header.kinds) log.kinds[kind.number] = kind;
  schedlog::Record record;
  while (log.records.size() < kMostRecords + kAfter && reader.Next(record)) {
    Rec& rec = log.records.emplace_back();
    rec.record = record;
    rec.list.assign(record.list.begin(), record.list.end());
  }
  return log;
}

// The same few logs for every test, the smallest of the corpus among them.
const std::vector<Log>& Logs() {
  static const std::vector<Log>* const logs = [] {
    auto* chosen = new std::vector<Log>;
    std::vector<std::string> paths = Corpus();
    std::mt19937 random(kSeed);
    std::shuffle(paths.begin(), paths.end(), random);
    for (const std::string& path : paths) {
      if (chosen->size() < kLogs) chosen->push_back(Load(path));
    }
    return chosen;
  }();
  return *logs;
}

struct Outcome {
  lockstep::Result::Outcome outcome = lockstep::Result::kBadInput;
  uint64_t divergence = 0;
  std::string report;
};

// What the child fills in, in memory that both see.
struct Shared {
  lockstep::Result result;
  bool done;  // the replay returned
  char report[4000];
};

// Writes the records to a file and replays it in a child, in one order of turns and the other by turns.
Outcome ReplayRecords(const Log& log, const std::vector<Rec>& records) {
  static bool eager = false;
  eager = !eager;
  const std::string path = absl::StrCat(testing::TempDir(), "/edited.slog");
  schedlog::Writer writer;
  EXPECT_TRUE(writer.Open(path, log.header).ok());
  for (const Rec& rec : records) {
    schedlog::Record record = rec.record;
    record.list = rec.list;
    const absl::Status status = writer.Append(record);
    EXPECT_TRUE(status.ok()) << status;
  }
  EXPECT_TRUE(writer.Finish(false, "edited").ok());

  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (memory) Shared{};
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    const std::string report = lockstep::Replay(
        path, shared->result, eager ? lockstep::Order::kEager : lockstep::Order::kLate);
    report.copy(shared->report, sizeof shared->report - 1);
    shared->done = true;
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  const Outcome outcome = {shared->result.outcome, shared->result.divergence, shared->report};
  // A port that was refused before it was set up may die while it describes itself.
  EXPECT_TRUE(shared->done || outcome.outcome == lockstep::Result::kDiverged)
      << log.name << ": the replay ended with status " << status;
  munmap(memory, sizeof(Shared));
  return outcome;
}

// The records up to a little behind `at`.
std::vector<Rec> Until(const Log& log, size_t at) {
  const size_t end = std::min(log.records.size(), at + kAfter);
  return {log.records.begin(), log.records.begin() + static_cast<ptrdiff_t>(end)};
}

void ExpectRefused(const Log& log, const std::vector<Rec>& edited, size_t first, size_t last,
                   const std::string& edit) {
  const Outcome outcome = ReplayRecords(log, edited);
  const std::string what = absl::StrCat(log.name, ": ", edit);
  EXPECT_EQ(outcome.outcome, lockstep::Result::kDiverged) << what;
  if (outcome.outcome != lockstep::Result::kDiverged) return;
  EXPECT_GE(outcome.divergence, first) << what << "\n" << outcome.report;
  EXPECT_LE(outcome.divergence, last) << what << "\n" << outcome.report;
}

// Kinds that code outside the port calls too; others say who called.
bool AlsoInput(const Kind& kind) { return kind.name == "throw" || kind.name == "fatal"; }

bool SaysWho(const Kind& kind) { return !kind.args.empty() && kind.args.back().name == "own"; }

bool Decides(const Kind& kind) {
  return kind.cls == schedlog::Class::kDecision && !AlsoInput(kind) && !SaysWho(kind);
}

// Up to kEdits indexes for which `fits` holds, spread over as many kinds as there are.
template <class Fits>
std::vector<size_t> Choose(const Log& log, uint32_t salt, Fits fits) {
  std::map<uint32_t, std::vector<size_t>> by_kind;
  const size_t end = std::min(log.records.size(), kMostRecords);
  for (size_t i = 0; i < end; i++) {
    if (fits(i)) by_kind[log.records[i].record.kind].push_back(i);
  }
  std::vector<std::vector<size_t>> groups;
  std::mt19937 random(kSeed + salt + static_cast<uint32_t>(log.records.size()));
  for (auto& [kind, indexes] : by_kind) {
    std::shuffle(indexes.begin(), indexes.end(), random);
    groups.push_back(std::move(indexes));
  }
  std::shuffle(groups.begin(), groups.end(), random);
  std::vector<size_t> chosen;
  for (size_t round = 0; chosen.size() < kEdits; round++) {
    bool any = false;
    for (const auto& group : groups) {
      if (round >= group.size() || chosen.size() == kEdits) continue;
      chosen.push_back(group[round]);
      any = true;
    }
    if (!any) break;
  }
  return chosen;
}

TEST(EditedLog, TheCorpusIsThere) { ASSERT_GE(Corpus().size(), size_t{kLogs}); }

TEST(EditedLog, AnUneditedPieceAgrees) {
  for (const Log& log : Logs()) {
    for (const size_t at : Choose(log, 0, [](size_t) { return true; })) {
      const Outcome outcome = ReplayRecords(log, Until(log, at));
      EXPECT_EQ(outcome.outcome, lockstep::Result::kAgrees)
          << log.name << " up to record " << at + kAfter << "\n" << outcome.report;
    }
  }
}

TEST(EditedLog, AnArgumentChanged) {
  std::mt19937 random(kSeed);
  for (const Log& log : Logs()) {
    const auto fits = [&](size_t i) { return Decides(log.KindOf(i)) && !log.KindOf(i).args.empty(); };
    for (const size_t at : Choose(log, 1, fits)) {
      const Kind& kind = log.KindOf(at);
      std::vector<size_t> args;
      for (size_t a = 0; a < kind.args.size(); a++) {
        if (kind.args[a].type != ArgType::kGList) args.push_back(a);
      }
      if (args.empty()) continue;
      const size_t a = args[random() % args.size()];
      std::vector<Rec> edited = Until(log, at);
      int64_t& value = edited[at].record.a[a];
      const int64_t old = value;
      switch (kind.args[a].type) {
        case ArgType::kBool:
          value = !value;
          break;
        case ArgType::kLock:
          value = value == 1 ? 2 : 1;
          break;
        default:
          value = value == 1 ? 2 : value + 1;
      }
      ExpectRefused(log, edited, at, at,
                    absl::StrCat("record ", at, " ", kind.name, " ", kind.args[a].name, "=", old,
                                 " made ", value));
    }
  }
}

TEST(EditedLog, WhoMadeACall) {
  int of_the_port = 0, from_outside = 0;
  for (const Log& log : Logs()) {
    for (const size_t at : Choose(log, 6, [&](size_t i) { return SaysWho(log.KindOf(i)); })) {
      const Kind& kind = log.KindOf(at);
      std::vector<Rec> edited = Until(log, at + 1);
      int64_t& own = edited[at].record.a[kind.args.size() - 1];
      own = !own;
      static const std::set<std::string> barriers = {"ready", "injectglist", "wakeNetPoller", "preemptone"};
      const size_t last = own != 0 ? at : barriers.contains(kind.name) ? at + kAfter : log.NextOfM(at);
      ExpectRefused(log, edited, at, last, absl::StrCat("record ", at, " ", kind.name, " own=", own != 0));
      (own != 0 ? from_outside : of_the_port)++;
    }
  }
  EXPECT_GT(of_the_port, 0);
  EXPECT_GT(from_outside, 0);
}

// Calls out of the port, by the records before and after them.
constexpr struct {
  const char* begins;
  const char* ends;
} kRegions[] = {
    {"doInit", "doInit.ret"},
    {"gcenable", "gcenable.ret"},
    {"main_main", "main_main.ret"},
    {"runExitHooks", "runExitHooks.ret"},
    {"gcStart", "gcStart.ret"},
    {"semacquire", "semacquire.ret"},
    {"semrelease", "semrelease.ret"},
    {"scavenger.wake", "scavenger.wake.ret"},
    {"safePointFn", "safePointFn.ret"},
    {"waitunlockf", "waitunlockf.ret"},
    {"findRunnableGCWorker", "findRunnableGCWorker.ret"},
    {"synctest.changegstatus", "synctest.ret"},
    {"synctest.incActive", "synctest.ret"},
    {"synctest.decActive", "synctest.ret"},
    {"timers.check", "timers.check.ret"},
};

// What a port that forgets a call leaves to the player, if the player makes it.
TEST(EditedLog, ACallOfThePortsAddedWhereACallOutOfItBeginsAndEnds) {
  std::set<std::string> met;
  for (const std::string& path : Corpus()) {
    const Log log = Load(path);
    std::vector<const Kind*> calls;
    for (const Kind& kind : log.header.kinds) {
      if (SaysWho(kind)) calls.push_back(&kind);
    }
    for (const auto& region : kRegions) {
      if (met.count(region.begins) != 0) continue;
      const Kind* ends = log.header.FindKind(region.ends);
      size_t from = 0;
      while (from < log.records.size() && log.KindOf(from).name != region.begins) from++;
      if (from == log.records.size()) continue;
      size_t to = log.NextOfM(from);
      while (to < log.records.size() && log.records[to].record.kind != ends->number) to = log.NextOfM(to);
      if (to == log.records.size()) continue;
      met.insert(region.begins);
      for (const Kind* call : calls) {
        Rec added;
        added.record = log.records[from].record;
        added.record.kind = call->number;
        added.record.nargs = static_cast<int>(call->args.size());
        std::fill(std::begin(added.record.a), std::end(added.record.a), 0);
        added.record.a[call->args.size() - 1] = 1;
        for (const size_t at : {from + 1, to}) {
          std::vector<Rec> edited = Until(log, at);
          edited.insert(edited.begin() + static_cast<ptrdiff_t>(at), added);
          ExpectRefused(log, edited, at, at, absl::StrCat(call->name, " added at record ", at, ", in ", region.begins));
        }
      }
    }
  }
  for (const auto& region : kRegions) EXPECT_EQ(met.count(region.begins), 1u) << "no log has " << region.begins;
}

TEST(EditedLog, AReusedGHasOneNameAtATime) {
  int logs = 0;
  for (const std::string& path : Corpus()) {
    if (logs == kLogs) break;
    const Log log = Load(path);
    const auto fits = [&](size_t i) { return log.KindOf(i).name == "g.goid.Store" && log.records[i].record.a[0] != 0; };
    bool any = false;
    for (const size_t at : Choose(log, 5, fits)) {
      const int64_t last = log.records[at].record.a[0], now = log.records[at].record.a[1];
      const size_t after = log.NextOfM(at);
      size_t before = at;
      while (before-- > 0) {
        const bool same_m = log.records[before].record.m == log.records[at].record.m;
        if (same_m && log.KindOf(before).name == "g.atomicstatus.Load") break;
      }
      if (after >= log.records.size() || before > at) continue;
      ASSERT_EQ(log.KindOf(after).name, "g.atomicstatus.Cas");
      ASSERT_EQ(log.records[after].record.a[0], now);
      ASSERT_EQ(log.records[before].record.a[0], last);
      std::vector<Rec> edited = Until(log, after);
      edited[after].record.a[0] = last;
      ExpectRefused(log, edited, after, after, absl::StrCat("record ", after, " g=", now, " made ", last));
      edited = Until(log, after);
      edited[before].record.a[0] = now;
      ExpectRefused(log, edited, before, before, absl::StrCat("record ", before, " g=", last, " made ", now));
      any = true;
    }
    logs += any;
  }
  EXPECT_EQ(logs, kLogs) << "too few logs reuse a g";
}

TEST(EditedLog, ADecisionAdded) {
  for (const Log& log : Logs()) {
    const auto fits = [&](size_t i) {
      if (!Decides(log.KindOf(i))) return false;
      // A record that its M repeats at once can be repeated once more elsewhere.
      const size_t next = log.NextOfM(i);
      return next == log.records.size() || !(log.records[next] == log.records[i]);
    };
    for (const size_t at : Choose(log, 2, fits)) {
      std::vector<Rec> edited = Until(log, at);
      edited.insert(edited.begin() + static_cast<ptrdiff_t>(at) + 1, log.records[at]);
      ExpectRefused(log, edited, at + 1, at + 1,
                    absl::StrCat("record ", at, " ", log.KindOf(at).name, " twice"));
    }
  }
}

TEST(EditedLog, ADecisionLeftOut) {
  for (const Log& log : Logs()) {
    const auto fits = [&](size_t i) {
      if (!Decides(log.KindOf(i))) return false;
      const size_t next = log.NextOfM(i);
      // Where an input follows, the M may be in code outside, which the input can interrupt.
      return next < i + kAfter && next < log.records.size() &&
             !(log.records[next] == log.records[i]) &&
             log.KindOf(next).cls != schedlog::Class::kInput;
    };
    for (const size_t at : Choose(log, 3, fits)) {
      std::vector<Rec> edited = Until(log, at + 1);
      edited.erase(edited.begin() + static_cast<ptrdiff_t>(at));
      ExpectRefused(log, edited, at, log.NextOfM(at) - 1,
                    absl::StrCat("record ", at, " ", log.KindOf(at).name, " left out"));
    }
  }
}

// The next access to the word that record i is an access to, if another M makes it and the M of i
// does nothing in between; else 0. Either order of the two must leave a trace.
size_t Rival(const Log& log, size_t i) {
  const Kind& a = log.KindOf(i);
  if (a.cell == 0) return 0;
  const schedlog::Record& one = log.records[i].record;
  const size_t end = std::min(log.records.size(), i + kAfter);
  for (size_t j = i + 1; j < end; j++) {
    const schedlog::Record& two = log.records[j].record;
    if (two.m == one.m) return 0;
    const Kind& b = log.KindOf(j);
    if (b.cell != a.cell || b.object != a.object) continue;
    if (a.object != 0 && one.a[a.object - 1] != two.a[b.object - 1]) continue;
    const auto writes = [](const Kind& kind) {
      return absl::EndsWith(kind.name, ".Cas") || absl::EndsWith(kind.name, ".Add");
    };
    // A Store sees nothing and a CompareAndSwap that fails may fail either way: these can change
    // places unnoticed. All others leave a trace of their order, if one of them writes.
    const auto blind = [](const Kind& kind, const schedlog::Record& record) {
      return absl::EndsWith(kind.name, ".Store") ||
             (absl::EndsWith(kind.name, ".Cas") && record.a[record.nargs - 1] == 0);
    };
    return !blind(a, one) && !blind(b, two) && (writes(a) || writes(b)) ? j : 0;
  }
  return 0;
}

TEST(EditedLog, TwoAccessesSwapped) {
  int swaps = 0;
  for (const Log& log : Logs()) {
    for (const size_t at : Choose(log, 4, [&](size_t i) { return Rival(log, i) != 0; })) {
      const size_t rival = Rival(log, at);
      std::vector<Rec> edited = Until(log, rival);
      const auto begin = edited.begin();
      std::rotate(begin + static_cast<ptrdiff_t>(at), begin + static_cast<ptrdiff_t>(at) + 1,
                  begin + static_cast<ptrdiff_t>(rival) + 1);
      ExpectRefused(log, edited, at, rival,
                    absl::StrCat("record ", at, " ", log.KindOf(at).name, " after ", rival, " ",
                                 log.KindOf(rival).name));
      swaps++;
    }
  }
  EXPECT_GT(swaps, 0);
}

}  // namespace
