// The ways in which a program ends; it is traced by its environment.
//
//   ends return|exit|os_exit|deadlock|throw|abort|term|thread|writer
//
// thread: the signal comes to one that is none of the runtime's; writer: to the one that writes the trace, while it waits
// for a pipe to take more.
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "gort.h"

namespace {

void Waits(gort::Chan<void> c) { c.recv(); }

// The thread that is in a call of write, or 0.
int ThreadThatWrites() {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    int call = -1;
    std::ifstream(task.path() / "syscall") >> call;
    if (call == SYS_write) return std::stoi(task.path().filename());
  }
  return 0;
}

}  // namespace

int gort_main(int argc, char** argv) {
  const std::string_view how = argc > 1 ? argv[1] : "";
  gort::Chan<void> never(0), done(0);
  gort::go([=] { Waits(never); });
  gort::go([=] { done.close(); });
  done.recv();
  gort::Gosched();  // both have run
  if (how == "writer") {
    // More than a pipe and a buffer of the tracer hold.
    for (int i = 0; i < 1000; i++) gort::trace::Log("filling", std::string(1000, 'x') + std::to_string(i));
  }
  gort::trace::Log("last", "words");
  if (how == "return") return 7;
  if (how == "exit") std::exit(7);
  if (how == "os_exit") gort::Exit(7);
  if (how == "deadlock") never.recv();
  if (how == "throw") throw std::runtime_error("nobody catches it");
  if (how == "abort") std::abort();
  if (how == "term") {
    kill(getpid(), SIGTERM);
    pause();
  }
  if (how == "thread") {
    std::thread([] {
      raise(SIGTERM);
      pause();
    }).join();
  }
  if (how == "writer") {
    int writer;
    while ((writer = ThreadThatWrites()) == 0) gort::time::Sleep(std::chrono::milliseconds(1));
    syscall(SYS_tgkill, getpid(), writer, SIGTERM);
    std::puts("sent");
    std::fflush(stdout);
    pause();
  }
  std::fprintf(stderr, "usage: ends return|exit|os_exit|deadlock|throw|abort|term|thread|writer\n");
  return 2;
}
