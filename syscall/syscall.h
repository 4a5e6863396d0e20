// System calls of goroutines: Go's package syscall, of which there is what os and net stand on.
//
// Syscall lets go of the processor, so that sysmon gives it to others if the call takes more than some 20 microseconds,
// and gets one again afterwards: entersyscall and exitsyscall. RawSyscall does not: for calls that never block.
//
// Both return what the kernel does: a value, or a negated errno (-4095 to -1). They know nothing of libc: no errno, no
// cancellation points, no interceptors. On a goroutine's own stack; RawSyscall anywhere. Throw nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace gort::syscall {

namespace internal {

inline std::intptr_t raw6(long nr, std::intptr_t a, std::intptr_t b, std::intptr_t c, std::intptr_t d, std::intptr_t e,
                          std::intptr_t f) {
#if defined(__x86_64__)
  std::intptr_t r;
  register std::intptr_t r10 asm("r10") = d;
  register std::intptr_t r8 asm("r8") = e;
  register std::intptr_t r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(r)
               : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return r;
#elif defined(__aarch64__)
  register std::intptr_t x8 asm("x8") = nr;
  register std::intptr_t x0 asm("x0") = a;
  register std::intptr_t x1 asm("x1") = b;
  register std::intptr_t x2 asm("x2") = c;
  register std::intptr_t x3 asm("x3") = d;
  register std::intptr_t x4 asm("x4") = e;
  register std::intptr_t x5 asm("x5") = f;
  asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#endif
}

std::intptr_t blocking6(long nr, std::intptr_t a, std::intptr_t b, std::intptr_t c, std::intptr_t d, std::intptr_t e,
                        std::intptr_t f);

template <class T>
std::intptr_t word(T v) {
  if constexpr (std::is_pointer_v<T>) return reinterpret_cast<std::intptr_t>(v);
  else if constexpr (std::is_same_v<T, std::nullptr_t>) return 0;
  else return static_cast<std::intptr_t>(v);
}

template <auto Call>
std::intptr_t padded(long nr, std::intptr_t a = 0, std::intptr_t b = 0, std::intptr_t c = 0, std::intptr_t d = 0,
                     std::intptr_t e = 0, std::intptr_t f = 0) {
  return Call(nr, a, b, c, d, e, f);
}

}  // namespace internal

// nr: __NR_read and alike; up to six numbers or pointers.
template <class... A>
std::intptr_t Syscall(long nr, A... a) {
  return internal::padded<internal::blocking6>(nr, internal::word(a)...);
}
template <class... A>
std::intptr_t RawSyscall(long nr, A... a) {
  return internal::padded<internal::raw6>(nr, internal::word(a)...);
}

// What a result says: the errno, or 0.
inline int Errno(std::intptr_t r) { return r < 0 && r >= -4095 ? static_cast<int>(-r) : 0; }

}  // namespace gort::syscall
