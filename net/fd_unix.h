// netFD: a socket of package net. Go's fd_unix.go, fd_posix.go and sock_posix.go.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "context/context.h"
#include "internal/poll/fd_unix.h"
#include "net/net.h"

namespace gort::net {

class netFD {
 public:
  poll::FD pfd;
  // Fixed until Close.
  const int family;
  const int sotype;
  const std::string_view net;  // of static storage
  Addr laddr;
  Addr raddr;
  KeepAliveConfig keepAlive;              // of a listener: for what it accepts
  std::atomic<bool> unlinkOnClose{false};  // of a Unix listener

  netFD(int sysfd, int family, int sotype, std::string_view net);
  ~netFD();
  netFD(const netFD&) = delete;
  netFD& operator=(const netFD&) = delete;

  error init() { return pfd.Init(false, true); }
  // Ends with ctx; its deadline is the socket's meanwhile.
  error connect(const context::Context& ctx, const Addr& to);
  Result<std::shared_ptr<netFD>> accept();
  error Close();
  // a as an address of this socket's family; an AddrError if it cannot be one.
  Result<Addr> addrFor(const Addr& a) const;
  // Reads the addresses of both ends from the kernel.
  void setAddrs();

  // err in the words of an operation on this socket; no error stays none.
  error opError(std::string_view op, error err) const;

 private:
  std::atomic<bool> closed_{false};
};

// A socket with the options that Go gives it, bound and listening if listen, else bound to laddr (if there is one) and
// connected to raddr (if there is one). Errors are without an operation. socket, in sock_posix.go.
Result<std::shared_ptr<netFD>> socket(const context::Context& ctx, std::string_view net, int family, int sotype,
                                      bool ipv6only, const Addr& laddr, const Addr& raddr, bool listen);
// The same for an internet address of which the family is to be chosen. internetSocket, in ipsock_posix.go.
Result<std::shared_ptr<netFD>> internetSocket(const context::Context& ctx, std::string_view net, const Addr& laddr,
                                              const Addr& raddr, int sotype, bool listen);

// "connect: connection refused": an errno in the words of a system call; what is no errno stays as it is. no error
// stays none. os.NewSyscallError.
error wrapSyscallError(std::string_view call, error err);
// What the end of a context looks like.
error mapErr(const error& err);

// Of a TCP connection, new: no delay, and the keep-alive as asked. newTCPConn.
void setDefaultTCP(netFD& fd, time::Duration keepAlive, const KeepAliveConfig& config);
error setKeepAliveConfig(netFD& fd, const KeepAliveConfig& config);

// network's name in static storage and its parts; empty: there is no such one.
struct Network {
  std::string_view name;
  int sotype = 0;
  int family = 0;  // AF_UNSPEC: both internet families
  bool isUnix() const { return family == AF_UNIX; }
};
Network parseNetwork(std::string_view network);

// All addresses of a text, in the order of preference. An empty host gives one of no host in particular.
Result<std::vector<Addr>> internetAddrList(const context::Context& ctx, const Network& network,
                                           std::string_view address);
Result<Addr> unixAddr(const Network& network, std::string_view path);
// The same host, as an address of that family, if it can be one.
Addr toFamily(const Addr& a, int family);

// For package net itself.
struct SocketAccess {
  static const std::shared_ptr<netFD>& get(const Socket& s) { return s.fd_; }
  template <class T>
  static T make(std::shared_ptr<netFD> fd) {
    return T(std::move(fd));
  }
};

}  // namespace gort::net
