// measure OUT COMMAND [ARGS]: runs the command and writes one line to the file OUT: seconds by the clock, seconds of
// processor time, and the peak of resident memory in KiB of the largest process among the command and its children.
// Exit status: the command's; 2 when it could not be run or measured.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

namespace {

int Fail(const char* what) {
  std::fprintf(stderr, "measure: %s: %s\n", what, std::strerror(errno));
  return 2;
}

double Seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: measure OUT COMMAND [ARGS]\n", stderr);
    return 2;
  }
  const auto start = std::chrono::steady_clock::now();
  const pid_t pid = fork();
  if (pid < 0) return Fail("fork");
  if (pid == 0) {
    execvp(argv[2], argv + 2);
    _exit(Fail(argv[2]));
  }
  int status = 0;
  rusage usage{};
  while (wait4(pid, &status, 0, &usage) < 0) {
    if (errno != EINTR) return Fail("wait4");
  }
  const double clock = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  FILE* out = std::fopen(argv[1], "w");
  if (out == nullptr) return Fail(argv[1]);
  std::fprintf(out, "%.6f %.6f %ld\n", clock, Seconds(usage.ru_utime) + Seconds(usage.ru_stime), usage.ru_maxrss);
  if (std::fclose(out) != 0) return Fail(argv[1]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}
