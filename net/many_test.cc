// Ten thousand connections with both ends in one process: all of them wait, and then all of them work.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <fstream>
#include <random>
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
    Listener l = Listen(network, tcp ? "127.0.0.1:0" : "@gort-many-" + std::to_string(std::random_device{}())).value();
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
      // The kernel refuses a Unix socket beyond the listener's backlog.
      for (int ms = 0; ms < 10'000 && i - serving > 100; ms++) time::Sleep(time::Millisecond);
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

// Connections that stall, reset, half-close, time out and are closed under their readers' hands, with GOMAXPROCS
// changing: everybody comes back with the answer that he must get.
TEST(Net, AllSortsOfEnds) {
  constexpr int n = 1500;
  const int procs = GOMAXPROCS(0);
  Listener l = Listen("tcp", "127.0.0.1:0").value();
  std::atomic<int> serving{0}, wrong{0}, resets{0};
  go([=, &serving, &resets] {
    for (;;) {
      auto c = l.Accept();
      if (!c) return;
      serving++;
      go([c = *c, &serving, &resets] {
        if (auto copied = io::Copy(c, c); !copied) resets += copied.error().code() == std::errc::connection_reset;
        serving--;
      });
    }
  });
  sync::WaitGroup wg;
  for (int i = 0; i < n; i++) {
    wg.Add(1);
    go([&, i] {
      auto check = [&](bool right, const char* what) {
        if (!right && wrong++ < 5) ADD_FAILURE() << what << ", connection " << i;
      };
      Conn c = Dial("tcp", l.Address().String()).value();
      std::array<std::byte, 32> buf;
      auto echoes = [&](std::string_view word) {
        return c.Write(word) && io::ReadFull(c, std::span(buf).first(word.size())) &&
               io::Text(std::span(buf).first(word.size())) == word;
      };
      check(echoes("hello"), "echo");
      switch (i % 6) {
        case 0:  // stalls, and is ended by its deadline
          (void)c.SetReadDeadline(time::Now() + (i % 50) * time::Millisecond);
          check(c.Read(buf).error().Timeout(), "deadline");
          (void)c.SetReadDeadline({});
          check(echoes("after it"), "echo after a deadline");
          break;
        case 1:  // resets
          (void)c.SetLinger(0);
          (void)c.Close();
          break;
        case 2:  // half-closes
          (void)c.Write("bye");
          (void)c.CloseWrite();
          check(io::ReadAll(c).value_or("") == "bye", "half-close");
          break;
        case 3: {  // is closed while it is read
          Chan<bool> got(1);
          go([c, got] {
            std::array<std::byte, 8> mine;
            got.send(errors::Is(c.Read(mine).error(), ErrClosed));
          });
          time::Sleep((i % 7) * time::Millisecond);
          (void)c.Close();
          check(*got.recv(), "close under a reader");
          break;
        }
        case 4:  // is forgotten
          break;
        case 5:  // talks for a while
          for (int k = 0; k < 20; k++) check(echoes(std::to_string(i * k)), "echo");
          break;
      }
      wg.Done();
    });
    if (i % 100 == 0) GOMAXPROCS(1 + i / 100 % 8);
  }
  wg.Wait();
  for (int i = 0; i < 10'000 && serving > 0; i++) time::Sleep(time::Millisecond);
  EXPECT_EQ(serving, 0) << "every end has reached the other side";
  EXPECT_EQ(resets, n / 6);
  EXPECT_EQ(wrong, 0);
  (void)l.Close();
  GOMAXPROCS(procs);
}

}  // namespace
}  // namespace gort::net
