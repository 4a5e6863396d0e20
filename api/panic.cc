// The thin layer between api/panic.h and the runtime; gort::panic is in runtime/error.cc.
#include "api/panic.h"

#include "api/runtime.h"
#include "runtime/boundary.h"
#include "runtime/env_posix.h"
#include "runtime/panic.h"
#include "runtime/stacktext.h"

namespace gort {

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
