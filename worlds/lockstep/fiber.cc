// fiber.cc: makes stacks, and the first frame that a switch to a new fiber finds on one.
#include "worlds/lockstep/fiber.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

extern "C" {
void gort_fiber_switch(void** save_sp, void* load_sp);
void gort_fiber_start();
}

namespace lockstep {
namespace {

[[noreturn]] void Die(const char* what, int error) {
  std::fprintf(stderr, "gort: fiber: %s: %s\n", what, std::strerror(error));
  std::abort();
}

size_t PageBytes() {
  static const size_t bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

// FirstFrame lays out below `hi` what gort_fiber_switch takes from a stack it continues, so that
// it arrives in gort_fiber_start with entry and arg in two callee-saved registers. The floating
// point modes are those of this moment.
void* FirstFrame(void* hi, void (*entry)(void*), void* arg) {
  uint64_t* top = static_cast<uint64_t*>(hi);
#if defined(__x86_64__)
  uint64_t* sp = top - 2 - 8;  // two words keep rsp at 16 bytes when the frame is gone
  uint32_t mxcsr;
  uint16_t fcw;
  asm volatile("stmxcsr %0" : "=m"(mxcsr));
  asm volatile("fnstcw %0" : "=m"(fcw));
  sp[0] = mxcsr | static_cast<uint64_t>(fcw) << 32;
  sp[1] = sp[2] = 0;                           // r15 r14
  sp[3] = reinterpret_cast<uint64_t>(arg);     // r13
  sp[4] = reinterpret_cast<uint64_t>(entry);   // r12
  sp[5] = sp[6] = 0;                           // rbx rbp
  sp[7] = reinterpret_cast<uint64_t>(&gort_fiber_start);
#elif defined(__aarch64__)
  uint64_t* sp = top - 22;
  std::memset(sp, 0, 22 * sizeof *sp);
  sp[1] = reinterpret_cast<uint64_t>(&gort_fiber_start);  // x30
  sp[2] = reinterpret_cast<uint64_t>(entry);              // x19
  sp[3] = reinterpret_cast<uint64_t>(arg);                // x20
  asm volatile("mrs %0, fpcr" : "=r"(sp[20]));
#endif
  return sp;
}

}  // namespace

Fiber::Fiber() {
  pthread_attr_t attr;
  size_t bytes = 0;
  if (const int error = pthread_getattr_np(pthread_self(), &attr)) Die("own stack", error);
  pthread_attr_getstack(&attr, &lo_, &bytes);
  pthread_attr_destroy(&attr);
  hi_ = static_cast<char*>(lo_) + bytes;
}

Fiber::Fiber(size_t stack_bytes, void (*entry)(void*), void* arg) {
  const size_t page = PageBytes();
  const size_t usable = (stack_bytes + page - 1) / page * page;
  map_bytes_ = usable + page;
  map_ = mmap(nullptr, map_bytes_, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (map_ == MAP_FAILED) Die("mmap", errno);
  if (mprotect(map_, page, PROT_NONE) != 0) Die("guard page", errno);
  lo_ = static_cast<char*>(map_) + page;
  hi_ = static_cast<char*>(lo_) + usable;
  sp_ = FirstFrame(hi_, entry, arg);
}

Fiber::Fiber(void* stack_lo, size_t stack_bytes, void (*entry)(void*), void* arg)
    : lo_(stack_lo), hi_(static_cast<char*>(stack_lo) + stack_bytes) {
  sp_ = FirstFrame(hi_, entry, arg);
}

Fiber::~Fiber() {
  if (map_ != nullptr) munmap(map_, map_bytes_);
}

void Fiber::Switch(Fiber& from, Fiber& to) {
#if defined(__SANITIZE_ADDRESS__)
  // Both halves are told before the switch: the second only records bounds, and a new fiber has
  // no place of ours to tell it from. Fake stacks (use after return) must be off.
  __sanitizer_start_switch_fiber(nullptr, to.lo_,
                                 static_cast<char*>(to.hi_) - static_cast<char*>(to.lo_));
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
  gort_fiber_switch(&from.sp_, to.sp_);
}

}  // namespace lockstep
