// Children, their pipes and their ends.
#include "os/exec/exec.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "gort.h"
#include "gtest/gtest.h"

namespace gort::os::exec {
namespace {

using namespace std::chrono_literals;

Cmd sh(const std::string& script) { return Command("sh", {"-c", script}); }

TEST(Exec, Output) {
  EXPECT_EQ(*Command("echo", {"a b", "c"}).Output(), "a b c\n");
  EXPECT_EQ(*sh("echo out; echo err >&2").CombinedOutput(), "out\nerr\n");
  Cmd twice = sh("true");
  twice.Stderr = Open("/dev/null").value();
  EXPECT_EQ(twice.CombinedOutput().error().Error(), "exec: descriptor already set");
  auto bad = sh("echo some; echo why >&2; exit 3").Output();
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().Error(), "exit status 3");
  EXPECT_EQ(bad.partial(), "some\n");
  auto* exit = errors::As<ExitError>(bad.error());
  ASSERT_NE(exit, nullptr);
  EXPECT_EQ(exit->ExitCode(), 3);
  EXPECT_EQ(exit->Stderr, "why\n");
  EXPECT_EQ(sh("kill -KILL $$").Run().Error(), "signal: killed");
}

TEST(Exec, WhatIsNotThere) {
  error err = Command("gort-no-such-program").Run();
  EXPECT_EQ(err.Error(), "exec: \"gort-no-such-program\": executable file not found in $PATH");
  EXPECT_TRUE(errors::Is(err, ErrNotFound));
  EXPECT_EQ(Command("./nosuch").Run().Error(), "fork/exec ./nosuch: no such file or directory");
  EXPECT_EQ(Command("/").Run().code(), std::errc::permission_denied);
  Cmd cmd = Command("true");
  EXPECT_EQ(cmd.Wait().Error(), "exec: not started");
  EXPECT_FALSE(cmd.Run());
  EXPECT_EQ(cmd.Wait().Error(), "exec: Wait was already called");
  EXPECT_EQ(cmd.Start().Error(), "exec: already started");
  EXPECT_EQ(cmd.Signal(SIGTERM), error(ESRCH));
}

TEST(Exec, PipesBothWays) {
  Cmd cmd = Command("cat");
  auto in = cmd.StdinPipe(), out = cmd.StdoutPipe();
  ASSERT_TRUE(in && out);
  ASSERT_FALSE(cmd.Start());
  std::string large(3'000'000, 'z');  // more than a pipe holds
  go([&, in = *in] {
    EXPECT_EQ(*in.Write(large), large.size());
    (void)in.Close();
  });
  EXPECT_TRUE(*io::ReadAll(*out) == large);
  EXPECT_FALSE(cmd.Wait());
}

TEST(Exec, WhereAndWithWhat) {
  int given = 0;  // descriptors that whoever started this test has left to us, and so to our children
  for (int fd = 3; fd < 256; fd++) {
    int flags = fcntl(fd, F_GETFD);
    given += flags >= 0 && (flags & FD_CLOEXEC) == 0;
  }
  Cmd cmd = sh("pwd; echo $WORD; ls -l /proc/self/fd | wc -l");
  cmd.Dir = "/";
  cmd.Env = {{"WORD=hello", "PATH=/usr/bin:/bin"}};
  os::File mine = Open("/dev/null").value();
  auto pipe = Pipe().value();
  auto out = cmd.Output();
  ASSERT_TRUE(out) << out.error();
  EXPECT_EQ(*out, "/\nhello\n" + std::to_string(5 + given) + "\n")
      << "three descriptors, and that of ls itself, and a headline";
}

// Ordinary signals, whatever the runtime and the program do with their own.
TEST(Exec, SignalsAreAsAtTheStart) {
  LockOSThread();
  sigset_t some, before;
  sigemptyset(&some);
  sigaddset(&some, SIGUSR2);
  pthread_sigmask(SIG_BLOCK, &some, &before);
  auto hup = ::signal(SIGHUP, SIG_IGN);
  Cmd cmd = Command("cat", {"/proc/self/status"});
  auto out = cmd.StdoutPipe();
  ASSERT_FALSE(cmd.Start());
  ::signal(SIGHUP, hup);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  UnlockOSThread();
  const std::string status = *io::ReadAll(*out);
  EXPECT_FALSE(cmd.Wait());
  auto set = [&](const std::string& name) {
    return std::strtoull(status.c_str() + status.find(name) + name.size(), nullptr, 16);
  };
  EXPECT_EQ(set("SigBlk:\t"), 0u);
  EXPECT_EQ(set("SigCgt:\t"), 0u);
  EXPECT_EQ(set("SigIgn:\t") & 0x7fffffff, 0u) << "but for libc's own";
}

TEST(Exec, AContextKills) {
  auto [ctx, cancel] = context::WithTimeout(context::Background(), 30ms);
  auto start = time::Now();
  Cmd cmd = CommandContext(ctx, "sleep", {"100"});
  EXPECT_EQ(cmd.Run(), context::DeadlineExceeded);
  EXPECT_LT(time::Since(start), 50s);
  EXPECT_NE(kill(cmd.Pid(), 0), 0) << "it is gone";
  Cmd late = CommandContext(ctx, "true");
  EXPECT_EQ(late.Start(), context::DeadlineExceeded);
  EXPECT_EQ(late.Pid(), 0) << "not even begun";
}

TEST(Exec, Signals) {
  Cmd cmd = sh("trap 'exit 7' USR1; echo ready; while :; do sleep 0.05; done");
  auto out = cmd.StdoutPipe();
  ASSERT_FALSE(cmd.Start());
  std::array<std::byte, 16> buf;
  ASSERT_TRUE(out->Read(buf));
  EXPECT_FALSE(cmd.Signal(SIGUSR1));
  EXPECT_EQ(cmd.Wait().Error(), "exit status 7");
  EXPECT_TRUE(errors::Is(out->Read(buf).error(), ErrClosed)) << "closed by Wait";
}

int threads() {
  int n = 0;
  for ([[maybe_unused]] auto& task : std::filesystem::directory_iterator("/proc/self/task")) n++;
  return n;
}

// Many at once, whose waiters need no threads.
TEST(Exec, Many) {
  std::atomic<int> right{0};
  sync::WaitGroup wg;
  for (int i = 0; i < 40; i++) {
    wg.Add(1);
    go([&, i] {
      auto out = sh("sleep 0.05; echo " + std::to_string(i)).Output();
      right += out && *out == std::to_string(i) + "\n";
      wg.Done();
    });
  }
  wg.Wait();
  EXPECT_EQ(right, 40);
  // Each ends when its input does.
  std::vector<Cmd> cats(40, Command("cat"));
  std::vector<os::File> inputs;
  for (Cmd& cat : cats) {
    inputs.push_back(cat.StdinPipe().value());
    ASSERT_FALSE(cat.Start());
    wg.Add(1);
    go([&] {
      EXPECT_FALSE(cat.Wait());
      wg.Done();
    });
  }
  time::Sleep(50ms);  // who sits in waitid has been missed by now, and another thread works
  EXPECT_LT(threads(), 40);
  for (os::File& in : inputs) (void)in.Close();
  wg.Wait();
}

}  // namespace
}  // namespace gort::os::exec
