// Files, pipes and terminals: Go's package os, what of it reads and writes.
//
//   gort::Result<os::File> f = os::Open("notes.txt");
//   if (!f) return f.error();                                   // open notes.txt: no such file or directory
//   gort::Result<std::string> text = io::ReadAll(*f);
//
// A File is a handle: a copy means the same file, which is closed by Close or when the last handle is gone. Any number
// of goroutines may use one at once. What can be waited for in the network poller (pipes, sockets, terminals, FIFOs)
// blocks its goroutine only, and has deadlines; a regular file blocks its thread, and the processor goes to others.
//
// Errors are values: a PathError, under which lies io::Eof, ErrClosed, ErrDeadlineExceeded, ErrNoDeadline or an errno.
// Nothing throws but std::bad_alloc. Who may call: a goroutine.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "errors/errors.h"
#include "io/io.h"
#include "time/time.h"

namespace gort::os {

extern const error& ErrClosed;            // "use of closed file"; within a PathError "file already closed"
extern const error& ErrDeadlineExceeded;  // "i/o timeout"
extern const error& ErrNoDeadline;        // "file type does not support deadline"

// "open notes.txt: no such file or directory". fs.PathError.
class PathError final : public error::Value {
 public:
  PathError(std::string_view op, std::string_view path, error err) : Op(op), Path(path), Err(std::move(err)) {}
  const std::string Op;
  const std::string Path;
  const error Err;
  std::string Error() const override { return Op + " " + Path + ": " + Err.Error(); }
  error Unwrap() const override { return Err; }
};

// An errno in the words of a call: "pipe2: too many open files". No error stays none. os.NewSyscallError.
error NewSyscallError(std::string_view call, error err);

namespace internal {
class file;
}

class File {
 public:
  File() = default;

  Result<std::size_t> Read(std::span<std::byte> to) const;
  // At an offset of the file, the position left alone; less than asked for is an error, io::Eof at the end.
  Result<std::size_t> ReadAt(std::span<std::byte> to, std::int64_t offset) const;
  Result<std::size_t> Write(std::span<const std::byte> from) const;
  Result<std::size_t> Write(std::string_view text) const { return Write(io::Bytes(text)); }
  Result<std::size_t> WriteAt(std::span<const std::byte> from, std::int64_t offset) const;
  // The new position; whence: SEEK_SET, SEEK_CUR, SEEK_END.
  Result<std::int64_t> Seek(std::int64_t offset, int whence) const;
  error Close() const;
  // To the disk. File.Sync.
  error Sync() const;
  error Truncate(std::int64_t size) const;
  // As fstat(2) has it.
  Result<struct stat> Stat() const;
  // For pipes and alike. A default Time: none.
  error SetDeadline(time::Time t) const;
  error SetReadDeadline(time::Time t) const;
  error SetWriteDeadline(time::Time t) const;

  // What it was opened as.
  std::string Name() const;
  // The descriptor; it belongs to the file, which must outlive its use. -1: closed.
  int Fd() const;
  // Calls f with the descriptor, which stays open meanwhile.
  error Control(const std::function<void(int fd)>& f) const;
  // Calls f with it until f says that it is done, and waits in between until there may be something to read. For
  // descriptors that are watched by the poller. syscall.RawConn.Read.
  error RawRead(const std::function<bool(int fd)>& f) const;
  explicit operator bool() const { return f_ != nullptr; }

  // For io::Copy: between files by copy_file_range, else through a buffer. File.ReadFrom.
  template <io::Reader R>
  Result<std::int64_t> ReadFrom(R& r) const {
    if constexpr (std::derived_from<R, File>) {
      Result<std::int64_t> done = std::int64_t{0};
      if (copyFrom(r, done)) return done;
    }
    return io::CopyBuffer(*this, r);
  }

 private:
  friend File NewFile(int fd, std::string_view name);
  friend Result<File> OpenFile(const std::string& name, int flags, mode_t perm);
  friend Result<std::pair<File, File>> Pipe();
  explicit File(std::shared_ptr<internal::file> f) : f_(std::move(f)) {}
  bool copyFrom(const File& src, Result<std::int64_t>& r) const;

  std::shared_ptr<internal::file> f_;
};

// As open(2) has the flags; the descriptor does not survive an exec. os.OpenFile, os.Open, os.Create.
Result<File> OpenFile(const std::string& name, int flags, mode_t perm);
Result<File> Open(const std::string& name);
Result<File> Create(const std::string& name);
// A descriptor that is open already, the file's from now on. If it does not block it is waited for in the poller.
// os.NewFile.
File NewFile(int fd, std::string_view name);
// The reading end and the writing end. os.Pipe.
Result<std::pair<File, File>> Pipe();

// All of a file. os.ReadFile; and os.WriteFile, which makes or empties it.
Result<std::string> ReadFile(const std::string& name);
error WriteFile(const std::string& name, std::string_view text, mode_t perm = 0644);

}  // namespace gort::os
