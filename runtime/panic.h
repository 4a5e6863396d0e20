// Panics and throws: Go's panic.go and error.go. throw_, fatal and panic_ are declared in seam.h.
#pragma once

#include <string_view>

#include "runtime/internal/goarch.h"

namespace runtime {

struct g;
struct _panic;

enum throwType : uint32 {
  throwTypeNone,
  throwTypeUser,     // the program's fault: the dump leaves out the runtime's frames
  throwTypeRuntime,  // the runtime's fault: everything is shown
};

// Runs the destructors of the goroutine's stack and ends it. On a goroutine.
[[noreturn]] void Goexit();

// What a fault of the processor becomes, by sigpanic: they throw gort::RuntimeError on the goroutine that faulted.
[[noreturn]] void panicmem();
[[noreturn]] void panicmemAddr(uintptr addr);
[[noreturn]] void panicdivide();
[[noreturn]] void panicoverflow();
[[noreturn]] void panicfloat();
[[noreturn]] void panicSignal(const char* name);  // any other signal: its name

// A panic with Go's "runtime error: " before the text.
[[noreturn]] void panicError(const char* s);

// Prints "fatal error"'s dump and ends the process; t says whose fault it is. Any stack.
[[noreturn]] void fatalthrow(throwType t);
// The same for a panic; msgs, innermost first, may be nullptr.
[[noreturn]] void fatalpanic(_panic* msgs);
// Panics that are on their way to fatalpanic: main does not exit meanwhile.
void addRunningPanicDefers(int32 n);
// Makes this thread the one that reports. False: something failed while reporting, say little. Freezes the world.
bool startpanic_m();
// Prints the dump of gp, whose frames from sp on up count, and perhaps of all. Returns whether to dump core. On g0, or
// on gsignal, after startpanic_m.
bool dopanic_m(g* gp, uintptr pc, uintptr sp);
// Whether a fault on the goroutine that runs on this thread may become a panic.
bool canpanic();
// Ends the process by SIGABRT, so that the system keeps a core.
[[noreturn]] void crash();

// A text from the program, with a tab after each newline.
void printindented(std::string_view s);

}  // namespace runtime
