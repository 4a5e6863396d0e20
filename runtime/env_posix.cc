// The environment and the arguments: Go's env_posix.go and the start of runtime1.go.
#include "runtime/env_posix.h"

#include <stdlib.h>

#include <charconv>
#include <string_view>

#include "runtime/handoff.h"
#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"

namespace runtime {

int32 argc;
char** argv;
bool iscgo = false;
bool cgoHasExtraM = false;

// Called by rt0_go, in this order, before osinit.
void check() {
  static_assert(sizeof(int64) == 8 && sizeof(uintptr) == 8);
  static_assert(mutexLocked == 1, "the fast path of lock exchanges a byte");
  m* mp = newobject<m>();
  if ((reinterpret_cast<uintptr>(mp) & mutexMMask) != 0) throw_("check: an m is not aligned");
  deleteobject(mp);
}

void args(int c, char** v) {
  argc = c;
  argv = v;
}

void goargs() {}
void goenvs() {}

const char* gogetenv(const char* name) { return getenv(name); }

// Go's atoi32: digits, perhaps with a sign, and nothing else.
bool atoi32(std::string_view s, int32* n) {
  if (!s.empty() && s.front() == '+') s.remove_prefix(1);
  auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), *n);
  return error == std::errc() && end == s.data() + s.size() && !s.empty();
}

int32 gomaxprocsFromEnv() {
  const char* s = gogetenv("GOMAXPROCS");
  int32 n;
  return s != nullptr && atoi32(s, &n) && n > 0 ? n : 0;
}

debugVars debug;

namespace {

struct dbgVar {
  std::string_view name;
  int32* value;
};

const dbgVar dbgvars[] = {
    {"asyncpreemptoff", &debug.asyncpreemptoff},
    {"asynctimerchan", &debug.asynctimerchan},
    {"dontfreezetheworld", &debug.dontfreezetheworld},
    {"gctrace", &debug.gctrace},
    {"preemptevery", &debug.preemptevery},
    {"scheddetail", &debug.scheddetail},
    {"schedtrace", &debug.schedtrace},
    {"traceadvanceperiod", &debug.traceadvanceperiod},
    {"tracebackancestors", &debug.tracebackancestors},
};

// name=value,name=value: unknown names and values that are no numbers are passed over, as in Go.
void parsegodebug(std::string_view p) {
  while (!p.empty()) {
    std::string_view field = p.substr(0, p.find(','));
    p.remove_prefix(field.size() < p.size() ? field.size() + 1 : p.size());
    size_t eq = field.find('=');
    if (eq == field.npos) continue;
    std::string_view name = field.substr(0, eq), value = field.substr(eq + 1);
    if (name == "asyncpreempt") {
      if (value == "handoff") preemptMode = asyncPreemptMode::handoff;
      if (value == "move") preemptMode = asyncPreemptMode::move;
      if (value == "off") preemptMode = asyncPreemptMode::off;
    }
    if (int32 n; name == "handoffmax" && atoi32(value, &n)) setHandoffMax(n);
    for (const dbgVar& v : dbgvars) {
      int32 n;
      if (v.name == name && atoi32(value, &n)) *v.value = n;
    }
  }
}

}  // namespace

void parsedebugvars() {
  if (const char* s = gogetenv("GODEBUG"); s != nullptr) parsegodebug(s);
  const char* level = gogetenv("GOTRACEBACK");
  setTraceback(level != nullptr ? level : "");
  traceback_env = traceback_cache;
}

}  // namespace runtime
