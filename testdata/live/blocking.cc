// Calls that block until another goroutine does something, with nothing around them, whether the runtime knows them or
// not. With one processor none would come back otherwise.
#include <arpa/inet.h>
#include <cerrno>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "check.h"

struct Pipe {
  int fds[2];
  Pipe() { CHECK(pipe(fds) == 0); }
  ~Pipe() {
    close(fds[0]);
    close(fds[1]);
  }
  void put(char c) const { CHECK(write(fds[1], &c, 1) == 1); }
};

int gort_main(int, char**) {
  rounds(3, [](int) {
    Pipe p;
    char c = 0;
    gort::go([&] { p.put('a'); });
    CHECK(read(p.fds[0], &c, 1) == 1 && c == 'a');

    gort::go([&] { p.put('b'); });
    pollfd fd{p.fds[0], POLLIN, 0};
    CHECK(poll(&fd, 1, -1) == 1);
    CHECK(read(p.fds[0], &c, 1) == 1 && c == 'b');

    gort::go([&] { p.put('c'); });
    fd_set set;
    FD_ZERO(&set);
    FD_SET(p.fds[0], &set);
    CHECK(select(p.fds[0] + 1, &set, nullptr, nullptr, nullptr) == 1);
    // One that nobody stands in front of.
    CHECK(syscall(SYS_read, p.fds[0], &c, 1) == 1 && c == 'c');

    gort::go([&] { p.put('d'); });
    CHECK(syscall(SYS_read, p.fds[0], &c, 1) == 1 && c == 'd');

    int ep = epoll_create1(0);
    epoll_event ev{EPOLLIN, {}};
    CHECK(epoll_ctl(ep, EPOLL_CTL_ADD, p.fds[0], &ev) == 0);
    gort::go([&] { p.put('e'); });
    CHECK(epoll_wait(ep, &ev, 1, -1) == 1);
    CHECK(read(p.fds[0], &c, 1) == 1);
    close(ep);

    // stdio waits inside of libc.
    FILE* f = fdopen(dup(p.fds[0]), "r");
    gort::go([&] {
      p.put('f');
      p.put('\n');
    });
    char line[8];
    CHECK(fgets(line, sizeof line, f) == line && line[0] == 'f');
    fclose(f);

    sem_t sem;
    CHECK(sem_init(&sem, 0, 0) == 0);
    gort::go([&] { sem_post(&sem); });
    CHECK(sem_wait(&sem) == 0);
    sem_destroy(&sem);

    // errno is that of the call, whatever ran meanwhile.
    errno = 0;
    CHECK(read(-1, &c, 1) == -1 && errno == EBADF);
    CHECK(open("/nonexistent/file", O_RDONLY) == -1 && errno == ENOENT);

    int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof at;
    CHECK(bind(listener, reinterpret_cast<sockaddr*>(&at), len) == 0 && listen(listener, 1) == 0);
    CHECK(getsockname(listener, reinterpret_cast<sockaddr*>(&at), &len) == 0);
    gort::sync::WaitGroup client;
    client.Add(1);
    gort::go([&] {
      int s = socket(AF_INET, SOCK_STREAM, 0);
      CHECK(connect(s, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
      char there = 0;
      CHECK(recv(s, &there, 1, 0) == 1 && there == 'g');
      close(s);
      client.Done();
    });
    int s = accept(listener, nullptr, nullptr);
    CHECK(s >= 0 && send(s, "g", 1, 0) == 1);
    client.Wait();
    close(s);
    close(listener);

    addrinfo* found = nullptr;
    CHECK(getaddrinfo("127.0.0.1", "80", nullptr, &found) == 0);
    freeaddrinfo(found);

    timespec ms{0, 1'000'000};
    CHECK(nanosleep(&ms, nullptr) == 0);
    CHECK(usleep(1000) == 0);
  });
  return verdict();
}
