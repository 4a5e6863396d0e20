// Tables: a folder of CSV files, a row for each span, transition, log and so on. The columns are those of
// docs/trace-export.md; a reader of the files goes by their names, in the first line of each.
//
// Times are nanoseconds since the trace's first event. A field that does not apply is empty. Rows of spans are written
// when the span is over, so they come in the order of their ends. load.sql, beside them, loads all of it into SQLite.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>

#include "trace/clean_text.h"
#include "trace/export.h"
#include "trace/out_file.h"
#include "trace/timeline.h"

namespace gotrace {
namespace {

std::string_view Lower(GoState state) {
  constexpr std::string_view kNames[] = {"undetermined", "notexist", "runnable", "running", "waiting", "syscall"};
  return kNames[static_cast<size_t>(state)];
}
std::string_view Lower(ProcState state) {
  constexpr std::string_view kNames[] = {"undetermined", "notexist", "running", "idle"};
  return kNames[static_cast<size_t>(state)];
}

// One file.
class Table {
 public:
  Table(const std::string& folder, const char* name, const char* columns) : name_(name) {
    if (file_.Open(folder + "/" + name)) file_.text().append(columns) += '\n';
    sql_ = "create table " + this->name() + "(";
    std::string_view rest = columns;
    while (!rest.empty()) {
      const std::string_view column = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), column.size() + 1));
      sql_.append(column).append(IsText(column) ? " text" : " integer").append(rest.empty() ? ");\n" : ", ");
    }
  }

  // The fields of a row, one after the other, then End.
  Table& Number(int64_t v) {
    char digits[24];
    return Field(
        std::string_view(digits, static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, v).ptr - digits)));
  }
  Table& Unsigned(uint64_t v) {
    char digits[24];
    return Field(
        std::string_view(digits, static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, v).ptr - digits)));
  }
  // A goroutine, processor or thread, or nobody.
  Table& Id(int64_t v) { return v == kNone ? Empty() : Number(v); }
  Table& Flag(bool v) { return Field(v ? "1" : "0"); }
  // A stack or text by its number, or none.
  Table& Ref(uint32_t v) { return v == 0 ? Empty() : Number(v); }
  // A task, or none: 0 is the background's number.
  Table& Task(uint64_t v) { return v == 0 || v == kNoTask ? Empty() : Unsigned(v); }
  Table& Empty() { return Field(""); }
  Table& Text(std::string_view v) {
    Comma();
    PutCsv(v, file_.text());
    return *this;
  }
  void End() {
    file_.text() += '\n';
    first_ = true;
    file_.Flush();
  }

  OutFile& file() { return file_; }
  std::string name() const { return name_.substr(0, name_.find('.')); }
  const std::string& sql() const { return sql_; }

 private:
  bool IsText(std::string_view column) const {
    if (column == "value") return name_ == "trace.csv";
    for (const std::string_view text : {"category", "file", "from_state", "function", "key", "kind", "label", "message",
                                        "name", "reason", "state", "to_state"}) {
      if (column == text) return true;
    }
    return false;
  }
  void Comma() {
    if (!first_) file_.text() += ',';
    first_ = false;
  }
  Table& Field(std::string_view v) {
    Comma();
    file_.text() += v;
    return *this;
  }

  const std::string name_;
  std::string sql_;
  OutFile file_;
  bool first_ = true;
};

class Csv : public Exporter, private Timeline::Listener {
 public:
  Csv(const std::string& folder, int version)
      : version_(version),
        why_(MakeFolder(folder)),
        trace_(folder, "trace.csv", "key,value"),
        goroutines_(folder, "goroutines.csv", "g,function,from_ns,to_ns,created,ended,creator,creation_stack"),
        intervals_(folder, "intervals.csv", "g,state,reason,from_ns,to_ns,began,ended,p,m,stack"),
        transitions_(folder, "transitions.csv", "time_ns,g,from_state,to_state,reason,by_g,p,m,stack,by_stack"),
        stacks_csv_(folder, "stacks.csv", "stack,depth,frame"),
        frames_(folder, "frames.csv", "frame,pc,function,file,line"),
        procs_(folder, "procs.csv", "p,state,from_ns,to_ns,began,ended,m"),
        stw_(folder, "stw.csv", "reason,from_ns,to_ns,began,ended,g,p,m,stack"),
        gc_(folder, "gc.csv", "kind,from_ns,to_ns,began,ended,g,p,m,swept_bytes,reclaimed_bytes,stack"),
        tasks_(folder, "tasks.csv", "task,parent,name,from_ns,to_ns,began,ended,g,end_g,stack"),
        regions_(folder, "regions.csv", "g,task,name,from_ns,to_ns,began,ended,depth,stack"),
        logs_(folder, "logs.csv", "time_ns,g,task,category,message,p,m,stack"),
        labels_(folder, "labels.csv", "time_ns,g,label"),
        metrics_(folder, "metrics.csv", "time_ns,name,value"),
        samples_(folder, "cpu_samples.csv", "time_ns,g,p,m,stack"),
        timeline_(stacks_, *this) {
    if (!load_.Open(folder + "/load.sql")) return;
    load_.text() += "-- In this folder: sqlite3 FILE.db < load.sql\n";
    for (const Table* const table : all_) load_.text() += table->sql();
    load_.text() += ".mode csv\n";
    for (const Table* const table : all_)
      load_.text() += ".import --skip 1 " + table->name() + ".csv " + table->name() + '\n';
  }

