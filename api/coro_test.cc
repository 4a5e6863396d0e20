// Go's iter/pull_test.go, told in C++ under its names (Pull2 is Pull of a pair), and what is C++'s own about Pull.
#include "api/coro.h"

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"

namespace {

using gort::Chan;
using gort::go;
using gort::Pull;
using gort::Puller;
using gort::Yield;

// NumGoroutine, when those that are about to end have ended.
int stableNumGoroutine() {
  gort::tests::Procs one(1);
  int same = 0;
  int ng = gort::NumGoroutine();
  for (int i = 0; i < 1000; i++) {
    int nng = gort::NumGoroutine();
    if (nng == ng) {
      same++;
    } else {
      same = 0;
      ng = nng;
    }
    if (same >= 100) return ng;
    gort::Gosched();
  }
  ADD_FAILURE() << "the number of goroutines does not settle";
  return ng;
}

auto count(int n) {
  return [n](Yield<int> yield) {
    for (int i = 0; i < n && yield(i); i++) {
    }
  };
}

using IntAndSquare = std::pair<int, int64_t>;
auto squares(int n) {
  return [n](Yield<IntAndSquare> yield) {
    for (int i = 0; i < n && yield({i, int64_t{i} * i}); i++) {
    }
  };
}

template <class T, class Seq, class Want>
void testPull(Seq seq, Want want) {
  for (int end = 0; end <= 3; end++) {
    int ng = stableNumGoroutine();
    auto extra = [&] { return gort::NumGoroutine() - ng; };
    EXPECT_EQ(extra(), 0);
    Puller<T> p = Pull<T>(seq);
    EXPECT_EQ(extra(), 1);
    for (int i = 0; i < end; i++) {
      EXPECT_EQ(p.Next(), want(i));
      EXPECT_EQ(extra(), 1);
    }
    EXPECT_EQ(extra(), 1);
    if (end < 3) {
      p.Stop();
      EXPECT_EQ(extra(), 0);
    }
    for (int i = 0; i < 2; i++) {
      EXPECT_EQ(p.Next(), std::nullopt);
      EXPECT_EQ(extra(), 0);
    }
    p.Stop();
    p.Stop();
    p.Stop();
    EXPECT_EQ(extra(), 0);
  }
}

TEST(Iter, TestPull) {
  testPull<int>(count(3), [](int i) { return i; });
}

TEST(Iter, TestPull2) {
  testPull<IntAndSquare>(squares(3), [](int i) { return IntAndSquare(i, int64_t{i} * i); });
}

std::string whatOf(const std::function<void()>& f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "";
}

template <class T>
void testDoubleNext() {
  Puller<T>* slot = nullptr;
  std::string what;
  Puller<T> p = Pull<T>([&](Yield<T>) { what = whatOf([&] { slot->Next(); }); });
  slot = &p;
  EXPECT_EQ(p.Next(), std::nullopt);
  EXPECT_EQ(what, "iter.Pull: next called again before yield");
}

TEST(Iter, TestPullDoubleNext) { testDoubleNext<int>(); }
TEST(Iter, TestPullDoubleNext2) { testDoubleNext<std::pair<int, int>>(); }

template <class T>
void testDoubleYield(T v) {
  std::optional<Yield<T>> slot;
  Puller<T> p = Pull<T>([&](Yield<T> yield) {
    slot = yield;
    yield(v);
  });
  p.Next();
  ASSERT_TRUE(slot.has_value());
  EXPECT_EQ(whatOf([&] { (*slot)(v); }), "iter.Pull: yield called again before next");
  p.Stop();
}

TEST(Iter, TestPullDoubleYield) { testDoubleYield(5); }
TEST(Iter, TestPullDoubleYield2) { testDoubleYield(std::pair(23, 77)); }

template <class T>
auto panicSeq() {
  return [](Yield<T>) { gort::panic("boom"); };
}

template <class T>
auto panicCleanupSeq(T v) {
  return [v](Yield<T> yield) {
    while (yield(v)) {
    }
    gort::panic("boom");
  };
}

template <class T>
void testPullPanic(T v) {
  {
    Puller<T> p = Pull<T>(panicSeq<T>());
    EXPECT_EQ(whatOf([&] { p.Next(); }), "boom");
    // Once only.
    EXPECT_EQ(p.Next(), std::nullopt);
    p.Stop();
  }
  {
    Puller<T> p = Pull<T>(panicCleanupSeq<T>(v));
    EXPECT_EQ(p.Next(), v);
    EXPECT_EQ(whatOf([&] { p.Stop(); }), "boom");
    EXPECT_EQ(p.Next(), std::nullopt);
    p.Stop();
  }
}

TEST(Iter, TestPullPanic) { testPullPanic(55); }
TEST(Iter, TestPull2Panic) { testPullPanic(std::pair(55, 100)); }

// Whether f ends its goroutine.
bool goexits(const std::function<void()>& f) {
  Chan<bool> exit(1);
  go([&f, exit] {
    struct Tell {
      Chan<bool> exit;
      bool clean = false;
      ~Tell() { exit.send(!clean); }
    } tell{exit};
    f();
    tell.clean = true;
  });
  return *exit.recv();
}

template <class T>
void testPullGoexit(T v) {
  {
    std::optional<Puller<T>> p;
    EXPECT_TRUE(goexits([&] {
      p.emplace(Pull<T>([](Yield<T>) { gort::Goexit(); }));
      p->Next();
    }));
    EXPECT_EQ(p->Next(), std::nullopt);
    p->Stop();
  }
  {
    Puller<T> p = Pull<T>([v](Yield<T> yield) {
      while (yield(v)) {
      }
      gort::Goexit();
    });
    EXPECT_EQ(p.Next(), v);
    EXPECT_TRUE(goexits([&] { p.Stop(); }));
    EXPECT_EQ(p.Next(), std::nullopt);
    p.Stop();
  }
}

TEST(Iter, TestPullGoexit) { testPullGoexit(55); }
TEST(Iter, TestPull2Goexit) { testPullGoexit(std::pair(55, 100)); }

template <class T>
void testImmediateStop() {
  Puller<T> p = Pull<T>(panicSeq<T>());
  p.Stop();
  EXPECT_EQ(p.Next(), std::nullopt);
}

TEST(Iter, TestPullImmediateStop) { testImmediateStop<int>(); }
TEST(Iter, TestPull2ImmediateStop) { testImmediateStop<std::pair<int, int>>(); }

// ---- C++'s own.

TEST(PullCxx, RangeForAndMoveOnlyValues) {
  auto words = Pull<std::unique_ptr<std::string>>([](Yield<std::unique_ptr<std::string>> yield) {
    for (const char* w : {"a", "b", "c"}) {
      if (!yield(std::make_unique<std::string>(w))) return;
    }
  });
  std::string all;
  for (auto& w : words) {
    all += *w;
    if (*w == "b") break;
  }
  EXPECT_EQ(all, "ab");
  EXPECT_EQ(**words.Next(), "c");
  EXPECT_EQ(words.Next(), std::nullopt);
}

TEST(PullCxx, TheSequenceEndsWithItsPuller) {
  int ng = stableNumGoroutine();
  auto token = std::make_shared<int>();
  bool cleaned = false;
  {
    Puller<int> p = Pull<int>([token, &cleaned](Yield<int> yield) {
      for (int i = 0; yield(i); i++) {
      }
      cleaned = true;
    });
    p.Next();
    Puller<int> q = std::move(p);
    EXPECT_EQ(q.Next(), 1);
    EXPECT_EQ(p.Next(), std::nullopt);  // NOLINT: it was moved from
    EXPECT_FALSE(cleaned);
  }
  EXPECT_TRUE(cleaned);
  EXPECT_EQ(token.use_count(), 1);
  EXPECT_EQ(gort::NumGoroutine(), ng);
}

TEST(PullCxx, AnyExceptionAndFromTheMiddleOfACatch) {
  // Both sides switch inside of catch blocks: each keeps its own exceptions.
  Puller<int> p = Pull<int>([](Yield<int> yield) {
    try {
      throw std::out_of_range("inner");
    } catch (const std::out_of_range& e) {
      yield(1);
      EXPECT_STREQ(e.what(), "inner");
      yield(2);
      throw;
    }
  });
  EXPECT_EQ(p.Next(), 1);
  try {
    throw std::runtime_error("outer");
  } catch (const std::runtime_error& e) {
    EXPECT_EQ(p.Next(), 2);
    EXPECT_EQ(whatOf([&] { p.Next(); }), "inner");
    EXPECT_STREQ(std::current_exception() ? e.what() : "", "outer");
  }
  Puller<int> q = Pull<int>([](Yield<int>) { throw 7; });
  EXPECT_THROW(q.Next(), int);
}

TEST(PullCxx, AnyGoroutineMayAskAndTheSequenceMayPark) {
  Chan<int> c(0);
  go([c] {
    for (int i = 0; i < 100; i++) c.send(i);
    c.close();
  });
  Puller<int> p = Pull<int>([c](Yield<int> yield) {
    for (int v : c) {
      if (v % 10 == 0) gort::time::Sleep(std::chrono::microseconds(10));
      if (!yield(v * v)) return;
    }
  });
  for (int i = 0; i < 100; i++) {
    Chan<std::optional<int>> out(0);
    go([&p, out] { out.send(p.Next()); });
    EXPECT_EQ(*out.recv(), i * i);
  }
  EXPECT_EQ(p.Next(), std::nullopt);
}

TEST(PullCxx, Nested) {
  // A tree's leaves: each level is a sequence of its own.
  std::function<void(int, Yield<int>)> walk = [&](int depth, Yield<int> yield) {
    if (depth == 0) {
      yield(1);
      return;
    }
    for (int side = 0; side < 2; side++) {
      for (int v : Pull<int>([&](Yield<int> y) { walk(depth - 1, y); })) {
        if (!yield(v)) return;
      }
    }
  };
  int sum = 0;
  for (int v : Pull<int>([&](Yield<int> y) { walk(6, y); })) sum += v;
  EXPECT_EQ(sum, 64);
}

}  // namespace
