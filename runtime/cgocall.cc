// Calls from threads that the runtime did not make: Go's cgocall.go. Such threads are not served yet: nothing calls
// needm, and if something did, this says so before it can do harm.
#include "runtime/proc_decl.h"

namespace runtime {

void callbackUpdateSystemStack(m*, uintptr, bool) { throw_("needm: threads of others cannot call in yet"); }
void bindmAtThreadExit(g*) { throw_("cgoBindM: threads of others cannot call in yet"); }

}  // namespace runtime
