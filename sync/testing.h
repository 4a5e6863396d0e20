// What the tests of this folder share.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>
#include <utility>

#include "gort.h"

namespace gort::sync::testing {

// Work that a compiler does not leave out.
inline void spin(int n) {
  for (int i = 0; i < n; i++) asm volatile("");
}

// Runs one test of this program again, in a process of its own that has `setting` (NAME=VALUE) in its environment.
// Gives what it said, and its exit status or -1. On a goroutine, whose P is free meanwhile.
inline std::pair<std::string, int> runSelf(const std::string& test, const std::string& setting) {
  std::array<char, 4096> exe = {};
  if (::readlink("/proc/self/exe", exe.data(), exe.size() - 1) < 0) return {"no /proc/self/exe", -1};
  std::string command = setting + " '" + exe.data() + "' --gtest_filter=" + test + " --gtest_output= 2>&1";
  return Blocking([&]() -> std::pair<std::string, int> {
    std::FILE* child = ::popen(command.c_str(), "r");
    if (child == nullptr) return {"popen failed", -1};
    std::string out;
    std::array<char, 4096> part;
    while (std::size_t n = std::fread(part.data(), 1, part.size(), child)) out.append(part.data(), n);
    int status = ::pclose(child);
    return {out, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
  });
}

}  // namespace gort::sync::testing
