// Frames, checksums and limits: everything about reading that is not inside a block.
#include "conformance/schedlog/reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "conformance/schedlog/block_decoder.h"
#include "conformance/schedlog/crc32c.h"
#include "conformance/schedlog/header_codec.h"
#include "conformance/schedlog/source.h"
#include "conformance/schedlog/wire.h"

namespace schedlog {

Reader::Reader() : kinds_(256) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

absl::Status Reader::Open(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const int error = errno;
    name_ = path;
    return Problem(0, absl::StrCat("cannot open: ", strerror(error)));
  }
  return Start(SourceOfFd(fd, /*owned=*/true), path);
}

absl::Status Reader::OpenFd(int fd, absl::string_view name) {
  return Start(SourceOfFd(fd, /*owned=*/false), name);
}

absl::Status Reader::OpenBytes(absl::string_view bytes, absl::string_view name) {
  return Start(SourceOfBytes(bytes), name);
}

absl::Status Reader::Start(std::unique_ptr<Source> source, absl::string_view name) {
  *this = Reader();
  name_ = std::string(name);
  source_ = std::move(source);
  if (absl::Status status = ReadHeader(); !status.ok()) return status;
  for (const Kind& kind : header_.kinds) kinds_[kind.number] = kind;
  decoder_ = std::make_unique<BlockDecoder>(header_);
  return absl::OkStatus();
}

std::string Reader::Where() const {
  return absl::StrCat(name_, ": byte ", block_offset_, ": record ", record_index());
}

absl::Status Reader::Problem(uint64_t offset, absl::string_view what) {
  status_ = absl::DataLossError(absl::StrCat(name_, ": byte ", offset, ": ", what));
  in_block_ = false;
  return status_;
}

absl::Status Reader::ReadHeader() {
  std::string prefix;
  if (absl::Status status = source_->Read(kHeaderPrefix, prefix); !status.ok()) {
    return Problem(0, absl::StrCat("cannot read: ", status.message()));
  }
  if (prefix.empty()) return Problem(0, "the file is empty");
  const absl::string_view magic = absl::string_view(prefix).substr(0, kMagic.size());
  if (magic != kMagic.substr(0, magic.size())) return Problem(0, "not a gort schedule log");
  if (prefix.size() < kHeaderPrefix) {
    return Problem(prefix.size(), "the file is cut inside its header");
  }
  const uint16_t version = LoadLittle<uint16_t>(&prefix[10]);
  const uint32_t size = LoadLittle<uint32_t>(&prefix[12]);
  const uint32_t crc = LoadLittle<uint32_t>(&prefix[16]);
  if (version < kFirstVersion || version > kVersion) {
    return Problem(kMagic.size(), absl::StrCat("format version ", version, "; this program reads versions ",
                                               kFirstVersion, " to ", kVersion));
  }
  if (size > kMaxHeader) {
    return Problem(12, absl::StrCat("the header claims ", size, " bytes; at most ", kMaxHeader,
                                    " are allowed"));
  }
  if (size > source_->left()) {
    return Problem(12, absl::StrCat("the header claims ", size, " bytes; the file has ",
                                    source_->left(), " more"));
  }
  std::string payload;
  if (absl::Status status = source_->Read(size, payload); !status.ok()) {
    return Problem(source_->offset(), absl::StrCat("cannot read: ", status.message()));
  }
  if (payload.size() < size) return Problem(source_->offset(), "the file is cut inside its header");
  if (Crc32c(absl::string_view(prefix).substr(0, 16), payload) != crc) {
    return Problem(0, "the header's checksum does not match");
  }
  size_t at = 0;
  if (absl::Status status = DecodeHeader(payload, version, header_, at); !status.ok()) {
    return Problem(kHeaderPrefix + at, status.message());
  }
  return absl::OkStatus();
}

absl::Status Reader::ReadFrame() {
  const uint64_t start = source_->offset();
  std::string prefix;
  if (absl::Status status = source_->Read(kFramePrefix, prefix); !status.ok()) {
    return Problem(start, absl::StrCat("cannot read: ", status.message()));
  }
  if (prefix.size() < kFramePrefix) {
    return Problem(start + prefix.size(), absl::StrCat("the log is cut here: no end marker after ",
                                                       next_index_, " records"));
  }
  frame_.tag = prefix[0];
  frame_.records = LoadLittle<uint32_t>(&prefix[1]);
  frame_.raw_size = LoadLittle<uint32_t>(&prefix[5]);
  const uint32_t size = LoadLittle<uint32_t>(&prefix[9]);
  const uint32_t crc = LoadLittle<uint32_t>(&prefix[13]);
  if (frame_.tag != kBlockTag && frame_.tag != kEndTag) {
    return Problem(start, absl::StrCat("neither a block nor the end marker (tag \"",
                                       absl::CHexEscape(prefix.substr(0, 1)), "\")"));
  }
  if (size > kMaxBlock) {
    return Problem(start, absl::StrCat("a block claims ", size, " packed bytes; at most ",
                                       kMaxBlock, " are allowed"));
  }
  payload_.clear();
  if (absl::Status status = source_->Read(size, payload_); !status.ok()) {
    return Problem(source_->offset(), absl::StrCat("cannot read: ", status.message()));
  }
  if (payload_.size() < size) {
    return Problem(source_->offset(),
                   absl::StrCat("the log is cut here: the block at byte ", start, " claims ", size,
                                " bytes and has ", payload_.size(), "; ", next_index_,
                                " records are before it"));
  }
  if (Crc32c(absl::string_view(prefix).substr(0, 13), payload_) != crc) {
    return Problem(start, "the block's checksum does not match");
  }
  block_offset_ = start;
  return absl::OkStatus();
}

