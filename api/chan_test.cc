// Channels as C++ has them and Go has not: elements that are moved and destroyed, handles that own, exceptions.
#include "api/chan.h"

#include <malloc.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"

namespace gort {
namespace {

// A value with an identity, counted from its first constructor to its destructor.
struct Counted {
  static inline std::atomic<int> alive = 0;
  int id;  // 0: moved from

  explicit Counted(int id) : id(id) { alive++; }
  Counted(Counted&& o) noexcept : id(std::exchange(o.id, 0)) { alive++; }
  Counted& operator=(Counted&& o) noexcept {
    id = std::exchange(o.id, 0);
    return *this;
  }
  ~Counted() { alive--; }
};

// Whatever a test makes is gone when it ends.
class ChanTest : public testing::Test {
 protected:
  void SetUp() override { Counted::alive = 0; }
  void TearDown() override { EXPECT_EQ(Counted::alive, 0); }
};

// Lets everybody else come to where they wait; on one processor, so that it is certain.
void settle() {
  for (int i = 0; i < 20; i++) Gosched();
}
template <class F>
std::string textOf(F f) {
  try {
    f();
  } catch (const RuntimeError& e) {
    return e.what();
  }
  return "nothing was thrown";
}

TEST_F(ChanTest, ValueGoesToAWaitingReceiver) {
  tests::Procs one(1);
  Chan<Counted> c(0);
  int got = 0;
  go([&, c] { got = c.recv()->id; });
  settle();
  c.send(Counted(7));
  settle();
  EXPECT_EQ(got, 7);
}

TEST_F(ChanTest, ValueComesFromAWaitingSender) {
  tests::Procs one(1);
  Chan<Counted> c(0);
  bool emptied = false;
  go([&, c] {
    Counted v(8);
    c.send(std::move(v));
    emptied = v.id == 0;
  });
  settle();
  EXPECT_EQ(c.recv()->id, 8);
  settle();
  EXPECT_TRUE(emptied);
}

// The buffer is full and a sender waits: a receive takes the oldest, and the sender's value goes to the end.
TEST_F(ChanTest, BufferStaysInOrderWhileASenderWaits) {
  tests::Procs one(1);
  Chan<Counted> c(2);
  go([c] {
    for (int i = 1; i <= 6; i++) c.send(Counted(i));
    c.close();
  });
  settle();
  EXPECT_EQ(c.len(), 2u);
  EXPECT_EQ(Counted::alive, 3);
  for (int i = 1; i <= 6; i++) EXPECT_EQ(c.recv()->id, i);
  EXPECT_FALSE(c.recv().has_value());
}

TEST_F(ChanTest, LeftInTheBufferAfterCloseIsReceived) {
  Chan<Counted> c(3);
  c.send(Counted(1));
  c.send(Counted(2));
  c.close();
  EXPECT_EQ(c.recv()->id, 1);
  EXPECT_EQ(Counted::alive, 1);
  Counted v(9);
  EXPECT_TRUE(c.recv(v));
  EXPECT_EQ(v.id, 2);
  EXPECT_FALSE(c.recv(v));
  EXPECT_EQ(v.id, 2) << "has no zero value, so it is left alone";
}

TEST_F(ChanTest, LeftInTheBufferAtTheEndIsDestroyed) {
  {
    Chan<Counted> c(8);
    // The ring has wrapped around.
    for (int i = 1; i <= 7; i++) c.send(Counted(i));
    for (int i = 1; i <= 5; i++) c.recv();
    for (int i = 8; i <= 12; i++) c.send(Counted(i));
    EXPECT_EQ(Counted::alive, 7);
    Chan<Counted> d = c;
    c = nullptr;
    EXPECT_EQ(Counted::alive, 7);
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(ChanTest, SendThatDoesNotHappenLeavesTheValue) {
  tests::Procs one(1);
  Chan<Counted> c(1);
  c.send(Counted(1));
  Counted v(2);
  EXPECT_FALSE(c.try_send(std::move(v)));
  EXPECT_EQ(v.id, 2);
  c.close();
  EXPECT_EQ(textOf([&] { c.send(std::move(v)); }), "send on closed channel");
  EXPECT_EQ(v.id, 2);
  EXPECT_EQ(textOf([&] { c.try_send(std::move(v)); }), "send on closed channel");
  EXPECT_EQ(v.id, 2);
  // Closed while it waits.
  Chan<Counted> d(0);
  int left = 0;
  std::string text;
  go([&, d] {
    Counted w(3);
    text = textOf([&] { d.send(std::move(w)); });
    left = w.id;
  });
  settle();
  d.close();
  settle();
  EXPECT_EQ(text, "send on closed channel");
  EXPECT_EQ(left, 3);
}

// Who waits longest is served first, on either side.
TEST_F(ChanTest, FirstComeFirstServed) {
  tests::Procs one(1);
  Chan<int> c(0);
  std::vector<int> got(6);
  for (size_t i = 0; i < 6; i++) {
    go([&, c, i] { c >> got[i]; });
    settle();
  }
  for (int i = 0; i < 6; i++) c.send(i);
  settle();
  EXPECT_EQ(got, (std::vector<int>{0, 1, 2, 3, 4, 5}));
  for (int i = 0; i < 6; i++) {
    go([c, i] { c.send(i); });
    settle();
  }
  for (int i = 0; i < 6; i++) EXPECT_EQ(c.recv(), i);
}

TEST_F(ChanTest, ClosedWakesReceiversWithNothing) {
  tests::Procs one(1);
  Chan<Counted> c(0);
  int woken = 0;
  for (int i = 0; i < 3; i++) {
    go([&, c] { woken += !c.recv().has_value(); });
  }
  settle();
  c.close();
  settle();
  EXPECT_EQ(woken, 3);
}

TEST_F(ChanTest, TryForms) {
  Chan<Counted> c(1);
  Counted v(5);
  EXPECT_FALSE(c.try_recv().has_value());
  EXPECT_EQ(c.try_recv(v), TryRecv::Empty);
  EXPECT_TRUE(c.try_send(Counted(6)));
  EXPECT_EQ(c.try_recv(v), TryRecv::Value);
  EXPECT_EQ(v.id, 6);
  EXPECT_TRUE(c.try_send(Counted(7)));
  EXPECT_EQ(c.try_recv()->id, 7);
  c.close();
  EXPECT_EQ(c.try_recv(v), TryRecv::Closed);
  EXPECT_FALSE(c.try_recv().has_value());
  Chan<int> i(0);
  int n = 4;
  EXPECT_EQ(i.try_recv(n), TryRecv::Empty);
  EXPECT_EQ(n, 4);
  i.close();
  EXPECT_EQ(i.try_recv(n), TryRecv::Closed);
  EXPECT_EQ(n, 0);
}

TEST_F(ChanTest, RangeEndsOnClose) {
  Chan<std::unique_ptr<Counted>> c(0);
  go([c] {
    for (int i = 1; i <= 5; i++) c.send(std::make_unique<Counted>(i));
    c.close();
  });
  int sum = 0;
  for (std::unique_ptr<Counted> p : c) sum += p->id;
  EXPECT_EQ(sum, 15);
  // A loop that is left keeps nothing, and the rest is still there.
  Chan<Counted> d(3);
  for (int i = 1; i <= 3; i++) d.send(Counted(i));
  for (auto&& v : d) {
    if (v.id == 2) break;
  }
  EXPECT_EQ(Counted::alive, 1);
  EXPECT_EQ(d.recv()->id, 3);
}

TEST_F(ChanTest, StringsShortAndLong) {
  for (std::ptrdiff_t n : {0, 1, 3}) {
    Chan<std::string> c(n);
    go([c] {
      for (int i = 0; i < 50; i++) c.send(std::string(static_cast<size_t>(i), 'x'));
      std::string lvalue = "stays";
      c.send(lvalue);
      c << lvalue << "end";
      if (lvalue != "stays") c.send("lvalue was moved from");
      c.close();
    });
    std::string s;
    for (int i = 0; i < 50; i++) {
      c >> s;
      ASSERT_EQ(s, std::string(static_cast<size_t>(i), 'x'));
    }
    EXPECT_EQ(c.recv(), "stays");
    EXPECT_EQ(c.recv(), "stays");
    EXPECT_EQ(c.recv(), "end");
    s = "old";
    c >> s;
    EXPECT_EQ(s, "");
  }
}

template <class T>
void roundTrip(const T& value) {
  for (std::ptrdiff_t n : {0, 1, 2, 5}) {
    Chan<T> c(n);
    go([c, value] {
      for (int i = 0; i < 12; i++) c.send(value);
      c.close();
    });
    int count = 0;
    for (T v : c) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(&v) % alignof(T), 0u);
      EXPECT_EQ(std::memcmp(&v, &value, sizeof(T)), 0);
      count++;
    }
    EXPECT_EQ(count, 12);
  }
}

template <size_t N>
struct Bytes {
  std::array<uint8_t, N> b;
  Bytes() {
    for (size_t i = 0; i < N; i++) b[i] = static_cast<uint8_t>(i * 7 + 1);
  }
};
struct alignas(64) Wide : Bytes<64> {};
// Knows where it was made and moved to.
struct alignas(64) Boxed {
  static inline std::atomic<int> askew = 0;
  std::unique_ptr<int> p;

