// A SOCKS5 proxy (RFC 1928): CONNECT, without authentication.
//
//   socks 127.0.0.1:1080
//   curl --socks5-hostname 127.0.0.1:1080 http://example.org/
//
// The handshake is read in the order in which the standard tells it. Then two goroutines copy, one each way; io::Copy
// does it by splice, so what passes through does not pass through here. An end of one direction is passed on as such.
#include <arpa/inet.h>

#include <string>

#include "examples/listen.h"
#include "net/dial.h"

using gort::net::Conn;

namespace {

enum Reply : unsigned char { kOk, kFailure, kUnreachable = 4, kRefused = 5, kNoCommand = 7, kNoAddressType = 8 };

// n bytes, n <= 255; false: there are no more.
bool read(const Conn& c, std::string& to, size_t n) {
  to.resize(n);
  return bool(gort::io::ReadFull(c, {reinterpret_cast<std::byte*>(to.data()), n}));
}

bool reply(const Conn& c, Reply how) {
  const char bytes[10] = {5, static_cast<char>(how), 0, 1};  // and no address: nobody wants to know it
  return bool(c.Write(std::string_view(bytes, sizeof bytes)));
}

// What the client wants to be connected with, "host:port". "": it was told what is wrong, or is gone.
std::string handshake(const Conn& c) {
  std::string s, host;
  if (!read(c, s, 2) || s[0] != 5 || !read(c, s, static_cast<unsigned char>(s[1]))) return "";
  const bool open = s.find('\0') != s.npos;  // it would do without a password
  if (!c.Write(open ? std::string("\x05\0", 2) : std::string("\x05\xff")) || !open) return "";
  if (!read(c, s, 4) || s[0] != 5) return "";
  const unsigned char command = static_cast<unsigned char>(s[1]), type = static_cast<unsigned char>(s[3]);
  switch (type) {
    case 1:
    case 4: {
      if (!read(c, s, type == 1 ? 4 : 16)) return "";
      char text[64];
      host = inet_ntop(type == 1 ? AF_INET : AF_INET6, s.data(), text, sizeof text);
      break;
    }
    case 3:
      if (!read(c, s, 1) || !read(c, host, static_cast<unsigned char>(s[0]))) return "";
      break;
    default: return reply(c, kNoAddressType), "";
  }
  if (!read(c, s, 2)) return "";
  if (command != 1) return reply(c, kNoCommand), "";
  int port = static_cast<unsigned char>(s[0]) << 8 | static_cast<unsigned char>(s[1]);
  return gort::net::JoinHostPort(host, std::to_string(port));
}

void copyOneWay(const Conn& to, const Conn& from) {
  (void)gort::io::Copy(to, from);
  (void)to.CloseWrite();
}

void serve(const Conn& client) {
  (void)client.SetDeadline(gort::time::Now() + 10 * gort::time::Second);
  std::string target = handshake(client);
  if (target.empty()) return;
  auto server = gort::net::DialTimeout("tcp", target, 10 * gort::time::Second);
  if (!server) {
    auto code = server.error().code();
    reply(client, code == std::errc::connection_refused ? kRefused
                  : code == std::errc::host_unreachable ? kUnreachable
                                                        : kFailure);
    return;
  }
  if (!reply(client, kOk)) return;
  (void)client.SetDeadline({});
  gort::sync::WaitGroup both;
  both.Add(1);
  gort::go([&] {
    copyOneWay(*server, client);
    both.Done();
  });
  copyOneWay(client, *server);
  both.Wait();
}

}  // namespace

int gort_main(int argc, char** argv) {
  serveEach(listenFrom(argc, argv), [](Conn& c) { serve(c); });
  return 0;
}
