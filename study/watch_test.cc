// What is seen of a replay: the state that is kept up from record to record is the one that a look at everything finds,
// and the line that makes a record is a line that says so.
#include "study/watch.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "conformance/children.h"
#include "conformance/schedlog/reader.h"
#include "gtest/gtest.h"
#include "study/where.h"

namespace {

using study::Cell;
using study::Look;
using study::Moment;
using study::Spot;

const char* const kLogs[] = {"deadlock-p4", "chan-sieve1-p2", "locked-threads-p2", "procs-change-p2", "forced-gc-p4",
                             "thread-ring-p1"};

std::string PathOf(const std::string& name) { return absl::StrCat("testdata/schedlogs/", name, ".slog"); }

schedlog::Header HeaderOf(const std::string& path) {
  schedlog::Reader reader;
  EXPECT_TRUE(reader.Open(path).ok()) << path;
  return reader.header();
}

// A process for each log. What a child says is wrong.
std::map<std::string, std::string> InEach(std::string (*work)(const std::string& path)) {
  std::map<std::string, std::string> said;
  conformance::InChildren(
      std::size(kLogs), 2,
      [&](size_t i, int fd) {
        const std::string text = work(PathOf(kLogs[i]));
        conformance::WriteAll(fd, text.data(), text.size());
      },
      [&](size_t i, conformance::Ended&& child) {
        said[kLogs[i]] = child.status == 0 ? child.answer : conformance::WhyEnded(child.status);
      });
  return said;
}

std::string NameOf(const Cell& cell) { return absl::StrCat(std::string(1, cell.object), cell.id, ".", cell.field); }

std::string StateIsWhole(const std::string& path) {
  const schedlog::Header log = HeaderOf(path);
  Look look;
  std::string wrong;
  uint64_t looks = 0;
  const study::Watched seen = study::Watch(path, log, ~uint64_t{0}, look, [&](const Moment& m) {
    if (m.index % 31 != 0 || !wrong.empty()) return;
    looks++;
    for (const Cell* cell : look.LookAtAll()) absl::StrAppend(&wrong, "record ", m.index, ": ", NameOf(*cell), " ");
  });
  if (seen.result.outcome != lockstep::Result::kAgrees) return seen.text;
  if (looks < 20) return "too few looks";
  return wrong.empty() ? "whole" : wrong;
}

TEST(Look, KeepsUpWithEveryRecord) {
  for (const auto& [log, said] : InEach(StateIsWhole)) EXPECT_EQ(said, "whole") << log;
}

// The values that a record says are those of the state after it.
std::string StateIsWhatRecordsSay(const std::string& path) {
  const schedlog::Header log = HeaderOf(path);
  Look look;
  std::string wrong;
  uint64_t held = 0;
  std::map<std::string, const Cell*> cells;
  const study::Watched seen = study::Watch(path, log, ~uint64_t{0}, look, [&](const Moment& m) {
    for (const Cell* cell : m.changes) cells[NameOf(*cell)] = cell;
    const auto expect = [&](const std::string& name, int64_t value) {
      const auto it = cells.find(name);
      held++;
      if (wrong.empty() && (it == cells.end() ? 0 : it->second->value) != value) {
        wrong = absl::StrCat("record ", m.index, ": ", name, " is not ", value);
      }
    };
    const int64_t* a = m.record.a;
    const std::string& kind = m.kind.name;
    if (kind == "m.curg.Store") expect(absl::StrCat("M", a[0] - 1, ".curg"), a[1]);
    if (kind == "p.m.Store") expect(absl::StrCat("P", a[0] - 1, ".m"), a[1]);
    if (kind == "p.schedtick.Add") expect(absl::StrCat("P", a[0] - 1, ".schedtick"), a[2]);
    if (kind == "p.runnext.Load") expect(absl::StrCat("P", a[0] - 1, ".runnext"), a[1]);
    if (kind == "sched.npidle.Add") expect("S0.npidle", a[1]);
    if (kind == "sched.runqsize.Add") expect("S0.runqsize", a[1]);
    if (kind == "p.runqtail.Store" && wrong.empty()) {
      // What was put is at the ring's end.
      const Cell* ring = cells[absl::StrCat("P", a[0] - 1, ".runq")];
      held++;
      if (ring == nullptr || ring->list.empty() || ring->list.size() > 256) {
        wrong = absl::StrCat("record ", m.index, ": the ring");
      }
    }
  });
  if (seen.result.outcome != lockstep::Result::kAgrees) return seen.text;
  if (held < 100) return absl::StrCat("only ", held, " held");
  return wrong.empty() ? "agrees" : wrong;
}

TEST(Look, SeesWhatRecordsSay) {
  for (const auto& [log, said] : InEach(StateIsWhatRecordsSay)) EXPECT_EQ(said, "agrees") << log;
}

// Accesses to fields, and a few calls: the line has the field's name, or the call's.
std::string LinesSayIt(const std::string& path) {
  const schedlog::Header log = HeaderOf(path);
  Look look;
  study::Where where;
  std::map<std::string, std::vector<std::string>> texts;
  std::set<std::string> wrong;
  uint64_t held = 0;
  const study::Watched seen = study::Watch(path, log, 20000, look, [&](const Moment& m) {
    std::string name = m.kind.name;
    const std::vector<std::string> parts = absl::StrSplit(name, '.');
    const bool access = m.kind.cls == schedlog::Class::kOrder && parts.size() >= 3;
    if (access) {
      name = parts[parts.size() - 2];
    } else if (!std::set<std::string>{"lock", "unlock", "notewakeup", "notesleep", "cheaprand"}.contains(name)) {
      return;
    }
    held++;
    const std::vector<const Spot*>& spots = where.Of(m.pcs, m.n);
    if (spots.empty()) {
      wrong.insert(absl::StrCat(m.kind.name, " at no line"));
      return;
    }
    const Spot& spot = *spots[0];
    auto [it, fresh] = texts.try_emplace(spot.file);
    if (fresh) {
      std::ifstream in(spot.file);
      for (std::string line; std::getline(in, line);) it->second.push_back(line);
    }
    const size_t i = static_cast<size_t>(spot.line) - 1;
    if (i >= it->second.size() || it->second[i].find(name) == std::string::npos) {
      wrong.insert(absl::StrCat(m.kind.name, " at ", spot.file, ":", spot.line));
    }
  });
  if (held < 100) return absl::StrCat("only ", held, " held: ", seen.text);
  std::string all;
  for (const std::string& w : wrong) absl::StrAppend(&all, w, "\n");
  return all.empty() ? "exact" : all;
}

TEST(Where, TheLineSaysWhatTheRecordDoes) {
  for (const auto& [log, said] : InEach(LinesSayIt)) EXPECT_EQ(said, "exact") << log;
}

}  // namespace
