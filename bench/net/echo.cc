// The echo server of ./gort bench net, on gort; go/main.go is the same in Go, and epoll.cc what one would write by
// hand. Usage: echo [deadlines]. Prints the port.
//
// echo cost: what the two deadlines of a request cost, without one, in ns of the process's time; prints that and ends.
#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <vector>

#include "gort.h"
#include "net/dial.h"
#include "net/net.h"

namespace {

double processorTime() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e9 +
         static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e3;
}

int cost() {
  auto l = gort::net::Listen("tcp", "127.0.0.1:0").value();
  std::vector<gort::net::Conn> conns;
  for (int i = 0; i < 100; i++) conns.push_back(gort::net::Dial("tcp", l.Address().String()).value());
  constexpr int n = 500'000;
  const double start = processorTime();
  for (int i = 0; i < n; i++) {
    const auto& c = conns[static_cast<size_t>(i) % conns.size()];
    (void)c.SetReadDeadline(gort::time::Now() + 5 * gort::time::Second);
    (void)c.SetWriteDeadline(gort::time::Now() + 5 * gort::time::Second);
  }
  std::printf("%.1f\n", (processorTime() - start) / n);
  return 0;
}

}  // namespace

int gort_main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "cost") == 0) return cost();
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
