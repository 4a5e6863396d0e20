// Functions are found in texts by how both languages are written here: a function begins in the first column and ends
// with a brace in the first column. docs/port-map.md says which Go function a C++ one is.
#include "study/sources.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "study/align.h"

namespace study {
namespace {

struct BuiltIn {
  std::string_view name, text;
};

constexpr BuiltIn kBuiltIn[] = {
#include "study/port_text.inc"
};

std::vector<std::string_view> Split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(at), text.size());
    parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<std::string_view> Lines(std::string_view text) { return Split(text, '\n'); }

// Takes a prefix away, if it is there.
bool Consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// The lines [first, last], from 1.
std::string_view Part(const std::vector<std::string_view>& lines, int first, int last) {
  const std::string_view from = lines[static_cast<size_t>(first) - 1], to = lines[static_cast<size_t>(last) - 1];
  return {from.data(), static_cast<size_t>(to.data() + to.size() - from.data())};
}

bool IsLetter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

bool IsComment(std::string_view line) { return line.starts_with("//"); }

// Grows a function's beginning and end from a line inside.
Sources::Function Around(const std::vector<std::string_view>& lines, int line) {
  Sources::Function f;
  const auto at = [&](int n) { return lines[static_cast<size_t>(n) - 1]; };
  const int n = static_cast<int>(lines.size());
  if (line < 1 || line > n) return f;
  const auto is_label = [&](int n) { return at(n).ends_with(":") && at(n).find(' ') == std::string_view::npos; };
  int begin = at(line).starts_with("}") ? line - 1 : line;
  while (begin > 0 && (at(begin).empty() || is_label(begin) || IsComment(at(begin)) ||
                       IsOneOf(at(begin)[0], " \t})"))) {
    if (at(begin).starts_with("}")) return f;  // between functions
    begin--;
  }
  if (begin == 0) return f;
  // The declaration may take several lines: it begins after an empty line, a comment or a brace.
  while (begin > 1 && !at(begin - 1).empty() && !IsComment(at(begin - 1)) && at(begin - 1)[0] != '}' &&
         !IsOneOf(at(begin - 1)[0], "# \t") && at(begin - 1).back() != ';') {
    begin--;
  }
  int last = line;
  if (!at(begin).ends_with("}") || at(begin).find('{') == std::string_view::npos) {
    while (last < n && (at(last).empty() || at(last)[0] != '}')) last++;
  }
  int first = begin;
  while (first > 1 && IsComment(at(first - 1))) first--;
  f.first = first;
  f.begin = begin;
  f.last = last;
  f.text = Part(lines, first, last);
  return f;
}

// Where in a line the statement begins that follows a condition: Go writes it on a line of its own. The line's length
// if there is none.
size_t AfterCondition(std::string_view line) {
  std::string_view code = line;
  code.remove_prefix(std::min(code.find_first_not_of(' '), code.size()));
  if (Consume(code, "} ")) {}
  if (Consume(code, "else ")) {}
  if (!code.starts_with("if (") && !code.starts_with("for (") && !code.starts_with("while (")) return line.size();
  int depth = 0;
  for (size_t i = line.find('('); i < line.size(); i++) {
    if (line[i] == '(') depth++;
    if (line[i] == ')' && --depth == 0) {
      const size_t next = line.find_first_not_of(' ', i + 1);
      return next == std::string_view::npos || line[next] == '{' || line[next] == '/' ? line.size() : next;
    }
  }
  return line.size();
}

// The name in a C++ function's first line: before its first bracket, "m::becomeSpinning".
std::string CxxName(std::string_view line) {
  const size_t bracket = line.find('(');
  if (bracket == std::string_view::npos) return "";
  size_t begin = bracket;
  while (begin > 0 && (IsLetter(line[begin - 1]) || line[begin - 1] == ':')) begin--;
  return std::string(line.substr(begin, bracket - begin));
}

}  // namespace

