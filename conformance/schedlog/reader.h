// Reads a schedule log from its beginning to its end, one record at a time.
//
//   schedlog::Reader reader;
//   absl::Status status = reader.Open("run.slog");
//   schedlog::Record record;
//   while (status.ok() && reader.Next(record)) { ... }
//   if (status.ok()) status = reader.status();
//
// A reader holds one block of the log at a time, at most some 32 MiB however long the log is,
// and usually one or two. It never trusts a number in the file before it has
// checked it against the file's size, the format's limits and the checksum.
//
// Bad input: one status with one line, "FILE: byte N: reason", where N is the offset of the
// part of the file that is bad; every record before that part has been delivered.
//
// Thread safety: one thread at a time.
#ifndef CONFORMANCE_SCHEDLOG_READER_H_
#define CONFORMANCE_SCHEDLOG_READER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "conformance/schedlog/types.h"

namespace schedlog {

class BlockDecoder;
class Source;

class Reader {
 public:
  Reader();
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  // Each of these starts on a log and reads its header. `name` is what messages call it.
  absl::Status Open(const std::string& path);
  // Reads from where `fd` stands; a pipe will do. The caller closes it, after the reader.
  absl::Status OpenFd(int fd, absl::string_view name);
  // `bytes` must outlive the reader.
  absl::Status OpenBytes(absl::string_view bytes, absl::string_view name = "<memory>");

  // What follows needs an Open that succeeded.

  const Header& header() const { return header_; }
  // The row for a number that a record had. Any other number gives a row numbered 0.
  const Kind& kind(uint32_t number) const { return kinds_[number < 256 ? number : 0]; }

  // The next record. False at the end and when something is wrong: ask status().
  // `record.list` is good until the next call.
  bool Next(Record& record);

  // Who wants the snapshots, too: called by Next for each, after it gave the record that the snapshot is behind and
  // before it gives another one, or says that there is none. Set it after Open.
  void set_snapshot_sink(std::function<void(const Snapshot&)> sink) { snapshot_sink_ = std::move(sink); }

  // The kind of an M's next record, if it is in the block of the record that Next gave last; else 0.
  uint32_t NextKindOf(uint32_t m) const;

  // Passes over whole blocks without unpacking them, as long as all of their records come
  // before record `index`. Checksums are still verified. Only between blocks; right after
  // Open is one such place.
  absl::Status SkipBlocksBefore(uint64_t index);

  // OK while records come, and after the last one of a log that has its end marker (whether
  // the program completed or was cut: see end()). Otherwise what is wrong with the file.
  const absl::Status& status() const { return status_; }
  // Whether the end marker was reached, and what it says.
  bool at_end() const { return at_end_; }
  const End& end() const { return end_; }

  // The place of the record that Next gave last: its index from 0, and the file offset of its
  // block. Where() is "FILE: byte N: record I", for messages.
  uint64_t record_index() const { return next_index_ - 1; }
  uint64_t block_offset() const { return block_offset_; }
  std::string Where() const;

  const std::string& name() const { return name_; }

 private:
  struct Frame {
    char tag;
    uint32_t records;
    uint32_t raw_size;
  };

  absl::Status Start(std::unique_ptr<Source> source, absl::string_view name);
  absl::Status Problem(uint64_t offset, absl::string_view what);
  absl::Status ReadHeader();
  // Reads the frame at the current position into frame_ and payload_.
  absl::Status ReadFrame();
  absl::Status CheckBlock();
  absl::Status StartBlock();
  absl::Status ReadEnd();
  absl::Status Advance(bool& more);
  bool GiveSnapshot();

  std::string name_;
  std::unique_ptr<Source> source_;
  Header header_;
  std::vector<Kind> kinds_;
  std::unique_ptr<BlockDecoder> decoder_;
  absl::Status status_;
  End end_;
  bool at_end_ = false;
  Frame frame_{};
  bool pending_ = false;   // frame_ is a block that has been read but not started
  bool in_block_ = false;  // the decoder has a block
  uint64_t next_index_ = 0;
  uint64_t block_offset_ = 0;
  std::function<void(const Snapshot&)> snapshot_sink_;
  std::string payload_;
  std::string raw_;
};

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_READER_H_
