// The table of the state (tools/capture/state_table.inc) is complete: each field of g, m, p and schedt in Go's layout
// is compared or left out for a reason, and it names no field that there is not.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace {

std::vector<std::string> Lines(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// "g.waitreason": what the table says of it.
struct Row {
  std::string how;     // COMPARED or LEFT
  std::string reason;  // of what is left out
};

std::map<std::string, Row> Table(std::vector<std::string>* lists = nullptr) {
  std::map<std::string, Row> table;
  const std::regex field(R"re((COMPARED|LEFT)\((\w+), ([\w.]+), (.*)\).*)re"), list(R"(LIST\(([\w.]+), .*)");
  std::smatch part;
  for (const std::string& line : Lines("tools/capture/state_table.inc")) {
    if (lists != nullptr && std::regex_match(line, part, list)) lists->push_back(part[1]);
    if (line.empty() || line.starts_with("//") || !std::regex_match(line, part, field)) {
      EXPECT_FALSE(line.starts_with("COMPARED(") || line.starts_with("LEFT(")) << "not understood: " << line;
      continue;
    }
    const std::string name = part[2].str() + "." + part[3].str();
    EXPECT_TRUE(table.emplace(name, Row{part[1], part[4]}).second || name == "m._") << name << " stands there twice";
  }
  return table;
}

std::set<std::string> Layout() {
  std::set<std::string> fields;
  const std::regex row(R"(runtime\.(g|m|p|schedt)\.(\S+) \d+ \d+)");
  std::smatch part;
  for (const std::string& line : Lines("testdata/layout/linux-amd64.txt")) {
    if (!std::regex_match(line, part, row)) continue;
    fields.insert((part[1] == "schedt" ? "sched" : part[1].str()) + "." + part[2].str());
  }
  return fields;
}

bool IsPart(const std::string& name, const std::string& of) { return name.starts_with(of + "."); }

TEST(StateTable, HasEveryField) {
  const auto table = Table();
  const auto layout = Layout();
  ASSERT_GT(layout.size(), 200u);
  for (const std::string& field : layout) {
    if (table.contains(field)) continue;
    // A struct stands there by its parts: if the layout tells them, by all of them.
    const bool parts =
        std::any_of(table.begin(), table.end(), [&](const auto& row) { return IsPart(row.first, field); });
    EXPECT_TRUE(parts) << field << " is not in the table";
  }
}

TEST(StateTable, HasNoOtherFields) {
  const auto layout = Layout();
  for (const auto& entry : Table()) {
    const auto& name = entry.first;
    if (name.starts_with("runtime.") || layout.contains(name)) continue;
    const bool part =
        std::any_of(layout.begin(), layout.end(), [&](const std::string& field) { return IsPart(name, field); });
    EXPECT_TRUE(part) << name << " is no field";
  }
}

// All parts of a struct that is compared by one of them.
TEST(StateTable, HasAllOfAStructThatItHasAPartOf) {
  const auto table = Table();
  for (const char* part : {"schedtick", "syscalltick", "schedwhen", "syscallwhen"}) {
    EXPECT_TRUE(table.contains(std::string("p.sysmontick.") + part)) << part;
  }
}

TEST(StateTable, GivesReasons) {
  std::vector<std::string> lists;
  const auto table = Table(&lists);
  std::ifstream file("tools/capture/state_table.inc");
  std::stringstream text;
  text << file.rdbuf();
  for (const auto& [name, row] : table) {
    if (row.how != "LEFT") continue;
    ASSERT_GT(row.reason.size(), 6u) << name;
    EXPECT_TRUE(row.reason.front() == '"' && row.reason.back() == '"') << name << " has no reason";
    // A list or histogram that is named instead must be there.
    const std::regex instead(R"re("the (list|histogram) ([\w.]+)")re");
    std::smatch part;
    if (!std::regex_match(row.reason, part, instead)) continue;
    const std::string what = part[2].str();
    const bool there = part[1] == "list" ? std::find(lists.begin(), lists.end(), what) != lists.end()
                                         : text.str().find("HISTOGRAM(" + what.substr(6) + ")") != std::string::npos;
    EXPECT_TRUE(there) << name << ": " << what << " is not in the table";
  }
}

}  // namespace
