// A picture in the JSON of Chrome's trace viewer (about:tracing), which ui.perfetto.dev and many others open, too. One
// object a line, so that it can be read line by line, in one array. Groups of lanes are processes there and lanes are
// threads; times are microseconds with three digits behind the point.
#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "trace/clean_text.h"
#include "trace/out_file.h"
#include "trace/picture.h"

namespace gotrace {
namespace {

class Json : public Canvas {
 public:
  explicit Json(const std::string& path) {
    if (file_.Open(path)) file_.text() += "{\"displayTimeUnit\":\"ns\",\"traceEvents\":[";
    Meta("process_name", kCurves, 0, "name", "\"Curves\"");
  }

  void Lane(uint64_t lane, uint64_t parent, std::string_view name, int64_t rank) override {
    std::string quoted = "\"";
    PutJson(name, quoted);
    quoted += '"';
    if (parent == 0) {
      Meta("process_name", lane, 0, "name", quoted);
      Meta("process_sort_index", lane, 0, "sort_index", std::to_string(rank + 1));
      return;
    }
    Meta("thread_name", lane % kGroups, lane, "name", quoted);
    Meta("thread_sort_index", lane % kGroups, lane, "sort_index", std::to_string(rank));
  }
  void Curve(uint64_t lane, std::string_view name, bool bytes) override {
    if (curves_.size() <= lane / kGroups) curves_.resize(lane / kGroups + 1);
    curves_[lane / kGroups] = std::string(name) + (bytes ? " (bytes)" : "");
  }

  void Begin(uint64_t lane, int64_t time, std::string_view name, const Details& details) override {
    Start('B', lane, time);
    Name(name);
    Args(details);
    Stop();
    if (details.arrow_in != 0) Arrow('f', lane, time, details.arrow_in);
  }
  void End(uint64_t lane, int64_t time) override {
    Start('E', lane, time);
    Stop();
  }
  void Mark(uint64_t lane, int64_t time, std::string_view name, const Details& details) override {
    Start('i', lane, time);
    file_.text() += ",\"s\":\"t\"";
    Name(name);
    Args(details);
    Stop();
    for (const uint64_t arrow : details.arrows_out) {
      if (arrow != 0) Arrow('s', lane, time, arrow);
    }
  }
  void Value(uint64_t lane, int64_t time, uint64_t value) override {
    Start('C', lane % kGroups, time);
    Name(curves_[lane / kGroups]);
    file_.text() += ",\"args\":{\"value\":";
    Number(value);
    file_.text() += '}';
    Stop();
  }

  bool Finish() override {
    file_.text() += "\n],\"stackFrames\":{";
    for (size_t node = 1; node <= nodes_.size(); node++) {
      const auto& [parent, number] = nodes_[node - 1];
      const StackTable::Frame& frame = stacks().frame(number);
      file_.text() += node == 1 ? "\n\"" : ",\n\"";
      Number(node);
      file_.text() += "\":{\"name\":\"";
      PutJson(stacks().text(frame.func), file_.text());
      file_.text() += ' ';
      PutJson(stacks().text(frame.file), file_.text());
      file_.text() += ':';
      Number(frame.line);
      file_.text() += '"';
      if (parent != 0) {
        file_.text() += ",\"parent\":\"";
        Number(parent);
        file_.text() += '"';
      }
      file_.text() += '}';
      file_.Flush();
    }
    file_.text() += "\n}}\n";
    return file_.Close();
  }
  bool ok() const override { return file_.ok(); }
  std::string why() const override { return file_.why(); }
  uint64_t written() const override { return file_.written(); }

 private:
  template <typename T>
  void Number(T v) {
    char digits[24];
    file_.text().append(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
  }
  void Line() {
    file_.text() += first_ ? "\n" : ",\n";
    first_ = false;
  }
  void Start(char what, uint64_t lane, int64_t time) {
    Line();
    file_.text() += "{\"ph\":\"";
    file_.text() += what;
    file_.text() += "\",\"pid\":";
    Number(lane % kGroups);
    file_.text() += ",\"tid\":";
    Number(lane);
    file_.text() += ",\"ts\":";
    Number(time / 1000);
    const std::string rest = std::to_string(1000 + (time % 1000 + 1000) % 1000);
    file_.text() += '.';
    file_.text() += rest.substr(1);
  }
  void Stop() {
    file_.text() += '}';
    file_.Flush();
  }
  void Name(std::string_view name) {
    file_.text() += ",\"name\":\"";
    PutJson(name, file_.text());
    file_.text() += '"';
  }
  void Args(const Details& details) {
    if (details.stack != 0) {
      file_.text() += ",\"sf\":";
      Number(Stack(details.stack));
    }
    if (details.more.empty()) return;
    file_.text() += ",\"args\":{\"";
    for (const Detail& detail : details.more) {
      if (&detail != details.more.data()) file_.text() += ",\"";
      file_.text() += detail.name;
      file_.text() += "\":";
      if (detail.text.empty()) {
        Number(detail.number);
        continue;
      }
      file_.text() += '"';
      PutJson(detail.text, file_.text());
      file_.text() += '"';
    }
    file_.text() += '}';
  }
  // The number of a stack's innermost frame in the dictionary at the file's end, where each frame has its caller's.
  uint32_t Stack(uint32_t stack) {
    if (node_of_stack_.size() <= stack) node_of_stack_.resize(stack + 1);
    uint32_t& node = node_of_stack_[stack];
    if (node != 0) return node;
    const auto frames = stacks().frames(stack);
    for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
      const std::pair<uint32_t, uint32_t> place(node, *frame);
      const auto [it, is_new] = node_of_.try_emplace(place, static_cast<uint32_t>(nodes_.size() + 1));
      if (is_new) nodes_.push_back(place);
      node = it->second;
    }
    return node;
  }
  void Arrow(char what, uint64_t lane, int64_t time, uint64_t arrow) {
    Start(what, lane, time);
    file_.text() += ",\"cat\":\"wake\",\"name\":\"wake\",\"id\":";
    Number(arrow);
    if (what == 'f') file_.text() += ",\"bp\":\"e\"";
    Stop();
  }
  void Meta(std::string_view what, uint64_t pid, uint64_t tid, std::string_view key, std::string_view value) {
    Line();
    file_.text() += "{\"ph\":\"M\",\"pid\":";
    Number(pid);
    file_.text() += ",\"tid\":";
    Number(tid);
    file_.text() += ",\"name\":\"";
    file_.text() += what;
    file_.text() += "\",\"args\":{\"";
    file_.text() += key;
    file_.text() += "\":";
    file_.text() += value;
    file_.text() += '}';
    Stop();
  }

  OutFile file_;
  bool first_ = true;
  std::vector<std::string> curves_;
  // Callers and frames; numbers count from 1.
  std::vector<std::pair<uint32_t, uint32_t>> nodes_;
  absl::flat_hash_map<std::pair<uint32_t, uint32_t>, uint32_t> node_of_;
  std::vector<uint32_t> node_of_stack_;
};

}  // namespace

std::unique_ptr<Exporter> NewJson(const std::string& path) { return NewPicture(std::make_unique<Json>(path)); }

}  // namespace gotrace
