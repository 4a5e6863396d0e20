// The tests of Go's sync/oncefunc_test.go.
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "gort.h"
#include "gtest/gtest.h"
#include "sync/count_allocs_test.h"

namespace {

using gort::sync::OnceFunc;
using gort::sync::OnceValue;
using gort::sync::OnceValues;
using gort::sync::WaitGroup;

TEST(Sync, TestOnceFunc) {
  int calls = 0;
  auto f = OnceFunc([&] { calls++; });
  long allocs = AllocsPerRun(10, f);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(allocs, 0);
}

TEST(Sync, TestOnceValue) {
  int calls = 0;
  auto f = OnceValue([&] { return ++calls; });
  long allocs = AllocsPerRun(10, [&] { f(); });
  int value = f();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(value, 1);
  EXPECT_EQ(allocs, 0);
}

TEST(Sync, TestOnceValues) {
  int calls = 0;
  auto f = OnceValues([&] {
    calls++;
    return std::pair(calls, calls + 1);
  });
  long allocs = AllocsPerRun(10, [&] { f(); });
  auto [v1, v2] = f();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(v1, 1);
  EXPECT_EQ(v2, 2);
  EXPECT_EQ(allocs, 0);
}

// Each call of f panics in the same way, and the function behind it is called once. check is called in the handler.
void testOncePanicWith(int* calls, const std::function<void()>& f, const std::function<void(const char*)>& check) {
  for (const char* label : {"first time", "second time"}) {
    bool panicked = false;
    try {
      f();
    } catch (...) {
      panicked = true;
      check(label);
    }
    EXPECT_TRUE(panicked) << label << ": f did not panic";
  }
  EXPECT_EQ(*calls, 1);
}

void testOncePanicX(int* calls, const std::function<void()>& f) {
  testOncePanicWith(calls, f, [](const char* label) {
    try {
      throw;
    } catch (const gort::PanicValue& p) {
      EXPECT_STREQ(p.what(), "x") << label;
    } catch (...) {
      ADD_FAILURE() << label << ": another exception";
    }
  });
}

TEST(Sync, TestOnceFuncPanic) {
  int calls = 0;
  testOncePanicX(&calls, OnceFunc([&] {
                   calls++;
                   gort::panic("x");
                 }));
}

TEST(Sync, TestOnceValuePanic) {
  int calls = 0;
  auto f = OnceValue([&]() -> int {
    calls++;
    gort::panic("x");
  });
  testOncePanicX(&calls, [&] { f(); });
}

TEST(Sync, TestOnceValuesPanic) {
  int calls = 0;
  auto f = OnceValues([&]() -> std::pair<int, int> {
    calls++;
    gort::panic("x");
  });
  testOncePanicX(&calls, [&] { f(); });
}

// The nearest to panic(nil): what is thrown is null.
TEST(Sync, TestOnceFuncPanicNil) {
  int calls = 0;
  auto f = OnceFunc([&] {
    calls++;
    throw nullptr;
  });
  testOncePanicWith(&calls, f, [](const char* label) {
    try {
      throw;
    } catch (std::nullptr_t) {
    } catch (...) {
      ADD_FAILURE() << label << ": another exception";
    }
  });
}

TEST(Sync, TestOnceFuncGoexit) {
  int calls = 0;
  auto f = OnceFunc([&] {
    calls++;
    gort::Goexit();
  });
  WaitGroup wg;
  int panics = 0;
  for (int i = 0; i < 2; i++) {
    wg.Add(1);
    gort::go([&] {
      struct Done {
        WaitGroup& wg;
        ~Done() { wg.Done(); }
      } done{wg};
      try {
        f();
      } catch (const gort::RuntimeError& err) {
        EXPECT_STREQ(err.what(), "panic called with nil argument (use GODEBUG=panicnil=1 to disable)");
        panics++;
      }
    });
    wg.Wait();
  }
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(panics, 1);
}

// What f holds lives until it was called, and no longer, though the function that called it does.
template <class F>
void testOnceX(F makeOnce) {
  auto buf = std::make_shared<char>();
  std::weak_ptr<char> alive = buf;
  auto f = makeOnce(std::move(buf));
  EXPECT_FALSE(alive.expired()) << "wrapped function destroyed too early";
  f();
  EXPECT_TRUE(alive.expired()) << "wrapped function should be destroyed, but still live";
  f();
}

TEST(Sync, TestOnceXGC) {
  testOnceX([](std::shared_ptr<char> buf) { return OnceFunc([buf = std::move(buf)] { *buf = 1; }); });
  testOnceX([](std::shared_ptr<char> buf) {
    return OnceValue([buf = std::move(buf)] {
      *buf = 1;
      return 0;
    });
  });
  testOnceX([](std::shared_ptr<char> buf) {
    return OnceValues([buf = std::move(buf)] {
      *buf = 1;
      return std::pair(0, 0);
    });
  });
}

}  // namespace
