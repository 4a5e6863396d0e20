// What a picture of a trace shows, for whatever format it is written in.
#include "trace/picture.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "trace/timeline.h"

namespace gotrace {
namespace {

// The lanes and curves that are always there.
constexpr uint64_t Numbered(uint64_t n, Canvas::Group group) { return n * Canvas::kGroups + group; }
constexpr uint64_t kCollector = Numbered(1, Canvas::kRuntime), kStopped = Numbered(2, Canvas::kRuntime);
constexpr uint64_t kRunnable = Numbered(1, Canvas::kCurves), kRunning = Numbered(2, Canvas::kCurves),
                   kMaxProcs = Numbered(3, Canvas::kCurves), kHeap = Numbered(4, Canvas::kCurves),
                   kGoal = Numbered(5, Canvas::kCurves);
constexpr uint64_t kFirstFree = 6;

// A bar that is open. It is drawn as late as can be: the function of its goroutine may not be known before its end.
struct Bar {
  int64_t g = kNone;  // of a processor's or thread's
  int64_t from = 0;
  bool drawn = false;
  GoState state{};
  int64_t p = kNone;  // of a thread's
  uint32_t stack = 0;
  uint64_t arrow_in = 0;
};

struct Row {
  uint64_t lane = 0;                                   // 0: it has none yet
  int64_t last = std::numeric_limits<int64_t>::min();  // the time of what was drawn last
  std::optional<Bar> bar;
  uint64_t depth = 0;  // of bars that are drawn at once
};

class Picture : public Exporter, private Timeline::Listener {
 public:
  explicit Picture(std::unique_ptr<Canvas> canvas)
      : canvas_(std::move(canvas)), stacks_(canvas_->stacks()), timeline_(stacks_, *this) {
    canvas_->Lane(Canvas::kRuntime, 0, "Runtime", 0);
    canvas_->Lane(Canvas::kProcessors, 0, "Processors", 1);
    canvas_->Lane(Canvas::kThreads, 0, "Threads", 2);
    canvas_->Lane(Canvas::kGoroutines, 0, "Goroutines", 3);
    canvas_->Lane(Canvas::kTasks, 0, "Tasks", 4);
    canvas_->Lane(kCollector, Canvas::kRuntime, "garbage collector", 0);
    canvas_->Lane(kStopped, Canvas::kRuntime, "stopped world", 1);
    canvas_->Curve(kRunnable, "runnable goroutines", false);
    canvas_->Curve(kRunning, "running processors", false);
    canvas_->Curve(kMaxProcs, "GOMAXPROCS", false);
    canvas_->Curve(kHeap, "heap", true);
    canvas_->Curve(kGoal, "goal of the heap", true);
    collector_.lane = kCollector;
    stopped_.lane = kStopped;
  }

  void Add(const Event& event, const Generation* generation) override {
    now_ = event.time;
    waker_ = &event;
    wake_stack_ = 0;
    if (generation != nullptr && event.kind != kCPUSample) {
      if (uint64_t stack; HasStack(event, stack)) wake_stack_ = stacks_.Stack(*generation, stack);
    }
    timeline_.Apply(event, generation);
    if (generation != nullptr) Others(event, *generation);
    if (timeline_.runnable() != runnable_) canvas_->Value(kRunnable, now_, runnable_ = timeline_.runnable());
    if (timeline_.running_procs() != running_) canvas_->Value(kRunning, now_, running_ = timeline_.running_procs());
  }

  bool Finish() override {
    now_ = timeline_.end();
    waker_ = nullptr;
    timeline_.Finish();
    return canvas_->Finish();
  }
  bool ok() const override { return canvas_->ok(); }
  std::string why() const override { return canvas_->why(); }
  uint64_t written() const override { return canvas_->written(); }

 private:
  struct GoRows {
    Row states, user, assist;
  };
  struct ProcRows {
    Row runs, sweeps;
  };

  // ---- lanes

