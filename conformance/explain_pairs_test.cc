// A trace explained against the log of the same run: the same goroutine, started for the same time, waited as long and
// was taken by the same rule.
//
// The log's times lie between two readings of its clock, so not each of them is the trace's; the rules are held more
// closely by //conformance/truth.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace {

using nlohmann::json;

// All waits of a file by goroutine, in the order in which they ended.
std::map<int64_t, std::vector<json>> WaitsOf(const std::string& file) {
  std::string text;
  FILE* pipe = popen(("conformance/gort_explain --json --worst 1000000 testdata/pairs/" + file).c_str(), "r");
  if (pipe == nullptr) return {};
  char buffer[65536];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
  EXPECT_EQ(pclose(pipe), 0) << file;
  std::map<int64_t, std::vector<json>> waits;
  const json report = json::parse(text, nullptr, false);
  if (!report.is_object()) return waits;
  for (const json& w : report["worst"]) {
    if (w["ended"]) waits[w["g"]].push_back(w);
  }
  for (auto& [g, list] : waits) {
    std::sort(list.begin(), list.end(), [](const json& a, const json& b) { return a["start_ns"] < b["start_ns"]; });
  }
  return waits;
}

// Where it lay at last, one place after the other, n of them.
std::string LastPlaces(const json& wait, size_t n) {
  const json& steps = wait["steps"];
  std::string places;
  for (size_t i = steps.size() - std::min(n, steps.size()); i < steps.size(); i++) {
    places += steps[i]["place"].dump() + " " + steps[i]["p"].dump() + "; ";
  }
  return places;
}

// How many of these are certain by the start, in a trace.
size_t Placed(const json& wait) {
  const json& steps = wait["steps"];
  size_t n = 0;
  while (n < steps.size() && steps[steps.size() - 1 - n]["placed"] == "certain") n++;
  return n;
}

class Pairs : public testing::TestWithParam<const char*> {};

TEST_P(Pairs, AgreeOnWaitsAndRules) {
  const auto trace = WaitsOf(std::string(GetParam()) + ".trace");
  const auto log = WaitsOf(std::string(GetParam()) + ".slog");
  std::vector<int64_t> apart;
  size_t same_rule = 0, placed = 0, not_paired = 0;
  for (const auto& [g, in_trace] : trace) {
    auto it = log.find(g);
    ASSERT_NE(it, log.end()) << "G" << g;
    const auto& in_log = it->second;
    // The log begins before the trace.
    ASSERT_GE(in_log.size(), in_trace.size()) << "G" << g;
    for (size_t i = 1; i <= in_trace.size(); i++) {
      const json &a = in_trace[in_trace.size() - i], &b = in_log[in_log.size() - i];
      apart.push_back(std::abs(a["wait_ns"].get<int64_t>() - b["wait_ns"].get<int64_t>()));
      same_rule += a["rule"] == b["rule"];
      const size_t n = Placed(a);
      if (n == 0) continue;
      // The log goes on behind the trace, so a few are put together with a later wait: what is certain has the same
      // rule.
      if (a["rule"] != b["rule"] || a["p"] != b["p"] || a["from_p"] != b["from_p"]) {
        not_paired++;
        continue;
      }
      placed++;
      EXPECT_EQ(LastPlaces(a, n), LastPlaces(b, n)) << "G" << g << " at byte " << a["at"];
    }
  }
  ASSERT_GT(apart.size(), 200u);
  std::sort(apart.begin(), apart.end());
  EXPECT_LT(apart[apart.size() / 2], 500) << "ns";
  EXPECT_LT(apart[apart.size() * 9 / 10], 6000) << "ns";
  EXPECT_GE(placed, 5u);
  EXPECT_LE(not_paired, 5 + apart.size() / 50);
  EXPECT_GE(same_rule, apart.size() * 95 / 100) << "of " << apart.size();
}

INSTANTIATE_TEST_SUITE_P(Shipped, Pairs,
                         testing::Values("echo-p2", "echo-p8", "fan-p4", "mutex-p2", "pingpong-p1", "pingpong-p2",
                                         "sleeps-p4", "spawn-p2"));

}  // namespace
