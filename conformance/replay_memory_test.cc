// How much memory the replay of a log with a hundred thousand goroutines alive at a time takes: what a goroutine that
// waits has on its stack must be copied away and its pages given back (worlds/lockstep/stacks.cc).
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "worlds/lockstep/replay.h"

namespace {

constexpr char kLog[] = "testdata/schedlogs/many-goroutines-p4.slog";
constexpr long kLimit = 200'000'000;

TEST(ReplayMemory, AHundredThousandGoroutinesWaitInLittle) {
  const pid_t pid = fork();
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    auto result = std::make_unique<lockstep::Result>();
    const std::string report = lockstep::Replay(kLog, *result);
    std::fputs(report.c_str(), stderr);
    // Fewer would not show anything.
    _exit(result->outcome != lockstep::Result::kAgrees ? 1 : result->goroutines < 100'000 ? 2 : 0);
  }
  int status = 0;
  rusage usage{};
  ASSERT_EQ(wait4(pid, &status, 0, &usage), pid);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << "1: it diverged; 2: the log has fewer than 100,000 goroutines";
  EXPECT_LT(usage.ru_maxrss * 1024, kLimit);
}

}  // namespace
