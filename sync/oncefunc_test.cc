// The tests of Go's sync/oncefunc_test.go.
#include <cstddef>
#include <cstdlib>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "gort.h"
#include "gtest/gtest.h"
#include "sync/count_allocs_test.h"
#include "sync/testing.h"

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

[[gnu::noinline]] void onceFuncPanic() {
  asm volatile("");  // no tail call
  gort::panic("x");
}

// A panic in the first call that nobody handles is reported with the stack on which it happened, although it passes
// through OnceFunc. In Go a deferred call looks at the stack; a C++ handler would run too late, so here the report is
// read.
TEST(Sync, TestOnceFuncPanicTraceback) {
  if (std::getenv("GORT_ONCE_PANIC") != nullptr) {
    auto f = OnceFunc(onceFuncPanic);
    // On a goroutine: gtest handles what its test throws.
    gort::go([&] { f(); });
    gort::Chan<void>(0).recv();
  }
  auto [out, status] = gort::sync::testing::runSelf("Sync.TestOnceFuncPanicTraceback", "GORT_ONCE_PANIC=1");
  EXPECT_EQ(status, 2);
  EXPECT_NE(out.find("panic: x\n"), std::string::npos) << out;
  EXPECT_NE(out.find("onceFuncPanic("), std::string::npos) << out;
}

// What is kept is the exception itself, also when it was itself a rethrown one; and it lives as long as it is needed.
TEST(SyncMore, OnceFuncKeepsTheException) {
  std::weak_ptr<int> alive;
  {
    auto value = std::make_shared<int>(7);
    alive = value;
    struct Thrown {
      std::shared_ptr<int> value;
    };
    std::exception_ptr before = std::make_exception_ptr(Thrown{std::move(value)});
    auto f = OnceFunc([before]() mutable {
      std::exception_ptr e = std::move(before);
      std::rethrow_exception(std::move(e));
    });
    before = nullptr;
    for (int i = 0; i < 3; i++) {
      try {
        f();
        ADD_FAILURE() << "f did not panic";
      } catch (const Thrown& t) {
        EXPECT_EQ(*t.value, 7);
      }
    }
    EXPECT_FALSE(alive.expired());
  }
  EXPECT_TRUE(alive.expired());
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
