// Memory of the runtime's own that comes from the C++ library, under ThreadSanitizer. Whoever asks for it and whoever
// gives it back may be two goroutines which nothing orders but a lock of the runtime's, of which ThreadSanitizer must
// not know (race.h). It does know new and delete, though; so it looks away while one of these is alive. No Go file has
// this: there the runtime's memory is none that the detector watches.
#pragma once

#include "runtime/sanitizers.h"

#if RUNTIME_TSAN
extern "C" {
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}
#endif

namespace runtime {

class raceIgnored {
 public:
#if RUNTIME_TSAN
  raceIgnored() { AnnotateIgnoreWritesBegin(__FILE__, __LINE__); }
  ~raceIgnored() { AnnotateIgnoreWritesEnd(__FILE__, __LINE__); }
#else
  raceIgnored() {}
#endif
  raceIgnored(const raceIgnored&) = delete;
  raceIgnored& operator=(const raceIgnored&) = delete;
};

}  // namespace runtime
