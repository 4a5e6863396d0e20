// The bytes of a page: sections of varints, appended to as the page is made. docs/study.md describes them.
#include "study/page_data.h"

#include <algorithm>

namespace study {
namespace {

void PutU(std::string& to, uint64_t v) {
  for (; v >= 0x80; v >>= 7) to += static_cast<char>(v | 0x80);
  to += static_cast<char>(v);
}

void PutZ(std::string& to, int64_t v) {
  PutU(to, static_cast<uint64_t>(v) << 1 ^ static_cast<uint64_t>(v >> 63));
}

void PutArgs(std::string& to, absl::Span<const Value> args) {
  for (Value v : args) PutZ(to, v);
}

void PutSection(std::string& to, char tag, std::string_view bytes) {
  to += tag;
  PutU(to, bytes.size());
  to += bytes;
}

// A section that begins with its number of entries.
void PutTable(std::string& to, char tag, uint64_t count, std::string_view entries) {
  std::string bytes;
  PutU(bytes, count);
  to += tag;
  PutU(to, bytes.size() + entries.size());
  to += bytes;
  to += entries;
}

}  // namespace

Page::Page(Unit unit) : unit_(unit) { Intern(""); }

Page::Text Page::Intern(std::string_view text) {
  const auto known = text_numbers_.find(absl::string_view(text.data(), text.size()));
  if (known != text_numbers_.end()) return known->second;
  const Text number = static_cast<Text>(texts_.size());
  texts_.emplace_back(text);
  text_numbers_.emplace(texts_.back(), number);
  return number;
}

void Page::Title(std::string_view title, std::string_view below) {
  title_ = Intern(title);
  below_ = Intern(below);
}

void Page::Remark(std::string_view text) { remarks_.push_back(Intern(text)); }

void Page::Goroutine(int64_t g, std::string_view name) {
  PutZ(goroutines_, g - last_goroutine_);
  last_goroutine_ = g;
  PutU(goroutines_, Intern(name));
  goroutine_count_++;
}

Page::Sentence Page::Say(std::string_view pattern, bool strong) {
  const Text text = Intern(pattern);
  auto [it, fresh] = sentence_numbers_.try_emplace(text, static_cast<Sentence>(sentences_.size()));
  if (fresh) sentences_.emplace_back(text, strong);
  return it->second;
}

Page::Cause Page::AddCause(std::string_view name, Tone tone, std::string_view meaning) {
  PutU(causes_, Intern(name));
  PutU(causes_, static_cast<uint64_t>(tone));
  PutU(causes_, Intern(meaning));
  return static_cast<Cause>(++cause_count_);
}

Page::Function Page::AddFunction(std::string_view file, std::string_view name, int first_line, std::string_view text) {
  PutU(functions_, Intern(file));
  PutU(functions_, Intern(name));
  PutU(functions_, static_cast<uint64_t>(first_line));
  PutU(functions_, Intern(text));
  return ++function_count_;
}

Page::Place Page::AddPlace(Function cc, int cc_line, Function go, int go_line, Place caller) {
  PutU(places_, cc);
  PutU(places_, static_cast<uint64_t>(cc_line));
  PutU(places_, go);
  PutU(places_, static_cast<uint64_t>(go_line));
  PutU(places_, caller);
  return ++place_count_;
}

Page::Column Page::ColumnOf(std::string_view field, Type type) {
  const uint64_t key = uint64_t{Intern(field)} << 8 | static_cast<uint64_t>(type);
  auto [number, new_field] = field_numbers_.try_emplace(key, static_cast<uint32_t>(fields_.size()));
  if (new_field) fields_.push_back({static_cast<Text>(key >> 8), type});
  return number->second;
}

Page::Slot Page::NewField(char object, int64_t id, Column column) {
  slot_table_ += object;
  PutZ(slot_table_, id);
  PutU(slot_table_, column);
  return slot_count_++;
}

Page::Slot Page::Field(char object, int64_t id, std::string_view field, Type type) {
  const Column column = ColumnOf(field, type);
  auto& ids = slots_[uint64_t{column} << 8 | static_cast<uint8_t>(object)];
  auto [it, fresh] = ids.try_emplace(id, slot_count_);
  if (fresh) NewField(object, id, column);
  return it->second;
}

void Page::Cover(Value from, Value to) {
  begin_ = any_ ? std::min(begin_, from) : from;
  end_ = any_ ? std::max(end_, to) : to;
  any_ = true;
}

uint32_t Page::Step(Value time, int64_t m, Sentence words, absl::Span<const Value> args, Place place) {
  EndStep();
  Cover(time, unit_ == Unit::kRecords ? time + 1 : time);
  PutU(steps_bytes_, static_cast<uint64_t>(steps_ == 0 ? 0 : time - last_time_));
  if (steps_ == 0) first_time_ = time;
  last_time_ = time;
  PutU(steps_bytes_, static_cast<uint64_t>(m + 1));
  PutU(steps_bytes_, words);
  PutArgs(steps_bytes_, args);
  PutU(steps_bytes_, place);
  in_step_ = true;
  return steps_++;
}

void Page::EndStep() {
  if (!in_step_) return;
  PutU(steps_bytes_, change_count_);
  steps_bytes_ += changes_;
  changes_.clear();
  change_count_ = 0;
  in_step_ = false;
}

void Page::Set(Slot slot, Value value) {
  PutU(changes_, uint64_t{slot} << 1);
  PutZ(changes_, value);
  change_count_++;
}

void Page::Splice(Slot slot, uint32_t at, uint32_t remove, absl::Span<const Value> insert) {
  PutU(changes_, uint64_t{slot} << 1 | 1);
  PutU(changes_, at);
  PutU(changes_, remove);
  PutU(changes_, insert.size());
  PutArgs(changes_, insert);
  change_count_++;
}

Page::Story Page::Begin(int64_t step, Place place) {
  EndStory();
  PutZ(clauses_, step < 0 ? 0 : step + 1);
  PutU(clauses_, place);
  in_story_ = true;
  return ++story_count_;
}

void Page::Clause(Sentence words, absl::Span<const Value> args, Sure sure) {
  PutU(clauses_, uint64_t{words} << 2 | static_cast<uint64_t>(sure));
  PutArgs(clauses_, args);
}

void Page::EndStory() {
  if (!in_story_) return;
  PutU(stories_, clauses_.size());
  stories_ += clauses_;
  clauses_.clear();
  in_story_ = false;
}

Page::Lane Page::AddLane(std::string_view group, std::string_view name, bool shown, int64_t g) {
  LaneData lane;
  lane.group = Intern(group);
  lane.name = Intern(name);
  lane.shown = shown;
  lane.g = g;
  lanes_.push_back(std::move(lane));
  return static_cast<Lane>(lanes_.size() - 1);
}

void Page::Span(Lane number, Value start, Value end, Cause cause, int64_t g, Story story) {
  LaneData& lane = lanes_[number];
  Cover(start, end);
  PutZ(lane.bytes, start - lane.last);
  PutU(lane.bytes, static_cast<uint64_t>(end - start));
  lane.bytes += static_cast<char>(cause);
  PutZ(lane.bytes, g - lane.last_g);
  PutZ(lane.bytes, static_cast<int64_t>(story) - static_cast<int64_t>(lane.last_story));
  lane.last = end;
  lane.last_g = g;
  if (story != 0) lane.last_story = story;
  lane.count++;
  span_count_++;
}

void Page::AddCounter(std::string_view group, std::string_view name, Slot slot, bool shown) {
  PutU(counters_, Intern(group));
  PutU(counters_, Intern(name));
  PutU(counters_, slot);
  PutU(counters_, shown ? 1 : 0);
  counter_count_++;
}

std::string Page::Bytes() {
  EndStep();
  EndStory();
  std::string head;
  PutU(head, static_cast<uint64_t>(unit_));
  PutZ(head, begin_);
  PutZ(head, end_);
  PutU(head, static_cast<uint64_t>(open_step_));
  PutU(head, title_);
  PutU(head, below_);
  PutU(head, remarks_.size());
  for (Text t : remarks_) PutU(head, t);

  std::string texts, sentences, fields, lanes;
  for (const std::string& t : texts_) {
    PutU(texts, t.size());
    texts += t;
  }
  for (const auto& [text, strong] : sentences_) {
    PutU(sentences, text);
    PutU(sentences, strong ? 1 : 0);
  }
  for (const FieldData& f : fields_) {
    PutU(fields, f.name);
    PutU(fields, static_cast<uint64_t>(f.type));
  }
  for (const LaneData& lane : lanes_) {
    PutU(lanes, lane.group);
    PutU(lanes, lane.name);
    PutU(lanes, lane.shown ? 1 : 0);
    PutZ(lanes, lane.g);
    PutU(lanes, lane.count);
    PutU(lanes, lane.bytes.size());
    lanes += lane.bytes;
  }
  std::string steps;
  PutZ(steps, first_time_);
  steps += steps_bytes_;

  std::string all = "gortpage\1";
  PutSection(all, 'H', head);
  PutTable(all, 'T', texts_.size(), texts);
  PutTable(all, 'G', goroutine_count_, goroutines_);
  PutTable(all, 'W', sentences_.size(), sentences);
  PutTable(all, 'C', cause_count_, causes_);
  PutTable(all, 'F', function_count_, functions_);
  PutTable(all, 'P', place_count_, places_);
  PutTable(all, 'D', fields_.size(), fields);
  PutTable(all, 'L', slot_count_, slot_table_);
  PutTable(all, 'S', steps_, steps);
  PutTable(all, 'Y', story_count_, stories_);
  PutTable(all, 'A', lanes_.size(), lanes);
  PutTable(all, 'N', counter_count_, counters_);
  return all;
}

}  // namespace study
