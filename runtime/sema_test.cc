// The tests of Go's runtime/sema_test.go, and the order in which sleepers are found.
#include "runtime/sema.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <random>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/proc_decl.h"
#include "runtime/runtime2.h"
#include "runtime/seam.h"

namespace {

using gort::Chan;
using gort::GOMAXPROCS;
using gort::sync::WaitGroup;

std::uint32_t semNwait(std::uint32_t* addr) { return runtime::semtable.rootFor(addr)->nwait.Load(); }

// Whether the goroutine that was handed the semaphore ran before the one that released it.
bool testSemaHandoff() {
  std::uint32_t sema = 0;
  std::atomic<int> res{0};
  Chan<void> done(0);

  // The others keep the processors busy, so that no idle one takes the waiter away from this P.
  WaitGroup wg;
  for (int i = 0; i < GOMAXPROCS(-1); i++) {
    wg.Add(1);
    gort::go([&, done] {
      while (gort::select(gort::recv(done), gort::otherwise()) == 1) gort::Gosched();
      wg.Done();
    });
  }

  wg.Add(1);
  gort::go([&, done] {
    runtime::semacquire(&sema);
    int none = 0;
    res.compare_exchange_strong(none, 1);
    runtime::semrelease1(&sema, true, 0);
    done.close();
    wg.Done();
  });
  while (semNwait(&sema) == 0) gort::Gosched();

  // The release with a hand-off, and the same exchange on both sides: the waiter's should come first.
  runtime::semrelease1(&sema, true, 0);
  int none = 0;
  res.compare_exchange_strong(none, 2);

  wg.Wait();
  return res.load() == 1;
}

void testSemaHandoffs() {
  const int iter = 2000;
  int ok = 0;
  for (int i = 0; i < iter; i++) ok += testSemaHandoff();
  // Another P may take the waiter, rarely.
  EXPECT_GE(ok, iter * 2 / 3) << "direct handoff < 2/3";
}

TEST(Runtime, TestSemaHandoff) { testSemaHandoffs(); }

TEST(Runtime, TestSemaHandoff1) {
  gort::tests::Procs procs(1);
  testSemaHandoffs();
}

// Go skips it unless there are more than two; here more are asked for, which is as good.
TEST(Runtime, TestSemaHandoff2) {
  gort::tests::Procs procs(2);
  testSemaHandoffs();
}

// A root of a table of its own, with sudogs for which nobody sleeps.
struct Root {
  runtime::semaRoot root;

  runtime::sudog* queue(std::uint32_t* addr, bool lifo = false) {
    runtime::fromProgram here;
    runtime::sudog* s = runtime::acquireSudog();
    s->ticket = 0;
    root.queue(addr, s, lifo);
    return s;
  }
  runtime::sudog* dequeue(std::uint32_t* addr) {
    runtime::fromProgram here;
    runtime::sudog* s = root.dequeue(addr);
    if (s != nullptr) runtime::releaseSudog(s);  // throws if it is not as it was
    return s;
  }

