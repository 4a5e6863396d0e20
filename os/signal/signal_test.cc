// Signals in channels.
#include "os/signal/signal.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "gort.h"
#include "gtest/gtest.h"

namespace gort::os::signal {
namespace {

using namespace std::chrono_literals;

int timedRecv(const Chan<int>& c, time::Duration limit = 10s) {
  int got = 0;
  select(recv(c, [&](std::optional<int> sig) { got = *sig; }), recv(time::After(limit)));
  return got;
}

void (*handlerOf(int sig))(int) {
  struct sigaction sa;
  sigaction(sig, nullptr, &sa);
  return sa.sa_handler;
}

TEST(Signal, Notify) {
  auto before1 = handlerOf(SIGUSR1), before2 = handlerOf(SIGUSR2);
  Chan<int> c(4), other(4);
  Notify(c, {SIGUSR1});
  Notify(c, {SIGUSR2});
  Notify(other, {SIGUSR1});
  kill(getpid(), SIGUSR1);
  EXPECT_EQ(timedRecv(c), SIGUSR1);
  EXPECT_EQ(timedRecv(other), SIGUSR1);
  kill(getpid(), SIGUSR2);
  EXPECT_EQ(timedRecv(c), SIGUSR2);
  EXPECT_EQ(timedRecv(other, 20ms), 0) << "not asked for";
  Stop(c);
  kill(getpid(), SIGUSR1);
  EXPECT_EQ(timedRecv(other), SIGUSR1);
  EXPECT_FALSE(c.try_recv());
  EXPECT_EQ(handlerOf(SIGUSR2), before2) << "nobody wants it";
  EXPECT_NE(handlerOf(SIGUSR1), before1);
  Stop(other);
  EXPECT_EQ(handlerOf(SIGUSR1), before1);
}

TEST(Signal, NobodyWaitsForAFullChannel) {
  Chan<int> full(1), roomy(64);
  Notify(full, {SIGUSR1});
  Notify(roomy, {SIGUSR1});
  for (int i = 0; i < 5; i++) {
    kill(getpid(), SIGUSR1);
    ASSERT_EQ(timedRecv(roomy), SIGUSR1);
  }
  EXPECT_EQ(full.len(), 1u);
  Stop(full);
  Stop(roomy);
}

TEST(Signal, IgnoreAndReset) {
  auto before = handlerOf(SIGHUP);
  Ignore({SIGHUP});
  kill(getpid(), SIGHUP);  // or we are dead
  EXPECT_EQ(handlerOf(SIGHUP), SIG_IGN);
  Chan<int> c(1);
  Notify(c, {SIGHUP});
  kill(getpid(), SIGHUP);
  EXPECT_EQ(timedRecv(c), SIGHUP);
  Reset({SIGHUP});
  EXPECT_EQ(handlerOf(SIGHUP), before);
  Stop(c);
}

TEST(Signal, TheRuntimesAreLeftAlone) {
  auto urg = handlerOf(SIGURG), segv = handlerOf(SIGSEGV);
  Chan<int> c(1);
  Notify(c, {SIGURG, SIGSEGV, SIGKILL, 0, 99});
  Ignore({SIGURG, SIGSEGV});
  EXPECT_EQ(handlerOf(SIGURG), urg);
  EXPECT_EQ(handlerOf(SIGSEGV), segv);
  Stop(c);
}

TEST(Signal, Context) {
  auto before = handlerOf(SIGUSR1);
  auto [ctx, stop] = NotifyContext(context::Background(), {SIGUSR1});
  EXPECT_FALSE(ctx.Err());
  kill(getpid(), SIGUSR1);
  ctx.Done().recv();
  EXPECT_EQ(ctx.Err(), context::Canceled);
  for (int i = 0; i < 5000 && handlerOf(SIGUSR1) != before; i++) time::Sleep(1ms);
  EXPECT_EQ(handlerOf(SIGUSR1), before);
  {
    auto [unused, stop2] = NotifyContext(context::Background(), {SIGUSR1});
    EXPECT_NE(handlerOf(SIGUSR1), before);
  }
  for (int i = 0; i < 5000 && handlerOf(SIGUSR1) != before; i++) time::Sleep(1ms);
  EXPECT_EQ(handlerOf(SIGUSR1), before) << "whoever wanted it is gone";
}

// Signals from outside while goroutines compute, wait and talk.
TEST(Signal, Many) {
  Chan<int> c(1000);
  Notify(c, {SIGUSR1});
  std::atomic<bool> done{false};
  sync::WaitGroup wg;
  for (int i = 0; i < 4; i++) {
    wg.Add(1);
    go([&] {
      Chan<int> ping(0);
      go([=, &done] {
        while (!done) ping.send(1);
        ping.close();
      });
      while (ping.recv()) {
      }
      wg.Done();
    });
  }
  for (int i = 0; i < 300; i++) {
    kill(getpid(), SIGUSR1);
    time::Sleep(200us);
  }
  done = true;
  wg.Wait();
  EXPECT_GT(c.len(), 0u);
  Stop(c);
}

}  // namespace
}  // namespace gort::os::signal
