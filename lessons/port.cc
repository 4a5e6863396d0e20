// Lessons 4 to 7: the port itself, as a scheduler of the lessons. What differs between them is not here: each is linked
// with a runtime whose proc.cc lacks the rules of the lessons that follow (*.patch, BUILD.bazel).
#include <cstdlib>
#include <string>
#include <utility>

#include "gort.h"
#include "lessons/sched.h"
#include "runtime/boundary.h"
#include "runtime/handoff.h"
#include "runtime/preempt.h"
#include "runtime/proc_decl.h"

namespace lessons {

namespace {
int (*programMain)();
}  // namespace

void run(int procs, int (*main)()) {
  programMain = main;
  setenv("GOMAXPROCS", std::to_string(procs).c_str(), 1);
  static char name[] = "lesson";
  static char* argv[] = {name, nullptr};
  gort::Run([](int, char**) { return programMain(); }, 1, argv);
}

void go(std::function<void()> f) { gort::go(gort::StackSize{64 << 10}, std::move(f)); }
void yield() { gort::Gosched(); }
G* self() { return reinterpret_cast<G*>(runtime::getg()); }

void park(Latch& latch) {
  runtime::fromProgram here;
  const auto letGo = [](runtime::g*, void* held) {
    static_cast<Latch*>(held)->unlock();
    return true;
  };
  runtime::gopark(letGo, &latch, runtime::waitReasonChanReceive, runtime::traceBlockChanRecv, 1);
}

void ready(G* gp) {
  runtime::fromProgram here;
  runtime::goready(reinterpret_cast<runtime::g*>(gp), 1);
}

// The frame that stays is the caller's.
[[gnu::noinline]] void entersyscall() {
  runtime::fromProgram here;
  runtime::reentersyscall(runtime::getcallerpc(), runtime::getcallersp(), 0);
}
void exitsyscall() { gort::ExitSyscall(); }

std::vector<Figure> counted() {
  const runtime::preemptStats signals = runtime::readPreemptStats();
  const runtime::handoffStats handoffs = runtime::readHandoffStats();
  return {
      {"threads made", static_cast<double>(runtime::mcount()), ""},
      {"goroutines taken off their threads by a signal", static_cast<double>(signals.taken), ""},
      {"Ps taken from goroutines that compute", static_cast<double>(handoffs.taken), ""},
  };
}

}  // namespace lessons
