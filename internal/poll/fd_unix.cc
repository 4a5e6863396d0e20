// internal/poll's fd_unix.go: every operation is an attempt that does not block; EAGAIN is waited out in the poller,
// EINTR is tried again.
//
// The order in each is the same. The lock first, or a reference: from then on Sysfd is ours until it is given back.
// Then prepare, which forgets notices of the past and finds out that it is closed or too late. Then attempts, with
// waits in between.
//
// One thing is not Go's. Who serves requests reads one, answers it, and reads again: mostly there is nothing yet, and
// that attempt is a system call in vain, of three for each request. But if a read got less than it asked for, the
// socket is empty, and what comes next is an edge that the poller tells. So the next read goes to the poller first.
// Where there may be something without another edge (the end, which came along with the last data; an error; urgent
// data, at which reads stop short) the poller has said so, and says so for good: hungUp. Other ways to read begin with
// an attempt, as ever.
#include "internal/poll/fd_unix.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "api/panic.h"
#include "internal/poll/buffers.h"
#include "io/io.h"
#include "runtime/boundary.h"
#include "runtime/race.h"
#include "runtime/sema.h"
#include "syscall/syscall.h"

namespace gort::poll {

char ioSync;

using syscall::Errno;
using syscall::RawSyscall;
using syscall::Syscall;

namespace {

// The kernel takes at most 2 GiB at a time; Go asks for 1 GiB, which keeps what follows aligned.
constexpr std::size_t maxRW = 1 << 30;

template <class... A>
std::intptr_t ignoringEINTR(A... a) {
  for (;;) {
    std::intptr_t r = Syscall(a...);
    if (r != -EINTR) return r;
  }
}

}  // namespace

error CloseFunc(int fd) { return error(Errno(Syscall(SYS_close, fd))); }

error FD::Init(bool isFile, bool pollable) {
  isFile_ = isFile;
  if (!pollable) {
    isBlocking_ = true;
    return {};
  }
  error err = pd.init(Sysfd);
  if (err) isBlocking_ = true;
  return err;
}

// Nobody uses it any more.
error FD::destroy() {
  pd.close();  // before the number may be another descriptor's
  error err = CloseFunc(Sysfd);
  Sysfd = -1;
  runtime::fromProgram here;
  runtime::poll_runtime_Semrelease(&csema_);
  return err;
}

error FD::Close() {
  if (!fdmu_.increfAndClose()) return errClosing(isFile_);
  // Whoever waits returns, and lets go of it; that should not take long.
  pd.evict();
  error err = decref();
  // An operation that blocks its thread may take for ever.
  if (!isBlocking_) {
    runtime::fromProgram here;
    runtime::poll_runtime_Semacquire(&csema_);
  }
  return err;
}

error FD::SetBlocking() {
  if (error err = incref()) return err;
  Decref end{this};
  isBlocking_ = true;
  int flags = fcntl(Sysfd, F_GETFL);
  if (flags < 0 || fcntl(Sysfd, F_SETFL, flags & ~O_NONBLOCK) < 0) return error(errno);
  return {};
}

Result<std::size_t> FD::eofError(std::size_t n) const {
  if (n == 0 && ZeroReadIsEOF) return io::Eof;
  return n;
}

// Before an attempt to read that is not Read's.
error FD::prepareRead() {
  drained_ = false;
  return pd.prepareRead(isFile_);
}

Result<std::size_t> FD::Read(std::span<std::byte> p) {
  Locked lock(this, true);
  if (lock.err) return lock.err;
  // Nothing wanted: the kernel would give 0, which looks like the end.
  if (p.empty()) return std::size_t{0};
  if (IsStream && p.size() > maxRW) p = p.first(maxRW);
  if (drained_ && !pd.hungUp() && !unknown_.load(std::memory_order_relaxed)) {
    // A notice of what has come meanwhile is not to be forgotten.
    if (error err = pd.waitRead(isFile_)) return err;
  } else if (error err = prepareRead()) {
    return err;
  }
  mayFill(p);
  for (;;) {
    std::intptr_t n = ignoringEINTR(SYS_read, Sysfd, p.data(), p.size());
    if (n >= 0) {
      filled(p, static_cast<std::size_t>(n));
      runtime::raceacquire(&ioSync);
      drained_ = ShortReadIsAll && n > 0 && static_cast<std::size_t>(n) < p.size() && pd.pollable();
      return eofError(static_cast<std::size_t>(n));
    }
    if (n != -EAGAIN || !pd.pollable()) return error(Errno(n));
    if (error err = pd.waitRead(isFile_)) return err;
  }
}

// At a place of its own, so beside other reads.
Result<std::size_t> FD::Pread(std::span<std::byte> p, std::int64_t off) {
  if (error err = incref()) return err;
  Decref end{this};
  if (IsStream && p.size() > maxRW) p = p.first(maxRW);
  mayFill(p);
  std::intptr_t n = ignoringEINTR(SYS_pread64, Sysfd, p.data(), p.size(), off);
  if (n < 0) return error(Errno(n));
  filled(p, static_cast<std::size_t>(n));
  if (n == 0 && p.empty()) return std::size_t{0};
  return eofError(static_cast<std::size_t>(n));
}

Result<std::size_t> FD::ReadFrom(std::span<std::byte> p, Sockaddr& from) {
  Locked lock(this, true);
  if (lock.err) return lock.err;
  if (error err = prepareRead()) return err;
  mayFill(p);
  for (;;) {
    from.len = sizeof from.storage;
    std::intptr_t n = Syscall(SYS_recvfrom, Sysfd, p.data(), p.size(), 0, from.get(), &from.len);
    if (n >= 0) {
      filled(p, static_cast<std::size_t>(n));
      runtime::raceacquire(&ioSync);
      return eofError(static_cast<std::size_t>(n));
    }
    if (n == -EINTR) continue;
    if (n != -EAGAIN || !pd.pollable()) return error(Errno(n));
    if (error err = pd.waitRead(isFile_)) return err;
  }
}

Result<std::size_t> FD::Write(std::span<const std::byte> p) {
  Locked lock(this, false);
  if (lock.err) return lock.err;
  if (error err = pd.prepareWrite(isFile_)) return err;
  runtime::racerelease(&ioSync);
  mayTake(p);
  std::size_t nn = 0;
  for (;;) {
    std::size_t want = p.size() - nn;
    if (IsStream) want = std::min(want, maxRW);
    std::intptr_t n = ignoringEINTR(SYS_write, Sysfd, p.data() + nn, want);
    if (n > 0) {
      taken(p.subspan(nn), static_cast<std::size_t>(n));
      nn += static_cast<std::size_t>(n);
    }
    if (nn == p.size() && n >= 0) return nn;
    if (n == -EAGAIN && pd.pollable()) {
      if (error err = pd.waitWrite(isFile_)) return {nn, err};
      continue;
    }
    if (n < 0) return {nn, error(Errno(n))};
    if (n == 0) return {nn, io::UnexpectedEof};
  }
}

Result<std::size_t> FD::Pwrite(std::span<const std::byte> p, std::int64_t off) {
  if (error err = incref()) return err;
  Decref end{this};
  mayTake(p);
  std::size_t nn = 0;
  for (;;) {
    std::size_t want = p.size() - nn;
    if (IsStream) want = std::min(want, maxRW);
    std::intptr_t n = ignoringEINTR(SYS_pwrite64, Sysfd, p.data() + nn, want, off + static_cast<std::int64_t>(nn));
    if (n > 0) {
      taken(p.subspan(nn), static_cast<std::size_t>(n));
      nn += static_cast<std::size_t>(n);
    }
    if (nn == p.size() && n >= 0) return nn;
    if (n < 0) return {nn, error(Errno(n))};
    if (n == 0) return {nn, io::UnexpectedEof};
  }
}

Result<std::size_t> FD::WriteTo(std::span<const std::byte> p, const Sockaddr& to) {
  Locked lock(this, false);
  if (lock.err) return lock.err;
  if (error err = pd.prepareWrite(isFile_)) return err;
  runtime::racerelease(&ioSync);
  mayTake(p);
  for (;;) {
    std::intptr_t n = Syscall(SYS_sendto, Sysfd, p.data(), p.size(), 0, to.get(), to.len);
    if (n >= 0) {
      taken(p, p.size());
      return p.size();
    }
    if (n == -EINTR) continue;
    if (n != -EAGAIN || !pd.pollable()) return error(Errno(n));
    if (error err = pd.waitWrite(isFile_)) return err;
  }
}

Result<int> FD::Accept(Sockaddr& from, const char*& call) {
  call = nullptr;
  Locked lock(this, true);
  if (lock.err) return lock.err;
  if (error err = prepareRead()) return err;
  for (;;) {
    from.len = sizeof from.storage;
    std::intptr_t n = Syscall(SYS_accept4, Sysfd, from.get(), &from.len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (n >= 0) return static_cast<int>(n);
    // ECONNABORTED: it was gone before we came; there may be another one.
    if (n == -EINTR || n == -ECONNABORTED) continue;
    if (n == -EAGAIN && pd.pollable()) {
      if (error err = pd.waitRead(isFile_)) return err;
      continue;
    }
    call = "accept4";
    return error(Errno(n));
  }
}

error FD::Fstat(struct stat* s) {
  if (error err = incref()) return err;
  Decref end{this};
  return error(::fstat(Sysfd, s) < 0 ? errno : 0);
}

Result<int> FD::Dup() {
  if (error err = incref()) return err;
  Decref end{this};
  unknown_ = true;
  std::intptr_t n = RawSyscall(SYS_fcntl, Sysfd, F_DUPFD_CLOEXEC, 0);
  if (n < 0) return error(Errno(n));
  return static_cast<int>(n);
}

error FD::WaitWrite() { return pd.waitWrite(isFile_); }

error FD::RawRead(const std::function<bool(int)>& f) {
  Locked lock(this, true);
  if (lock.err) return lock.err;
  if (error err = prepareRead()) return err;
  while (!f(Sysfd)) {
    if (error err = pd.waitRead(isFile_)) return err;
  }
  return {};
}

error FD::RawWrite(const std::function<bool(int)>& f) {
  Locked lock(this, false);
  if (lock.err) return lock.err;
  if (error err = pd.prepareWrite(isFile_)) return err;
  while (!f(Sysfd)) {
    if (error err = pd.waitWrite(isFile_)) return err;
  }
  return {};
}

Result<std::int64_t> FD::Seek(std::int64_t offset, int whence) {
  if (error err = incref()) return err;
  Decref end{this};
  std::intptr_t at = RawSyscall(SYS_lseek, Sysfd, offset, whence);
  if (Errno(at) != 0) return error(Errno(at));
  return std::int64_t{at};
}

// ---- fd_posix.go, fd_fsync_posix.go, sockopt.go

error FD::Shutdown(int how) {
  if (error err = incref()) return err;
  Decref end{this};
  return error(Errno(Syscall(SYS_shutdown, Sysfd, how)));
}

error FD::Ftruncate(std::int64_t size) {
  if (error err = incref()) return err;
  Decref end{this};
  return error(Errno(ignoringEINTR(SYS_ftruncate, Sysfd, size)));
}

error FD::Fsync() {
  if (error err = incref()) return err;
  Decref end{this};
  return error(Errno(ignoringEINTR(SYS_fsync, Sysfd)));
}

error FD::RawControl(const std::function<void(int)>& f) {
  if (error err = incref()) return err;
  Decref end{this};
  unknown_ = true;
  f(Sysfd);
  return {};
}

error FD::Setsockopt(int level, int name, const void* value, socklen_t n) {
  if (error err = incref()) return err;
  Decref end{this};
  return error(Errno(RawSyscall(SYS_setsockopt, Sysfd, level, name, value, n)));
}

}  // namespace gort::poll
