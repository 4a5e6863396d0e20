// A panic in a goroutine whose creator, and that one's, have ended.
#include "gort.h"

void third() { gort::panic("third"); }

void second() { gort::go(third); }

void first() { gort::go(second); }

int gort_main(int, char**) {
  gort::go(first);
  gort::select();
  return 0;
}
