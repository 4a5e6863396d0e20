// How programs end: the argument says how. What must have happened by then is looked at by run.sh.
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "check.h"

struct Says {
  const char* text;
  ~Says() { std::fprintf(stderr, "destructor of %s\n", text); }
};
static Says object{"an object"};
static thread_local Says ofThread{"a thread_local"};
static gort::sync::Mutex mu;
static std::map<std::string, std::shared_ptr<std::string>> texts;
static gort::sync::Pool<std::string> pool([] { return std::make_unique<std::string>("x"); });
static gort::sync::Map<int, std::string> map;
static gort::Chan<std::string> chan(16), waitedFor(0);

static void useAll(int i) {
  for (int r = 0;; r++) {
    {
      std::lock_guard hold(mu);
      texts["k" + std::to_string((i + r) % 50)] = std::make_shared<std::string>(100, 'a');
    }
    auto s = pool.Get();
    *s += "y";
    pool.Put(std::move(s));
    map.Store(r % 100, "v");
    (void)chan.try_send("m");
    (void)chan.try_recv();
  }
}

struct WaitsInDestructor {
  bool on = false;
  ~WaitsInDestructor() {
    if (on) gort::time::Sleep(std::chrono::hours(1));
  }
};
static WaitsInDestructor waits;

int gort_main(int argc, char** argv) {
  const std::string how = argc > 1 ? argv[1] : "return";
  static std::ofstream file(argc > 2 ? argv[2] : "/dev/null");
  file << "written";
  std::atexit([] { std::fprintf(stderr, "atexit\n"); });
  gort::go([] { waitedFor.recv(); });
  for (int i = 0; i < 6; i++) gort::go([i] { useAll(i); });
  gort::go([] {
    for (;;) work(1000);
  });
  gort::go([] { std::this_thread::sleep_for(std::chrono::hours(1)); });
  gort::time::Sleep(std::chrono::milliseconds(20));
  (void)&ofThread;  // of the thread that it ends on
  if (how == "exit") std::exit(3);
  if (how == "goroutine") {
    gort::go([] { std::exit(3); });
    gort::time::Sleep(std::chrono::hours(1));
  }
  if (how == "no destructors") {
    // What reads holds the lock of its stream.
    static std::FILE* const stream = std::fopen(argv[2], "w");
    std::fputs("written", stream);
    gort::go([] { std::fgetc(stdin); });
    gort::time::Sleep(std::chrono::milliseconds(20));
    gort::go([] { gort::Exit(3); });
    gort::time::Sleep(std::chrono::hours(1));
  }
  if (how == "waits") waits.on = true;
  return 3;
}
