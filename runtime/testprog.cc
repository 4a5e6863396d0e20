// Programs that runtime's tests run as children, because they set up the whole process or end it: Go's
// runtime/testdata/testprog. The first argument names one.
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "gort.h"
#include "runtime/proc_decl.h"

namespace {

namespace time = gort::time;
using gort::Chan;
using std::chrono::milliseconds;

int Tid() { return static_cast<int>(syscall(SYS_gettid)); }

void Say(const char* text) {
  std::puts(text);
  std::fflush(stdout);
}

void StopAndStart() { runtime::startTheWorldGC(runtime::stopTheWorldGC(runtime::stwGCMarkTerm)); }

int LockOSThreadMain() {
  const int main_tid = getpid();
  if (gort::GOMAXPROCS(-1) != 1) {
    Say("requires GOMAXPROCS=1");
    return 1;
  }
  Chan<bool> ready(1);
  gort::go([=] {
    // With one P this is still the main thread.
    gort::LockOSThread();
    if (Tid() != main_tid) {
      Say("failed to start goroutine on main thread");
      gort::Exit(1);
    }
    // The end of this goroutine ends the main thread.
    ready.send(true);
  });
  ready.recv();
  time::Sleep(milliseconds(1));
  if (Tid() == main_tid) {
    Say("goroutine migrated to locked thread");
    return 1;
  }
  Say("OK");
  return 0;
}

bool TidExists(int tid) {
  struct stat ignored;
  return stat(("/proc/self/task/" + std::to_string(tid)).c_str(), &ignored) == 0;
}

int LockOSThreadAlt() {
  gort::LockOSThread();
  int sub_tid = 0;
  Chan<bool> ready(1);
  gort::go([=, &sub_tid] {
    gort::LockOSThread();
    sub_tid = Tid();
    ready.send(true);
    // Ends locked: the thread ends with it.
  });
  ready.recv();
  gort::UnlockOSThread();
  for (int i = 0; i < 100; i++) {
    time::Sleep(milliseconds(1));
    if (Tid() == sub_tid) {
      Say("locked thread reused");
      return 1;
    }
    if (!TidExists(sub_tid)) {
      Say("OK");
      return 0;
    }
  }
  std::printf("sub thread %d still running\n", sub_tid);
  return 0;
}

std::string Cwd() {
  char buf[4096];
  return getcwd(buf, sizeof buf) != nullptr ? buf : "";
}

int LockOSThreadAvoidsStatePropagation() {
  gort::LockOSThread();
  if (gort::GOMAXPROCS(-1) != 1) {
    Say("requires GOMAXPROCS=1");
    return 1;
  }
  if (chdir("/") != 0 || Cwd() != "/") {
    Say("failed to chdir");
    return 1;
  }
  Chan<bool> ready(1);
  gort::go([=] {
    gort::LockOSThread();
    // From here on this thread has a working directory of its own.
    if (unshare(CLONE_FS) != 0) {
      Say(errno == EPERM ? "unshare not permitted" : "failed to unshare fs");
      gort::Exit(errno == EPERM ? 0 : 1);
    }
    if (chdir("/tmp") != 0) {
      Say("failed to chdir");
      gort::Exit(1);
    }
    ready.send(true);
    // Ends locked.
  });
  ready.recv();

  Chan<bool> done;
  done = Chan<bool>(0);
  gort::go([=] {
    gort::LockOSThread();
    if (Cwd() != "/") {
      Say("bad state from old thread propagated after it should have died");
      gort::Exit(1);
    }
    done.recv();
    gort::UnlockOSThread();
  });
  done.send(true);
  gort::UnlockOSThread();
  Say("OK");
  return 0;
}

int LockOSThreadTemplateThreadRace() {
  gort::GOMAXPROCS(4);
  gort::go([] {
    for (;;) StopAndStart();
  });
  const auto start = std::chrono::steady_clock::now() + milliseconds(10);
  gort::sync::WaitGroup wg;
  wg.Add(2);
  for (int i = 0; i < 2; i++) {
    gort::go([&] {
      while (std::chrono::steady_clock::now() < start) {
      }
      // Local work: handoffp then starts a thread at once.
      gort::go([] {});
      gort::LockOSThread();
      gort::Gosched();
      wg.Done();
    });
  }
  wg.Wait();
  Say("OK");
  return 0;
}

std::atomic<unsigned> ready_count;
std::atomic<long> out;

int AsyncPreempt() {
  gort::GOMAXPROCS(1);
  static std::atomic<bool> ready;
  // No call at all in these loops: only a signal can stop them.
  gort::go([] {
    for (;;) ready.store(true, std::memory_order_relaxed);
  });
  gort::go([] {
    ready_count++;
    for (unsigned long i = 0;; i++) out.store(static_cast<long>(i * i * i * 12345), std::memory_order_relaxed);
  });
  gort::go([] {
    ready_count++;
    for (;;) asm volatile("");
  });
  while (!ready || ready_count < 2) gort::Gosched();
  // Has to stop all three.
  StopAndStart();
  Say("OK");
  return 0;
}

// Goroutines that do nothing but quick system calls must leave time for others.
int GCFairness() {
  gort::GOMAXPROCS(1);
  const int f = open("/dev/null", O_WRONLY);
  if (f < 0) {
    Say("cannot open /dev/null");
    return 1;
  }
  for (int i = 0; i < 2; i++) {
    gort::go([f] {
      for (;;) gort::Blocking([f] { return write(f, ".", 1); });
    });
  }
  time::Sleep(milliseconds(10));
  Say("OK");
  return 0;
}

// Three goroutines that do nothing but allocate, with one P: each has its turns.
int GCFairness2() {
  gort::GOMAXPROCS(1);
  static std::atomic<long> count[3];
  for (auto& c : count) {
    gort::go([&c] {
      for (;;) {
        delete[] new char[1024];
        c++;
      }
    });
  }
  time::Sleep(milliseconds(30));
  const auto all = [] { return count[0] != 0 && count[1] != 0 && count[2] != 0; };
  if (!all()) time::Sleep(std::chrono::seconds(1));
  Say(all() ? "OK" : "some goroutine did not run");
  return 0;
}

// One P that is always about to be idle: system calls that sysmon takes it from, and timers.
int SyscallsAndTimers() {
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 4; i++) {
    wg.Add(1);
    gort::go([&wg, i] {
      for (int j = 0; j < 200; j++) {
        if (i % 2 == 0) {
          gort::Blocking([] { return usleep(40); });
        } else {
          time::Sleep(std::chrono::microseconds(60));
        }
      }
      wg.Done();
    });
  }
  wg.Wait();
  Say("OK");
  return 0;
}

