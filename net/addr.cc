// Addresses and their texts: of Go's ip.go, ipsock.go, tcpsock.go, unixsock.go, port.go.
#include <arpa/inet.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <tuple>

#include "net/dial.h"
#include "net/fd_unix.h"

namespace gort::net {

namespace {

const sockaddr_in* in4(const sockaddr* sa) { return reinterpret_cast<const sockaddr_in*>(sa); }
const sockaddr_in6* in6(const sockaddr* sa) { return reinterpret_cast<const sockaddr_in6*>(sa); }

constexpr Network networks[] = {
    {"tcp", SOCK_STREAM, AF_UNSPEC}, {"tcp4", SOCK_STREAM, AF_INET},  {"tcp6", SOCK_STREAM, AF_INET6},
    {"udp", SOCK_DGRAM, AF_UNSPEC},  {"udp4", SOCK_DGRAM, AF_INET},   {"udp6", SOCK_DGRAM, AF_INET6},
    {"unix", SOCK_STREAM, AF_UNIX},  {"unixgram", SOCK_DGRAM, AF_UNIX}, {"unixpacket", SOCK_SEQPACKET, AF_UNIX},
};

error addrError(std::string_view err, std::string_view addr) { return error(new AddrError(err, addr)); }

Addr ipAddr(std::string_view net, const in6_addr& ip, std::uint32_t scope, std::uint16_t port) {
  sockaddr_in6 sa{};
  sa.sin6_family = AF_INET6;
  sa.sin6_addr = ip;
  sa.sin6_scope_id = scope;
  sa.sin6_port = htons(port);
  return Addr(net, reinterpret_cast<sockaddr*>(&sa), sizeof sa);
}
Addr ipAddr(std::string_view net, const in_addr& ip, std::uint16_t port) {
  sockaddr_in sa{};
  sa.sin_family = AF_INET;
  sa.sin_addr = ip;
  sa.sin_port = htons(port);
  return Addr(net, reinterpret_cast<sockaddr*>(&sa), sizeof sa);
}

// A literal, "1.2.3.4", "::1" or "fe80::1%eth0", as an address; none if it is a name.
Addr literal(std::string_view net, std::string_view host, std::uint16_t port) {
  std::string text(host);
  in_addr v4;
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return ipAddr(net, v4, port);
  std::uint32_t scope = 0;
  if (std::size_t at = text.find('%'); at != text.npos) {
    scope = if_nametoindex(text.c_str() + at + 1);
    if (scope == 0) std::from_chars(text.data() + at + 1, text.data() + text.size(), scope);
    text.resize(at);
  }
  in6_addr v6;
  if (inet_pton(AF_INET6, text.c_str(), &v6) == 1) return ipAddr(net, v6, scope, port);
  return {};
}

// A number, or the name of a service.
Result<int> lookupPort(const Network& network, std::string_view service) {
  int port = 0;
  auto [end, ec] = std::from_chars(service.data(), service.data() + service.size(), port);
  if (service.empty()) return 0;
  if (ec == std::errc() && end == service.data() + service.size()) {
    if (port < 0 || port > 65535) return addrError("invalid port", service);
    return port;
  }
  if (ec == std::errc::result_out_of_range) return addrError("invalid port", service);
  char room[1024];
  servent entry, *found = nullptr;
  getservbyname_r(std::string(service).c_str(), network.sotype == SOCK_DGRAM ? "udp" : "tcp", &entry, room, sizeof room,
                  &found);
  if (found != nullptr) return int{ntohs(static_cast<std::uint16_t>(found->s_port))};
  std::string name = std::string(network.name) + "/" + std::string(service);
  return error(new DNSError("unknown port", name, false, false, true));
}

}  // namespace

Network parseNetwork(std::string_view network) {
  for (const Network& n : networks) {
    if (n.name == network) return n;
  }
  return {};
}

Addr::Addr(std::string_view network, const sockaddr* sa, socklen_t len) {
  // The kernel gives a Unix socket without a name its family only.
  if (len < sizeof(sa_family_t) || len > sizeof sa_) return;
  network_ = network;
  // A port's own address has no trace of which family its socket prefers.
  if (!network_.empty() && (network_.back() == '4' || network_.back() == '6')) network_.remove_suffix(1);
  len_ = len;
  std::memcpy(sa_, sa, len);
}

int Addr::Port() const {
  if (family() == AF_INET) return ntohs(in4(get())->sin_port);
  if (family() == AF_INET6) return ntohs(in6(get())->sin6_port);
  return 0;
}

std::string Addr::IP() const {
  char text[INET6_ADDRSTRLEN];
  if (family() == AF_INET) return inet_ntop(AF_INET, &in4(get())->sin_addr, text, sizeof text);
  if (family() != AF_INET6) return "";
  const sockaddr_in6& sa = *in6(get());
  // Go's texts know no addresses of IPv4 in IPv6.
  if (IN6_IS_ADDR_V4MAPPED(&sa.sin6_addr)) return inet_ntop(AF_INET, sa.sin6_addr.s6_addr + 12, text, sizeof text);
  std::string s = inet_ntop(AF_INET6, &sa.sin6_addr, text, sizeof text);
  if (sa.sin6_scope_id != 0) {
    char name[IF_NAMESIZE];
    s += '%';
    s += if_indextoname(sa.sin6_scope_id, name) != nullptr ? std::string(name) : std::to_string(sa.sin6_scope_id);
  }
  return s;
}

std::string Addr::String() const {
  if (len_ == 0) return "<nil>";
  if (family() != AF_UNIX) return JoinHostPort(IP(), std::to_string(Port()));
  const char* path = reinterpret_cast<const sockaddr_un*>(sa_)->sun_path;
  std::size_t n = len_ - offsetof(sockaddr_un, sun_path);
  if (n == 0) return "";
  if (path[0] == '\0') return "@" + std::string(path + 1, n - 1);
  return std::string(path, strnlen(path, n));
}

bool operator==(const Addr& a, const Addr& b) { return a.network_ == b.network_ && a.String() == b.String(); }

bool Addr::isWildcard() const {
  if (family() == AF_INET) return in4(get())->sin_addr.s_addr == INADDR_ANY;
  if (family() == AF_INET6) return IN6_IS_ADDR_UNSPECIFIED(&in6(get())->sin6_addr);
  return false;
}

Addr toFamily(const Addr& a, int family) {
  if (a.family() == family) return a;
  auto port = static_cast<std::uint16_t>(a.Port());
  if (a.family() == AF_INET && family == AF_INET6) {
    // No host in particular stays so; any other one becomes what IPv6 sockets know it by.
    in6_addr ip = in6addr_any;
    if (!a.isWildcard()) {
      ip.s6_addr[10] = ip.s6_addr[11] = 0xff;
      std::memcpy(ip.s6_addr + 12, &in4(a.get())->sin_addr, 4);
    }
    return ipAddr(a.Network(), ip, 0, port);
  }
  if (a.family() == AF_INET6 && family == AF_INET) {
    const in6_addr& ip = in6(a.get())->sin6_addr;
    if (!IN6_IS_ADDR_V4MAPPED(&ip) && !a.isWildcard()) return {};
    in_addr v4{};
    if (!a.isWildcard()) std::memcpy(&v4, ip.s6_addr + 12, 4);
    return ipAddr(a.Network(), v4, port);
  }
  return {};
}

Result<std::pair<std::string, std::string>> SplitHostPort(std::string_view hostport) {
  const std::string_view missing = "missing port in address", tooMany = "too many colons in address";
  std::size_t colon = hostport.rfind(':');
  if (colon == hostport.npos) return addrError(missing, hostport);
  std::string_view host;
  std::size_t open = 0, close = 0;  // from where on there must be no more brackets
  if (hostport[0] == '[') {
    std::size_t end = hostport.find(']');
    if (end == hostport.npos) return addrError("missing ']' in address", hostport);
    if (end + 1 == hostport.size()) return addrError(missing, hostport);
    if (end + 1 != colon) return addrError(hostport[end + 1] == ':' ? tooMany : missing, hostport);
    host = hostport.substr(1, end - 1);
    open = 1;
    close = end + 1;
  } else {
    host = hostport.substr(0, colon);
    if (host.find(':') != host.npos) return addrError(tooMany, hostport);
  }
  if (hostport.find('[', open) != hostport.npos) return addrError("unexpected '[' in address", hostport);
  if (hostport.find(']', close) != hostport.npos) return addrError("unexpected ']' in address", hostport);
  return std::pair(std::string(host), std::string(hostport.substr(colon + 1)));
}

std::string JoinHostPort(std::string_view host, std::string_view port) {
  std::string s(host);
  if (host.find(':') != host.npos) s = "[" + s + "]";
  return s + ":" + std::string(port);
}

Result<Addr> unixAddr(const Network& network, std::string_view path) {
  sockaddr_un sa{};
  sa.sun_family = AF_UNIX;
  if (path.size() > sizeof sa.sun_path || (path.size() == sizeof sa.sun_path && path[0] != '@')) return error(EINVAL);
  std::memcpy(sa.sun_path, path.data(), path.size());
  socklen_t len = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  if (!path.empty() && path[0] == '@') {
    sa.sun_path[0] = '\0';
  } else if (!path.empty()) {
    len++;
  }
  return Addr(network.name, reinterpret_cast<sockaddr*>(&sa), len);
}

Result<std::vector<Addr>> internetAddrList(const context::Context& ctx, const Network& network,
                                           std::string_view address) {
  std::string host, service;
  if (!address.empty()) {
    auto parts = SplitHostPort(address);
    if (!parts) return parts.error();
    std::tie(host, service) = *parts;
  }
  Result<int> port = lookupPort(network, service);
  if (!port) return port.error();
  auto p = static_cast<std::uint16_t>(*port);
  std::vector<Addr> all;
  if (host.empty()) {
    if (network.family == AF_INET6) all.push_back(ipAddr(network.name, in6addr_any, 0, p));
    else all.push_back(ipAddr(network.name, in_addr{INADDR_ANY}, p));
    return all;
  }
  if (Addr a = literal(network.name, host, p)) {
    all.push_back(a);
  } else {
    auto hosts = LookupHost(ctx, host);
    if (!hosts) return hosts.error();
    for (const std::string& h : *hosts) all.push_back(literal(network.name, h, p));
  }
  std::erase_if(all, [&](const Addr& a) { return network.family != AF_UNSPEC && !toFamily(a, network.family); });
  if (network.family == AF_INET6) std::erase_if(all, [](const Addr& a) { return a.family() == AF_INET; });
  if (all.empty()) return addrError("no suitable address", host);
  return all;
}

Result<Addr> ResolveAddr(std::string_view network, std::string_view address) {
  Network n = parseNetwork(network);
  if (n.name.empty()) return errors::New("unknown network " + std::string(network));
  if (n.isUnix()) return unixAddr(n, address);
  auto all = internetAddrList(context::Background(), n, address);
  if (!all) return all.error();
  // Who listens, or sends a packet, has no second attempt: IPv4 before IPv6.
  for (const Addr& a : *all) {
    if (a.family() == AF_INET) return a;
  }
  return all->front();
}

}  // namespace gort::net
