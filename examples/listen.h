// What the examples share: where they listen, and how they are told to stop.
#pragma once

#include <cstdio>
#include <string>
#include <utility>

#include "gort.h"
#include "net/net.h"
#include "os/signal/signal.h"

// Listens on argv[1], or on a free port of this machine, and says where. A line and the end of the program if it
// cannot.
inline gort::net::Listener listenFrom(int argc, char** argv) {
  auto l = gort::net::Listen("tcp", argc > 1 ? argv[1] : "127.0.0.1:0");
  if (!l) {
    std::fprintf(stderr, "%s\n", l.error().Error().c_str());
    gort::Exit(2);
  }
  std::printf("listening on %s\n", l->Address().String().c_str());
  std::fflush(stdout);
  return *l;
}

// Calls serve(connection) on a goroutine of its own for each connection, until SIGINT or SIGTERM. A connection is
// closed when nobody has it any more.
template <class F>
void serveEach(const gort::net::Listener& l, F serve) {
  auto [ctx, stop] = gort::os::signal::NotifyContext(gort::context::Background(), {SIGINT, SIGTERM});
  gort::context::AfterFunc(ctx, [l] { (void)l.Close(); });
  for (;;) {
    gort::Result<gort::net::Conn> c = l.Accept();
    if (c) {
      gort::go([serve, c = std::move(*c)]() mutable { serve(c); });
    } else if (c.error().Temporary()) {
      // Too many open files, say: others will close theirs.
      std::fprintf(stderr, "%s\n", c.error().Error().c_str());
      gort::time::Sleep(5 * gort::time::Millisecond);
    } else {
      if (!ctx.Err()) std::fprintf(stderr, "%s\n", c.error().Error().c_str());
      return;
    }
  }
}
