// A picture in Perfetto's format: a row of packets in protobuf's encoding, each a bar's beginning or end, a mark, a
// value, or the description of a lane. The numbers of the fields are those of the published schema
// (protos/perfetto/trace/); a test reads the files by them.
//
// Times are the trace's own nanoseconds. Texts of stacks are given once ("interned") and referred to by number: as a
// callstack, and, for older versions of the viewer, which do not show one, as a text among the arguments.
#include <algorithm>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "trace/clean_text.h"
#include "trace/out_file.h"
#include "trace/picture.h"
#include "trace/protobuf.h"

namespace gotrace {
namespace {

// The fields, by message.
namespace trace {
enum { packet = 1 };
}
namespace packet {
enum {
  clock_snapshot = 6,
  timestamp = 8,
  sequence_id = 10,
  track_event = 11,
  interned_data = 12,
  sequence_flags = 13,
  track_descriptor = 60
};
enum Flags { kCleared = 1, kNeedsState = 2 };
}  // namespace packet
namespace track_descriptor {
enum {
  uuid = 1,
  name = 2,
  parent_uuid = 5,
  counter = 8,
  child_ordering = 11,
  sibling_order_rank = 12,
  sibling_merge_behavior = 15
};
enum { kExplicit = 3, kMergeNone = 2 };
}  // namespace track_descriptor
namespace counter_descriptor {
enum { unit = 3 };
enum { kCount = 2, kBytes = 3 };
}  // namespace counter_descriptor
namespace track_event {
enum {
  debug_annotations = 4,
  type = 9,
  name_iid = 10,
  track_uuid = 11,
  name = 23,
  counter_value = 30,
  flow_ids = 47,
  terminating_flow_ids = 48,
  callstack_iid = 56
};
enum Type { kSliceBegin = 1, kSliceEnd = 2, kInstant = 3, kCounter = 4 };
}  // namespace track_event
namespace debug_annotation {
enum { int_value = 4, string_value = 6, name = 10, string_value_iid = 17 };
}
namespace interned_data {
enum { event_names = 2, function_names = 5, frames = 6, callstacks = 7, source_paths = 18, string_values = 29 };
}
namespace event_name {
enum { iid = 1, name = 2 };
}
namespace interned_string {
enum { iid = 1, str = 2 };
}
namespace frame {
enum { iid = 1, function_name_id = 2, source_path_iid = 5, line_number = 6 };
}
namespace callstack {
enum { iid = 1, frame_ids = 2 };
}
namespace clock_snapshot {
enum { clocks = 1 };
}
namespace clock {
enum { clock_id = 1, timestamp = 2 };
enum { kRealtime = 1, kMonotonic = 3, kBoottime = 6 };
}  // namespace clock

class Perfetto : public Canvas {
 public:
  explicit Perfetto(const std::string& path) { file_.Open(path); }

  void Lane(uint64_t lane, uint64_t parent, std::string_view name, int64_t rank) override {
    Message track = Track(lane, name);
    if (parent != 0) track.Number(track_descriptor::parent_uuid, parent);
    track.Number(track_descriptor::child_ordering, track_descriptor::kExplicit);
    track.Signed(track_descriptor::sibling_order_rank, std::clamp<int64_t>(rank, INT32_MIN, INT32_MAX));
    // Lanes of one name are one lane to the viewer, but for these; so tasks of one type share what room they need.
    if (lane % kGroups != kTasks) track.Number(track_descriptor::sibling_merge_behavior, track_descriptor::kMergeNone);
    Put(Message().Add(packet::track_descriptor, track));
  }
  void Curve(uint64_t lane, std::string_view name, bool bytes) override {
    Message track = Track(lane, name);
    track.Add(
        track_descriptor::counter,
        Message().Number(counter_descriptor::unit, bytes ? counter_descriptor::kBytes : counter_descriptor::kCount));
    Put(Message().Add(packet::track_descriptor, track));
  }

  void Begin(uint64_t lane, int64_t time, std::string_view name, const Details& details) override {
    Event(track_event::kSliceBegin, lane, time, name, details);
  }
  void Mark(uint64_t lane, int64_t time, std::string_view name, const Details& details) override {
    Event(track_event::kInstant, lane, time, name, details);
  }
  void End(uint64_t lane, int64_t time) override {
    event_.Clear();
    event_.Number(track_event::type, track_event::kSliceEnd).Number(track_event::track_uuid, lane);
    PutEvent(time);
  }
  void Value(uint64_t lane, int64_t time, uint64_t value) override {
    event_.Clear();
    event_.Number(track_event::type, track_event::kCounter).Number(track_event::track_uuid, lane);
    event_.Number(track_event::counter_value, value);
    PutEvent(time);
  }

