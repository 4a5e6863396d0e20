// internal/poll's splice_linux.go: the kernel copies between two sockets, through a pipe.
//
// Pages go from the one socket into a pipe and from there to the other one, and no byte of them comes up to the
// program. The pipe is empty before each round, so a splice into it that would block waits for the socket, not for the
// pipe.
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "internal/poll/fd_unix.h"
#include "sync/mutex.h"
#include "runtime/race.h"
#include "syscall/syscall.h"

namespace gort::poll {

namespace {

constexpr std::int64_t maxSpliceSize = 1 << 20;  // a pipe's default limit

struct splicePipe {
  int rfd = -1, wfd = -1;
  std::int64_t data = 0;

  splicePipe() {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0) return;
    rfd = fds[0];
    wfd = fds[1];
    // A smaller one does as well, with more calls.
    fcntl(rfd, F_SETPIPE_SZ, maxSpliceSize);
  }
  ~splicePipe() {
    if (rfd < 0) return;
    syscall::RawSyscall(SYS_close, rfd);
    syscall::RawSyscall(SYS_close, wfd);
  }
  splicePipe(const splicePipe&) = delete;
  splicePipe& operator=(const splicePipe&) = delete;
};

// Pipes that were used and are empty. Go keeps them until a collection; here a few.
constexpr std::size_t maxKept = 16;
constinit sync::Mutex keptLock;
std::vector<std::unique_ptr<splicePipe>>& kept() {
  static auto* pipes = new std::vector<std::unique_ptr<splicePipe>>;
  return *pipes;
}

std::unique_ptr<splicePipe> getPipe() {
  {
    std::lock_guard hold(keptLock);
    if (!kept().empty()) {
      auto p = std::move(kept().back());
      kept().pop_back();
      return p;
    }
  }
  auto p = std::make_unique<splicePipe>();
  return p->rfd < 0 ? nullptr : std::move(p);
}

void putPipe(std::unique_ptr<splicePipe> p) {
  if (p->data != 0) return;
  std::lock_guard hold(keptLock);
  if (kept().size() < maxKept) kept().push_back(std::move(p));
}

}  // namespace

// From the socket into the empty pipe; 0: the socket's end.
Result<std::int64_t> spliceDrain(int pipe, FD& sock, std::int64_t max) {
  FD::Locked lock(&sock, true);
  if (lock.err) return lock.err;
  if (error err = sock.prepareRead()) return err;
  for (;;) {
    std::intptr_t n = syscall::Syscall(SYS_splice, sock.Sysfd, nullptr, pipe, nullptr, max, SPLICE_F_NONBLOCK);
    if (n >= 0) {
      runtime::raceacquire(&ioSync);
      return std::int64_t{n};
    }
    if (n == -EINTR) continue;
    if (n != -EAGAIN || !sock.pd.pollable()) return error(syscall::Errno(n));
    if (error err = sock.pd.waitRead(sock.isFile_)) return err;
  }
}

// n bytes, which are in the pipe, to the socket.
Result<std::int64_t> splicePump(FD& sock, int pipe, std::int64_t n) {
  FD::Locked lock(&sock, false);
  if (lock.err) return lock.err;
  if (error err = sock.pd.prepareWrite(sock.isFile_)) return err;
  runtime::racerelease(&ioSync);
  std::int64_t written = 0;
  while (n > 0) {
    std::intptr_t wrote = syscall::Syscall(SYS_splice, pipe, nullptr, sock.Sysfd, nullptr, n, SPLICE_F_NONBLOCK);
    if (wrote == -EINTR) continue;
    if (wrote > 0) {
      n -= wrote;
      written += wrote;
      continue;
    }
    if (wrote != -EAGAIN) return {written, error(syscall::Errno(wrote))};
    if (!sock.pd.pollable()) continue;
    if (error err = sock.pd.waitWrite(sock.isFile_)) return {written, err};
  }
  return written;
}

Handled Splice(FD& dst, FD& src, std::int64_t remain) {
  Handled r;
  auto p = getPipe();
  if (p == nullptr) return r;
  while (remain > 0) {
    Result<std::int64_t> in = spliceDrain(p->wfd, src, std::min(remain, maxSpliceSize));
    // EINVAL: not with such sockets. Nothing was taken, so another way is open.
    r.handled = r.handled || in || in.error() != error(EINVAL);
    if (!in) {
      r.err = in.error();
      break;
    }
    if (*in == 0) break;
    p->data += *in;
    Result<std::int64_t> out = splicePump(dst, p->rfd, *in);
    r.n += out.partial();
    remain -= out.partial();
    p->data -= out.partial();
    if (!out) {
      r.err = out.error();
      break;
    }
  }
  if (!r.err) r.handled = true;
  putPipe(std::move(p));
  return r;
}

}  // namespace gort::poll
