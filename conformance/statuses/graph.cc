// graph.cc: a line of a .dot file is an edge or of no interest; of a drawing the titles and texts are read.
#include "conformance/statuses/graph.h"

#include <algorithm>
#include <map>
#include <regex>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace statuses {

std::vector<Edge> EdgesOf(absl::string_view dot) {
  static const std::regex line(R"re(\s*(\w+) -> (\w+) \[label="([^"]*)"(, style=dotted)?\];)re");
  std::vector<Edge> edges;
  for (const std::string& text : std::vector<std::string>(absl::StrSplit(dot, '\n'))) {
    std::smatch match;
    if (!std::regex_match(text, match, line)) continue;
    edges.push_back({match[1], match[2], absl::StrSplit(match[3].str(), "\\n"), match[4].matched});
  }
  return edges;
}

std::vector<std::string> WrongInDrawing(const std::vector<Edge>& edges, absl::string_view svg) {
  // An edge is a group with a title, a path, and a text for each line of the label.
  std::map<std::string, std::vector<std::string>> drawn;
  static const std::regex group(R"re(class="edge">\s*<title>([^<]*)</title>([^]*?)</g>)re");
  static const std::regex text(R"(<text[^>]*>([^<]*)</text>)");
  const std::string all = absl::StrReplaceAll(svg, {{"&#45;", "-"}, {"&gt;", ">"}, {"&#176;", "°"}});
  for (std::sregex_iterator at(all.begin(), all.end(), group), end; at != end; ++at) {
    const std::string body = (*at)[2];
    std::vector<std::string>& functions = drawn[(*at)[1]];
    for (std::sregex_iterator t(body.begin(), body.end(), text), none; t != none; ++t) functions.push_back((*t)[1]);
    if (absl::StrContains(body, "stroke-dasharray")) functions.push_back("(dotted)");
  }
  std::vector<std::string> wrong;
  for (const Edge& edge : edges) {
    const std::string title = absl::StrCat(edge.from, "->", edge.to);
    std::vector<std::string> wanted = edge.functions;
    if (edge.dotted) wanted.push_back("(dotted)");
    const auto found = drawn.find(title);
    if (found == drawn.end()) {
      wrong.push_back(absl::StrCat(title, " is not drawn"));
    } else {
      if (found->second != wanted) {
        wrong.push_back(absl::StrCat(title, " is drawn with ", absl::StrJoin(found->second, ", "), " instead of ",
                                     absl::StrJoin(wanted, ", ")));
      }
      drawn.erase(found);
    }
  }
  for (const auto& [title, functions] : drawn) wrong.push_back(absl::StrCat(title, " is drawn, and no edge"));
  return wrong;
}

}  // namespace statuses
