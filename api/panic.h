// Panics: what Go's panic, recover and runtime.Error are in C++.
//
// A panic is a C++ exception, recover() is a catch block, and a deferred call is a destructor. What the runtime throws
// is a gort::RuntimeError, what gort::panic throws a gort::PanicValue; a program may throw anything else as well.
//
// An exception that finds no handler on its goroutine's stack ends the program as a panic does in Go, on whichever
// goroutine it happens:
//
//   panic: TEXT
//
//   goroutine 7 [running]:
//   ...frames, from the throw...
//   created by ... in goroutine 1
//
// on standard error, exit status 2. TEXT is
//   * for gort::Error and its kin, and for every other std::exception, what(): Go prints err.Error() for an error
//     value;
//   * for std::string and const char* the text, for arithmetic types the number as Go's print writes it;
//   * for anything else "(T) 0xADDRESS", T being the demangled name of its type, as Go shows a struct.
// A newline in a text is followed by a tab, so that nothing in it looks like part of the trace. GOTRACEBACK works as in
// Go: none, single, all, system, crash.
//
// What differs from Go: no destructor runs before the report, since the search for a handler comes first in C++ (Go
// runs deferred calls, then reports). An exception that is thrown while another is handled in a catch block is reported
// under it, which Go marks [recovered] too. An exception that must not leave (noexcept) ends the program in the same
// way.
#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "runtime/error.h"  // gort::Error, RuntimeError, MemoryError, PanicValue

namespace gort {

// Throws PanicValue. From a goroutine or any other thread; not on the runtime's own stacks, where it ends the program.
[[noreturn]] void panic(std::string_view text);
[[noreturn]] void panic(const char* text);
[[noreturn]] void panic(bool value);
[[noreturn]] void panic(std::int64_t value);
[[noreturn]] void panic(std::uint64_t value);
[[noreturn]] void panic(double value);
// With err.what() as the text: Go's panic(err). The type is lost; `throw` keeps it.
[[noreturn]] void panic(const std::exception& err);
template <std::signed_integral T>
[[noreturn]] void panic(T value) {
  panic(static_cast<std::int64_t>(value));
}
template <std::unsigned_integral T>
[[noreturn]] void panic(T value) {
  panic(static_cast<std::uint64_t>(value));
}

// Ends the calling goroutine after the destructors of its stack have run; others go on. A catch (...) block sees it
// pass by, as pthread_exit's, and may rethrow or not: the goroutine ends all the same. catch blocks for a type do not
// see it. On the main goroutine: main does not return, the program lives until its goroutines have ended, and then dies
// with "no goroutines (main called runtime.Goexit) - deadlock!". No frame in between may be noexcept, destructors
// included. From a goroutine. runtime.Goexit.
[[noreturn]] void Goexit();

// How much a program shows when it dies: none, single, all, system, crash; never less than GOTRACEBACK asked for. Any
// thread. debug.SetTraceback.
void SetTraceback(std::string_view level);

// The stack trace of the calling goroutine, or of all (which stops the world meanwhile), in the format of a crash
// report. From a goroutine; throws std::bad_alloc. runtime.Stack.
std::string Stack(bool all = false);

}  // namespace gort