  explicit Boxed(int v) : p(new int(v)) { look(); }
  Boxed(Boxed&& o) noexcept : p(std::move(o.p)) { look(); }
  void look() {
    // As a number that the compiler knows nothing about: it may take the alignment for granted.
    auto at = reinterpret_cast<uintptr_t>(this);
    asm volatile("" : "+r"(at));
    if (at % alignof(Boxed) != 0) askew++;
  }
};

TEST_F(ChanTest, ElementsOfEverySize) {
  roundTrip<uint8_t>(3);
  roundTrip<uint16_t>(0x1234);
  roundTrip<double>(2.5);
  roundTrip(Bytes<3>());
  roundTrip(Bytes<8>());
  roundTrip(Bytes<9>());
  roundTrip(Bytes<16>());
  roundTrip(Bytes<17>());
  roundTrip(Bytes<5000>());
  roundTrip(Wide());
  static_assert(alignof(Wide) == 64);
  // Moved, and aligned more than anything that malloc gives.
  for (std::ptrdiff_t n : {1, 2, 3, 7}) {
    Chan<Boxed> c(n);
    for (int i = 0; i < n; i++) c.send(Boxed(i));
    for (int i = 0; i < n; i++) EXPECT_EQ(*c.recv()->p, i);
  }
  struct alignas(64) Small {
    char c;
  };
  static_assert(sizeof(Small) == 64);
  struct alignas(16) Half {
    char c[16];
  };
  for (int i = 0; i < 20; i++) {
    runtime::hchan* c = runtime::makechan(&runtime::typeOf<Half>, 1);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(runtime::chanbuf(c, 0)) % 16, 0u);
    runtime::hchan* d = runtime::makechan(&runtime::typeOf<Small>, 1 + i);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(runtime::chanbuf(d, 0)) % 64, 0u);
    runtime::chanrelease(c);
    runtime::chanrelease(d);
  }
  EXPECT_EQ(Boxed::askew, 0);
}

