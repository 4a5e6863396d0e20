// FD: a descriptor of the system as goroutines use it. Packages net and os have one in each connection and each file.
// internal/poll's fd_unix.go, with fd_posix.go, writev.go, sockopt.go and their kin.
//
// Every operation may be called by any goroutine at any time, also while another one closes: it then returns
// errClosing. Reads come one after the other, so do writes. Errors are an errno, io::Eof, or one of fd.h.
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "errors/errors.h"
#include "internal/poll/fd.h"
#include "internal/poll/fd_mutex.h"
#include "internal/poll/fd_poll_runtime.h"
#include "time/time.h"

struct stat;

namespace gort::poll {

// What was written before is read after, whatever the way: for ThreadSanitizer, which does not see the system calls.
extern char ioSync;

// An address as the kernel has it.
struct Sockaddr {
  sockaddr_storage storage{};
  socklen_t len = 0;  // 0: none

  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

struct Handled;

class FD {
 public:
  // What whoever makes it sets before Init.
  int Sysfd = -1;              // fixed until it is closed
  bool IsStream = false;       // not packets
  bool ZeroReadIsEOF = false;  // false for packets
  // A read of less than was asked for has left nothing, and the poller tells of what comes then: so with TCP. Not so
  // with Unix sockets, where a read ends at what came with descriptors.
  bool ShortReadIsAll = false;

  FD() = default;
  FD(const FD&) = delete;
  FD& operator=(const FD&) = delete;

  // isFile: which words errors have. pollable: Sysfd does not block, and operations wait in the poller; if it cannot be
  // watched an error, and operations block their thread.
  error Init(bool isFile, bool pollable);
  // Whoever waits in an operation comes back; returns when nobody uses Sysfd and it is closed.
  error Close();
  // Operations block their thread from now on.
  error SetBlocking();

  Result<std::size_t> Read(std::span<std::byte> p);
  Result<std::size_t> Pread(std::span<std::byte> p, std::int64_t off);
  Result<std::size_t> ReadFrom(std::span<std::byte> p, Sockaddr& from);
  Result<std::size_t> Write(std::span<const std::byte> p);
  Result<std::size_t> Pwrite(std::span<const std::byte> p, std::int64_t off);
  Result<std::size_t> WriteTo(std::span<const std::byte> p, const Sockaddr& to);
  // All of v, in order; what has gone is cut off its front, also if there is an error. writev.go.
  Result<std::int64_t> Writev(std::span<std::span<const std::byte>> v);
  // A new descriptor, which neither blocks nor survives an exec; call: the system call that failed. fd_unix.go.
  Result<int> Accept(Sockaddr& from, const char*& call);
  // A copy of Sysfd that does not survive an exec.
  Result<int> Dup();
  // Until it can be written to; for connect.
  error WaitWrite();
  // Calls f(Sysfd), which reads (or writes) without waiting, until it says that it is done; waits in between.
  error RawRead(const std::function<bool(int)>& f);
  error RawWrite(const std::function<bool(int)>& f);
  // Calls f(Sysfd) once; it cannot be closed meanwhile.
  error RawControl(const std::function<void(int)>& f);

  error Shutdown(int how);
  error Fsync();
  error Ftruncate(std::int64_t size);
  error Fstat(struct stat* s);
  Result<std::int64_t> Seek(std::int64_t offset, int whence);
  // sockopt.go
  error Setsockopt(int level, int name, const void* value, socklen_t n);
  error SetsockoptInt(int level, int name, int value) { return Setsockopt(level, name, &value, sizeof value); }

  // fd_poll_runtime.go. A default time: none; one in the past: operations fail at once.
  error SetDeadline(time::Time t);
  error SetReadDeadline(time::Time t);
  error SetWriteDeadline(time::Time t);

 private:
  friend Handled SendFile(FD& dst, int src, std::int64_t size);
  friend Handled CopyFileRange(FD& dst, FD& src, std::int64_t remain);
  friend Result<std::int64_t> spliceDrain(int pipe, FD& sock, std::int64_t max);
  friend Result<std::int64_t> splicePump(FD& sock, int pipe, std::int64_t n);

  struct Decref {
    FD* fd;
    ~Decref() { (void)fd->decref(); }
  };
  // Held during a read (or write); err says if it is closed.
  struct Locked {
    FD* fd;
    bool read;
    error err;
    Locked(FD* fd, bool read) : fd(fd), read(read) {
      if (!fd->fdmu_.rwlock(read)) err = errClosing(fd->isFile_);
    }
    ~Locked() {
      if (!err && fd->fdmu_.rwunlock(read)) (void)fd->destroy();
    }
    Locked(const Locked&) = delete;
    Locked& operator=(const Locked&) = delete;
  };

  error incref() { return fdmu_.incref() ? error() : errClosing(isFile_); }
  error decref() { return fdmu_.decref() ? destroy() : error(); }
  error destroy();
  error prepareRead();
  error setDeadlineImpl(time::Time t, int mode);
  Result<std::size_t> eofError(std::size_t n) const;

  fdMutex fdmu_;
  pollDesc pd;
  std::uint32_t csema_ = 0;  // signalled when it is closed
  std::atomic<bool> isBlocking_{false};
  bool isFile_ = false;
  bool drained_ = false;  // the last read took all there was; under the lock for reading
  std::atomic<bool> unknown_{false};  // somebody has had the descriptor, and may have made something else of it
};

// What a way of copying in the kernel did. handled false: nothing, try another one; n and err tell the rest.
struct Handled {
  std::int64_t n = 0;
  error err;
  bool handled = false;
};

// From src's position to dst: all of it, or size bytes if size > 0. sendfile_unix.go.
Handled SendFile(FD& dst, int src, std::int64_t size);
// At most remain bytes between two stream sockets. splice_linux.go.
Handled Splice(FD& dst, FD& src, std::int64_t remain);
// At most remain bytes between two files. copy_file_range_linux.go.
Handled CopyFileRange(FD& dst, FD& src, std::int64_t remain);

// Whether fd is one of the poller's own.
bool IsPollDescriptor(int fd);

// close(2), as Go calls it.
error CloseFunc(int fd);

}  // namespace gort::poll
