// A string that can be a template argument. The seam's types carry the name of the field
// that they are: atomic::Int32<"sched.npidle">.
#pragma once

#include <cstddef>
#include <string_view>

namespace runtime {

template <std::size_t N>
struct fixed_string {
  char text[N]{};

  constexpr fixed_string(const char (&s)[N]) {
    for (std::size_t i = 0; i < N; i++) text[i] = s[i];
  }
  constexpr std::string_view view() const { return {text, N - 1}; }
  constexpr bool empty() const { return N == 1; }
};

}  // namespace runtime
