// The thin layer between api/panic.h and the runtime.
#include "api/panic.h"

#include "api/runtime.h"
#include "runtime/boundary.h"
#include "runtime/env_posix.h"
#include "runtime/panic.h"
#include "runtime/stacktext.h"

namespace gort {

namespace {

template <class T>
[[noreturn]] void panicNumber(T v) {
  char buf[32];
  runtime::panicValue(runtime::formatNumber(buf, v));
}

}  // namespace

void panic(std::string_view text) { runtime::panicValue(text); }
void panic(const char* text) { runtime::panicValue(text); }
void panic(bool value) { panicNumber(value); }
void panic(std::int64_t value) { panicNumber(value); }
void panic(std::uint64_t value) { panicNumber(value); }
void panic(double value) { panicNumber(value); }
void panic(const std::exception& err) { runtime::panicValue(err.what()); }

void Goexit() {
  runtime::fromProgram here;
  runtime::Goexit();
}

void SetTraceback(std::string_view level) { runtime::setTraceback(level); }

[[gnu::noinline]] std::string Stack(bool all) {
  // Twice the room until it fits: the trace is made anew each time, as in Go's debug.Stack.
  std::size_t guess = all ? 4096 + 512 * static_cast<std::size_t>(NumGoroutine()) : 2048;
  for (std::string buf(guess, '\0');; buf.resize(buf.size() * 2)) {
    auto* p = reinterpret_cast<std::uint8_t*>(buf.data());
    auto cap = static_cast<std::intptr_t>(buf.size());
    runtime::fromProgram here;
    std::intptr_t n = runtime::Stack({p, cap, cap}, all);
    if (n < cap) {
      buf.resize(static_cast<std::size_t>(n));
      return buf;
    }
  }
}

}  // namespace gort
