// An echo server: what a client sends comes back.
//
//   ./gort run examples/echo.cc 127.0.0.1:7007 &
//   nc 127.0.0.1 7007
//
// A goroutine for each connection, and a loop that reads and writes as if there were only one. io::Copy lets the kernel
// move the bytes (splice): they never come up here.
#include "examples/listen.h"

int gort_main(int argc, char** argv) {
  serveEach(listenFrom(argc, argv), [](gort::net::Conn& c) { (void)gort::io::Copy(c, c); });
  return 0;
}
