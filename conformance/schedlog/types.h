// What a schedule log is made of, as plain values: the header with its tables, one record,
// and the end. Reader, Writer and the text form all speak in these types.
// The format itself is described in docs/schedlog.md.
//
// Nothing here owns a file or has an invariant to keep; every type may be copied freely.
// Thread safety: as for any plain struct.
#ifndef CONFORMANCE_SCHEDLOG_TYPES_H_
#define CONFORMANCE_SCHEDLOG_TYPES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace schedlog {

// A record has at most this many arguments, and at most one of them is a list.
inline constexpr int kMaxArgs = 8;

// Wire types of arguments. The letters are those of the kind table ("saw:u").
enum class ArgType : uint8_t {
  kUint,   // u   unsigned integer
  kInt,    // i   signed integer
  kBool,   // b   0 or 1
  kTime,   // t   nanoseconds, signed
  kG,      // g   goroutine id, 0 is nil
  kP,      // p   P id plus one, 0 is nil
  kM,      // m   M id plus one, 0 is nil
  kLock,   // l   index into Header::locks plus one, 0 is nil
  kGList,  // L   list of goroutine ids
  kPc,     // pc  code address, 0 is nil
};
inline constexpr int kArgTypes = 10;

// "u", "i", ... "pc".
absl::string_view ArgTypeName(ArgType type);
// False if `name` is none of them.
bool ParseArgType(absl::string_view name, ArgType& type);

// Who a record speaks for in a replay (DESIGN, section 2).
enum class Class : char { kInput = 'I', kOracle = 'O', kOrder = 'R', kDecision = 'D' };

// How an argument is predicted inside a block. It changes the size of a log, never its
// meaning; AssignCodings() picks one from names and types.
enum class Coding : uint8_t {
  kPlain = 0,  // not predicted
  kTime = 1,   // the last kTime value in the block
  kSameM = 2,  // the last value of this type in records of the same M
  kCell = 3,   // what the kind's cell held before this record
};
inline constexpr int kCodings = 4;

struct Arg {
  std::string name;
  ArgType type = ArgType::kUint;
  Coding coding = Coding::kPlain;
  bool sets_cell = false;  // the value is what the cell holds afterwards

  bool operator==(const Arg&) const = default;
};

// One kind of record: a row of the header's kind table.
struct Kind {
  uint8_t number = 0;  // 1..255; 0 marks an unused row of a lookup table
  std::string name;    // "sched.npidle.Load"; unique in a log
  Class cls = Class::kInput;
  std::vector<Arg> args;
  // Kinds with the same cell number look at the same piece of scheduler state. 0: none.
  uint8_t cell = 0;
  // 1 + index of the argument that names the object the cell is a field of. 0: none.
  uint8_t object = 0;

  bool operator==(const Kind&) const = default;
};

struct Symbol {
  uint64_t pc = 0;
  std::string name;

  bool operator==(const Symbol&) const = default;
};

// One sort of rows in snapshots of the scheduler's state: what its rows are called by, and the fields of each.
struct Section {
  struct Field {
    std::string name;
    ArgType type = ArgType::kUint;

    bool operator==(const Field&) const = default;
  };
  std::string name;  // "m", "sched.runq"; unique in a log
  ArgType of = ArgType::kUint;
  std::vector<Field> fields;

  bool operator==(const Section&) const = default;
};

struct Header {
  std::string go_version;  // "go1.24.4"
  std::string goos;
  std::string goarch;
  uint32_t gomaxprocs = 0;  // at the start of the captured program
  std::vector<std::string> cmdline;
  std::vector<std::pair<std::string, std::string>> facts;  // keys are unique
  std::vector<Kind> kinds;                                 // numbers and names are unique
  std::vector<std::string> locks;                          // index + 1 = lock id
  std::vector<Symbol> symbols;                             // by ascending pc
  std::vector<Section> state;                              // empty: the log has no snapshots

  bool operator==(const Header&) const = default;

  // The version of the format that a log with this header has.
  uint16_t version() const { return state.empty() ? 1 : 2; }
  // The kind with that name, or nullptr.
  const Kind* FindKind(absl::string_view name) const;
  // The name of the function at exactly `pc`, or "" if the log has none.
  absl::string_view SymbolAt(uint64_t pc) const;
};

// One record. `a[i]` holds argument i as its wire value (nil is 0, P and M ids are plus
// one; unsigned values are cast). For a list, `a[i]` is its length and `list` its elements.
struct Record {
  uint32_t kind = 0;   // Kind::number
  uint32_t m = 0;      // id of the M that made it, as it is (not plus one)
  uint16_t nargs = 0;  // the kind's number of arguments
  int64_t a[kMaxArgs] = {};
  // Borrowed: from the reader until the next Next(), or from whoever appends.
  absl::Span<const uint64_t> list;
};

// What the scheduler's structs held behind a record, as a row of words: snapshot.h says how they are laid out.
struct Snapshot {
  uint64_t index = 0;  // of the record
  uint32_t m = 0;      // the M that made it
  absl::Span<const uint64_t> words;  // borrowed
};

// How a log ends.
struct End {
  bool complete = false;  // the program ran to its own end
  std::string reason;     // "exit status 0", "signal: killed", ...
  uint64_t records = 0;   // in the whole log

  bool operator==(const End&) const = default;
};

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_TYPES_H_
