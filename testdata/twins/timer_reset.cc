// The twin of timer_reset.go.
#include <chrono>
#include <cstdio>
#include <string>

#include "gort.h"

using namespace std::chrono_literals;

namespace {

const char* name(bool b) { return b ? "true" : "false"; }

}  // namespace

int gort_main(int, char**) {
  auto t = gort::time::NewTimer(1h);
  gort::Chan<std::string> done(0);
  gort::go([=] {
    t.C.recv();
    done.send("fired");
  });
  gort::time::Sleep(1ms);
  std::printf("%s\n", name(t.Reset(2ms)));
  std::printf("%s\n", done.recv()->c_str());
  bool stopped = t.Stop(), reset = t.Reset(1ms);
  std::printf("%s %s\n", name(stopped), name(reset));
  gort::time::Sleep(3ms);
  std::printf("%s\n", name(t.Stop()));
  if (t.C.try_recv()) std::printf("a stale value\n");
  t.Reset(1ms);
  t.C.recv();
  for (int i = 0; i < 5; i++) t.Reset(std::chrono::milliseconds(5 - i));
  t.C.recv();
  auto f = gort::time::AfterFunc(2ms, [=] { done.send("called"); });
  gort::time::Sleep(1ms);
  std::printf("%s\n", name(f.Reset(4ms)));
  std::printf("%s\n", done.recv()->c_str());
  std::printf("%s\n", name(f.Reset(0ms)));
  std::printf("%s\n", done.recv()->c_str());
  return 0;
}
