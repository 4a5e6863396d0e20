// Profiles of waiting, and of where goroutines are: Go's mprof.go. What they look like to a program: pprof/pprof.h.
#pragma once

#include "absl/functional/function_ref.h"
#include "runtime/internal/goarch.h"

namespace runtime {

// A wait of that many ns is sampled once in as many ns of waiting; 1: each; 0: none. Of contended locks one in so many
// is sampled. Atomic; any thread.
extern uint64 blockprofilerate;
extern uint64 mutexprofilerate;

inline bool profilesBlocking() { return __atomic_load_n(&blockprofilerate, __ATOMIC_RELAXED) != 0; }
inline bool profilesMutexes() { return __atomic_load_n(&mutexprofilerate, __ATOMIC_RELAXED) != 0; }

// This goroutine has waited for that many ns; others have waited for a lock that this one gives back. On a goroutine,
// without locks.
[[gnu::cold]] void blockevent(int64 ns);
[[gnu::cold]] void mutexevent(int64 ns);

enum class bucketType : uint32 { block, mutex };

// A stack, innermost first, as return addresses, and what was counted there.
struct profileRecord {
  const uintptr* pcs;
  int n;
  double count;
  double ns;
  const void* labels;  // of goroutines and of samples of the processors' time
};

// f for each stack of that kind. On a goroutine; f must not wait.
void readBlockProfile(bucketType which, absl::FunctionRef<void(const profileRecord&)> f);

// f for each goroutine that is not the runtime's own, its stack at one moment; the world stands still meanwhile, so f
// must neither wait nor call the runtime. Those that run without a P have one frame, the function that they began with.
// On a goroutine.
void readGoroutineProfile(absl::FunctionRef<void(const profileRecord&)> f);

}  // namespace runtime
