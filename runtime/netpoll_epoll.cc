// The poller over epoll: Go's netpoll_epoll.go. An eventfd in the set is how netpollBreak ends a wait.
//
// Notices are edge-triggered and asked for once, in both modes, when a descriptor comes: no system call more for as
// long as it lives. The price is that an edge is told once, so rg and wg remember it (netpoll.cc).
//
// netpollWakeSig says that a break is under way: only the one that takes it from 0 to 1 writes, and the waiter that
// reads the eventfd takes it back. So any number of breaks costs one write.
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "runtime/netpoll.h"
#include "runtime/netpoll_decl.h"
#include "runtime/proc_decl.h"
#include "runtime/raceignore.h"
#include "runtime/tagptr_64bit.h"

namespace runtime {

namespace {

int32 epfd = -1;
int32 netpollEventFd = -1;
atomic::Uint32<> netpollWakeSig;

}  // namespace

void netpollinit() {
  raceIgnored here;
  epfd = epoll_create1(EPOLL_CLOEXEC);
  if (epfd < 0) {
    print("runtime: epollcreate failed with ", int32{errno}, "\n");
    throw_("runtime: netpollinit failed");
  }
  netpollEventFd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (netpollEventFd < 0) {
    print("runtime: eventfd failed with ", int32{errno}, "\n");
    throw_("runtime: eventfd failed");
  }
  epoll_event ev{};
  ev.events = EPOLLIN;
  ev.data.ptr = &netpollEventFd;
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, netpollEventFd, &ev) != 0) {
    print("runtime: epollctl failed with ", int32{errno}, "\n");
    throw_("runtime: epollctl failed");
  }
}

bool netpollIsPollDescriptor(uintptr fd) {
  return fd == static_cast<uintptr>(epfd) || fd == static_cast<uintptr>(netpollEventFd);
}

int netpollopen(uintptr fd, pollDesc* pd) {
  raceIgnored here;
  epoll_event ev{};
  ev.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLPRI | EPOLLET;  // EPOLLPRI is not Go's: setHungUp
  ev.data.u64 = taggedPointerPack(pd, pd->fdseq.Load()).value;
  return epoll_ctl(epfd, EPOLL_CTL_ADD, static_cast<int>(fd), &ev) == 0 ? 0 : errno;
}

int netpollclose(uintptr fd) {
  raceIgnored here;
  epoll_event ev{};
  return epoll_ctl(epfd, EPOLL_CTL_DEL, static_cast<int>(fd), &ev) == 0 ? 0 : errno;
}

void netpollBreak() {
  if (!netpollWakeSig.CompareAndSwap(0, 1)) return;
  raceIgnored here;
  uint64 one = 1;
  for (;;) {
    ssize_t n = write(netpollEventFd, &one, sizeof one);
    if (n == static_cast<ssize_t>(sizeof one)) return;
    int err = errno;
    if (err == EINTR) continue;
    if (err == EAGAIN) return;
    print("runtime: netpollBreak write failed with ", int32{err}, "\n");
    throw_("runtime: netpollBreak write failed");
  }
}

// On g0; with delay != 0 without a p.
netpollResult netpoll(int64 delay) {
  if (epfd == -1) return {};
  // Milliseconds: a wait of less is rounded up, one of more is cut; the cap is some eleven days.
  int waitms;
  if (delay < 0) {
    waitms = -1;
  } else if (delay == 0) {
    waitms = 0;
  } else if (delay < 1000000) {
    waitms = 1;
  } else if (delay < 1000000000000000) {
    waitms = static_cast<int>(delay / 1000000);
  } else {
    waitms = 1000000000;
  }
  epoll_event events[128];
  int n;
  while ((n = epoll_wait(epfd, events, 128, waitms)) < 0) {
    int err = errno;
    if (err != EINTR) {
      print("runtime: epollwait on fd ", epfd, " failed with ", int32{err}, "\n");
      throw_("runtime: netpoll failed");
    }
    // A wait with an end begins anew with the caller, who computes the end.
    if (waitms > 0) return {};
  }
  netpollResult r{};
  for (int i = 0; i < n; i++) {
    const uint32 what = events[i].events;
    if (what == 0) continue;
    if (events[i].data.ptr == &netpollEventFd) {
      if (what != EPOLLIN) {
        print("runtime: netpoll: eventfd ready for ", what, "\n");
        throw_("runtime: netpoll: eventfd ready for something unexpected");
      }
      // A poll that does not block leaves the break for the waiter that it was meant for.
      if (delay != 0) {
        uint64 ignored;
        [[maybe_unused]] ssize_t got = read(netpollEventFd, &ignored, sizeof ignored);
        netpollWakeSig.Store(0);
      }
      continue;
    }
    // What ends a connection ends waits in both modes: the attempt that follows says what it was.
    int32 mode = 0;
    if ((what & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) mode += pollRead;
    if ((what & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) mode += pollWrite;
    if (mode == 0) continue;
    taggedPointer tp{events[i].data.u64};
    auto* pd = static_cast<pollDesc*>(tp.pointer());
    if (pd->fdseq.Load() != tp.tag()) continue;  // of a descriptor that is closed
    pd->setEventErr(what == EPOLLERR, tp.tag());
    // Before anybody is told to read.
    if ((what & (EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI)) != 0) pd->setHungUp(tp.tag());
    r.delta += netpollready(&r.list, pd, mode);
  }
  return r;
}

}  // namespace runtime