  // One will do: the clocks go at the same pace.
  void Clock(const ClockSnapshot& said) override {
    if (has_clock_ || said.trace < 0) return;
    has_clock_ = true;
    Message clocks;
    const auto add = [&](uint64_t id, uint64_t time) {
      clocks.Add(clock_snapshot::clocks, Message().Number(clock::clock_id, id).Number(clock::timestamp, time));
    };
    // The first is the clock that all times are of.
    add(clock::kBoottime, static_cast<uint64_t>(said.trace));
    add(clock::kMonotonic, said.mono);
    add(clock::kRealtime, said.sec * 1'000'000'000 + said.nsec);
    Put(Message().Add(packet::clock_snapshot, clocks));
  }

  bool Finish() override { return file_.Close(); }
  bool ok() const override { return file_.ok(); }
  std::string why() const override { return file_.why(); }
  uint64_t written() const override { return file_.written(); }

 private:
  static std::string Clean(std::string_view text) {
    std::string clean;
    PutClean(text, clean);
    return clean;
  }
  static Message Track(uint64_t lane, std::string_view name) {
    Message track;
    track.Number(track_descriptor::uuid, lane).Bytes(track_descriptor::name, Clean(name));
    return track;
  }

  void Event(track_event::Type type, uint64_t lane, int64_t time, std::string_view name, const Details& details) {
    Intern();
    const uint64_t known = Known(name);
    event_.Clear();
    event_.Number(track_event::type, type).Number(track_event::track_uuid, lane);
    if (known != 0) {
      event_.Number(track_event::name_iid, known);
    } else {
      event_.Bytes(track_event::name, Clean(name));
    }
    for (const Detail& detail : details.more) {
      annotation_.Clear();
      annotation_.Bytes(debug_annotation::name, detail.name);
      if (detail.text.empty()) {
        annotation_.Signed(debug_annotation::int_value, detail.number);
      } else {
        annotation_.Bytes(debug_annotation::string_value, Clean(detail.text));
      }
      event_.Add(track_event::debug_annotations, annotation_);
    }
    if (details.stack != 0) {
      annotation_.Clear();
      annotation_.Bytes(debug_annotation::name, "stack").Number(debug_annotation::string_value_iid, details.stack);
      event_.Add(track_event::debug_annotations, annotation_);
      event_.Number(track_event::callstack_iid, details.stack);
    }
    for (const uint64_t arrow : details.arrows_out) {
      if (arrow != 0) event_.Fixed(track_event::flow_ids, arrow);
    }
    if (details.arrow_in != 0) event_.Fixed(track_event::terminating_flow_ids, details.arrow_in);
    PutEvent(time);
  }
  void PutEvent(int64_t time) {
    Message message;
    message.Number(packet::timestamp, static_cast<uint64_t>(std::max<int64_t>(time, 0)))
        .Add(packet::track_event, event_);
    Put(std::move(message));
  }
  void Put(Message message) {
    message.Number(packet::sequence_id, 1);
    message.Number(packet::sequence_flags, first_ ? packet::kCleared : packet::kNeedsState);
    first_ = false;
    Message outer;
    outer.Add(trace::packet, message);
    file_.Write(outer.bytes());
  }

  // The number of a name, which has been told then. 0: there are too many, it must be spelled out.
  uint64_t Known(std::string_view name) {
    constexpr size_t kMost = 1 << 16;
    key_.assign(name);
    if (const auto it = names_.find(key_); it != names_.end()) return it->second;
    if (names_.size() == kMost) return 0;
    const uint64_t number = names_.size() + 1;
    names_[key_] = number;
    const Message entry = Message().Number(event_name::iid, number).Bytes(event_name::name, Clean(name));
    Put(Message().Add(packet::interned_data, Message().Add(interned_data::event_names, entry)));
    return number;
  }
  // What stacks there are that have not been told.
  void Intern() {
    if (stacks_done_ == stacks().stacks()) return;
    Message data;
    const auto text = [&](std::vector<bool>& done, int field, uint32_t number) {
      if (done.size() <= number) done.resize(number + 1);
      if (number == 0 || done[number]) return;
      done[number] = true;
      data.Add(
          static_cast<uint32_t>(field),
          Message().Number(interned_string::iid, number).Bytes(interned_string::str, Clean(stacks().text(number))));
    };
    while (frames_done_ < stacks().frames()) {
      const StackTable::Frame& from = stacks().frame(++frames_done_);
      text(functions_done_, interned_data::function_names, from.func);
      text(paths_done_, interned_data::source_paths, from.file);
      Message f;
      f.Number(frame::iid, frames_done_);
      if (from.func != 0) f.Number(frame::function_name_id, from.func);
      if (from.file != 0) f.Number(frame::source_path_iid, from.file);
      f.Number(frame::line_number, from.line & UINT32_MAX);
      data.Add(interned_data::frames, f);
    }
    while (stacks_done_ < stacks().stacks()) {
      Message stack;
      stack.Number(callstack::iid, ++stacks_done_);
      const auto frames = stacks().frames(stacks_done_);
      for (auto at = frames.rbegin(); at != frames.rend(); ++at) stack.Number(callstack::frame_ids, *at);
      data.Add(interned_data::callstacks, stack);
      Message line;
      line.Number(interned_string::iid, stacks_done_)
          .Bytes(interned_string::str, Clean(stacks().OneLine(stacks_done_)));
      data.Add(interned_data::string_values, line);
    }
    Put(Message().Add(packet::interned_data, data));
  }

  OutFile file_;
  bool first_ = true;
  bool has_clock_ = false;
  uint32_t frames_done_ = 0, stacks_done_ = 0;
  std::vector<bool> functions_done_, paths_done_;
  absl::flat_hash_map<std::string, uint64_t> names_;
  std::string key_;
  Message event_, annotation_;
};

}  // namespace

std::unique_ptr<Exporter> NewPerfetto(const std::string& path) { return NewPicture(std::make_unique<Perfetto>(path)); }

}  // namespace gotrace
