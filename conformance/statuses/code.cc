// code.cc: regular expressions over lines. The port's style makes that enough: a function begins in the first column.
#include "conformance/statuses/code.h"

#include <regex>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace statuses {
namespace {

// A constant by its name in the sources: "_Gscan | _Gpreempted" is scanpreempted. Empty: it is none.
std::string Constant(std::string text) {
  static const std::regex scan(R"(_Gscan\s*\|\s*_G(\w+))"), plain(R"(_[GP](\w+))");
  std::smatch match;
  if (std::regex_match(text, match, scan)) return absl::StrCat("scan", match[1].str());
  if (std::regex_match(text, match, plain)) return match[1].str();
  return "";
}

// What a variable of the function may be at a line: lines are those of the function up to there.
std::vector<std::string> Values(const std::string& variable, const std::vector<std::string>& lines) {
  const std::regex assigned("\\b" + variable + R"( = (_[GP]\w+);)"), compared("\\b" + variable + R"( == (_[GP]\w+))");
  std::vector<std::string> values;
  std::string last;
  for (const std::string& line : lines) {
    for (std::sregex_iterator at(line.begin(), line.end(), assigned), end; at != end; ++at) {
      values.push_back(Constant((*at)[1]));
    }
    for (std::sregex_iterator at(line.begin(), line.end(), compared), end; at != end; ++at) last = Constant((*at)[1]);
  }
  if (values.empty() && !last.empty()) values.push_back(last);
  if (values.empty()) values.push_back("?");
  return values;
}

struct Pattern {
  char what;
  std::regex regex;
  int from, to;  // groups; 0: none
  const char* fixedTo = nullptr;
};

const std::vector<Pattern>& Patterns() {
  static const auto* const patterns = new std::vector<Pattern>{
      {'g', std::regex(R"(\bcasgstatus\(([^,]+), ([^,]+), ([^)]+)\))"), 2, 3},
      {'g', std::regex(R"(\bcas(?:togscan|from_Gscan)status\(([^,]+), ([^,]+), ([^)]+)\))"), 2, 3},
      {'g', std::regex(R"(\bcasG(?:ToPreemptScan|FromPreempted)\(([^,]+), ([^,]+), ([^)]+)\))"), 2, 3},
      {'g', std::regex(R"(\bcasGToWaiting(?:ForGC)?\(([^,]+), ([^,]+), [^)]+\))"), 2, 0, "waiting"},
      {'g', std::regex(R"(atomicstatus\.CompareAndSwap(?:Owned)?\(([^,]+), ([^)]+)\))"), 1, 2},
      {'g', std::regex(R"(atomicstatus\.Store\(([^)]+)\))"), 0, 1},
      {'p', std::regex(R"(\bstatus\.Cas\(([^,]+), ([^)]+)\))"), 1, 2},
      {'p', std::regex(R"(\bstatus\.(?:Store|plainStore)\((_P[^)]+)\))"), 0, 1},
  };
  return *patterns;
}

}  // namespace

std::vector<Site> SitesIn(absl::string_view file, absl::string_view text) {
  // What these do is told by those who call them.
  static const std::set<std::string> helpers = {"casgstatus",         "casgstatusScanned",  "castogscanstatus",
                                                "casfrom_Gscanstatus", "casGToWaiting",     "casGToWaitingForGC",
                                                "casGToPreemptScan",  "casGFromPreempted"};
  static const std::regex header(R"(([\w:~]+)\()");
  std::vector<Site> sites;
  std::string function;
  std::vector<std::string> body;
  int number = 0;
  for (absl::string_view view : absl::StrSplit(text, '\n')) {
    number++;
    std::string line(view.substr(0, view.find("//")));
    if (line.empty()) continue;
    const bool outside = !absl::ascii_isspace(line[0]) && line[0] != '}' && line[0] != '#';
    std::smatch match;
    if (outside && std::regex_search(line, match, header)) {
      function = match[1];
      body.clear();
    }
    body.push_back(line);
    if (outside || helpers.contains(function)) continue;
    for (const Pattern& pattern : Patterns()) {
      for (std::sregex_iterator at(line.begin(), line.end(), pattern.regex), end; at != end; ++at) {
        auto values = [&](int group, const char* fixed) {
          if (fixed != nullptr) return std::vector<std::string>{fixed};
          if (group == 0) return std::vector<std::string>{""};
          const std::string written = (*at)[group];
          const std::string constant = Constant(written);
          return constant.empty() ? Values(written, body) : std::vector<std::string>{constant};
        };
        for (const std::string& from : values(pattern.from, nullptr)) {
          for (const std::string& to : values(pattern.to, pattern.fixedTo)) {
            sites.push_back({pattern.what, from, to, function, absl::StrCat(file, ":", number)});
          }
        }
      }
    }
  }
  return sites;
}

}  // namespace statuses
