// What the worlds of fibers have as seam/inline.h: the functions of runtime/seam.h that save the live world time and
// decide nothing. No shortcut is taken here, for every step is one that a log has, a trace shows or a search decides.
// The one that is none where it is taken without its fence is in no_shortcuts.h.
#pragma once

#define RUNTIME_HOT
#define RUNTIME_OUTLINE

namespace runtime {

inline void prefetchRunq(const p*) {}
constexpr uint32 aheadBy = 1;
inline void linkAhead(g*, const g*) {}
inline void prefetchAhead(const g*) {}
inline void enterStack(g*) {}
inline void enterForGood() {}

}  // namespace runtime
