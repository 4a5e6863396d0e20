// The client of ./gort bench net: so many connections, each with one request of 64 bytes under way at any time.
//
//   load PORT CONNECTIONS WARM-UP-MS MS      prints one line of JSON
//
// One thread and epoll, so that it takes the same from every server. A latency is counted in a bucket that is at most
// 1% wide; the quantiles are those of all requests after the warm-up.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr int kSize = 64;

int64_t now() {
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return int64_t{ts.tv_sec} * 1'000'000'000 + ts.tv_nsec;
}

class Histogram {
 public:
  void add(int64_t ns) {
    counts_[static_cast<size_t>(std::log(static_cast<double>(ns > 1 ? ns : 1)) * kScale)]++;
    total_++;
  }
  // In microseconds.
  double quantile(double q) const {
    auto want = static_cast<uint64_t>(q * static_cast<double>(total_));
    for (size_t i = 0; i < counts_.size(); i++) {
      if (want < counts_[i]) return std::exp(static_cast<double>(i + 1) / kScale) / 1000;
      want -= counts_[i];
    }
    return 0;
  }
  uint64_t total() const { return total_; }

 private:
  static constexpr double kScale = 100;
  std::vector<uint64_t> counts_ = std::vector<uint64_t>(3000);
  uint64_t total_ = 0;
};

struct Connection {
  int fd;
  int got = 0;
  int64_t sent = 0;
};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const int port = std::atoi(argv[1]), n = std::atoi(argv[2]);
  const int64_t warmUp = std::atoll(argv[3]) * 1'000'000, length = std::atoll(argv[4]) * 1'000'000;
  int ep = epoll_create1(0);
  std::vector<Connection> all(static_cast<size_t>(n));
  for (Connection& c : all) {
    c.fd = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in sa{};
    sa.sin_family = AF_INET;
    sa.sin_port = htons(static_cast<uint16_t>(port));
    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(c.fd, reinterpret_cast<sockaddr*>(&sa), sizeof sa) < 0) fail("connect");
    int on = 1;
    setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event ev{};
    ev.events = EPOLLIN;
    ev.data.ptr = &c;
    epoll_ctl(ep, EPOLL_CTL_ADD, c.fd, &ev);
  }
  char buf[kSize] = {};
  auto send = [&](Connection& c) {
    c.got = 0;
    c.sent = now();
    if (write(c.fd, buf, kSize) != kSize) fail("write");
  };
  for (Connection& c : all) send(c);
  Histogram seen;
  const int64_t start = now(), from = start + warmUp, until = from + length;
  epoll_event events[256];
  for (int64_t t = start; t < until;) {
    int k = epoll_wait(ep, events, 256, 1000);
    for (int i = 0; i < k; i++) {
      auto& c = *static_cast<Connection*>(events[i].data.ptr);
      ssize_t got = read(c.fd, buf, static_cast<size_t>(kSize - c.got));
      if (got <= 0) fail("read");
      c.got += static_cast<int>(got);
      if (c.got < kSize) continue;
      t = now();
      if (t >= from) seen.add(t - c.sent);
      send(c);
    }
    if (k <= 0) t = now();
  }
  std::printf("{\"requests\": %llu, \"seconds\": %.3f", static_cast<unsigned long long>(seen.total()),
              static_cast<double>(length) / 1e9);
  for (double q : {0.5, 0.9, 0.99, 0.999, 0.9999}) std::printf(", \"p%g\": %.1f", q * 100, seen.quantile(q));
  std::printf("}\n");
}
