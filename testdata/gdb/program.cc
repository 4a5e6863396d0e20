// What gdb_test.sh looks at: goroutines in every state that gdb can tell of.
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "gort.h"
#include "runtime/stack.h"

static gort::Chan<int> never(0);

[[gnu::noinline]] static int waitsDeepDown(int remembered) {
  never.recv();
  asm volatile("" : "+r"(remembered));
  return remembered;
}

// Where gdb stops.
extern "C" [[gnu::noinline]] void stopHere() { asm volatile(""); }

int gort_main(int, char**) {
  // gdb's own cores end at a guard that is no mapping of its own; the kernel's do not.
  runtime::setStackGuardKind(runtime::stackGuardKind::mprotect);
  gort::GOMAXPROCS(1);
  gort::go([] { waitsDeepDown(4711); });
  gort::go([] { gort::time::Sleep(std::chrono::hours(1)); });
  std::atomic<bool> called = false;
  std::thread([&] {
    called = true;
    never.recv();
  }).detach();
  while (!called) gort::time::Sleep(std::chrono::milliseconds(1));
  gort::time::Sleep(std::chrono::milliseconds(20));
  for (int i = 0; i < 2; i++) gort::go([] {});
  stopHere();
  std::exit(0);
}
