// What is in a trace, counted: from the raw events, so that it can be told of damaged traces, too, up to the damage.
#ifndef TRACE_INFO_H_
#define TRACE_INFO_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "trace/raw.h"

namespace gotrace {

struct Info {
  int version = 0;
  // As far as names of source files show: "linux", "amd64"; else empty.
  std::string os, arch;
  uint64_t bytes = 0;  // of what could be read
  uint64_t generations = 0;
  uint64_t batches = 0;
  uint64_t gomaxprocs = 0;  // the largest; 0 if no event says it
  absl::flat_hash_set<uint64_t> procs, threads, goroutines;  // the numbers of all that are named
  struct Kind {
    uint64_t count = 0, bytes = 0;
  };
  std::array<Kind, 256> kinds;
  // From the first event to the last, in nanoseconds of the trace's clock; both 0 if there is none.
  double begin = 0, end = 0;
  uint64_t wall_sec = 0, wall_nsec = 0;  // of the first clock snapshot
};

// Reads all of it. What went wrong, if anything, is the reader's verdict.
Info Collect(RawReader& reader);

}  // namespace gotrace

#endif  // TRACE_INFO_H_
