// Go's runtime/coro_test.go, told in C++ under its names: coroutines and threads that goroutines are locked to. Go runs
// each case as a program of its own; here those do that end the program, as children of this test.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <string>

#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/coro.h"
#include "runtime/proc_decl.h"

namespace {

using gort::LockOSThread;
using gort::Pull;
using gort::Puller;
using gort::UnlockOSThread;
using gort::Yield;
using Seq = std::function<void(Yield<int>)>;

// What asks. Each returns "" if all values were 5, as they should be.

std::string exhaust(Puller<int>& p) {
  while (std::optional<int> v = p.Next()) {
    if (*v != 5) return "bad iterator";
  }
  return "";
}

std::string callerExhaust(Seq seq) {
  Puller<int> p = Pull<int>(seq);
  return exhaust(p);
}

std::string callerExhaustLocked(Seq seq) {
  LockOSThread();
  Puller<int> p = Pull<int>(seq);
  std::string error = exhaust(p);
  UnlockOSThread();
  return error;
}

std::string callerLockAfterPull(Seq seq) {
  int n = 0;
  Puller<int> p = Pull<int>(seq);
  for (;;) {
    LockOSThread();
    n++;
    std::optional<int> v = p.Next();
    if (!v) break;
    if (*v != 5) return "bad iterator";
  }
  for (int i = 0; i < n; i++) UnlockOSThread();
  return "";
}

std::string callerStopLocked(Seq seq) {
  LockOSThread();
  Puller<int> p = Pull<int>(seq);
  std::optional<int> v = p.Next();
  p.Stop();
  if (v != 5) return "bad iterator";
  UnlockOSThread();
  return "";
}

// What yields.

void iterSimple(Yield<int> yield) {
  for (int i = 0; i < 3; i++) {
    if (!yield(5)) return;
  }
}

void iterNested(Yield<int> yield) {
  Puller<int> p = Pull<int>(iterSimple);
  while (std::optional<int> v = p.Next()) {
    if (!yield(*v)) p.Stop();
  }
}

void iterLock(Yield<int> yield) {
  for (int i = 0; i < 3; i++) {
    LockOSThread();
    UnlockOSThread();
    if (!yield(5)) return;
  }
}

void iterLockYield(Yield<int> yield) {
  for (int i = 0; i < 3; i++) {
    LockOSThread();
    bool ok = yield(5);
    UnlockOSThread();
    if (!ok) return;
  }
}

void iterYieldNewG(Yield<int> yield) {
  for (int i = 0; i < 3; i++) {
    gort::Chan<void> done(0);
    bool ok = false;
    gort::go([&] {
      ok = yield(5);
      done.send();
    });
    done.recv();
    if (!ok) return;
  }
}

struct Case {
  const char* name;
  bool ok;  // else: dies with "OS thread locking must match"
  std::string (*driver)(Seq);
  void (*seq)(Yield<int>);
};
constexpr Case cases[] = {
    {"CoroLockOSThreadIterLock", true, callerExhaust, iterLock},
    {"CoroLockOSThreadIterLockYield", false, callerExhaust, iterLockYield},
    {"CoroLockOSThreadLock", true, callerExhaustLocked, iterSimple},
    {"CoroLockOSThreadLockIterNested", true, callerExhaustLocked, iterNested},
    {"CoroLockOSThreadLockIterLock", true, callerExhaustLocked, iterLock},
    {"CoroLockOSThreadLockIterLockYield", false, callerExhaustLocked, iterLockYield},
    {"CoroLockOSThreadLockIterYieldNewG", false, callerExhaustLocked, iterYieldNewG},
    {"CoroLockOSThreadLockAfterPull", false, callerLockAfterPull, iterSimple},
    {"CoroLockOSThreadStopLocked", true, callerStopLocked, iterSimple},
    {"CoroLockOSThreadStopLockedIterNested", true, callerStopLocked, iterNested},
};

// What a child writes, and its exit status.
std::string runChild(const char* name) {
  std::string self(4096, '\0');
  self.resize(static_cast<size_t>(readlink("/proc/self/exe", self.data(), self.size())));
  std::string command =
      std::string("GORT_CORO_CASE=") + name + " '" + self + "' --gtest_filter=CoroChild.* 2>&1; echo status $?";
  return gort::Blocking([&] {
    std::string out;
    FILE* f = popen(command.c_str(), "r");
    if (f == nullptr) return std::string("cannot run ") + command;
    char buf[4096];
    for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;) out.append(buf, n);
    pclose(f);
    return out;
  });
}

TEST(CoroChild, Run) {
  const char* name = std::getenv("GORT_CORO_CASE");
  if (name == nullptr) return;
  for (const Case& c : cases) {
    if (std::strcmp(c.name, name) == 0) {
      EXPECT_EQ(c.driver(c.seq), "");
    }
  }
}

TEST(Runtime, TestCoroLockOSThread) {
  for (const Case& c : cases) {
    if (c.ok) {
      EXPECT_EQ(c.driver(c.seq), "") << c.name;
    } else {
      std::string out = runChild(c.name);
      EXPECT_NE(out.find("fatal error: coro: OS thread locking must match locking at coroutine creation"),
                std::string::npos)
          << c.name << ": " << out;
      EXPECT_NE(out.find("status 2\n"), std::string::npos) << c.name << ": " << out;
    }
  }
}

// ---- The functions themselves.

// A coroutine's body that keeps count, in the form that the runtime wants it.
struct Counter : runtime::funcval {
  int n = 0;
  bool goexit = false;

  static void run(runtime::funcval* fv, runtime::coro* c) {
    auto* self = static_cast<Counter*>(fv);
    for (int i = 0; i < 3; i++) {
      self->n++;
      runtime::coroswitch(c);
    }
    if (self->goexit) gort::Goexit();
  }
};

TEST(Coro, SwitchesToAndFroOnOneThreadAndEnds) {
  for (bool goexit : {false, true}) {
    Counter counter;
    counter.fn = reinterpret_cast<runtime::uintptr>(&Counter::run);
    counter.goexit = goexit;
    int before = gort::NumGoroutine();
    runtime::coro* c = runtime::newcoro(&counter);
    EXPECT_EQ(gort::NumGoroutine(), before + 1);
    for (int i = 1; i <= 3; i++) {
      runtime::fromProgram here;
      runtime::coroswitch(c);
      EXPECT_EQ(counter.n, i);
    }
    EXPECT_NE(c->gp.ptr(), nullptr);
    {
      runtime::fromProgram here;
      runtime::coroswitch(c);
    }
    EXPECT_EQ(c->gp.ptr(), nullptr);
    EXPECT_EQ(gort::NumGoroutine(), before);
    runtime::freecoro(c);
  }
}

}  // namespace