  // The treap's two orders, parents, and lists. Returns the number of nodes.
  int check() { return check(root.treap, nullptr, 0, ~std::uintptr_t{0}); }
  int check(runtime::sudog* s, runtime::sudog* parent, std::uintptr_t lo, std::uintptr_t hi) {
    if (s == nullptr) return 0;
    auto addr = reinterpret_cast<std::uintptr_t>(s->elem);
    EXPECT_EQ(s->parent, parent);
    EXPECT_NE(s->ticket, 0u);
    EXPECT_LE(parent != nullptr ? parent->ticket : 0, s->ticket);
    EXPECT_TRUE(lo <= addr && addr < hi);
    int behind = 0;
    runtime::sudog* last = nullptr;
    for (runtime::sudog* t = s->waitlink; t != nullptr; t = t->waitlink) {
      EXPECT_EQ(t->elem, s->elem);
      behind++;
      last = t;
    }
    EXPECT_EQ(s->waittail, last);
    EXPECT_GE(s->waiters, behind);
    return 1 + check(s->prev, s, lo, addr) + check(s->next, s, addr + 1, hi);
  }
};

TEST(SemaRoot, FirstInFirstOutUnlessAskedOtherwise) {
  Root r;
  std::uint32_t a = 0;
  runtime::sudog* one = r.queue(&a);
  runtime::sudog* two = r.queue(&a);
  runtime::sudog* first = r.queue(&a, true);
  runtime::sudog* last = r.queue(&a);
  EXPECT_EQ(r.check(), 1);
  for (runtime::sudog* want : {first, one, two, last}) {
    EXPECT_EQ(r.dequeue(&a), want);
    r.check();
  }
  EXPECT_EQ(r.dequeue(&a), nullptr);
  EXPECT_EQ(r.root.treap, nullptr);
}

// Against plain queues, with every operation on many addresses in random order.
TEST(SemaRoot, RandomOperationsOnManyAddresses) {
  Root r;
  std::mt19937 rnd(1);
  const std::size_t n = 50;
  std::vector<std::uint32_t> addrs(n);
  std::vector<std::vector<runtime::sudog*>> want(n);
  for (int i = 0; i < 20'000; i++) {
    std::size_t k = rnd() % n;
    std::uint32_t* addr = &addrs[k];
    switch (rnd() % 5) {
      case 0: want[k].push_back(r.queue(addr)); break;
      case 1: want[k].insert(want[k].begin(), r.queue(addr, true)); break;
      default: {
        runtime::sudog* first = want[k].empty() ? nullptr : want[k].front();
        ASSERT_EQ(r.dequeue(addr), first);
        if (first != nullptr) want[k].erase(want[k].begin());
      }
    }
    auto used = std::count_if(want.begin(), want.end(), [](const auto& q) { return !q.empty(); });
    ASSERT_EQ(r.check(), used);
  }
  for (std::size_t k = 0; k < n; k++) {
    for (runtime::sudog* s : want[k]) ASSERT_EQ(r.dequeue(&addrs[k]), s);
  }
  EXPECT_EQ(r.root.treap, nullptr);
}

// Sleepers on two addresses of one bucket: a release wakes the right one.
TEST(Semaphore, AddressesThatShareARoot) {
  std::vector<std::uint32_t> words(2 * runtime::semTabSize * 2 + 2);
  std::uint32_t* a = &words[0];
  std::uint32_t* b = a + 2 * runtime::semTabSize;  // 8 * semTabSize bytes further
  ASSERT_EQ(runtime::semtable.rootFor(a), runtime::semtable.rootFor(b));
  Chan<int> woken(2);
  gort::go([=] {
    runtime::semacquire(a);
    woken.send(1);
  });
  gort::go([=] {
    runtime::semacquire(b);
    woken.send(2);
  });
  while (semNwait(a) < 2) gort::Gosched();
  runtime::semrelease(b);
  EXPECT_EQ(woken.recv(), 2);
  runtime::semrelease(a);
  EXPECT_EQ(woken.recv(), 1);
  EXPECT_EQ(semNwait(a), 0u);
}

// What is released while nobody waits is there for who comes.
TEST(Semaphore, Counts) {
  std::uint32_t s = 0;
  runtime::semrelease(&s);
  runtime::semrelease(&s);
  EXPECT_EQ(s, 2u);
  EXPECT_TRUE(runtime::cansemacquire(&s));
  runtime::semacquire(&s);
  EXPECT_EQ(s, 0u);
  EXPECT_FALSE(runtime::cansemacquire(&s));
}

// Who drew a ticket first is notified first, also if another was faster to sleep.
TEST(NotifyList, AnOvertakenTicketComesFirst) {
  runtime::notifyList l;
  std::uint32_t t0 = runtime::notifyListAdd(&l);
  std::uint32_t t1 = runtime::notifyListAdd(&l);
  Chan<void> woken(1);
  gort::go([&, woken] {
    runtime::notifyListWait(&l, t1);
    woken.send();
  });
  while (__atomic_load_n(&l.head, __ATOMIC_SEQ_CST) == nullptr) gort::Gosched();
  runtime::notifyListNotifyOne(&l);
  for (int i = 0; i < 100; i++) gort::Gosched();
  EXPECT_EQ(woken.len(), 0u);
  runtime::notifyListWait(&l, t0);  // at once
  runtime::notifyListNotifyOne(&l);
  woken.recv();
}

// Tickets that have been notified before their owner sleeps; and the wrap around 2^32.
TEST(NotifyList, TicketsWrapAround) {
  runtime::notifyList l;
  l.wait.Store(0xffffffff);
  l.notify = 0xffffffff;
  std::uint32_t t0 = runtime::notifyListAdd(&l);
  std::uint32_t t1 = runtime::notifyListAdd(&l);
  EXPECT_EQ(t0, 0xffffffffu);
  EXPECT_EQ(t1, 0u);
  runtime::notifyListNotifyOne(&l);
  runtime::notifyListWait(&l, t0);  // at once
  Chan<void> woken(1);
  gort::go([&, woken] {
    runtime::notifyListWait(&l, t1);
    woken.send();
  });
  for (int i = 0; i < 100; i++) gort::Gosched();
  EXPECT_EQ(woken.len(), 0u);
  runtime::notifyListNotifyAll(&l);
  woken.recv();
  EXPECT_EQ(l.head, nullptr);
  EXPECT_EQ(l.tail, nullptr);
}

}  // namespace
