// The errors of the runtime, and a panic's value, ready to be printed: Go's error.go. Programs get it by api/panic.h.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "runtime/internal/goarch.h"

namespace gort {

// The base of what gort throws. Copying does not throw.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A mistake that the runtime found: a closed channel, a nil dereference, ... what() is Go's text without "panic: ".
// runtime.Error.
class RuntimeError : public Error {
 public:
  using Error::Error;
};

// A fault on an address that is nearly zero, as a nil pointer gives. To catch it, the code that may fault must be
// compiled with -fnon-call-exceptions: otherwise the compiler takes for granted that loads and stores throw nothing,
// and the program ends.
class MemoryError : public RuntimeError {
 public:
  MemoryError(const std::string& text, std::uintptr_t address) : RuntimeError(text), address_(address) {}
  // Where the fault was.
  std::uintptr_t Addr() const { return address_; }

 private:
  std::uintptr_t address_;
};

// What gort::panic threw; what() is the value as Go's panic prints it.
class PanicValue : public Error {
 public:
  using Error::Error;
};

}  // namespace gort

namespace runtime {

// What a signal other than a fault on memory became. A report shows the signal with it, as with gort::MemoryError.
class faultError : public gort::RuntimeError {
 public:
  using RuntimeError::RuntimeError;
};

// Either a text, or, when type is set, something that has none: an object of that (demangled) type.
struct panicval {
  std::string_view text;
  const char* type = nullptr;
  const void* object = nullptr;
  char number[32];  // what text may point at
};

void printpanicval(const panicval& v);

// Throws gort::PanicValue, whose text it is. On a goroutine or somebody else's thread; on a stack of the runtime the
// program ends.
[[noreturn]] void panicValue(std::string_view text);

// A number as Go's print writes it, into to; returns the part that is used.
std::string_view formatNumber(char (&to)[32], bool v);
std::string_view formatNumber(char (&to)[32], int64 v);
std::string_view formatNumber(char (&to)[32], uint64 v);
std::string_view formatNumber(char (&to)[32], double v);

}  // namespace runtime
