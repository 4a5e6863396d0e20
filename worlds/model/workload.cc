// A trace, turned from one order of all things into what each goroutine did.
#include "worlds/model/workload.h"

#include <algorithm>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "trace/kinds.h"
#include "trace/reader.h"
#include "trace/stops.h"

namespace model {
namespace {

constexpr int64_t kNever = -1;

struct Doing {
  Program* program = nullptr;
  int64_t since = kNever;    // runs, since then or since its last op
  int64_t call = kNever;     // is in a system call since then
  int64_t blocked = kNever;  // waits since then, by its last op
  bool unmade = false;       // of a coroutine that has not begun
};

class Maker {
 public:
  explicit Maker(Workload& to) : to_(to) {}

  void Event(const gotrace::Event& e, const gotrace::Generation& generation);
  void Finish();

 private:
  Doing& Of(int64_t g) {
    Doing& doing = gs_[g];
    if (doing.program == nullptr) {
      doing.program = &to_.programs.emplace_back();
      doing.program->id = g;
    }
    return doing;
  }
  void Add(Doing& doing, Op op) { doing.program->ops.push_back(op); }
  // What it has computed up to now.
  void Ran(Doing& doing) {
    if (doing.since != kNever && now_ > doing.since) Add(doing, {Op::kRun, now_ - doing.since});
    if (doing.since != kNever) doing.since = now_;
  }
  void Stops(Doing& doing, int64_t m) {
    Ran(doing);
    doing.since = kNever;
    stopped_[m] = now_;
  }
  void Runs(int64_t g, int64_t m);
  void Wait(Doing& doing, Op::Kind kind) {
    doing.blocked = now_;
    Add(doing, {kind});
  }
  // Its wait is over, by another goroutine or by none.
  void Over(Doing& doing, bool by_goroutine) {
    if (doing.blocked == kNever) return;
    Op& op = doing.program->ops.back();
    op.ns = now_ - doing.blocked;
    if (by_goroutine) op.kind = Op::kWait;
    doing.blocked = kNever;
  }
  void Name(int64_t g, uint64_t stack, const gotrace::Generation& generation);

