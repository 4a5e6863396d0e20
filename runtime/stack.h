// Stacks of goroutines: Go's numbers about them, which its scheduler and dumps show, and what a C++ goroutine really
// gets (stack.cc): a fixed range of addresses that is touched page by page.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/sanitizers.h"

namespace runtime {

struct g;

inline constexpr uintptr stackSystem = 0;  // Linux wants no extra room
inline constexpr uintptr stackMin = 2048;
inline constexpr uintptr fixedStack = stackMin;  // what Go gives a new goroutine
inline constexpr uintptr stackSmall = 128;
inline constexpr uintptr stackBig = 4096;
inline constexpr uintptr stackNosplit = 800;
inline constexpr uintptr stackGuard = stackNosplit + stackSystem + stackSmall;

// Values of stackguard0 that no stack pointer is below: they make the next check fail.
inline constexpr uintptr stackPreempt = static_cast<uintptr>(-1314);    // 0xfffffffffffffade
inline constexpr uintptr stackFork = static_cast<uintptr>(-1234);
inline constexpr uintptr stackForceMove = static_cast<uintptr>(-275);
inline constexpr uintptr stackPoisonMin = static_cast<uintptr>(-4096);  // all of them are above

// ---- What C++ goroutines get. Sizes are in bytes of addresses, not of memory.

// Instrumented code keeps its variables apart: the same functions need a multiple of the room.
inline constexpr uint32 defaultStackSize = (RUNTIME_ASAN ? 4 : 1) << 20;
inline constexpr uint32 mainStackSize = 8 << 20;  // the main goroutine's: what the system gives a main thread
inline constexpr uint32 minStackSize = 32 << 10;
inline constexpr uint32 maxStackSize = 1 << 30;

// The size that goroutines start with from now on, and the one before. n is rounded up to a power of two and kept
// between minStackSize and maxStackSize. Any thread, any stack.
uint32 setStartingStackSize(uint32 n);

// The size for the next goroutine that the calling one starts, once; 0 takes it back. Same limits. On a goroutine's own
// stack. Nobody else reads it, so it is safe wherever the call and the `go` stand on one goroutine.
void setNextStackSize(uint32 n);

// Whether addr lies below gp's stack where only an overflow of that stack reaches: in its guard, or so far under it
// that no other stack can be meant. In a signal handler, too.
bool stackOverflowed(const g* gp, uintptr addr);
// The line in the report of an overflow that Go's has not: what to do about it. Any stack.
void printStackAdvice();

// The funcval of a goroutine that has not run yet, if it was copied for it (setNextStart): at least two words. nullptr
// otherwise. Anywhere, also for a report.
const uintptr* copiedFuncval(const g* gp);

// How many bytes from its g on are a goroutine's, its copied funcval among them.
uintptr gMemory();

// The stack's size as it was asked for. gp has a stack of stackalloc.
uintptr stackSizeOf(const g* gp);

// Gives the memory of free stacks back to the system and keeps their addresses: of all when keep is 0, else of all but
// the `keep` that were freed last. Returns how many it gave back. On g0; takes as long as the system needs for them.
uintptr stackScavenge(uintptr keep);

// The pacing of it: true when stacks have lain around unused for a while. sysmon asks at each of its rounds.
bool stackScavengeDue(int64 now);
// What to do then: frees the stacks of dead goroutines on the central list and scavenges what was not in use since the
// last time. On a goroutine.
void stackScavengeDueNow();

struct stackStats {
  uint64 inUse;      // stacks handed out, of all sizes
  uint64 freeWarm;   // free, perhaps with memory
  uint64 freeCold;   // free, without
  uint64 unguarded;  // in existence without a guard (see stack.cc)
  uint64 mapped;     // bytes of addresses
};
stackStats readStackStats();

// For tests: how guards are made from the next new stack on.
enum class stackGuardKind : uint32 {
  markers,  // MADV_GUARD_INSTALL
  mprotect,
  none,
};
void setStackGuardKind(stackGuardKind kind);

}  // namespace runtime
