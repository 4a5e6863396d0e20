// Making connections: Go's dial.go.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "context/context.h"
#include "net/net.h"

namespace gort::net {

// Connects, with options. The default one is what Dial uses. A value; may be used by any number of goroutines at once.
// net.Dialer.
struct Dialer {
  // How long all of it may take, and until when: the earlier counts. None: the system's time for each address.
  time::Duration Timeout{};
  time::Time Deadline{};
  // Where the connection comes from; none: the system chooses.
  Addr LocalAddr{};
  // A name may have addresses of both kinds. Those of the kind of the first are tried one after the other, and after
  // this time the others beside them; whoever connects first wins. 0: 300 ms; < 0: all of them one after the other.
  time::Duration FallbackDelay{};
  // Enabled, with Go's times, unless KeepAlive is below 0.
  time::Duration KeepAlive{};
  KeepAliveConfig KeepAliveOptions{};

  // Connects to the first of the address's hosts that answers. "udp" sends nothing. Dialer.Dial.
  Result<Conn> Dial(std::string_view network, std::string_view address) const;
  // The same, until ctx ends: "operation was canceled" or "i/o timeout". ctx has nothing to say about the connection
  // afterwards. Dialer.DialContext.
  Result<Conn> DialContext(const context::Context& ctx, std::string_view network, std::string_view address) const;
};

// net.Dial, net.DialTimeout.
Result<Conn> Dial(std::string_view network, std::string_view address);
Result<Conn> DialTimeout(std::string_view network, std::string_view address, time::Duration timeout);

// The addresses of a host, as texts; a literal is its own. On a thread that needs no processor meanwhile, at most 500
// at a time; if ctx ends, it is left to itself. net.Resolver.LookupHost.
Result<std::vector<std::string>> LookupHost(const context::Context& ctx, std::string_view host);

}  // namespace gort::net
