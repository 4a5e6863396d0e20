// What the poller of a system provides to netpoll.cc.
#pragma once

namespace runtime {

// Makes the poller; throws (the runtime's throw) when the system has none to give. Under netpoll's lock, once.
void netpollinit();

}  // namespace runtime
