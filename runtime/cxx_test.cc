// C++ exceptions on goroutines: what is being handled belongs to the goroutine, wherever it goes; Goexit unwinds; what
// the runtime throws can be caught; traces as text.
#include "runtime/cxx.h"

#include <atomic>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"

namespace {

using gort::Chan;

struct Numbered {
  int n;
};

// The number of the exception that is being handled; -1 if there is none, or not one of these.
int handled() {
  std::exception_ptr e = std::current_exception();
  if (!e) return -1;
  try {
    std::rethrow_exception(e);
  } catch (const Numbered& x) {
    return x.n;
  } catch (...) {
    return -1;
  }
}

class Cxx : public testing::TestWithParam<int> {
 protected:
  gort::tests::Procs procs_{GetParam()};
};

// Every goroutine handles an exception of its own, lets others run in the middle of it, and handles a second one
// inside.
TEST_P(Cxx, ParksInCatchBlock) {
  constexpr int kGoroutines = 64, kRounds = 50;
  std::atomic<int> wrong{0}, uncaught{0};
  gort::sync::WaitGroup wg;
  for (int i = 0; i < kGoroutines; i++) {
    wg.Add(1);
    gort::go([&, i] {
      for (int r = 0; r < kRounds; r++) {
        int outer = i * 1000 + r, inner = -outer - 2;
        try {
          throw Numbered{outer};
        } catch (const Numbered& e) {
          gort::Gosched();
          if (handled() != outer || e.n != outer) wrong++;
          if (std::uncaught_exceptions() != 0) uncaught++;
          try {
            throw Numbered{inner};
          } catch (const Numbered&) {
            gort::Gosched();
            if (handled() != inner) wrong++;
          }
          gort::Gosched();
          if (handled() != outer) wrong++;
        }
        if (std::current_exception() != nullptr) wrong++;
        gort::Gosched();
      }
      wg.Done();
    });
  }
  wg.Wait();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(uncaught.load(), 0);
}

// One goroutine stays in its catch block, on a channel, while others throw on the thread that it left and, at more than
// one P, wake it up somewhere else.
TEST_P(Cxx, BlocksOnChannelInCatchBlock) {
  Chan<int> go(0), done(0);
  gort::go([=] {
    try {
      throw Numbered{7};
    } catch (const Numbered&) {
      go.recv();
      int n = handled();
      try {
        throw;  // the same one, thrown again
      } catch (const Numbered& e) {
        if (e.n != 7) n = -2;
      }
      done.send(n);
    }
  });
  std::atomic<int> thrown{0};
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 16; i++) {
    wg.Add(1);
    gort::go([&] {
      for (int r = 0; r < 20; r++) {
        try {
          throw std::runtime_error("somebody else's");
        } catch (const std::exception&) {
          thrown++;
          gort::Gosched();
        }
      }
      wg.Done();
    });
  }
  wg.Wait();
  EXPECT_EQ(thrown.load(), 16 * 20);
  EXPECT_EQ(std::current_exception(), nullptr);
  go.send(1);
  EXPECT_EQ(*done.recv(), 7);
}

// A destructor that parks while an exception passes: only its own goroutine has one in flight.
TEST_P(Cxx, ParksWhileUnwinding) {
  struct Parker {
    std::atomic<int>* wrong;
    ~Parker() {
      for (int i = 0; i < 10; i++) {
        if (std::uncaught_exceptions() != 1) ++*wrong;
        gort::Gosched();
      }
    }
  };
  std::atomic<int> wrong{0}, inFlight{0};
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 8; i++) {
    wg.Add(2);
    gort::go([&] {
      try {
        Parker p{&wrong};
        throw 1;
      } catch (int) {
      }
      wg.Done();
    });
    gort::go([&] {
      for (int r = 0; r < 20; r++) {
        inFlight += std::uncaught_exceptions();
        gort::Gosched();
      }
      wg.Done();
    });
  }
  wg.Wait();
  EXPECT_EQ(wrong.load(), 0);
  EXPECT_EQ(inFlight.load(), 0);
}

// An exception_ptr may be given to another goroutine and thrown there.
TEST_P(Cxx, ExceptionsTravel) {
  Chan<std::exception_ptr> c(0);
  gort::go([=] {
    try {
      throw Numbered{11};
    } catch (...) {
      c.send(std::current_exception());
    }
  });
  int got = 0;
  try {
    std::rethrow_exception(*c.recv());
  } catch (const Numbered& e) {
    got = e.n;
  }
  EXPECT_EQ(got, 11);
}

