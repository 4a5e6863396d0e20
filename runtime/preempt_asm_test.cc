// asyncPreempt of preempt_*.S: code that is interrupted by a signal, made to call asyncPreempt,
// and goes on, notices nothing. No scheduler is linked.
#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>

#include <cstring>
#include <memory>

#include "gtest/gtest.h"
#include "runtime/internal/goarch.h"
#include "runtime/stubs.h"

namespace runtime {
namespace {

volatile int preemptions;

}  // namespace

// Instead of the port's: spoils whatever a callee may spoil.
void asyncPreempt2() {
  preemptions = preemptions + 1;
  EXPECT_EQ(reinterpret_cast<uintptr>(__builtin_frame_address(0)) % 16, 0u);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx")) {
    asm volatile(
        "vxorps %%ymm0, %%ymm0, %%ymm0\n vxorps %%ymm1, %%ymm1, %%ymm1\n"
        "vxorps %%ymm14, %%ymm14, %%ymm14\n vxorps %%ymm15, %%ymm15, %%ymm15\n" ::
            : "xmm0", "xmm1", "xmm14", "xmm15");
  }
  asm volatile(
      "pxor %%xmm0, %%xmm0\n pxor %%xmm1, %%xmm1\n pxor %%xmm14, %%xmm14\n pxor %%xmm15, %%xmm15\n"
      "xorl %%eax, %%eax\n xorl %%ecx, %%ecx\n xorl %%edx, %%edx\n xorl %%esi, %%esi\n"
      "xorl %%edi, %%edi\n xorl %%r8d, %%r8d\n xorl %%r9d, %%r9d\n xorl %%r10d, %%r10d\n"
      "xorl %%r11d, %%r11d\n fninit\n" ::
          : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm14",
            "xmm15", "cc", "memory");
#elif defined(__aarch64__)
  asm volatile(
      "movi v0.16b, #0\n movi v1.16b, #0\n movi v30.16b, #0\n movi v31.16b, #0\n"
      "mov x0, #0\n mov x1, #0\n mov x2, #0\n mov x7, #0\n mov x8, #0\n mov x9, #0\n"
      "mov x15, #0\n mov x16, #0\n mov x17, #0\n cmp x0, #0\n" ::
          : "x0", "x1", "x2", "x7", "x8", "x9", "x15", "x16", "x17", "v0", "v1", "v30", "v31",
            "cc", "memory");
#endif
}

// What the port would define; nothing here gets that far.
void badmcall() { abort(); }
void badmcall2() { abort(); }
void badsystemstack() { abort(); }
void goexit1() { abort(); }
void mstart0() { abort(); }

