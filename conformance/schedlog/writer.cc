// Writing: frames, checksums, and what to do when the disk is full.
#include "conformance/schedlog/writer.h"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "conformance/schedlog/block_encoder.h"
#include "conformance/schedlog/coding.h"
#include "conformance/schedlog/crc32c.h"
#include "conformance/schedlog/header_codec.h"
#include "conformance/schedlog/wire.h"

namespace schedlog {
namespace {

// Logs are packed once and read many times.
constexpr int kLevel = 12;

}  // namespace

Writer::Writer() : status_(absl::FailedPreconditionError("the log is not open")) {}

Writer::~Writer() {
  if (fd_ >= 0) close(fd_);
}

absl::Status Writer::Problem(absl::string_view what) {
  status_ = absl::UnavailableError(absl::StrCat(path_, ": byte ", offset_, ": ", what));
  return status_;
}

// All of `bytes`, or none: what a failed write left behind is cut off again, so that the file
// ends after a whole frame.
absl::Status Writer::Write(absl::string_view bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = write(fd_, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int error = n < 0 ? errno : ENOSPC;
      // On a device or a pipe there is nothing to cut off, and that is as well.
      if (ftruncate(fd_, static_cast<off_t>(offset_)) != 0) errno = 0;
      return Problem(absl::StrCat("cannot write: ", strerror(error)));
    }
    done += static_cast<size_t>(n);
  }
  offset_ += bytes.size();
  return absl::OkStatus();
}

absl::Status Writer::WriteFrame(char tag, uint32_t records, uint32_t raw_size,
                                absl::string_view payload) {
  std::string frame(1, tag);
  PutLittle(frame, records);
  PutLittle(frame, raw_size);
  PutLittle(frame, static_cast<uint32_t>(payload.size()));
  PutLittle(frame, Crc32c(frame, payload));
  frame.append(payload.data(), payload.size());
  return Write(frame);
}

absl::Status Writer::Open(const std::string& path, const Header& header) {
  path_ = path;
  Header own = header;
  AssignCodings(own);
  if (absl::Status status = ValidateHeader(own); !status.ok()) return Problem(status.message());
  const std::string payload = EncodeHeader(own);
  if (payload.size() > kMaxHeader) {
    return Problem(absl::StrCat("the header takes ", payload.size(), " bytes; at most ", kMaxHeader,
                                " are allowed"));
  }
  fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd_ < 0) return Problem(absl::StrCat("cannot create: ", strerror(errno)));
  std::string start(kMagic);
  PutLittle(start, own.version());
  PutLittle(start, static_cast<uint32_t>(payload.size()));
  PutLittle(start, Crc32c(start, payload));
  if (absl::Status status = Write(start + payload); !status.ok()) return status;
  encoder_ = std::make_unique<BlockEncoder>(own);
  status_ = absl::OkStatus();
  return status_;
}

// A block is written when another record comes, for a snapshot belongs to the record before it.
absl::Status Writer::Append(const Record& record) {
  if (status_.ok() && encoder_->full()) FlushBlock().IgnoreError();
  if (!status_.ok()) return status_;
  if (absl::Status status = encoder_->Add(record); !status.ok()) return status;
  records_++;
  return absl::OkStatus();
}

absl::Status Writer::Append(const Snapshot& snapshot) {
  if (!status_.ok()) return status_;
  return encoder_->Add(snapshot);
}

absl::Status Writer::FlushBlock() {
  const uint32_t records = encoder_->records();
  if (records == 0) return absl::OkStatus();
  const std::string raw = encoder_->Take();
  packed_.resize(ZSTD_compressBound(raw.size()));
  const size_t size = ZSTD_compress(packed_.data(), packed_.size(), raw.data(), raw.size(), kLevel);
  if (ZSTD_isError(size))
    return Problem(absl::StrCat("cannot pack a block: ", ZSTD_getErrorName(size)));
  return WriteFrame(kBlockTag, records, static_cast<uint32_t>(raw.size()),
                    absl::string_view(packed_).substr(0, size));
}

absl::Status Writer::Finish(bool complete, absl::string_view reason) {
  if (!status_.ok()) return status_;
  if (absl::Status status = FlushBlock(); !status.ok()) return status;
  std::string payload;
  PutVarint(payload, complete ? 1 : 0);
  PutVarint(payload, records_);
  PutString(payload, reason);
  if (absl::Status status = WriteFrame(kEndTag, 0, 0, payload); !status.ok()) return status;
  const int closed = close(fd_);
  fd_ = -1;
  if (closed != 0) return Problem(absl::StrCat("cannot close: ", strerror(errno)));
  status_ = absl::FailedPreconditionError("the log is finished");
  return absl::OkStatus();
}

}  // namespace schedlog
