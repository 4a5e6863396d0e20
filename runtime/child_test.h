// For tests that want to see a program die: runs a function of this binary, by name, in a process of its own.
#pragma once

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "gort.h"
#include "gtest/gtest.h"

namespace runtime {

struct ChildResult {
  int status = 0;  // as wait has it
  std::string out;  // standard output and error
  bool exited(int code) const { return WIFEXITED(status) && WEXITSTATUS(status) == code; }
  bool killed(int sig) const { return WIFSIGNALED(status) && WTERMSIG(status) == sig; }
};

// CHILD(name) { ... } is the body of a process that runChild("name") starts. Otherwise it does nothing.
#define CHILD(name)                                                                             \
  static void child_##name();                                                                   \
  TEST(Child, name) {                                                                           \
    const char* chosen = getenv("CHILD_OF_TEST");                                               \
    if (chosen != nullptr && std::string(chosen) == #name) child_##name();                      \
  }                                                                                             \
  static void child_##name()

// Runs that process, with environment variables as in "A=1 B=2". Ends it after a minute. EMULATOR is what runs
// programs of another processor.
inline ChildResult runChild(const std::string& name, const std::string& environment = "") {
  char self[PATH_MAX] = {};
  if (readlink("/proc/self/exe", self, sizeof self - 1) < 0) return {-1, "no /proc/self/exe"};
  std::string command = "exec env -u TESTBRIDGE_TEST_ONLY -u XML_OUTPUT_FILE -u TEST_PREMATURE_EXIT_FILE " +
                        environment + " CHILD_OF_TEST=" + name + " timeout -s KILL 60 $EMULATOR '" + self +
                        "' --gtest_catch_exceptions=0 --gtest_filter=Child." + name + " 2>&1";
  ChildResult r;
  gort::Blocking([&] {
    FILE* f = popen(command.c_str(), "re");
    char buf[4096];
    for (size_t n; (n = fread(buf, 1, sizeof buf, f)) > 0;) r.out.append(buf, n);
    r.status = pclose(f);
  });
  return r;
}

}  // namespace runtime
