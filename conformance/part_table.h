// Where another release's scheduler parts from the one that a program was captured with, over many programs.
#pragma once

#include <string>
#include <vector>

#include "conformance/replay_report.h"

namespace conformance {

// A Markdown table: a row for each sort of first difference, those of the most programs first, with one log as an
// example, and a last line that says how many programs differ of how many. A program is all logs of one name,
// PROGRAM-pN.slog: it differs when one of them does, and stands in the row of the smallest N that does. `port`: the
// release whose port ran.
std::string PartTable(const std::vector<FileReport>& files, const std::string& port);

}  // namespace conformance
