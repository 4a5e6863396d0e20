// A static object that calls the runtime before there is one.
#include "check.h"

static struct Early {
  Early() { gort::go([] {}); }
} early;

int gort_main(int, char**) { return 0; }
