// gort layout: the C++ layouts of the runtime's structs, alone or beside those in a Go
// executable's DWARF.
//
//   gort layout --print           every struct and field of the C++ side, one a line
//   gort layout [--json] BINARY   what differs, then one line that counts
//
// Returns the exit status: 0 all agrees, 1 a field differs, 2 bad usage or a BINARY that is
// not a Go executable with DWARF (one line on err).
#pragma once

#include <ostream>
#include <span>
#include <string>

namespace conformance {

// args are those after "layout".
int layout_main(std::span<const std::string> args, std::ostream& out, std::ostream& err);

}  // namespace conformance
