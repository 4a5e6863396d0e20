// Defer and GORT_DEFER (api/defer.h).
#include "api/defer.h"

#include <atomic>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "gort.h"
#include "gtest/gtest.h"

namespace gort {
namespace {

TEST(Defer, RunsAtTheEndOfItsScope) {
  std::string log;
  {
    GORT_DEFER { log += "first"; };
    GORT_DEFER { log += "second "; };
    Defer third([&] { log += "third "; });
    Defer never([&] { log += "never "; });
    never.Cancel();
    log += "body ";
  }
  EXPECT_EQ(log, "body third second first");
}

TEST(Defer, RunsOnEveryWayOut) {
  int ran = 0;
  auto leave = [&](int how) {
    for (int i = 0; i < 1; i++) {
      GORT_DEFER { ran++; };
      if (how == 0) return;
      if (how == 1) break;
      if (how == 2) continue;
      if (how == 3) throw std::runtime_error("x");
      if (how == 4) panic("p");
    }
  };
  for (int how = 0; how < 3; how++) leave(how);
  EXPECT_EQ(ran, 3);
  EXPECT_THROW(leave(3), std::runtime_error);
  EXPECT_THROW(leave(4), PanicValue);
  EXPECT_EQ(ran, 5);
}

TEST(Defer, RunsInGoexitAndMayWait) {
  std::string log;
  Chan<void> meet(0);
  sync::WaitGroup wg;
  wg.Go([&] {
    GORT_DEFER { log += "outer"; };
    [&] {
      GORT_DEFER {
        meet.recv();  // another goroutine runs meanwhile
        log += "inner ";
      };
      Goexit();
    }();
    log += "not reached";
  });
  meet.send();
  wg.Wait();
  EXPECT_EQ(log, "inner outer");
}

TEST(Defer, SeesTheScopeAsItIsThen) {
  int seen = 0, n = 1;
  {
    GORT_DEFER { seen = n; };
    n = 2;
  }
  EXPECT_EQ(seen, 2);
}

TEST(Defer, MayThrow) {
  static_assert(noexcept(std::declval<Defer<void (*)() noexcept>&>().~Defer()));
  auto f = [] { GORT_DEFER { panic("from the deferred call"); }; };
  EXPECT_THROW(f(), PanicValue);
}

}  // namespace
}  // namespace gort
