// timeline.h: who ran where and when, as a picture of letters: a line for each thread, a column for each piece of time.
//
// Programs say it themselves, so it works with any scheduler. Not on: a mark costs one load.
#pragma once

#include <cstdio>

namespace lessons::timeline {

// Switches it on, before anything runs.
void start();

// From now on the calling thread runs the goroutine with that letter, or sits in a system call of that goroutine's; a
// space: nobody of interest.
void mark(char letter, bool inSystem = false);

// Draws what was marked, `columns` wide.
void draw(std::FILE* to, int columns);

// The same for page.cc: a line "NS THREAD LETTER" for each mark, from 0 on, threads by the order in which they come;
// the letter is - for a space and has an s behind it in a system call.
void write(std::FILE* to);

}  // namespace lessons::timeline