  Workload& to_;
  Meter meter_;
  absl::flat_hash_map<int64_t, Doing> gs_;
  absl::flat_hash_map<int64_t, int64_t> stopped_;  // when the thread's goroutine stopped, and it has done nothing since
  absl::flat_hash_map<int64_t, int64_t> woken_;    // when the thread got a P, and it has run nobody since
  std::vector<int64_t> switches_, wakes_;
  bool told_procs_ = false;
  int64_t now_ = 0, first_ = kNever;
  uint64_t switch_ = ~uint64_t{0};
};

void Maker::Name(int64_t g, uint64_t stack, const gotrace::Generation& generation) {
  Program& program = *Of(g).program;
  if (!program.function.empty()) return;
  const auto frames = generation.Stack(stack);
  if (!frames.empty()) program.function = generation.Text(generation.frame(frames.back()).func);
}

void Maker::Runs(int64_t g, int64_t m) {
  Doing& doing = Of(g);
  doing.since = now_;
  const int64_t waited = meter_.Start(g, doing.program->function, now_);
  if (const auto it = stopped_.find(m); it != stopped_.end()) {
    switches_.push_back(now_ - it->second);
    stopped_.erase(it);
  }
  if (const auto it = woken_.find(m); it != woken_.end()) {
    if (waited > now_ - it->second) wakes_.push_back(waited);
    woken_.erase(it);
  }
}

void Maker::Event(const gotrace::Event& e, const gotrace::Generation& generation) {
  // The reader tells of a switch of coroutines in three events, that of the file first.
  const bool switches = e.kind == gotrace::kGoSwitch || e.kind == gotrace::kGoSwitchDestroy;
  if (e.offset == switch_ && !switches) return;
  if (switches) switch_ = e.offset;
  if (first_ == kNever) first_ = e.time;
  now_ = e.time - first_;
  const auto arg = static_cast<int64_t>(e.args[0]);
  const auto ready = [&](int64_t g) { meter_.Ready(g, now_); };
  switch (e.kind) {
    case gotrace::kProcsChange:
      to_.changes_procs = to_.changes_procs || (told_procs_ && to_.procs != arg);
      told_procs_ = true;
      to_.procs = static_cast<int32_t>(arg);
      break;
    case gotrace::kProcStatus:
      if (!told_procs_) to_.procs = std::max(to_.procs, static_cast<int32_t>(arg) + 1);
      if (e.args[1] == gotrace::kProcIdle) meter_.Idle(arg, now_);
      break;
    case gotrace::kProcStart:
      meter_.Busy(arg, now_);
      woken_[e.m] = now_;
      break;
    case gotrace::kProcStop:
      meter_.Idle(e.p, now_);
      stopped_.erase(e.m);
      woken_.erase(e.m);
      break;
    case gotrace::kProcSteal:
      meter_.Idle(arg, now_);
      break;
    case gotrace::kGoCreate:
    case gotrace::kGoCreateBlocked: {
      gs_.erase(arg);
      Doing& made = Of(arg);
      Name(arg, e.args[1], generation);
      made.unmade = e.kind == gotrace::kGoCreateBlocked;
      if (made.unmade) break;
      ready(arg);
      if (e.g > 0) {
        Doing& maker = Of(e.g);
        Ran(maker);
        Add(maker, {Op::kMake, 0, Of(arg).program});
      } else {
        made.program->begins = Program::kWaiting;
        Add(made, {Op::kSleep, now_});
      }
      break;
    }
    case gotrace::kGoStart:
      Runs(arg, e.m);
      break;
    case gotrace::kGoStop: {
      Doing& doing = Of(e.g);
      Name(e.g, e.args[1], generation);
      Stops(doing, e.m);
      const gotrace::Stop stop = gotrace::StopOf(e, generation);
      if (stop == gotrace::Stop::kGosched) Add(doing, {Op::kGosched});
      if (stop == gotrace::Stop::kYields) Add(doing, {Op::kYield});
      ready(e.g);
      break;
    }
    case gotrace::kGoBlock: {
      Name(e.g, e.args[1], generation);
      Stops(Of(e.g), e.m);
      Wait(Of(e.g), generation.Text(e.args[0]) == "network" ? Op::kNet : Op::kSleep);
      break;
    }
    case gotrace::kGoUnblock:
      ready(arg);
      Over(Of(arg), e.g > 0);
      if (e.g > 0) {
        Doing& by = Of(e.g);
        Ran(by);
        Add(by, {Op::kReady, 0, Of(arg).program});
      }
      break;
    case gotrace::kGoSyscallBegin:
      Name(e.g, e.args[1], generation);
      Ran(Of(e.g));
      Of(e.g).since = kNever;
      Of(e.g).call = now_;
      break;
    case gotrace::kGoSyscallEnd:
    case gotrace::kGoSyscallEndBlocked: {
      Doing& doing = Of(e.g);
      Add(doing, {Op::kCall, now_ - std::max(doing.call, int64_t{0})});
      doing.call = kNever;
      if (e.kind == gotrace::kGoSyscallEnd) {
        doing.since = now_;
      } else {
        ready(e.g);
      }
      break;
    }
    case gotrace::kGoDestroy:
    case gotrace::kGoDestroySyscall: {
      Stops(Of(e.g), e.m);
      Of(e.g).program->ended = true;
      gs_.erase(e.g);
      break;
    }
    case gotrace::kGoSwitch:
    case gotrace::kGoSwitchDestroy: {
      Doing next = Of(arg);
      Ran(Of(e.g));
      Add(Of(e.g), {next.unmade ? Op::kMake : Op::kReady, 0, next.program});
      Over(Of(arg), true);
      Of(arg).unmade = false;
      Of(e.g).since = kNever;
      if (e.kind == gotrace::kGoSwitch) {
        Wait(Of(e.g), Op::kWait);
      } else {
        Of(e.g).program->ended = true;
        gs_.erase(e.g);
      }
      Of(arg).since = now_;
      break;
    }
    case gotrace::kSTWBegin:
    case gotrace::kSTWEnd:
      meter_.Stops(e.kind == gotrace::kSTWBegin, now_);
      break;
    case gotrace::kGoStatus:
    case gotrace::kGoStatusStack: {
      if (static_cast<gotrace::GoState>(e.from) == gotrace::GoState::kUndetermined) {
        const int64_t seen = now_;
        now_ = 0;  // it was so from the beginning
        Doing& doing = Of(arg);
        doing.program->begins = Program::kRunnable;
        switch (e.args[2]) {
          case gotrace::kGoRunnable: meter_.Ready(arg, seen); break;
          case gotrace::kGoRunning: doing.since = seen; break;
          case gotrace::kGoSyscall: doing.call = 0; break;
          default:
            doing.program->begins = Program::kWaiting;
            Wait(doing, Op::kSleep);
        }
        now_ = seen;
      }
      if (e.kind == gotrace::kGoStatusStack) Name(arg, e.args[3], generation);
      break;
    }
    default:
      break;
  }
}

// The one that a quarter of them, or so many quarters, do not exceed.
int64_t Quartile(std::vector<int64_t>& of, size_t quarters, int64_t otherwise) {
  if (of.empty()) return otherwise;
  const auto it = of.begin() + static_cast<ptrdiff_t>(of.size() * quarters / 4);
  std::nth_element(of.begin(), it, of.end());
  return *it;
}

void Maker::Finish() {
  for (auto& [g, doing] : gs_) {
    Ran(doing);
    if (doing.blocked != kNever) doing.program->ops.back().kind = Op::kForever;
    if (doing.call != kNever) Add(doing, {Op::kCall, now_ - doing.call});
  }
  to_.measured = meter_.Finish(now_);
  to_.switch_ns = Quartile(switches_, 2, 300);
  to_.wake_ns = std::clamp(Quartile(wakes_, 1, 10'000), Workload::kWakeLeast, Workload::kWakeMost);
  to_.procs = std::max(to_.procs, 1);
}

}  // namespace

bool ReadWorkload(const std::string& path, Workload& workload, std::string& error) {
  gotrace::Reader reader;
  if (reader.Open(path)) {
    Maker maker(workload);
    while (reader.Next()) {
      if (reader.event().kind != gotrace::kSyncPoint) maker.Event(reader.event(), *reader.generation());
    }
    maker.Finish();
  }
  if (!reader.verdict().ok()) error = reader.verdict().Line(path);
  return reader.verdict().ok();
}

}  // namespace model
