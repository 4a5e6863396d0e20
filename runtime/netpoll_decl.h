// What the poller of a system provides to netpoll.cc, beside netpoll and netpollBreak (seam.h).
#pragma once

#include "runtime/internal/goarch.h"

namespace runtime {

struct pollDesc;

// Makes the poller; throws (the runtime's throw) when the system has none to give. Under netpoll's lock, once.
void netpollinit();

// Whether fd is the poller's own.
bool netpollIsPollDescriptor(uintptr fd);

// Asks for a notice at each edge to readiness of fd, in both modes, to be given to netpollready with pd. An errno.
int netpollopen(uintptr fd, pollDesc* pd);

// No more notices for fd. An errno.
int netpollclose(uintptr fd);

}  // namespace runtime
