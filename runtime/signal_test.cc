// signal_unix.cc: what each signal does to a program, compared with what Go's manual of os/signal says.
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <atomic>

#include "gtest/gtest.h"
#include "runtime/child_test.h"
#include "runtime/proc_decl.h"

// Weak, so out of the compiler's sight as a function of another file would be; and out of the runtime's namespace,
// whose frames a trace leaves out. AddressSanitizer would look at its own notes about the address first, and fault
// there; UndefinedBehaviorSanitizer would not let it come to a fault.
[[gnu::weak, gnu::noinline, gnu::no_sanitize_address]] __attribute__((no_sanitize("undefined")))
int readThrough(int* p) {
  return *p;
}

namespace runtime {
namespace {

int* volatile nowhere;
void (*volatile noFunction)();

std::atomic<int> ownCalls;
// Installed before the runtime starts.
const bool installed = [] {
  struct sigaction sa = {};
  sa.sa_handler = [](int) { ownCalls++; };
  return sigaction(SIGUSR2, &sa, nullptr) == 0;
}();

TEST(Signal, TheProgramsOwnHandlerStays) {
  ASSERT_TRUE(installed);
  raise(SIGUSR2);
  EXPECT_EQ(ownCalls, 1);
  struct sigaction sa;
  ASSERT_EQ(sigaction(SIGUSR2, nullptr, &sa), 0);
  EXPECT_NE(sa.sa_flags & SA_ONSTACK, 0) << "a goroutine's stack is no place for it";
}

TEST(Signal, OthersAreCaughtAndIgnored) {
  for (int sig : {SIGUSR1, SIGALRM, SIGURG, SIGWINCH, SIGCHLD, SIGIO, SIGVTALRM, 40}) raise(sig);
}

void forever() {
  for (;;) gort::Gosched();
}
CHILD(Wait) {
  kill(getpid(), atoi(getenv("SIG")));
  forever();
}

TEST(Signal, SomeKill) {
  for (int sig : {SIGHUP, SIGINT, SIGTERM}) {
    ChildResult r = runChild("Wait", "SIG=" + std::to_string(sig));
    EXPECT_TRUE(r.exited(128 + sig) || r.killed(sig)) << sig << ": " << r.status << r.out;
    EXPECT_EQ(r.out.find("goroutine"), std::string::npos);
  }
}

TEST(Signal, SomeReport) {
  struct {
    int sig;
    const char* text;
  } cases[] = {{SIGQUIT, "SIGQUIT: quit\nPC=0x"}, {SIGABRT, "SIGABRT: abort\nPC=0x"},
               {SIGSYS, "SIGSYS: bad system call\nPC=0x"}, {SIGSEGV, "SIGSEGV: segmentation violation\nPC=0x"}};
  for (const auto& c : cases) {
    ChildResult r = runChild("Wait", "SIG=" + std::to_string(c.sig));
    EXPECT_TRUE(r.exited(2)) << c.sig << ": " << r.status << r.out;
    EXPECT_NE(r.out.find(c.text), std::string::npos) << r.out;
    EXPECT_NE(r.out.find(" sigcode=0"), std::string::npos) << r.out;
    EXPECT_NE(r.out.find("\ngoroutine 1 "), std::string::npos) << r.out;
    EXPECT_NE(r.out.find("\ngoroutine 2 gp="), std::string::npos) << "all of them: " << r.out;
#if defined(__x86_64__)
    EXPECT_NE(r.out.find("\nrax    0x"), std::string::npos) << r.out;
#endif
  }
}

// ---- Faults.

CHILD(Nil) { readThrough(nowhere); }
CHILD(NilFunction) { noFunction(); }
// Above all that AddressSanitizer has for itself.
CHILD(Wild) { readThrough(reinterpret_cast<int*>(0x123456789abc)); }
CHILD(NilOnAnother) {
  gort::go([] { readThrough(nowhere); });
  forever();
}

TEST(Signal, AFaultIsAPanic) {
  for (const char* name : {"Nil", "NilOnAnother", "NilFunction"}) {
    ChildResult r = runChild(name);
    EXPECT_TRUE(r.exited(2)) << r.status << r.out;
    size_t at = r.out.find(
        "panic: runtime error: invalid memory address or nil pointer dereference\n"
        "[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x");
    ASSERT_NE(at, std::string::npos) << r.out;
    EXPECT_NE(r.out.find("\n\ngoroutine ", at), std::string::npos) << r.out;
    EXPECT_NE(r.out.find(" [running]:\n", at), std::string::npos) << r.out;
    if (strcmp(name, "NilFunction") != 0) {
      EXPECT_NE(r.out.find("readThrough(", at), std::string::npos) << r.out;
    }
  }
}

TEST(Signal, AWildAddressIsFatal) {
  ChildResult r = runChild("Wild");
  EXPECT_TRUE(r.exited(2)) << r.status << r.out;
  EXPECT_NE(r.out.find("unexpected fault address 0x123456789abc\nfatal error: fault\n"
                       "[signal SIGSEGV: segmentation violation code=0x1 addr=0x123456789abc pc=0x"),
            std::string::npos)
      << r.out;
}

// The fault as an exception, where the compiler has a handler around a call that it cannot see into.
TEST(Signal, AFaultCanBeCaught) {
  int (*volatile read)(int*) = readThrough;
  for (int i = 0; i < 3; i++) {
    try {
      read(nullptr);
      FAIL() << "no exception";
    } catch (const std::exception& e) {
      EXPECT_STREQ(e.what(), "runtime error: invalid memory address or nil pointer dereference");
    }
  }
}

// ---- Pipes.

CHILD(BrokenOutput) {
  int fd[2];
  if (pipe(fd) != 0) _exit(3);
  close(fd[0]);
  dup2(fd[1], 1);
  ssize_t n = write(1, "x", 1);
  _exit(n == 1 ? 4 : 5);
}

TEST(Signal, ABrokenStandardOutputKills) {
#if defined(__x86_64__)
  ChildResult r = runChild("BrokenOutput");
  EXPECT_TRUE(r.exited(128 + SIGPIPE) || r.killed(SIGPIPE)) << r.status << r.out;
#endif
}

TEST(Signal, ABrokenPipeElsewhereIsAnError) {
  int fd[2];
  ASSERT_EQ(pipe(fd), 0);
  close(fd[0]);
  EXPECT_EQ(write(fd[1], "x", 1), -1);
  EXPECT_EQ(errno, EPIPE);
  close(fd[1]);
}

}  // namespace
}  // namespace runtime
