// Memory of the runtime's own that comes from the C++ library, under ThreadSanitizer. Whoever asks for it and whoever
// gives it back may be two goroutines which nothing orders but a lock of the runtime's, of which ThreadSanitizer must
// not know (race.h). It does know new and delete, though; so it looks away while one of these is alive. The same for
// what it knows of libc's functions otherwise: who may use a descriptor, and what memset does. No Go file has this:
// there the runtime's memory and its calls are none that the detector watches.
#pragma once

#include "runtime/sanitizers.h"

#if RUNTIME_TSAN
extern "C" {
void AnnotateIgnoreReadsBegin(const char* file, int line);
void AnnotateIgnoreReadsEnd(const char* file, int line);
void AnnotateIgnoreWritesBegin(const char* file, int line);
void AnnotateIgnoreWritesEnd(const char* file, int line);
}
#endif

namespace runtime {

class raceIgnored {
 public:
#if RUNTIME_TSAN
  raceIgnored() {
    AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
    AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
  }
  ~raceIgnored() {
    AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
    AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
  }
#else
  raceIgnored() {}
#endif
  raceIgnored(const raceIgnored&) = delete;
  raceIgnored& operator=(const raceIgnored&) = delete;
};

}  // namespace runtime
