// Stand-ins until their files are here. This file must end up empty and go.
#include <sys/mman.h>
#include <unistd.h>
#include <charconv>
#include <signal.h>
#include <cstring>
#include "runtime/cxx.h"
#include "runtime/env_posix.h"
#include "runtime/proc_decl.h"
#include "runtime/signal_unix_decl.h"

namespace runtime {
// ---- C
void callbackUpdateSystemStack(m*, uintptr, bool) {}
void bindmAtThreadExit(g*) {}
}  // namespace runtime
