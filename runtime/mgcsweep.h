// The bodies of the two goroutines that gcenable starts. Each says on c that it runs, then parks for good.
#pragma once

#include "runtime/chan.h"

namespace runtime {

void bgsweep(hchan* c);     // mgcsweep.go
void bgscavenge(hchan* c);  // mgcscavenge.go

}  // namespace runtime
