// Every test of Go's scheduler, channels, semaphores, timers and package sync is told again in C++ under its name, or
// docs/port-map.md says why it cannot be. The list of names is stored, and held against Go's sources where they are.
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "gtest/gtest.h"

namespace {

// A test of Go's: the file below GOROOT/src, and the function's name.
using GoTest = std::pair<std::string, std::string>;

bool Read(const std::string& path, std::string* text) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return false;
  std::stringstream s;
  s << in.rdbuf();
  *text = s.str();
  return true;
}

std::set<GoTest> StoredList() {
  std::string text;
  EXPECT_TRUE(Read("conformance/go_tests.txt", &text));
  std::set<GoTest> tests;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const size_t space = line.find(' ');
    tests.emplace(line.substr(0, space), line.substr(space + 1));
  }
  return tests;
}

std::set<std::string> Files(const std::set<GoTest>& tests) {
  std::set<std::string> files;
  for (const GoTest& t : tests) files.insert(t.first);
  return files;
}

// Where Go's sources are; empty if nowhere.
std::string GoSources() {
  const char* named = std::getenv("GORT_GO");
  std::string ignored;
  const std::string places[] = {named != nullptr ? std::string(named) + "/../.." : "", "/usr/lib/go-1.24"};
  for (const std::string& root : places) {
    if (!root.empty() && Read(root + "/src/runtime/proc_test.go", &ignored)) return root + "/src/";
  }
  return "";
}

// The rows of the section of docs/port-map.md that lists what is not told: file and name to the reason.
std::map<GoTest, std::string> NotTold() {
  std::string text;
  EXPECT_TRUE(Read("docs/port-map.md", &text));
  std::map<GoTest, std::string> rows;
  const size_t section = text.find("\n## Go's tests that are not told");
  if (section == text.npos) return rows;
  const size_t end = text.find("\n## ", section + 4);
  const std::string body = text.substr(section, end - section);
  const std::regex row(R"(\n\| `?([^|`]+?)`? \| `?(Test\w+)`? \| ([^\n]*) \|)");
  for (std::sregex_iterator it(body.begin(), body.end(), row), none; it != none; ++it) {
    rows[{(*it)[1], (*it)[2]}] = (*it)[3];
  }
  return rows;
}

// chan_test.go of package runtime is told in runtime/chan_test.cc, as TEST(Runtime, TestChan).
bool IsTold(const GoTest& test) {
  const std::string package = test.first.substr(0, test.first.find('/'));
  std::string suite = package;
  suite[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(suite[0])));
  std::string text;
  if (!Read(test.first.substr(0, test.first.size() - 3) + ".cc", &text)) return false;
  return text.find("TEST(" + suite + ", " + test.second + ")") != text.npos;
}

TEST(GoTests, TheListIsGos) {
  const std::string sources = GoSources();
  if (sources.empty()) return;  // no Go 1.24 here: the stored list stands
  const std::set<GoTest> stored = StoredList();
  std::set<GoTest> real;
  const std::regex function(R"((?:^|\n)func (Test[A-Z]\w*)\()");
  for (const std::string& file : Files(stored)) {
    std::string text;
    ASSERT_TRUE(Read(sources + file, &text)) << file;
    for (std::sregex_iterator it(text.begin(), text.end(), function), none; it != none; ++it) {
      if ((*it)[1] != "TestMain") real.emplace(file, (*it)[1]);
    }
  }
  EXPECT_EQ(stored, real);
}

TEST(GoTests, EachIsToldOrListed) {
  const auto not_told = NotTold();
  const auto stored = StoredList();
  ASSERT_GE(stored.size(), 130u);
  int told = 0;
  for (const GoTest& test : stored) {
    const bool is_told = IsTold(test);
    told += is_told;
    const bool listed = not_told.count(test) != 0;
    EXPECT_TRUE(is_told || listed) << test.first << ": " << test.second << " is neither told nor listed";
    EXPECT_FALSE(is_told && listed) << test.first << ": " << test.second << " is told and listed as not told";
  }
  for (const auto& [test, reason] : not_told) {
    EXPECT_TRUE(stored.count(test)) << test.first << ": Go has no " << test.second;
    EXPECT_GE(reason.size(), 10u) << test.second << ": why not?";
  }
  RecordProperty("told", told);
}

}  // namespace
