// The network: Go's package net. Streams and packets over TCP, UDP and Unix sockets, for goroutines.
//
//   gort::Result<net::Listener> l = net::Listen("tcp", "127.0.0.1:8080");
//   if (!l) return l.error();                              // listen tcp 127.0.0.1:8080: bind: address already in use
//   for (;;) {
//     gort::Result<net::Conn> c = l->Accept();
//     if (!c) return c.error();
//     gort::go([c = *c] { io::Copy(c, c); });                   // echo
//   }
//
// Every operation looks as if it blocked, and what it blocks is its goroutine: while that waits, its thread and its
// processor run others. Ten thousand connections that wait are ten thousand parked goroutines.
//
// Conn, Listener and PacketConn are handles: a copy means the same socket, and `const` keeps from nothing. It is closed
// by Close, or when its last handle is gone. Any number of goroutines may use one at the same time: reads come one
// after the other, so do writes, and Close ends all of them with ErrClosed. A default-constructed handle has no socket;
// every operation on it fails with EINVAL.
//
// Buffers are spans of bytes, the caller's, and used during the call only. Times are time::Time and std::chrono
// durations. Errors are values with Go's texts: an OpError, under which lies io::Eof, ErrClosed,
// os::ErrDeadlineExceeded or an errno. Nothing throws but std::bad_alloc.
//
// Networks: "tcp", "tcp4", "tcp6", "udp", "udp4", "udp6", "unix", "unixgram", "unixpacket". Addresses: "host:port",
// "1.2.3.4:80", "[::1]:http", ":0", a path, or "@name" in the abstract name space.
//
// Who may call: a goroutine.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "errors/errors.h"
#include "io/io.h"
#include "time/time.h"

namespace gort::os {
class File;
}

namespace gort::net {

class netFD;

// The end of a connection that this side has closed; "use of closed network connection". net.ErrClosed.
extern const error& ErrClosed;
// A deadline that is over; "i/o timeout". os.ErrDeadlineExceeded.
extern const error& ErrDeadlineExceeded;

// An address of a network: TCPAddr, UDPAddr and UnixAddr in one. A value.
class Addr {
 public:
  Addr() = default;
  // Of network ("tcp", "udp", "unix" ...), from the kernel's form.
  Addr(std::string_view network, const sockaddr* sa, socklen_t len);

  // "tcp", "udp", "unix", "unixgram", "unixpacket". Addr.Network.
  std::string_view Network() const { return network_; }
  // "127.0.0.1:80", "[::1]:80", "/tmp/socket", "@name". Addr.String.
  std::string String() const;
  // 0 of a Unix address.
  int Port() const;
  // "127.0.0.1", "fe80::1%eth0"; of a Unix address empty.
  std::string IP() const;
  // Whether it is one.
  explicit operator bool() const { return len_ != 0; }
  friend bool operator==(const Addr& a, const Addr& b);

  // The kernel's form.
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&sa_); }
  socklen_t len() const { return len_; }
  int family() const { return len_ == 0 ? AF_UNSPEC : get()->sa_family; }
  // Of no host in particular: "0.0.0.0" or "::".
  bool isWildcard() const;

 private:
  std::string_view network_;  // of static storage
  socklen_t len_ = 0;
  alignas(8) char sa_[112] = {};  // sockaddr_in, sockaddr_in6 or sockaddr_un
};

// What went wrong, in which operation, on which network, with whom. net.OpError.
class OpError final : public error::Value {
 public:
  OpError(std::string_view op, std::string_view net, Addr source, Addr addr, error err)
      : Op(op), Net(net), Source(source), Address(addr), Err(std::move(err)) {}

  const std::string Op;   // "dial", "listen", "accept", "read", "write", "close", "set" ...
  const std::string Net;  // the network
  const Addr Source;      // of a connection the local address
  const Addr Address;     // of a connection the remote address, of a listener its own
  const error Err;

  std::string Error() const override;
  error Unwrap() const override { return Err; }
  bool Timeout() const override { return Err.Timeout(); }
  bool Temporary() const override;
};

