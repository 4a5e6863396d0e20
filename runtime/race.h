// ThreadSanitizer, which is to the runtime what Go's race detector is to Go's: race.go and the hooks of chan.go,
// proc.go and others, at the same places. In an ordinary build all of it is nothing.
//
// The runtime itself is not instrumented: its own fields are none of ThreadSanitizer's business, and what orders
// them, a lock of a run queue for one, must not seem to order what goroutines do. A goroutine is a fiber (g.racectx),
// and so is each thread while it is on g0; switches between them order nothing (SWITCH_STACK). What does is said
// here, operation by operation: a go statement, a send and its receive, and what else Go's memory model has.
//
// One order is said that is not there: a value that goes straight to a waiting receiver puts each of the two behind
// what the other did before, also if the channel is buffered. The program's own constructor moves it, on behalf of
// both.
//
// The addresses are names only: whoever acquires one is behind all that released it.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/sanitizers.h"

namespace runtime {

struct g;

inline constexpr bool raceenabled = RUNTIME_TSAN;

#if RUNTIME_TSAN

extern "C" {
void __tsan_acquire(void* addr);
void __tsan_release(void* addr);
}

inline void raceacquire(const void* addr) { __tsan_acquire(const_cast<void*>(addr)); }
inline void racerelease(const void* addr) { __tsan_release(const_cast<void*>(addr)); }

// The same for gp, which is parked and stays so meanwhile: all that gp did is before what the caller does next, or
// the other way round.
void raceacquirefrom(g* gp);
void racereleaseto(g* gp);

// The thread of this g0, on it: what it does there is not looked at. The other one before it ends.
void racethreadinit(g* g0);
void racethreadfini();
// The same for a thread that gort did not start, which is on its goroutine's stack, curg's, while it does not schedule.
void raceforeigninit(g* g0, g* curg);
void raceforeignfini(g* g0);
// A goroutine that the current one has made; when it begins, on the stack that it has by then; and when it has ended.
// The latter two on g0, or on another goroutine.
void racegostart(g* gp);
void racestack(const g* gp);
void racegoend(g* gp);
// The program ends, and nothing is concurrent any more; and when it ends at once, from wherever the caller is.
void racefini();
void raceexit();

#else

inline void raceacquire(const void*) {}
inline void racerelease(const void*) {}
inline void raceacquirefrom(g*) {}
inline void racereleaseto(g*) {}
inline void racethreadinit(g*) {}
inline void racethreadfini() {}
inline void raceforeigninit(g*, g*) {}
inline void raceforeignfini(g*) {}
inline void racegostart(g*) {}
inline void racestack(const g*) {}
inline void racegoend(g*) {}
inline void racefini() {}
inline void raceexit() {}

#endif

}  // namespace runtime
