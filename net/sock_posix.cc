// Go's sock_posix.go, sockopt_linux.go, ipsock_posix.go and tcpsockopt_*.go: sockets, and the options that they get.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "net/fd_unix.h"
#include "syscall/syscall.h"

namespace gort::net {

namespace {

using syscall::Errno;
using syscall::RawSyscall;

error errnoOf(std::string_view call, std::intptr_t r) { return wrapSyscallError(call, error(Errno(r))); }

std::intptr_t setInt(int fd, int level, int name, int value) {
  return RawSyscall(SYS_setsockopt, fd, level, name, &value, sizeof value);
}

error setDefaultSockopts(int s, int family, int sotype, bool ipv6only) {
  // Both kinds, whatever the system's default; some cannot, and need not.
  if (family == AF_INET6) (void)setInt(s, IPPROTO_IPV6, IPV6_V6ONLY, ipv6only);
  if (sotype == SOCK_DGRAM && family != AF_UNIX) {
    return errnoOf("setsockopt", setInt(s, SOL_SOCKET, SO_BROADCAST, 1));
  }
  return {};
}

// The longest queue of connections that the system allows. sock_linux.go.
int listenerBacklog() {
  static const int backlog = [] {
    int n = 0;
    if (FILE* f = std::fopen("/proc/sys/net/core/somaxconn", "re")) {
      if (std::fscanf(f, "%d", &n) != 1) n = 0;
      std::fclose(f);
    }
    return n > 0 ? n : SOMAXCONN;
  }();
  return backlog;
}

// Whether a machine has IPv6, and whether such a socket also takes IPv4. ipStackCapabilities.
struct ipStack {
  bool ipv4 = false, ipv6 = false, ipv4Mapped = false;

  ipStack() {
    ipv4 = probe(AF_INET, nullptr, 0, 0);
    sockaddr_in6 sa{};
    sa.sin6_family = AF_INET6;
    sa.sin6_addr = in6addr_loopback;
    ipv6 = probe(AF_INET6, &sa, sizeof sa, 1);
    const unsigned char mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
    std::copy(std::begin(mapped), std::end(mapped), sa.sin6_addr.s6_addr);
    ipv4Mapped = probe(AF_INET6, &sa, sizeof sa, 0);
  }

 private:
  static bool probe(int family, const void* sa, unsigned n, int v6only) {
    std::intptr_t s = RawSyscall(SYS_socket, family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0) return false;
    bool ok = true;
    if (sa != nullptr) {
      (void)setInt(static_cast<int>(s), IPPROTO_IPV6, IPV6_V6ONLY, v6only);
      ok = RawSyscall(SYS_bind, s, sa, n) == 0;
    }
    RawSyscall(SYS_close, s);
    return ok;
  }
};

const ipStack& stack() {
  static const ipStack known;
  return known;
}

// The family that serves laddr and raddr best. Who listens on no host in particular takes both.
std::pair<int, bool> favoriteAddrFamily(std::string_view net, const Addr& laddr, const Addr& raddr, bool listen) {
  if (net.ends_with('4')) return {AF_INET, false};
  if (net.ends_with('6')) return {AF_INET6, true};
  if (listen && (!laddr || laddr.isWildcard())) {
    if (stack().ipv4Mapped || !stack().ipv4) return {AF_INET6, false};
    return {laddr ? laddr.family() : AF_INET, false};
  }
  if ((!laddr || laddr.family() == AF_INET) && (!raddr || raddr.family() == AF_INET)) return {AF_INET, false};
  return {AF_INET6, false};
}

error bindTo(netFD& fd, const Addr& laddr) {
  Result<Addr> as = fd.addrFor(laddr);
  if (!as) return as.error();
  return errnoOf("bind", RawSyscall(SYS_bind, fd.pfd.Sysfd, as->get(), as->len()));
}

error listenStream(netFD& fd, const Addr& laddr) {
  // A port can be taken over at once when its program is gone.
  if (error err = errnoOf("setsockopt", setInt(fd.pfd.Sysfd, SOL_SOCKET, SO_REUSEADDR, 1))) return err;
  if (error err = bindTo(fd, laddr)) return err;
  if (error err = errnoOf("listen", RawSyscall(SYS_listen, fd.pfd.Sysfd, listenerBacklog()))) return err;
  return fd.init();
}

error listenDatagram(netFD& fd, const Addr& laddr) {
  if (error err = bindTo(fd, laddr)) return err;
  return fd.init();
}

error dial(netFD& fd, const context::Context& ctx, const Addr& laddr, const Addr& raddr) {
  if (laddr) {
    if (error err = bindTo(fd, laddr)) return err;
  }
  if (!raddr) return fd.init();
  Result<Addr> as = fd.addrFor(raddr);
  if (!as) return as.error();
  return fd.connect(ctx, *as);
}

int seconds(time::Duration d) {
  return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(d).count());
}

}  // namespace

Result<std::shared_ptr<netFD>> socket(const context::Context& ctx, std::string_view net, int family, int sotype,
                                      bool ipv6only, const Addr& laddr, const Addr& raddr, bool listen) {
  std::intptr_t s = RawSyscall(SYS_socket, family, sotype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (s < 0) return errnoOf("socket", s);
  auto fd = std::make_shared<netFD>(static_cast<int>(s), family, sotype, net);
  error err = setDefaultSockopts(fd->pfd.Sysfd, family, sotype, ipv6only);
  if (!err) {
    err = !listen                ? dial(*fd, ctx, laddr, raddr)
          : sotype == SOCK_DGRAM ? listenDatagram(*fd, laddr)
                                 : listenStream(*fd, laddr);
  }
  if (err) return err;
  fd->setAddrs();
  // What the kernel does not say: the path of a Unix socket that was dialled.
  if (!fd->raddr && raddr) fd->raddr = raddr;
  return fd;
}

Result<std::shared_ptr<netFD>> internetSocket(const context::Context& ctx, std::string_view net, const Addr& laddr,
                                              const Addr& raddr, int sotype, bool listen) {
  auto [family, ipv6only] = favoriteAddrFamily(net, laddr, raddr, listen);
  return socket(ctx, net, family, sotype, ipv6only, laddr, raddr, listen);
}

error setKeepAliveConfig(netFD& fd, const KeepAliveConfig& config) {
  constexpr int idle = 15, count = 9;  // Go's
  if (error err = fd.pfd.SetsockoptInt(SOL_SOCKET, SO_KEEPALIVE, config.Enable)) return err;
  auto set = [&](int name, std::int64_t v, int value) {
    return v < 0 ? error() : fd.pfd.SetsockoptInt(IPPROTO_TCP, name, value);
  };
  if (error err = set(TCP_KEEPIDLE, config.Idle.count(), config.Idle.count() == 0 ? idle : seconds(config.Idle))) {
    return err;
  }
  if (error err = set(TCP_KEEPINTVL, config.Interval.count(),
                      config.Interval.count() == 0 ? idle : seconds(config.Interval))) {
    return err;
  }
  return set(TCP_KEEPCNT, config.Count, config.Count == 0 ? count : config.Count);
}

void setDefaultTCP(netFD& fd, time::Duration keepAlive, const KeepAliveConfig& config) {
  (void)fd.pfd.SetsockoptInt(IPPROTO_TCP, TCP_NODELAY, 1);
  KeepAliveConfig c = config;
  if (!c.Enable && keepAlive.count() >= 0) c = {.Enable = true, .Idle = keepAlive, .Interval = {}, .Count = 0};
  if (c.Enable) (void)setKeepAliveConfig(fd, c);
}

}  // namespace gort::net
