// What the two halves of user_program share.
#pragma once

#include <string>

#include "gort.h"

void deepest(int n);
int downwards(volatile char* above, int n);
// The sum of the numbers and of the words' lengths, until both are closed.
int consume(gort::RecvChan<int> in, gort::RecvChan<std::string> words);
