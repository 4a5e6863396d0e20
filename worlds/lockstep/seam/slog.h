// Points at which the lockstep world looks on: each is a record of the log, by name and with its arguments.
#pragma once

#include <cstddef>

#include "runtime/internal/fixed_string.h"
#include "runtime/runtime2.h"
#include "worlds/lockstep/requests.h"
#include "worlds/lockstep/world.h"

namespace runtime {
bool parkunlock_c(g* gp, void* lock);
}

namespace lockstep {

// How the log names objects: a g by its id, a p and an m by id + 1, nil is 0.
inline int64_t goidOf(const runtime::g* gp) {
  return gp == nullptr ? 0 : static_cast<int64_t>(gp->goid.plain());
}
inline int64_t pidOf(const runtime::p* pp) { return pp == nullptr ? 0 : pp->id + 1; }
inline int64_t midOf(const runtime::m* mp) { return mp == nullptr ? 0 : mp->id + 1; }
int64_t lockOf(const runtime::mutex* l);        // its number in the log, 0 if it is not a lock of proc.go
int64_t pcOf(const runtime::funcval* fn);       // the address that the captured program had

inline int64_t wire(const runtime::g* gp) { return goidOf(gp); }
inline int64_t wire(const runtime::p* pp) { return pidOf(pp); }
inline int64_t wire(const runtime::m* mp) { return midOf(mp); }
inline int64_t wire(const runtime::mutex* l) { return lockOf(l); }
inline int64_t wire(const runtime::funcval* fn) { return pcOf(fn); }

// Holds the list of the record that await found against the port's.
void compareList(const Kind& kind, const runtime::g* first);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
#define GORT_OWNER(object, field, id)                                                              \
  template <>                                                                                      \
  inline int64_t ownerOf<#object "." #field>(const void* f) {                                      \
    return id(reinterpret_cast<const runtime::object*>(static_cast<const char*>(f) -               \
                                                       offsetof(runtime::object, field)));         \
  }
GORT_OWNER(p, status, pidOf)
GORT_OWNER(p, schedtick, pidOf)
GORT_OWNER(p, syscalltick, pidOf)
GORT_OWNER(p, runqhead, pidOf)
GORT_OWNER(p, runqtail, pidOf)
GORT_OWNER(p, runnext, pidOf)
GORT_OWNER(p, runSafePointFn, pidOf)
GORT_OWNER(p, m, pidOf)
GORT_OWNER(g, atomicstatus, goidOf)
GORT_OWNER(g, goid, goidOf)
GORT_OWNER(m, curg, midOf)
GORT_OWNER(m, freeWait, midOf)
#undef GORT_OWNER

// A g gets the id of the goroutine that it is about to be, and is found by it from here on. Until then it went by the
// id of its last goroutine, for the log may name a dead one: somebody outside acts on a status that was read before.
void renamed(runtime::g* gp, runtime::uint64 goid);

inline void seesRunner(const void* curg, const runtime::g* gp) {
  if (!requestsWatched) [[likely]] return;
  asksOf(reinterpret_cast<const runtime::m*>(static_cast<const char*>(curg) - offsetof(runtime::m, curg)), gp);
}

inline void renamed(void* field, runtime::uint64 goid) {
  renamed(reinterpret_cast<runtime::g*>(static_cast<char*>(field) - offsetof(runtime::g, goid)), goid);
}
#pragma GCC diagnostic pop

}  // namespace lockstep

namespace lockstep {

template <runtime::fixed_string Name, class First, class... Rest>
void watch(const First& first, const Rest&...) {
  if constexpr (Name.view() == "preemptone") askingOn(first);
  if constexpr (Name.view() == "preemptone.ret") asked();
  if constexpr (Name.view() == "execute") begins(first);
}

}  // namespace lockstep

namespace runtime::slog {

struct time {
  int64 ns;
};
inline int64_t wire(time t) { return t.ns; }

template <fixed_string Name, class... A>
inline void at(const A&... a) {
  using lockstep::wire;
  const lockstep::Kind& kind = lockstep::KindOf<Name, "">::kind;
  if (lockstep::firstFormat && kind.wire == lockstep::Kind::kAbsent) [[unlikely]] return;
  lockstep::await(kind);
  lockstep::compare(kind, wire(a)...);
  // The thread is made right behind this record, which may be the last before its own first.
  if constexpr (Name.view() == "exit") lockstep::exits();
  if constexpr (Name.view() == "preemptone" || Name.view() == "preemptone.ret" || Name.view() == "execute") {
    if (lockstep::requestsWatched) [[unlikely]] lockstep::watch<Name>(a...);
  }
  if constexpr (Name.view() == "newosproc") {
    lockstep::consume();
  } else {
    lockstep::advance();
  }
  facts::told<Name>(a...);
}

template <fixed_string Name>
inline void at(const gList& list) {
  const lockstep::Kind& kind = lockstep::KindOf<Name, "">::kind;
  lockstep::await(kind);
  lockstep::compareList(kind, list.head.ptr());
  lockstep::advance();
}

// A park's unlock function as the log has it: 0 none, 1 parkunlock_c, 2 another; and the lock that 1 releases.
uint8 unlockClass(bool (*unlockf)(g*, void*));
const mutex* unlockLock(bool (*unlockf)(g*, void*), const void* lock);

}  // namespace runtime::slog
