// The ways in which a program ends; it is traced by its environment.
//
//   ends return|exit|os_exit|deadlock|throw|abort|term
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "gort.h"

namespace {

void Waits(gort::Chan<void> c) { c.recv(); }

}  // namespace

int gort_main(int argc, char** argv) {
  const std::string_view how = argc > 1 ? argv[1] : "";
  gort::Chan<void> never(0), done(0);
  gort::go([=] { Waits(never); });
  gort::go([=] { done.close(); });
  done.recv();
  gort::Gosched();  // both have run
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
  std::fprintf(stderr, "usage: ends return|exit|os_exit|deadlock|throw|abort|term\n");
  return 2;
}
