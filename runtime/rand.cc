// Random numbers: Go's rand.go.
//
// cheaprand is the scheduler's: a multiplication an answer, a state for each m, no lock. Go seeds it from a ChaCha8
// generator that also serves maps and user code; nothing in C++ asks the runtime for such numbers, so the state comes
// from the kernel's generator, and the field m.chacha8 only keeps its place.
#include <sys/random.h>

#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"

namespace runtime {

namespace {

// Seeds for ms: the kernel's bytes, stretched. Under lock.
struct {
  mutex lock;
  uint64 state = 0;
  bool init = false;
} globalRand;

// The finaliser of SplitMix64: from a counter to well-mixed bits.
uint64 mix(uint64 x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

uint64 bootstrapRand() {
  lock(&globalRand.lock);
  if (!globalRand.init) fatal("randinit missed");
  globalRand.state += 0x9e3779b97f4a7c15;
  uint64 x = mix(globalRand.state);
  unlock(&globalRand.lock);
  return x;
}

}  // namespace

void randinit() {
  lock(&globalRand.lock);
  if (globalRand.init) fatal("randinit twice");
  if (getrandom(&globalRand.state, sizeof globalRand.state, 0) != static_cast<ssize_t>(sizeof globalRand.state)) {
    // No such call, or no entropy yet: a weak seed is better than no program.
    globalRand.state = static_cast<uint64>(nanotime()) ^ reinterpret_cast<uintptr>(&globalRand);
  }
  globalRand.init = true;
  unlock(&globalRand.lock);
}

void mrandinit(m* mp) { mp->cheaprand = bootstrapRand(); }

uint64 rand() {
  uint64 hi = cheaprand();
  return hi << 32 | cheaprand();
}

uint32 rand32() { return cheaprand(); }

// Lemire: the high half of a product instead of a remainder.
uint32 randn(uint32 n) { return static_cast<uint32>((uint64{rand32()} * n) >> 32); }

uint32 cheaprandn(uint32 n) { return static_cast<uint32>((uint64{cheaprand()} * n) >> 32); }

}  // namespace runtime
