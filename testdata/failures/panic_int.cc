// A panic with a number.
#include "gort.h"

int gort_main(int, char**) {
  throw 42;
}