Sources::Sources(std::string_view goroot) : goroot_(goroot) {
  std::string file;  // of the table that we are in
  for (std::string_view line : Lines(Text("docs/port-map.md"))) {
    if (Consume(line, "## ") || Consume(line, "### ")) {
      const size_t end = line.find(".go");
      if (end == std::string_view::npos) {
        if (!line.starts_with("#")) file.clear();
        continue;
      }
      size_t begin = end;
      while (begin > 0 && IsLetter(line[begin - 1])) begin--;
      file = std::string(line.substr(begin, end + 3 - begin));
      continue;
    }
    const std::vector<std::string_view> cells = Split(line, '|');
    if (file.empty() || cells.size() < 4 || cells[1].find('`') == std::string_view::npos) continue;
    const auto name = [](std::string_view cell) {
      const size_t begin = cell.find('`') + 1;
      return begin == 0 ? std::string() : std::string(cell.substr(begin, cell.find('`', begin) - begin));
    };
    const std::string cpp = name(cells[2]);
    if (!cpp.empty()) go_names_[{file, cpp}].push_back(name(cells[1]));
  }
  if (goroot_.empty()) {
    no_go_ = "There is no Go 1.24 where this page was made: proc.cc alone.";
    return;
  }
  for (const char* name : {"proc.go", "coro.go", "debug.go", "mgcmark.go", "runtime2.go"}) {
    std::ifstream in(absl::StrCat(goroot_, "/src/runtime/", name), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    if (in) go_texts_[name] = text.str();
  }
  if (!go_texts_.contains("proc.go")) {
    no_go_ = absl::StrCat("No runtime/proc.go in ", goroot_, ": proc.cc alone.");
  }
}

std::string_view Sources::Short(std::string_view file) {
  for (const BuiltIn& b : kBuiltIn) {
    if (file == b.name || (file.ends_with(b.name) && file[file.size() - b.name.size() - 1] == '/')) return b.name;
  }
  return "";
}

std::string_view Sources::Text(std::string_view file) const {
  for (const BuiltIn& b : kBuiltIn) {
    if (file == b.name) return b.text;
  }
  return "";
}

Sources::Function Sources::PortFunction(std::string_view file, int line) const {
  const std::vector<std::string_view> lines = Lines(Text(Short(file)));
  Function f = Around(lines, line);
  if (f.first != 0) f.name = CxxName(lines[static_cast<size_t>(f.begin) - 1]);
  return f;
}

Sources::Function Sources::GoFunction(std::string_view file, std::string_view cpp_name) const {
  Function f;
  const std::string go_file = std::string(file.substr(0, file.rfind('.'))) + ".go";
  const std::string base = go_file.substr(go_file.rfind('/') + 1);
  const auto names = go_names_.find({base, std::string(cpp_name)});
  const auto text = go_texts_.find(base);
  if (names == go_names_.end() || text == go_texts_.end()) return f;
  const std::vector<std::string_view> lines = Lines(text->second);
  for (const std::string& name : names->second) {
    // "(*m).becomeSpinning" is "func (mp *m) becomeSpinning(", "pMask.read" is "func (p pMask) read(".
    std::string receiver, method = name;
    if (const size_t dot = name.rfind('.'); dot != std::string::npos) {
      receiver = name.substr(0, dot);
      method = name.substr(dot + 1);
      if (receiver.starts_with("(")) receiver = receiver.substr(1, receiver.size() - 2);
      receiver += ")";
    }
    for (size_t i = 0; i < lines.size(); i++) {
      std::string_view line = lines[i];
      if (!Consume(line, "func ")) continue;
      if (!receiver.empty()) {
        const size_t end = line.find(") ");
        if (!line.starts_with("(") || end == std::string_view::npos) continue;
        if (!line.substr(0, end + 1).ends_with(" " + receiver)) continue;
        line.remove_prefix(end + 2);
      }
      if (!Consume(line, method) || line.empty() || (line[0] != '(' && line[0] != '[')) continue;
      f.begin = static_cast<int>(i) + 1;
      f.first = f.begin;
      while (f.first > 1 && IsComment(lines[static_cast<size_t>(f.first) - 2])) f.first--;
      f.last = f.begin;
      const bool one_line = lines[i].ends_with("}");
      const int end = static_cast<int>(lines.size());
      while (!one_line && f.last < end && lines[static_cast<size_t>(f.last) - 1] != "}") f.last++;
      f.text = Part(lines, f.first, f.last);
      f.name = name;
      return f;
    }
  }
  return f;
}

int Sources::GoLine(const Function& cc, const Function& go, int line, int column) {
  auto [it, fresh] = beside_.try_emplace({cc.text, go.text});
  std::vector<Piece>& pieces = it->second;
  if (fresh) {
    std::vector<std::string_view> texts;
    int number = cc.first;
    for (std::string_view whole : Lines(cc.text)) {
      const size_t cut = AfterCondition(whole);
      texts.push_back(whole.substr(0, cut));
      pieces.push_back({number, 1, 0});
      if (cut < whole.size()) {
        texts.push_back(whole.substr(cut));
        pieces.push_back({number, static_cast<int>(cut) + 1, 0});
      }
      number++;
    }
    const std::vector<int> beside = Align(texts, Lines(go.text));
    for (size_t i = 0; i < pieces.size(); i++) pieces[i].beside = beside[i] < 0 ? go.begin : go.first + beside[i];
  }
  int found = 0;
  for (const Piece& piece : pieces) {
    if (piece.line == line && (found == 0 || column == 0 || piece.column <= column)) found = piece.beside;
  }
  return found;
}

bool Sources::IsGos(std::string_view file, int line) {
  const std::string_view name = Short(file);
  auto [it, fresh] = is_gos_.try_emplace({name, line});
  if (fresh && !name.empty()) {
    const std::string base(name.substr(name.rfind('/') + 1));
    it->second = go_names_.contains({base.substr(0, base.rfind('.')) + ".go", PortFunction(name, line).name});
  }
  return it->second;
}

Page::Place Sources::At(Page& page, std::string_view file, int line, int column, Page::Place caller) {
  const std::string name(Short(file));
  if (name.empty()) return 0;
  if (page_ != &page) {  // numbers are a page's own
    functions_.clear();
    places_.clear();
    page_ = &page;
  }
  auto [it, fresh] = places_.try_emplace({name, line, column, caller});
  if (!fresh) return it->second;
  const Function cc = PortFunction(name, line);
  if (cc.first == 0) return 0;
  const Function go = GoFunction(name, cc.name);
  const auto number = [&](const std::string& in, const Function& f) -> Page::Function {
    if (f.first == 0) return 0;
    auto [known, new_one] = functions_.try_emplace({in, f.begin});
    if (new_one) known->second = page.AddFunction(in, f.name, f.first, f.text);
    return known->second;
  };
  const std::string go_file = absl::StrCat(name.substr(0, name.rfind('.')), ".go");
  const Page::Function cc_number = number(name, cc), go_number = number(go_file, go);
  it->second = page.AddPlace(cc_number, line, go_number, go.first == 0 ? 0 : GoLine(cc, go, line, column), caller);
  return it->second;
}

Page::Place Sources::Named(Page& page, std::string_view function, std::string_view text, int nth) {
  const std::vector<std::string_view> lines = Lines(Text("runtime/proc.cc"));
  for (size_t i = 0; i < lines.size(); i++) {
    const std::string_view line = lines[i];
    if (line.empty() || line[0] == ' ' || line[0] == '/' || line.find('{') == std::string_view::npos) continue;
    if (CxxName(line) != function) continue;
    if (text.empty()) return At(page, "runtime/proc.cc", static_cast<int>(i) + 1);
    for (; i < lines.size() && lines[i] != "}"; i++) {
      if (lines[i].find(text) == std::string_view::npos || nth-- != 0) continue;
      return At(page, "runtime/proc.cc", static_cast<int>(i) + 1);
    }
    return 0;
  }
  return 0;
}

}  // namespace study
