// Go's fd_unix.go and fd_posix.go: a socket, its connect and its accept.
#include "net/fd_unix.h"

#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "api/go.h"
#include "api/select.h"
#include "os/file.h"
#include "syscall/syscall.h"

namespace gort::net {

namespace {

constinit const errors::Sentinel canceled("operation was canceled", errors::Code::Canceled, false, false,
                                          &context::Canceled);
constinit const errors::Sentinel timedOut("i/o timeout", errors::Code::DeadlineExceeded, true, true,
                                          &context::DeadlineExceeded);
constinit const error errCanceled = error::Named(&canceled);
constinit const error errTimeout = error::Named(&timedOut);

Addr nameOf(int nr, int fd, std::string_view net) {
  poll::Sockaddr sa;
  sa.len = sizeof sa.storage;
  if (syscall::RawSyscall(nr, fd, sa.get(), &sa.len) < 0) return {};
  return Addr(net, sa.get(), sa.len);
}

}  // namespace

error wrapSyscallError(std::string_view call, error err) {
  return err.Errno() == 0 ? err : os::NewSyscallError(call, std::move(err));
}

error mapErr(const error& err) {
  if (err == context::Canceled) return errCanceled;
  if (err == context::DeadlineExceeded) return errTimeout;
  return err;
}

netFD::netFD(int sysfd, int family, int sotype, std::string_view net) : family(family), sotype(sotype), net(net) {
  pfd.Sysfd = sysfd;
  pfd.IsStream = sotype == SOCK_STREAM;
  pfd.ShortReadIsAll = sotype == SOCK_STREAM && family != AF_UNIX;
  pfd.ZeroReadIsEOF = sotype != SOCK_DGRAM && sotype != SOCK_RAW;
}

netFD::~netFD() { (void)Close(); }

error netFD::Close() {
  if (unlinkOnClose.exchange(false) && !closed_.load()) {
    // First the name, or another listener's new file could go.
    std::string path = laddr.String();
    if (!path.empty() && path[0] != '@') unlink(path.c_str());
  }
  if (closed_.exchange(true)) return poll::ErrNetClosing;
  return pfd.Close();
}

void netFD::setAddrs() {
  laddr = nameOf(SYS_getsockname, pfd.Sysfd, net);
  raddr = nameOf(SYS_getpeername, pfd.Sysfd, net);
}

// What ends a connect that waits: the context's deadline as the socket's, or a deadline in the past when it is
// canceled.
error netFD::connect(const context::Context& ctx, const Addr& to) {
  std::intptr_t r = syscall::Syscall(SYS_connect, pfd.Sysfd, to.get(), to.len());
  switch (syscall::Errno(r)) {
    case EINPROGRESS:
    case EALREADY:
    case EINTR: break;
    case 0:
    case EISCONN:
      if (error err = ctx.Err()) return mapErr(err);
      return init();
    default: return wrapSyscallError("connect", error(syscall::Errno(r)));
  }
  if (error err = init()) return err;
  auto deadline = ctx.Deadline();
  if (deadline) (void)pfd.SetWriteDeadline(*deadline);

  // Somebody who waits for the end of the context, and is waited for.
  const time::Time longAgo(time::Duration(1), time::Duration(1));
  Chan<void> done, interrupted;
  error ctxErr;
  if (RecvChan<void> ctxDone = ctx.Done()) {
    done = Chan<void>(0);
    interrupted = Chan<void>(0);
    go([&, ctxDone] {
      select(recv(ctxDone,
                  [&] {
                    (void)pfd.SetWriteDeadline(longAgo);
                    ctxErr = ctx.Err();
                  }),
             recv(done));
      interrupted.close();
    });
  }

  error err;
  for (;;) {
    if ((err = pfd.WaitWrite())) {
      if (error ended = ctx.Err()) err = mapErr(ended);
      break;
    }
    int soError = 0;
    socklen_t n = sizeof soError;
    r = syscall::RawSyscall(SYS_getsockopt, pfd.Sysfd, SOL_SOCKET, SO_ERROR, &soError, &n);
    if (r < 0) {
      err = wrapSyscallError("getsockopt", error(syscall::Errno(r)));
      break;
    }
    if (soError == EINPROGRESS || soError == EALREADY || soError == EINTR) continue;
    if (soError != 0 && soError != EISCONN) {
      err = wrapSyscallError("connect", error(soError));
      break;
    }
    // The poller may have woken us for nothing: then there is no other end yet.
    if (soError == EISCONN || nameOf(SYS_getpeername, pfd.Sysfd, net)) break;
  }

  if (done) {
    done.close();
    interrupted.recv();
    if (ctxErr && !err) err = mapErr(ctxErr);
  }
  if (!err && deadline) (void)pfd.SetWriteDeadline({});
  return err;
}

Result<Addr> netFD::addrFor(const Addr& a) const {
  // A Unix address at a socket of the internet is for the kernel to refuse.
  if (Addr as = a.family() == AF_UNIX ? a : toFamily(a, family)) return as;
  return error(new AddrError(family == AF_INET ? "non-IPv4 address" : "non-IPv6 address", a.IP()));
}

Result<std::shared_ptr<netFD>> netFD::accept() {
  poll::Sockaddr from;
  const char* call = nullptr;
  Result<int> d = pfd.Accept(from, call);
  if (!d) return call != nullptr ? wrapSyscallError(call, d.error()) : d.error();
  auto fd = std::make_shared<netFD>(*d, family, sotype, net);
  if (error err = fd->init()) return err;
  fd->laddr = nameOf(SYS_getsockname, *d, net);
  fd->raddr = Addr(net, from.get(), from.len);
  return fd;
}

error netFD::opError(std::string_view op, error err) const {
  if (!err || err == io::Eof) return err;
  return error(new OpError(op, net, laddr, raddr, std::move(err)));
}

}  // namespace gort::net