absl::Status Reader::CheckBlock() {
  if (frame_.records == 0 || frame_.records > kMaxBlockRecords) {
    return Problem(block_offset_, absl::StrCat("a block claims ", frame_.records, " records"));
  }
  if (frame_.raw_size > kMaxBlock) {
    return Problem(block_offset_, absl::StrCat("a block claims ", frame_.raw_size,
                                               " bytes; at most ", kMaxBlock, " are allowed"));
  }
  return absl::OkStatus();
}

absl::Status Reader::StartBlock() {
  pending_ = false;
  if (ZSTD_getFrameContentSize(payload_.data(), payload_.size()) != frame_.raw_size) {
    return Problem(block_offset_, "a block's packed bytes are not what the block claims");
  }
  raw_.resize(frame_.raw_size);
  const size_t got = ZSTD_decompress(raw_.data(), raw_.size(), payload_.data(), payload_.size());
  if (ZSTD_isError(got) || got != raw_.size()) {
    return Problem(block_offset_, "a block's packed bytes do not unpack");
  }
  if (!decoder_->Start(raw_, frame_.records)) return Problem(block_offset_, decoder_->problem());
  in_block_ = true;
  return absl::OkStatus();
}

absl::Status Reader::ReadEnd() {
  const uint8_t* p = reinterpret_cast<const uint8_t*>(payload_.data());
  const uint8_t* const stop = p + payload_.size();
  uint64_t complete = 0;
  uint64_t records = 0;
  uint64_t size = 0;
  p = GetVarint(p, stop, complete);
  if (p != nullptr) p = GetVarint(p, stop, records);
  if (p != nullptr) p = GetVarint(p, stop, size);
  if (p == nullptr || complete > 1 || size != static_cast<uint64_t>(stop - p) ||
      frame_.records != 0 || frame_.raw_size != 0) {
    return Problem(block_offset_, "the end marker is malformed");
  }
  if (records != next_index_) {
    return Problem(block_offset_, absl::StrCat("the end marker counts ", records,
                                               " records; the log has ", next_index_));
  }
  std::string rest;
  const uint64_t after = source_->offset();
  if (absl::Status status = source_->Read(1, rest); !status.ok()) {
    return Problem(after, absl::StrCat("cannot read: ", status.message()));
  }
  if (!rest.empty()) return Problem(after, "bytes after the end marker");
  end_ = End{complete == 1, std::string(reinterpret_cast<const char*>(p), size), records};
  at_end_ = true;
  return absl::OkStatus();
}

// Moves to the next block. `more`: there is one, and it has been started.
absl::Status Reader::Advance(bool& more) {
  more = false;
  if (at_end_) return absl::OkStatus();
  if (!pending_) {
    if (absl::Status status = ReadFrame(); !status.ok()) return status;
    if (frame_.tag == kEndTag) return ReadEnd();
    if (absl::Status status = CheckBlock(); !status.ok()) return status;
  }
  more = true;
  return StartBlock();
}

uint32_t Reader::NextKindOf(uint32_t m) const { return in_block_ ? decoder_->NextKindOf(m) : 0; }

bool Reader::GiveSnapshot() {
  if (!decoder_->NextSnapshot()) {
    Problem(block_offset_, absl::StrCat(decoder_->problem(), ": behind record ", record_index())).IgnoreError();
    return false;
  }
  const SnapshotDecoder& s = decoder_->snapshot();
  if (snapshot_sink_) snapshot_sink_(Snapshot{record_index(), s.m(), s.words()});
  return true;
}

bool Reader::Next(Record& record) {
  for (;;) {
    if (in_block_) {
      while (ABSL_PREDICT_FALSE(decoder_->snapshot_is_next())) {  // several may stand behind one record
        if (!GiveSnapshot()) return false;
      }
      switch (decoder_->Next(record)) {
        case BlockDecoder::Step::kRecord: next_index_++; return true;
        case BlockDecoder::Step::kBad:
          Problem(block_offset_, absl::StrCat(decoder_->problem(), ": record ", next_index_))
              .IgnoreError();
          return false;
        case BlockDecoder::Step::kDone: in_block_ = false;
      }
    }
    bool more = false;
    if (!status_.ok() || !Advance(more).ok() || !more) return false;
  }
}

absl::Status Reader::SkipBlocksBefore(uint64_t index) {
  while (status_.ok() && !at_end_ && !in_block_ && !pending_) {
    if (absl::Status status = ReadFrame(); !status.ok()) return status;
    if (frame_.tag == kEndTag) return ReadEnd();
    if (absl::Status status = CheckBlock(); !status.ok()) return status;
    pending_ = next_index_ + frame_.records > index;
    if (!pending_) next_index_ += frame_.records;
  }
  return status_;
}

}  // namespace schedlog
