// The programs of Go's test/chan, told in C++: one test for each file there. select8.go (break in a select) has no
// counterpart, perm.go is in chan_test.cc (what does not compile), select5.go in select_test.cc (every pair of
// operations in every state; that program checks what Go's compiler makes of them).
#include <malloc.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/time.h"

namespace gort {
namespace {

using gort::tests::Procs;

void sleepMs(int64_t ms) { runtime::timeSleep(ms * 1000000); }

// A select that sends the same on four channels, and receivers that meet again: nothing comes twice, nothing is lost.
TEST(GoChan, doubleselect) {
  Procs procs(2);
  constexpr int iterations = 100000;
  Chan<int> c[4] = {Chan<int>(0), Chan<int>(0), Chan<int>(0), Chan<int>(0)};
  Chan<int> cmux(0);
  Chan<bool> done(0);
  go([&] {
    for (int i = 0; i < iterations; i++) select(send(c[0], i), send(c[1], i), send(c[2], i), send(c[3], i));
    for (auto& ch : c) ch.close();
  });
  for (RecvChan<int> in : c) {
    go([=] {
      for (int v : in) cmux.send(v);
      done.send(true);
    });
  }
  go([=] {
    for (int i = 0; i < 4; i++) done.recv();
    cmux.close();
  });
  std::vector<bool> seen(iterations);
  int n = 0;
  for (int v : cmux) {
    ASSERT_FALSE(seen[static_cast<size_t>(v)]) << v;
    seen[static_cast<size_t>(v)] = true;
    n++;
  }
  EXPECT_EQ(n, iterations);
}

TEST(GoChan, fifo) {
  constexpr int N = 10;
  {
    Chan<int> ch(N);
    for (int i = 0; i < N; i++) ch.send(i);
    for (int i = 0; i < N; i++) EXPECT_EQ(ch.recv(), i);
  }
  // Receivers that wait in a known order are served in that order.
  Chan<int> ch(0), in(0);
  Chan<int> start = in;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < N; i++) {
    Chan<int> out(0);
    go([=, &wrong] {
      in.recv();
      if (ch.recv() != i) wrong++;
      out.send(1);
    });
    in = out;
  }
  start.send(0);
  for (int i = 0; i < N; i++) ch.send(i);
  in.recv();
  EXPECT_EQ(wrong, 0);
}

// A chain of goroutines, each of which hands one value on.
TEST(GoChan, goroutines) {
  constexpr int n = 10000;
  Chan<int> leftmost(0);
  Chan<int> left = leftmost;
  for (int i = 0; i < n; i++) {
    Chan<int> right(0);
    go([=] { left.send(*right.recv() + 1); });
    left = right;
  }
  go([=] { left.send(1); });
  EXPECT_EQ(leftmost.recv(), n + 1);
}

// Sends and receives that do not block, repeated until the other side is there.
template <class T>
void nonblock(std::ptrdiff_t buffer, T toReceiver, T toMain) {
  Chan<T> c(buffer);
  Chan<bool> strobe(0);
  std::atomic<bool> right = false;
  ASSERT_EQ(select(recv(c), otherwise()), 1u) << "blocked sender";

  go([&, c, strobe] {
    right = c.recv() == toReceiver;
    strobe.send(true);
  });
  constexpr int maxTries = 10000;
  int tries = 0;
  while (select(send(c, toReceiver), otherwise()) == 1) {
    ASSERT_LT(++tries, maxTries);
    runtime::timeSleep(20000);
    Gosched();
  }
  strobe.recv();
  ASSERT_TRUE(right);

  go([=] {
    c.send(toMain);
    strobe.send(true);
  });
  if (buffer > 0) strobe.recv();
  T v{};
  tries = 0;
  while (select(recv(c, v), otherwise()) == 1) {
    ASSERT_LT(++tries, maxTries);
    runtime::timeSleep(20000);
    Gosched();
  }
  ASSERT_EQ(v, toMain);
  if (buffer == 0) strobe.recv();
}

TEST(GoChan, nonblock) {
  for (std::ptrdiff_t buffer : {0, 1}) {
    nonblock<int32_t>(buffer, 123, 234);
    nonblock<int64_t>(buffer, 123456, 234567);
    nonblock<bool>(buffer, true, true);
    nonblock<std::string>(buffer, "hello", "hello again");
  }
}

// Values for the sends are made before the select looks at the channels, for each case and each time.
TEST(GoChan, select) {
  unsigned counter = 0, shift = 0;
  auto value = [&] {
    counter++;
    return 1u << shift;
  };
  auto sendBoth = [&](Chan<unsigned> a, Chan<unsigned> b) {
    int n = 0;
    for (;; shift++) {
      size_t k = gort::select(gort::send(a, value()), gort::send(b, value()), otherwise());
      if (k == 2) return n;
      n++;
      (k == 0 ? a : b) = nullptr;
    }
  };
  Chan<unsigned> a(1), b(1);
  EXPECT_EQ(sendBoth(a, b), 2);
  EXPECT_EQ(*a.recv() | *b.recv(), 3u);
  EXPECT_EQ(sendBoth(a, nullptr), 1);
  EXPECT_EQ(counter, 10u);
}

// Selects that block leave nothing behind on a channel that nobody uses.
TEST(GoChan, select2) {
  Chan<int> c(0), dummy(0);
  auto run = [=](int n) {
    go([=] {
      for (int i = 0; i < n; i++) c.send(1);
    });
    for (int i = 0; i < n; i++) {
      if (gort::select(gort::recv(c), gort::recv(dummy)) != 0) return false;
    }
    return true;
  };
  auto used = [] { return static_cast<int64_t>(mallinfo2().uordblks); };
  EXPECT_TRUE(run(100000));  // warm up
  int64_t before = used();
  EXPECT_TRUE(run(100000));
  EXPECT_LT(used() - before, 110000);
}

// Whether f blocks; if it should, 10 ms are enough to believe it.
bool blocks(std::function<void()> f, bool expected) {
  Chan<bool> c(2);
  go([=] {
    f();
    c.send(false);
  });
  go([=] {
    sleepMs(expected ? 10 : 10000);
    c.send(true);
  });
  return *c.recv();
}
bool always(std::function<void()> f) { return blocks(std::move(f), true); }
bool never(std::function<void()> f) { return !blocks(std::move(f), false); }
bool panics(const std::function<void()>& f) {
  try {
    f();
  } catch (const RuntimeError&) {
    return true;
  }
  return false;
}
void unreachable() { gort::panic("control flow shouldn't reach here"); }

TEST(GoChan, select3) {
  Chan<int> nilch;
  Chan<int> closedch(0);
  closedch.close();

  // nil channels
  EXPECT_TRUE(always([=] { nilch.send(7); }));
  EXPECT_TRUE(always([=] { nilch.recv(); }));
  EXPECT_FALSE(panics([=] { gort::select(gort::send(nilch, 7, unreachable), otherwise()); }));
  EXPECT_FALSE(panics([=] { gort::select(gort::recv(nilch, unreachable), otherwise()); }));
  // room in the buffer
  EXPECT_TRUE(never([] { Chan<int>(1).send(7); }));
  // closed channels
  EXPECT_TRUE(never([=] {
    for (int i = 0; i < 10; i++) {
      int x = 3;
      closedch >> x;
      if (x != 0) unreachable();
      x = 3;
      if (closedch.recv(x) || x != 0) unreachable();
    }
  }));
  EXPECT_TRUE(panics([=] { closedch.send(7); }));
  // nobody there
  EXPECT_TRUE(always([] { Chan<int>(0).recv(); }));
  // no cases, and cases that never happen
  EXPECT_TRUE(always([] { gort::select(); }));
  EXPECT_TRUE(always([=] { gort::select(gort::recv(nilch, unreachable)); }));
  EXPECT_TRUE(always([=] { gort::select(gort::send(nilch, 7, unreachable)); }));
  EXPECT_TRUE(always([=] { gort::select(gort::recv(nilch, unreachable), gort::send(nilch, 7, unreachable)); }));
  EXPECT_TRUE(always([] {
    Chan<int> ch(0);
    gort::select(gort::recv(ch, unreachable));
  }));
  // otherwise
  EXPECT_TRUE(never([] { gort::select(otherwise()); }));
  EXPECT_TRUE(never([=] { gort::select(gort::recv(nilch, unreachable), otherwise()); }));
  EXPECT_TRUE(never([=] { gort::select(gort::send(nilch, 7, unreachable), otherwise()); }));
  // ready
  EXPECT_TRUE(never([] {
    Chan<int> ch(1);
    gort::select(gort::send(ch, 7), otherwise(unreachable));
  }));
  EXPECT_TRUE(never([] {
    Chan<int> ch(1);
    ch.send(7);
    gort::select(gort::recv(ch), otherwise(unreachable));
  }));
  // closed
  EXPECT_TRUE(never([=] { gort::select(gort::recv(closedch)); }));
  EXPECT_TRUE(never([=] { gort::select(gort::recv(closedch, [](int) {})); }));
  EXPECT_TRUE(never([=] { gort::select(gort::recv(closedch, [](int, bool) {})); }));
  EXPECT_TRUE(panics([=] { gort::select(gort::send(closedch, 7)); }));
  // itself
  EXPECT_TRUE(always([] {
    Chan<int> c(0);
    gort::select(gort::send(c, 1), gort::recv(c));
  }));
}

// The variable of a case that does not take place is not touched.
TEST(GoChan, select4) {
  Chan<int> c(1), c1(0);
  c.send(42);
  int other = 5, x = 0;
  gort::select(gort::recv(c1, other), gort::recv(c, x));
  EXPECT_EQ(x, 42);
  EXPECT_EQ(other, 5);
}

// A select that leaves a queue in whose middle it stood.
TEST(GoChan, select6) {
  Chan<bool> c1(0), c2(0), c3(0);
  std::atomic<bool> dummy = false;
  go([=] { c1.recv(); });
  go([=, &dummy] {
    if (gort::select(gort::recv(c1), gort::recv(c2)) == 0) dummy = true;
    c3.send(true);
    c1.recv();
  });
  go([=] { c2.send(true); });
  c3.recv();
  c1.send(true);
  c1.send(true);
  EXPECT_FALSE(dummy);
}

// A select with one case, and with a second one that never happens, against every form of the other side.
TEST(GoChan, select7) {
  using Receive = void (*)(RecvChan<int>);
  constexpr Receive receives[] = {
      [](RecvChan<int> c) { c.recv(); },
      [](RecvChan<int> c) { gort::select(gort::recv(c)); },
      [](RecvChan<int> c) { gort::select(gort::recv(c), gort::recv(Chan<int>(0))); },
  };
  using Send = void (*)(SendChan<int>);
  constexpr Send sends[] = {
      [](SendChan<int> c) { c.send(1); },
      [](SendChan<int> c) { gort::select(gort::send(c, 1)); },
      [](SendChan<int> c) { gort::select(gort::send(c, 1), gort::send(Chan<int>(0), 1)); },
  };
  for (Receive receive : receives) {
    for (Send send : sends) {
      Chan<int> c(0);
      go([=] { receive(c); });
      Gosched();
      send(c);
    }
  }
}

// A send on a channel that is itself received, as a case.
TEST(GoChan, sendstmt) {
  Chan<Chan<int>> cc(1);
  Chan<int> c(1);
  cc.send(c);
  EXPECT_EQ(gort::select(gort::send(*cc.recv(), 2), otherwise()), 0u);
  EXPECT_EQ(c.recv(), 2);
  Chan<bool> b(1);
  b << (false || true);
  EXPECT_EQ(b.recv(), true);
}

constexpr int primes[] = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37, 41,
                          43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97};