  static std::string Name(char kind, int64_t id) { return kind + std::to_string(id); }
  std::string GoName(int64_t g, uint32_t function) const {
    std::string name(stacks_.text(function));
    if (!name.empty()) name += ' ';
    return name + Name('G', g);
  }
  std::string GoName(int64_t g) {
    const GoSpan* const go = timeline_.Find(g);
    return GoName(g, go == nullptr ? 0 : go->name);
  }
  void Need(Row& row, uint64_t parent, std::string_view name, int64_t rank) {
    if (row.lane != 0) return;
    row.lane = Numbered(next_lane_++, static_cast<Canvas::Group>(parent % Canvas::kGroups));
    canvas_->Lane(row.lane, parent, name, rank);
  }
  // Lanes of a group have the ranks kStep, 2 * kStep ...; those below a lane come between.
  static constexpr int64_t kStep = 4;
  Row& OfProc(int64_t p) {
    Row& row = procs_[p].runs;
    if (row.lane == 0) Need(row, Canvas::kProcessors, Name('P', p), p * kStep);
    return row;
  }
  Row& OfThread(int64_t m) {
    Row& row = threads_[m];
    if (row.lane == 0) Need(row, Canvas::kThreads, Name('M', m), static_cast<int64_t>(threads_.size()) * kStep);
    return row;
  }
  Row& OfGo(int64_t g) {
    Row& row = goroutines_[g].states;
    if (row.lane == 0) Need(row, Canvas::kGoroutines, GoName(g), g * kStep);
    return row;
  }
  Row& BelowGo(int64_t g, Row GoRows::* which, const char* what) {
    const uint64_t parent = OfGo(g).lane;
    Row& row = goroutines_[g].*which;
    if (row.lane == 0) Need(row, parent, GoName(g) + what, g * kStep + (which == &GoRows::user ? 1 : 2));
    return row;
  }

  // ---- bars that are drawn late: of processors, threads and states

  void Draw(Row& row, bool of_go) {
    Bar& bar = *row.bar;
    if (bar.drawn) return;
    bar.drawn = true;
    Canvas::Details details;
    details.stack = bar.stack;
    details.arrow_in = bar.arrow_in;
    std::vector<Canvas::Detail> more;
    std::string name;
    if (of_go) {
      const GoSpan& go = *timeline_.Find(bar.g);
      const std::string_view reason = stacks_.text(go.reason);
      const bool waits = go.state == GoState::kWaiting;
      name = waits                            ? reason.empty() ? "waiting" : reason
             : go.state == GoState::kRunnable ? "runnable"
             : go.state == GoState::kRunning  ? "running"
                                              : "system call";
      if (!waits && !reason.empty()) more.push_back({"reason", 0, reason});
      if (go.p != kNone) more.push_back({"P", go.p, {}});
      if (go.m != kNone) more.push_back({"M", go.m, {}});
      if (!go.began) more.push_back({"began", 0, "before the trace"});
    } else {
      name = GoName(bar.g);
      if (bar.state == GoState::kSyscall) name = "system call: " + name;
      more.push_back({"G", bar.g, {}});
      if (bar.p != kNone) more.push_back({"P", bar.p, {}});
    }
    details.more = more;
    canvas_->Begin(row.lane, bar.from, name, details);
    row.last = bar.from;
  }
  void Close(Row& row, bool of_go, int64_t to) {
    if (!row.bar) return;
    Draw(row, of_go);
    canvas_->End(row.lane, to);
    row.last = to;
    row.bar.reset();
  }
  void Open(Row& row, Bar bar) {
    bar.from = std::max(bar.from, row.last);
    row.bar = bar;
  }
  void Mark(Row& row, bool of_go, std::string_view name, const Canvas::Details& details) {
    if (row.bar) Draw(row, of_go);
    canvas_->Mark(row.lane, now_, name, details);
    row.last = now_;
  }

  // A processor's bar is its thread's: it begins when both are there.
  void OpenProc(int64_t p, Bar bar) {
    Row& row = OfProc(p);
    Close(row, false, now_);
    bar.p = kNone;
    Open(row, bar);
  }
  void CloseProc(int64_t p, int64_t to) {
    if (const auto it = procs_.find(p); it != procs_.end()) Close(it->second.runs, false, to);
  }

  // ---- what lasts

  void GoBegins(GoSpan& go) override {
    Bar bar{.g = go.g, .from = go.from, .state = go.state, .stack = go.stack};
    const bool wakes = go.state == GoState::kRunnable && go.began && waker_ != nullptr &&
                       (waker_->kind == kGoUnblock || waker_->kind == kGoCreate || waker_->kind == kGoSwitch ||
                        waker_->kind == kGoSwitchDestroy);
    if (wakes) {
      go.flow = DrawWake(go);
    } else if (go.state != GoState::kRunning) {
      go.flow = 0;
    }
    const uint64_t arrow = go.state == GoState::kRunning ? std::exchange(go.flow, 0) : 0;
    // Between processors arrows have odd numbers, between goroutines even ones.
    bar.arrow_in = arrow == 0 ? 0 : arrow + 1;
    Open(goroutines_[go.g].states, bar);
    if (!IsExecuting(go.state) || go.m == kNone) return;
    bar.stack = 0;
    bar.arrow_in = 0;
    bar.p = go.p;
    Row& row = OfThread(go.m);
    Close(row, false, now_);
    Open(row, bar);
    bar.arrow_in = arrow;
    if (const auto it = proc_of_thread_.find(go.m); it != proc_of_thread_.end()) OpenProc(it->second, bar);
  }

