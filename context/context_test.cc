// Contexts: Go's context_test.go and x_test.go in C++, what of them is not about strings, and what C++ adds.
#include "context/context.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gort.h"
#include "gtest/gtest.h"

namespace gort::context {
namespace {

using namespace std::chrono_literals;

constexpr Key<std::string> nameKey;
constexpr Key<int> numberKey;

bool isDone(const Context& c) {
  std::monostate v;
  return c.Done().try_recv(v) == TryRecv::Closed;
}

TEST(Context, Background) {
  Context c = Background();
  EXPECT_FALSE(c.Done());
  EXPECT_FALSE(c.Err());
  EXPECT_FALSE(c.Deadline());
  EXPECT_EQ(c.Value(nameKey), nullptr);
  EXPECT_FALSE(Cause(c));
}

TEST(Context, NilParent) {
  auto text = [](auto f) {
    try {
      f();
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  const std::string want = "cannot create context from nil parent";
  EXPECT_EQ(text([] { (void)WithCancel({}); }), want);
  EXPECT_EQ(text([] { (void)WithTimeout({}, 1s); }), want);
  EXPECT_EQ(text([] { (void)WithValue({}, numberKey, 1); }), want);
  EXPECT_EQ(text([] { (void)WithoutCancel({}); }), want);
  EXPECT_EQ(text([] { (void)AfterFunc({}, [] {}); }), want);
}

TEST(Context, WithCancel) {
  auto [c1, cancel] = WithCancel(Background());
  EXPECT_TRUE(c1.Done());
  EXPECT_FALSE(isDone(c1));
  EXPECT_FALSE(c1.Err());
  cancel();
  EXPECT_TRUE(isDone(c1));
  EXPECT_EQ(c1.Err(), Canceled);
  EXPECT_EQ(c1.Err().Error(), "context canceled");
  EXPECT_EQ(c1.Err().code(), std::errc::operation_canceled);
  EXPECT_EQ(Cause(c1), Canceled);
  cancel();
}

TEST(Context, ParentFinishesChild) {
  auto [parent, cancel] = WithCancel(Background());
  auto [cancelChild, c2] = WithCancel(parent);
  Context valueChild = WithValue(parent, numberKey, 7);
  auto [timerChild, c3] = WithTimeout(valueChild, 1h);
  auto [grandchild, c4] = WithCancel(timerChild);
  EXPECT_FALSE(isDone(cancelChild));
  EXPECT_FALSE(isDone(grandchild));
  cancel();
  // All at once, not some time later.
  for (const Context& c : {parent, cancelChild, valueChild, timerChild, grandchild}) {
    EXPECT_TRUE(isDone(c));
    EXPECT_EQ(c.Err(), Canceled);
  }
  auto [late, c5] = WithCancel(valueChild);
  EXPECT_TRUE(isDone(late)) << "of a parent that has ended";
}

TEST(Context, ChildFinishesFirst) {
  auto [parent, cancel] = WithCancel(Background());
  {
    auto [child, stop] = WithCancel(parent);
    stop();
    EXPECT_EQ(child.Err(), Canceled);
  }
  EXPECT_FALSE(parent.Err());
  EXPECT_FALSE(isDone(parent));
}

TEST(Context, TheLastCancelFuncEndsIt) {
  Context kept;
  std::weak_ptr<const Impl> gone;
  auto [parent, cancel] = WithCancel(Background());
  {
    auto [child, stop] = WithCancel(parent);
    CancelFunc copy = stop;
    kept = child;
    gone = child.impl();
    stop = {};
    EXPECT_FALSE(kept.Err());
  }
  EXPECT_EQ(kept.Err(), Canceled);
  kept = {};
  EXPECT_TRUE(gone.expired()) << "its parent has forgotten it";
}

TEST(Context, Deadline) {
  auto [c, cancel] = WithDeadline(Background(), time::Now() + 20ms);
  ASSERT_TRUE(c.Deadline());
  EXPECT_FALSE(c.Err());
  c.Done().recv();
  EXPECT_GE(time::Now(), *c.Deadline());
  EXPECT_EQ(c.Err(), DeadlineExceeded);
  EXPECT_EQ(c.Err().Error(), "context deadline exceeded");
  EXPECT_TRUE(c.Err().Timeout());
  EXPECT_EQ(c.Err().code(), std::errc::timed_out);

  auto [past, cancel2] = WithDeadline(Background(), time::Now() - 1s);
  EXPECT_EQ(past.Err(), DeadlineExceeded);
}

TEST(Context, TimeoutsAreTheEarlierOfBoth) {
  auto [outer, c1] = WithTimeout(Background(), 10ms);
  auto [inner, c2] = WithTimeout(outer, 1h);
  EXPECT_EQ(*inner.Deadline(), *outer.Deadline());
  inner.Done().recv();
  EXPECT_EQ(inner.Err(), DeadlineExceeded);

  auto [outer2, c3] = WithTimeout(Background(), 1h);
  auto [inner2, c4] = WithTimeout(outer2, 10ms);
  EXPECT_LT(*inner2.Deadline(), *outer2.Deadline());
  inner2.Done().recv();
  EXPECT_FALSE(outer2.Err());
}

TEST(Context, CanceledTimeout) {
  auto [c, cancel] = WithTimeout(Background(), 1h);
  cancel();
  EXPECT_EQ(c.Err(), Canceled);
  std::weak_ptr<const Impl> gone = c.impl();
  c = {};
  cancel = {};
  for (int i = 0; i < 1000 && !gone.expired(); i++) time::Sleep(1ms);
  EXPECT_TRUE(gone.expired()) << "its timer does not hold it";
}

TEST(Context, Values) {
  Context c1 = WithValue(Background(), nameKey, "ada");
  Context c2 = WithValue(c1, numberKey, 1);
  Context c3 = WithValue(c2, nameKey, "grace");
  auto [c4, cancel] = WithCancel(c3);
  EXPECT_EQ(*c1.Value(nameKey), "ada");
  EXPECT_EQ(c1.Value(numberKey), nullptr);
  EXPECT_EQ(*c2.Value(nameKey), "ada");
  EXPECT_EQ(*c4.Value(nameKey), "grace");
  EXPECT_EQ(*c4.Value(numberKey), 1);
  cancel();
  Context c5 = WithoutCancel(c4);
  EXPECT_EQ(*c5.Value(nameKey), "grace");
  EXPECT_FALSE(c5.Err());
  EXPECT_FALSE(c5.Done());
  EXPECT_FALSE(c5.Deadline());
  EXPECT_FALSE(Cause(c5)) << "not its parent's";
  auto [c6, cancel6] = WithCancel(c5);
  EXPECT_FALSE(c6.Err());
}

TEST(Context, Causes) {
  error why = errors::New("too hot");
  auto [c, cancel] = WithCancelCause(Background());
  auto [child, stop] = WithCancel(c);
  EXPECT_FALSE(Cause(c));
  cancel(why);
  EXPECT_EQ(c.Err(), Canceled);
  EXPECT_EQ(Cause(c), why);
  EXPECT_EQ(child.Err(), Canceled);
  EXPECT_EQ(Cause(child), why);
  cancel(errors::New("later"));
  EXPECT_EQ(Cause(c), why);

  auto [slow, stop2] = WithTimeoutCause(Background(), 1ms, why);
  slow.Done().recv();
  EXPECT_EQ(slow.Err(), DeadlineExceeded);
  EXPECT_EQ(Cause(slow), why);

  // The child first: its own.
  auto [outer, cancelOuter] = WithCancelCause(Background());
  auto [inner, cancelInner] = WithCancelCause(outer);
  cancelInner(why);
  cancelOuter(errors::New("outer"));
  EXPECT_EQ(Cause(inner), why);
  EXPECT_EQ(Cause(outer).Error(), "outer");
  // Without one: Canceled.
  auto [plain, cancelPlain] = WithCancelCause(Background());
  cancelPlain();
  EXPECT_EQ(Cause(plain), Canceled);
}

TEST(Context, AfterFunc) {
  auto [c, cancel] = WithCancel(Background());
  Chan<int> ran(4);
  auto stop1 = AfterFunc(c, [ran] { ran.send(1); });
  auto stop2 = AfterFunc(c, [ran] { ran.send(2); });
  EXPECT_TRUE(stop2());
  EXPECT_FALSE(stop2());
  EXPECT_FALSE(ran.try_recv());
  cancel();
  EXPECT_EQ(ran.recv(), 1);
  EXPECT_FALSE(stop1());
  // Of one that has ended: at once.
  AfterFunc(c, [ran] { ran.send(3); });
  EXPECT_EQ(ran.recv(), 3);
  EXPECT_FALSE(ran.try_recv());
}

// A context that is not ours.
class Mine : public Impl {
 public:
  std::optional<time::Time> Deadline() const override { return std::nullopt; }
  RecvChan<void> Done() const override { return done; }
  error Err() const override {
    std::monostate v;
    return RecvChan<void>(done).try_recv(v) == TryRecv::Closed ? why : error();
  }
  const void* Value(const void*) const override { return nullptr; }

  Chan<void> done{0};
  error why = errors::New("mine");
};

TEST(Context, OfAnotherMaker) {
  auto mine = std::make_shared<Mine>();
  auto [child, cancel] = WithCancel(Context(mine));
  EXPECT_FALSE(child.Err());
  mine->done.close();
  child.Done().recv();
  EXPECT_EQ(child.Err(), mine->why);
  auto [late, cancel2] = WithCancel(Context(mine));
  EXPECT_EQ(late.Err(), mine->why);
}

TEST(Context, SelectOverDone) {
  auto [c, cancel] = WithTimeout(Background(), 5ms);
  Chan<int> never(0);
  std::string what;
  select(recv(never, [&](std::optional<int>) { what = "value"; }),
         recv(c.Done(), [&, &c = c] { what = c.Err().Error(); }));
  EXPECT_EQ(what, "context deadline exceeded");
}

TEST(Context, StopTokenOfAContext) {
  auto [c, cancel] = WithCancel(Background());
  std::stop_token token = StopToken(c);
  EXPECT_FALSE(token.stop_requested());
  cancel();
  for (int i = 0; i < 5000 && !token.stop_requested(); i++) time::Sleep(1ms);
  EXPECT_TRUE(token.stop_requested());
}

TEST(Context, ContextOfAStopToken) {
  std::stop_source source;
  auto [c, cancel] = WithStopToken(Background(), source.get_token());
  EXPECT_FALSE(c.Err());
  // From a thread that is none of gort's.
  std::thread([&] { source.request_stop(); }).join();
  c.Done().recv();
  EXPECT_EQ(c.Err(), Canceled);
  auto [late, cancel2] = WithStopToken(Background(), source.get_token());
  EXPECT_EQ(late.Err(), Canceled);
  // Ended in another way, the token is let go of.
  std::stop_source other;
  auto [c3, cancel3] = WithStopToken(Background(), other.get_token());
  cancel3();
  EXPECT_EQ(c3.Err(), Canceled);
  time::Sleep(5ms);
  other.request_stop();
}

// Cancels, deadlines and children from many goroutines at once.
TEST(Context, Storm) {
  sync::WaitGroup wg;
  std::atomic<int> ended{0};
  for (int i = 0; i < 200; i++) {
    wg.Add(1);
    go([&, i] {
      auto [c, cancel] = WithTimeout(Background(), std::chrono::microseconds(100 * (i % 7)));
      sync::WaitGroup inner;
      for (int k = 0; k < 10; k++) {
        inner.Add(1);
        go([&, c = c] {
          auto [child, stop] = WithCancel(WithValue(c, numberKey, 1));
          auto [leaf, stop2] = WithTimeout(child, 1h);
          leaf.Done().recv();
          ended++;
          inner.Done();
        });
      }
      if (i % 3 == 0) cancel();
      inner.Wait();
      wg.Done();
    });
  }
  wg.Wait();
  EXPECT_EQ(ended, 2000);
}

}  // namespace
}  // namespace gort::context
