// programs.h: the four programs that every lesson runs. Each checks its own results, and ends the process when they are
// wrong: nothing measured would count.
#pragma once

#include <vector>

#include "lessons/sched.h"

namespace lessons {

struct Program {
  const char* name;
  const char* what;
  // With as many processors as run was given. small: enough to see and to check, not to measure.
  std::vector<Figure> (*run)(int procs, bool small);
};

inline constexpr int kPrograms = 4;
extern const Program programs[kPrograms];

}  // namespace lessons
