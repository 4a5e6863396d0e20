// Functions of runtime/seam.h, and shortcuts that save time and decide nothing, in the explored world: none are taken.
#pragma once

#define RUNTIME_HOT
#define RUNTIME_OUTLINE

namespace runtime {

inline constexpr bool wakeIsMarked() { return false; }
inline void fenceBeforeWake() {}
inline void prefetchRunq(const p*) {}
constexpr uint32 aheadBy = 1;
inline void linkAhead(g*, const g*) {}
inline void prefetchAhead(const g*) {}
inline void enterStack(g*) {}
inline void enterForGood() {}

}  // namespace runtime
