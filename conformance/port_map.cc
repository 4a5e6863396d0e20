// Text is searched as it is laid out: definitions of the outermost level begin in the first column.
#include "conformance/port_map.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace port_map {

namespace {

std::optional<std::string> ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

// A file of the tree; the test runs where the tree's files are.
std::string Read(const std::string& path) {
  auto text = ReadFile(path);
  EXPECT_TRUE(text.has_value()) << path << ": cannot be read";
  return text.value_or("");
}

std::vector<std::string> Lines(absl::string_view text) {
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

std::string Unquoted(absl::string_view cell) {
  absl::ConsumePrefix(&cell, "`");
  absl::ConsumeSuffix(&cell, "`");
  return std::string(cell);
}

// The cells of the rows below a heading, up to the next heading.
std::vector<std::vector<std::string>> Table(absl::string_view map, absl::string_view heading) {
  std::vector<std::vector<std::string>> rows;
  const size_t at = map.find(absl::StrCat("\n", heading, "\n"));
  if (at == kNowhere) return rows;
  map.remove_prefix(at + heading.size() + 2);
  map = map.substr(0, map.find("\n#"));
  for (absl::string_view line : absl::StrSplit(map, '\n')) {
    if (!absl::ConsumePrefix(&line, "| `")) continue;
    std::vector<std::string> cells;
    for (absl::string_view cell : absl::StrSplit(absl::StrCat("`", line), " |")) {
      cells.emplace_back(absl::StripAsciiWhitespace(cell));
    }
    cells.pop_back();  // behind the last bar
    rows.push_back(cells);
  }
  return rows;
}

std::vector<Row> Functions(absl::string_view map, absl::string_view heading) {
  std::vector<Row> rows;
  for (const auto& cells : Table(map, heading)) {
    EXPECT_EQ(cells.size(), 4u) << cells[0];
    if (cells.size() != 4) continue;
    Row row{Unquoted(cells[0]), "", {}, cells[3]};
    if (cells[1] != "-") row.cpp = Unquoted(cells[1]);
    if (cells[2] != "-") row.files = absl::StrSplit(cells[2], ", ");
    rows.push_back(row);
  }
  EXPECT_FALSE(rows.empty()) << heading;
  return rows;
}

// "debug.go" for each section of a file of Go.
std::vector<std::string> Sections(absl::string_view map) {
  std::vector<std::string> files;
  for (absl::string_view line : absl::StrSplit(map, '\n')) {
    if (absl::StartsWith(line, "##") && absl::EndsWith(line, ".go")) files.emplace_back(line);
  }
  return files;
}

std::string GoFile(absl::string_view heading) { return std::string(heading.substr(heading.find(' ') + 1)); }

namespace {

// Whether the parameter list that opens at `at` is followed by a body.
bool HasBody(absl::string_view text, size_t at) {
  int depth = 0;
  for (; at < text.size(); at++) {
    if (text[at] == '(') depth++;
    if (text[at] == ')' && --depth == 0) break;
  }
  at = text.find_first_of("{;", at);
  return at != kNowhere && text[at] == '{';
}

bool IsWord(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Where `name` is defined at the outermost level: on a line that begins in the first column.
size_t OuterDefinition(absl::string_view text, absl::string_view name) {
  const std::string call = absl::StrCat(name, "(");
  for (size_t at = text.find(call); at != kNowhere; at = text.find(call, at + 1)) {
    const size_t line = at == 0 ? 0 : text.rfind('\n', at) + 1;
    if (at == line || IsWord(text[at - 1]) || text[at - 1] == ':') continue;
    if (!std::isalpha(static_cast<unsigned char>(text[line])) && text[line] != '[') continue;
    if (HasBody(text, at + name.size())) return at;
  }
  return kNowhere;
}

// Where Type::name is defined inside the body of its type.
size_t InnerDefinition(absl::string_view text, absl::string_view type, absl::string_view name) {
  for (absl::string_view keyword : {"struct ", "class "}) {
    const std::string head = absl::StrCat("\n", keyword, type, " ");
    for (size_t begin = text.find(head); begin != kNowhere; begin = text.find(head, begin + 1)) {
      const size_t end = text.find("\n};", begin);
      const std::string call = absl::StrCat(" ", name, "(");
      for (size_t at = text.find(call, begin); at < end; at = text.find(call, at + 1)) {
        if (HasBody(text, at + call.size() - 1)) return at;
      }
    }
  }
  return kNowhere;
}

}  // namespace

// Where the function is defined in the file's text, or kNowhere.
size_t Definition(absl::string_view file, absl::string_view text, absl::string_view name) {
  if (absl::EndsWith(file, ".S")) {
    size_t at = text.find(absl::StrCat("\n", name, ":"));
    return at != kNowhere ? at : text.find(absl::StrCat("\nFUNC ", name, "\n"));
  }
  size_t at = OuterDefinition(text, name);
  const size_t colons = name.find("::");
  if (at == kNowhere && colons != kNowhere) {
    at = InnerDefinition(text, name.substr(0, colons), name.substr(colons + 2));
  }
  return at;
}

// The functions that a C++ file defines at the outermost level, without those of unnamed namespaces.
std::vector<std::string> Defined(absl::string_view text) {
  std::vector<std::string> names;
  bool unnamed = false;
  size_t begin = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (line == "namespace {") unnamed = true;
    if (line == "}  // namespace") unnamed = false;
    const size_t paren = line.find('(');
    // What is static tells of a record and is no function of Go's; Go's own are declared in proc_decl.h.
    if (!unnamed && paren != kNowhere && !line.empty() && !absl::StartsWith(line, "static ") &&
        (std::isalpha(static_cast<unsigned char>(line[0])) || line[0] == '[') && HasBody(text, begin + paren)) {
      size_t from = paren;
      while (from > 0 && (IsWord(line[from - 1]) || line[from - 1] == ':')) from--;
      if (from > 0 && from < paren) names.emplace_back(line.substr(from, paren - from));
    }
    begin += line.size() + 1;
  }
  return names;
}

// The functions of a Go file in its order, named as Go's linker names them.
std::vector<std::string> GoFunctions(absl::string_view source) {
  std::vector<std::string> names;
  int inits = 0;
  for (absl::string_view line : absl::StrSplit(source, '\n')) {
    if (!absl::ConsumePrefix(&line, "func ")) continue;
    std::string receiver;
    if (absl::ConsumePrefix(&line, "(")) {
      absl::string_view type = line.substr(0, line.find(')'));
      line.remove_prefix(type.size() + 2);
      type.remove_prefix(type.find(' ') + 1);
      receiver = type[0] == '*' ? absl::StrCat("(", type, ").") : absl::StrCat(type, ".");
    }
    std::string name = absl::StrCat(receiver, line.substr(0, line.find_first_of("([")));
    if (name == "init") absl::StrAppend(&name, ".", inits++);
    names.push_back(name);
  }
  return names;
}

// The literal texts of throw and fatal, each once, in order.
std::vector<std::string> GoTexts(absl::string_view source) {
  std::vector<std::string> texts;
  for (absl::string_view line : absl::StrSplit(source, '\n')) {
    if (absl::StartsWith(absl::StripAsciiWhitespace(line), "//")) continue;
    for (absl::string_view call : {"throw(\"", "fatal(\""}) {
      const size_t at = line.find(call);
      if (at == kNowhere || (at > 0 && IsWord(line[at - 1]))) continue;
      absl::string_view text = line.substr(at + call.size());
      text = text.substr(0, text.find("\")"));
      if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.emplace_back(text);
    }
  }
  return texts;
}

// The folder of package runtime in an installed Go of that release ("1.24"), or nothing.
std::optional<std::string> InstalledRuntime(const std::string& release) {
  std::vector<std::string> roots;
  if (const char* named = std::getenv("GORT_GOROOT")) roots.push_back(named);
  roots.push_back("/usr/lib/go-" + release);
  // This one, and those that the go command fetched.
  if (FILE* go = popen("go env GOROOT GOMODCACHE 2>/dev/null", "r")) {
    char line[4096];
    if (std::fgets(line, sizeof line, go) != nullptr) roots.emplace_back(absl::StripAsciiWhitespace(line));
    if (std::fgets(line, sizeof line, go) != nullptr) {
      std::error_code error;
      const std::string modules = absl::StrCat(absl::StripAsciiWhitespace(line), "/golang.org");
      for (const auto& entry : std::filesystem::directory_iterator(modules, error)) roots.push_back(entry.path());
    }
    pclose(go);
  }
  for (const std::string& root : roots) {
    const std::string version = ReadFile(root + "/VERSION").value_or("");
    if (!absl::StartsWith(version, absl::StrCat("go", release, "."))) continue;
    const std::string runtime = root + "/src/runtime";
    if (ReadFile(runtime + "/proc.go").has_value()) return runtime;
  }
  std::cout << "no sources of Go " << release << " on this machine: the stored lists stand for them\n";
  return std::nullopt;
}

// Reports the first difference only: one name too many shifts all others.
void ExpectSame(const std::vector<std::string>& here, const std::vector<std::string>& there, absl::string_view what) {
  const size_t same = static_cast<size_t>(
      std::mismatch(here.begin(), here.end(), there.begin(), there.end()).first - here.begin());
  const std::string none = "the end";
  EXPECT_TRUE(same == here.size() && same == there.size())
      << what << ": line " << same + 1 << " is " << (same < here.size() ? here[same] : none) << ", should be "
      << (same < there.size() ? there[same] : none);
}

}  // namespace port_map
