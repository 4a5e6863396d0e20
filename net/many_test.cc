// Ten thousand connections with both ends in one process: all of them wait, and then all of them work.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <string>
#include <vector>

#include "gort.h"
#include "gtest/gtest.h"
#include "net/dial.h"
#include "net/net.h"

namespace gort::net {
namespace {

int threads() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("Threads:", 0) == 0) return std::stoi(line.substr(8));
  }
  return -1;
}

TEST(Net, TenThousandConnections) {
  rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  // Two descriptors each. Over a Unix socket a connection takes no port.
  const int n = std::min<rlim_t>(files.rlim_cur / 2 - 100, 10'000);
  ASSERT_GE(n, 9'900) << "this machine lets a process have " << files.rlim_cur << " descriptors only";
  for (const char* network : {"unix", "tcp"}) {
    const bool tcp = network == std::string("tcp");
    Listener l = Listen(network, tcp ? "127.0.0.1:0" : "@gort-many-" + std::to_string(getpid())).value();
    std::atomic<int> serving{0};
    go([=, &serving] {
      for (;;) {
        auto c = l.Accept();
        if (!c) {
          EXPECT_TRUE(errors::Is(c.error(), ErrClosed)) << c.error();
          return;
        }
        go([c = *c, &serving] {
          serving++;
          std::array<std::byte, 32> buf;
          for (;;) {
            auto got = c.Read(buf);
            if (!got) break;
            if (!c.Write(std::span(buf).first(*got))) break;
          }
          serving--;
        });
      }
    });
    std::vector<Conn> conns;
    for (int i = 0; i < n; i++) {
      auto c = Dial(network, l.Address().String());
      ASSERT_TRUE(c) << c.error() << ", connection " << i;
      conns.push_back(*c);
    }
    for (int i = 0; i < 10'000 && serving < n; i++) time::Sleep(time::Millisecond);
    EXPECT_EQ(serving, n);
    EXPECT_LT(threads(), 64) << "those that wait have no thread";
    // All at once.
    std::atomic<int> right{0};
    sync::WaitGroup wg;
    for (int i = 0; i < n; i++) {
      wg.Add(1);
      go([&, i] {
        for (int round = 0; round < 3; round++) {
          std::string word = std::to_string(i * 3 + round);
          std::array<std::byte, 32> buf;
          if (!conns[i].Write(word)) break;
          auto got = io::ReadFull(conns[i], std::span(buf).first(word.size()));
          right += got && io::Text(std::span(buf).first(*got)) == word;
        }
        wg.Done();
      });
    }
    wg.Wait();
    EXPECT_EQ(right, 3 * n);
    conns.clear();
    for (int i = 0; i < 10'000 && serving > 0; i++) time::Sleep(time::Millisecond);
    EXPECT_EQ(serving, 0);
    (void)l.Close();
  }
}

}  // namespace
}  // namespace gort::net
