// The machine on which the live world's own code is explored: threads, a memory with store buffers as amd64's, and the
// system calls that wait and wake. The code is compiled as it is, for ThreadSanitizer; what that calls before each
// access is here (machine.cc).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/runtime2.h"
#include "worlds/explore/program.h"

namespace explore {

constexpr int kReal = 4;  // threads of a program at most

// A program: what lies there, what each thread does, and what must hold at the end. All variables of it are the run's
// and as they were before it when it begins.
struct Litmus {
  const char* name;
  const char* what;
  void (*setup)();
  std::vector<void (*)()> threads;
  const char* (*check)();  // "" or what is wrong; all threads have ended
};
const std::vector<Litmus>& Litmuses();

// For programs, from a thread of theirs or from setup.
runtime::m* theM(int thread);
// A range that is read and written plainly by several threads on purpose; accesses are points. What plain accesses to
// anything else race is a failure.
void shared(const void* at, size_t bytes);
// What the range is called.
void named(const void* at, size_t bytes, const char* name);
// What fails.
[[noreturn]] void fails(const char* property, const std::string& text);
// 0 or 1, by the search.
int either();

namespace property {
extern const char kExcludes[], kNothingLost[];
}

}  // namespace explore