// A filter for each prime.
TEST(GoChan, sieve1) {
  Chan<int> found(0);
  go([=] {
    Chan<int> ch(0);
    go([=] {
      for (int i = 2;; i++) ch.send(i);
    });
    for (;;) {
      int prime = *ch.recv();
      found.send(prime);
      Chan<int> next(0);
      go([=, in = ch] {
        for (int i : in) {
          if (i % prime != 0) next.send(i);
        }
      });
      ch = next;
    }
  });
  for (int p : primes) EXPECT_EQ(found.recv(), p);
}

// Multiples of each prime, merged, are taken out of the odd numbers. What is found feeds the multiples: the way back
// has a buffer that grows, or the two would wait for each other.
TEST(GoChan, sieve2) {
  auto counting = [](int from, int step, std::ptrdiff_t buffer) {
    Chan<int> out(buffer);
    go([=] {
      for (int n = from;; n += step) out.send(n);
    });
    return out;
  };
  Chan<int> found(10), composites(50), back(10), proxy(10);
  found << 2 << 3;
  back.send(3);

  go([=] {
    std::map<int, std::vector<Chan<int>>> heads;  // the next multiples, and whose they are
    auto advance = [&](const Chan<int>& m) { heads[*m.recv()].push_back(m); };
    int prime = 1;
    for (;;) {
      // The next prime is prime + 2 at least, and its first multiple that counts is its square.
      int least = heads.empty() ? 0 : heads.begin()->first;
      if (heads.empty() || least >= (prime + 2) * (prime + 2)) {
        prime = *back.recv();
        advance(counting(prime * prime, 2 * prime, 10));
        continue;
      }
      composites.send(least);
      auto due = std::move(heads.begin()->second);
      heads.erase(heads.begin());
      for (auto& m : due) advance(m);
    }
  });

  go([=] {
    std::deque<int> waiting;
    for (;;) {
      gort::select(gort::recv(proxy, [&](int v) { waiting.push_back(v); }),
                   gort::send(waiting.empty() ? Chan<int>() : back, waiting.empty() ? 0 : waiting.front(),
                              [&] { waiting.pop_front(); }));
    }
  });

  go([=] {
    Chan<int> candidates = counting(5, 2, 50);
    int p = *candidates.recv();
    for (int c : composites) {
      for (; p < c; p = *candidates.recv()) {
        proxy.send(p);
        found.send(p);
      }
      if (p == c) p = *candidates.recv();
    }
  });

  for (int p : primes) EXPECT_EQ(found.recv(), p);
}

