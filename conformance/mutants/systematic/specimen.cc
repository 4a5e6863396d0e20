// What rewrite.py is tried on: rewrite_test has the mutants that it must make of this, and runs each of them.
#include "conformance/mutants/systematic/specimen.h"

namespace specimen {

constexpr int kMostHeld = 3;  // not changed: the compiler needs it

namespace {

int taken;

void note(int what) { trail = trail * 10 + what; }

}  // namespace

// A condition of two operands, a comparison, a constant; a statement that is all that its if has.
bool take(State s, int n) {
  if (s == kFree && n < 3) note(1);
  return n > taken + 1;
}

// Statements that can change places, and two that need not; an else; a loop.
int run(int n) {
  taken = 0;
  trail = 0;
  note(2);
  note(3);
  if (n == 0) {
    note(4);
  } else {
    note(5);
  }
  for (int i = 0; i < n; i++) {
    if (i > kMostHeld) break;
    note(6);
  }
  int* where = 0;
  if (where != nullptr) [[unlikely]] taken++;
  switch (n) {
    case 1:
      note(7);
      break;
    default:
      note(8);
  }
  auto last = [](bool yes) { return yes ? 1 : 2; };
  return last(true);
}

// Jumps out of a loop, operands of || and -.
int steps(int n) {
  int count = 0;
  while (!(n <= 1)) {
    if (n > 8 || n == 6) {
      note(1);
      return -1;
    }
    n = n - 2;
    count++;
    if (n == 2) continue;
    note(9);
  }
  return count;
}

}  // namespace specimen