// With one P and no signals: who calls the runtime all the time gives way there.
int CallsGiveWay() {
  gort::GOMAXPROCS(1);
  Chan<int> c(1), d(0);
  gort::go([=] {
    for (int v;;) c.try_recv(v);
  });
  gort::go([=] {
    for (int i = 0; i < 5; i++) d.send(i);
    d.close();
  });
  for ([[maybe_unused]] int v : d) gort::Gosched();
  Say("OK");
  return 0;
}

// When sysmon has printed the one line that schedtrace=1000000 makes it print.
int DeadlockLater() {
  gort::time::Sleep(std::chrono::milliseconds(100));
  gort::select();
  return 0;
}

int Deadlock() {
  Chan<int> c(0);
  c.recv();
  return 0;
}

int NumGoroutine() {
  std::printf("%d\n", gort::NumGoroutine());
  return 0;
}

struct {
  const char* name;
  int (*run)();
} const programs[] = {
    {"LockOSThreadMain", LockOSThreadMain},
    {"LockOSThreadAlt", LockOSThreadAlt},
    {"LockOSThreadAvoidsStatePropagation", LockOSThreadAvoidsStatePropagation},
    {"LockOSThreadTemplateThreadRace", LockOSThreadTemplateThreadRace},
    {"AsyncPreempt", AsyncPreempt},
    {"GCFairness", GCFairness},
    {"GCFairness2", GCFairness2},
    {"NumGoroutine", NumGoroutine},
    {"SyscallsAndTimers", SyscallsAndTimers},
    {"Deadlock", Deadlock},
    {"DeadlockLater", DeadlockLater},
    {"CallsGiveWay", CallsGiveWay},
};

}  // namespace

int gort_main(int argc, char** argv) {
  const char* name = argc > 1 ? argv[1] : "";
  for (const auto& p : programs) {
    if (std::strcmp(p.name, name) == 0) return p.run();
  }
  std::printf("unknown function: %s\n", name);
  return 1;
}
