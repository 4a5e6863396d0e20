// Go's os/file.go, file_posix.go and file_unix.go.
#include "os/file.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <limits>

#include "internal/poll/fd_unix.h"
#include "syscall/syscall.h"

namespace gort::os {

const error& ErrClosed = poll::ErrFileClosing;
const error& ErrDeadlineExceeded = poll::ErrDeadlineExceeded;
const error& ErrNoDeadline = poll::ErrNoDeadline;

using syscall::Errno;

namespace internal {

class file {
 public:
  poll::FD pfd;
  const std::string name;

  file(int fd, std::string_view name) : name(name) {
    pfd.Sysfd = fd;
    pfd.IsStream = true;
    pfd.ZeroReadIsEOF = true;
  }
  ~file() { (void)pfd.Close(); }
};

}  // namespace internal

using internal::file;

namespace {

class SyscallError final : public error::Value {
 public:
  SyscallError(std::string_view call, error err) : call_(call), err_(std::move(err)) {}
  std::string Error() const override { return call_ + ": " + err_.Error(); }
  error Unwrap() const override { return err_; }

 private:
  std::string call_;
  error err_;
};

// Of a file that is closed Go's package os has other words than poll.
class ClosedError final : public error::Value {
 public:
  std::string Error() const override { return "file already closed"; }
  error Unwrap() const override { return poll::ErrFileClosing; }
};

error wrap(const file& f, std::string_view op, error err) {
  if (!err || err == io::Eof) return err;
  if (err == poll::ErrFileClosing) err = error(new ClosedError());
  return error(new PathError(op, f.name, std::move(err)));
}

// Whether the poller is worth an attempt: it can watch neither regular files nor folders.
bool mayBePollable(int fd) {
  struct stat st;
  return ::fstat(fd, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

enum class kind { open, nonBlock, other };

std::shared_ptr<file> newFile(int fd, std::string_view name, kind k) {
  auto f = std::make_shared<file>(fd, name);
  const bool pollable = k == kind::nonBlock || (k == kind::open && mayBePollable(fd));
  if (!f->pfd.Init(true, pollable) && pollable && k == kind::open) {
    // It can be watched; so it must not block.
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
  }
  return f;
}

}  // namespace

error NewSyscallError(std::string_view call, error err) {
  if (!err) return err;
  return error(new SyscallError(call, std::move(err)));
}

Result<File> OpenFile(const std::string& name, int flags, mode_t perm) {
  for (;;) {
    std::intptr_t fd = syscall::Syscall(SYS_openat, AT_FDCWD, name.c_str(), flags | O_CLOEXEC | O_LARGEFILE, perm);
    if (fd >= 0) return File(newFile(static_cast<int>(fd), name, kind::open));
    if (fd != -EINTR) return error(new PathError("open", name, error(Errno(fd))));
  }
}

Result<File> Open(const std::string& name) { return OpenFile(name, O_RDONLY, 0); }
Result<File> Create(const std::string& name) { return OpenFile(name, O_RDWR | O_CREAT | O_TRUNC, 0666); }

File NewFile(int fd, std::string_view name) {
  if (fd < 0) return File();
  int flags = ::fcntl(fd, F_GETFL);
  return File(newFile(fd, name, flags >= 0 && (flags & O_NONBLOCK) != 0 ? kind::nonBlock : kind::other));
}

Result<std::pair<File, File>> Pipe() {
  int p[2];
  if (std::intptr_t r = syscall::RawSyscall(SYS_pipe2, p, O_CLOEXEC | O_NONBLOCK); r < 0) {
    return NewSyscallError("pipe2", error(Errno(r)));
  }
  return std::pair(File(newFile(p[0], "|0", kind::nonBlock)), File(newFile(p[1], "|1", kind::nonBlock)));
}

Result<std::size_t> File::Read(std::span<std::byte> to) const {
  if (!f_) return error(EINVAL);
  Result<std::size_t> n = f_->pfd.Read(to);
  if (n) return n;
  return wrap(*f_, "read", n.error());
}

Result<std::size_t> File::ReadAt(std::span<std::byte> to, std::int64_t offset) const {
  if (!f_) return error(EINVAL);
  if (offset < 0) return error(new PathError("readat", f_->name, errors::New("negative offset")));
  std::size_t n = 0;
  while (n < to.size()) {
    Result<std::size_t> got = f_->pfd.Pread(to.subspan(n), offset + static_cast<std::int64_t>(n));
    n += got.partial();
    if (!got) return {n, wrap(*f_, "read", got.error())};
  }
  return n;
}

Result<std::size_t> File::Write(std::span<const std::byte> from) const {
  if (!f_) return error(EINVAL);
  Result<std::size_t> n = f_->pfd.Write(from);
  if (n) return n;
  return {n.partial(), wrap(*f_, "write", n.error())};
}

Result<std::size_t> File::WriteAt(std::span<const std::byte> from, std::int64_t offset) const {
  if (!f_) return error(EINVAL);
  if (offset < 0) return error(new PathError("writeat", f_->name, errors::New("negative offset")));
  Result<std::size_t> n = f_->pfd.Pwrite(from, offset);
  if (n) return n;
  return {n.partial(), wrap(*f_, "write", n.error())};
}

Result<std::int64_t> File::Seek(std::int64_t offset, int whence) const {
  if (!f_) return error(EINVAL);
  Result<std::int64_t> at = f_->pfd.Seek(offset, whence);
  if (at) return at;
  return wrap(*f_, "seek", at.error());
}

error File::Close() const {
  if (!f_) return error(EINVAL);
  return wrap(*f_, "close", f_->pfd.Close());
}

error File::Sync() const { return f_ ? wrap(*f_, "sync", f_->pfd.Fsync()) : error(EINVAL); }
error File::Truncate(std::int64_t size) const {
  return f_ ? wrap(*f_, "truncate", f_->pfd.Ftruncate(size)) : error(EINVAL);
}

Result<struct stat> File::Stat() const {
  if (!f_) return error(EINVAL);
  struct stat st;
  if (error err = f_->pfd.Fstat(&st)) return wrap(*f_, "stat", err);
  return st;
}

error File::SetDeadline(time::Time t) const {
  return f_ ? wrap(*f_, "set deadline", f_->pfd.SetDeadline(t)) : error(EINVAL);
}
error File::SetReadDeadline(time::Time t) const {
  return f_ ? wrap(*f_, "set deadline", f_->pfd.SetReadDeadline(t)) : error(EINVAL);
}
error File::SetWriteDeadline(time::Time t) const {
  return f_ ? wrap(*f_, "set deadline", f_->pfd.SetWriteDeadline(t)) : error(EINVAL);
}

std::string File::Name() const { return f_ ? f_->name : ""; }
int File::Fd() const { return f_ ? f_->pfd.Sysfd : -1; }
error File::Control(const std::function<void(int)>& f) const {
  return f_ ? wrap(*f_, "raw-control", f_->pfd.RawControl(f)) : error(EINVAL);
}

error File::RawRead(const std::function<bool(int)>& f) const {
  return f_ ? wrap(*f_, "raw-read", f_->pfd.RawRead(f)) : error(EINVAL);
}

bool File::copyFrom(const File& src, Result<std::int64_t>& r) const {
  if (!f_ || !src.f_) return false;
  // What is appended to cannot be copied to.
  int flags = ::fcntl(f_->pfd.Sysfd, F_GETFL);
  if (flags < 0 || (flags & O_APPEND) != 0) return false;
  std::int64_t all = std::numeric_limits<std::int64_t>::max();
  poll::Handled did = poll::CopyFileRange(f_->pfd, src.f_->pfd, all);
  if (!did.handled) return false;
  r = {did.n, wrap(*f_, "copy_file_range", did.err)};
  return true;
}

Result<std::string> ReadFile(const std::string& name) {
  Result<File> f = Open(name);
  if (!f) return f.error();
  return io::ReadAll(*f);
}

error WriteFile(const std::string& name, std::string_view text, mode_t perm) {
  Result<File> f = OpenFile(name, O_WRONLY | O_CREAT | O_TRUNC, perm);
  if (!f) return f.error();
  error err = f->Write(text).error();
  error closed = f->Close();
  return err ? err : closed;
}

}  // namespace gort::os
