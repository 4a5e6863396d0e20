// The stack switches of asm_*.S, on a g and an m made by hand: no scheduler is linked.
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

#include <algorithm>
#include <cfenv>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#if defined(__x86_64__)  // the tests for arm64 run in an emulator, without this library
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#endif

#include "gtest/gtest.h"
#include "runtime/runtime2.h"
#include "runtime/stubs.h"

namespace runtime {

namespace {

// What goexit1 and mstart0 do in the test that is running.
std::function<void()> on_goexit1;
std::function<void()> on_mstart0;

}  // namespace

// What assembly calls.
void badmcall() { _exit(3); }
void badmcall2() { _exit(4); }
void badsystemstack() { _exit(5); }
void goexit1() { on_goexit1(); }
void mstart0() { on_mstart0(); }

// What rt0_go calls, in the order that it does.
m m0;
g g0;
funcval mainPC;
namespace {
std::string start_order;
}  // namespace
void check() { start_order += "check "; }
void args(int argc, char** argv) { start_order += "args " + std::string(argv[argc - 1]) + " "; }
void osinit() { start_order += "osinit "; }
void schedinit() { start_order += "schedinit "; }
void newproc(funcval* fn) { start_order += fn == &mainPC ? "newproc(main) " : "newproc(?) "; }

namespace {

constexpr size_t kStackBytes = 256 << 10;

// A goroutine's stack, and a g for it.
class Goroutine {
 public:
  // The body gets `this`; when it returns, on_goexit1 runs on this stack.
  Goroutine(m* mp, std::function<void()> body) : body_(std::move(body)) {
    char* lo = static_cast<char*>(mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    gp_->stack.lo = reinterpret_cast<uintptr>(lo);
    gp_->stack.hi = gp_->stack.lo + kStackBytes;
    gp_->m = mp;
    uintptr* sp = reinterpret_cast<uintptr*>(gp_->stack.hi - 32);
#if defined(__x86_64__)
    *--sp = reinterpret_cast<uintptr>(&goexit) + 2;
#elif defined(__aarch64__)
    gp_->sched.lr = reinterpret_cast<uintptr>(&goexit) + 4;
#endif
    gp_->sched.sp = reinterpret_cast<uintptr>(sp);
    gp_->sched.pc = reinterpret_cast<uintptr>(&Entry);
    gp_->sched.ctxt = this;
    gp_->sched.g.set(gp_.get());
  }
  ~Goroutine() { munmap(reinterpret_cast<void*>(gp_->stack.lo), kStackBytes); }

  g* gp() { return gp_.get(); }
  bool OnStack(const void* p) const {
    const uintptr a = reinterpret_cast<uintptr>(p);
    return gp_->stack.lo <= a && a < gp_->stack.hi;
  }

 private:
  static void Entry(Goroutine* self) { self->body_(); }

  std::function<void()> body_;
  std::unique_ptr<g> gp_ = std::make_unique<g>();
};

// A hand-made m on the test's own stack. Run(gp) goes to gp and comes back when gp calls
// Yield or ends.
class AsmTest : public ::testing::Test {
 protected:
  AsmTest() {
    current = this;
    mp_->g0 = g0_.get();
    g0_->m = mp_.get();
    g0_->sched.g.set(g0_.get());
    // Close enough for AddressSanitizer: the part of this stack that the test uses.
    const uintptr here = reinterpret_cast<uintptr>(__builtin_frame_address(0));
    g0_->stack.lo = here - (64 << 10);
    g0_->stack.hi = here + (8 << 10);
    setg(g0_.get());
    on_goexit1 = [] { mcall_last([](g*) { Back(); }); };
  }
  ~AsmTest() override {
    setg(nullptr);
    current = nullptr;
  }

  // On g0. Continues gp; returns when it yields or ends.
  void Run(g* gp) {
    next_ = gp;
    mp_->curg.plainStore(gp);
    gosave_call(&g0_->sched, [] { gogo(&current->next_->sched); });
  }

  // On a goroutine. Back to Run's caller.
  static void Yield() {
    mcall([](g*) { Back(); });
  }
  [[noreturn]] static void Back() { gogo(&current->g0_->sched); }

  std::unique_ptr<m> mp_ = std::make_unique<m>();
  std::unique_ptr<g> g0_ = std::make_unique<g>();
  g* next_ = nullptr;

