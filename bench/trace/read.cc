// read.go's counterpart with gort's reader: prints the events, the seconds, the peak of resident memory, and the bytes
// of the largest generation: read FILE.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "trace/reader.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto begin = std::chrono::steady_clock::now();
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
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%llu %.6f %ld %llu\n", events, seconds, usage.ru_maxrss * 1024, largest);
  return 0;
}