TEST_F(ChanTest, SignalsHaveNoContent) {
  Chan<void> done(0);
  go([done] { done.send(); });
  EXPECT_TRUE(done.recv());
  done.close();
  EXPECT_FALSE(done.recv());
  // Elements without content need no room.
  Chan<void> many(std::ptrdiff_t{1} << 40);
  EXPECT_EQ(many.cap(), size_t{1} << 40);
  for (int i = 0; i < 1000; i++) many.send();
  EXPECT_EQ(many.len(), 1000u);
  struct Nothing {};
  Chan<Nothing> n(2);
  n << Nothing() << Nothing();
  EXPECT_FALSE(n.try_send(Nothing()));
}

TEST_F(ChanTest, Mistakes) {
  EXPECT_EQ(textOf([] { Chan<int> c(-1); }), "makechan: size out of range");
  EXPECT_EQ(textOf([] { Chan<void> c(-1); }), "makechan: size out of range");
  EXPECT_EQ(textOf([] { Chan<int64_t> c(std::numeric_limits<std::ptrdiff_t>::max()); }),
            "makechan: size out of range");
  EXPECT_EQ(textOf([] { Chan<int64_t> c(std::ptrdiff_t{1} << 46); }), "makechan: size out of range");
  EXPECT_THROW(Chan<Bytes<4096>>(std::ptrdiff_t{1} << 35), std::bad_alloc);
  Chan<int> c(0);
  c.close();
  EXPECT_EQ(textOf([&] { c.close(); }), "close of closed channel");
  EXPECT_EQ(textOf([&] { c.send(1); }), "send on closed channel");
  EXPECT_EQ(textOf([&] { SendChan<int>(c).close(); }), "close of closed channel");
  Chan<int> nil;
  EXPECT_EQ(textOf([&] { nil.close(); }), "close of nil channel");
  // After each of them the channel is unlocked and works as before.
  EXPECT_FALSE(c.recv());
  EXPECT_EQ(c.len(), 0u);
}

