// Go's dial.go and lookup_unix.go.
//
// A name may have several addresses, of two kinds. Whoever connects wants the first that answers, and not to wait for
// minutes because the first kind leads nowhere (RFC 8305, "happy eyeballs"). So the addresses of the kind of the first
// one are tried in turn by one goroutine, and 300 ms later, or at once when those have failed, the others by a second
// one. The first connection wins, the other attempt is canceled; if both fail it is the first one's error that counts.
#include "net/dial.h"

#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <tuple>

#include "api/go.h"
#include "api/panic.h"
#include "api/select.h"
#include "net/fd_unix.h"
#include "time/sleep.h"

namespace gort::net {

namespace {

using context::Context;

constexpr time::Duration fallbackDelay = 300 * time::Millisecond;
constexpr std::size_t maxLookups = 500;  // each has a thread

error dialError(std::string_view network, const Addr& source, const Addr& addr, error err) {
  return error(new OpError("dial", network, source, addr, std::move(err)));
}

// A free port may be the socket's own, by chance, and then it is connected to itself.
bool selfConnect(const netFD& fd) {
  return !fd.laddr || !fd.raddr || (fd.laddr.Port() == fd.raddr.Port() && fd.laddr.IP() == fd.raddr.IP());
}

Result<std::shared_ptr<netFD>> dialOne(const Dialer& d, const Context& ctx, const Network& n, const Addr& to) {
  if (n.isUnix()) return socket(ctx, n.name, AF_UNIX, n.sotype, false, d.LocalAddr, to, false);
  auto fd = internetSocket(ctx, n.name, d.LocalAddr, to, n.sotype, false);
  if (n.sotype != SOCK_STREAM) return fd;
  for (int i = 0; i < 2 && (!d.LocalAddr || d.LocalAddr.Port() == 0); i++) {
    if (fd ? !selfConnect(**fd) : fd.error().code() != std::errc::address_not_available) break;
    if (fd) (void)(*fd)->Close();
    fd = internetSocket(ctx, n.name, d.LocalAddr, to, n.sotype, false);
  }
  if (fd) setDefaultTCP(**fd, d.KeepAlive, d.KeepAliveOptions);
  return fd;
}

// A fair share of the time that is left for each address, but not less than 2 s.
Result<time::Time> partialDeadline(time::Time now, time::Time deadline, std::size_t addrs) {
  time::Duration left = deadline - now;
  if (left.count() <= 0) return error(context::DeadlineExceeded);
  time::Duration share = left / static_cast<std::int64_t>(addrs);
  constexpr time::Duration saneMinimum = 2 * time::Second;
  if (share < saneMinimum) share = std::min(left, saneMinimum);
  return now + share;
}

// One after the other.
Result<Conn> dialSerial(const Dialer& d, const Context& ctx, const Network& n, const std::vector<Addr>& addrs) {
  error first;
  for (std::size_t i = 0; i < addrs.size(); i++) {
    if (error ended = ctx.Err()) return dialError(n.name, d.LocalAddr, addrs[i], mapErr(ended));
    Context mine = ctx;
    context::CancelFunc cancel;
    if (auto deadline = ctx.Deadline()) {
      auto share = partialDeadline(time::Now(), *deadline, addrs.size() - i);
      if (!share) {
        if (!first) first = dialError(n.name, d.LocalAddr, addrs[i], mapErr(share.error()));
        break;
      }
      if (*share < *deadline) std::tie(mine, cancel) = context::WithDeadline(ctx, *share);
    }
    auto fd = dialOne(d, mine, n, addrs[i]);
    if (fd) return SocketAccess::make<Conn>(std::move(*fd));
    if (!first) first = dialError(n.name, d.LocalAddr, addrs[i], fd.error());
  }
  return first ? first : dialError(n.name, {}, {}, errors::New("missing address"));
}

// Both kinds, the first ahead of the other.
Result<Conn> dialParallel(const Dialer& d, const Context& ctx, const Network& n, std::vector<Addr> primaries,
                          std::vector<Addr> fallbacks) {
  struct Racer {
    Result<Conn> result;
    bool primary;
  };
  Chan<std::shared_ptr<Racer>> results(2);  // whoever comes second finds room, and nobody there
  auto start = [&](const Context& c, bool primary) {
    go([=, dialer = d, addrs = primary ? primaries : fallbacks] {
      results.send(std::make_shared<Racer>(Racer{dialSerial(dialer, c, n, addrs), primary}));
    });
  };
  auto [primaryCtx, cancelPrimary] = context::WithCancel(ctx);
  auto [fallbackCtx, cancelFallback] = context::WithCancel(ctx);
  start(primaryCtx, true);
  time::Timer timer = time::NewTimer(d.FallbackDelay.count() > 0 ? d.FallbackDelay : fallbackDelay);
  error primaryError, fallbackError;
  for (;;) {
    std::shared_ptr<Racer> racer;
    select(recv(timer.C, [&, &c = fallbackCtx] { start(c, false); }),
           recv(results, [&](std::optional<std::shared_ptr<Racer>> r) { racer = *r; }));
    if (!racer) continue;
    if (racer->result) return racer->result;
    (racer->primary ? primaryError : fallbackError) = racer->result.error();
    if (primaryError && fallbackError) return primaryError;
    // No reason to wait for the timer, if it has not fired.
    if (racer->primary && timer.Stop()) start(fallbackCtx, false);
  }
}

}  // namespace

Result<std::vector<std::string>> LookupHost(const Context& ctx, std::string_view host) {
  using Hosts = Result<std::vector<std::string>>;
  static const Chan<void> threads(maxLookups);
  auto lookup = [name = std::string(host)]() -> Hosts {
    addrinfo hints{}, *list = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    int err = getaddrinfo(name.c_str(), nullptr, &hints, &list);
    if (err != 0) {
      if (err == EAI_NONAME || err == EAI_NODATA) {
        return error(new DNSError("no such host", name, false, false, true));
      }
      if (err == EAI_SYSTEM) return error(new DNSError(error(errno).Error(), name, false, false, false, error(errno)));
      return error(new DNSError(gai_strerror(err), name, false, err == EAI_AGAIN, false));
    }
    std::vector<std::string> hosts;
    for (addrinfo* a = list; a != nullptr; a = a->ai_next) {
      hosts.push_back(Addr("tcp", a->ai_addr, a->ai_addrlen).IP());
    }
    freeaddrinfo(list);
    return hosts;
  };
  if (!ctx.Done()) {
    threads.send();
    Hosts hosts = lookup();
    threads.recv();
    return hosts;
  }
  // libc cannot be interrupted: if ctx ends, the answer finds nobody.
  Chan<std::shared_ptr<Hosts>> answer(1);
  error ended;
  select(send(threads, std::monostate{}, [] {}), recv(ctx.Done(), [&] { ended = ctx.Err(); }));
  if (!ended) {
    go([=] {
      answer.send(std::make_shared<Hosts>(lookup()));
      threads.recv();
    });
    std::shared_ptr<Hosts> got;
    select(recv(answer, [&](std::optional<std::shared_ptr<Hosts>> h) { got = *h; }),
           recv(ctx.Done(), [&] { ended = ctx.Err(); }));
    if (got) return *got;
  }
  error err = mapErr(ended);
  return error(new DNSError(err.Error(), host, err.Timeout(), err.Timeout(), false, err));
}

Result<Conn> Dialer::DialContext(const Context& parent, std::string_view network, std::string_view address) const {
  if (!parent) panic("nil context");
  Context ctx = parent;
  context::CancelFunc cancel;
  std::optional<time::Time> until;
  if (Timeout.count() != 0) until = time::Now() + Timeout;
  if (Deadline != time::Time() && (!until || Deadline < *until)) until = Deadline;
  if (until) std::tie(ctx, cancel) = context::WithDeadline(parent, *until);

  Network n = parseNetwork(network);
  if (n.name.empty()) return dialError(network, {}, {}, errors::New("unknown network " + std::string(network)));
  if (n.isUnix()) {
    Result<Addr> to = unixAddr(n, address);
    if (!to) return dialError(network, {}, {}, to.error());
    return dialSerial(*this, ctx, n, {*to});
  }
  auto all = internetAddrList(ctx, n, address);
  if (!all) return dialError(network, {}, {}, all.error());
  const bool dual = FallbackDelay.count() >= 0 && n.sotype == SOCK_STREAM && n.family == AF_UNSPEC;
  std::vector<Addr> primaries, fallbacks;
  for (const Addr& a : *all) {
    (!dual || a.family() == all->front().family() ? primaries : fallbacks).push_back(a);
  }
  if (fallbacks.empty()) return dialSerial(*this, ctx, n, primaries);
  return dialParallel(*this, ctx, n, std::move(primaries), std::move(fallbacks));
}

Result<Conn> Dialer::Dial(std::string_view network, std::string_view address) const {
  return DialContext(context::Background(), network, address);
}

Result<Conn> Dial(std::string_view network, std::string_view address) { return Dialer{}.Dial(network, address); }

Result<Conn> DialTimeout(std::string_view network, std::string_view address, time::Duration timeout) {
  Dialer d;
  d.Timeout = timeout;
  return d.Dial(network, address);
}

namespace {

Result<std::shared_ptr<netFD>> listen(std::string_view network, std::string_view address, bool stream) {
  Network n = parseNetwork(network);
  auto failed = [&](const Addr& a, error err) {
    return error(new OpError("listen", network, {}, a, std::move(err)));
  };
  if (n.name.empty() || (n.sotype == SOCK_DGRAM) == stream) {
    return failed({}, n.name.empty() ? errors::New("unknown network " + std::string(network))
                                     : error(new AddrError("unexpected address type", address)));
  }
  Result<Addr> at = ResolveAddr(network, address);
  if (!at) return failed({}, at.error());
  auto fd = n.isUnix() ? socket(context::Background(), n.name, AF_UNIX, n.sotype, false, *at, {}, true)
                       : internetSocket(context::Background(), n.name, *at, {}, n.sotype, true);
  if (!fd) return failed(*at, fd.error());
  if (n.isUnix() && stream && !address.empty() && address[0] != '@') (*fd)->unlinkOnClose = true;
  return fd;
}

}  // namespace

Result<Listener> Listen(std::string_view network, std::string_view address) {
  auto fd = listen(network, address, true);
  if (!fd) return fd.error();
  return SocketAccess::make<Listener>(std::move(*fd));
}

Result<PacketConn> ListenPacket(std::string_view network, std::string_view address) {
  auto fd = listen(network, address, false);
  if (!fd) return fd.error();
  return SocketAccess::make<PacketConn>(std::move(*fd));
}

}  // namespace gort::net