TEST(GoChan, zerosize) {
  struct Empty {};
  Chan<Empty> a(0), b(1);
  Chan<void> c(0), d(1);
  b.send(Empty());
  d.send();
  EXPECT_EQ(b.len(), 1u);
  EXPECT_EQ(d.len(), 1u);
  EXPECT_TRUE(b.recv());
  EXPECT_TRUE(d.recv());
}

// ---- Power series, after McIlroy: a series is a pair of channels. Who wants the next coefficient says so on req and
// gets it on dat; a coefficient with denominator 0 is the end. Processes make series out of series.

struct Rat {
  int64_t num = 0;
  int64_t den = 0;

  bool end() const { return den == 0; }
  bool operator==(const Rat&) const = default;
};

Rat rat(int64_t u, int64_t v = 1) {
  int64_t g = std::gcd(u, v);
  if (v < 0) g = -g;
  return {u / g, v / g};
}
Rat operator+(Rat u, Rat v) {
  int64_t g = std::gcd(u.den, v.den);
  return rat(u.num * (v.den / g) + v.num * (u.den / g), u.den * (v.den / g));
}
Rat operator*(Rat u, Rat v) {
  int64_t g1 = std::gcd(u.num, v.den), g2 = std::gcd(u.den, v.num);
  return rat((u.num / g1) * (v.num / g2), (u.den / g2) * (v.den / g1));
}
constexpr Rat finis = {1, 0};

