// The echo server of ./gort bench net, on gort; go/main.go is the same in Go, and epoll.cc what one would write by
// hand. Usage: echo [deadlines]. Prints the port.
#include <array>
#include <cstdio>
#include <cstring>

#include "gort.h"
#include "net/net.h"

int gort_main(int argc, char** argv) {
  const bool deadlines = argc > 1 && std::strcmp(argv[1], "deadlines") == 0;
  gort::net::Listener l = gort::net::Listen("tcp", "127.0.0.1:0").value();
  std::printf("%d\n", l.Address().Port());
  std::fflush(stdout);
  for (;;) {
    auto c = l.Accept();
    if (!c) return 1;
    gort::go([c = std::move(*c), deadlines] {
      std::array<std::byte, 4096> buf;
      for (;;) {
        if (deadlines) (void)c.SetReadDeadline(gort::time::Now() + 5 * gort::time::Second);
        auto n = c.Read(buf);
        if (!n) return;
        if (deadlines) (void)c.SetWriteDeadline(gort::time::Now() + 5 * gort::time::Second);
        if (!c.Write(std::span(buf).first(*n))) return;
      }
    });
  }
}
