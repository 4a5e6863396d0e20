// Go's string header: len bytes, not ended by NUL, owned by somebody who outlives it.
#pragma once

#include <string_view>

#include "runtime/internal/goarch.h"

namespace runtime {

struct string {
  const char* str = nullptr;
  intptr len = 0;

  constexpr string() = default;
  constexpr string(std::string_view s) : str(s.data()), len(static_cast<intptr>(s.size())) {}
  constexpr string(const char* s) : string(std::string_view(s)) {}
  constexpr operator std::string_view() const { return {str, static_cast<std::size_t>(len)}; }
};

static_assert(sizeof(string) == 16);

}  // namespace runtime
