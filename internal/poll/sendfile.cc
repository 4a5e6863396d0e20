// internal/poll's sendfile_unix.go and copy_file_range_linux.go: the kernel copies from a file.
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "internal/poll/fd_unix.h"
#include "runtime/race.h"
#include "syscall/syscall.h"

namespace gort::poll {

Handled SendFile(FD& dst, int src, std::int64_t size) {
  Handled r;
  FD::Locked lock(&dst, false);
  if (lock.err) return {0, lock.err, false};
  if (error err = dst.pd.prepareWrite(dst.isFile_)) return {0, err, false};
  runtime::racerelease(&ioSync);
  for (;;) {
    std::int64_t chunk = size > 0 ? std::min<std::int64_t>(size - r.n, INT_MAX) : INT_MAX;
    std::intptr_t n = syscall::Syscall(SYS_sendfile, dst.Sysfd, src, nullptr, chunk);
    if (n > 0) r.n += n;
    if (n >= 0) {
      if (n == 0 || (size > 0 && r.n >= size)) return {r.n, {}, true};
      continue;
    }
    switch (-n) {
      case EAGAIN:
        if (error err = dst.pd.waitWrite(dst.isFile_)) return {r.n, err, true};
        break;
      case EINTR: break;
      // A kind of file that it cannot do.
      case ENOSYS:
      case EOPNOTSUPP:
      case EINVAL: return {r.n, error(static_cast<int>(-n)), r.n > 0};
      default: return {r.n, error(static_cast<int>(-n)), true};
    }
  }
}

Handled CopyFileRange(FD& dst, FD& src, std::int64_t remain) {
  if (error err = dst.incref()) return {0, err, true};
  FD::Decref endDst{&dst};
  FD::Locked lock(&src, true);
  if (lock.err) return {0, lock.err, true};
  std::int64_t done = 0;
  while (remain > 0) {
    std::int64_t want = std::min<std::int64_t>(remain, 1 << 30);
    std::intptr_t n = syscall::Syscall(SYS_copy_file_range, src.Sysfd, nullptr, dst.Sysfd, nullptr, want, 0);
    if (n == -EINTR) continue;
    switch (n < 0 ? -n : 0) {
      case 0: break;
      // What the kernel or the file system cannot do; nothing has been copied.
      case ENOSYS:
      case EXDEV:
      case EINVAL:
      case EIO:
      case EOPNOTSUPP:
      case EPERM: return {done, {}, done > 0};
      default: return {done, error(static_cast<int>(-n)), true};
    }
    // At once: a file of /proc, say, which has no size and yet something in it.
    if (n == 0) return {done, {}, done > 0};
    done += n;
    remain -= n;
  }
  return {done, {}, true};
}

}  // namespace gort::poll
