// A library that is loaded while goroutines run, and changes their modes by itself: they are the goroutine's all the
// same. Nothing here, and nothing that this is linked to, has such an instruction.
#include <dlfcn.h>
#include <xmmintrin.h>

#include <string>

#include "check.h"

int gort_main(int, char** argv) {
  std::string library = argv[0];
  library = library.substr(0, library.rfind('/') + 1) + "libloaded_modes.so";
  void* const loaded = dlopen(library.c_str(), RTLD_NOW);
  CHECK(loaded != nullptr);
  if (loaded == nullptr) return verdict();
  auto* const flush = reinterpret_cast<void (*)(int)>(dlsym(loaded, "flushToZero"));
  CHECK(reinterpret_cast<int (*)()>(dlsym(loaded, "findsNeighbour"))() != 0);
  constexpr unsigned kFlush = 0x8040;
  rounds(8, [&](int i) {
    CHECK((_mm_getcsr() & kFlush) == 0);
    const bool flushes = i % 2 == 0;
    if (flushes) flush(1);
    for (int r = 0; r < 20; r++) {
      gort::Gosched();
      CHECK((_mm_getcsr() & kFlush) == (flushes ? kFlush : 0));
    }
    gort::sync::WaitGroup wg;
    wg.Go([&] { CHECK((_mm_getcsr() & kFlush) == 0); });
    wg.Wait();
    flush(0);  // for the next round on this goroutine
  });
  return verdict();
}
