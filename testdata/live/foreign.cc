// A thread that the program made calls the runtime. The argument says what it calls.
#include <string>
#include <thread>

#include "check.h"

static gort::Chan<int> chan(4);
static gort::Chan<int> unbuffered(0);

int gort_main(int, char** argv) {
  const std::string what = argv[1];
  static gort::sync::Mutex held;
  held.Lock();
  static gort::sync::WaitGroup wg;
  wg.Add(1);
  gort::go([&] { wg.Wait(); });
  gort::Gosched();
  if (what == "send") gort::go([] { unbuffered.recv(); });
  if (what == "recv") gort::go([] { unbuffered << 1; });
  if (what == "lock") {
    gort::go([&] {
      gort::time::Sleep(std::chrono::milliseconds(1));
      held.Unlock();
    });
  }
  std::thread thread([&] {
    if (what == "send") unbuffered << 1;
    if (what == "recv") unbuffered.recv();
    if (what == "try_send") (void)chan.try_send(1);
    if (what == "close") chan.close();
    if (what == "go") gort::go([] {});
    if (what == "lock") held.Lock();
    if (what == "done") wg.Done();
    if (what == "sleep") gort::time::Sleep(std::chrono::milliseconds(1));
    if (what == "gosched") gort::Gosched();
    if (what == "select") {
      chan << 1;
      gort::select(gort::recv(chan), gort::recv(unbuffered));
    }
    if (what == "timer") gort::time::After(std::chrono::milliseconds(1)).recv();
    if (what == "stack") (void)gort::Stack(true);
    if (what == "gomaxprocs") gort::GOMAXPROCS(2);
    if (what == "pull") gort::Pull<int>([](gort::Yield<int> yield) { yield(1); }).Next();
  });
  thread.join();
  return 4;
}
