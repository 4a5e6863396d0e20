// A run of the explored world as a file that execution traces' readers take: Go's, and gort trace, explain and diff.
#pragma once

#include <string>

#include "worlds/explore/search.h"

namespace explore {

// Makes the run of the loaded program again and writes it. A step lasts a microsecond there: step 70 is at 70 us, and
// what the program's clock says is not in it. If a property fails, the last event says which one, in the log of a
// goroutine that runs. "" if all went well, else what did not.
std::string WriteTrace(const Schedule& schedule, const std::string& path);

}  // namespace explore
