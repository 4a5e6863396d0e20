// graph.h: the drawn graphs of docs/statuses, as far as their one way of writing an edge goes.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace statuses {

struct Edge {
  std::string from, to;
  std::vector<std::string> functions;  // with their marks: "newstack*", "take°"
  bool dotted = false;                 // in no captured schedule
};

// The edges of a .dot file: lines `a -> b [label="f\ng"];`, perhaps with `, style=dotted`.
std::vector<Edge> EdgesOf(absl::string_view dot);

// What is wrong with the drawing of these edges, one line each: an edge or a function that is missing or too many.
std::vector<std::string> WrongInDrawing(const std::vector<Edge>& edges, absl::string_view svg);

}  // namespace statuses
