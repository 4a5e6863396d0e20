// Go's net.go: the operations of sockets, in the words of OpError.
#include "net/net.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>
#include <limits>

#include "internal/poll/fd_unix.h"
#include "net/fd_unix.h"
#include "os/file.h"
#include "syscall/syscall.h"

namespace gort::net {

const error& ErrClosed = poll::ErrNetClosing;
const error& ErrDeadlineExceeded = poll::ErrDeadlineExceeded;

std::string OpError::Error() const {
  std::string s = Op;
  if (!Net.empty()) s += " " + Net;
  if (Source) s += " " + Source.String();
  if (Address) s += (Source ? "->" : " ") + Address.String();
  return s + ": " + Err.Error();
}

bool OpError::Temporary() const {
  // Whoever accepts can go on: it was somebody else's connection.
  if (Op == "accept" && (Err.code() == std::errc::connection_reset || Err.code() == std::errc::connection_aborted)) {
    return true;
  }
  return Err.Temporary();
}

// ---- Any socket.

error Socket::Close() const {
  if (!fd_) return error(EINVAL);
  return fd_->opError("close", fd_->Close());
}

Addr Socket::LocalAddr() const { return fd_ ? fd_->laddr : Addr(); }

error Socket::Control(const std::function<void(int)>& f) const {
  if (!fd_) return error(EINVAL);
  error err = fd_->pfd.RawControl(f);
  return err ? error(new OpError("raw-control", fd_->net, {}, fd_->laddr, err)) : error();
}

Result<int> Socket::Dup() const {
  if (!fd_) return error(EINVAL);
  Result<int> n = fd_->pfd.Dup();
  if (!n) return error(new OpError("file", fd_->net, fd_->laddr, fd_->raddr, wrapSyscallError("fcntl", n.error())));
  return n;
}

namespace {

// What the setters say.
error setError(const netFD& fd, error err) {
  return err ? error(new OpError("set", fd.net, {}, fd.laddr, std::move(err))) : error();
}

error setOption(const std::shared_ptr<netFD>& fd, int level, int name, int value) {
  if (!fd) return error(EINVAL);
  return setError(*fd, wrapSyscallError("setsockopt", fd->pfd.SetsockoptInt(level, name, value)));
}

}  // namespace

error DeadlineSocket::SetDeadline(time::Time t) const {
  if (!fd_) return error(EINVAL);
  return setError(*fd_, fd_->pfd.SetDeadline(t));
}
error DeadlineSocket::SetReadDeadline(time::Time t) const {
  if (!fd_) return error(EINVAL);
  return setError(*fd_, fd_->pfd.SetReadDeadline(t));
}
error DeadlineSocket::SetWriteDeadline(time::Time t) const {
  if (!fd_) return error(EINVAL);
  return setError(*fd_, fd_->pfd.SetWriteDeadline(t));
}
error DeadlineSocket::SetReadBuffer(int bytes) const { return setOption(fd_, SOL_SOCKET, SO_RCVBUF, bytes); }
error DeadlineSocket::SetWriteBuffer(int bytes) const { return setOption(fd_, SOL_SOCKET, SO_SNDBUF, bytes); }

// ---- Streams.

Result<std::size_t> Conn::Read(std::span<std::byte> to) const {
  if (!fd_) return error(EINVAL);
  Result<std::size_t> n = fd_->pfd.Read(to);
  if (n) return n;
  return fd_->opError("read", wrapSyscallError("read", n.error()));
}

Result<std::size_t> Conn::Write(std::span<const std::byte> from) const {
  if (!fd_) return error(EINVAL);
  Result<std::size_t> n = fd_->pfd.Write(from);
  if (n) return n;
  return {n.partial(), fd_->opError("write", wrapSyscallError("write", n.error()))};
}

Result<std::int64_t> Conn::Write(std::span<std::span<const std::byte>> pieces) const {
  if (!fd_) return error(EINVAL);
  Result<std::int64_t> n = fd_->pfd.Writev(pieces);
  if (n) return n;
  return {n.partial(), fd_->opError("writev", wrapSyscallError("writev", n.error()))};
}

Addr Conn::RemoteAddr() const { return fd_ ? fd_->raddr : Addr(); }

error Conn::CloseRead() const {
  if (!fd_) return error(EINVAL);
  return fd_->opError("close", wrapSyscallError("shutdown", fd_->pfd.Shutdown(SHUT_RD)));
}
error Conn::CloseWrite() const {
  if (!fd_) return error(EINVAL);
  return fd_->opError("close", wrapSyscallError("shutdown", fd_->pfd.Shutdown(SHUT_WR)));
}

error Conn::SetNoDelay(bool on) const { return setOption(fd_, IPPROTO_TCP, TCP_NODELAY, on); }
error Conn::SetKeepAlive(bool on) const { return setOption(fd_, SOL_SOCKET, SO_KEEPALIVE, on); }
error Conn::SetKeepAliveConfig(const KeepAliveConfig& config) const {
  if (!fd_) return error(EINVAL);
  return setError(*fd_, wrapSyscallError("setsockopt", setKeepAliveConfig(*fd_, config)));
}
error Conn::SetLinger(int sec) const {
  if (!fd_) return error(EINVAL);
  linger l{sec >= 0, sec >= 0 ? sec : 0};
  return setError(*fd_, wrapSyscallError("setsockopt", fd_->pfd.Setsockopt(SOL_SOCKET, SO_LINGER, &l, sizeof l)));
}

// splice_linux.go: streams only, and to a Unix socket or to and from TCP.
bool Conn::copyFrom(const Conn& src, std::int64_t limit, Result<std::int64_t>& r) const {
  if (!fd_ || !src.fd_ || fd_->sotype != SOCK_STREAM || src.fd_->sotype != SOCK_STREAM) return false;
  poll::Handled did = poll::Splice(fd_->pfd, src.fd_->pfd, limit);
  if (!did.handled) return false;
  r = {did.n, fd_->opError("readfrom", wrapSyscallError("splice", did.err))};
  return true;
}

// sendfile_linux.go.
bool Conn::copyFrom(const os::File& src, std::int64_t limit, Result<std::int64_t>& r) const {
  if (!fd_ || fd_->sotype != SOCK_STREAM) return false;
  std::int64_t size = limit == std::numeric_limits<std::int64_t>::max() ? 0 : limit;
  if (limit <= 0) return true;
  poll::Handled did;
  if (src.Control([&](int fd) { did = poll::SendFile(fd_->pfd, fd, size); })) return false;
  if (!did.handled) return false;
  r = {did.n, fd_->opError("readfrom", wrapSyscallError("sendfile", did.err))};
  return true;
}

// ---- Listeners.

Result<Conn> Listener::Accept() const {
  if (!fd_) return error(EINVAL);
  Result<std::shared_ptr<netFD>> c = fd_->accept();
  if (!c) return error(new OpError("accept", fd_->net, {}, fd_->laddr, c.error()));
  if (fd_->family != AF_UNIX) setDefaultTCP(**c, {}, fd_->keepAlive);
  return SocketAccess::make<Conn>(std::move(*c));
}

error Listener::SetDeadline(time::Time t) const {
  if (!fd_) return error(EINVAL);
  return setError(*fd_, fd_->pfd.SetDeadline(t));
}

void Listener::SetUnlinkOnClose(bool on) const {
  if (fd_) fd_->unlinkOnClose = on;
}

// ---- Packets.

Result<PacketConn::Packet> PacketConn::ReadFrom(std::span<std::byte> to) const {
  if (!fd_) return error(EINVAL);
  poll::Sockaddr from;
  Result<std::size_t> n = fd_->pfd.ReadFrom(to, from);
  if (!n) return fd_->opError("read", wrapSyscallError("recvfrom", n.error()));
  return Packet{*n, Addr(fd_->net, from.get(), from.len)};
}

Result<std::size_t> PacketConn::WriteTo(std::span<const std::byte> from, const Addr& to) const {
  if (!fd_) return error(EINVAL);
  Result<Addr> as = to ? fd_->addrFor(to) : errors::New("missing address");
  if (!as) return error(new OpError("write", fd_->net, fd_->laddr, to, as.error()));
  poll::Sockaddr sa;
  std::memcpy(sa.get(), as->get(), as->len());
  sa.len = as->len();
  Result<std::size_t> n = fd_->pfd.WriteTo(from, sa);
  if (n) return n;
  return error(new OpError("write", fd_->net, fd_->laddr, to, wrapSyscallError("sendto", n.error())));
}

Result<std::pair<Conn, Conn>> SocketPair() {
  int fds[2];
  constexpr int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  if (std::intptr_t r = syscall::RawSyscall(SYS_socketpair, AF_UNIX, type, 0, fds); r < 0) {
    return wrapSyscallError("socketpair", error(syscall::Errno(r)));
  }
  auto a = std::make_shared<netFD>(fds[0], AF_UNIX, SOCK_STREAM, "unix");
  auto b = std::make_shared<netFD>(fds[1], AF_UNIX, SOCK_STREAM, "unix");
  for (auto& fd : {a, b}) {
    if (error err = fd->init()) return err;
    fd->setAddrs();
  }
  return std::pair(SocketAccess::make<Conn>(a), SocketAccess::make<Conn>(b));
}

}  // namespace gort::net
