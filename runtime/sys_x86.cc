// The first frame of a goroutine: Go's sys_x86.go.
#include "runtime/runtime2.h"
#include "runtime/seam.h"
#include "runtime/stubs.h"

namespace runtime {

uintptr goexitPC() { return reinterpret_cast<uintptr>(&goexit) + 2; }  // behind its first call

// Makes buf look as if goexit had called fn(ctxt) and fn were about to start. sp is the top of the new stack,
// 16-byte aligned.
void gostartcall(gobuf* buf, void* fn, void* ctxt, uintptr sp) {
  sp -= goarch::PtrSize;
  *reinterpret_cast<uintptr*>(sp) = goexitPC();
  buf->sp = sp;
  buf->pc = reinterpret_cast<uintptr>(fn);
  buf->ctxt = ctxt;
}

}  // namespace runtime