TEST_F(ChanTest, Nil) {
  Chan<int> nil;
  int v = 3;
  EXPECT_FALSE(nil);
  EXPECT_EQ(nil, nullptr);
  EXPECT_FALSE(nil.try_send(1));
  EXPECT_EQ(nil.try_recv(v), TryRecv::Empty);
  EXPECT_FALSE(nil.try_recv());
  EXPECT_EQ(nil.len(), 0u);
  EXPECT_EQ(nil.cap(), 0u);
  Chan<int> c(0);
  EXPECT_TRUE(c);
  EXPECT_NE(c, nullptr);
}

TEST_F(ChanTest, HandlesAreTheChannel) {
  Chan<int> c(1), d(1);
  Chan<int> copy = c;
  EXPECT_EQ(c, copy);
  EXPECT_NE(c, d);
  EXPECT_NE(c, Chan<int>());
  EXPECT_EQ(Chan<int>(), Chan<int>());
  RecvChan<int> r = c;
  SendChan<int> s = c;
  EXPECT_EQ(r, c);
  EXPECT_EQ(s, c);
  EXPECT_EQ(r, s);
  EXPECT_NE(r, d);
  copy.send(1);
  EXPECT_EQ(r.recv(), 1);
  s << 2;
  EXPECT_EQ(c.recv(), 2);
  std::unordered_set<Chan<int>> set = {c, copy, d};
  EXPECT_EQ(set.size(), 2u);
  // Moving leaves nil; assigning to itself changes nothing.
  Chan<int> moved = std::move(copy);
  EXPECT_EQ(copy, nullptr);
  EXPECT_EQ(moved, c);
  Chan<int>& self = moved;
  moved = self;
  moved = std::move(self);
  EXPECT_EQ(moved, c);
}

// The channel lives for whoever has a handle, also if the one that made it has let go.
TEST_F(ChanTest, LivesWithItsLastHandle) {
  tests::Procs one(1);
  int got = 0;
  {
    Chan<Counted> c(1);
    RecvChan<Counted> r = c;
    c.send(Counted(4));
    go([&got, r] {
      settle();
      got = r.recv()->id;
    });
  }
  EXPECT_EQ(Counted::alive, 1);
  for (int i = 0; i < 10; i++) settle();
  EXPECT_EQ(got, 4);
}

// A request that carries the channel for its answer: an element that holds a channel of its own kind.
struct Request {
  int n = 0;
  Chan<int> reply;
  std::unique_ptr<Request> next;
  Chan<Request> forward;
};

TEST_F(ChanTest, ChannelsThroughChannels) {
  Chan<Request> server(0);
  go([server] {
    for (Request r : server) r.reply.send(r.n * r.n);
  });
  for (int i = 0; i < 5; i++) {
    Request r;
    r.n = i;
    r.reply = Chan<int>(0);
    Chan<int> reply = r.reply;
    server.send(std::move(r));
    EXPECT_EQ(reply.recv(), i * i);
  }
  server.close();
}

// Parked in a catch block: the exception is there afterwards.
TEST_F(ChanTest, ExchangeInsideACatchBlock) {
  Chan<int> c(0);
  Chan<std::string> out(0);
  for (int i = 0; i < 4; i++) {
    go([=] {
      try {
        throw std::runtime_error(std::to_string(i));
      } catch (const std::exception& e) {
        c.recv();
        try {
          throw;
        } catch (const std::runtime_error& again) {
          out.send(std::string(e.what()) + again.what());
        }
      }
    });
  }
  for (int i = 0; i < 4; i++) c.send(i);
  std::set<std::string> got;
  for (int i = 0; i < 4; i++) got.insert(*out.recv());
  EXPECT_EQ(got, (std::set<std::string>{"00", "11", "22", "33"}));
}

