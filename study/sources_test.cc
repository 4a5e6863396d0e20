// The texts of a page: functions are found by their lines, and Go's line beside is the right one.
#include "study/sources.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "study/align.h"

namespace {

using study::Page;
using study::Sources;

std::string Read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// An installed Go 1.24, or "".
std::string Installed() {
  std::vector<std::string> roots;
  if (const char* named = std::getenv("GORT_GOROOT")) roots.push_back(named);
  roots.push_back("/usr/lib/go-1.24");
  for (const std::string& root : roots) {
    if (Read(root + "/VERSION").rfind("go1.24", 0) == 0) return root;
  }
  return "";
}

TEST(Align, LaysWhatSaysTheSameSideBySide) {
  const std::vector<std::string_view> cc = {"void f(p* pp) {", "  // Own words.", "  lock(&sched.lock);",
                                            "  pidleput(pp, 0);", "  throw_(\"no\");", "}"};
  const std::vector<std::string_view> go = {"func f(pp *p) {", "\tcheck()", "\tlock(&sched.lock)", "\tif n != 0 {",
                                            "\t\tthrow(\"no\")", "\t}", "}"};
  std::vector<bool> sure;
  const std::vector<int> beside = study::Align(cc, go, &sure);
  EXPECT_EQ(beside[0], 0);
  EXPECT_EQ(beside[2], 2);
  EXPECT_EQ(beside[4], 4);
  EXPECT_TRUE(sure[2]);
  EXPECT_FALSE(sure[1]);         // a comment is nobody's
  EXPECT_EQ(beside[3], 2);       // and what Go does not say stays with its neighbour
}

TEST(Sources, AFunctionIsFoundByAnyOfItsLines) {
  const Sources sources("");
  const std::vector<std::string> text = Lines(Read("runtime/proc.cc"));
  int functions = 0;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i].rfind("void ", 0) != 0 || text[i].find(") {") == std::string::npos || text[i].back() != '{') continue;
    const std::string name = text[i].substr(5, text[i].find('(') - 5);
    size_t last = i;
    while (text[last] != "}") last++;
    for (size_t line : {i, (i + last) / 2, last}) {
      const Sources::Function f = sources.PortFunction("/somewhere/runtime/proc.cc", static_cast<int>(line) + 1);
      EXPECT_EQ(f.name, name) << "line " << line + 1;
      EXPECT_EQ(f.begin, static_cast<int>(i) + 1) << name;
      EXPECT_EQ(f.last, static_cast<int>(last) + 1) << name;
      // With the comment before it.
      size_t comment = i;
      while (text[comment - 1].rfind("//", 0) == 0) comment--;
      EXPECT_EQ(f.first, static_cast<int>(comment) + 1) << name;
    }
    functions++;
  }
  EXPECT_GT(functions, 100);
}

TEST(Sources, NoPlaceOutsideThePort) {
  Sources sources("");
  Page page(Page::Unit::kRecords);
  EXPECT_EQ(sources.At(page, "worlds/lockstep/inputs.cc", 100), 0u);
  EXPECT_EQ(sources.At(page, "runtime/proc.cc", 1000000), 0u);
  EXPECT_NE(sources.Named(page, "findRunnable", "found(why::steal"), 0u);
  EXPECT_NE(sources.Named(page, "wakep", ""), 0u);
  EXPECT_EQ(sources.Named(page, "wakep", "found(why::steal"), 0u);
  EXPECT_EQ(sources.Named(page, "noSuchFunction", ""), 0u);
  EXPECT_NE(sources.no_go(), "");
  EXPECT_NE(Sources("/no/such/folder").no_go(), "");
}

// Where a line of the port reads or writes a shared field, or calls a function of proc.go, Go's line beside it names
// the same field or function.
TEST(Sources, GosLineNamesWhatThePortsLineDoes) {
  const std::string goroot = Installed();
  if (goroot.empty()) {
    std::puts("no Go 1.24 here: nothing is held against it");
    return;
  }
  Sources sources(goroot);
  ASSERT_EQ(sources.no_go(), "");
  const std::vector<std::string> text = Lines(Read("runtime/proc.cc"));
  const std::vector<std::string> go_text = Lines(Read(goroot + "/src/runtime/proc.go"));
  const std::regex field(R"((\w+)\.(?:Load|Store|Add|Cas|CompareAndSwap|Swap)\()");
  const std::regex call(R"(\b(lock|unlock|notewakeup|notesleep|casgstatus|runqput|globrunqput|wakep|startm|handoffp|)"
                        R"(mput|mget|pidleput|stopm|schedule|execute|acquirep|releasep|throw_|dropg|netpoll|gogo)\()");
  // A method is not a function, or another type's method, of its name.
  const Sources::Function method = sources.GoFunction("runtime/proc.cc", "m::becomeSpinning");
  ASSERT_GT(method.begin, 0);
  EXPECT_EQ(go_text[static_cast<size_t>(method.begin) - 1].rfind("func (mp *m) becomeSpinning(", 0), 0u);
  int held = 0, right = 0;
  for (size_t i = 0; i < text.size(); i++) {
    const std::string code = text[i].substr(0, text[i].find("//"));
    if (code.empty() || code[0] != ' ') continue;
    std::smatch match;
    if (!std::regex_search(code, match, field) && !std::regex_search(code, match, call)) continue;
    std::string name = match[1];
    if (name == "throw_") name = "throw";
    const int line = static_cast<int>(i) + 1;
    const Sources::Function cc = sources.PortFunction("runtime/proc.cc", line);
    const Sources::Function go = sources.GoFunction("runtime/proc.cc", cc.name);
    if (go.first == 0 || std::string(go.text).find(name) == std::string::npos) continue;
    const int beside = sources.GoLine(cc, go, line, static_cast<int>(match.position(1)) + 1);
    ASSERT_GE(beside, go.first);
    ASSERT_LE(beside, go.last);
    held++;
    const bool names = go_text[static_cast<size_t>(beside) - 1].find(name) != std::string::npos;
    right += names;
    if (!names) {
      std::printf("proc.cc:%d (%s): %s\n  proc.go:%d\n", line, cc.name.c_str(), name.c_str(), beside);
    }
  }
  std::printf("%d of %d lines\n", right, held);
  EXPECT_GT(held, 500);
  EXPECT_GE(right * 100, held * 98);
}

}  // namespace
