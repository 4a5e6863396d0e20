// What of a trace concerns the scheduler, read ahead.
#include "worlds/guided/window.h"

#include <iterator>

#include "runtime/proc.h"
#include "runtime/traceruntime.h"
#include "trace/stops.h"

namespace guided {

bool ConcernsScheduler(uint8_t kind) {
  switch (kind) {
    case gotrace::kProcsChange:
    case gotrace::kProcStart:
    case gotrace::kProcStop:
    case gotrace::kProcSteal:
    case gotrace::kProcStatus:
    case gotrace::kGoCreate:
    case gotrace::kGoCreateSyscall:
    case gotrace::kGoStart:
    case gotrace::kGoDestroy:
    case gotrace::kGoDestroySyscall:
    case gotrace::kGoStop:
    case gotrace::kGoBlock:
    case gotrace::kGoUnblock:
    case gotrace::kGoSyscallBegin:
    case gotrace::kGoSyscallEnd:
    case gotrace::kGoSyscallEndBlocked:
    case gotrace::kGoStatus:
    case gotrace::kGoStatusStack:
    case gotrace::kSTWBegin:
    case gotrace::kSTWEnd:
    case gotrace::kGoSwitch:
    case gotrace::kGoSwitchDestroy:
    case gotrace::kGoCreateBlocked:
      return true;
    default:
      return false;
  }
}

namespace {

uint8_t BlockReason(std::string_view text) {
  for (size_t i = 0; i < std::size(runtime::traceBlockReasonStrings); i++) {
    if (text == runtime::traceBlockReasonStrings[i]) return static_cast<uint8_t>(i);
  }
  return runtime::traceBlockGeneric;
}

uint8_t StopReason(std::string_view text) {
  for (int i = 0; i <= runtime::stwForTestResetDebugLog; i++) {
    runtime::string s = runtime::String(static_cast<runtime::stwReason>(i));
    if (text == std::string_view(s.str, static_cast<size_t>(s.len))) return static_cast<uint8_t>(i);
  }
  return runtime::stwUnknown;
}

// osHasLowResTimer
bool HasLowResTimer(const gotrace::Generation& generation) {
  for (size_t i = 0; i < generation.frame_count(); i++) {
    const std::string_view file = generation.Text(generation.frame(static_cast<uint32_t>(i)).file);
    for (const std::string_view ending : {"_windows.go", "_openbsd.go", "_netbsd.go"}) {
      if (file.ends_with(ending)) return true;
    }
  }
  return false;
}

}  // namespace

bool Window::Read() {
  while (reader_.Next()) {
    const gotrace::Event& e = reader_.event();
    if (!ConcernsScheduler(e.kind) && e.kind != gotrace::kGoLabel) continue;
    // The reader tells of a switch in three events, that of the file first.
    if (e.offset == switch_ && e.kind != gotrace::kGoSwitch && e.kind != gotrace::kGoSwitchDestroy) continue;
    if (e.kind == gotrace::kGoSwitch || e.kind == gotrace::kGoSwitchDestroy) switch_ = e.offset;
    const gotrace::Generation& g = *reader_.generation();
    if (g.number() != seen_) {
      seen_ = g.number();
      low_res_timer_ = low_res_timer_ || HasLowResTimer(g);
    }
    if (e.kind == gotrace::kGoLabel) {
      // "GC (dedicated)" and its like follow the start of a mark worker at once.
      if (!g.Text(e.args[0]).starts_with("GC (")) continue;
      const auto mine = of_thread_.find(e.m);
      if (mine == of_thread_.end()) continue;
      In& start = Of(mine->second.last);
      if (start.kind == gotrace::kGoStart) {
        start.worker = true;
        start.idle = g.Text(e.args[0]) == "GC (idle)";
        start.dedicated = g.Text(e.args[0]) == "GC (dedicated)";
      }
      continue;
    }
    In in;
    in.index = end_++;
    in.time = e.time;
    in.m = e.m;
    in.p = e.p;
    in.g = e.g;
    for (size_t i = 0; i < std::size(in.a); i++) in.a[i] = e.args[i];
    in.offset = e.offset;
    in.kind = e.kind;
    switch (e.kind) {
      case gotrace::kGoBlock:
        in.reason = BlockReason(g.Text(e.args[0]));
        in.background = gotrace::IsIn(g, e.args[1], "runtime.bgscavenge") ||
                        gotrace::IsIn(g, e.args[1], "runtime.bgsweep");
        if (in.reason == runtime::traceBlockNet) in.poll = gotrace::PollOf(g, e.args[1]);
        break;
      case gotrace::kGoSyscallBegin:
        in.poll = gotrace::PollOf(g, e.args[1]);
        break;
      case gotrace::kSTWBegin:
        in.reason = StopReason(g.Text(e.args[0]));
        break;
      case gotrace::kGoUnblock:
        in.injected = gotrace::IsInjected(e, g);
        in.onSystem = e.g >= 0 && gotrace::IsOnSystemStack(e, g);
        in.markDone = gotrace::IsIn(g, e.args[2], "runtime.gcMarkTermination");
        break;
      case gotrace::kGoStop:
        in.gosched = gotrace::StopOf(e, g) == gotrace::Stop::kGosched;
        in.yields = gotrace::StopOf(e, g) == gotrace::Stop::kYields;
        break;
    }
    if (auto [it, fresh] = of_thread_.try_emplace(in.m, Ends{in.index, in.index}); !fresh) {
      Of(it->second.last).next = static_cast<uint32_t>(in.index - it->second.last);
      it->second.last = in.index;
    }
    if (in.kind == gotrace::kGoStart) {
      if (auto [it, fresh] = starts_.try_emplace(in.a[0], Ends{in.index, in.index}); !fresh) {
        Of(it->second.last).again = static_cast<uint32_t>(in.index - it->second.last);
        it->second.last = in.index;
      }
    }
    Of(in.index) = in;
    return true;
  }
  return false;
}

bool Window::Fill() {
  while (!ended_ && end_ - first_ < kView) {
    if (!Read()) ended_ = true;
  }
  return !ended_;
}

void Window::Pop() {
  const In& in = Of(first_);
  const auto pass = [&](auto& ends, auto by, uint32_t next) {
    const auto it = ends.find(by);
    if (next == 0) {
      ends.erase(it);
    } else {
      it->second.first += next;
    }
  };
  pass(of_thread_, in.m, in.next);
  if (in.kind == gotrace::kGoStart) pass(starts_, in.a[0], in.again);
  first_++;
  if (end_ - first_ < kView / 2) Fill();
}

const In* Window::At(size_t n) {
  if (first_ == end_) Fill();
  return n < end_ - first_ ? &Of(first_ + n) : nullptr;
}

const In* Window::StartOf(uint64_t goid) {
  auto it = starts_.find(goid);
  return it == starts_.end() ? nullptr : &Of(it->second.first);
}

const In* Window::OfThread(int64_t m, size_t n) {
  auto it = of_thread_.find(m);
  if (it == of_thread_.end()) return nullptr;
  const In* e = &Of(it->second.first);
  for (; n > 0 && e != nullptr; n--) e = Next(e);
  return e;
}

}  // namespace guided
