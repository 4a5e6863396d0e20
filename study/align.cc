// Lines as bags of names, weighed by how rare they are; dynamic programming over both functions.
#include "study/align.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <string>

namespace study {
namespace {

// Words that only one of the languages has, or that say nothing.
bool IsSyntax(std::string_view word) {
  static constexpr std::string_view kSyntax[] = {
      "auto", "const", "constexpr", "static", "struct", "func", "var", "ptr", "plain", "plainStore", "nullptr", "nil",
      "static_cast", "reinterpret_cast", "runtime", "std", "this", "new", "int32", "int64", "uint32", "uint64",
      "uintptr", "intptr", "bool", "void", "set", "range", "move", "likely", "unlikely", "value", "slog", "at"};
  return std::find(std::begin(kSyntax), std::end(kSyntax), word) != std::end(kSyntax);
}

// The names in a line, sorted: not those of its comment. throw_ is Go's throw.
std::vector<std::string> Names(std::string_view line) {
  std::vector<std::string> names;
  for (size_t i = 0; i < line.size();) {
    const auto letter = [&](size_t at) {
      return at < line.size() && (std::isalnum(static_cast<unsigned char>(line[at])) != 0 || line[at] == '_');
    };
    if (line.substr(i, 2) == "//") break;
    if (!letter(i)) {
      i++;
      continue;
    }
    const size_t begin = i;
    while (letter(i)) i++;
    std::string_view word = line.substr(begin, i - begin);
    while (word.size() > 1 && word.back() == '_') word.remove_suffix(1);
    if (!IsSyntax(word)) names.emplace_back(word);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::vector<int> Align(const std::vector<std::string_view>& cc, const std::vector<std::string_view>& go,
                       std::vector<bool>* sure) {
  const size_t n = cc.size(), m = go.size();
  std::vector<std::vector<std::string>> a(n), b(m);
  std::map<std::string, int> often;
  for (size_t i = 0; i < n; i++) a[i] = Names(cc[i]);
  for (size_t j = 0; j < m; j++) b[j] = Names(go[j]);
  for (const auto& lines : {a, b}) {
    for (const auto& names : lines) {
      for (const std::string& name : names) often[name]++;
    }
  }
  const auto weight = [&](const std::string& name) { return 1.0 / (1.0 + std::log(1.0 + often[name])); };
  const auto sum = [&](const std::vector<std::string>& names) {
    double w = 0;
    for (const std::string& name : names) w += weight(name);
    return w;
  };
  std::vector<double> wa(n), wb(m);
  for (size_t i = 0; i < n; i++) wa[i] = sum(a[i]);
  for (size_t j = 0; j < m; j++) wb[j] = sum(b[j]);

  // best[i][j]: of the first i and j lines.
  std::vector<std::vector<double>> best(n + 1, std::vector<double>(m + 1, 0)), gain(n, std::vector<double>(m, 0));
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < m; j++) {
      double both = 0;
      for (size_t x = 0, y = 0; x < a[i].size() && y < b[j].size();) {
        if (const int order = a[i][x].compare(b[j][y]); order == 0) {
          both += weight(a[i][x]);
          x++, y++;
        } else {
          (order < 0 ? x : y)++;
        }
      }
      // What both say against what only one says; a fifth of it at least.
      const double all = wa[i] + wb[j] - both;
      if (both > 0 && both / all >= 0.2) gain[i][j] = both * both / all;
      best[i + 1][j + 1] = std::max({best[i][j + 1], best[i + 1][j], best[i][j] + gain[i][j]});
    }
  }
  std::vector<int> line(n, -1);
  std::vector<bool> matched(n, false);
  for (size_t i = n, j = m; i > 0 && j > 0;) {
    if (gain[i - 1][j - 1] > 0 && best[i][j] == best[i - 1][j - 1] + gain[i - 1][j - 1]) {
      line[--i] = static_cast<int>(--j);
      matched[i] = true;
    } else if (best[i][j] == best[i - 1][j]) {
      i--;
    } else {
      j--;
    }
  }
  int last = -1;
  for (int& at : line) {
    if (at < 0) at = last;
    last = at;
  }
  if (sure != nullptr) *sure = matched;
  return line;
}

}  // namespace study
