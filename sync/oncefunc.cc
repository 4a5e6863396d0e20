// oncefunc.cc: the part of oncefunc.h that is no template.
#include "sync/oncefunc.h"

#include "runtime/seam.h"

namespace gort::sync::internal {

void panicNil() { runtime::panic_("panic called with nil argument (use GODEBUG=panicnil=1 to disable)"); }

}  // namespace gort::sync::internal