INSTANTIATE_TEST_SUITE_P(Procs, Cxx, testing::Values(1, 4));

// A new goroutine on a stack that was used before starts without exceptions.
TEST(CxxStack, NewGoroutineHasNone) {
  for (int i = 0; i < 50; i++) {
    Chan<bool> c(0);
    gort::go([=] {
      bool clean = std::current_exception() == nullptr && std::uncaught_exceptions() == 0;
      try {
        throw 1;
      } catch (int) {
        c.send(clean);
      }
    });
    EXPECT_TRUE(*c.recv());
  }
}

// ---- Goexit

struct Note {
  std::string* to;
  char what;
  ~Note() { *to += what; }
};

[[gnu::noinline]] void exitBelow(std::string* trail) {
  Note n{trail, 'b'};
  gort::Goexit();
}

// Runs f on a goroutine and waits until it is over, however it ends.
template <class F>
void runToEnd(F f) {
  std::atomic<bool> ended{false};
  gort::go([&] {
    struct AtEnd {
      std::atomic<bool>* ended;
      ~AtEnd() { *ended = true; }
    } atEnd{&ended};
    f();
  });
  while (!ended) gort::Gosched();
}

TEST(Goexit, RunsDestructors) {
  std::string trail;
  runToEnd([&] {
    Note n{&trail, 'a'};
    exitBelow(&trail);
    trail += "not reached";
  });
  EXPECT_EQ(trail, "ba");
}

TEST(Goexit, IsNoExceptionOfAnyType) {
  std::string trail;
  runToEnd([&] {
    try {
      exitBelow(&trail);
    } catch (const std::exception&) {
      trail += "caught";
    } catch (int) {
      trail += "caught";
    }
    trail += "not reached";
  });
  EXPECT_EQ(trail, "b");
}

TEST(Goexit, PassesCatchAllThatRethrows) {
  std::string trail;
  runToEnd([&] {
    Note n{&trail, 'a'};
    try {
      exitBelow(&trail);
    } catch (...) {
      trail += 'c';
      throw;
    }
  });
  EXPECT_EQ(trail, "bca");
}

TEST(Goexit, CannotBeSwallowed) {
  std::string trail;
  runToEnd([&] {
    Note n{&trail, 'a'};
    for (int i = 0; i < 3; i++) {
      try {
        exitBelow(&trail);
      } catch (...) {
        trail += 'c';
      }
      trail += "not reached";
    }
  });
  EXPECT_EQ(trail, "bca");
}

TEST(Goexit, FromCatchBlock) {
  std::string trail;
  runToEnd([&] {
    Note n{&trail, 'a'};
    try {
      throw Numbered{1};
    } catch (const Numbered&) {
      exitBelow(&trail);
    }
  });
  EXPECT_EQ(trail, "ba");
  EXPECT_EQ(std::current_exception(), nullptr);
}

// A destructor on the way may park; others run meanwhile, and throw.
TEST(Goexit, ParksInDestructor) {
  struct Parker {
    std::string* to;
    ~Parker() {
      gort::Gosched();
      try {
        throw Numbered{3};
      } catch (const Numbered& e) {
        gort::Gosched();
        *to += e.n == 3 ? 'p' : '?';
      }
    }
  };
  std::string trail;
  gort::go([] {
    for (int i = 0; i < 10; i++) {
      try {
        throw 1;
      } catch (int) {
        gort::Gosched();
      }
    }
  });
  gort::Gosched();
  runToEnd([&] {
    Note n{&trail, 'a'};
    Parker p{&trail};
    exitBelow(&trail);
  });
  EXPECT_EQ(trail, "bpa");
}

// ---- panics

template <class F>
std::string textOf(F f) {
  try {
    f();
  } catch (const gort::RuntimeError& e) {
    return std::string("runtime: ") + e.what();
  } catch (const gort::PanicValue& e) {
    return std::string("value: ") + e.what();
  }
  return "nothing";
}

