// Task and spawn (api/task.h).
#include "api/task.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "sync/testing.h"

namespace gort {
namespace {

class TaskTest : public ::testing::TestWithParam<int> {
  tests::Procs procs_{GetParam()};
};

TEST_P(TaskTest, GivesWhatTheFunctionReturns) {
  Task<int> t = spawn([] { return 42; });
  EXPECT_EQ(t.Get(), 42);
  EXPECT_FALSE(t.Valid());
  EXPECT_EQ(spawn([](int a, std::string b) { return std::to_string(a) + b; }, 7, "seven").Get(), "7seven");
  // What can only be moved, in and out.
  auto p = spawn([](std::unique_ptr<int> q) { return q; }, std::make_unique<int>(5)).Get();
  EXPECT_EQ(*p, 5);
  // What has no default.
  struct Bare {
    explicit Bare(int n) : n(n) {}
    int n;
  };
  EXPECT_EQ(spawn([] { return Bare(3); }).Get().n, 3);
  // An lvalue.
  int x = 1;
  static_assert(std::is_same_v<decltype(spawn([&]() -> int& { return x; })), Task<int&>>);
  spawn([&]() -> int& { return x; }).Get() = 2;
  EXPECT_EQ(x, 2);
  // Nothing.
  Task<void> v = spawn([&] { x = 3; });
  v.Get();
  EXPECT_EQ(x, 3);
}

TEST_P(TaskTest, WaitsAsOftenAsAsked) {
  Chan<void> start(0);
  Task<int> t = spawn([=] {
    start.recv();
    return 1;
  });
  EXPECT_FALSE(t.Ready());
  bool done = false;
  EXPECT_EQ(select(recv(t.Done(), [&](bool) { done = true; }), otherwise([] {})), 1u);
  start.close();
  t.Wait();
  t.Wait();
  EXPECT_TRUE(t.Ready());
  select(recv(t.Done(), [&](bool) { done = true; }));
  EXPECT_TRUE(done);
  EXPECT_TRUE(t.Valid());
  EXPECT_EQ(t.Get(), 1);
}

TEST_P(TaskTest, ThrowsWhatTheFunctionThrew) {
  Task<int> t = spawn([]() -> int { throw std::out_of_range("too far"); });
  t.Wait();
  try {
    t.Get();
    FAIL();
  } catch (const std::out_of_range& e) {
    EXPECT_STREQ(e.what(), "too far");
  }
  EXPECT_FALSE(t.Valid());
  EXPECT_THROW(spawn([] { panic("p"); }).Get(), PanicValue);
  EXPECT_THROW(spawn([] { Chan<int>(0).close(), throw 7; }).Get(), int);
}

TEST_P(TaskTest, GoexitGivesNothing) {
  bool destroyed = false;
  Task<int> t = spawn([&]() -> int {
    Defer d([&] { destroyed = true; });
    Goexit();
  });
  t.Wait();
  EXPECT_TRUE(destroyed);
  try {
    t.Get();
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "gort: the task called Goexit");
  }
  Task<void> left = spawn([] { Goexit(); });
  left.Wait();  // nothing was thrown that somebody must get
}

// In no hurry to go.
struct Slow {
  std::atomic<int>* gone;
  Slow(std::atomic<int>* g) : gone(g) {}
  Slow(Slow&& s) noexcept : gone(std::exchange(s.gone, nullptr)) {}
  ~Slow() {
    if (gone == nullptr) return;
    for (int i = 0; i < 10; i++) Gosched();
    ++*gone;
  }
};

TEST_P(TaskTest, ClosureIsGoneWhenItIsDone) {
  std::atomic<int> gone{0};
  Task<void> t = spawn([s = Slow(&gone)] { Gosched(); });
  t.Wait();
  EXPECT_EQ(gone, 1);
  Task<void> u = spawn([s = Slow(&gone), big = std::array<char, 1000>()](Slow) { Gosched(), (void)big; }, Slow(&gone));
  u.Wait();
  EXPECT_EQ(gone, 3);
}

TEST_P(TaskTest, HandleNeitherWaitsNorStops) {
  Chan<int> c(0);
  { Task<void> t = spawn([=] { c.send(1); }); }
  EXPECT_EQ(c.recv(), 1);
  spawn([=] { c.send(2); }).Detach();
  EXPECT_EQ(c.recv(), 2);
  Task<void> t = spawn([=] { c.send(3); });
  Task<void> other = std::move(t);
  EXPECT_FALSE(t.Valid());
  other = Task<void>();
  EXPECT_EQ(c.recv(), 3);
}

TEST_P(TaskTest, EmptyOnesPanic) {
  Task<int> t;
  for (int i = 0; i < 5; i++) {
    try {
      if (i == 0) t.Wait();
      if (i == 1) t.Get();
      if (i == 2) t.Done();
      if (i == 3) t.Ready();
      if (i == 4) t.Detach();
      ADD_FAILURE() << i;
    } catch (const PanicValue& e) {
      EXPECT_STREQ(e.what(), "gort: empty Task");
    }
  }
}

TEST_P(TaskTest, ManyAtOnce) {
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 2000; i++) {
    tasks.push_back(spawn([i] {
      if (i % 3 == 0) Gosched();
      return i;
    }));
  }
  int64_t sum = 0;
  for (auto& t : tasks) sum += t.Get();
  EXPECT_EQ(sum, 1999 * 2000 / 2);
}

INSTANTIATE_TEST_SUITE_P(Procs, TaskTest, ::testing::Values(1, 2, 8));

// ---- An exception that nobody gets ends the program. Each of these is the end of a child.

bool Child() { return std::getenv("GORT_TASK_CHILD") != nullptr; }

TEST(TaskChild, LeftAfterItsEnd) {
  if (!Child()) return;
  Task<void> t = spawn([] { throw std::runtime_error("nobody gets it"); });
  t.Wait();
}
TEST(TaskChild, LeftBeforeItsEnd) {
  if (!Child()) return;
  Chan<void> go(0);
  Task<void> t = spawn([=] {
    go.recv();
    throw std::runtime_error("nobody gets it");
  });
  t.Detach();
  go.close();
  Chan<void>(0).recv();
}
TEST(TaskChild, AssignedOver) {
  if (!Child()) return;
  Task<void> t = spawn([] { throw std::runtime_error("nobody gets it"); });
  t.Wait();
  t = Task<void>();
}
TEST(TaskChild, GotAndKept) {
  if (!Child()) return;
  Task<void> t = spawn([] { throw std::runtime_error("nobody gets it"); });
  EXPECT_THROW(t.Get(), std::runtime_error);
}

TEST(Task, NoExceptionIsLost) {
  for (const char* name : {"LeftAfterItsEnd", "LeftBeforeItsEnd", "AssignedOver"}) {
    auto [out, status] = sync::testing::runSelf(std::string("TaskChild.") + name, "GORT_TASK_CHILD=1");
    EXPECT_EQ(status, 2) << out;
    EXPECT_NE(out.find("panic: nobody gets it\n"), out.npos) << out;
  }
  auto [out, status] = sync::testing::runSelf("TaskChild.GotAndKept", "GORT_TASK_CHILD=1");
  EXPECT_EQ(status, 0) << out;
}

}  // namespace
}  // namespace gort
