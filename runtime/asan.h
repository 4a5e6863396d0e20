// AddressSanitizer, where the runtime must help it (Go's asan.go). Stack switches are announced by the assembly
// (asm_amd64.S, SWITCH_STACK); here is what remains. All of it does nothing in an ordinary build.
#pragma once

#include "runtime/sanitizers.h"

#if RUNTIME_ASAN
#include <sanitizer/lsan_interface.h>
#endif

namespace runtime {

inline constexpr bool asanenabled = RUNTIME_ASAN;

// Tells LeakSanitizer where goroutines keep what they hold: their stacks and their gs, which are no memory of malloc's.
// At the program's end, before LeakSanitizer looks. The goroutines stand still. Once.
#if RUNTIME_ASAN
void asanLeakRoots();
// Memory of malloc's, or nullptr, that is kept on purpose though nothing points there.
inline void asanKeep(const void* p) { __lsan_ignore_object(p); }
#else
inline void asanLeakRoots() {}
inline void asanKeep(const void*) {}
#endif

}  // namespace runtime
