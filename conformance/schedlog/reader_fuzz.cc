// Fuzz target: whatever the bytes are, reading them ends, in order, with a status.
//
// libFuzzer and AFL++ call LLVMFuzzerTestOneInput as it is. Debian's g++ has neither;
// fuzz_driver.cc is what calls it here.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "conformance/schedlog/coding.h"
#include "conformance/schedlog/reader.h"
#include "conformance/schedlog/text.h"

namespace {

using schedlog::Reader;
using schedlog::Record;

void Check(bool good, const char* what) {
  if (good) return;
  fprintf(stderr, "reader_fuzz: %s\n", what);
  abort();
}

// A failure is one line with a name and an offset.
void CheckMessage(const absl::Status& status) {
  Check(absl::StartsWith(status.message(), "fuzz: byte "), "a message without its place");
  Check(!absl::StrContains(status.message(), '\n'), "a message of several lines");
}

// What a reader promises of a record.
void CheckRecord(const Reader& reader, const Record& record) {
  const schedlog::Kind& kind = reader.kind(record.kind);
  Check(kind.number == record.kind && record.kind != 0, "a kind that is not in the table");
  Check(record.nargs == kind.args.size(), "a wrong number of arguments");
  size_t list = 0;
  for (int i = 0; i < record.nargs; i++) {
    const schedlog::ArgType type = kind.args[i].type;
    const uint64_t v = static_cast<uint64_t>(record.a[i]);
    Check(v <= schedlog::kLargest[static_cast<size_t>(type)], "an impossible value");
    Check(type != schedlog::ArgType::kLock || v <= reader.header().locks.size(), "an unknown lock");
    if (type == schedlog::ArgType::kGList) list = v;
  }
  Check(record.list.size() == list, "a list of another length");
  for (uint64_t g : record.list) Check(g >> 63 == 0, "an impossible goid");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  Reader reader;
  if (absl::Status status = reader.OpenBytes(bytes, "fuzz"); !status.ok()) {
    CheckMessage(status);
    Record record;
    Check(!reader.Next(record), "a record after a failure");
    return 0;
  }
  const schedlog::RecordPrinter printer(reader.header());
  std::string text = schedlog::HeaderText(reader.header());
  Record record;
  uint64_t records = 0;
  while (reader.Next(record)) {
    Check(reader.record_index() == records, "records that do not count on");
    Check(reader.block_offset() < size, "a block beyond the end");
    CheckRecord(reader, record);
    if (records++ < 100) printer.Text(reader.record_index(), record, text);
  }
  Check(reader.at_end() == reader.status().ok(), "an end without its marker");
  if (reader.at_end()) {
    Check(reader.end().records == records, "a wrong number of records");
  } else {
    CheckMessage(reader.status());
  }
  Check(!reader.Next(record), "a record after the end");
  return 0;
}
