// What docs/port-map.md says of later releases of Go, against the patched ports (versions/) and against an installed Go
// of that release where there is one. A function that a release does not change stands in the sections before.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "conformance/port_map.h"
#include "gtest/gtest.h"

namespace port_map {
namespace {

constexpr const char* kReleases[] = {"1.25", "1.26", "1.27"};

class LaterPortMap : public testing::TestWithParam<const char*> {
 protected:
  LaterPortMap() {
    for (const Row& row : Functions(map, "## proc.go")) rows[row.go] = row;
    for (const char* step : kReleases) {
      // 1.27 has no functions of its own.
      for (const auto& cells : Table(map, absl::StrCat("## proc.go since Go ", step))) {
        if (cells.size() != 4) ADD_FAILURE() << cells[0];
        Row row{Unquoted(cells[0]), cells[1] == "-" ? "" : Unquoted(cells[1]), {}, cells[3]};
        if (cells[2] != "-") row.files = {cells[2]};
        rows[row.go] = row;
        since[row.go] = step;
      }
      if (step == release) break;
    }
  }

  std::string Port(const std::string& file) const { return Read(absl::StrCat("versions/go", release, "/src/", file)); }

  const std::string release = GetParam();
  const std::string map = Read("docs/port-map.md");
  const std::vector<std::string> names = Lines(Read(absl::StrCat("testdata/go", release, "/proc_functions.txt")));
  std::map<std::string, Row> rows;  // by Go's name: as this release has it
  std::map<std::string, std::string> since;
};

TEST_P(LaterPortMap, EveryFunctionOfProcIsThereInOrder) {
  const std::string file = "runtime/proc.cc";
  const std::string text = Port(file);
  size_t last = 0;
  std::string before = "the beginning";
  for (const std::string& name : names) {
    const auto found = rows.find(name);
    ASSERT_NE(found, rows.end()) << name << ": docs/port-map.md does not say where Go " << release << " has it";
    const Row& row = found->second;
    EXPECT_FALSE(row.cpp.empty() && row.note.empty()) << name << ": no C++ function and no reason";
    if (row.files != std::vector<std::string>{file}) continue;
    const size_t at = Definition(file, text, row.cpp);
    ASSERT_NE(at, kNowhere) << row.cpp << " is not defined in the port of Go " << release;
    EXPECT_GT(at, last) << row.cpp << " comes after " << before << " in Go " << release;
    last = at;
    before = row.cpp;
  }
}

TEST_P(LaterPortMap, ProcHasNoOtherFunctions) {
  std::set<std::string> known;
  for (const std::string& name : names) known.insert(rows[name].cpp);
  const std::vector<std::string> defined = Defined(Port("runtime/proc.cc"));
  EXPECT_GT(defined.size(), 180u);
  for (const std::string& name : defined) {
    // list_manual.go's, which proc.go alone uses.
    if (name.starts_with("listHeadManual::")) continue;
    EXPECT_TRUE(known.count(name)) << name << ": Go has no such function";
  }
}

TEST_P(LaterPortMap, WhatIsNewIsInGo) {
  const std::set<std::string> all(names.begin(), names.end());
  for (const auto& [name, step] : since) {
    if (step != release) continue;
    EXPECT_TRUE(all.count(name)) << name << " is not in Go " << release;
  }
}

TEST_P(LaterPortMap, StoredListIsGos) {
  const auto runtime = InstalledRuntime(release);
  if (!runtime.has_value()) return;
  ExpectSame(names, GoFunctions(Read(*runtime + "/proc.go")), absl::StrCat("testdata/go", release));
}

INSTANTIATE_TEST_SUITE_P(Releases, LaterPortMap, testing::ValuesIn(kReleases),
                         [](const auto& info) { return std::string(info.param).replace(1, 1, "_"); });

}  // namespace
}  // namespace port_map