namespace {

// Spin(state, rounds) fills registers and flags, on amd64 the x87 stack and the red zone as well,
// and checks them in each round. It returns 0, or the number of the first check that failed.
#if defined(__x86_64__)
asm(R"(
    .text
    .globl Spin
    .globl spin_begin
    .globl spin_end
    .hidden Spin
    .hidden spin_begin
    .hidden spin_end
    .type Spin, @function
Spin:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    fld1
    movups 0(%rdi), %xmm0
    movups 16(%rdi), %xmm1
    movups 32(%rdi), %xmm14
    movups 48(%rdi), %xmm15
    movq $0x1111, %rcx
    movq $0x2222, %rdx
    movq $0x3333, %r8
    movq $0x4444, %r9
    movq $0x5555, %r10
    movq $0x6666, %r11
    movq $0x7777, %rbx
    movq $0x8888, %rbp
    movq $0x9999, %r12
    movq $0xaaaa, %r13
    movq $0xbbbb, %r14
    movq $0xcccc, %r15
    movq $0xdddd, -8(%rsp)
    movq $0xeeee, -128(%rsp)
spin_begin:
1:  movl $1, %eax
    stc
    nop
    nop
    nop
    nop
    jnc 9f
    movl $2, %eax
    cmpq $0x1111, %rcx
    jne 9f
    cmpq $0x2222, %rdx
    jne 9f
    cmpq $0x3333, %r8
    jne 9f
    cmpq $0x4444, %r9
    jne 9f
    cmpq $0x5555, %r10
    jne 9f
    cmpq $0x6666, %r11
    jne 9f
    movl $3, %eax
    cmpq $0x7777, %rbx
    jne 9f
    cmpq $0x8888, %rbp
    jne 9f
    cmpq $0x9999, %r12
    jne 9f
    cmpq $0xaaaa, %r13
    jne 9f
    cmpq $0xbbbb, %r14
    jne 9f
    cmpq $0xcccc, %r15
    jne 9f
    movl $4, %eax
    cmpq $0xdddd, -8(%rsp)
    jne 9f
    cmpq $0xeeee, -128(%rsp)
    jne 9f
    decq %rsi
    jnz 1b
    xorl %eax, %eax
spin_end:
9:  movups %xmm0, 0(%rdi)
    movups %xmm1, 16(%rdi)
    movups %xmm14, 32(%rdi)
    movups %xmm15, 48(%rdi)
    fstpt 64(%rdi)
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");
#elif defined(__aarch64__)
asm(R"(
    .text
    .globl Spin
    .globl spin_begin
    .globl spin_end
    .hidden Spin
    .hidden spin_begin
    .hidden spin_end
    .type Spin, %function
Spin:
    stp x29, x30, [sp, #-32]!
    stp x19, x20, [sp, #16]
    ldr q0, [x0, #0]
    ldr q1, [x0, #16]
    ldr q30, [x0, #32]
    ldr q31, [x0, #48]
    mov x2, #0x1111
    mov x7, #0x2222
    mov x8, #0x3333
    mov x9, #0x4444
    mov x15, #0x5555
    mov x16, #0x6666
    mov x17, #0x7777
    mov x19, #0x8888
    mov x29, #0x9999
    mov x30, #0xaaaa
spin_begin:
1:  mov w10, #1
    subs xzr, x2, #0x2000
    nop
    nop
    nop
    nop
    b.hs 9f
    mov w10, #2
    mov x11, #0x1111
    cmp x2, x11
    b.ne 9f
    mov x11, #0x2222
    cmp x7, x11
    b.ne 9f
    mov x11, #0x3333
    cmp x8, x11
    b.ne 9f
    mov x11, #0x4444
    cmp x9, x11
    b.ne 9f
    mov x11, #0x5555
    cmp x15, x11
    b.ne 9f
    mov w10, #3
    mov x11, #0x6666
    cmp x16, x11
    b.ne 9f
    mov x11, #0x7777
    cmp x17, x11
    b.ne 9f
    mov w10, #4
    mov x11, #0x8888
    cmp x19, x11
    b.ne 9f
    mov x11, #0x9999
    cmp x29, x11
    b.ne 9f
    mov x11, #0xaaaa
    cmp x30, x11
    b.ne 9f
    sub x1, x1, #1
    cbnz x1, 1b
    mov w10, #0
spin_end:
9:  str q0, [x0, #0]
    str q1, [x0, #16]
    str q30, [x0, #32]
    str q31, [x0, #48]
    mov w0, w10
    ldp x19, x20, [sp, #16]
    ldp x29, x30, [sp], #32
    ret
)");
#endif
extern "C" int Spin(void* vectors, uint64 rounds);
extern "C" char spin_begin[], spin_end[];

bool InSpin(uintptr pc) {
  return reinterpret_cast<uintptr>(spin_begin) <= pc && pc < reinterpret_cast<uintptr>(spin_end);
}

// The signal handler's half, as stubs.h asks for it.
#if defined(__x86_64__)
void Interrupt(int, siginfo_t*, void* context) {
  greg_t* regs = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
  const uintptr pc = static_cast<uintptr>(regs[REG_RIP]);
  if (!InSpin(pc)) return;
  uintptr* sp = reinterpret_cast<uintptr*>(regs[REG_RSP] - 128) - 1;
  *sp = pc;
  regs[REG_RSP] = reinterpret_cast<greg_t>(sp);
  regs[REG_RIP] = reinterpret_cast<greg_t>(&asyncPreempt);
}
#elif defined(__aarch64__)
void Interrupt(int, siginfo_t* info, void* context) {
  auto* regs = &static_cast<ucontext_t*>(context)->uc_mcontext;
  if (!InSpin(regs->pc)) return;
  // The frame is a siginfo and then a ucontext.
  const char* from = reinterpret_cast<const char*>(info);
  const size_t bytes = reinterpret_cast<const char*>(context) + sizeof(ucontext_t) - from;
  char* to = reinterpret_cast<char*>((regs->sp - bytes) & ~uintptr{15});
  std::memcpy(to, from, bytes);
  regs->sp = reinterpret_cast<uintptr>(to);
  regs->pc = reinterpret_cast<uintptr>(&asyncPreempt);
}
#endif

TEST(AsyncPreempt, TheInterruptedCodeNoticesNothing) {
  constexpr size_t kBytes = 64 << 10;
  const auto alternate = std::make_unique<char[]>(kBytes);
  stack_t stack = {};
  stack.ss_sp = alternate.get();
  stack.ss_size = kBytes;
  ASSERT_EQ(sigaltstack(&stack, nullptr), 0);
  struct sigaction action = {};
  action.sa_sigaction = Interrupt;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  ASSERT_EQ(sigaction(SIGALRM, &action, nullptr), 0);
  itimerval timer = {};
  timer.it_interval.tv_usec = timer.it_value.tv_usec = 500;
  ASSERT_EQ(setitimer(ITIMER_REAL, &timer, nullptr), 0);

  struct {
    unsigned char vectors[64];
    long double x87;
  } state;
  unsigned char expected[64];
  for (size_t i = 0; i < sizeof expected; i++) expected[i] = static_cast<unsigned char>(3 * i + 1);
  std::memcpy(state.vectors, expected, sizeof expected);
  int failed_check = 0;
  for (int i = 0; i < 200 && preemptions < 50 && failed_check == 0; i++) {
    failed_check = Spin(&state, 1000000);
    EXPECT_EQ(std::memcmp(state.vectors, expected, sizeof expected), 0);
#if defined(__x86_64__)
    EXPECT_EQ(state.x87, 1.0L);
#endif
  }

  timer = {};
  setitimer(ITIMER_REAL, &timer, nullptr);
  signal(SIGALRM, SIG_DFL);
  stack.ss_flags = SS_DISABLE;
  sigaltstack(&stack, nullptr);
  EXPECT_EQ(failed_check, 0);
  EXPECT_GE(preemptions, 50);
}

}  // namespace
}  // namespace runtime
