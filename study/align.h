// Which line of a Go function says what a line of its C++ port says.
//
// The port keeps Go's functions, names and order, but not its lines. So the two functions are laid side by side as a
// diff does it: each line is the names in it, a pair of lines is worth what they have in common, rare names counting
// for more, and the best way through both, from top to bottom, is taken. Lines that have nothing in common with any are
// where their neighbours put them.
#pragma once

#include <string_view>
#include <vector>

namespace study {

// For each line of `cc`, the index of its line of `go`; -1 before the first that has one. `sure`, when given, says
// which of them were laid side by side, rather than put there by neighbours.
std::vector<int> Align(const std::vector<std::string_view>& cc, const std::vector<std::string_view>& go,
                       std::vector<bool>* sure = nullptr);

}  // namespace study