// An address that is none. net.AddrError.
class AddrError final : public error::Value {
 public:
  AddrError(std::string_view err, std::string_view addr) : Err(err), Address(addr) {}
  const std::string Err;
  const std::string Address;
  std::string Error() const override { return Address.empty() ? Err : "address " + Address + ": " + Err; }
};

// A name that could not be resolved. net.DNSError.
class DNSError final : public error::Value {
 public:
  DNSError(std::string_view err, std::string_view name, bool timeout, bool temporary, bool notFound, error wrapped = {})
      : Err(err), Name(name), IsTimeout(timeout), IsTemporary(temporary), IsNotFound(notFound), wrapped_(wrapped) {}
  const std::string Err;
  const std::string Name;
  const bool IsTimeout, IsTemporary, IsNotFound;
  std::string Error() const override { return "lookup " + Name + ": " + Err; }
  error Unwrap() const override { return wrapped_; }
  bool Timeout() const override { return IsTimeout; }
  bool Temporary() const override { return IsTimeout || IsTemporary; }

 private:
  error wrapped_;
};

// A socket, whatever it is good for.
class Socket {
 public:
  // Whoever waits in an operation comes back with ErrClosed. Conn.Close.
  error Close() const;
  Addr LocalAddr() const;
  // Whether there is a socket.
  explicit operator bool() const { return fd_ != nullptr; }
  friend bool operator==(const Socket& a, const Socket& b) = default;
  // Calls f with the descriptor, which stays open meanwhile. For options that are not here. syscall.RawConn.Control.
  error Control(const std::function<void(int fd)>& f) const;
  // A descriptor of the caller's own for the same socket. It does not block: the two share that. Conn.File.
  Result<int> Dup() const;

 protected:
  Socket() = default;
  explicit Socket(std::shared_ptr<netFD> fd) : fd_(std::move(fd)) {}

  std::shared_ptr<netFD> fd_;
  friend class netFD;
  friend struct SocketAccess;
};

// Deadlines: for every operation from now on, also one that waits at this moment, until another one is set. When it is
// over, operations fail with ErrDeadlineExceeded. A default Time: none. net.Conn.
class DeadlineSocket : public Socket {
 public:
  error SetDeadline(time::Time t) const;
  error SetReadDeadline(time::Time t) const;
  error SetWriteDeadline(time::Time t) const;
  // Of the kernel, in bytes.
  error SetReadBuffer(int bytes) const;
  error SetWriteBuffer(int bytes) const;

 protected:
  using Socket::Socket;
};

// How a connection finds out that the other end is gone. A duration of 0, or a count: Go's default, 15 s and 9; below
// 0: the system's. net.KeepAliveConfig.
struct KeepAliveConfig {
  bool Enable = false;
  time::Duration Idle{};      // until the first probe
  time::Duration Interval{};  // between probes
  int Count = 0;              // of probes without an answer, then it is over
};

// A stream (or, of "unixpacket", packets) to one other end; also a connected UDP socket. net.Conn, TCPConn, UnixConn.
class Conn : public DeadlineSocket {
 public:
  Conn() = default;

  // At least one byte, or an error; io::Eof when the other end has closed. Nothing of an empty buffer.
  Result<std::size_t> Read(std::span<std::byte> to) const;
  // All of it, or an error; partial() says how much went.
  Result<std::size_t> Write(std::span<const std::byte> from) const;
  Result<std::size_t> Write(std::string_view text) const { return Write(io::Bytes(text)); }
  // All of the pieces, by writev; what has gone is cut off their front. net.Buffers.
  Result<std::int64_t> Write(std::span<std::span<const std::byte>> pieces) const;

  Addr RemoteAddr() const;
  // Nothing more will be read; nothing more will be written, which the other end reads as io::Eof. TCP and Unix.
  error CloseRead() const;
  error CloseWrite() const;

  // TCP only.
  error SetNoDelay(bool on) const;  // on from the beginning
  error SetKeepAlive(bool on) const;
  error SetKeepAliveConfig(const KeepAliveConfig& config) const;
  // What Close does with data that is not sent yet: seconds to wait, 0: throw away and reset, < 0: the system's.
  error SetLinger(int seconds) const;

