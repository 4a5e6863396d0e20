// What the C++ programs of ./gort bench live share: the clocks, and the line of JSON that they print (go/main.go has
// the same for Go).
#pragma once

#include <sys/resource.h>
#include <time.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace bench {

// Nanoseconds by the clock.
inline int64_t wallTime() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

// Nanoseconds that this process has had of all processors: all of it, and the kernel's share.
struct CpuTime {
  int64_t all;
  int64_t sys;
};
inline CpuTime cpuTime() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  auto ns = [](const timeval& t) { return t.tv_sec * INT64_C(1000000000) + t.tv_usec * INT64_C(1000); };
  return {ns(u.ru_utime) + ns(u.ru_stime), ns(u.ru_stime)};
}

// timed runs f, which does ops operations, and reports. What f needs is warmed up before by running it on less.
template <class F>
void timed(int64_t ops, F&& f) {
  const CpuTime before = cpuTime();
  const int64_t start = wallTime();
  f();
  const int64_t wall = wallTime() - start;
  const CpuTime after = cpuTime();
  std::printf("{\"ops\": %lld, \"wall_ns\": %lld, \"cpu_ns\": %lld, \"sys_ns\": %lld}\n", static_cast<long long>(ops),
              static_cast<long long>(wall), static_cast<long long>(after.all - before.all),
              static_cast<long long>(after.sys - before.sys));
  std::fflush(stdout);
}

// status returns a figure of /proc/self/status in bytes.
inline int64_t status(const char* key) {
  std::FILE* f = std::fopen("/proc/self/status", "re");
  if (f == nullptr) std::abort();
  char line[256];
  long long kib = -1;
  const size_t len = std::strlen(key);
  while (std::fgets(line, sizeof line, f) != nullptr) {
    if (std::strncmp(line, key, len) == 0 && line[len] == ':') kib = std::atoll(line + len + 1);
  }
  std::fclose(f);
  if (kib < 0) std::abort();
  return kib << 10;
}

// What a number of parked goroutines keep resident, between its making and report().
class Memory {
 public:
  void report(int64_t n) const {
    std::printf("{\"goroutines\": %lld, \"resident\": %lld, \"page_tables\": %lld}\n", static_cast<long long>(n),
                static_cast<long long>(status("VmRSS") - resident_),
                static_cast<long long>(status("VmPTE") - tables_));
    std::fflush(stdout);
  }

 private:
  int64_t resident_ = status("VmRSS");
  int64_t tables_ = status("VmPTE");
};

// A workload's own result that is wrong: nothing measured counts.
[[noreturn]] inline void wrong(const char* what) {
  std::fprintf(stderr, "wrong result: %s\n", what);
  std::exit(1);
}

struct Workload {
  const char* name;
  int64_t n;  // unless the command line gives another
  void (*run)(int64_t n);
};

// chosen finds the workload that the command line names and calls go(run, n).
template <size_t N, class Go>
int chosen(int argc, char** argv, const Workload (&workloads)[N], Go&& go) {
  for (const Workload& w : workloads) {
    if (argc < 2 || std::strcmp(argv[1], w.name) != 0) continue;
    go(w.run, argc > 2 ? std::atoll(argv[2]) : w.n);
    return 0;
  }
  std::fprintf(stderr, "usage: %s WORKLOAD [N]\n", argv[0]);
  return 2;
}

}  // namespace bench
