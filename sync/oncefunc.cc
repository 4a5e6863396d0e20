// oncefunc.cc: the part of oncefunc.h that is no template.
//
// The first call of a function that throws must let the exception through as if nothing stood in between: with a catch
// block here, the search for a handler would end here, and an exception that nobody handles would be reported with the
// stack of the rethrow instead of its own (in Go: OnceFunc panics again in a deferred call, on top of the frames that
// panicked). But later calls have to throw the same. So there is a frame whose personality routine handles nothing and,
// when the exception passes through on its way to a handler, takes a reference to it.
#include "sync/oncefunc.h"

#include <unwind.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "runtime/seam.h"

namespace {

// How the C++ runtime of GCC marks its exceptions, and those that std::rethrow_exception threw.
constexpr _Unwind_Exception_Class primaryClass = 0x474e5543432b2b00;    // "GNUCC++\0"
constexpr _Unwind_Exception_Class dependentClass = 0x474e5543432b2b01;  // "GNUCC++\1"

// What stands before the unwinder's part of such an exception, as the Itanium ABI and libstdc++ have it.
struct Dependent {
  void* primary;  // the object that was thrown first
  void* padding[4];
  int counts[2];
  void* handler[4];
  _Unwind_Exception unwindHeader;
};

// The object that was thrown; nullptr: not by C++.
void* thrownObject(_Unwind_Exception_Class cls, _Unwind_Exception* ex) {
  if (cls == primaryClass) return ex + 1;
  if (cls != dependentClass) return nullptr;
  return reinterpret_cast<Dependent*>(reinterpret_cast<char*>(ex) - offsetof(Dependent, unwindHeader))->primary;
}

#if defined(__x86_64__)
constexpr int thrownRegister = 3;  // rbx
#else
constexpr int thrownRegister = 19;  // x19
#endif

}  // namespace

extern "C" {

[[gnu::visibility("hidden")]] void gort_once_call(void (*f)(void*), void* arg, std::exception_ptr* thrown);

// The personality routine of gort_once_call's frame.
[[gnu::visibility("hidden")]] _Unwind_Reason_Code gort_once_personality(int, _Unwind_Action actions,
                                                                        _Unwind_Exception_Class cls,
                                                                        _Unwind_Exception* ex,
                                                                        _Unwind_Context* context) {
  // Not while a handler is looked for, and not for the end of a goroutine (a forced unwind).
  if ((actions & _UA_CLEANUP_PHASE) != 0 && (actions & _UA_FORCE_UNWIND) == 0) {
    if (void* object = thrownObject(cls, ex)) {
      auto* thrown = reinterpret_cast<std::exception_ptr*>(_Unwind_GetGR(context, thrownRegister));
      // An exception_ptr is the object's address and a count; a copy of one counts. The original is never destroyed.
      alignas(std::exception_ptr) unsigned char bytes[sizeof(std::exception_ptr)];
      static_assert(sizeof bytes == sizeof object);
      std::memcpy(bytes, &object, sizeof object);
      *thrown = *reinterpret_cast<std::exception_ptr*>(bytes);
    }
  }
  return _URC_CONTINUE_UNWIND;
}

}  // extern "C"

// gort_once_call calls f(arg), with thrown in a register that the frame keeps.
asm(R"(
  .pushsection .text
  .balign 16
  .globl gort_once_call
  .hidden gort_once_call
  .type gort_once_call, %function
gort_once_call:
  .cfi_startproc
  .cfi_personality 0x1b, gort_once_personality
)"
#if defined(__x86_64__)
    R"(
  pushq %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset rbp, -16
  movq %rsp, %rbp
  .cfi_def_cfa_register rbp
  pushq %rbx
  .cfi_offset rbx, -24
  subq $8, %rsp
  movq %rdx, %rbx
  movq %rdi, %rax
  movq %rsi, %rdi
  call *%rax
  movq -8(%rbp), %rbx
  leave
  .cfi_def_cfa rsp, 8
  ret
)"
#else
    R"(
  stp x29, x30, [sp, #-32]!
  .cfi_def_cfa_offset 32
  .cfi_offset x29, -32
  .cfi_offset x30, -24
  mov x29, sp
  str x19, [sp, #16]
  .cfi_offset x19, -16
  mov x19, x2
  mov x8, x0
  mov x0, x1
  blr x8
  ldr x19, [sp, #16]
  ldp x29, x30, [sp], #32
  .cfi_def_cfa_offset 0
  ret
)"
#endif
    R"(
  .cfi_endproc
  .size gort_once_call, . - gort_once_call
  .popsection
)");

namespace gort::sync::internal {

void callAndKeep(void (*f)(void*), void* arg, std::exception_ptr* thrown) { gort_once_call(f, arg, thrown); }

void panicNil() { runtime::panic_("panic called with nil argument (use GODEBUG=panicnil=1 to disable)"); }

}  // namespace gort::sync::internal
