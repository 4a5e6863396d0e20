// The network poller by itself: semaphores, deadlines, close, late notices, and the count of those that wait.
#include "runtime/netpoll.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <vector>

#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/boundary.h"
#include "runtime/proc_decl.h"

namespace runtime {
namespace {

using namespace std::chrono_literals;

// Two ends of a stream, none of which blocks, with the poller's record of the first.
struct Pair {
  int fd[2];
  pollDesc* pd = nullptr;
  bool unblocked = false;

  Pair() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd), 0);
    poll_runtime_pollServerInit();
    int err = 0;
    pd = poll_runtime_pollOpen(static_cast<uintptr>(fd[0]), err);
    EXPECT_NE(pd, nullptr) << err;
  }
  ~Pair() {
    unblock();
    poll_runtime_pollClose(pd);
    close(fd[0]);
    if (fd[1] >= 0) close(fd[1]);
  }
  void unblock() {
    if (!unblocked) poll_runtime_pollUnblock(pd);
    unblocked = true;
  }
  void put(char c) { ASSERT_EQ(write(fd[1], &c, 1), 1); }
};

uint32 waiters() { return netpollWaiters.Load(); }

// Until n goroutines are parked in the poller.
void untilWaiters(uint32 n) {
  for (int i = 0; i < 10'000 && waiters() != n; i++) gort::time::Sleep(100us);
  ASSERT_EQ(waiters(), n);
}

TEST(Netpoll, WhoWaitsIsWokenByData) {
  Pair p;
  const uint32 before = waiters();
  gort::Chan<int> done(1);
  ASSERT_EQ(poll_runtime_pollReset(p.pd, pollRead), pollNoError);
  gort::go([&] { done.send(poll_runtime_pollWait(p.pd, pollRead)); });
  untilWaiters(before + 1);
  EXPECT_FALSE(done.try_recv());
  p.put('x');
  EXPECT_EQ(done.recv(), int{pollNoError});
  EXPECT_EQ(waiters(), before);
}

TEST(Netpoll, WritableAtOnceAndOnlyOnce) {
  Pair p;
  // The edge of the beginning.
  EXPECT_EQ(poll_runtime_pollWait(p.pd, pollWrite), pollNoError);
  EXPECT_EQ(p.pd->wg.Load(), pdNil) << "a notice is used up";
  poll_runtime_pollSetDeadline(p.pd, 1'000'000, pollWrite);
  EXPECT_EQ(poll_runtime_pollWait(p.pd, pollWrite), pollErrTimeout) << "there is no second edge";
}

TEST(Netpoll, ANoticeThatCameBeforeIsKept) {
  Pair p;
  ASSERT_EQ(poll_runtime_pollReset(p.pd, pollRead), pollNoError);
  p.put('x');
  for (int i = 0; i < 10'000 && p.pd->rg.Load() != pdReady; i++) gort::time::Sleep(100us);
  EXPECT_EQ(p.pd->rg.Load(), pdReady);
  EXPECT_EQ(poll_runtime_pollWait(p.pd, pollRead), pollNoError);
  EXPECT_EQ(p.pd->rg.Load(), pdNil);
}

TEST(Netpoll, ResetForgetsANotice) {
  Pair p;
  p.put('x');
  for (int i = 0; i < 10'000 && p.pd->rg.Load() != pdReady; i++) gort::time::Sleep(100us);
  ASSERT_EQ(poll_runtime_pollReset(p.pd, pollRead), pollNoError);
  EXPECT_EQ(p.pd->rg.Load(), pdNil);
}

TEST(Netpoll, Deadlines) {
  Pair p;
  const uint32 before = waiters();
  // Read only.
  poll_runtime_pollSetDeadline(p.pd, 2'000'000, pollRead);
  EXPECT_EQ(poll_runtime_pollWait(p.pd, pollRead), pollErrTimeout);
  EXPECT_EQ(poll_runtime_pollReset(p.pd, pollRead), pollErrTimeout);
  EXPECT_EQ(poll_runtime_pollReset(p.pd, pollWrite), pollNoError);
  EXPECT_EQ(waiters(), before);
  // Taken back.
  poll_runtime_pollSetDeadline(p.pd, 0, pollRead);
  EXPECT_EQ(poll_runtime_pollReset(p.pd, pollRead), pollNoError);
  // In the past.
  poll_runtime_pollSetDeadline(p.pd, -1, pollBoth);
  EXPECT_EQ(poll_runtime_pollWait(p.pd, pollRead), pollErrTimeout);
  EXPECT_EQ(poll_runtime_pollWait(p.pd, pollWrite), pollErrTimeout);
  // Both by one timer, which is the read one.
  poll_runtime_pollSetDeadline(p.pd, 2'000'000, pollBoth);
  EXPECT_TRUE(p.pd->rrun);
  EXPECT_FALSE(p.pd->wrun);
  EXPECT_EQ(poll_runtime_pollWait(p.pd, pollRead), pollErrTimeout);
  EXPECT_EQ(poll_runtime_pollReset(p.pd, pollWrite), pollErrTimeout);
  // And apart again, two.
  poll_runtime_pollSetDeadline(p.pd, 3600'000'000'000, pollBoth);
  poll_runtime_pollSetDeadline(p.pd, 2'000'000, pollWrite);
  EXPECT_TRUE(p.pd->rrun);
  EXPECT_TRUE(p.pd->wrun);
  for (int i = 0; i < 10'000 && poll_runtime_pollReset(p.pd, pollWrite) != pollErrTimeout; i++) {
    gort::time::Sleep(1ms);
  }
  EXPECT_EQ(poll_runtime_pollReset(p.pd, pollWrite), pollErrTimeout);
  EXPECT_EQ(poll_runtime_pollReset(p.pd, pollRead), pollNoError);
  // As far as there is time.
  poll_runtime_pollSetDeadline(p.pd, INT64_MAX, pollRead);
  EXPECT_EQ(p.pd->rd, INT64_MAX);
}

TEST(Netpoll, ADeadlineThatIsMovedEndsNobody) {
  Pair p;
  const uint32 before = waiters();
  gort::Chan<int> done(1);
  poll_runtime_pollSetDeadline(p.pd, 20'000'000, pollRead);
  gort::go([&] { done.send(poll_runtime_pollWait(p.pd, pollRead)); });
  untilWaiters(before + 1);
  poll_runtime_pollSetDeadline(p.pd, 3600'000'000'000, pollRead);
  gort::time::Sleep(60ms);
  EXPECT_FALSE(done.try_recv()) << "by the timer of the old deadline";
  poll_runtime_pollSetDeadline(p.pd, -1, pollRead);
  EXPECT_EQ(done.recv(), int{pollErrTimeout});
  EXPECT_EQ(waiters(), before);
}

// A timer that runs is left alone when its deadline moves on; it ends whoever waits all the same, and not too early.
TEST(Netpoll, ADeadlineThatIsMovedOnComes) {
  for (int32 mode : {pollRead, pollWrite, pollBoth}) {
    Pair p;
    timer& t = mode == pollWrite ? p.pd->wt : p.pd->rt;
    const int32 waitsFor = mode == pollWrite ? pollWrite : pollRead;
    // The edge of the beginning.
    ASSERT_EQ(poll_runtime_pollWait(p.pd, pollWrite), pollNoError);
    const int64 start = nanotime();
    poll_runtime_pollSetDeadlineAt(p.pd, start + 4'000'000, mode);
    for (int i = 5; i <= 20; i++) {
      poll_runtime_pollSetDeadlineAt(p.pd, start + i * 1'000'000, mode);
      EXPECT_LE(t.when, start + i * 1'000'000);
    }
    // Whoever would wait for ever is ended here.
    gort::time::Timer guard = gort::time::AfterFunc(20s, [&] { p.unblock(); });
    EXPECT_EQ(poll_runtime_pollWait(p.pd, waitsFor), pollErrTimeout);
    EXPECT_GE(nanotime(), start + 20'000'000);
    guard.Stop();
    EXPECT_EQ(poll_runtime_pollReset(p.pd, pollRead), mode == pollWrite ? pollNoError : pollErrTimeout);
    EXPECT_EQ(poll_runtime_pollReset(p.pd, pollWrite), mode == pollRead ? pollNoError : pollErrTimeout);
    // Nearer again, then none.
    poll_runtime_pollSetDeadlineAt(p.pd, nanotime() + 3600'000'000'000, mode);
    const int64 far = t.when;
    poll_runtime_pollSetDeadlineAt(p.pd, nanotime() + 7200'000'000'000, mode);
    EXPECT_EQ(t.when, far) << "left alone";
    poll_runtime_pollSetDeadlineAt(p.pd, nanotime() + 2'000'000, mode);
    gort::time::Timer second = gort::time::AfterFunc(20s, [&] { p.unblock(); });
    while (poll_runtime_pollReset(p.pd, waitsFor) == pollNoError) gort::time::Sleep(1ms);
    EXPECT_EQ(poll_runtime_pollReset(p.pd, waitsFor), pollErrTimeout);
    second.Stop();
    poll_runtime_pollSetDeadline(p.pd, 0, mode);
    EXPECT_FALSE(p.pd->rrun || p.pd->wrun);
    EXPECT_EQ(poll_runtime_pollReset(p.pd, waitsFor), pollNoError);
  }
}

TEST(Netpoll, CloseWhileBlocked) {
  Pair p;
  const uint32 before = waiters();
  // Fill it, so that who writes has to wait, too.
  char full[4096] = {};
  while (write(p.fd[0], full, sizeof full) > 0) {
  }
  gort::Chan<int> done(2);
  ASSERT_EQ(poll_runtime_pollReset(p.pd, pollRead), pollNoError);
  ASSERT_EQ(poll_runtime_pollReset(p.pd, pollWrite), pollNoError);
  gort::go([&] { done.send(poll_runtime_pollWait(p.pd, pollRead)); });
  gort::go([&] { done.send(poll_runtime_pollWait(p.pd, pollWrite)); });
  untilWaiters(before + 2);
  p.unblock();
  EXPECT_EQ(done.recv(), int{pollErrClosing});
  EXPECT_EQ(done.recv(), int{pollErrClosing});
  EXPECT_EQ(waiters(), before);
  EXPECT_EQ(poll_runtime_pollWait(p.pd, pollRead), pollErrClosing);
  EXPECT_EQ(poll_runtime_pollReset(p.pd, pollWrite), pollErrClosing);
  // Nothing to do for it any more.
  poll_runtime_pollSetDeadline(p.pd, 1'000'000, pollRead);
  EXPECT_FALSE(p.pd->rrun);
}

TEST(Netpoll, TheOtherEndGoes) {
  Pair p;
  gort::Chan<int> done(1);
  ASSERT_EQ(poll_runtime_pollReset(p.pd, pollRead), pollNoError);
  gort::go([&] { done.send(poll_runtime_pollWait(p.pd, pollRead)); });
  close(p.fd[1]);
  p.fd[1] = -1;
  EXPECT_EQ(done.recv(), int{pollNoError});
  char c;
  EXPECT_EQ(read(p.fd[0], &c, 1), 0);
}

TEST(Netpoll, ErrorsAreOfOneUseOfAPollDesc) {
  Pair p;
  const uintptr seq = p.pd->fdseq.Load();
  p.pd->setEventErr(true, seq + 1);
  EXPECT_FALSE(p.pd->info().eventErr()) << "a late notice of another descriptor";
  p.pd->setEventErr(true, seq);
  EXPECT_EQ(poll_runtime_pollReset(p.pd, pollRead), pollErrNotPollable);
  EXPECT_EQ(poll_runtime_pollReset(p.pd, pollWrite), pollNoError);
  p.pd->setEventErr(false, seq);
  EXPECT_EQ(poll_runtime_pollReset(p.pd, pollRead), pollNoError);
}

TEST(Netpoll, ReuseChangesFdseq) {
  pollDesc* first;
  uintptr seq;
  {
    Pair p;
    first = p.pd;
    seq = first->fdseq.Load();
  }
  Pair p;
  ASSERT_EQ(p.pd, first) << "the last one that was freed is used first";
  EXPECT_EQ(p.pd->fdseq.Load(), seq + 1);
  EXPECT_EQ(poll_runtime_pollReset(p.pd, pollRead), pollNoError) << "not closing any more";
}

TEST(Netpoll, WhatCannotBeWatched) {
  poll_runtime_pollServerInit();
  int err = 0;
  int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(poll_runtime_pollOpen(static_cast<uintptr>(fd), err), nullptr);
  EXPECT_EQ(err, EPERM);
  close(fd);
  EXPECT_EQ(poll_runtime_pollOpen(static_cast<uintptr>(fd), err), nullptr);
  EXPECT_EQ(err, EBADF);
  EXPECT_FALSE(poll_runtime_isPollServerDescriptor(0));
  // The poller's own: epoll and eventfd are among the first that there are.
  int own = 0;
  for (uintptr i = 0; i < 1024; i++) own += poll_runtime_isPollServerDescriptor(i);
  EXPECT_EQ(own, 2);
}

// Data, deadlines and closes at once: everybody comes back, and the count is what it was.
TEST(Netpoll, Storm) {
  const uint32 before = waiters();
  gort::sync::WaitGroup wg;
  for (int round = 0; round < 200; round++) {
    wg.Add(1);
    gort::go([&wg, round] {
      Pair p;
      gort::sync::WaitGroup both;
      both.Add(3);
      gort::go([&] {
        for (int i = 0; i < 50 && poll_runtime_pollReset(p.pd, pollRead) == pollNoError; i++) {
          if (poll_runtime_pollWait(p.pd, pollRead) != pollNoError) break;
          char buf[16];
          while (read(p.fd[0], buf, sizeof buf) > 0) {
          }
        }
        both.Done();
      });
      gort::go([&] {
        for (int i = 0; i < 50; i++) {
          [[maybe_unused]] ssize_t n = write(p.fd[1], "x", 1);
          if (i % 7 == round % 7) gort::Gosched();
        }
        both.Done();
      });
      gort::go([&] {
        for (int i = 0; i < 20; i++) {
          poll_runtime_pollSetDeadline(p.pd, 50'000 + i * 1000, i % 2 == 0 ? pollBoth : pollRead);
          gort::Gosched();
        }
        if (round % 3 == 0) p.unblock();
        else poll_runtime_pollSetDeadline(p.pd, -1, pollBoth);
        both.Done();
      });
      both.Wait();
      wg.Done();
    });
  }
  wg.Wait();
  EXPECT_EQ(waiters(), before);
}

// golang/go 61454: counted out only when it can be run, or the program dies as a deadlock. All but one goroutine wait
// for the network, which wakes one after the other.
TEST(Netpoll, WaitersAreCountedOutWhenRunnable) {
  const int procs = gort::GOMAXPROCS(1);
  constexpr int n = 50;
  std::vector<Pair> ring(n);
  std::atomic<int> passed{0};
  gort::sync::WaitGroup wg;
  wg.Add(n);
  for (int i = 0; i < n; i++) {
    gort::go([&, i] {
      for (int lap = 0; lap < 20; lap++) {
        char c;
        EXPECT_EQ(poll_runtime_pollReset(ring[i].pd, pollRead), pollNoError);
        while (read(ring[i].fd[0], &c, 1) != 1) poll_runtime_pollWait(ring[i].pd, pollRead);
        passed++;
        ring[(i + 1) % n].put(c);
      }
      wg.Done();
    });
  }
  ring[0].put('x');
  wg.Wait();
  EXPECT_EQ(passed, n * 20);
  gort::GOMAXPROCS(procs);
}

}  // namespace
}  // namespace runtime
