// More threads than SetMaxThreads allows.
#include <chrono>

#include "gort.h"

using std::chrono::milliseconds;

static void wired() {
  gort::LockOSThread();
  gort::select();
}

int gort_main(int, char**) {
  gort::SetMaxThreads(10);
  for (int i = 0; i < 20; i++) {
    gort::go(wired);
    gort::time::Sleep(milliseconds(1));
  }
  gort::time::Sleep(milliseconds(60000));
  return 0;
}
