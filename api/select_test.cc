// select as C++ has it: what handlers are told, who owns the values of the cases that lose, exceptions; and every
// combination of two operations in every state of their channels, against a model.
#include "api/select.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"

namespace gort {
namespace {

struct Counted {
  static inline std::atomic<int> alive = 0;
  int id;  // 0: moved from

  explicit Counted(int id = 0) : id(id) { alive++; }
  Counted(Counted&& o) noexcept : id(std::exchange(o.id, 0)) { alive++; }
  Counted& operator=(Counted&& o) noexcept {
    id = std::exchange(o.id, 0);
    return *this;
  }
  ~Counted() { alive--; }
};

class SelectTest : public testing::Test {
 protected:
  void SetUp() override { Counted::alive = 0; }
  void TearDown() override { EXPECT_EQ(Counted::alive, 0); }
};

void settle() {
  for (int i = 0; i < 20; i++) Gosched();
}

TEST_F(SelectTest, HandlersAreToldWhatTheyAsk) {
  Chan<int> c(4), never(0);
  Chan<std::string> s(4);
  Chan<void> v(4);
  std::string log;
  auto all = [&] {
    select(recv(never), recv(c, [&](int x) { log += "int " + std::to_string(x) + "; "; }));
    select(recv(never), recv(c, [&](int x, bool ok) { log += std::to_string(x) + (ok ? " ok; " : " closed; "); }));
    select(recv(never), recv(c, [&](std::optional<int> x) { log += x ? "some; " : "none; "; }));
    select(recv(never), recv(c, [&] { log += "nothing; "; }));
    select(recv(never), recv(s, [&](const std::string& x) { log += "ref " + x + "; "; }));
    select(recv(never), recv(s, [&](auto x) { log += "generic " + x + "; "; }));
    select(recv(never), recv(s, [&](auto x, auto ok) { log += "generic " + x + (ok ? " ok; " : " closed; "); }));
    select(recv(never), recv(s, [&](std::optional<std::string>&& x) { log += x ? *x + "; " : "none; "; }));
    select(recv(never), recv(v, [&](bool ok) { log += ok ? "signal; " : "end; "; }));
    select(recv(never), recv(v, [&] { log += "v; "; }));
  };
  for (int i = 1; i <= 4; i++) {
    c.send(i);
    s.send(std::string(1, static_cast<char>('a' + i)));
    v.send();
  }
  all();
  EXPECT_EQ(log, "int 1; 2 ok; some; nothing; ref b; generic c; generic d ok; e; signal; v; ");
  while (v.try_recv()) {
  }
  c.close();
  s.close();
  v.close();
  log = "";
  all();
  EXPECT_EQ(log, "int 0; 0 closed; none; nothing; ref ; generic ; generic  closed; none; end; v; ");
}

TEST_F(SelectTest, IntoAVariable) {
  Chan<int> c(1), d(0);
  Chan<std::unique_ptr<int>> u(1);
  int v = 5;
  bool told = false;
  c.send(6);
  EXPECT_EQ(select(recv(d, v), recv(c, v)), 1u);
  EXPECT_EQ(v, 6);
  EXPECT_EQ(select(recv(c, v), recv(d, v), otherwise()), 2u);
  EXPECT_EQ(v, 6);
  d.close();
  EXPECT_EQ(select(recv(c, v), recv(d, v, [&](bool ok) { told = !ok; })), 1u);
  EXPECT_EQ(v, 0);
  EXPECT_TRUE(told);
  u.send(std::make_unique<int>(7));
  std::unique_ptr<int> p;
  EXPECT_EQ(select(recv(c, v), recv(u, p)), 1u);
  EXPECT_EQ(*p, 7);
  u.close();
  EXPECT_EQ(select(recv(c, v), recv(u, p)), 1u);
  EXPECT_EQ(p, nullptr);
}

// The number of the case is its place in the call, whatever the kinds of the others.
TEST_F(SelectTest, NumbersOfCases) {
  for (size_t ready = 0; ready < 7; ready++) {
    Chan<int> c[7];
    for (auto& ch : c) ch = Chan<int>(1);
    for (size_t k : {1u, 2u, 5u}) c[k].send(1);  // the senders are full, except the one that is ready
    if (ready == 1 || ready == 2 || ready == 5) {
      c[ready].recv();
    } else {
      c[ready].send(40);
    }
    int got = 0;
    std::string ran;
    auto in = [&](int v) { got = v; };
    size_t n = select(recv(c[0], in), send(c[1], 41), send(c[2], 42, [&] { ran += "2"; }), recv(c[3], in),
                      recv(c[4], in), send(c[5], 45, [&] { ran += "5"; }), recv(c[6], in),
                      otherwise([&] { ran = "no"; }));
    EXPECT_EQ(n, ready);
    if (ready == 1 || ready == 2 || ready == 5) {
      EXPECT_EQ(got, 0);
      EXPECT_EQ(c[ready].recv(), 40 + static_cast<int>(ready));
      EXPECT_EQ(ran, ready == 1 ? "" : std::to_string(ready));
    } else {
      EXPECT_EQ(got, 40);
      EXPECT_EQ(ran, "");
    }
  }
}

TEST_F(SelectTest, LoserKeepsItsValue) {
  Chan<Counted> full(1), room(1);
  full.send(Counted(1));
  Counted a(2), b(3);
  EXPECT_EQ(select(send(full, std::move(a)), send(room, std::move(b))), 1u);
  EXPECT_EQ(a.id, 2);
  EXPECT_EQ(b.id, 0);
  EXPECT_EQ(select(send(full, std::move(a)), otherwise()), 1u);
  EXPECT_EQ(a.id, 2);
  EXPECT_EQ(select(send(full, std::move(a)), send(room, Counted(4)), otherwise()), 2u);
  EXPECT_EQ(a.id, 2);
  EXPECT_EQ(room.recv()->id, 3);
  // Copies of lvalues, and values that are converted.
  Chan<std::string> s(1);
  std::string text = "text";
  EXPECT_EQ(select(send(s, text), recv(full), otherwise()) < 2, true);
  EXPECT_EQ(text, "text");
  Chan<std::string> t(1);
  EXPECT_EQ(select(send(t, "literal"), send(Chan<std::string>(), text)), 0u);
  EXPECT_EQ(t.recv(), "literal");
  const std::string constant = "constant";
  EXPECT_EQ(select(send(t, constant)), 0u);
  EXPECT_EQ(t.recv(), "constant");
  while (full.try_recv()) {
  }
}

// The same for a select that has waited, on all four ways in which it can be woken.
TEST_F(SelectTest, WaitsAndIsWoken) {
  tests::Procs one(1);
  Chan<Counted> in(0), out(0), other(0);
  std::string log;
  auto waiter = [&, in, out, other] {
    Counted v(5), w(6);
    try {
      select(recv(in, [&](std::optional<Counted> x) { log = x ? "received " + std::to_string(x->id) : "closed"; }),
             send(out, std::move(v), [&] { log = "sent"; }), send(other, std::move(w)));
    } catch (const RuntimeError& e) {
      log = e.what();
    }
    log += ", has " + std::to_string(v.id) + " and " + std::to_string(w.id);
  };
  go(waiter);
  settle();
  in.send(Counted(1));
  settle();
  EXPECT_EQ(log, "received 1, has 5 and 6");
  go(waiter);
  settle();
  EXPECT_EQ(out.recv()->id, 5);
  settle();
  EXPECT_EQ(log, "sent, has 0 and 6");
  go(waiter);
  settle();
  in.close();
  settle();
  EXPECT_EQ(log, "closed, has 5 and 6");
  in = Chan<Counted>(0);
  go([&, in, waiter] {
    Counted v(5), w(6);
    try {
      select(recv(in), send(out, std::move(v)), send(other, std::move(w)));
    } catch (const RuntimeError& e) {
      log = e.what();
    }
    log += ", has " + std::to_string(v.id) + " and " + std::to_string(w.id);
  });
  settle();
  other.close();
  settle();
  EXPECT_EQ(log, "send on closed channel, has 5 and 6");
}

// Selects that wait on one queue leave it in every order, between others that stay.
TEST_F(SelectTest, LeavesAQueueFromAnyPlace) {
  tests::Procs one(1);
  std::vector<size_t> order = {0, 1, 2, 3};
  do {
    for (bool sends : {false, true}) {
      Chan<int> c(0);
      Chan<int> wake[4] = {Chan<int>(0), Chan<int>(0), Chan<int>(0), Chan<int>(0)};
      int stayed = 0, left = 0;
      auto waits = [&] {
        go([&, c] {
          if (sends) {
            c.send(1);
          } else {
            c.recv();
          }
          stayed++;
        });
        settle();
      };
      auto selects = [&](size_t i) {
        go([&, c, w = wake[i]] { left += sends ? select(send(c, 1), recv(w)) == 1 : select(recv(c), recv(w)) == 1; });
        settle();
      };
      selects(0);
      waits();
      selects(1);
      selects(2);
      waits();
      selects(3);
      for (size_t i : order) wake[i].send(1);
      settle();
      ASSERT_EQ(left, 4);
      for (int i = 0; i < 2; i++) {
        if (sends) {
          ASSERT_TRUE(c.try_recv());
        } else {
          ASSERT_TRUE(c.try_send(1));
        }
      }
      settle();
      ASSERT_EQ(stayed, 2);
      ASSERT_FALSE(sends ? c.try_recv().has_value() : c.try_send(1));
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(SelectTest, ThrowsForAClosedSend) {
  Chan<Counted> c(0);
  c.close();
  Counted v(1);
  EXPECT_THROW(select(send(c, std::move(v))), RuntimeError);
  EXPECT_THROW(select(send(c, std::move(v)), otherwise()), RuntimeError);
  EXPECT_THROW(select(send(c, std::move(v)), recv(Chan<int>())), RuntimeError);
  EXPECT_THROW(select(send(c, std::move(v)), recv(Chan<int>()), otherwise()), RuntimeError);
  EXPECT_EQ(v.id, 1);
}

TEST_F(SelectTest, HandlersMayThrowAndSelect) {
  Chan<Counted> c(3);
  Chan<int> d(1);
  for (int i = 1; i <= 3; i++) c.send(Counted(i));
  EXPECT_THROW(select(recv(c, [](Counted) { throw std::runtime_error("x"); }), recv(d)), std::runtime_error);
  EXPECT_THROW(select(recv(c, [](const Counted&) { throw std::runtime_error("x"); }), recv(d)), std::runtime_error);
  EXPECT_EQ(Counted::alive, 1);
  int inner = 0;
  select(recv(d), recv(c, [&](std::optional<Counted> v) {
           d.send(v->id);
           select(recv(c), recv(d, [&](int x) { inner = x; }));
         }));
  EXPECT_EQ(inner, 3);
}

TEST_F(SelectTest, ChoosesFairly) {
  constexpr int trials = 30000;
  Chan<int> a(1), b(1), out(1);
  a.send(1);
  b.send(1);
  int n[4] = {};
  for (int i = 0; i < trials; i++) {
    size_t k = select(recv(a), send(out, 1), recv(b), recv(Chan<int>()));
    n[k]++;
    if (k == 0) a.send(1);
    if (k == 1) out.recv();
    if (k == 2) b.send(1);
  }
  double mean = trials / 3.0;
  double sigma = std::sqrt(trials * (1 / 3.0) * (2 / 3.0));
  for (int k = 0; k < 3; k++) EXPECT_LE(std::abs(n[k] - mean), 8 * sigma) << n[0] << " " << n[1] << " " << n[2];
  EXPECT_EQ(n[3], 0);
}

// One goroutine moves a value to and fro between two channels: it puts one into the one before it takes one out of the
// other, so that at no moment both are empty. A select that looks at one after the other may find each of them so.
TEST_F(SelectTest, DefaultMeansThatNothingWasReadyAtOneMoment) {
  tests::Procs procs(4);
  Chan<int> a(2), b(2);
  std::atomic<bool> done = false;
  sync::WaitGroup wg;
  a << 1;
  wg.Go([&] {
    while (!done) {
      b << 1;
      a.recv();
      a << 1;
      b.recv();
    }
  });
  int empty = 0;
  for (int i = 0; i < 300'000; i++) {
    int v = 0;
    switch (select(recv(a, v), recv(b, v), otherwise([] {}))) {
      case 0: a << v; break;
      case 1: b << v; break;
      default: empty++;
    }
  }
  done = true;
  wg.Wait();
  EXPECT_EQ(empty, 0);
}

// ---- Select

TEST_F(SelectTest, DynamicServesManyChannels) {
  constexpr int producers = 50;
  constexpr int each = 20;
  Chan<void> done(0);
  sync::WaitGroup wg;
  int sum = 0;
  Select s;
  for (int i = 0; i < producers; i++) {
    Chan<std::unique_ptr<int>> c(i % 3);
    wg.Add(1);
    go([c, &wg] {
      for (int k = 1; k <= each; k++) c.send(std::make_unique<int>(k));
      wg.Done();
    });
    EXPECT_EQ(s.recv(c, [&](std::unique_ptr<int> p) { sum += *p; }), static_cast<size_t>(i));
  }
  go([&, done] {
    wg.Wait();
    done.send();
  });
  size_t stop = s.recv(done);
  int received = 0;
  // What is buffered when the last producer is done is still to be received.
  while (s.run() != stop) received++;
  s.otherwise();
  while (s.run() < stop) received++;
  EXPECT_EQ(received, producers * each);
  EXPECT_EQ(sum, producers * each * (each + 1) / 2);
}

TEST_F(SelectTest, DynamicSends) {
  Chan<Counted> c(1), d(1);
  Counted v(1);
  std::string log;
  {
    Select s;
    size_t again = s.send(c, &v, [&] { v.id = 7; });
    size_t once = s.send(d, Counted(5), [&] { log += "once"; });
    size_t none = s.otherwise([&] { log += " none"; });
    size_t first = s.run();
    size_t second = s.run();
    EXPECT_TRUE((first == again && second == once) || (first == once && second == again));
    EXPECT_EQ(log, "once");
    EXPECT_EQ(s.run(), none);
    EXPECT_EQ(v.id, 7);
    EXPECT_EQ(c.recv()->id, 1);
    EXPECT_EQ(d.recv()->id, 5);
    EXPECT_EQ(s.run(), again) << "the value that was sent once is gone";
    EXPECT_EQ(c.recv()->id, 7);
    s.disable(again);
    EXPECT_EQ(s.run(), none);
    s.enable(again);
    v.id = 9;
    EXPECT_EQ(s.run(), again);
    EXPECT_THROW(s.disable(3), std::out_of_range);
    EXPECT_THROW(s.otherwise(), std::logic_error);
    d.close();
    size_t closed = s.send(d, Counted(6));
    EXPECT_EQ(closed, 3u);
    EXPECT_THROW(s.run(), RuntimeError);
  }
  EXPECT_EQ(c.recv()->id, 9);
}

// Many cases, in an order of its own for everybody: whoever locks many channels does so in one order.
TEST_F(SelectTest, DynamicLocksInOneOrder) {
  tests::Procs procs(4);
  constexpr size_t channels = 20;
  constexpr int each = 5000;
  constexpr size_t steps[] = {1, 3, 7, 9, 11, 13, 17, 19};  // each leads through all channels
  std::vector<Chan<int>> c;
  for (size_t i = 0; i < channels; i++) c.emplace_back(static_cast<std::ptrdiff_t>(i % 2));
  std::atomic<int64_t> sum = 0;
  sync::WaitGroup wg;
  for (size_t k = 0; k < 8; k++) {
    wg.Add(1);
    go([&, k] {
      Select s;
      int v = 1;
      for (size_t i = 0; i < channels; i++) {
        const Chan<int>& ch = c[(i * steps[k] + k) % channels];
        if (k % 2 == 0) {
          s.send(ch, &v);
        } else {
          s.recv(ch, [&](int x) { sum += x; });
        }
      }
      for (int i = 0; i < each; i++) s.run();
      wg.Done();
    });
  }
  wg.Wait();
  // What was sent and not received is buffered: none, since as much was received.
  EXPECT_EQ(sum, 4 * each);
}

// A Select that is given up keeps nothing; a handler may add cases.
TEST_F(SelectTest, DynamicOwnsAndGrows) {
  Chan<Counted> c(1);
  {
    Select s;
    Chan<int> d(1);
    int deep = 0;
    std::function<void(int)> more = [&](int n) {
      deep++;
      if (n > 0) {
        d.send(n - 1);
        s.recv(d, more);
      }
    };
    s.send(Chan<Counted>(0), Counted(3));
    s.recv(d, more);
    d.send(40);
    for (int i = 0; i <= 40; i++) s.run();
    EXPECT_EQ(deep, 41);
    EXPECT_EQ(Counted::alive, 1);
  }
  EXPECT_EQ(Counted::alive, 0);
}

TEST_F(SelectTest, DynamicHasALimit) {
  Select s;
  Chan<int> c(1);
  c.send(1);
  for (int i = 0; i < 65536; i++) s.recv(i == 40000 ? c : Chan<int>());
  EXPECT_EQ(s.run(), 40000u);
  s.recv(c);
  EXPECT_THROW(s.run(), RuntimeError);
}

// ---- Two operations, with and without otherwise, as a select that the compiler sees and as a Select, in every
// state that a channel can be in: what happens must be what the model allows, and in many runs all of it.

enum class State {
  Nil,
  Closed,
  ClosedWithValue,
  Empty,
  EmptyBuffer,
  HalfBuffer,
  FullBuffer,
  SenderWaits,
  FullAndSenderWaits,
  ReceiverWaits,
};
constexpr State states[] = {State::Nil,        State::Closed,     State::ClosedWithValue,
                            State::Empty,      State::EmptyBuffer, State::HalfBuffer,
                            State::FullBuffer, State::SenderWaits, State::FullAndSenderWaits,
                            State::ReceiverWaits};

// What an operation does if nobody else is asked.
enum class Effect { Waits, Happens, GetsNothing, Throws };

Effect effect(bool sends, State s) {
  switch (s) {
    case State::Nil:
    case State::Empty:
      return Effect::Waits;
    case State::Closed:
      return sends ? Effect::Throws : Effect::GetsNothing;
    case State::ClosedWithValue:
      return sends ? Effect::Throws : Effect::Happens;
    case State::EmptyBuffer:
    case State::ReceiverWaits:
      return sends ? Effect::Happens : Effect::Waits;
    case State::HalfBuffer:
      return Effect::Happens;
    case State::FullBuffer:
    case State::SenderWaits:
    case State::FullAndSenderWaits:
      return sends ? Effect::Waits : Effect::Happens;
  }
  return Effect::Waits;
}

Chan<std::string> inState(State s) {
  Chan<std::string> c;
  auto waits = [&c](bool sends) {
    go([c = c, sends] {
      if (sends) {
        c.send("waited");
      } else {
        c.recv();
      }
    });
    settle();
  };
  switch (s) {
    case State::Nil:
      break;
    case State::Closed:
      c = Chan<std::string>(0);
      c.close();
      break;
    case State::ClosedWithValue:
      c = Chan<std::string>(1);
      c.send("buffered");
      c.close();
      break;
    case State::Empty:
      c = Chan<std::string>(0);
      break;
    case State::EmptyBuffer:
      c = Chan<std::string>(2);
      break;
    case State::HalfBuffer:
      c = Chan<std::string>(2);
      c.send("buffered");
      break;
    case State::FullBuffer:
      c = Chan<std::string>(1);
      c.send("buffered");
      break;
    case State::SenderWaits:
      c = Chan<std::string>(0);
      waits(true);
      break;
    case State::FullAndSenderWaits:
      c = Chan<std::string>(1);
      c.send("buffered");
      waits(true);
      break;
    case State::ReceiverWaits:
      c = Chan<std::string>(0);
      waits(false);
      break;
  }
  return c;
}

// What one run did: which case, and what it saw.
struct Outcome {
  int chosen = -2;  // -2: waits, -1: threw
  Effect seen = Effect::Waits;
  bool valuesKept = true;  // of the sends that did not happen, and only of those
};

struct Operation {
  bool sends;
  State state;
};

Outcome runOnce(const Operation& a, const Operation& b, bool hasDefault, bool dynamic) {
  struct Shared {
    Outcome out;
    std::string va = "value a", vb = "value b";
    int sent = 0;
  };
  auto sh = std::make_shared<Shared>();
  Chan<std::string> ca = inState(a.state), cb = inState(b.state);
  // In a goroutine: it may wait for ever.
  go([=] {
    Outcome& out = sh->out;
    auto got = [&](std::optional<std::string> v) {
      out.seen = v ? Effect::Happens : Effect::GetsNothing;
      if (v && *v != "buffered" && *v != "waited") out.valuesKept = false;
    };
    auto sentA = [&] {
      out.seen = Effect::Happens;
      sh->sent |= 1;
    };
    auto sentB = [&] {
      out.seen = Effect::Happens;
      sh->sent |= 2;
    };
    std::string& va = sh->va;
    std::string& vb = sh->vb;
    try {
      size_t n;
      if (dynamic) {
        Select s;
        if (a.sends) {
          s.send(ca, &va, sentA);
        } else {
          s.recv(ca, got);
        }
        if (b.sends) {
          s.send(cb, &vb, sentB);
        } else {
          s.recv(cb, got);
        }
        if (hasDefault) s.otherwise();
        n = s.run();
      } else if (hasDefault) {
        n = a.sends && b.sends ? select(send(ca, std::move(va), sentA), send(cb, std::move(vb), sentB), otherwise())
            : a.sends          ? select(send(ca, std::move(va), sentA), recv(cb, got), otherwise())
            : b.sends          ? select(recv(ca, got), otherwise(), send(cb, std::move(vb), sentB))
                               : select(otherwise(), recv(ca, got), recv(cb, got));
        if (!a.sends) {
          // The places of the last two calls are others: as if otherwise were the last.
          constexpr size_t second[] = {0, 2, 1}, third[] = {2, 0, 1};
          n = b.sends ? second[n] : third[n];
        }
      } else {
        n = a.sends && b.sends ? select(send(ca, std::move(va), sentA), send(cb, std::move(vb), sentB))
            : a.sends          ? select(send(ca, std::move(va), sentA), recv(cb, got))
            : b.sends          ? select(recv(ca, got), send(cb, std::move(vb), sentB))
                               : select(recv(ca, got), recv(cb, got));
      }
      out.chosen = static_cast<int>(n);
    } catch (const RuntimeError&) {
      out.chosen = -1;
    }
  });
  settle();
  Outcome out = sh->out;
  if (sh->va != ((sh->sent & 1) != 0 ? "" : "value a")) out.valuesKept = false;
  if (sh->vb != ((sh->sent & 2) != 0 ? "" : "value b")) out.valuesKept = false;
  // Whoever waits now does so for ever, with handles of their own.
  return out;
}

TEST_F(SelectTest, EveryPairInEveryState) {
  tests::Procs one(1);
  int pairs = 0;
  for (bool dynamic : {false, true}) {
    for (bool hasDefault : {false, true}) {
      for (bool aSends : {false, true}) {
        for (State sa : states) {
          for (bool bSends : {false, true}) {
            for (State sb : states) {
              Operation a{aSends, sa}, b{bSends, sb};
              Effect ea = effect(aSends, sa), eb = effect(bSends, sb);
              // Both ready: each happens with probability 1/2, so that in 40 runs neither is missed.
              bool both = ea != Effect::Waits && eb != Effect::Waits;
              int seenA = 0, seenB = 0;
              for (int i = 0; i < (both ? 40 : 2); i++) {
                Outcome o = runOnce(a, b, hasDefault, dynamic);
                std::string where = testing::PrintToString(std::vector<int>{
                    dynamic, hasDefault, aSends, static_cast<int>(sa), bSends, static_cast<int>(sb), o.chosen});
                ASSERT_TRUE(o.valuesKept) << where;
                if (ea == Effect::Waits && eb == Effect::Waits) {
                  ASSERT_EQ(o.chosen, hasDefault ? 2 : -2) << where;
                } else if (o.chosen == -1) {
                  ASSERT_TRUE(ea == Effect::Throws || eb == Effect::Throws) << where;
                  if (ea == Effect::Throws) seenA++;
                  if (eb == Effect::Throws) seenB++;
                } else {
                  ASSERT_TRUE(o.chosen == 0 || o.chosen == 1) << where;
                  ASSERT_EQ(o.seen, o.chosen == 0 ? ea : eb) << where;
                  (o.chosen == 0 ? seenA : seenB)++;
                }
                if (both && seenA > 0 && seenB > 0) break;
              }
              if (both) {
                ASSERT_TRUE(seenA > 0 && seenB > 0) << static_cast<int>(sa) << " " << static_cast<int>(sb);
              }
              pairs++;
            }
          }
        }
      }
    }
  }
  EXPECT_EQ(pairs, 4 * 20 * 20);
}

}  // namespace
}  // namespace gort