  // The mark of one that makes another runnable. The number of the arrow from it.
  uint64_t DrawWake(const GoSpan& go) {
    const uint64_t arrow = next_arrow_;
    const bool creates = go.created && go.from == go.first;
    const std::string name = (creates ? "create " : "wake ") + GoName(go.g, go.name);
    const Canvas::Detail more[] = {{"G", go.g, {}}};
    Canvas::Details details;
    details.stack = wake_stack_;
    details.more = more;
    const bool by_goroutine = waker_->g != kNone && timeline_.Find(waker_->g) != nullptr && waker_->g != go.g;
    if (by_goroutine) {
      details.arrows_out[0] = arrow + 1;
      Row& row = OfGo(waker_->g);
      Mark(row, true, name, details);
    }
    details.arrows_out[0] = arrow;
    details.arrows_out[1] = by_goroutine ? 0 : arrow + 1;
    if (waker_->p != kNone) {
      Mark(OfProc(waker_->p), false, name, details);
    } else if (waker_->m != kNone) {
      Mark(OfThread(waker_->m), false, name, details);
    } else if (!by_goroutine) {
      return 0;
    }
    next_arrow_ += 2;
    return arrow;
  }

  void GoEnds(const GoSpan& go, int64_t to, bool) override {
    OfGo(go.g);
    Close(goroutines_[go.g].states, true, to);
    if (!IsExecuting(go.state) || go.m == kNone) return;
    Row& row = OfThread(go.m);
    if (!row.bar || row.bar->g != go.g) return;
    Close(row, false, to);
    if (const auto it = proc_of_thread_.find(go.m); it != proc_of_thread_.end()) CloseProc(it->second, to);
  }
  void GoIsGone(const GoSpan& go, int64_t, bool) override {
    // One that C called will come again under its number, in the same lane.
    if (go.state != GoState::kSyscall) goroutines_.erase(go.g);
  }

  // A system call goes on without its processor, and may have got another before it is over.
  void ProcBegins(const ProcSpan& proc) override {
    if (proc.m == kNone) return;
    proc_of_thread_[proc.m] = proc.p;
    const auto it = threads_.find(proc.m);
    if (it == threads_.end() || !it->second.bar) return;
    Bar bar = *it->second.bar;
    bar.drawn = false;
    bar.from = std::max(bar.from, proc.from);
    OpenProc(proc.p, bar);
  }
  void ProcEnds(const ProcSpan& proc, int64_t to, bool) override {
    if (proc.m == kNone) return;
    CloseProc(proc.p, to);
    if (const auto it = proc_of_thread_.find(proc.m); it != proc_of_thread_.end() && it->second == proc.p)
      proc_of_thread_.erase(it);
  }

  // ---- bars that are drawn at once: they may be one inside the other

  void BeginNow(Row& row, int64_t from, std::string_view name, const Canvas::Details& details) {
    row.last = std::max(from, row.last);
    canvas_->Begin(row.lane, row.last, name, details);
    row.depth++;
  }
  void EndNow(Row& row, int64_t to) {
    if (row.depth == 0) return;
    row.depth--;
    canvas_->End(row.lane, to);
    row.last = to;
  }

  Row& OfRange(const RangeSpan& range) {
    switch (range.kind) {
      case RangeKind::kSTW: return stopped_;
      case RangeKind::kGCMark: return collector_;
      case RangeKind::kMarkAssist: return BelowGo(range.g, &GoRows::assist, ": mark assist");
      case RangeKind::kGCSweep: break;
    }
    const uint64_t parent = OfProc(range.p).lane;
    Row& row = procs_[range.p].sweeps;
    if (row.lane == 0) Need(row, parent, Name('P', range.p) + ": sweep", range.p * kStep + 1);
    return row;
  }
  void RangeBegins(const RangeSpan& range) override {
    Canvas::Details details;
    details.stack = range.stack;
    std::vector<Canvas::Detail> more;
    if (range.g != kNone) more.push_back({"G", range.g, {}});
    if (range.p != kNone) more.push_back({"P", range.p, {}});
    if (!range.began) more.push_back({"began", 0, "before the trace"});
    details.more = more;
    std::string_view name;
    switch (range.kind) {
      case RangeKind::kSTW: name = stacks_.text(range.reason); break;
      case RangeKind::kGCMark: name = "mark"; break;
      case RangeKind::kGCSweep: name = "sweep"; break;
      case RangeKind::kMarkAssist: name = "mark assist"; break;
    }
    BeginNow(OfRange(range), range.from, name.empty() ? "stopped" : name, details);
  }
  void RangeEnds(const RangeSpan& range, int64_t to, bool) override { EndNow(OfRange(range), to); }

