// A panic while another one is handled.
#include "gort.h"

[[gnu::noinline]] static void handle() { gort::panic("second"); }

int gort_main(int, char**) {
  try {
    gort::panic("first");
  } catch (...) {
    handle();
  }
  return 0;
}
