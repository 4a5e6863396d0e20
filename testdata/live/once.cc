// Code that is to run once, slow enough to lose the processor inside, or waiting there for another goroutine.
#include <mutex>
#include <vector>

#include "check.h"

struct Table {
  std::vector<int> v;
  Table() {
    for (int i = 0; i < 8'000'000; i++) {
      if (i % 4 == 0) v.push_back(i);
    }
  }
};

static const Table& table() {
  static Table t;
  return t;
}

static int parked() {
  static int v = [] {
    gort::Chan<int> c(0);
    gort::go([=] { c << 11; });
    return *c.recv();
  }();
  return v;
}

int gort_main(int, char**) {
  std::atomic<long> made{0};
  rounds(8, [&](int i) {
    CHECK(table().v.size() == 2'000'000);
    CHECK(parked() == 11);

    std::once_flag once;
    int v = 0;
    std::call_once(once, [&] { v = i + 1; });
    std::call_once(once, [&] { v = -1; });
    CHECK(v == i + 1);

    // Inside, the goroutine waits, and others begin a call_once on this thread.
    std::once_flag slow;
    int w = 0;
    std::call_once(slow, [&] {
      gort::Gosched();
      w = i + 1;
      made++;
    });
    CHECK(w == i + 1);
  });
  CHECK(made > 0);
  return verdict();
}
