// Rounding modes and their kin. No Go file has this: Go's floating point knows no modes.
//
// The words lie in the thread's registers, mxcsr and the x87's control word, and a goroutine keeps its own over every
// switch. It begins with those that the process had at the start, whoever started it and whatever ran on its thread
// before. A program that never changes them must not pay for that, so asm_amd64.S looks at them only while
// runtime_fenv_tracked is set. Three things set it, for good:
//   * the program's code, or that of a library which it was linked to, has an instruction that loads mxcsr. It is
//     searched for once, at the start; a few bytes that look like one but are not cost time and nothing else. Libraries
//     of the system that have one for the functions below, or to go back to an older state, are left out;
//   * the program loads a library while it runs, which may do so from its first constructor on;
//   * somebody calls one of C's functions that write modes or flags. They are defined here, in front of libm's, which
//     do the work.
// The instruction that loads the x87's word is not searched for: compilers use it, for a moment, to convert a long
// double to an integer, and do not call anything meanwhile. Whoever changes that word by hand should use C's functions.
#include "runtime/fenv.h"

#include <dlfcn.h>
#include <fenv.h>
#include <link.h>
#include <string.h>

#include "runtime/preempt.h"

extern "C" {
extern unsigned char runtime_fenv_tracked;
extern unsigned runtime_fenv_default[2];
}

namespace runtime {

namespace {

void track() { __atomic_store_n(&runtime_fenv_tracked, static_cast<unsigned char>(1), __ATOMIC_RELAXED); }

#if defined(__x86_64__)
// ldmxcsr with an operand in memory, in either of its two codings, at the byte 0xae.
bool isLdmxcsr(const uint8* at) {
  const bool load = (at[1] & 0x38) == 0x10 && at[1] < 0xc0;
  return load && (at[-1] == 0x0f || (at[-2] == 0xc5 && at[-1] == 0xf8));
}

// Eight bytes at a time, and not by memchr: constants of the program may lie beside its code, and AddressSanitizer, in
// a program that has it, would report a memchr over what it has put between them.
[[gnu::no_sanitize_address]] bool hasLdmxcsr(const uint8* lo, const uint8* hi) {
  constexpr uint64 ones = 0x0101010101010101;
  for (const uint8* p = lo + 2; p + 1 < hi;) {
    if (hi - p > 8) {
      uint64 w;
      memcpy(&w, p, sizeof w);
      w ^= ones * 0xae;
      if (((w - ones) & ~w & (ones * 0x80)) == 0) {
        p += 8;
        continue;
      }
    }
    if (*p == 0xae && isLdmxcsr(p) && !isRuntimeText(reinterpret_cast<uintptr>(p))) return true;
    p++;
  }
  return false;
}

// For dl_iterate_phdr: 1 if that object has one.
int searchObject(dl_phdr_info* object, size_t, void*) {
  const char* name = strrchr(object->dlpi_name, '/');
  name = name != nullptr ? name + 1 : object->dlpi_name;
  for (const char* known :
       {"libc.so", "libm.so", "ld-linux", "linux-vdso", "libgcc_s.so", "libstdc++.so", "libunwind"}) {
    if (strncmp(name, known, strlen(known)) == 0) return 0;
  }
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr)& h = object->dlpi_phdr[i];
    if (h.p_type != PT_LOAD || (h.p_flags & PF_X) == 0 || (h.p_flags & PF_R) == 0) continue;
    auto* lo = reinterpret_cast<const uint8*>(object->dlpi_addr + h.p_vaddr);
    if (hasLdmxcsr(lo, lo + h.p_memsz)) return 1;
  }
  return 0;
}
#endif

}  // namespace

bool fenvTracked() { return __atomic_load_n(&runtime_fenv_tracked, __ATOMIC_RELAXED) != 0; }

void fenvinit() {
#if defined(__x86_64__)
  uint32 mxcsr;
  uint16 x87;
  asm volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(mxcsr), "=m"(x87));
  runtime_fenv_default[0] = mxcsr & ~uint32{0x3f};  // none of the exceptions so far
  runtime_fenv_default[1] = x87;
  const bool may = dl_iterate_phdr(searchObject, nullptr) != 0;
  __atomic_store_n(&runtime_fenv_tracked, static_cast<unsigned char>(may), __ATOMIC_RELAXED);
#elif defined(__aarch64__)
  uint64 fpcr;
  asm volatile("mrs %0, fpcr" : "=r"(fpcr));
  memcpy(runtime_fenv_default, &fpcr, sizeof fpcr);
#endif
}

}  // namespace runtime

// name(params), called with the arguments behind: libm's, after it is known that words may differ.
#define MODE_CALL(name, params, ...) \
  extern "C" int name params noexcept { \
    runtime::track(); \
    static int(*const libm) params = reinterpret_cast<int(*) params>(dlsym(RTLD_NEXT, #name)); \
    return libm != nullptr ? libm(__VA_ARGS__) : 1; \
  }

// The loader looks at who calls it, for that one's search path and namespace. It sees our caller: a call in the last
// place, of what throws nothing either, is a jump.
extern "C" void* dlopen(const char* file, int mode) noexcept {
  runtime::track();
  static auto* const loader = reinterpret_cast<void* (*)(const char*, int) noexcept>(dlsym(RTLD_NEXT, "dlopen"));
  return loader(file, mode);
}

extern "C" void* dlmopen(Lmid_t space, const char* file, int mode) noexcept {
  runtime::track();
  static auto* const loader =
      reinterpret_cast<void* (*)(Lmid_t, const char*, int) noexcept>(dlsym(RTLD_NEXT, "dlmopen"));
  return loader(space, file, mode);
}

MODE_CALL(fesetround, (int mode), mode)
MODE_CALL(fesetenv, (const fenv_t* env), env)
MODE_CALL(feholdexcept, (fenv_t * env), env)
MODE_CALL(feupdateenv, (const fenv_t* env), env)
MODE_CALL(fesetmode, (const femode_t* mode), mode)
MODE_CALL(feenableexcept, (int excepts), excepts)
MODE_CALL(fedisableexcept, (int excepts), excepts)
MODE_CALL(feclearexcept, (int excepts), excepts)
MODE_CALL(feraiseexcept, (int excepts), excepts)
MODE_CALL(fesetexceptflag, (const fexcept_t* flags, int excepts), flags, excepts)
