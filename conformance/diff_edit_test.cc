// A diff that cannot fail is worth nothing. Here two goroutines change places in a trace, for a while or for good, so
// that it is a good trace all the same, of a schedule that Go's scheduler does not make:
//
//   starts    two that were made one after the other start as if it had been the other way round
//   unblocks  of two that a goroutine readies, the second one is moved to where the first was, and the first behind it
//   Ps        two that start on different Ps each start on the other's
//
// gort diff has to refuse it, at one of the starts of the two that follow. GORT_EDITS=N: up to N edits of each kind in
// each trace, in place of the few that are quick.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "trace/raw.h"
#include "trace/reader.h"

namespace {

constexpr char kDiff[] = "conformance/gort_diff";

std::string Temp(const std::string& name) { return absl::StrCat(testing::TempDir(), "/", name); }

// Whether the event names a goroutine; it does so by its first argument, behind the time.
bool Names(uint8_t kind) {
  switch (kind) {
    case gotrace::kGoCreateSyscall:
    case gotrace::kGoStart:
    case gotrace::kGoUnblock:
    case gotrace::kGoStatus:
    case gotrace::kGoStatusStack:
    case gotrace::kGCMarkAssistActive:
    case gotrace::kGoSwitch:
    case gotrace::kGoSwitchDestroy:
      return true;
    default:
      return false;
  }
}

// Whether a number follows that counts such events of the goroutine.
bool Counts(uint8_t kind) {
  return kind == gotrace::kGoStart || kind == gotrace::kGoUnblock || kind == gotrace::kGoSwitch ||
         kind == gotrace::kGoSwitchDestroy;
}

struct Event {
  uint8_t kind;
  int64_t m, p, g;
  uint64_t name, offset;
};

// Events from the `from`-th up to the `to`-th, with the names of two goroutines exchanged.
struct Edit {
  uint64_t a, b;
  size_t from, to;
};

// A trace, its numbers as short as can be, in the order of what happened.
class Trace {
 public:
  explicit Trace(const std::string& path) {
    gotrace::RawReader raw;
    EXPECT_TRUE(raw.Open(path)) << raw.verdict().Line(path);
    gotrace::RawPacker packer(raw.version(), true);
    while (raw.Next()) packer.Put(raw.event());
    EXPECT_TRUE(raw.verdict().ok()) << raw.verdict().Line(path);
    bytes_ = packer.Take();
    gotrace::Reader reader;
    EXPECT_TRUE(reader.OpenBytes(bytes_));
    while (reader.Next()) {
      const gotrace::Event& e = reader.event();
      place_of_[e.offset] = events_.size();
      events_.push_back({e.kind, e.m, e.p, e.g, e.args[0], e.offset});
      count_.push_back(e.args[1]);
    }
    EXPECT_TRUE(reader.verdict().ok()) << path;
  }

  const std::string& bytes() const { return bytes_; }
  const std::vector<Event>& events() const { return events_; }

  std::string Edited(const Edit& edit) const {
    std::map<uint64_t, uint64_t> counted;  // when the edit begins
    for (size_t i = 0; i < edit.from; i++) {
      if (Counts(events_[i].kind)) counted[events_[i].name] = count_[i];
    }
    gotrace::RawReader raw;
    EXPECT_TRUE(raw.OpenBytes(bytes_));
    gotrace::RawPacker packer(raw.version(), true);
    while (raw.Next()) {
      gotrace::RawEvent event = raw.event();
      if (Names(event.kind) && (event.args[1] == edit.a || event.args[1] == edit.b)) {
        const size_t at = place_of_.at(event.offset);
        if (at >= edit.from && at < edit.to) {
          const uint64_t old = event.args[1], name = old == edit.a ? edit.b : edit.a;
          event.args[1] = name;
          if (Counts(event.kind)) event.args[2] += counted[name] - counted[old];
        }
      }
      packer.Put(event);
    }
    return packer.Take();
  }

  // Made one after the other, the first not having started then, and both start later.
  std::vector<Edit> Starts() const {
    std::vector<Edit> edits;
    uint64_t last = 0;  // made, and has not started; 0: none
    for (size_t i = 0; i < events_.size(); i++) {
      const Event& e = events_[i];
      if (e.kind == gotrace::kGoStart && e.name == last) last = 0;
      if (e.kind != gotrace::kGoCreate) continue;
      if (last != 0 && Next(last, i) != nullptr && Next(e.name, i) != nullptr) {
        edits.push_back({last, e.name, i + 1, events_.size()});
      }
      last = e.name;
    }
    return edits;
  }

