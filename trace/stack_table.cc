// Strings and stacks of all generations under one numbering.
#include "trace/stack_table.h"

#include <algorithm>

namespace gotrace {

StackTable::StackTable() {
  texts_.emplace_back();
  frames_.emplace_back();
  stacks_.push_back(&memory_.emplace_back());
}

uint32_t StackTable::Text(std::string_view text) {
  if (text.empty()) return 0;
  if (const auto it = text_of_.find(text); it != text_of_.end()) return it->second;
  const uint32_t number = static_cast<uint32_t>(texts_.size());
  text_of_[texts_.emplace_back(text)] = number;
  return number;
}

uint32_t StackTable::Stack(const Generation& generation, uint64_t stack) {
  if (generation.number() != generation_) {
    generation_ = generation.number();
    known_stacks_.clear();
    known_frames_.assign(generation.frame_count(), 0);
  }
  const auto [it, is_new] = known_stacks_.try_emplace(stack, 0);
  if (!is_new) return it->second;
  row_.clear();
  for (const uint32_t at : generation.Stack(stack)) {
    uint32_t& known = known_frames_[at];
    if (known == 0) {
      const gotrace::Frame& from = generation.frame(at);
      const Frame frame{from.pc, Text(generation.Text(from.func)), Text(generation.Text(from.file)), from.line};
      const auto [place, first] = frame_of_.try_emplace(frame, static_cast<uint32_t>(frames_.size()));
      if (first) frames_.push_back(frame);
      known = place->second;
    }
    row_.push_back(known);
  }
  if (row_.empty()) return 0;
  const auto found = stack_of_.find(std::span<const uint32_t>(row_));
  if (found != stack_of_.end()) return it->second = found->second;
  const std::vector<uint32_t>& kept = memory_.emplace_back(row_);
  stacks_.push_back(&kept);
  return it->second = stack_of_[std::span<const uint32_t>(kept)] = stacks();
}

std::string StackTable::OneLine(uint32_t stack) const {
  std::string line;
  for (const uint32_t number : frames(stack)) {
    const Frame& f = frame(number);
    const std::string_view file = text(f.file);
    if (!line.empty()) line += " < ";
    line += text(f.func);
    line += " (";
    line += file.substr(file.find_last_of('/') + 1);
    line += ':' + std::to_string(f.line) + ')';
  }
  return line;
}

}  // namespace gotrace
