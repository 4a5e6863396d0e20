// Small logs for tests: made up, but with every argument type, several Ms and lists.
#ifndef CONFORMANCE_SCHEDLOG_SAMPLE_H_
#define CONFORMANCE_SCHEDLOG_SAMPLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "conformance/schedlog/types.h"

namespace schedlog {

// A record that owns its list.
struct OwnedRecord {
  uint32_t kind = 0;
  uint32_t m = 0;
  std::vector<int64_t> args;
  std::vector<uint64_t> list;

  OwnedRecord() = default;
  // A list argument is its length in `args`.
  OwnedRecord(uint32_t kind, uint32_t m, std::vector<int64_t> args, std::vector<uint64_t> list = {})
      : kind(kind), m(m), args(std::move(args)), list(std::move(list)) {}
  explicit OwnedRecord(const Record& record);
  // Borrows the list.
  Record Borrow() const;

  bool operator==(const OwnedRecord&) const = default;
};

struct SampleLog {
  Header header;
  std::vector<OwnedRecord> records;
  End end;

  bool operator==(const SampleLog&) const = default;
};

// `records` records that look like a scheduler's; the same for the same arguments.
SampleLog MakeSample(size_t records, uint32_t seed = 1);

// The log as bytes, and as a file. Both expect that nothing goes wrong.
std::string SampleBytes(const SampleLog& log);
void WriteSample(const SampleLog& log, const std::string& path);

// All that a reader gives for `bytes`: the log as far as it came, and the message it ended
// with, which is empty if all was well.
std::string ReadAll(absl::string_view bytes, SampleLog& log);

// A path in the test's own directory.
std::string TempPath(absl::string_view name);
std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, absl::string_view bytes);

// Parts of a log file with correct checksums around any payload.
std::string HeaderFrame(absl::string_view payload);
std::string Frame(char tag, uint32_t records, uint32_t raw_size, absl::string_view payload);
// A block around the bytes `raw`, packed.
std::string BlockFrame(uint32_t records, absl::string_view raw);

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_SAMPLE_H_
