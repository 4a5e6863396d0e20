// A panic's value, ready to be printed: Go's error.go.
#pragma once

#include <string_view>

#include "api/panic.h"
#include "runtime/internal/goarch.h"

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

// A number as Go's print writes it, into to; returns the part that is used.
std::string_view formatNumber(char (&to)[32], bool v);
std::string_view formatNumber(char (&to)[32], int64 v);
std::string_view formatNumber(char (&to)[32], uint64 v);
std::string_view formatNumber(char (&to)[32], double v);

}  // namespace runtime
