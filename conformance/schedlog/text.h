// The text form of a log: what `gort dump` prints and `gort pack` reads back. A header of
// "# key: words" lines, one line a record, an end line. docs/schedlog.md has the grammar.
//
// Thread safety: as for any plain object.
#ifndef CONFORMANCE_SCHEDLOG_TEXT_H_
#define CONFORMANCE_SCHEDLOG_TEXT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "conformance/schedlog/types.h"

namespace schedlog {

// The header's lines, and the end line.
std::string HeaderText(const Header& header);
std::string EndText(const End& end);

// The two of them as one line of JSON each.
std::string HeaderJson(const Header& header);
std::string EndJson(const End& end);

// Formats records of one log.
class RecordPrinter {
 public:
  // `header` must be a valid one and outlive the printer.
  explicit RecordPrinter(const Header& header);

  // Appends one line: "123 m3 sched.npidle.Load saw=2".
  void Text(uint64_t index, const Record& record, std::string& out) const;
  // Appends one line of JSON.
  void Json(uint64_t index, const Record& record, std::string& out) const;

  // Appends a snapshot as one line, "state m3 sched[0,16,...] m[...;...] ...", or one line of JSON.
  void Text(const Snapshot& snapshot, std::string& out) const;
  void Json(const Snapshot& snapshot, std::string& out) const;
  // Appends a snapshot for people: a line for each row of an object, and for each list.
  void State(const Snapshot& snapshot, std::string& out) const;

  // One argument as it stands in the text: "g12", "nil", "sched.lock", ...
  void Value(ArgType type, const Record& record, int arg, std::string& out) const;

 private:
  void JsonValue(ArgType type, const Record& record, int arg, std::string& out) const;

  const Header& header_;
  std::vector<const Kind*> kinds_;
  std::vector<std::string> json_kinds_;
  absl::flat_hash_map<uint64_t, std::string> pc_names_;
};

// Understands the text, a line at a time.
class TextParser {
 public:
  enum class Line { kNothing, kHeader, kRecord, kState, kEnd };

  // What the line is. kRecord fills `record`; its list is good until the next call; so is snapshot() after kState. The
  // first record (or the end) closes the header: header() is complete from then on.
  // A line that is not understood gives a status whose message has no file and no line.
  absl::Status Parse(absl::string_view line, Line& what, Record& record);

  const Header& header() const { return header_; }
  Snapshot snapshot() const { return Snapshot{0, snapshot_m_, words_}; }
  // After kEnd; `records` is not filled in.
  const End& end() const { return end_; }

 private:
  absl::Status ParseHeaderLine(absl::string_view key, std::vector<std::string>& words);
  absl::Status ParseKind(const std::vector<std::string>& words);
  absl::Status ParseRecord(absl::string_view line, Record& record);
  absl::Status ParseState(absl::string_view line);
  absl::Status ParseValue(const Arg& arg, absl::string_view text, int at, Record& record);
  absl::Status CloseHeader();

  Header header_;
  End end_;
  uint64_t version_ = 0;
  uint32_t snapshot_m_ = 0;
  std::vector<uint64_t> words_;
  bool seen_version_ = false;
  bool closed_ = false;
  bool ended_ = false;
  std::vector<uint64_t> list_;
  absl::flat_hash_map<std::string, const Kind*> kinds_;
  absl::flat_hash_map<std::string, uint64_t> locks_;
  absl::flat_hash_map<std::string, uint64_t> symbols_;
};

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_TEXT_H_
