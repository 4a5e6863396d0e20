// How arguments are predicted inside a block: the rule by which a writer picks a coding for
// each argument, and the state that encoder and decoder keep in step.
// Internal to this directory; docs/schedlog.md describes both for other implementations.
#ifndef CONFORMANCE_SCHEDLOG_CODING_H_
#define CONFORMANCE_SCHEDLOG_CODING_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "conformance/schedlog/types.h"
#include "conformance/schedlog/wire.h"

namespace schedlog {

// Sets cell, object and every argument's coding from the names and types in `header`.
// The result depends on nothing else, so equal tables give equal codings.
void AssignCodings(Header& header);

// Whether `name` can stand in a table: not empty, visible ASCII, without " = and :
bool IsPlainName(absl::string_view name);

// Whether `header` may be written: what it must satisfy is listed in docs/schedlog.md.
// The message names the kind, lock, fact or symbol that is wrong.
absl::Status ValidateHeader(const Header& header);

// The largest wire value of each type; for a lock it is the number of locks in the table.
inline constexpr std::array<uint64_t, kArgTypes> kLargest = {
    ~uint64_t{0},       // u
    ~uint64_t{0},       // i
    1,                  // b
    ~uint64_t{0},       // t
    ~uint64_t{0} >> 1,  // g
    0xffffffff,         // p
    0xffffffff,         // m
    0xffffffff,         // l
    kMaxList,           // L: the length
    ~uint64_t{0} >> 1,  // pc
};

// Types for which every M remembers the last value that was not nil, by slot in
// MState::last; kUntracked for the others.
inline constexpr uint8_t kUntracked = 4;
inline constexpr std::array<uint8_t, kArgTypes> kTrackedSlot = {
    kUntracked, kUntracked, kUntracked, kUntracked, 0 /*g*/,
    1 /*p*/,    2 /*m*/,    kUntracked, kUntracked, 3 /*pc*/};

// What is remembered of one M in a block. The last slot takes the values that nobody asks for.
struct MState {
  uint64_t last[kUntracked + 1] = {};

  MState() = default;
  explicit MState(uint32_t m) {
    last[kTrackedSlot[static_cast<size_t>(ArgType::kM)]] = uint64_t{m} + 1;
  }
};

// What is remembered of the whole block.
class BlockState {
 public:
  explicit BlockState(const Header& header);

  // Forgets everything, in constant time.
  void Reset() {
    time = 0;
    if (++generation_ == 0) {
      slots_.assign(slots_.size(), Slot());
      generation_ = 1;
    }
  }

  // The cell's value for that object; 0 if nothing has set it in this block.
  uint64_t& Cell(uint8_t cell, uint64_t object) {
    Slot& slot = slots_[cell * kCellSlots + object % kCellSlots];
    if (slot.generation != generation_) slot = Slot{generation_, 0};
    return slot.value;
  }

  uint64_t time = 0;  // the last value coded as Coding::kTime

 private:
  struct Slot {
    uint32_t generation = 0;
    uint64_t value = 0;
  };
  uint32_t generation_ = 1;
  std::vector<Slot> slots_;
};

// A Kind in the form that the inner loops want.
struct Plan {
  struct Op {
    ArgType type;
    Coding coding;
    bool sets_cell;
    uint8_t tracked;
    uint64_t largest;
  };
  bool known = false;
  bool has_list = false;
  uint8_t nargs = 0;
  uint8_t cell = 0;
  // The cell is looked up before this argument (its object is the one before); past the last
  // argument if there is no cell.
  uint8_t cell_at = kMaxArgs;
  Op ops[kMaxArgs];
};

// Plans of a valid header, by kind number.
std::vector<Plan> MakePlans(const Header& header);

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_CODING_H_
