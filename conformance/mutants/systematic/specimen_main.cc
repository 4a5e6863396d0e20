// Runs the changed specimen, once for each mutant and first without any, each in a process of its own: a line with the
// mutant's number and what came of it.
#include <unistd.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>

#include "conformance/mutants/systematic/specimen.h"
#include "conformance/mutants/systematic/switch.h"

namespace mutants {

unsigned char flags[kMost];
unsigned long reached[kMost];
unsigned long differed[kMost];

bool look(unsigned id) { return on(id); }
void fellOff() { std::abort(); }

}  // namespace mutants

int main(int argc, char** argv) {
  const unsigned count = argc == 2 ? static_cast<unsigned>(std::atoi(argv[1])) : 0;
  for (unsigned id = 0; id <= count; id++) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      alarm(2);
      if (id != 0) mutants::flags[id] = mutants::kOn;
      std::printf("%u", id);
      for (int n : {0, 1, 5}) {
        const int result = specimen::run(n);
        std::printf(" %d/%ld", result, specimen::trail);
      }
      specimen::trail = 0;
      for (int n = 0; n < 4; n++) {
        std::printf(" %d", specimen::take(specimen::kFree, n) + 2 * specimen::take(specimen::kHeld, n));
      }
      std::printf("/%ld", specimen::trail);
      specimen::trail = 0;
      for (int n : {1, 5, 6, 8, 9}) std::printf(" %d", specimen::steps(n));
      std::printf("/%ld\n", specimen::trail);
      std::fflush(stdout);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) std::printf("%u %s\n", id, WTERMSIG(status) == SIGALRM ? "hangs" : "dies");
  }
  return 0;
}
