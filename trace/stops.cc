// Names of functions, looked for on stacks.
#include "trace/stops.h"

#include <algorithm>
#include <cstddef>
#include <functional>

namespace gotrace {

bool IsIn(const Generation& generation, uint64_t stack, std::string_view function) {
  constexpr size_t kInnermost = 6;
  const auto frames = generation.Stack(stack);
  const auto innermost = frames.first(std::min(frames.size(), kInnermost));
  return std::any_of(innermost.begin(), innermost.end(),
                     [&](uint32_t at) { return generation.Text(generation.frame(at).func) == function; });
}

Stop StopOf(const Event& event, const Generation& generation) {
  if (generation.Text(event.args[0]) == "runtime.Gosched") return Stop::kGosched;
  // semrelease hands nothing on: who is inside it does not yield, but may be preempted.
  if (IsIn(generation, event.args[1], "runtime.semrelease")) return Stop::kPreempted;
  // Where goyield was inlined, who calls it.
  for (const char* yields : {"runtime.goyield", "runtime.semrelease1", "sync.runtime_Semrelease",
                             "internal/sync.runtime_Semrelease"}) {
    if (IsIn(generation, event.args[1], yields)) return Stop::kYields;
  }
  return Stop::kPreempted;
}

bool IsOnSystemStack(const Event& event, const Generation& generation) {
  const auto frames = generation.Stack(event.args[2]);
  return !frames.empty() && generation.Text(generation.frame(frames.front()).func) == "runtime.systemstack_switch";
}

uint32_t PollOf(const Generation& generation, uint64_t stack) {
  constexpr size_t kInnermost = 16;
  const auto frames = generation.Stack(stack);
  std::string_view outermost;
  for (const uint32_t at : frames.first(std::min(frames.size(), kInnermost))) {
    const std::string_view name = generation.Text(generation.frame(at).func);
    if (name.starts_with("internal/poll.")) outermost = name;
  }
  return outermost.empty() ? 0 : static_cast<uint32_t>(std::hash<std::string_view>()(outermost)) | 1;
}

bool IsInjected(const Event& event, const Generation& generation) {
  return IsIn(generation, event.args[2], "runtime.injectglist");
}

}  // namespace gotrace
