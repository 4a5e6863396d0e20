// Strings and stacks under one numbering for a whole trace.
//
// In a trace each generation numbers its strings and stacks anew: stack 7 of one second is not stack 7 of the next.
// What leaves the trace as a table wants numbers that last. Here the same text has the same number wherever it came
// from, and so has the same row of frames. What this holds grows with the different stacks that a program has, not with
// the length of the trace.
#ifndef TRACE_STACK_TABLE_H_
#define TRACE_STACK_TABLE_H_

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "trace/generation.h"

namespace gotrace {

// All numbers count from 1, without gaps, in the order of first use; 0 is the empty text and the empty stack. Not for
// several threads.
class StackTable {
 public:
  struct Frame {
    uint64_t pc = 0;
    uint32_t func = 0, file = 0;  // texts
    uint64_t line = 0;
    bool operator==(const Frame&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const Frame& f) {
      return H::combine(std::move(h), f.pc, f.func, f.file, f.line);
    }
  };

  StackTable();

  // The number of a text.
  uint32_t Text(std::string_view text);
  std::string_view text(uint32_t number) const { return texts_[number]; }

  // The number of a generation's stack.
  uint32_t Stack(const Generation& generation, uint64_t stack);
  // Its frames, the innermost first.
  std::span<const uint32_t> frames(uint32_t stack) const { return *stacks_[stack]; }
  const Frame& frame(uint32_t number) const { return frames_[number]; }

  // The highest numbers so far.
  uint32_t texts() const { return static_cast<uint32_t>(texts_.size() - 1); }
  uint32_t frames() const { return static_cast<uint32_t>(frames_.size() - 1); }
  uint32_t stacks() const { return static_cast<uint32_t>(stacks_.size() - 1); }

  // "main.work (work.go:7) < main.main (main.go:12)": a stack on one line, the innermost frame first.
  std::string OneLine(uint32_t stack) const;

 private:
  std::deque<std::string> texts_;
  absl::flat_hash_map<std::string_view, uint32_t> text_of_;
  std::deque<Frame> frames_;
  absl::flat_hash_map<Frame, uint32_t> frame_of_;
  std::vector<const std::vector<uint32_t>*> stacks_;
  std::deque<std::vector<uint32_t>> memory_;  // of stacks_
  struct StackHash {
    using is_transparent = void;
    size_t operator()(std::span<const uint32_t> s) const {
      return absl::Hash<std::string_view>()({reinterpret_cast<const char*>(s.data()), s.size_bytes()});
    }
  };
  struct StackEq {
    using is_transparent = void;
    bool operator()(std::span<const uint32_t> a, std::span<const uint32_t> b) const {
      return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
    }
  };
  absl::flat_hash_map<std::span<const uint32_t>, uint32_t, StackHash, StackEq> stack_of_;

  // Of the generation that was asked for last.
  uint64_t generation_ = 0;
  absl::flat_hash_map<uint64_t, uint32_t> known_stacks_;
  std::vector<uint32_t> known_frames_;
  std::vector<uint32_t> row_;
};

}  // namespace gotrace

#endif  // TRACE_STACK_TABLE_H_
