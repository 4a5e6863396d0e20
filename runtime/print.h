// Go's print.go, as far as the rest of the runtime needs more than seam.h has: see print.cc for what holds for all of
// it.
#pragma once

#include <string_view>

#include "absl/functional/function_ref.h"
#include "runtime/seam.h"

namespace runtime {

// To where the g's words go: standard error, or its writebuf, which takes what there is room for.
void gwrite(std::string_view s);
void printfloat(double v);
// The same into buf, which has room for 16 characters; returns how many it took.
uintptr formatfloat(char* buf, double v);
// Words of memory from p to end, both multiples of eight and readable. mark gives a character to stand before the word
// at an address, or 0.
void hexdumpWords(uintptr p, uintptr end, absl::FunctionRef<char(uintptr)> mark);

}  // namespace runtime