  // Readied by one goroutine in one run of it, both having waited before, and both start behind that.
  std::vector<Edit> Unblocks() const {
    std::vector<Edit> edits;
    std::map<int64_t, std::vector<size_t>> made;  // by each thread, since its last start
    std::map<uint64_t, size_t> blocked;           // when each waited last
    for (size_t i = 0; i < events_.size(); i++) {
      const Event& e = events_[i];
      if (e.kind == gotrace::kGoBlock) blocked[static_cast<uint64_t>(e.g)] = i;
      if (e.kind == gotrace::kGoStart) made[e.m].clear();
      if (e.kind != gotrace::kGoUnblock || e.g <= 0) continue;
      for (const size_t before : made[e.m]) {
        const Event& first = events_[before];
        const Event *a = Next(first.name, before), *b = Next(e.name, i);
        if (first.g == e.g && first.name != e.name && blocked.contains(e.name) && blocked[e.name] < before &&
            a > &e && b != nullptr) {
          edits.push_back({first.name, e.name, before, i + 1});
        }
      }
      made[e.m].push_back(i);
    }
    return edits;
  }

  // Made by one goroutine, none of them having started when the second is made, and started on different Ps: each
  // starts on the other's.
  std::vector<Edit> Ps() const {
    constexpr size_t kApart = 8;
    std::vector<Edit> edits;
    std::map<int64_t, std::deque<uint64_t>> made;  // by whom: the last ones that have not started
    for (size_t i = 0; i < events_.size(); i++) {
      const Event& e = events_[i];
      if (e.kind == gotrace::kGoStart) {
        for (auto& [by, names] : made) std::erase(names, e.name);
      }
      if (e.kind != gotrace::kGoCreate) continue;
      std::deque<uint64_t>& names = made[e.g];
      const Event* mine = Next(e.name, i);
      for (uint64_t other : names) {
        const Event* start = Next(other, i);
        if (mine != nullptr && start != nullptr && start->p != mine->p) {
          edits.push_back({other, e.name, i + 1, events_.size()});
        }
      }
      names.push_back(e.name);
      if (names.size() > kApart) names.pop_front();
    }
    return edits;
  }

  // Where in the edited trace the first of the two starts behind the edit's beginning, and where the other does. False:
  // the edit has made no good trace.
  bool PlacesOf(const Edit& edit, const std::string& edited, std::pair<uint64_t, uint64_t>* places) const {
    const auto is = [&](uint64_t name) { return name == edit.a || name == edit.b; };
    size_t before = 0;
    for (size_t i = 0; i < edit.from; i++) before += events_[i].kind == gotrace::kGoStart && is(events_[i].name);
    gotrace::Reader reader;
    EXPECT_TRUE(reader.OpenBytes(edited));
    size_t n = 0;
    uint64_t first = 0;
    bool both = false;
    while (reader.Next()) {
      const gotrace::Event& e = reader.event();
      if (e.kind != gotrace::kGoStart || !is(e.args[0]) || ++n <= before || both) continue;
      if (first == 0) {
        first = e.args[0];
        places->first = e.offset;
      } else if (e.args[0] != first) {
        places->second = e.offset;
        both = true;
      }
    }
    return reader.verdict().ok() && both;
  }

 private:
  // The next start of a goroutine behind the i-th event; nullptr: there is none.
  const Event* Next(uint64_t g, size_t i) const {
    if (starts_.empty()) {
      for (size_t k = 0; k < events_.size(); k++) {
        if (events_[k].kind == gotrace::kGoStart) starts_[events_[k].name].push_back(k);
      }
    }
    const auto it = starts_.find(g);
    if (it == starts_.end()) return nullptr;
    const auto next = std::upper_bound(it->second.begin(), it->second.end(), i);
    return next == it->second.end() ? nullptr : &events_[*next];
  }

  std::string bytes_;
  std::vector<Event> events_;
  std::vector<uint64_t> count_;
  std::map<uint64_t, size_t> place_of_;
  mutable std::map<uint64_t, std::vector<size_t>> starts_;
};

nlohmann::json Diff(const std::string& files) {
  const std::string out = Temp("out.json");
  const int status = std::system(absl::StrCat(kDiff, " --json --limit 100 ", files, " >", out).c_str());
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) < 2) << status;
  std::ifstream in(out);
  return nlohmann::json::parse(in);
}

