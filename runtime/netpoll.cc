// The poller's part that does not depend on the system: Go's netpoll.go. So far it is what timers need: somewhere an
// idle thread sleeps until a time or until it is broken off.
#include "runtime/netpoll.h"

#include "runtime/netpoll_decl.h"
#include "runtime/os_linux_decl.h"
#include "runtime/proc_decl.h"

namespace runtime {

static mutex netpollInitLock;
atomic::Uint32<> netpollInited;
atomic::Uint32<> netpollWaiters;

// Makes the poller, once. The store pairs with the load in netpollinited: who sees 1 sees the poller.
void netpollGenericInit() {
  if (netpollInited.Load() != 0) return;
  lock(&netpollInitLock);
  if (netpollInited.Load() == 0) {
    netpollinit();
    netpollInited.Store(1);
  }
  unlock(&netpollInitLock);
}

void netpollAdjustWaiters(int32 delta) {
  if (delta != 0) netpollWaiters.Add(delta);
}

}  // namespace runtime
