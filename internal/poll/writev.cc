// internal/poll's writev.go: many pieces in one system call, and again with the rest.
#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "internal/poll/buffers.h"
#include "internal/poll/fd_unix.h"
#include "io/io.h"
#include "runtime/race.h"
#include "syscall/syscall.h"

namespace gort::poll {

namespace {

constexpr std::size_t maxVec = 1024;  // the kernel's IOV_MAX
constexpr std::size_t maxPiece = 1 << 30;

// Cuts n bytes off the front, which were written.
void consume(std::span<std::span<const std::byte>>& v, std::size_t n) {
  while (!v.empty()) {
    taken(v[0], std::min(n, v[0].size()));
    if (v[0].size() > n) {
      v[0] = v[0].subspan(n);
      return;
    }
    n -= v[0].size();
    v[0] = {};
    v = v.subspan(1);
  }
}

}  // namespace

Result<std::int64_t> FD::Writev(std::span<std::span<const std::byte>> v) {
  Locked lock(this, false);
  if (lock.err) return lock.err;
  if (error err = pd.prepareWrite(isFile_)) return err;
  runtime::racerelease(&ioSync);
  for (const auto& piece : v) mayTake(piece);
  std::vector<iovec> iovecs;
  std::int64_t n = 0;
  for (;;) {
    iovecs.clear();
    for (const auto& piece : v) {
      if (piece.empty()) continue;
      iovecs.push_back({const_cast<std::byte*>(piece.data()), std::min(piece.size(), maxPiece)});
      if (piece.size() > maxPiece || iovecs.size() == maxVec) break;
    }
    if (iovecs.empty()) return n;
    std::intptr_t wrote = syscall::Syscall(SYS_writev, Sysfd, iovecs.data(), iovecs.size());
    if (wrote > 0) {
      n += wrote;
      consume(v, static_cast<std::size_t>(wrote));
      continue;
    }
    if (wrote == -EINTR) continue;
    if (wrote == -EAGAIN && pd.pollable()) {
      if (error err = pd.waitWrite(isFile_)) return {n, err};
      continue;
    }
    return {n, wrote < 0 ? error(syscall::Errno(wrote)) : io::UnexpectedEof};
  }
}

}  // namespace gort::poll