// How many edits were reported at their place, and how many there were.
struct Score {
  size_t found = 0, all = 0;
  void operator+=(const Score& other) {
    found += other.found;
    all += other.all;
  }
};

size_t Most(size_t quick) {
  const char* wanted = std::getenv("GORT_EDITS");
  return wanted == nullptr ? quick : static_cast<size_t>(std::atol(wanted));
}

// With several Ps the second one's start may be where it shows: before that the thread may have stolen from somewhere
// else.
Score Check(const std::string& path, std::vector<Edit> (Trace::*kind)() const, const char* name, size_t quick) {
  const bool one_place = path.ends_with("-p1.trace");
  const Trace trace(path);
  std::vector<Edit> edits = (trace.*kind)();
  std::shuffle(edits.begin(), edits.end(), std::mt19937_64(20261127));
  if (edits.size() > Most(quick)) edits.resize(Most(quick));

  const std::string file = Temp("edited.trace");
  std::ofstream(file, std::ios::binary) << trace.bytes();
  const uint64_t packed = Diff(file)["divergent"];  // it was not the packing

  constexpr size_t kAtOnce = 50;
  Score score;
  for (size_t from = 0; from < edits.size(); from += kAtOnce) {
    std::string files;
    std::vector<std::pair<Edit, std::pair<uint64_t, uint64_t>>> made;
    for (size_t i = from; i < std::min(from + kAtOnce, edits.size()); i++) {
      const std::string bytes = trace.Edited(edits[i]);
      std::pair<uint64_t, uint64_t> places;
      if (!trace.PlacesOf(edits[i], bytes, &places)) continue;
      const std::string one = absl::StrCat(file, made.size());
      std::ofstream(one, std::ios::binary) << bytes;
      absl::StrAppend(&files, one, " ");
      made.emplace_back(edits[i], places);
    }
    if (made.empty()) continue;
    const nlohmann::json report = Diff(files);
    for (size_t i = 0; i < made.size(); i++) {
      const auto& [edit, places] = made[i];
      const nlohmann::json& divergences = report["traces"][i]["divergences"];
      const auto is_there = [&, &places = places](const nlohmann::json& divergence) {
        return divergence["offset"] == places.first || (!one_place && divergence["offset"] == places.second);
      };
      const bool there = one_place && packed == 0 ? !divergences.empty() && is_there(divergences[0])
                                                  : std::any_of(divergences.begin(), divergences.end(), is_there);
      score.found += there;
      score.all++;
      if (there) continue;
      std::cout << path << ": " << name << " of G" << edit.a << " and G" << edit.b << ", bytes " << places.first
                << " and " << places.second << ": not reported there: "
                << report["traces"][i]["divergent"] << " divergences\n";
    }
  }
  if (score.all > 0) {
    std::cout << path << ": " << name << ": " << score.found << " of " << score.all << " reported at their place\n";
  }
  return score;
}

void Want95(const Score& score, size_t least) {
  EXPECT_GE(score.all, least);
  EXPECT_GE(100 * score.found, 95 * score.all) << score.found << " of " << score.all;
}

// All traces that are here, with one P or with several.
Score CheckAll(std::vector<Edit> (Trace::*kind)() const, const char* name, size_t quick, bool several) {
  std::set<std::string> traces;
  for (const char* folder : {"testdata/guided", "testdata/pairs"}) {
    for (const auto& each : std::filesystem::directory_iterator(folder)) {
      if (each.path().extension() == ".trace") traces.insert(each.path());
    }
  }
  Score score;
  for (const std::string& trace : traces) {
    if (trace.ends_with("-p1.trace") != several) score += Check(trace, kind, name, quick);
  }
  return score;
}

TEST(DiffEdit, Starts) { Want95(CheckAll(&Trace::Starts, "starts", 100, false), 100); }

TEST(DiffEdit, StartsWithSeveralPs) { Want95(CheckAll(&Trace::Starts, "starts", 20, true), 60); }

TEST(DiffEdit, Unblocks) { Want95(CheckAll(&Trace::Unblocks, "unblocks", 20, false), 5); }

TEST(DiffEdit, UnblocksWithSeveralPs) { Want95(CheckAll(&Trace::Unblocks, "unblocks", 20, true), 5); }

TEST(DiffEdit, Ps) { Want95(CheckAll(&Trace::Ps, "Ps", 40, true), 100); }

}  // namespace
