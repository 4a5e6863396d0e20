// Holds docs/port-map.md against the port, and against an installed Go 1.24 where there is one.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "conformance/port_map.h"
#include "gtest/gtest.h"

namespace port_map {
namespace {

class PortMap : public testing::Test {
 protected:
  const std::string map = Read("docs/port-map.md");
  const std::vector<std::string> names = Lines(Read("testdata/go1.24/proc_functions.txt"));
  const std::vector<std::string> texts = Lines(Read("testdata/go1.24/proc_throws.txt"));
};

TEST_F(PortMap, HasEveryFunctionOfProcOnceAndInOrder) {
  std::vector<std::string> rows;
  for (const Row& row : Functions(map, "## proc.go")) rows.push_back(row.go);
  ExpectSame(rows, names, "docs/port-map.md, proc.go");
}

TEST_F(PortMap, NamesFunctionsThatExist) {
  std::map<std::string, std::string> files;
  for (const std::string& section : Sections(map)) {
    for (const Row& row : Functions(map, section)) {
      EXPECT_EQ(row.cpp.empty(), row.files.empty()) << row.go;
      EXPECT_FALSE(row.cpp.empty() && row.note.empty()) << row.go << ": no C++ function and no reason";
      for (const std::string& file : row.files) {
        auto it = files.find(file);
        if (it == files.end()) it = files.emplace(file, Read(file)).first;
        EXPECT_NE(Definition(file, it->second, row.cpp), kNowhere) << row.cpp << " is not defined in " << file;
      }
    }
  }
}

TEST_F(PortMap, ProcKeepsGosOrder) {
  const std::string file = "runtime/proc.cc";
  const std::string text = Read(file);
  size_t last = 0;
  std::string before = "the beginning";
  for (const Row& row : Functions(map, "## proc.go")) {
    if (row.files != std::vector<std::string>{file}) continue;
    const size_t at = Definition(file, text, row.cpp);
    EXPECT_GT(at, last) << row.cpp << " comes after " << before << " in Go";
    last = at;
    before = row.cpp;
  }
}

TEST_F(PortMap, ProcHasNoOtherFunctions) {
  std::set<std::string> known;
  for (const Row& row : Functions(map, "## proc.go")) known.insert(row.cpp);
  const std::vector<std::string> defined = Defined(Read("runtime/proc.cc"));
  EXPECT_GT(defined.size(), 180u);
  for (const std::string& name : defined) EXPECT_TRUE(known.count(name)) << name << ": Go has no such function";
}

TEST_F(PortMap, TextsOfThrowAreGos) {
  std::set<std::string> absent;
  for (const auto& cells : Table(map, "## Texts")) {
    ASSERT_EQ(cells.size(), 2u) << cells[0];
    EXPECT_TRUE(absent.insert(Unquoted(cells[0])).second) << cells[0];
    EXPECT_GT(cells[1].size(), 2u) << cells[0] << ": no reason";
  }
  const std::string proc = Read("runtime/proc.cc");
  for (const std::string& text : texts) {
    const bool present = absl::StrContains(proc, absl::StrCat("throw_(\"", text, "\")")) ||
                         absl::StrContains(proc, absl::StrCat("fatal(\"", text, "\")"));
    EXPECT_NE(present, absent.count(text) == 1) << text;
    absent.erase(text);
  }
  EXPECT_TRUE(absent.empty()) << *absent.begin() << ": proc.go does not say that";
}

TEST_F(PortMap, StoredListsAreGos) {
  const auto runtime = InstalledRuntime("1.24");
  if (!runtime.has_value()) return;
  const std::string proc = Read(*runtime + "/proc.go");
  ExpectSame(names, GoFunctions(proc), "testdata/go1.24/proc_functions.txt");
  ExpectSame(texts, GoTexts(proc), "testdata/go1.24/proc_throws.txt");
}

TEST_F(PortMap, OtherFilesAreGos) {
  const auto runtime = InstalledRuntime("1.24");
  if (!runtime.has_value()) return;
  for (const std::string& section : Sections(map)) {
    // A heading names a file of package runtime, or a path below GOROOT/src.
    const std::string file = GoFile(section);
    const absl::string_view folder = absl::StrContains(file, "/") ? "/../" : "/";
    const std::vector<std::string> go = GoFunctions(Read(absl::StrCat(*runtime, folder, file)));
    std::vector<std::string> rows;
    for (const Row& row : Functions(map, section)) {
      EXPECT_NE(std::find(go.begin(), go.end(), row.go), go.end()) << row.go << " is not in " << GoFile(section);
      rows.push_back(row.go);
    }
    // A section of its own, not one of the parts, is of the whole file.
    if (absl::StartsWith(section, "###")) continue;
    ExpectSame(rows, go, section);
  }
}

}  // namespace
}  // namespace port_map