// An exception that leaves a range or a handler takes the value with it.
TEST_F(ChanTest, ExceptionsLoseNothing) {
  Chan<Counted> c(4);
  for (int i = 1; i <= 4; i++) c.send(Counted(i));
  EXPECT_THROW(
      {
        for (Counted v : c) {
          if (v.id == 2) throw std::runtime_error("two");
        }
      },
      std::runtime_error);
  EXPECT_EQ(Counted::alive, 2);
  c.recv();
  c.recv();
}

// Memory of channels and buffers is used again.
TEST_F(ChanTest, ChurnKeepsMemory) {
  auto churn = [](int n) {
    for (int i = 0; i < n; i++) {
      Chan<int64_t> small(1);
      Chan<Bytes<1024>> big(4);
      small.send(i);
      big.send(Bytes<1024>());
    }
  };
  auto used = [] {
    struct mallinfo2 info = mallinfo2();
    return static_cast<int64_t>(info.uordblks + info.hblkhd);
  };
  churn(100);
  int64_t before = used();
  churn(20000);
  EXPECT_LT(used() - before, 1 << 20);
}

// Threads that are not the runtime's make channels without a P and may end them so; others end them on a P, or make
// what they end. Whichever way the memory goes, it comes back.
TEST_F(ChanTest, ChurnOfOtherThreadsKeepsMemory) {
  auto used = [] {
    struct mallinfo2 info = mallinfo2();
    return static_cast<int64_t>(info.uordblks + info.hblkhd);
  };
  // n channels, a handful alive at a time: made by one side and ended by the other.
  auto churn = [](int n, bool made_by_thread, bool ended_by_thread) {
    std::vector<Chan<int64_t>> some(100);
    auto make = [&] {
      for (auto& c : some) c = Chan<int64_t>(1);
    };
    auto end = [&] {
      for (auto& c : some) c = Chan<int64_t>();
    };
    for (int i = 0; i < n; i += 100) {
      made_by_thread ? std::thread(make).join() : make();
      ended_by_thread ? std::thread(end).join() : end();
    }
  };
  for (bool made : {false, true}) {
    for (bool ended : {false, true}) {
      churn(2'000, made, ended);
      int64_t before = used();
      churn(30'000, made, ended);
      EXPECT_LT(used() - before, 1 << 20) << made << ended;
    }
  }
}

// Made by one goroutine, ended by another on another thread, at any moment, with many that meet at the lock.
TEST_F(ChanTest, LastHandleGoesAnywhere) {
  tests::Procs procs(4);
  std::atomic<int64_t> sum = 0;
  constexpr int rounds = 3000;
  sync::WaitGroup wg;
  for (int i = 0; i < rounds; i++) {
    Chan<std::unique_ptr<int>> c(i % 3);
    wg.Add(4);
    for (int k = 0; k < 2; k++) {
      go([c, &wg] {
        c.send(std::make_unique<int>(1));
        wg.Done();
      });
      go([c, &wg, &sum] {
        sum += **c.recv();
        wg.Done();
      });
    }
    if (i % 16 == 0) wg.Wait();
  }
  wg.Wait();
  EXPECT_EQ(sum, 2 * rounds);
}

// A channel of the program's, made before main and ended after it.
Chan<std::string> global(1);

TEST_F(ChanTest, MadeBeforeTheRuntime) {
  global.send("hello");
  EXPECT_EQ(global.recv(), "hello");
}

// Below the templates: who receives plain bytes from a closed channel finds zeros, on every way.
TEST_F(ChanTest, ReceivedFromClosedIsZero) {
  tests::Procs one(1);
  for (std::ptrdiff_t n : {0, 2}) {
    runtime::hchan* c = runtime::makechan(&runtime::typeOf<int64_t>, n);
    runtime::hchan* d = runtime::makechan(&runtime::typeOf<int64_t>, n);
    int64_t waits = 7, selects = 7, now = 7, tries = 7;
    go([&] { EXPECT_FALSE(runtime::chanrecv2(c, &waits)); });
    go([&] {
      runtime::scase cases[] = {{c, &selects}, {d, nullptr}};
      uint16_t order[4];
      runtime::selectgoResult r = runtime::selectgo(cases, order, 0, 2, true);
      EXPECT_EQ(r.casi, 0);
      EXPECT_FALSE(r.recvOK);
    });
    settle();
    runtime::closechan(c);
    settle();
    EXPECT_FALSE(runtime::chanrecv2(c, &now));
    EXPECT_TRUE(runtime::selectnbrecv(&tries, c).selected);
    EXPECT_EQ(waits, 0);
    EXPECT_EQ(selects, 0);
    EXPECT_EQ(now, 0);
    EXPECT_EQ(tries, 0);
    now = 7;
    runtime::scase cases[] = {{c, &now}, {d, nullptr}};
    uint16_t order[4];
    runtime::selectgo(cases, order, 0, 2, true);
    EXPECT_EQ(now, 0);
    runtime::chanrelease(c);
    runtime::chanrelease(d);
  }
}

// ---- Go's test/chan/perm.go: what does not compile, as far as a compiler can be asked.

template <class C>
constexpr bool canSend = requires(C c) { c.send(0); } && requires(C c) { c << 0; } &&
                         requires(C c) { c.try_send(0); } && requires(C c) { gort::send(c, 0); };
template <class C>
constexpr bool cannotSend = !requires(C c) { c.send(0); } && !requires(C c) { c << 0; } &&
                            !requires(C c) { c.try_send(0); } && !requires(C c) { gort::send(c, 0); };
template <class C>
constexpr bool canRecv = requires(C c, int v) { c.recv(); } && requires(C c, int v) { c.recv(v); } &&
                         requires(C c, int v) { c >> v; } && requires(C c) { c.begin() == c.end(); } &&
                         requires(C c) { c.try_recv(); } && requires(C c) { gort::recv(c); };
template <class C>
constexpr bool cannotRecv = !requires(C c, int v) { c.recv(); } && !requires(C c, int v) { c.recv(v); } &&
                            !requires(C c, int v) { c >> v; } && !requires(C c) { c.begin(); } &&
                            !requires(C c) { c.try_recv(); } && !requires(C c) { gort::recv(c); };
template <class C>
constexpr bool canClose = requires(C c) { c.close(); };

static_assert(canSend<Chan<int>> && canRecv<Chan<int>> && canClose<Chan<int>>);
static_assert(canSend<SendChan<int>> && cannotRecv<SendChan<int>> && canClose<SendChan<int>>);
static_assert(cannotSend<RecvChan<int>> && canRecv<RecvChan<int>> && !canClose<RecvChan<int>>);
static_assert(std::is_convertible_v<Chan<int>, RecvChan<int>> && std::is_convertible_v<Chan<int>, SendChan<int>>);
static_assert(!std::is_constructible_v<Chan<int>, RecvChan<int>> && !std::is_constructible_v<Chan<int>, SendChan<int>>);
static_assert(!std::is_constructible_v<RecvChan<int>, SendChan<int>> &&
              !std::is_constructible_v<SendChan<int>, RecvChan<int>>);
static_assert(!std::is_assignable_v<RecvChan<int>&, SendChan<int>> &&
              !std::is_assignable_v<SendChan<int>&, RecvChan<int>>);
static_assert(!std::is_constructible_v<RecvChan<int>, Chan<long>> && !std::is_constructible_v<Chan<int>, Chan<long>>);
static_assert(!std::is_convertible_v<int, Chan<int>>);  // a number is no channel
template <class A, class B>
constexpr bool comparable = requires(A a, B b) { a == b; };
static_assert(comparable<Chan<int>, RecvChan<int>> && !comparable<Chan<int>, Chan<long>>);
// A value that cannot be copied has to be moved in.
template <class C, class V>
constexpr bool canSendValue = requires(C c, V v) { c.send(std::forward<V>(v)); };
static_assert(canSendValue<Chan<Counted>, Counted> && !canSendValue<Chan<Counted>, Counted&>);
static_assert(sizeof(Chan<int>) == sizeof(void*) && std::is_nothrow_move_constructible_v<Chan<int>>);
static_assert(std::input_iterator<decltype(std::declval<Chan<int>>().begin())>);

}  // namespace
}  // namespace gort
