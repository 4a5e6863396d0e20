// What the kernel does to the memory of programs, as the sanitizers are told it: they see no system call. Go's package
// syscall does the same, at the same places: what a read brought is written before ioSync is acquired, and what a write
// took is read after it was released. In an ordinary build all of it is nothing.
#pragma once

#include <cstddef>
#include <span>

#include "runtime/sanitizers.h"

#if RUNTIME_ASAN
// What instrumented code calls for an access of any size.
extern "C" void __asan_loadN(void const volatile* p, std::size_t n);
extern "C" void __asan_storeN(void const volatile* p, std::size_t n);
#endif
#if RUNTIME_TSAN
extern "C" void __tsan_read_range(void* p, std::size_t n);
extern "C" void __tsan_write_range(void* p, std::size_t n);
#endif

namespace gort::poll {

// Before a call that may write all of it, or that reads it: AddressSanitizer's part.
[[gnu::always_inline]] inline void mayFill([[maybe_unused]] std::span<std::byte> p) {
#if RUNTIME_ASAN
  __asan_storeN(p.data(), p.size());
#endif
}
[[gnu::always_inline]] inline void mayTake([[maybe_unused]] std::span<const std::byte> p) {
#if RUNTIME_ASAN
  __asan_loadN(p.data(), p.size());
#endif
}

// After a call that wrote, or read, the first n bytes: ThreadSanitizer's part.
[[gnu::always_inline]] inline void filled([[maybe_unused]] std::span<std::byte> p, [[maybe_unused]] std::size_t n) {
#if RUNTIME_TSAN
  if (n > 0) __tsan_write_range(p.data(), n);
#endif
}
[[gnu::always_inline]] inline void taken([[maybe_unused]] std::span<const std::byte> p,
                                         [[maybe_unused]] std::size_t n) {
#if RUNTIME_TSAN
  if (n > 0) __tsan_read_range(const_cast<std::byte*>(p.data()), n);
#endif
}

}  // namespace gort::poll