TEST(Panic, WhatTheRuntimeThrows) {
  EXPECT_EQ(textOf([] {
              Chan<int> c;
              c.close();
            }),
            "runtime: close of nil channel");
  EXPECT_EQ(textOf([] {
              Chan<int> c(0);
              c.close();
              c.close();
            }),
            "runtime: close of closed channel");
  EXPECT_EQ(textOf([] {
              Chan<int> c(1);
              c.close();
              c.send(1);
            }),
            "runtime: send on closed channel");
}

TEST(Panic, Values) {
  EXPECT_EQ(textOf([] { gort::panic("text"); }), "value: text");
  EXPECT_EQ(textOf([] { gort::panic(std::string("two\nlines")); }), "value: two\nlines");
  EXPECT_EQ(textOf([] { gort::panic(-42); }), "value: -42");
  EXPECT_EQ(textOf([] { gort::panic(~uint64_t{0}); }), "value: 18446744073709551615");
  EXPECT_EQ(textOf([] { gort::panic(true); }), "value: true");
  EXPECT_EQ(textOf([] { gort::panic(1.5); }), "value: +1.500000e+000");
  EXPECT_EQ(textOf([] { gort::panic(-1234567.89); }), "value: -1.234568e+006");
  EXPECT_EQ(textOf([] { gort::panic(0.0); }), "value: +0.000000e+000");
  EXPECT_EQ(textOf([] { gort::panic(1e-300 * 1e-300); }), "value: +0.000000e+000");
  EXPECT_EQ(textOf([] { gort::panic(1e300 * 1e300); }), "value: +Inf");
  EXPECT_EQ(textOf([] { gort::panic(std::runtime_error("an error")); }), "value: an error");
}

struct point {
  long x, y;
};
[[gnu::noinline]] __attribute__((no_sanitize("undefined"))) void setY(volatile point* p) { p->y = 1; }

TEST(Panic, NilDereferenceCanBeCaught) {
  point* volatile p = nullptr;
  bool caught = false;
  for (int i = 0; i < 3; i++) {
    try {
      setY(p);
    } catch (const gort::MemoryError& e) {
      caught = true;
      EXPECT_EQ(e.Addr(), offsetof(point, y));
      EXPECT_STREQ(e.what(), "runtime error: invalid memory address or nil pointer dereference");
    }
    EXPECT_TRUE(caught);
  }
}

// ---- traces

[[gnu::noinline]] std::string traceHere(bool all) {
  std::string s = gort::Stack(all);
  asm volatile("" ::: "memory");
  return s;
}

TEST(Stack, NamesItsCallers) {
  std::string s = traceHere(false);
  EXPECT_EQ(s.rfind("goroutine ", 0), 0u) << s;
  EXPECT_NE(s.find(" [running]:\n"), s.npos) << s;
  std::size_t here = s.find("traceHere(...)\n\t");
  std::size_t test = s.find("Stack_NamesItsCallers_Test::TestBody(...)\n\t");
  EXPECT_NE(here, s.npos) << s;
  EXPECT_NE(test, s.npos) << s;
  EXPECT_LT(here, test) << s;
  EXPECT_NE(s.find("cxx_test.cc:"), s.npos) << s;
  EXPECT_EQ(s.find("runtime::"), s.npos) << s;
}

[[gnu::noinline]] void waitForever(Chan<int> c) {
  c.recv();
  asm volatile("" ::: "memory");
}

TEST(Stack, OfAllGoroutines) {
  Chan<int> c(0);
  gort::go([=] { waitForever(c); });
  gort::time::Sleep(std::chrono::milliseconds(1));
  while (true) {
    std::string s = traceHere(true);
    std::size_t at = s.find("waitForever(...)");
    if (at == s.npos || s.rfind("[chan receive]:\n", at) == s.npos) {
      gort::Gosched();
      continue;
    }
    EXPECT_NE(s.find("created by", at), s.npos) << s;
    EXPECT_NE(s.find("Stack_OfAllGoroutines_Test::TestBody in goroutine ", at), s.npos) << s;
    break;
  }
  c.send(1);
}

// From many goroutines at once: the tables behind the names are shared.
TEST(Stack, FromManyGoroutines) {
  gort::tests::Procs procs(4);
  std::atomic<int> good{0};
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 32; i++) {
    wg.Add(1);
    gort::go([&] {
      for (int r = 0; r < 5; r++) good += traceHere(false).rfind("goroutine ", 0) == 0;
      wg.Done();
    });
  }
  wg.Wait();
  EXPECT_EQ(good.load(), 32 * 5);
}

}  // namespace
