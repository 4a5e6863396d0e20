// Writes a schedule log.
//
//   schedlog::Writer writer;
//   absl::Status status = writer.Open("run.slog", header);
//   while (status.ok() && ...) status = writer.Append(record);
//   if (status.ok()) status = writer.Finish(/*complete=*/true, "exit status 0");
//
// Equal headers, records and ends give equal files, byte for byte, with one version of zstd.
//
// When something fails (a full disk, a header that cannot be written) the status has one line,
// "FILE: byte N: reason", and every later call returns it again. Whole blocks written before
// stay in the file and can be read; the file then has no end marker. The same holds for a writer
// that is destroyed without Finish().
//
// Thread safety: one thread at a time.
#ifndef CONFORMANCE_SCHEDLOG_WRITER_H_
#define CONFORMANCE_SCHEDLOG_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "conformance/schedlog/types.h"

namespace schedlog {

class BlockEncoder;

class Writer {
 public:
  Writer();
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Creates or replaces the file and writes the header. The codings in `header` are not
  // looked at; the writer assigns its own.
  absl::Status Open(const std::string& path, const Header& header);

  // Adds a record. One that the header's tables do not allow is refused with
  // InvalidArgumentError and a message without a file name; the log can go on after that.
  absl::Status Append(const Record& record);

  // Adds a snapshot behind the record that was added last; its index is not looked at. One that the header's table
  // does not allow, or before the first record, is refused as a record is.
  absl::Status Append(const Snapshot& snapshot);

  // Writes what is pending and the end marker, and closes the file. Nothing may follow.
  absl::Status Finish(bool complete, absl::string_view reason);

  // Records accepted so far, and bytes in the file so far.
  uint64_t records() const { return records_; }
  uint64_t bytes() const { return offset_; }

 private:
  absl::Status FlushBlock();
  absl::Status WriteFrame(char tag, uint32_t records, uint32_t raw_size, absl::string_view payload);
  absl::Status Write(absl::string_view bytes);
  absl::Status Problem(absl::string_view what);

  std::string path_;
  int fd_ = -1;
  absl::Status status_;
  std::unique_ptr<BlockEncoder> encoder_;
  uint64_t records_ = 0;
  uint64_t offset_ = 0;
  std::string packed_;
};

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_WRITER_H_
