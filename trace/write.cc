#include "trace/write.h"

#include <algorithm>
#include <utility>

#include "trace/input.h"
#include "trace/varint.h"

namespace gotrace {

Writer::Writer(int version, Sink sink) : version_(version), sink_(std::move(sink)) { Put(FirstLine(version)); }

void Writer::Put(std::string_view bytes) {
  if (ok_) ok_ = sink_(bytes);
  if (ok_) written_ += bytes.size();
}

void Writer::PutBatch(int64_t m, uint64_t time, std::string_view payload) {
  std::string head(1, static_cast<char>(kEventBatch));
  PutVarint(head, generation_);
  PutVarint(head, static_cast<uint64_t>(m));
  PutVarint(head, time);
  PutVarint(head, payload.size());
  Put(head);
  Put(payload);
}

void Writer::BeginGeneration(uint64_t number, uint64_t frequency, uint64_t start, const ClockSnapshot& clock) {
  generation_ = number;
  start_ = start;
  std::string sync;
  if (version_ >= kGo125) sync.push_back(static_cast<char>(kSync));
  sync.push_back(static_cast<char>(kFrequency));
  PutVarint(sync, frequency);
  if (version_ >= kGo125) {
    sync.push_back(static_cast<char>(kClockSnapshot));
    for (const uint64_t v : {uint64_t{0}, clock.mono, clock.sec, clock.nsec}) PutVarint(sync, v);
  }
  PutBatch(kNone, start, sync);
}

void Writer::Event(int64_t m, uint64_t time, uint8_t kind, std::span<const uint64_t> args) {
  const auto [it, is_new] = open_.try_emplace(m);
  if (is_new) order_.push_back(m);
  Open& open = it->second;
  const uint64_t now = std::max(time, open.last);
  item_.assign(1, static_cast<char>(kind));
  PutVarint(item_, open.bytes.empty() ? 0 : now - open.last);
  for (const uint64_t v : args) PutVarint(item_, v);
  if (open.bytes.size() + item_.size() > kMaxBatchSize) {
    PutBatch(m, open.first, open.bytes);
    open.bytes.clear();
    Event(m, time, kind, args);
    return;
  }
  if (open.bytes.empty()) open.first = now;
  open.last = now;
  open.bytes += item_;
}

void Writer::Room(std::string& table, uint8_t kind, size_t item) {
  if (!table.empty() && table.size() + item > kMaxBatchSize) {
    PutBatch(kNone, start_, table);
    table.clear();
  }
  if (table.empty()) table.push_back(static_cast<char>(kind));
}

void Writer::String(uint64_t id, std::string_view text) {
  text = text.substr(0, kMaxString);
  item_.assign(1, static_cast<char>(kString));
  PutVarint(item_, id);
  PutVarint(item_, text.size());
  item_ += text;
  Room(strings_, kStrings, item_.size());
  strings_ += item_;
}

void Writer::Stack(uint64_t id, std::span<const Frame> frames) {
  frames = frames.first(std::min<size_t>(frames.size(), kMaxFrames));
  item_.assign(1, static_cast<char>(kStack));
  PutVarint(item_, id);
  PutVarint(item_, frames.size());
  for (const Frame& frame : frames) {
    for (const uint64_t v : {frame.pc, frame.func, frame.file, frame.line}) PutVarint(item_, v);
  }
  Room(stacks_, kStacks, item_.size());
  stacks_ += item_;
}

void Writer::Sample(uint64_t time, int64_t m, int64_t p, int64_t g, uint64_t stack) {
  item_.assign(1, static_cast<char>(kCPUSample));
  PutVarint(item_, time);
  for (const int64_t v : {m, p, g == kNone ? 0 : g}) PutVarint(item_, static_cast<uint64_t>(v));
  PutVarint(item_, stack);
  Room(samples_, kCPUSamples, item_.size());
  samples_ += item_;
}

void Writer::Experimental(uint8_t experiment, int64_t m, std::string_view bytes) {
  std::string head = {static_cast<char>(kExperimentalBatch), static_cast<char>(experiment)};
  PutVarint(head, generation_);
  PutVarint(head, static_cast<uint64_t>(m));
  PutVarint(head, start_);
  PutVarint(head, bytes.size());
  Put(head);
  Put(bytes);
}

void Writer::EndGeneration() {
  for (const int64_t m : order_) {
    const Open& open = open_[m];
    if (!open.bytes.empty()) PutBatch(m, open.first, open.bytes);
  }
  order_.clear();
  open_.clear();
  // Tables that are empty are written all the same, as Go does: a reader sees by them that nothing is missing.
  for (const auto& [table, kind] : {std::pair(&samples_, kCPUSamples), {&stacks_, kStacks}, {&strings_, kStrings}}) {
    if (table->empty()) table->push_back(static_cast<char>(kind));
    PutBatch(kNone, start_, *table);
    table->clear();
  }
  if (version_ >= kGo126) Put(std::string(1, static_cast<char>(kEndOfGeneration)));
}

}  // namespace gotrace
