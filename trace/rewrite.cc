// From ordered events to batches of threads: sequence numbers and statuses anew, times as they were.
#include "trace/rewrite.h"

#include <algorithm>
#include <span>
#include <vector>

namespace gotrace {
namespace {

constexpr uint64_t kNanoseconds = 1'000'000'000;  // units of time a second

}  // namespace

void Rewriter::Begin(const Generation& of, int64_t start) {
  End();
  open_ = true;
  ClockSnapshot clock;
  if (of.clock()) {
    // What the clocks said a little later or earlier.
    clock = *of.clock();
    const int64_t delta = start - clock.trace;
    clock.mono += static_cast<uint64_t>(delta);
    const int64_t nsec = static_cast<int64_t>(clock.nsec) + delta % static_cast<int64_t>(kNanoseconds);
    const int64_t carry = nsec < 0 ? -1 : nsec / static_cast<int64_t>(kNanoseconds);
    clock.sec += static_cast<uint64_t>(delta / static_cast<int64_t>(kNanoseconds) + carry);
    clock.nsec = static_cast<uint64_t>(nsec - carry * static_cast<int64_t>(kNanoseconds));
  }
  out_.BeginGeneration(++number_, kNanoseconds, static_cast<uint64_t>(start), clock);
}

void Rewriter::End() {
  if (!open_) return;
  open_ = false;
  out_.EndGeneration();
  strings_.clear();
  stacks_.clear();
  goroutines_.clear();
  procs_.clear();
}

uint64_t Rewriter::String(std::string_view text) {
  if (text.empty()) return 0;
  const auto [it, is_new] = strings_.try_emplace(std::string(text), strings_.size() + 1);
  if (is_new) out_.String(it->second, text);
  return it->second;
}

uint64_t Rewriter::Stack(const Generation& of, uint64_t stack) {
  if (stack == 0) return 0;
  if (const auto it = stacks_.find(stack); it != stacks_.end()) return it->second;
  std::vector<Frame> frames;
  for (const uint32_t at : of.Stack(stack)) {
    Frame frame = of.frame(at);
    frame.func = String(of.Text(frame.func));
    frame.file = String(of.Text(frame.file));
    frames.push_back(frame);
  }
  const uint64_t number = stacks_.size() + 1;
  out_.Stack(number, frames);
  return stacks_[stack] = number;
}

void Rewriter::Write(int64_t m, int64_t time, int64_t p, uint8_t kind, uint64_t* args) {
  const auto id = [&](int i) { return static_cast<int64_t>(args[i]); };
  switch (kind) {
    case kGoStatus:
    case kGoStatusStack:
    case kGoCreate:
    case kGoCreateBlocked:
    case kGoCreateSyscall: goroutines_[id(0)] = 0; break;
    case kProcStatus: procs_[id(0)] = 0; break;
    case kGoStart:
    case kGoUnblock:
    case kGoSwitch:
    case kGoSwitchDestroy: args[1] = ++goroutines_[id(0)]; break;
    case kProcStart:
    case kProcSteal: args[1] = ++procs_[id(0)]; break;
    case kGoSyscallBegin: args[0] = ++procs_[p]; break;
    case kGCBegin:
    case kGCActive:
    case kGCEnd: args[0] = ++collections_; break;
    default: break;
  }
  out_.Event(m, static_cast<uint64_t>(time), kind, std::span<const uint64_t>(args, InfoOf(kind).nargs - 1u));
}

void Rewriter::Put(const Event& event, const Generation& of, bool apart) {
  if (event.kind == kCPUSample) {
    out_.Sample(static_cast<uint64_t>(event.time), event.m, event.p, event.g, Stack(of, event.args[0]));
    return;
  }
  // Of a processor that a goroutine of C loses at its end: that is said by the end.
  if (event.kind == kProcSteal && event.args[1] == 0) {
    stolen_at_ = event.time;
    return;
  }
  if (!apart) {
    const bool of_switch = event.kind == kGoBlock || event.kind == kGoDestroy || event.kind == kGoStart;
    if (of_switch && event.offset == last_switch_) return;
    if (event.kind == kGoSwitch || event.kind == kGoSwitchDestroy) last_switch_ = event.offset;
  }
  const KindInfo& info = InfoOf(event.kind);
  uint64_t args[kMaxArgs];
  std::copy_n(event.args, kMaxArgs, args);
  if (event.kind == kUserTaskBegin && args[1] == kNoTask) args[1] = 0;
  for (const int8_t at : info.strings) {
    if (at != 0) args[at - 1] = String(of.Text(args[at - 1]));
  }
  for (const int8_t at : info.stacks) {
    if (at != 0) args[at - 1] = Stack(of, args[at - 1]);
  }
  const bool stolen = event.kind == kGoDestroySyscall && event.p != kNone;
  Write(event.m, stolen ? stolen_at_ : event.time, event.p, event.kind, args);
}

void Rewriter::PutMade(int64_t m, int64_t time, uint8_t kind, std::initializer_list<uint64_t> given,
                       std::string_view text) {
  uint64_t args[kMaxArgs] = {};
  std::copy(given.begin(), given.end(), args);
  if (const int8_t at = InfoOf(kind).strings[0]; at != 0) args[at - 1] = String(text);
  // The processor of a system call's beginning is given where its number comes.
  const int64_t p = kind == kGoSyscallBegin ? static_cast<int64_t>(args[0]) : kNone;
  Write(m, time, p, kind, args);
}

void Rewriter::PutExperimental(const Generation& of) {
  for (const ExperimentalData& data : of.experimental()) {
    out_.Experimental(data.experiment, data.m, {reinterpret_cast<const char*>(data.bytes.data()), data.bytes.size()});
  }
}

}  // namespace gotrace
