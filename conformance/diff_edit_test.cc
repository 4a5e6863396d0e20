// A diff that cannot fail is worth nothing. Here the names of two goroutines are exchanged in a trace, from right
// behind their creation on: as if Go had started them in the other order. It is a good trace all the same. gort diff
// has to refuse it, and at the first of the two starts.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
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

using Pair = std::pair<uint64_t, uint64_t>;

std::string Temp(const std::string& name) { return absl::StrCat(testing::TempDir(), "/", name); }

// The argument that names a goroutine; -1 for none.
int NameOf(uint8_t kind) {
  switch (kind) {
    case gotrace::kGoCreateSyscall:
    case gotrace::kGoStart:
    case gotrace::kGoUnblock:
    case gotrace::kGoStatus:
    case gotrace::kGoStatusStack:
    case gotrace::kGCMarkAssistActive:
    case gotrace::kGoSwitch:
    case gotrace::kGoSwitchDestroy:
      return 1;  // behind dt
    default:
      return -1;
  }
}

// The trace with numbers as short as can be, so that edits do not move anything, and the names of a pair exchanged.
std::string Packed(const std::string& path, Pair exchanged) {
  gotrace::RawReader reader;
  EXPECT_TRUE(reader.Open(path)) << reader.verdict().Line(path);
  std::string bytes = gotrace::FirstLine(reader.version());
  while (reader.Next()) {
    gotrace::RawEvent event = reader.event();
    if (const int at = NameOf(event.kind); at >= 0) {
      uint64_t& name = event.args[static_cast<size_t>(at)];
      if (name == exchanged.first) {
        name = exchanged.second;
      } else if (name == exchanged.second) {
        name = exchanged.first;
      }
    }
    gotrace::PutRaw(event, bytes);
  }
  EXPECT_TRUE(reader.verdict().ok()) << reader.verdict().Line(path);
  return bytes;
}

size_t LengthOf(uint64_t number) {
  size_t n = 1;
  while ((number >>= 7) != 0) n++;
  return n;
}

// Goroutines that were made one after the other, the first not having started then, and both of which start later.
// Their names are of one length.
std::vector<Pair> PairsOf(const std::string& path) {
  gotrace::Reader reader;
  EXPECT_TRUE(reader.Open(path));
  std::vector<Pair> made;
  std::set<uint64_t> started;
  uint64_t last = 0;  // made, and has not started; 0: none
  while (reader.Next()) {
    const gotrace::Event& e = reader.event();
    if (e.kind == gotrace::kGoStart) {
      started.insert(e.args[0]);
      if (e.args[0] == last) last = 0;
    } else if (e.kind == gotrace::kGoCreate) {
      if (last != 0 && LengthOf(last) == LengthOf(e.args[0])) made.emplace_back(last, e.args[0]);
      last = e.args[0];
    }
  }
  EXPECT_TRUE(reader.verdict().ok()) << reader.verdict().Line(path);
  std::erase_if(made, [&](const Pair& p) { return !started.contains(p.first) || !started.contains(p.second); });
  return made;
}

// Where the first of the two starts, and where the other does.
std::pair<uint64_t, uint64_t> PlacesOf(const std::string& bytes, Pair pair) {
  gotrace::Reader reader;
  EXPECT_TRUE(reader.OpenBytes(bytes));
  uint64_t place = 0, first = 0;
  while (reader.Next()) {
    const gotrace::Event& e = reader.event();
    if (e.kind != gotrace::kGoStart || (e.args[0] != pair.first && e.args[0] != pair.second)) continue;
    if (first == 0) {
      first = e.args[0];
      place = e.offset;
    } else if (e.args[0] != first) {
      return {place, e.offset};
    }
  }
  ADD_FAILURE() << "G" << pair.first << " and G" << pair.second << " do not both start: " << reader.verdict().why;
  return {};
}

nlohmann::json Diff(const std::string& files, int expected) {
  const std::string out = Temp("out.json");
  const int status = std::system(absl::StrCat(kDiff, " --json --limit 4 ", files, " >", out).c_str());
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == expected) << status;
  std::ifstream in(out);
  return nlohmann::json::parse(in);
}

// With several Ps the second one's start may be where it shows: before that the thread may have stolen from somewhere
// else.
// How many edits were reported at their place, and how many there were.
std::pair<size_t, size_t> Check(const std::string& trace, size_t most) {
  const std::string path = absl::StrCat("testdata/guided/", trace, ".trace");
  const bool onePlace = trace.ends_with("-p1");
  std::vector<Pair> pairs = PairsOf(path);
  std::shuffle(pairs.begin(), pairs.end(), std::mt19937_64(20261127));
  if (pairs.size() > most) pairs.resize(most);
  EXPECT_GE(pairs.size(), 5u);

  const std::string file = Temp("edited.trace");
  std::ofstream(file, std::ios::binary) << Packed(path, {0, 0});
  EXPECT_EQ(Diff(file, 0)["traces"][0]["divergent"], 0);  // it was not the packing

  constexpr size_t kAtOnce = 50;
  size_t found = 0;
  for (size_t from = 0; from < pairs.size(); from += kAtOnce) {
    const size_t n = std::min(kAtOnce, pairs.size() - from);
    std::string files;
    std::vector<std::pair<uint64_t, uint64_t>> places;
    for (size_t i = 0; i < n; i++) {
      const std::string bytes = Packed(path, pairs[from + i]);
      places.push_back(PlacesOf(bytes, pairs[from + i]));
      const std::string name = absl::StrCat(file, i);
      std::ofstream(name, std::ios::binary) << bytes;
      absl::StrAppend(&files, name, " ");
    }
    const nlohmann::json report = Diff(files, 1);
    for (size_t i = 0; i < n; i++) {
      const nlohmann::json& each = report["traces"][i];
      const auto isThere = [&](const nlohmann::json& divergence) {
        return divergence["offset"] == places[i].first || (!onePlace && divergence["offset"] == places[i].second);
      };
      const nlohmann::json& divergences = each["divergences"];
      const bool there = onePlace ? !divergences.empty() && isThere(divergences[0])
                                  : std::any_of(divergences.begin(), divergences.end(), isThere);
      if (there) {
        found++;
      } else {
        std::cout << "G" << pairs[from + i].first << " and G" << pairs[from + i].second << ", byte " << places[i].first
                  << ": not reported there: " << each.dump() << "\n";
      }
    }
  }
  std::cout << trace << ": " << found << " of " << pairs.size() << " edits reported at their place\n";
  return {found, pairs.size()};
}

void CheckAlone(const std::string& trace, size_t most) {
  const auto [found, all] = Check(trace, most);
  EXPECT_GE(100 * found, 95 * all);
}

TEST(DiffEdit, ManyGoroutines) { CheckAlone("spawn-p1", 300); }

TEST(DiffEdit, GoroutinesThatWaitForEachOther) { CheckAlone("mutex-p1", 100); }

TEST(DiffEdit, SeveralPs) {
  size_t found = 0, all = 0;
  for (const char* trace : {"spawn-p2", "spawn-p4", "mutex-p4", "mutex-p8"}) {
    const auto [there, edits] = Check(trace, 60);
    found += there;
    all += edits;
  }
  std::cout << "several Ps: " << found << " of " << all << " edits reported at their place\n";
  EXPECT_GE(100 * found, 95 * all);
}

}  // namespace