  // For io::Copy: from a file by sendfile, from a socket by splice, else through a buffer.
  template <io::Reader R>
  Result<std::int64_t> ReadFrom(R& r) const;
  // To a Unix socket by splice.
  template <io::Writer W>
  Result<std::int64_t> WriteTo(W& w) const;

 private:
  friend struct SocketAccess;
  using DeadlineSocket::DeadlineSocket;
  Conn(std::shared_ptr<netFD> fd) : DeadlineSocket(std::move(fd)) {}

  bool copyFrom(const Conn& src, std::int64_t limit, Result<std::int64_t>& r) const;
  bool copyFrom(const os::File& src, std::int64_t limit, Result<std::int64_t>& r) const;
};

// Waits for connections. net.Listener, TCPListener, UnixListener.
class Listener : public Socket {
 public:
  Listener() = default;

  // The next connection. Errors that pass by, too many open files for one, are Temporary(). Listener.Accept.
  Result<Conn> Accept() const;
  Addr Address() const { return LocalAddr(); }
  // For Accept.
  error SetDeadline(time::Time t) const;
  // Whether Close removes the file of a Unix socket; it does.
  void SetUnlinkOnClose(bool on) const;

 private:
  friend struct SocketAccess;
  Listener(std::shared_ptr<netFD> fd) : Socket(std::move(fd)) {}
};

// Packets, from and to anybody. net.PacketConn, UDPConn.
class PacketConn : public DeadlineSocket {
 public:
  PacketConn() = default;

  struct Packet {
    std::size_t n = 0;  // bytes, what did not fit is lost
    Addr from;
  };
  Result<Packet> ReadFrom(std::span<std::byte> to) const;
  Result<std::size_t> WriteTo(std::span<const std::byte> from, const Addr& to) const;
  Result<std::size_t> WriteTo(std::string_view text, const Addr& to) const { return WriteTo(io::Bytes(text), to); }

 private:
  friend struct SocketAccess;
  PacketConn(std::shared_ptr<netFD> fd) : DeadlineSocket(std::move(fd)) {}
};

// Starts to listen. An empty host is all of this machine's addresses; port 0 one that is free. Sockets may take the
// port over at once when the program is gone (SO_REUSEADDR), and the backlog is the system's largest. net.Listen.
Result<Listener> Listen(std::string_view network, std::string_view address);
// net.ListenPacket.
Result<PacketConn> ListenPacket(std::string_view network, std::string_view address);

// Two connected stream sockets; network "unix". There is none in Go: net.Pipe is in memory.
Result<std::pair<Conn, Conn>> SocketPair();

// An address from its text; names are resolved. net.ResolveTCPAddr and its kin.
Result<Addr> ResolveAddr(std::string_view network, std::string_view address);

// "host:port" in two; brackets around an IPv6 host come off. net.SplitHostPort.
Result<std::pair<std::string, std::string>> SplitHostPort(std::string_view address);
// net.JoinHostPort.
std::string JoinHostPort(std::string_view host, std::string_view port);

// ---- For io::Copy.

template <io::Reader R>
Result<std::int64_t> Conn::ReadFrom(R& r) const {
  constexpr std::int64_t all = INT64_MAX;
  if constexpr (std::derived_from<R, Conn> || std::derived_from<R, os::File>) {
    Result<std::int64_t> done = std::int64_t{0};
    if (copyFrom(r, all, done)) return done;
  } else if constexpr (requires { r.r->Read({}); r.n; }) {
    using Inner = std::remove_cvref_t<decltype(*r.r)>;
    if constexpr (std::derived_from<Inner, Conn> || std::derived_from<Inner, os::File>) {
      Result<std::int64_t> done = std::int64_t{0};
      bool handled = copyFrom(*r.r, r.n, done);
      r.n -= done.partial();
      if (handled) return done;
    }
  }
  return io::CopyBuffer(*this, r);
}

template <io::Writer W>
Result<std::int64_t> Conn::WriteTo(W& w) const {
  if constexpr (std::derived_from<W, Conn>) return w.ReadFrom(*this);
  return io::CopyBuffer(w, *this);
}

}  // namespace gort::net
