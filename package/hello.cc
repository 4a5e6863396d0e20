// hello.cc: a program outside of this tree. With "deadlock" it waits for what cannot come.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "gort.h"
#include "net/dial.h"
#include "net/net.h"

namespace {

using namespace std::chrono_literals;

// Goroutines, channels, a lock, and slices that end in code that calls nothing.
int squares() {
  gort::Chan<std::unique_ptr<int>> results(4);
  gort::sync::WaitGroup workers;
  for (int i = 1; i <= 9; i++) {
    workers.Go([=] {
      for (auto until = std::chrono::steady_clock::now() + 20ms; std::chrono::steady_clock::now() < until;) {
      }
      results << std::make_unique<int>(i * i);
    });
  }
  gort::go([=, &workers] {
    workers.Wait();
    results.close();
  });
  int sum = 0;
  for (auto result : results) sum += *result;
  return sum;
}

// An exception passes the library's frames.
bool caught() {
  gort::Chan<int> closed(0);
  closed.close();
  try {
    closed << 1;
  } catch (const gort::RuntimeError&) {
    return true;
  }
  return false;
}

// A connection with both ends here.
std::string echoed() {
  auto listener = gort::net::Listen("tcp", "127.0.0.1:0");
  if (!listener) return listener.error().Error();
  gort::go([l = *listener] {
    auto conn = l.Accept();
    std::byte buffer[16];
    if (!conn) return;
    if (auto n = conn->Read(buffer)) (void)conn->Write(std::span(buffer).first(*n));
  });
  auto conn = gort::net::Dial("tcp", listener->Address().String());
  if (!conn) return conn.error().Error();
  std::byte buffer[16];
  (void)conn->Write("hello");
  auto n = conn->Read(buffer);
  return n ? std::string(reinterpret_cast<char*>(buffer), *n) : n.error().Error();
}

}  // namespace

int gort_main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "deadlock") return *gort::Chan<int>(0).recv();
  std::printf("%s %d %s\n", echoed().c_str(), squares(), caught() ? "caught" : "lost");
  return 0;
}