  static AsmTest* current;
};

AsmTest* AsmTest::current;

TEST_F(AsmTest, GetgSetg) {
  EXPECT_EQ(getg(), g0_.get());
  g other;
  setg(&other);
  EXPECT_EQ(getg(), &other);
  setg(g0_.get());
}

TEST_F(AsmTest, GosaveCallIsAnOrdinaryCallWhenFnReturns) {
  static int calls;
  calls = 0;
  gosave_call(&g0_->sched, [] { calls++; });
  EXPECT_EQ(calls, 1);
}

TEST_F(AsmTest, NewGoroutineRunsOnItsStackAndEndsInGoexit) {
  std::vector<std::string> seen;
  Goroutine gr(mp_.get(), [&] {
    int local = 0;
    EXPECT_TRUE(gr.OnStack(&local));
    EXPECT_EQ(getg(), gr.gp());
    seen.push_back("body");
  });
  on_goexit1 = [&] {
    EXPECT_EQ(getg(), gr.gp());
    seen.push_back("goexit1");
    Yield();
  };
  Run(gr.gp());
  EXPECT_EQ(getg(), g0_.get());
  EXPECT_EQ(seen, (std::vector<std::string>{"body", "goexit1"}));
}

TEST_F(AsmTest, GogoClearsTheGobuf) {
  Goroutine gr(mp_.get(), [&] {
    EXPECT_EQ(gr.gp()->sched.sp, 0u);
    EXPECT_EQ(gr.gp()->sched.ctxt, nullptr);
    EXPECT_EQ(gr.gp()->sched.bp, 0u);
  });
  Run(gr.gp());
}

TEST_F(AsmTest, TheLastMcallSaysWhereItWas) {
  static g* passed;
  static bool onG0;
  Goroutine gr(mp_.get(), [&] {
    mcall_last([](g* gp) {
      passed = gp;
      onG0 = getg() == gp->m->g0;
      Back();
    });
  });
  Run(gr.gp());
  EXPECT_EQ(passed, gr.gp());
  EXPECT_TRUE(onG0);
  EXPECT_TRUE(gr.OnStack(reinterpret_cast<void*>(gr.gp()->sched.sp)));
  EXPECT_EQ(gr.gp()->sched.pc, reinterpret_cast<uintptr>(&mcall_last));
}

TEST_F(AsmTest, McallPassesGAndReturnsWhenGogoed) {
  static g* passed;
  static const void* where;
  int steps = 0;
  Goroutine gr(mp_.get(), [&] {
    for (int i = 0; i < 1000; i++) {
      steps++;
      mcall([](g* gp) {
        int local = 0;
        passed = gp;
        where = &local;
        EXPECT_EQ(getg(), gp->m->g0);
        Back();
      });
      EXPECT_EQ(getg(), gr.gp());
    }
  });
  for (int i = 1; i <= 1000; i++) {
    Run(gr.gp());
    ASSERT_EQ(steps, i);
    EXPECT_EQ(passed, gr.gp());
    EXPECT_FALSE(gr.OnStack(where));
  }
  Run(gr.gp());
}

TEST_F(AsmTest, TwoGoroutinesSwitchDirectly) {
  static std::string order;
  static g* other;
  order.clear();
  const auto to_other = [] {
    mcall([](g* from) {
      g* to = std::exchange(other, from);
      from->m->curg.plainStore(to);
      gogo(&to->sched);
    });
  };
  Goroutine a(mp_.get(), [&] {
    for (int i = 0; i < 3; i++) order += 'a', to_other();
  });
  Goroutine b(mp_.get(), [&] {
    for (int i = 0; i < 3; i++) order += 'b', to_other();
    Yield();
  });
  other = b.gp();
  Run(a.gp());
  EXPECT_EQ(order, "ababab");
}

TEST_F(AsmTest, SystemstackFromAGoroutine) {
  Goroutine gr(mp_.get(), [&] {
    int value = 20;
    systemstack([&] {
      int local = 0;
      EXPECT_FALSE(gr.OnStack(&local));
      EXPECT_EQ(getg(), g0_.get());
      EXPECT_EQ(reinterpret_cast<uintptr>(__builtin_frame_address(0)) % 16, 0u);
      EXPECT_TRUE(gr.OnStack(reinterpret_cast<void*>(gr.gp()->sched.sp)));
      systemstack([&] { value++; });  // already there: a plain call
      value *= 2;
    });
    EXPECT_EQ(value, 42);
    EXPECT_EQ(getg(), gr.gp());
    EXPECT_EQ(gr.gp()->sched.sp, 0u);
  });
  Run(gr.gp());
}

TEST_F(AsmTest, SystemstackOnG0IsAPlainCall) {
  const g* seen = nullptr;
  systemstack([&] { seen = getg(); });
  EXPECT_EQ(seen, g0_.get());
}

// Recursion with a switch of each kind at every depth, then back up through all the frames.
uint64 Deep(int depth) {
  volatile uint64 mine = static_cast<uint64>(depth) * 0x9e3779b97f4a7c15;
  uint64 below = 0;
  systemstack([&] { below += 1; });
  mcall([](g*) { gogo(&getg()->sched); });
  if (depth > 0) below += Deep(depth - 1);
  return below + (mine == static_cast<uint64>(depth) * 0x9e3779b97f4a7c15);
}

TEST_F(AsmTest, DeepNesting) {
  uint64 sum = 0;
  int yields = 0;
  Goroutine gr(mp_.get(), [&] { sum = Deep(199); });
  while (sum == 0 && yields < 1000) {
    Run(gr.gp());
    yields++;
  }
  EXPECT_EQ(sum, 400u);
  EXPECT_EQ(yields, 201);
}

// FillAndYield loads seed+1, seed+2, ... into the callee-saved registers, calls yield, and stores
// what is in them then to out.
constexpr int kKept =
#if defined(__x86_64__)
    5;
asm(R"(
    .text
    .type FillAndYield, @function
FillAndYield:
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rsi
    subq $8, %rsp
    leaq 1(%rdi), %rbx
    leaq 2(%rdi), %r12
    leaq 3(%rdi), %r13
    leaq 4(%rdi), %r14
    leaq 5(%rdi), %r15
    call *%rdx
    addq $8, %rsp
    popq %rsi
    movq %rbx, 0(%rsi)
    movq %r12, 8(%rsi)
    movq %r13, 16(%rsi)
    movq %r14, 24(%rsi)
    movq %r15, 32(%rsi)
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    ret
)");
#elif defined(__aarch64__)
    18;
asm(R"(
    .text
    .type FillAndYield, %function
FillAndYield:
    stp x29, x30, [sp, #-192]!
    stp x19, x20, [sp, #16]
    stp x21, x22, [sp, #32]
    stp x23, x24, [sp, #48]
    stp x25, x26, [sp, #64]
    stp x27, x28, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    str x1, [sp, #160]
    add x9, x0, #11
    fmov d8, x9
    add x9, x0, #12
    fmov d9, x9
    add x9, x0, #13
    fmov d10, x9
    add x9, x0, #14
    fmov d11, x9
    add x9, x0, #15
    fmov d12, x9
    add x9, x0, #16
    fmov d13, x9
    add x9, x0, #17
    fmov d14, x9
    add x9, x0, #18
    fmov d15, x9
    add x19, x0, #1
    add x20, x0, #2
    add x21, x0, #3
    add x22, x0, #4
    add x23, x0, #5
    add x24, x0, #6
    add x25, x0, #7
    add x26, x0, #8
    add x27, x0, #9
    add x28, x0, #10
    blr x2
    ldr x1, [sp, #160]
    stp x19, x20, [x1, #0]
    stp x21, x22, [x1, #16]
    stp x23, x24, [x1, #32]
    stp x25, x26, [x1, #48]
    stp x27, x28, [x1, #64]
    stp d8, d9, [x1, #80]
    stp d10, d11, [x1, #96]
    stp d12, d13, [x1, #112]
    stp d14, d15, [x1, #128]
    ldp x19, x20, [sp, #16]
    ldp x21, x22, [sp, #32]
    ldp x23, x24, [sp, #48]
    ldp x25, x26, [sp, #64]
    ldp x27, x28, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    ldp x29, x30, [sp], #192
    ret
)");
#endif
extern "C" void FillAndYield(uint64 seed, uint64* out, void (*yield)());

int ClobberedByYield(uint64 seed) {
  uint64 out[kKept] = {};
  FillAndYield(seed, out, [] { mcall([](g* gp) { gogo(&gp->m->g0->sched); }); });
  int changed = 0;
  for (int i = 0; i < kKept; i++) changed += out[i] != seed + 1 + static_cast<uint64>(i);
  return changed;
}

TEST_F(AsmTest, CalleeSavedRegistersSurvive) {
  int changed = -1;
  Goroutine a(mp_.get(), [&] { changed = ClobberedByYield(0x1111111111111100); });
  int changed_b = -1;
  Goroutine b(mp_.get(), [&] { changed_b = ClobberedByYield(0x2222222222222200); });
  Run(a.gp());
  Run(b.gp());
  Run(a.gp());
  Run(b.gp());
  EXPECT_EQ(changed, 0);
  EXPECT_EQ(changed_b, 0);
}

TEST_F(AsmTest, RoundingModeBelongsToTheGoroutine) {
  int up = -1;
  Goroutine gr(mp_.get(), [&] {
    std::fesetround(FE_UPWARD);
    Yield();
    up = std::fegetround();
  });
  Run(gr.gp());
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  std::fesetround(FE_DOWNWARD);
  Run(gr.gp());
  EXPECT_EQ(up, FE_UPWARD);
  EXPECT_EQ(std::fegetround(), FE_DOWNWARD);
  std::fesetround(FE_TONEAREST);
}

TEST_F(AsmTest, ExceptionsStayInsideOneStack) {
  std::string caught;
  Goroutine gr(mp_.get(), [&] {
    for (int i = 0; i < 3; i++) {
      try {
        Yield();
        systemstack([&] {
          try {
            throw std::runtime_error("on g0 ");
          } catch (const std::exception& e) {
            caught += e.what();
          }
        });
        throw std::runtime_error("on g ");
      } catch (const std::exception& e) {
        caught += e.what();
      }
    }
  });
  for (int i = 0; i < 4; i++) Run(gr.gp());
  EXPECT_EQ(caught, "on g0 on g on g0 on g on g0 on g ");
}

// The return addresses from the caller up, by the unwinder that exceptions use.
[[gnu::noinline]] std::vector<uintptr> ReturnAddresses() {
  std::vector<uintptr> pcs;
  _Unwind_Backtrace(
      [](_Unwind_Context* context, void* arg) {
        auto* to = static_cast<std::vector<uintptr>*>(arg);
        to->push_back(_Unwind_GetIP(context));
        return to->size() < 100 ? _URC_NO_REASON : _URC_END_OF_STACK;
      },
      &pcs);
  while (!pcs.empty() && pcs.back() == 0) pcs.pop_back();
  return pcs;
}

TEST_F(AsmTest, UnwindingAGoroutineEndsAtGoexit) {
  std::vector<uintptr> pcs;
  Goroutine gr(mp_.get(), [&] { pcs = ReturnAddresses(); });
  Run(gr.gp());
  ASSERT_FALSE(pcs.empty());
  EXPECT_GT(pcs.back(), reinterpret_cast<uintptr>(&goexit));
  EXPECT_LT(pcs.back(), reinterpret_cast<uintptr>(&goexit) + 16);
}

TEST_F(AsmTest, UnwindingFromSystemstackGoesOnThroughTheGoroutine) {
  std::vector<uintptr> pcs;
  Goroutine gr(mp_.get(), [&] {
    systemstack([&] { pcs = ReturnAddresses(); });
  });
  Run(gr.gp());
  ASSERT_FALSE(pcs.empty());
  EXPECT_GT(pcs.back(), reinterpret_cast<uintptr>(&goexit));
  EXPECT_LT(pcs.back(), reinterpret_cast<uintptr>(&goexit) + 16);
}

#if defined(__x86_64__)
// Names of the functions from the caller up, by libunwind.
[[gnu::noinline]] std::vector<std::string> Walk(unw_cursor_t* cursor) {
  std::vector<std::string> names;
  do {
    char name[256] = "?";
    unw_word_t offset;
    if (unw_get_proc_name(cursor, name, sizeof name, &offset) == 0) names.push_back(name);
  } while (names.size() < 100 && unw_step(cursor) > 0);
  return names;
}

TEST_F(AsmTest, AWalkFromAGoroutineEndsAtGoexit) {
  std::vector<std::string> names;
  Goroutine gr(mp_.get(), [&] {
    unw_context_t context;
    unw_cursor_t cursor;
    unw_getcontext(&context);
    unw_init_local(&cursor, &context);
    names = Walk(&cursor);
  });
  Run(gr.gp());
  ASSERT_GE(names.size(), 2u);
  EXPECT_EQ(names.back(), "goexit");
}

TEST_F(AsmTest, AWalkFromSystemstackGoesOnThroughTheGoroutine) {
  std::vector<std::string> names;
  Goroutine gr(mp_.get(), [&] {
    systemstack([&] {
      unw_context_t context;
      unw_cursor_t cursor;
      unw_getcontext(&context);
      unw_init_local(&cursor, &context);
      names = Walk(&cursor);
    });
  });
  Run(gr.gp());
  EXPECT_EQ(std::count(names.begin(), names.end(), "systemstack"), 1);
  ASSERT_FALSE(names.empty());
  EXPECT_EQ(names.back(), "goexit");
}

TEST_F(AsmTest, AWalkFromTheGobufOfAGoroutineThatDoesNotRun) {
  Goroutine gr(mp_.get(), [&] { Yield(); });
  Run(gr.gp());
  unw_context_t context;
  unw_cursor_t cursor;
  unw_getcontext(&context);
  context.uc_mcontext.gregs[REG_RIP] = static_cast<greg_t>(gr.gp()->sched.pc);
  context.uc_mcontext.gregs[REG_RSP] = static_cast<greg_t>(gr.gp()->sched.sp);
  context.uc_mcontext.gregs[REG_RBP] = static_cast<greg_t>(gr.gp()->sched.bp);
  unw_init_local2(&cursor, &context, UNW_INIT_SIGNAL_FRAME);
  const std::vector<std::string> names = Walk(&cursor);
  ASSERT_GE(names.size(), 2u);
  EXPECT_EQ(names.front(), "gosave_resume");
  EXPECT_EQ(names.back(), "goexit");
  Run(gr.gp());
}
#endif

TEST_F(AsmTest, MstartReturnsWhenMstart0Does) {
  int calls = 0;
  on_mstart0 = [&] { calls++; };
  mstart();
  EXPECT_EQ(calls, 1);
}

using AsmDeathTest = AsmTest;

TEST_F(AsmDeathTest, Rt0GoMakesM0AndStartsTheScheduler) {
  on_mstart0 = [] {
    const uintptr here = reinterpret_cast<uintptr>(__builtin_frame_address(0));
    const bool ok = start_order == "check args last osinit schedinit newproc(main) " &&
                    getg() == &g0 && g0.m == &m0 && m0.g0 == &g0 && here % 16 == 0 &&
                    g0.stack.lo < here && here < g0.stack.hi && g0.stackguard0 == g0.stack.lo &&
                    g0.stackguard1 == g0.stack.lo;
    _exit(ok ? 7 : 8);
  };
  char first[] = "first", last[] = "last";
  char* argv[] = {first, last, nullptr};
  EXPECT_EXIT(rt0_go(2, argv), ::testing::ExitedWithCode(7), "");
}

TEST_F(AsmDeathTest, McallOnG0) {
  EXPECT_EXIT(mcall([](g*) {}), ::testing::ExitedWithCode(3), "");
}

TEST_F(AsmDeathTest, McallFnReturns) {
  Goroutine gr(mp_.get(), [&] { mcall([](g*) {}); });
  EXPECT_EXIT(Run(gr.gp()), ::testing::ExitedWithCode(4), "");
}

TEST_F(AsmDeathTest, LastMcallOnG0) {
  EXPECT_EXIT(mcall_last([](g*) {}), ::testing::ExitedWithCode(3), "");
}

TEST_F(AsmDeathTest, LastMcallFnReturns) {
  Goroutine gr(mp_.get(), [&] { mcall_last([](g*) {}); });
  EXPECT_EXIT(Run(gr.gp()), ::testing::ExitedWithCode(4), "");
}

TEST_F(AsmDeathTest, SystemstackOnAForeignG) {
  g stranger;
  stranger.m = mp_.get();
  setg(&stranger);
  EXPECT_EXIT(systemstack([] {}), ::testing::ExitedWithCode(5), "");
  setg(g0_.get());
}

}  // namespace
}  // namespace runtime
