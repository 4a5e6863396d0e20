// A fork and a pipe for each piece of work; poll tells which of them has something to say.
#include "conformance/children.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace conformance {
namespace {

struct Child {
  size_t index;
  pid_t pid;
  int fd;
  std::string answer;
  std::chrono::steady_clock::time_point start;
};

bool Start(const std::function<void(size_t, int fd)>& work, Child& child) {
  int fds[2];
  if (pipe(fds) != 0) return false;
  std::fflush(nullptr);
  const pid_t parent = getpid();
  pid_t pid = fork();
  if (pid < 0) {
    close(fds[0]);
    close(fds[1]);
    return false;
  }
  if (pid == 0) {
    close(fds[0]);
    // It ends with us; we may have ended before it asked for that.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    work(child.index, fds[1]);
    _exit(0);
  }
  close(fds[1]);
  child.pid = pid;
  child.fd = fds[0];
  child.start = std::chrono::steady_clock::now();
  return true;
}

Ended Finish(Child& child) {
  Ended ended;
  while (waitpid(child.pid, &ended.status, 0) < 0 && errno == EINTR) {
  }
  close(child.fd);
  ended.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - child.start).count();
  ended.answer = std::move(child.answer);
  return ended;
}

}  // namespace

bool WriteAll(int fd, const void* data, size_t n) {
  const char* p = static_cast<const char*>(data);
  while (n > 0) {
    ssize_t w = write(fd, p, n);
    if (w < 0 && errno == EINTR) continue;
    if (w <= 0) return false;
    p += w;
    n -= static_cast<size_t>(w);
  }
  return true;
}

std::string WhyEnded(int status) {
  if (WIFSIGNALED(status)) return strsignal(WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? "no answer" : absl::StrCat("exit status ", WEXITSTATUS(status));
}

bool InChildren(size_t n, unsigned jobs, const std::function<void(size_t, int fd)>& work,
                const std::function<void(size_t, Ended&&)>& done) {
  std::vector<Child> children;
  size_t next = 0;
  while (next < n || !children.empty()) {
    while (next < n && children.size() < jobs) {
      Child child{};
      child.index = next;
      if (!Start(work, child)) return false;
      children.push_back(std::move(child));
      next++;
    }
    std::vector<pollfd> fds;
    for (const Child& child : children) fds.push_back({child.fd, POLLIN, 0});
    if (poll(fds.data(), fds.size(), -1) < 0) {
      if (errno != EINTR) return false;
      continue;
    }
    for (size_t i = children.size(); i-- > 0;) {
      if (fds[i].revents == 0) continue;
      char buffer[65536];
      ssize_t got = read(children[i].fd, buffer, sizeof buffer);
      if (got > 0) {
        children[i].answer.append(buffer, static_cast<size_t>(got));
      } else if (got == 0 || errno != EINTR) {
        done(children[i].index, Finish(children[i]));
        children.erase(children.begin() + static_cast<ptrdiff_t>(i));
      }
    }
  }
  return true;
}

}  // namespace conformance
