// Waits to be killed, with goroutines that sleep, wait, and are wired to their threads. Says "ready" when all do so.
#include <chrono>
#include <cstdio>

#include "gort.h"

using std::chrono::hours;
using std::chrono::milliseconds;

static gort::Chan<int> never;

static void sleeper() { gort::time::Sleep(hours(1)); }
static void receiver() { never.recv(); }
static void wired() {
  gort::LockOSThread();
  never.recv();
}

int gort_main(int, char**) {
  never = gort::Chan<int>(0);
  gort::go(sleeper);
  gort::go(receiver);
  gort::go(wired);
  gort::time::Sleep(milliseconds(50));
  std::fputs("ready\n", stderr);
  gort::time::Sleep(hours(1));
  return 0;
}