// E is what flows: Rat, or (powser2) something that holds one of several types.
template <class E>
struct Powser {
  struct Series {
    Chan<int> req{0};
    Chan<E> dat{0};
  };
  using Pair = std::pair<Series, Series>;

  static Rat take(E e) {
    if constexpr (std::same_as<E, Rat>) {
      return e;
    } else {
      return *std::get<std::unique_ptr<Rat>>(e);
    }
  }
  static E wrap(Rat r) {
    if constexpr (std::same_as<E, Rat>) {
      return r;
    } else {
      return E(std::make_unique<Rat>(r));
    }
  }

  static Rat get(const Series& in) {
    in.req.send(1);
    return take(*in.dat.recv());
  }
  static void put(Rat r, const Series& out) {
    out.req.recv();
    out.dat.send(wrap(r));
  }
  static void copy(const Series& in, const Series& out) {
    for (;;) {
      out.req.recv();
      out.dat.send(wrap(get(in)));
    }
  }
  // The next of both, in whatever order they come.
  static std::pair<Rat, Rat> get2(const Series& a, const Series& b) {
    Chan<int> req[2] = {a.req, b.req};
    Chan<E> dat[2];
    Rat out[2];
    for (int n = 4; n > 0; n--) {
      auto asked = [&](size_t i, const Series& s) {
        dat[i] = s.dat;
        req[i] = nullptr;
      };
      auto came = [&](size_t i, E e) {
        out[i] = take(std::move(e));
        dat[i] = nullptr;
      };
      gort::select(gort::send(req[0], 1, [&] { asked(0, a); }), gort::send(req[1], 1, [&] { asked(1, b); }),
                   gort::recv(dat[0], [&](E e) { came(0, std::move(e)); }),
                   gort::recv(dat[1], [&](E e) { came(1, std::move(e)); }));
    }
    return {out[0], out[1]};
  }

