// The drawn graphs of statuses (docs/statuses) say neither more nor less than the port's sources and the corpus.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "conformance/statuses/code.h"
#include "conformance/statuses/graph.h"
#include "conformance/statuses/seen.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace {

namespace fs = std::filesystem;
using statuses::Edge;
using statuses::Site;
using testing::ElementsAre;
using testing::IsEmpty;

std::string Read(const fs::path& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

const std::vector<Site>& TheCode() {
  static const auto* const sites = [] {
    auto* all = new std::vector<Site>;
    for (const auto& entry : fs::directory_iterator("runtime")) {
      const std::string path = entry.path().string();
      if (!absl::EndsWith(path, ".cc") || absl::EndsWith(path, "_test.cc")) continue;
      for (Site& site : statuses::SitesIn(path, Read(path))) all->push_back(std::move(site));
    }
    return all;
  }();
  return *sites;
}

const statuses::Seen& TheCorpus() {
  static const auto* const seen = [] {
    auto* all = new statuses::Seen;
    for (const auto& entry : fs::directory_iterator("testdata/schedlogs")) {
      if (entry.path().extension() != ".slog") continue;
      const absl::Status added = statuses::AddSeen(entry.path().string(), *all);
      EXPECT_TRUE(added.ok()) << added;
    }
    return all;
  }();
  return *seen;
}

// The marks behind a function's name (docs/statuses/g.dot).
bool IsGosAlone(absl::string_view function) { return absl::EndsWith(function, "*"); }
std::string Plain(absl::string_view function) {
  absl::ConsumeSuffix(&function, "*") || absl::ConsumeSuffix(&function, "°");
  return std::string(function);
}

class Statuses : public testing::TestWithParam<char> {
 protected:
  char what() const { return GetParam(); }
  std::string file(const char* ending) const { return absl::StrCat("docs/statuses/", std::string(1, what()), ending); }
  const statuses::Transitions& seen() const { return what() == 'g' ? TheCorpus().g : TheCorpus().p; }
  const std::vector<Edge> edges_ = statuses::EdgesOf(Read(file(".dot")));

  static std::string Name(const Edge& edge) { return absl::StrCat(edge.from, " -> ", edge.to); }
};

TEST_P(Statuses, EachEdgeIsThereOnce) {
  std::set<std::string> names;
  for (const Edge& edge : edges_) {
    EXPECT_TRUE(names.insert(Name(edge)).second) << Name(edge);
    EXPECT_THAT(edge.functions, testing::Not(IsEmpty())) << Name(edge);
  }
  EXPECT_GE(edges_.size(), 10u);
}

TEST_P(Statuses, WhatTheCodeDoesIsInTheGraph) {
  int places = 0;
  for (const Site& site : TheCode()) {
    if (site.what != what()) continue;
    places++;
    EXPECT_TRUE(std::any_of(edges_.begin(), edges_.end(), [&](const Edge& edge) {
      return edge.to == site.to && (site.from.empty() || edge.from == site.from) &&
             std::any_of(edge.functions.begin(), edge.functions.end(),
                         [&](const std::string& f) { return !IsGosAlone(f) && Plain(f) == site.function; });
    })) << site.where << ": " << site.function << " makes " << site.from << " -> " << site.to;
  }
  EXPECT_GE(places, 20);
}

TEST_P(Statuses, WhatTheGraphSaysIsInTheCode) {
  for (const Edge& edge : edges_) {
    for (const std::string& function : edge.functions) {
      const bool made = std::any_of(TheCode().begin(), TheCode().end(), [&](const Site& site) {
        return site.what == what() && site.function == Plain(function) && site.to == edge.to &&
               (site.from.empty() || site.from == edge.from);
      });
      EXPECT_EQ(made, !IsGosAlone(function)) << Name(edge) << ": " << function;
    }
  }
}

TEST_P(Statuses, WhatTheCorpusDoesIsInTheGraphAndTheOtherWayRound) {
  std::set<std::pair<std::string, std::string>> drawn;
  for (const Edge& edge : edges_) {
    drawn.emplace(edge.from, edge.to);
    EXPECT_EQ(seen().contains({edge.from, edge.to}), !edge.dotted) << Name(edge);
  }
  for (const auto& [pair, n] : seen()) {
    EXPECT_TRUE(drawn.contains(pair)) << pair.first << " -> " << pair.second << ", " << n << " times in the corpus";
  }
}

// Where a function of Go's alone is named, some function outside of the scheduler did so, and nowhere else.
TEST_P(Statuses, WhatComesFromOutsideIsMarked) {
  for (const Edge& edge : edges_) {
    const bool marked = std::any_of(edge.functions.begin(), edge.functions.end(), IsGosAlone);
    EXPECT_EQ(what() == 'g' && TheCorpus().outside.contains({edge.from, edge.to}), marked) << Name(edge);
  }
}

TEST_P(Statuses, TheDrawingIsThatOfTheGraph) {
  EXPECT_THAT(statuses::WrongInDrawing(edges_, Read(file(".svg"))), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Of, Statuses, testing::Values('g', 'p'),
                         [](const auto& info) { return std::string(1, info.param); });

// ---- The readers themselves.

TEST(SitesIn, FindsCallsSwapsAndStoresWithTheirFunction) {
  EXPECT_THAT(statuses::SitesIn("f.cc", R"(
void park(g* gp) {
  casgstatus(gp, _Grunning, _Gwaiting);  // casgstatus(gp, _Gidle, _Gdead)
  casGToPreemptScan(gp, _Grunning, _Gscan | _Gpreempted);
}
void p::stop() {
  status.Store(_Pgcstop);
  uint32 s = pp->status.Load();
  if (s == _Psyscall && pp->status.Cas(s, _Pidle)) return;
}
g* make(bool waits) {
  uint32 status = _Grunnable;
  if (waits) status = _Gwaiting;
  casgstatus(newg, _Gdead, status);
  casGToWaitingForGC(gp, _Grunning, waitReasonX);
}
)"),
              ElementsAre(Site{'g', "running", "waiting", "park", "f.cc:3"},
                          Site{'g', "running", "scanpreempted", "park", "f.cc:4"},
                          Site{'p', "", "gcstop", "p::stop", "f.cc:7"},
                          Site{'p', "syscall", "idle", "p::stop", "f.cc:9"},
                          Site{'g', "dead", "runnable", "make", "f.cc:14"},
                          Site{'g', "dead", "waiting", "make", "f.cc:14"},
                          Site{'g', "running", "waiting", "make", "f.cc:15"}));
}

TEST(SitesIn, SaysWhatItCannotTell) {
  EXPECT_THAT(statuses::SitesIn("f.cc", "void f(uint32 s) {\n  casgstatus(gp, s, _Gdead);\n}\n"),
              ElementsAre(Site{'g', "?", "dead", "f", "f.cc:2"}));
}

TEST(WrongInDrawing, NamesWhatIsMissingOtherOrTooMany) {
  const std::string svg =
      "<g id=\"edge1\" class=\"edge\">\n<title>a&#45;&gt;b</title>\n<path/>\n<text x=\"1\">f</text>\n</g>\n"
      "<g id=\"edge2\" class=\"edge\">\n<title>b&#45;&gt;c</title>\n<path/>\n<text x=\"1\">g</text>\n</g>\n";
  EXPECT_THAT(statuses::WrongInDrawing({{"a", "b", {"f"}}, {"b", "c", {"g"}}}, svg), IsEmpty());
  EXPECT_THAT(statuses::WrongInDrawing({{"a", "b", {"f", "h"}}, {"c", "a", {"x"}}}, svg),
              ElementsAre("a->b is drawn with f instead of f, h", "c->a is not drawn", "b->c is drawn, and no edge"));
}

}  // namespace
