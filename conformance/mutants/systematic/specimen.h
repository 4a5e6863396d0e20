// What specimen.cc stands on.
#pragma once

namespace specimen {

enum State : int { kFree, kHeld, kGone };

inline long trail;  // what happened, as digits

bool take(State s, int n);
int run(int n);
int steps(int n);

}  // namespace specimen