  void TaskBegins(const TaskSpan& task) override {
    Row& row = tasks_[task.task];
    const std::string_view name = stacks_.text(task.name);
    Need(row, Canvas::kTasks, name.empty() ? "task " + std::to_string(task.task) : std::string(name),
         static_cast<int64_t>(next_lane_));
    Canvas::Details details;
    details.stack = task.stack;
    std::vector<Canvas::Detail> more = {{"task", static_cast<int64_t>(task.task), {}}};
    if (task.parent != kNoTask && task.parent != 0) more.push_back({"parent", static_cast<int64_t>(task.parent), {}});
    if (task.g != kNone) more.push_back({"G", task.g, {}});
    if (!task.began) more.push_back({"began", 0, "before the trace"});
    details.more = more;
    BeginNow(row, task.from, name.empty() ? "task" : name, details);
  }
  void TaskEnds(const TaskSpan& task, int64_t to, bool) override {
    const auto it = tasks_.find(task.task);
    if (it == tasks_.end()) return;
    EndNow(it->second, to);
    if (it->second.depth == 0) tasks_.erase(it);
  }

  void RegionBegins(const RegionSpan& region) override {
    Canvas::Details details;
    details.stack = region.stack;
    std::vector<Canvas::Detail> more;
    if (region.task != 0) more.push_back({"task", static_cast<int64_t>(region.task), {}});
    if (!region.began) more.push_back({"began", 0, "before the trace"});
    details.more = more;
    BeginNow(OfUser(region.g), region.from, stacks_.text(region.name), details);
  }
  void RegionEnds(const RegionSpan& region, int64_t to, bool) override {
    if (!region.began) RegionBegins(region);
    EndNow(OfUser(region.g), to);
  }
  Row& OfUser(int64_t g) { return BelowGo(g, &GoRows::user, ": regions and logs"); }

  // ---- what has no length

  void Others(const Event& event, const Generation& generation) {
    Canvas::Details details;
    switch (ClassOf(event.kind)) {
      case EventClass::kSync:
        if (generation.clock()) canvas_->Clock(*generation.clock());
        break;
      case EventClass::kMetric:
        canvas_->Value(event.kind == kHeapAlloc  ? kHeap
                       : event.kind == kHeapGoal ? kGoal
                                                 : kMaxProcs,
                       now_, event.args[0]);
        break;
      case EventClass::kLabel:
        if (timeline_.Find(event.g) != nullptr) Mark(OfGo(event.g), true, generation.Text(event.args[0]), details);
        break;
      case EventClass::kLog: {
        const std::string_view category = generation.Text(event.args[1]), message = generation.Text(event.args[2]);
        std::vector<Canvas::Detail> more;
        if (!category.empty()) more.push_back({"category", 0, category});
        if (!message.empty()) more.push_back({"message", 0, message});
        if (event.args[0] != 0) more.push_back({"task", static_cast<int64_t>(event.args[0]), {}});
        details.stack = wake_stack_;
        details.more = more;
        const std::string colon = category.empty() || message.empty() ? "" : ": ";
        Mark(OfUser(event.g), false, std::string(category) + colon + std::string(message), details);
        break;
      }
      case EventClass::kStackSample: {
        if (event.m == kNone) break;
        details.stack = stacks_.Stack(generation, event.args[0]);
        const Canvas::Detail more[] = {{"G", event.g, {}}};
        if (event.g != kNone) details.more = more;
        Mark(OfThread(event.m), false, "CPU sample", details);
        break;
      }
      default: break;
    }
  }

  std::unique_ptr<Canvas> canvas_;
  StackTable& stacks_;
  Timeline timeline_;
  int64_t now_ = 0;
  const Event* waker_ = nullptr;
  uint32_t wake_stack_ = 0;  // of the event
  uint64_t next_lane_ = kFirstFree;
  uint64_t next_arrow_ = 1;
  size_t runnable_ = 0, running_ = 0;
  absl::flat_hash_map<int64_t, ProcRows> procs_;
  absl::flat_hash_map<int64_t, Row> threads_;
  absl::flat_hash_map<int64_t, int64_t> proc_of_thread_;
  absl::flat_hash_map<int64_t, GoRows> goroutines_;
  absl::flat_hash_map<uint64_t, Row> tasks_;
  Row collector_, stopped_;
};

}  // namespace

std::unique_ptr<Exporter> NewPicture(std::unique_ptr<Canvas> canvas) {
  return std::make_unique<Picture>(std::move(canvas));
}

}  // namespace gotrace
