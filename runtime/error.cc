// Go's error.go: the values of panics, and how they are printed.
//
// In Go a panic carries any value; a number is printed as a number, an error or a Stringer by its method, anything else
// as its type and address. In C++ the value is the exception object. Who wants Go's texts throws gort::RuntimeError
// (the runtime does) or calls gort::panic; cxx.cc makes a panicval of whatever else was thrown.
#include "runtime/error.h"

#include <charconv>
#include <cstdio>
#include <string>

#include "runtime/panic.h"
#include "runtime/print.h"
#include "runtime/proc_decl.h"

namespace runtime {

void printpanicval(const panicval& v) {
  if (v.type == nullptr) return printindented(v.text);
  print("(", v.type, ") ", v.object);
}

void printindented(std::string_view s) {
  for (;;) {
    uintptr i = s.find('\n');
    if (i == s.npos) break;
    print(s.substr(0, i + 1), "\t");
    s.remove_prefix(i + 1);
  }
  print(s);
}

std::string_view formatNumber(char (&)[32], bool v) { return v ? "true" : "false"; }

template <class T>
static std::string_view format(char (&to)[32], T v) {
  auto [end, error] = std::to_chars(to, to + sizeof(to), v);
  return {to, static_cast<uintptr>(end - to)};
}
std::string_view formatNumber(char (&to)[32], int64 v) { return format(to, v); }
std::string_view formatNumber(char (&to)[32], uint64 v) { return format(to, v); }

std::string_view formatNumber(char (&to)[32], double v) { return {to, formatfloat(to, v)}; }

void panicValue(std::string_view text) {
  g* gp = getg();
  if (gp != nullptr && gp->m != nullptr && gp->m->curg.plain() != gp) {
    print("panic: ");
    printindented(text);
    print("\n");
    throw_("panic on system stack");
  }
  throw gort::PanicValue(std::string(text));
}

}  // namespace runtime
