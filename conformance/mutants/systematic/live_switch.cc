// The switch of mutants in a live program (switch.h): GORT_MUTANT is the number of the one that is on, and
// GORT_MUTANT_COUNTS a file to count in, as long as the two arrays: what was reached, and what differed.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "conformance/mutants/systematic/switch.h"

namespace mutants {

unsigned char flags[kMost];
alignas(4096) unsigned long reached[kMost];
alignas(4096) unsigned long differed[kMost];

bool look(unsigned id) { return on(id); }
void fellOff() { std::abort(); }

namespace {

constexpr int kAccess = PROT_READ | PROT_WRITE;

// Before anything of the runtime runs. The file takes the place of the arrays, so that it has the counts however the
// program ends.
[[gnu::constructor(101)]] void start() {
  if (const char* number = std::getenv("GORT_MUTANT"); number != nullptr) {
    const int id = std::atoi(number);
    if (id > 0 && id < static_cast<int>(kMost)) flags[id] = kOn;
  }
  if (const char* path = std::getenv("GORT_MUTANT_COUNTS"); path != nullptr) {
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 ||
        mmap(reached, sizeof reached, kAccess, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED ||
        mmap(differed, sizeof differed, kAccess, MAP_SHARED | MAP_FIXED, fd, sizeof reached) == MAP_FAILED) {
      _exit(97);
    }
    close(fd);
  }
}

}  // namespace

}  // namespace mutants
