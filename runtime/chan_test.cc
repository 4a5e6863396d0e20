// Go's chan_test.go, told in C++ under its names. Loops that are only stress are shorter; what is checked is not.
#include <any>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/time.h"

namespace {

using gort::Chan;
using gort::go;
using gort::otherwise;
using gort::recv;
using gort::select;
using gort::send;
using gort::tests::Procs;

constexpr int64_t Microsecond = 1000;
constexpr int64_t Millisecond = 1000 * Microsecond;
void Sleep(int64_t ns) { runtime::timeSleep(ns); }

// A word that goroutines share and that lives as long as the last of them.
template <class T>
std::shared_ptr<std::atomic<T>> shared(T v) {
  return std::make_shared<std::atomic<T>>(v);
}

void testChan(int chanCap) {
  {
    // A receive from an empty channel blocks.
    Chan<int> c(chanCap);
    auto recv1 = shared(false);
    go([=] {
      c.recv();
      *recv1 = true;
    });
    auto recv2 = shared(false);
    go([=] {
      int v;
      c.recv(v);
      *recv2 = true;
    });
    Sleep(Millisecond);
    ASSERT_FALSE(*recv1);
    ASSERT_FALSE(*recv2);
    // One that may not block does not.
    ASSERT_EQ(select(recv(c), otherwise()), 1u);
    int v = 7;
    ASSERT_EQ(select(recv(c, v), otherwise()), 1u);
    ASSERT_EQ(v, 7);
    c.send(0);
    c.send(0);
  }
  {
    // A send to a full channel blocks.
    Chan<int> c(chanCap);
    for (int i = 0; i < chanCap; i++) c.send(i);
    auto sent = shared(false);
    go([=] {
      c.send(0);
      *sent = true;
    });
    Sleep(Millisecond);
    ASSERT_FALSE(*sent);
    // One that may not block does not.
    ASSERT_EQ(select(send(c, 0), otherwise()), 1u);
    c.recv();
  }
  {
    // A closed channel gives what it holds, then zeros.
    Chan<int> c(chanCap);
    for (int i = 0; i < chanCap; i++) c.send(i);
    c.close();
    int v;
    for (int i = 0; i < chanCap; i++) {
      c >> v;
      ASSERT_EQ(v, i);
    }
    v = 7;
    c >> v;
    ASSERT_EQ(v, 0);
    v = 7;
    ASSERT_FALSE(c.recv(v));
    ASSERT_EQ(v, 0);
    ASSERT_EQ(c.recv(), std::nullopt);
  }
  {
    // Close wakes a receiver.
    Chan<int> c(chanCap);
    Chan<bool> done(0);
    go([=] {
      int v = 7;
      bool ok = c.recv(v);
      done.send(v == 0 && !ok);
    });
    Sleep(Millisecond);
    c.close();
    ASSERT_TRUE(*done.recv());
  }
  {
    // 100 integers arrive as they are, in order.
    Chan<int> c(chanCap);
    go([=] {
      for (int i = 0; i < 100; i++) c.send(i);
    });
    for (int i = 0; i < 100; i++) {
      int v = -1;
      c >> v;
      ASSERT_EQ(v, i);
    }
    // The same by the form with ok.
    go([=] {
      for (int i = 0; i < 100; i++) c.send(i);
    });
    for (int i = 0; i < 100; i++) {
      int v = -1;
      ASSERT_TRUE(c.recv(v));
      ASSERT_EQ(v, i);
    }
    // 1000 integers from each of 4 goroutines to 4 others: what is sent is received, as often as it was sent.
    constexpr int P = 4;
    constexpr int L = 1000;
    for (int p = 0; p < P; p++) {
      go([=] {
        for (int i = 0; i < L; i++) c.send(i);
      });
    }
    Chan<std::map<int, int>> done(0);
    for (int p = 0; p < P; p++) {
      go([=] {
        std::map<int, int> got;
        for (int i = 0; i < L; i++) got[*c.recv()]++;
        done.send(std::move(got));
      });
    }
    std::map<int, int> got;
    for (int p = 0; p < P; p++) {
      std::map<int, int> part = *done.recv();
      for (auto [k, v] : part) got[k] += v;
    }
    ASSERT_EQ(got.size(), static_cast<size_t>(L));
    for (auto [k, v] : got) ASSERT_EQ(v, P) << k;
  }
  {
    Chan<int> c(chanCap);
    auto n = static_cast<size_t>(chanCap);
    ASSERT_EQ(c.len(), 0u);
    ASSERT_EQ(c.cap(), n);
    for (int i = 0; i < chanCap; i++) c.send(i);
    ASSERT_EQ(c.len(), n);
    ASSERT_EQ(c.cap(), n);
  }
}

TEST(Runtime, TestChan) {
  Procs procs(4);
  for (int chanCap = 0; chanCap < 40; chanCap++) {
    testChan(chanCap);
    ASSERT_FALSE(HasFatalFailure()) << "chan[" << chanCap << "]";
  }
}

TEST(Runtime, TestNonblockRecvRace) {
  auto failed = shared(false);
  for (int i = 0; i < 10000; i++) {
    Chan<int> c(1);
    c.send(1);
    go([=] { select(recv(c), otherwise([&] { *failed = true; })); });
    c.close();
    c.recv();
    ASSERT_FALSE(*failed) << "chan is not ready";
  }
}

// select acts on the state of the channels at one moment: while the second goroutine exists, c1 or c2 is ready, so
// its select finds one of them.
TEST(Runtime, TestNonblockSelectRace) {
  Chan<bool> done(1);
  for (int i = 0; i < 100000; i++) {
    Chan<int> c1(1);
    Chan<int> c2(1);
    c1.send(1);
    go([=] { done.send(select(recv(c1), recv(c2), otherwise()) != 2); });
    c2.send(1);
    select(recv(c1), otherwise());
    ASSERT_TRUE(*done.recv()) << "no chan is ready";
  }
}

// The same, with close(c2) in place of a send.
TEST(Runtime, TestNonblockSelectRace2) {
  Chan<bool> done(1);
  for (int i = 0; i < 100000; i++) {
    Chan<int> c1(1);
    Chan<int> c2(0);
    c1.send(1);
    go([=] { done.send(select(recv(c1), recv(c2), otherwise()) != 2); });
    c2.close();
    select(recv(c1), otherwise());
    ASSERT_TRUE(*done.recv()) << "no chan is ready";
  }
}

// To send and to receive on one channel in one select neither crashes nor hangs, and nobody receives from itself.
TEST(Runtime, TestSelfSelect) {
  Procs procs(2);
  for (int chanCap : {0, 10}) {
    gort::sync::WaitGroup wg;
    wg.Add(2);
    std::atomic<bool> self = false;
    Chan<int> c(chanCap);
    for (int p = 0; p < 2; p++) {
      go([=, &wg, &self] {
        auto received = [&](int v) {
          if (chanCap == 0 && v == p) self = true;
        };
        for (int i = 0; i < 1000; i++) {
          if (p == 0 || i % 2 == 0) {
            select(send(c, p), recv(c, received));
          } else {
            select(recv(c, received), send(c, p));
          }
        }
        wg.Done();
      });
    }
    wg.Wait();
    EXPECT_FALSE(self) << "self receive";
  }
}

TEST(Runtime, TestSelectStress) {
  Procs procs(10);
  std::array<Chan<int>, 4> c = {Chan<int>(0), Chan<int>(0), Chan<int>(2), Chan<int>(3)};
  constexpr int N = 100000;
  // For each channel a goroutine that sends N values and one that receives N; one that sends N on each in a select over
  // all of them, and one that receives so. Sends and receives balance, so this does not hang.
  gort::sync::WaitGroup wg;
  wg.Add(10);
  for (size_t k = 0; k < 4; k++) {
    go([&, k] {
      for (int i = 0; i < N; i++) c[k].send(0);
      wg.Done();
    });
    go([&, k] {
      for (int i = 0; i < N; i++) c[k].recv();
      wg.Done();
    });
  }
  go([&] {
    std::array<int, 4> n = {};
    auto c1 = c;
    auto sent = [&](size_t k) {
      if (++n[k] == N) c1[k] = nullptr;
    };
    for (int i = 0; i < 4 * N; i++) {
      select(send(c1[3], 0, [&] { sent(3); }),  //
             send(c1[2], 0, [&] { sent(2); }),  //
             send(c1[0], 0, [&] { sent(0); }),  //
             send(c1[1], 0, [&] { sent(1); }));
    }
    wg.Done();
  });
  go([&] {
    std::array<int, 4> n = {};
    auto c1 = c;
    for (int i = 0; i < 4 * N; i++) {
      size_t k = select(recv(c1[0]), recv(c1[1]), recv(c1[2]), recv(c1[3]));
      if (++n[k] == N) c1[k] = nullptr;
    }
    wg.Done();
  });
  wg.Wait();
  for (auto& ch : c) EXPECT_EQ(ch.len(), 0u);
}

TEST(Runtime, TestSelectFairness) {
  constexpr int trials = 10000;
  Chan<uint8_t> c1(trials + 1);
  Chan<uint8_t> c2(trials + 1);
  for (int i = 0; i < trials + 1; i++) {
    c1.send(1);
    c2.send(2);
  }
  Chan<uint8_t> c3(0), c4(0), out(0), done(0);
  gort::sync::WaitGroup wg;
  wg.Add(1);
  go([&] {
    for (;;) {
      uint8_t b = 0;
      select(recv(c3, b), recv(c4, b), recv(c1, b), recv(c2, b));
      if (select(send(out, b), recv(done)) == 1) break;
    }
    wg.Done();
  });
  int cnt1 = 0;
  int cnt2 = 0;
  for (int i = 0; i < trials; i++) {
    int b = *out.recv();
    ASSERT_TRUE(b == 1 || b == 2) << b;
    (b == 1 ? cnt1 : cnt2)++;
  }
  // A fair select takes each about as often. Ten sigma are a lot, but a small bias is no error.
  double mean = trials * 0.5;
  double stddev = std::sqrt(trials * 0.5 * (1 - 0.5));
  EXPECT_LE(std::abs(cnt1 - mean), 10 * stddev) << "unfair select: " << cnt1 << ", " << cnt2;
  done.close();
  wg.Wait();
}

// Elements of a type that can be anything.
TEST(Runtime, TestChanSendInterface) {
  struct mt {};
  auto m = std::make_shared<mt>();
  Chan<std::any> c(1);
  c.send(m);
  EXPECT_EQ(select(send(c, m), otherwise()), 1u);
  EXPECT_EQ(select(send(c, m), send(c, std::make_shared<mt>()), otherwise()), 2u);
  EXPECT_EQ(std::any_cast<std::shared_ptr<mt>>(*c.recv()), m);
}

TEST(Runtime, TestPseudoRandomSend) {
  constexpr int n = 100;
  for (int chanCap : {0, n}) {
    Chan<int> c(chanCap);
    std::vector<int> l(n);
    gort::sync::Mutex m;
    m.Lock();
    go([&] {
      for (int& v : l) {
        gort::Gosched();
        c >> v;
      }
      m.Unlock();
    });
    for (int i = 0; i < n; i++) select(send(c, 1), send(c, 0));
    m.Lock();  // the receiver is done
    int ones = 0;
    for (int v : l) ones += v;
    EXPECT_GT(ones, n / 10) << "chan cap " << chanCap;
    EXPECT_GT(n - ones, n / 10) << "chan cap " << chanCap;
    m.Unlock();
  }
}

TEST(Runtime, TestMultiConsumer) {
  constexpr int nwork = 23;
  constexpr int niter = 271828;
  static constexpr int pn[] = {2, 3, 7, 11, 13, 17, 19, 23, 27, 31};
  Chan<int> q(nwork * 3);
  Chan<int> r(nwork * 3);

  gort::sync::WaitGroup wg;
  for (size_t w = 0; w < nwork; w++) {
    wg.Add(1);
    go([=, &wg] {
      for (int v : q) {
        // Some step aside, so that the order is not that of a queue.
        if (pn[w % std::size(pn)] == v) gort::Gosched();
        r.send(v);
      }
      wg.Done();
    });
  }

  int expect = 0;
  go([=, &wg, &expect] {
    for (size_t i = 0; i < niter; i++) {
      int v = pn[i % std::size(pn)];
      expect += v;
      q.send(v);
    }
    q.close();
    wg.Wait();
    r.close();
  });

  int n = 0;
  int s = 0;
  for (int v : r) {
    n++;
    s += v;
  }
  EXPECT_EQ(n, niter);
  EXPECT_EQ(s, expect);
}

// A goroutine may be queued on one channel more than once.
TEST(Runtime, TestSelectDuplicateChannel) {
  Chan<int> c(0), d(0), e(0);
  go([=] {
    select(recv(c), recv(c), recv(d));
    e.send(9);
  });
  Sleep(Millisecond);  // it is on c's queue, first
  go([=] { c.recv(); });
  Sleep(Millisecond);  // and this one behind it
  d.send(7);           // the first leaves c's queue, twice
  EXPECT_EQ(e.recv(), 9);
  c.send(8);  // the second is on it still
}

// The cases of a select that do not take place leave their variables alone, also where a channel stands there twice.
// (Go's test moves the stacks meanwhile.)
TEST(Runtime, TestSelectStackAdjust) {
  Chan<int*> c(0), d(0);
  Chan<bool> ready1(0), ready2(0);
  std::atomic<int> lost = 0;
  auto f = [&](Chan<bool> ready, bool dup) {
    ready.send(true);
    int val = 42;
    int* cx = &val;
    Chan<int*> c2 = dup ? c : nullptr;
    Chan<int*> d2 = dup ? d : nullptr;
    select(recv(c, cx), recv(c2), recv(d), recv(d2));
    if (cx != &val) {
      lost++;
    } else {
      *cx = 43;
      if (val != 43) lost++;
    }
    ready.send(true);
  };
  go([&] { f(ready1, false); });
  go([&] { f(ready2, true); });
  ready1.recv();
  ready2.recv();
  Sleep(10 * Millisecond);  // they are in their selects
  d.close();
  ready1.recv();
  ready2.recv();
  EXPECT_EQ(lost, 0);
}

}  // namespace
