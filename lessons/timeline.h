// timeline.h: who ran where and when, as a picture of letters: a line for each thread, a column for each piece of time.
//
// Programs say it themselves, so it works with any scheduler. Not on: a mark costs one load.
#pragma once

#include <cstdio>

namespace lessons::timeline {

// Switches it on, before anything runs.
void start();

// From now on the calling thread runs the goroutine with that letter; a space: nobody of interest.
void mark(char letter);

// Draws what was marked, `columns` wide.
void draw(std::FILE* to, int columns);

}  // namespace lessons::timeline
