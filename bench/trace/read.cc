// read.go's counterpart with gort's reader: prints the events, the seconds of processor time, the peak of resident
// memory, and the bytes of the largest generation: read FILE.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>

#include "trace/reader.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  gotrace::Reader reader;
  unsigned long long events = 0, largest = 0, last = 0;
  if (reader.Open(argv[1])) {
    while (reader.Next()) {
      events++;
      if (reader.event().kind != gotrace::kSyncPoint) continue;
      largest = std::max<unsigned long long>(largest, reader.good_until() - last);
      last = reader.good_until();
    }
  }
  if (!reader.verdict().ok()) {
    std::fprintf(stderr, "%s\n", reader.verdict().Line(argv[1]).c_str());
    return 2;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds_of = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * t.tv_usec; };
  const double seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  std::printf("%llu %.6f %ld %llu\n", events, seconds, usage.ru_maxrss * 1024, largest);
  return 0;
}