  // Replicates in onto two series that are read at rates of their own. A process for each coefficient: the newest
  // serves one output, which is called out.first whichever it is, and the oldest the other; the others hold
  // what only one has read yet. wait tells a process that it is the oldest now.
  static void splitter(Series in, Pair out, Chan<int> wait) {
    bool both = false;
    Chan<int> first = out.first.req;
    gort::select(gort::recv(first), gort::recv(wait, [&] {
                   both = true;
                   gort::select(gort::recv(out.first.req),
                                gort::recv(out.second.req, [&] { std::swap(out.first, out.second); }));
                 }));
    in.req.send(1);
    Chan<int> release(0);
    go([=] { splitter(in, out, release); });
    Rat r = take(*in.dat.recv());
    out.first.dat.send(wrap(r));
    if (!both) wait.recv();
    out.second.req.recv();
    out.second.dat.send(wrap(r));
    release.send(0);
  }
  static void split(const Series& in, const Pair& out) {
    Chan<int> release(0);
    go([=] { splitter(in, out, release); });
    release.send(0);
  }
  static Pair split(const Series& in) {
    Pair out;
    go([=] { split(in, out); });
    return out;
  }

  // A series that body makes, in a process of its own.
  template <class F>
  static Series process(F body) {
    Series z;
    go([=] { body(z); });
    return z;
  }

