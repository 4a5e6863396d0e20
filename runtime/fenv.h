// The floating-point control words, which belong to a goroutine: fenv.cc.
#pragma once

namespace runtime {

// Remembers the words that this thread has as those that every goroutine begins with, and finds out whether the program
// can have others. At the start, before there is a goroutine.
void fenvinit();

// Whether switches look at the words. Anywhere.
bool fenvTracked();

}  // namespace runtime
