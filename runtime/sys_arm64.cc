// The first frame of a goroutine: Go's sys_arm64.go.
#include "runtime/runtime2.h"
#include "runtime/seam.h"
#include "runtime/stubs.h"

namespace runtime {

uintptr goexitPC() { return reinterpret_cast<uintptr>(&goexit) + 4; }  // behind its first call

// Makes buf look as if goexit had called fn(ctxt) and fn were about to start: the return address is in the link
// register. sp is the top of the new stack, 16-byte aligned.
void gostartcall(gobuf* buf, void* fn, void* ctxt, uintptr sp) {
  buf->lr = goexitPC();
  buf->sp = sp;
  buf->pc = reinterpret_cast<uintptr>(fn);
  buf->ctxt = ctxt;
}

}  // namespace runtime
