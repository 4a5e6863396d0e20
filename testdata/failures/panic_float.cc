// A panic with a floating point number.
#include "gort.h"

int gort_main(int, char**) {
  throw 1.5;
}
