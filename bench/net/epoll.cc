// The echo server of ./gort bench net by hand: two threads, each with an epoll set of its own, a connection to each in
// turn. No goroutine, no buffer for what does not fit, no deadline: what there is to lose, for the simplest of servers.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <thread>

namespace {

constexpr int kThreads = 2;

void serve(int ep) {
  epoll_event events[128];
  char buf[4096];
  for (;;) {
    int n = epoll_wait(ep, events, 128, -1);
    for (int i = 0; i < n; i++) {
      int fd = events[i].data.fd;
      ssize_t got = read(fd, buf, sizeof buf);
      if (got <= 0 || write(fd, buf, static_cast<size_t>(got)) != got) close(fd);
    }
  }
}

}  // namespace

int main() {
  int l = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in sa{};
  sa.sin_family = AF_INET;
  sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t n = sizeof sa;
  if (bind(l, reinterpret_cast<sockaddr*>(&sa), sizeof sa) < 0 || listen(l, 4096) < 0 ||
      getsockname(l, reinterpret_cast<sockaddr*>(&sa), &n) < 0) {
    std::perror("epoll");
    return 1;
  }
  std::printf("%d\n", ntohs(sa.sin_port));
  std::fflush(stdout);
  int ep[kThreads];
  for (int& e : ep) {
    e = epoll_create1(0);
    std::thread(serve, e).detach();
  }
  for (int i = 0;; i++) {
    int fd = accept4(l, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) continue;
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event ev{};
    ev.events = EPOLLIN;
    ev.data.fd = fd;
    epoll_ctl(ep[i % kThreads], EPOLL_CTL_ADD, fd, &ev);
  }
}