  void Add(const Event& event, const Generation* generation) override {
    timeline_.Apply(event, generation);
    if (generation != nullptr) Others(event, *generation);
    NewStacks();
  }

  bool Finish() override {
    timeline_.Finish();
    NewStacks();
    trace_.Text("start").Number(timeline_.start()).End();
    trace_.Text("span_ns").Number(timeline_.end() - timeline_.start()).End();
    trace_.Text("go").Text("1." + std::to_string(version_)).End();
    trace_.Text("events").Unsigned(events_).End();
    if (clock_) {
      // When the trace's first event was, by the wall clock.
      const int64_t wall =
          static_cast<int64_t>(clock_->sec * 1'000'000'000 + clock_->nsec) - (clock_->trace - timeline_.start());
      trace_.Text("start_unix_ns").Number(wall).End();
    }
    bool good = ok() && load_.Close();
    for (Table* const table : all_) good = table->file().Close() && good;
    return good;
  }

  bool ok() const override {
    return why_.empty() && load_.ok() &&
           std::all_of(std::begin(all_), std::end(all_), [](Table* table) { return table->file().ok(); });
  }
  std::string why() const override {
    if (!why_.empty()) return why_;
    if (!load_.ok()) return load_.why();
    for (Table* const table : all_) {
      if (!table->file().ok()) return table->file().why();
    }
    return {};
  }
  uint64_t written() const override {
    uint64_t sum = 0;
    for (Table* const table : all_) sum += table->file().written();
    return sum;
  }

 private:
  static std::string MakeFolder(const std::string& folder) {
    if (mkdir(folder.c_str(), 0777) == 0) return {};
    const int error = errno;
    struct stat info;
    if (error == EEXIST && stat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
    return folder + ": byte 0: cannot make the folder: " + std::strerror(error);
  }

  int64_t Since(int64_t time) const { return time - timeline_.start(); }
  void From(Table& table, const Span& span, int64_t to, bool ended) {
    table.Number(Since(span.from)).Number(Since(to)).Flag(span.began).Flag(ended);
  }
  uint32_t StackOf(const Event& event, const Generation& generation) {
    uint64_t stack;
    return HasStack(event, stack) ? stacks_.Stack(generation, stack) : 0;
  }

  void Others(const Event& event, const Generation& generation) {
    events_++;
    switch (ClassOf(event.kind)) {
      case EventClass::kSync:
        events_--;
        if (!clock_) clock_ = generation.clock();
        break;
      case EventClass::kStateTransition: {
        const Transition t = TransitionOf(event);
        // Statuses of later generations change nothing.
        if (t.resource.type != Resource::kGoroutine || t.go_from == t.go_to) break;
        transitions_.Number(Since(event.time)).Number(t.resource.id).Text(Lower(t.go_from)).Text(Lower(t.go_to));
        transitions_.Text(generation.Text(t.reason)).Id(event.g).Id(event.p).Id(event.m);
        transitions_.Ref(t.has_stack ? stacks_.Stack(generation, t.stack) : 0).Ref(StackOf(event, generation)).End();
        break;
      }
      case EventClass::kMetric:
        metrics_.Number(Since(event.time)).Text(MetricOf(event)).Unsigned(event.args[0]).End();
        break;
      case EventClass::kLabel:
        labels_.Number(Since(event.time)).Id(event.g).Text(generation.Text(event.args[0])).End();
        break;
      case EventClass::kLog:
        logs_.Number(Since(event.time)).Id(event.g).Task(event.args[0]);
        logs_.Text(generation.Text(event.args[1])).Text(generation.Text(event.args[2])).Id(event.p).Id(event.m);
        logs_.Ref(StackOf(event, generation)).End();
        break;
      case EventClass::kStackSample:
        samples_.Number(Since(event.time)).Id(event.g).Id(event.p).Id(event.m).Ref(StackOf(event, generation)).End();
        break;
      default: break;
    }
  }

  void NewStacks() {
    while (frames_done_ < stacks_.frames()) {
      const StackTable::Frame& frame = stacks_.frame(++frames_done_);
      frames_.Number(frames_done_).Unsigned(frame.pc).Text(stacks_.text(frame.func)).Text(stacks_.text(frame.file));
      frames_.Unsigned(frame.line).End();
    }
    while (stacks_done_ < stacks_.stacks()) {
      stacks_done_++;
      int64_t depth = 0;
      for (const uint32_t frame : stacks_.frames(stacks_done_))
        stacks_csv_.Number(stacks_done_).Number(depth++).Number(frame).End();
    }
  }

  void GoEnds(const GoSpan& go, int64_t to, bool ended) override {
    intervals_.Number(go.g).Text(Lower(go.state)).Text(stacks_.text(go.reason));
    From(intervals_, go, to, ended);
    intervals_.Id(go.p).Id(go.m).Ref(go.stack).End();
  }
  void GoIsGone(const GoSpan& go, int64_t to, bool ended) override {
    goroutines_.Number(go.g)
        .Text(stacks_.text(go.name))
        .Number(Since(go.first))
        .Number(Since(to))
        .Flag(go.created)
        .Flag(ended);
    goroutines_.Id(go.creator).Ref(go.creation_stack).End();
  }
  void ProcEnds(const ProcSpan& proc, int64_t to, bool ended) override {
    procs_.Number(proc.p).Text(Lower(proc.state));
    From(procs_, proc, to, ended);
    procs_.Id(proc.m).End();
  }
  void RangeEnds(const RangeSpan& range, int64_t to, bool ended) override {
    if (range.kind == RangeKind::kSTW) {
      stw_.Text(stacks_.text(range.reason));
      From(stw_, range, to, ended);
      stw_.Id(range.g).Id(range.p).Id(range.m).Ref(range.stack).End();
      return;
    }
    gc_.Text(range.kind == RangeKind::kGCMark ? "mark" : range.kind == RangeKind::kGCSweep ? "sweep" : "assist");
    From(gc_, range, to, ended);
    gc_.Id(range.g).Id(range.p).Id(range.m);
    if (range.kind == RangeKind::kGCSweep && ended) {
      gc_.Unsigned(range.swept).Unsigned(range.reclaimed);
    } else {
      gc_.Empty().Empty();
    }
    gc_.Ref(range.stack).End();
  }
  void TaskEnds(const TaskSpan& task, int64_t to, bool ended) override {
    tasks_.Unsigned(task.task).Task(task.parent).Text(stacks_.text(task.name));
    From(tasks_, task, to, ended);
    tasks_.Id(task.g).Id(task.end_g).Ref(task.stack).End();
  }
  void RegionEnds(const RegionSpan& region, int64_t to, bool ended) override {
    regions_.Id(region.g).Task(region.task).Text(stacks_.text(region.name));
    From(regions_, region, to, ended);
    regions_.Number(region.depth).Ref(region.stack).End();
  }

  const int version_;
  std::string why_;
  OutFile load_;
  Table trace_, goroutines_, intervals_, transitions_, stacks_csv_, frames_, procs_, stw_, gc_, tasks_, regions_, logs_,
      labels_, metrics_, samples_;
  Table* const all_[15] = {&trace_, &goroutines_, &intervals_, &transitions_, &stacks_csv_, &frames_,  &procs_,  &stw_,
                           &gc_,    &tasks_,      &regions_,   &logs_,        &labels_,     &metrics_, &samples_};
  StackTable stacks_;
  Timeline timeline_;
  uint32_t frames_done_ = 0, stacks_done_ = 0;
  uint64_t events_ = 0;
  std::optional<ClockSnapshot> clock_;
};

}  // namespace

std::unique_ptr<Exporter> NewCsv(const std::string& folder, int version) {
  return std::make_unique<Csv>(folder, version);
}

}  // namespace gotrace