  static Series repeat(Rat c) {
    return process([=](const Series& z) {
      for (;;) put(c, z);
    });
  }
  static Series add(Series u, Series v) {
    return process([=](const Series& z) {
      for (;;) {
        z.req.recv();
        auto [a, b] = get2(u, v);
        if (a.end() && b.end()) {
          z.dat.send(wrap(finis));
        } else if (a.end() || b.end()) {
          z.dat.send(wrap(a.end() ? b : a));
          copy(a.end() ? v : u, z);
        } else {
          z.dat.send(wrap(a + b));
        }
      }
    });
  }
  static Series times(Rat c, Series u) {
    return process([=](const Series& z) {
      for (;;) {
        z.req.recv();
        Rat a = get(u);
        if (a.end()) break;
        z.dat.send(wrap(c * a));
      }
      z.dat.send(wrap(finis));
    });
  }
  static Series sub(Series u, Series v) { return add(u, times(rat(-1), v)); }
  // (u + xU)(v + xV) = uv + x(uV + vU) + xxUV
  static Series mul(Series u, Series v) {
    return process([=](const Series& z) {
      z.req.recv();
      auto [a, b] = get2(u, v);
      if (a.end() || b.end()) {
        z.dat.send(wrap(finis));
        return;
      }
      z.dat.send(wrap(a * b));
      Pair uu = split(u), vv = split(v);
      Series w = add(times(a, vv.first), times(b, uu.first));
      z.req.recv();
      z.dat.send(wrap(get(w)));
      copy(add(w, mul(uu.second, vv.second)), z);
    });
  }
  static Series diff(Series u) {
    return process([=](const Series& z) {
      z.req.recv();
      if (!get(u).end()) {
        for (int i = 1;; i++) {
          Rat a = get(u);
          if (a.end()) break;
          z.dat.send(wrap(rat(i) * a));
          z.req.recv();
        }
      }
      z.dat.send(wrap(finis));
    });
  }
  static Series integ(Rat c, Series u) {
    return process([=](const Series& z) {
      put(c, z);
      for (int i = 1;; i++) {
        z.req.recv();
        Rat a = get(u);
        if (a.end()) break;
        z.dat.send(wrap(rat(1, i) * a));
      }
      z.dat.send(wrap(finis));
    });
  }
  // Z = exp(U): Z' = ZU'.
  static Series exp(Series u) {
    Pair z;
    split(integ(rat(1), mul(z.first, diff(u))), z);
    return z.second;
  }
  // u(c x^n)
  static Series monSubst(Series u, Rat c0, int n) {
    return process([=](const Series& z) {
      Rat c = rat(1);
      for (;;) {
        z.req.recv();
        Rat a = get(u);
        if (a.end()) break;
        z.dat.send(wrap(a * c));
        c = c * c0;
        for (int i = 1; i < n; i++) put(rat(0), z);
      }
      z.dat.send(wrap(finis));
    });
  }

  static void check(const char* name, const Series& u, const std::vector<Rat>& want) {
    for (size_t i = 0; i < want.size(); i++) {
      Rat r = get(u);
      ASSERT_EQ(r, want[i]) << name << "[" << i << "]: " << r.num << "/" << r.den;
    }
  }
  static std::vector<Rat> ten(const std::function<Rat(int)>& f) {
    std::vector<Rat> a;
    for (int i = 0; i < 10; i++) a.push_back(f(i));
    return a;
  }

  static void run() {
    Series ones = repeat(rat(1)), twos = repeat(rat(2));
    check("Ones", ones, std::vector<Rat>(5, rat(1)));
    check("Add", add(ones, twos), std::vector<Rat>(10, rat(3)));
    check("Diff", diff(ones), ten([](int i) { return rat(i + 1); }));
    check("Integ", integ(rat(0), ones), ten([](int i) { return i == 0 ? rat(0) : rat(1, i); }));
    check("CMul", times(rat(-1), twos), std::vector<Rat>(10, rat(-2)));
    check("Sub", sub(ones, twos), std::vector<Rat>(10, rat(-1)));
    check("Mul", mul(ones, ones), ten([](int i) { return rat(i + 1); }));
    check("Exp", exp(ones),
          {rat(1), rat(1), rat(3, 2), rat(13, 6), rat(73, 24), rat(167, 40), rat(4051, 720), rat(37633, 5040),
           rat(43817, 4480), rat(4596553, 362880)});
    check("ATan", integ(rat(0), monSubst(ones, rat(-1), 2)),
          ten([](int i) { return i % 2 == 0 ? rat(0) : rat(i % 4 == 1 ? 1 : -1, i); }));
  }
};

TEST(GoChan, powser1) { Powser<Rat>::run(); }

// The same with elements behind an interface: here a variant of owners.
TEST(GoChan, powser2) { Powser<std::variant<std::monostate, std::unique_ptr<Rat>, std::string>>::run(); }

}  // namespace
}  // namespace gort
