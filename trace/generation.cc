// From bytes to one generation: its tables, and where the batches of its threads are.
//
// Batches of events are only copied here; what is in them is decoded when its turn in the order comes (reader.cc).
// Tables are decoded at once, because nothing else needs them as they are in the file.
#include "trace/generation.h"

#include <algorithm>
#include <cstring>

#include "trace/go_sort.h"
#include "trace/varint.h"

namespace gotrace {

// ---- Arena

uint8_t* Arena::Get(size_t n) {
  const size_t wanted = n + kSlack;
  if (kChunk - used_ < wanted) {
    if (used_chunks_ == chunks_.size()) chunks_.push_back(std::unique_ptr<uint8_t[]>(new uint8_t[kChunk]));
    used_chunks_++;
    used_ = 0;
  }
  uint8_t* const p = chunks_[used_chunks_ - 1].get() + used_;
  used_ += n;
  return p;
}

void Arena::Clear() {
  used_chunks_ = 0;
  used_ = kChunk;
}

// ---- IdTable

bool IdTable::Insert(uint64_t id) {
  if (Find(id) != kAbsent) return false;
  const uint64_t dense_limit = 4 * uint64_t{count_} + 1024;
  // The room may reach beyond the limit of this moment, as it grows by half.
  if (id < size_ || id < dense_limit) {
    if (id >= size_) {
      // Those that did not fit before come in, so that a number has only one place where it can be.
      dense_.resize(std::max<size_t>(id + 1, dense_.size() * 3 / 2), kAbsent);
      for (auto it = sparse_.begin(); it != sparse_.end();) {
        const auto here = it++;
        if (here->first >= dense_.size()) continue;
        dense_[here->first] = here->second;
        sparse_.erase(here);
      }
      places_ = dense_.data();
      size_ = dense_.size();
    }
    dense_[id] = count_++;
  } else {
    sparse_[id] = count_++;
  }
  return true;
}

uint32_t IdTable::FindSparse(uint64_t id) const {
  if (sparse_.empty()) return kAbsent;
  const auto it = sparse_.find(id);
  return it == sparse_.end() ? kAbsent : it->second;
}

void IdTable::Clear() {
  dense_.clear();
  places_ = nullptr;
  size_ = 0;
  sparse_.clear();
  count_ = 0;
}

bool IdTable::HasHoles() const {
  uint32_t missing = 0;
  for (uint32_t id = 1; id <= count_ && missing < 2; id++) missing += Find(id) == kAbsent;
  return missing >= 2;
}

// ---- Generation

std::span<const uint32_t> Generation::Stack(uint64_t id) const {
  const uint32_t at = id == 0 ? IdTable::kAbsent : stack_ids_.Find(id);
  if (at == IdTable::kAbsent) return {};
  return {stacks_[at] + 1, stacks_[at][0]};
}

// Go writes both tables last, empty ones too, and numbers what is in them from 1 on.
bool Generation::LooksCut() const {
  return to_the_end_ && (!has_strings_ || !has_stacks_ || string_ids_.HasHoles() || stack_ids_.HasHoles());
}

void Generation::Clear() {
  number_ = 0;
  has_frequency_ = to_the_end_ = has_strings_ = has_stacks_ = false;
  min_time_ = frequency_ = snapshot_units_ = 0;
  unit_ = 0;
  whole_unit_ = whole_limit_ = 0;
  clock_.reset();
  bytes_.Clear();
  string_ids_.Clear();
  strings_.clear();
  stack_ids_.Clear();
  stacks_.clear();
  stack_memory_.Clear();
  frame_of_pc_.clear();
  frames_.clear();
  cpu_samples_.clear();
  experimental_.clear();
  batches_.clear();
  batches_.emplace_back();  // 0 is none
  threads_.clear();
  thread_of_m_.clear();
  task_name_of_.clear();
  task_names_.clear();
}

uint64_t Generation::KeepTaskName(std::string_view name) {
  if (name.empty()) return 0;
  if (const auto it = task_name_of_.find(name); it != task_name_of_.end()) return it->second;
  const std::string_view kept = task_names_.emplace_back(name);
  return task_name_of_[kept] = task_names_.size();
}

// ---- GenerationReader

bool GenerationReader::Fail(Outcome outcome, uint64_t offset, std::string why) {
  if (input_.error() != 0) {
    outcome = Outcome::kUnreadable;
    offset = input_.offset();
    why = std::string("cannot read: ") + std::strerror(input_.error());
  }
  verdict_ = {outcome, offset, std::move(why)};
  return false;
}

GenerationReader::Got GenerationReader::ReadNumber(uint64_t& v, const char* what) {
  const size_t have = std::min<size_t>(input_.Fill(kMaxVarint), kMaxVarint);
  VarintFault fault{};
  const uint8_t* const p = input_.data();
  const uint8_t* const after = GetVarint(p, p + have, v, &fault);
  if (after == nullptr) {
    if (fault == VarintFault::kCut && have < kMaxVarint) {
      Fail(Outcome::kCut, input_.offset() + have, "cut off here, in the head of a batch");
    } else {
      Fail(Outcome::kDamaged, input_.offset(), std::string("the ") + what + " of a batch has more than 64 bits");
    }
    return Got::kFault;
  }
  input_.Skip(static_cast<size_t>(after - p));
  return Got::kBatch;
}

GenerationReader::Got GenerationReader::ReadBatch(Head& head) {
  head = {};
  head.offset = input_.offset();
  if (input_.Fill(1) == 0) {
    if (input_.error() == 0) return Got::kEnd;
    Fail(Outcome::kUnreadable, head.offset, "");
    return Got::kFault;
  }
  const uint8_t kind = *input_.data();
  if (kind == kEndOfGeneration) {
    static constexpr uint8_t kEnd[] = {kEndOfGeneration};
    input_.Skip(1);
    head.data = kEnd;
    head.size = 1;
    head.data_offset = head.offset;
    return Got::kBatch;
  }
  if (kind != kEventBatch && kind != kExperimentalBatch) {
    Fail(Outcome::kDamaged, head.offset, "a batch should begin here, but the byte is " + std::to_string(kind));
    return Got::kFault;
  }
  input_.Skip(1);
  if (kind == kExperimentalBatch) {
    // Go takes an end right here for the trace's.
    if (input_.Fill(1) == 0) return Got::kEnd;
    head.experiment = *input_.data();
    input_.Skip(1);
  }
  uint64_t m, size;
  if (ReadNumber(head.gen, "generation") != Got::kBatch || ReadNumber(m, "thread") != Got::kBatch ||
      ReadNumber(head.time, "time") != Got::kBatch || ReadNumber(size, "size") != Got::kBatch) {
    return Got::kFault;
  }
  head.m = static_cast<int64_t>(m);
  if (size > kMaxBatchSize) {
    Fail(Outcome::kDamaged, head.offset,
         "a batch of " + std::to_string(size) + " bytes; the most is " + std::to_string(kMaxBatchSize));
    return Got::kFault;
  }
  const size_t have = input_.Fill(size);
  if (have < size) {
    Fail(Outcome::kCut, input_.offset() + have,
         "cut off here, " + std::to_string(have) + " bytes into a batch of " + std::to_string(size));
    return Got::kFault;
  }
  head.data = input_.data();
  head.size = static_cast<uint32_t>(size);
  head.data_offset = input_.offset();
  input_.Skip(size);
  return Got::kBatch;
}

GenerationReader::Result GenerationReader::Read(Generation& g) {
  if (!verdict_.ok()) return Result::kFault;
  g.Clear();
  if (!began_) good_until_ = input_.offset();
  const bool again = began_;
  began_ = true;
  if (version_ >= kGo126) return ReadGo126(g);
  if (again && !spilled_) return Result::kEnd;
  return ReadBeforeGo126(g);
}

// Before Go 1.26 nothing says that a generation is over but a batch of the next one, or the end of the file. That batch
// has been taken off the file then, and is kept for the next call. What is wrong with it must not cost this generation.
GenerationReader::Result GenerationReader::ReadBeforeGo126(Generation& g) {
  if (spilled_) {
    spilled_ = false;
    g.number_ = spill_.gen;
    g.min_time_ = spill_.time;
    if (!Process(g, spill_)) return Result::kFault;
  }
  uint64_t end = input_.offset();
  Head head;
  for (;;) {
    end = input_.offset();
    const Got got = ReadBatch(head);
    if (got == Got::kEnd) {
      g.to_the_end_ = true;
      break;
    }
    if (got == Got::kFault) {
      if (g.number_ == 0) return Result::kFault;
      break;
    }
    if (head.gen == 0) {
      Fail(Outcome::kDamaged, head.offset, "a batch of generation 0; they count from 1");
      return Result::kFault;
    }
    if (g.number_ == 0) g.number_ = head.gen;
    if (head.gen == g.number_ + 1) {
      spilled_ = true;
      spill_ = head;
      spill_data_.assign(head.data, head.data + head.size);
      spill_.data = spill_data_.data();
      break;
    }
    if (head.gen != g.number_) {
      Fail(Outcome::kDamaged, head.offset,
           "a batch of generation " + std::to_string(head.gen) + " in the midst of generation " +
               std::to_string(g.number_));
      return Result::kFault;
    }
    if (g.min_time_ == 0 || head.time < g.min_time_) g.min_time_ = head.time;
    if (!Process(g, head)) return Result::kFault;
  }
  const Verdict behind = verdict_;
  if (!Finish(g)) {
    // What comes of a batch that could not be read is not what is wrong.
    if (!behind.ok()) verdict_ = behind;
    return Result::kFault;
  }
  good_until_ = end;
  return Result::kGeneration;
}

GenerationReader::Result GenerationReader::ReadGo126(Generation& g) {
  Head head;
  for (;;) {
    const Got got = ReadBatch(head);
    if (got == Got::kFault) return Result::kFault;
    if (got == Got::kEnd) {
      if (g.threads_.empty()) {
        good_until_ = input_.offset();
        return Result::kEnd;
      }
      Fail(Outcome::kCut, input_.offset(), "cut off here, in generation " + std::to_string(g.number_));
      return Result::kFault;
    }
    if (g.number_ == 0) g.number_ = head.gen;
    if (head.first() == kEndOfGeneration) break;
    if (head.gen == 0) {
      Fail(Outcome::kDamaged, head.offset, "a batch of generation 0; they count from 1");
      return Result::kFault;
    }
    if (head.gen != g.number_) {
      Fail(Outcome::kDamaged, head.offset,
           "a batch of generation " + std::to_string(head.gen) + " before the end of generation " +
               std::to_string(g.number_));
      return Result::kFault;
    }
    if (g.min_time_ == 0 || head.time < g.min_time_) g.min_time_ = head.time;
    if (!Process(g, head)) return Result::kFault;
  }
  if (!Finish(g)) return Result::kFault;
  good_until_ = input_.offset();
  return Result::kGeneration;
}

bool GenerationReader::Process(Generation& g, const Head& head) {
  switch (head.first()) {
    case kStrings: return AddStrings(g, head);
    case kStacks: return AddStacks(g, head);
    case kCPUSamples: return AddCPUSamples(g, head);
    case kFrequency:
      if (version_ < kGo125) return SetSync(g, head);
      break;
    case kSync:
      if (version_ >= kGo125) return SetSync(g, head);
      break;
    default: break;
  }
  if (head.experiment != 0) {
    uint8_t* const bytes = g.bytes_.Get(head.size);
    std::copy_n(head.data, head.size, bytes);
    g.experimental_.push_back({head.experiment, head.m, {bytes, head.size}});
    return true;
  }
  if (head.first() == kEndOfGeneration) {
    return Fail(Outcome::kDamaged, head.data_offset, "the end of a generation, which no Go before 1.26 writes");
  }
  AddEvents(g, head);
  return true;
}

namespace {

// Takes numbers out of a batch's payload and keeps the place.
class Payload {
 public:
  Payload(const uint8_t* data, uint32_t size, uint64_t offset)
      : begin_(data), p_(data + 1), end_(data + size), offset_(offset) {}

  bool Done() const { return p_ == end_; }
  uint64_t offset() const { return offset_ + static_cast<uint64_t>(p_ - begin_); }
  uint8_t Byte() { return *p_++; }
  bool Number(uint64_t& v) {
    const uint8_t* const after = GetVarint(p_, end_, v);
    if (after == nullptr) return false;
    p_ = after;
    return true;
  }
  size_t left() const { return static_cast<size_t>(end_ - p_); }
  const uint8_t* Bytes(size_t n) {
    p_ += n;
    return p_ - n;
  }
  // The payload's first byte is an item itself.
  void Back() { p_--; }

 private:
  const uint8_t* const begin_;
  const uint8_t* p_;
  const uint8_t* const end_;
  const uint64_t offset_;
};

}  // namespace

bool GenerationReader::AddStrings(Generation& g, const Head& head) {
  g.has_strings_ = true;
  for (Payload in(head.data, head.size, head.data_offset); !in.Done();) {
    const uint64_t offset = in.offset();
    if (in.Byte() != kString) return Fail(Outcome::kDamaged, offset, "a string should begin here");
    uint64_t id, size;
    if (!in.Number(id) || !in.Number(size))
      return Fail(Outcome::kDamaged, in.offset(), "a string without its number or its length");
    if (size > kMaxString) {
      return Fail(Outcome::kDamaged, offset,
                  "a string of " + std::to_string(size) + " bytes; the most is " + std::to_string(kMaxString));
    }
    if (size > in.left()) return Fail(Outcome::kDamaged, offset, "a string that is longer than its batch");
    const uint8_t* const from = in.Bytes(size);
    if (id == 0 || !g.string_ids_.Insert(id)) {
      return Fail(Outcome::kDamaged, offset, "a second string with number " + std::to_string(id));
    }
    uint8_t* const bytes = g.bytes_.Get(size);
    std::copy_n(from, size, bytes);
    g.strings_.emplace_back(reinterpret_cast<const char*>(bytes), size);
  }
  return true;
}

bool GenerationReader::AddStacks(Generation& g, const Head& head) {
  g.has_stacks_ = true;
  for (Payload in(head.data, head.size, head.data_offset); !in.Done();) {
    const uint64_t offset = in.offset();
    if (in.Byte() != kStack) return Fail(Outcome::kDamaged, offset, "a stack should begin here");
    uint64_t id, count;
    if (!in.Number(id) || !in.Number(count))
      return Fail(Outcome::kDamaged, in.offset(), "a stack without its number or its length");
    if (count > kMaxFrames) {
      return Fail(Outcome::kDamaged, offset,
                  "a stack of " + std::to_string(count) + " frames; the most is " + std::to_string(kMaxFrames));
    }
    uint32_t stack[kMaxFrames + 1];
    stack[0] = static_cast<uint32_t>(count);
    for (uint64_t i = 1; i <= count; i++) {
      Frame frame;
      frame.offset = in.offset();
      if (!in.Number(frame.pc) || !in.Number(frame.func) || !in.Number(frame.file) || !in.Number(frame.line)) {
        return Fail(Outcome::kDamaged, in.offset(), "a stack that is cut off in frame " + std::to_string(i));
      }
      const auto [it, is_new] = g.frame_of_pc_.try_emplace(frame.pc, static_cast<uint32_t>(g.frames_.size()));
      if (is_new) g.frames_.push_back(frame);
      stack[i] = it->second;
    }
    if (id == 0 || !g.stack_ids_.Insert(id)) {
      return Fail(Outcome::kDamaged, offset, "a second stack with number " + std::to_string(id));
    }
    const size_t bytes = (count + 1) * sizeof(uint32_t);
    uint8_t* const memory = g.stack_memory_.Get(bytes);
    std::memcpy(memory, stack, bytes);
    g.stacks_.push_back(reinterpret_cast<const uint32_t*>(memory));
  }
  return true;
}

bool GenerationReader::AddCPUSamples(Generation& g, const Head& head) {
  for (Payload in(head.data, head.size, head.data_offset); !in.Done();) {
    CPUSample sample;
    sample.offset = in.offset();
    if (in.Byte() != kCPUSample) return Fail(Outcome::kDamaged, sample.offset, "a CPU sample should begin here");
    uint64_t time, m, p, goroutine;
    if (!in.Number(time) || !in.Number(m) || !in.Number(p) || !in.Number(goroutine) || !in.Number(sample.stack)) {
      return Fail(Outcome::kDamaged, in.offset(), "a CPU sample that is cut off");
    }
    sample.time = static_cast<int64_t>(time);  // in units until the frequency is known
    sample.m = static_cast<int64_t>(m);
    sample.p = static_cast<int64_t>(p);
    sample.g = goroutine == 0 ? kNone : static_cast<int64_t>(goroutine);
    g.cpu_samples_.push_back(sample);
  }
  return true;
}

bool GenerationReader::SetSync(Generation& g, const Head& head) {
  Payload in(head.data, head.size, head.data_offset);
  if (version_ < kGo125) in.Back();
  uint64_t time = head.time;
  while (!in.Done()) {
    const uint64_t offset = in.offset();
    const uint8_t kind = in.Byte();
    if (kind == kFrequency) {
      if (g.has_frequency_)
        return Fail(Outcome::kDamaged, offset, "a second frequency in generation " + std::to_string(g.number_));
      if (!in.Number(g.frequency_)) return Fail(Outcome::kDamaged, in.offset(), "a frequency without its number");
      g.has_frequency_ = true;
      g.unit_ = 1.0 / (static_cast<double>(g.frequency_) / 1e9);
      if (g.unit_ >= 1 && g.unit_ <= 1024 && g.unit_ == static_cast<double>(static_cast<uint64_t>(g.unit_))) {
        g.whole_unit_ = static_cast<uint64_t>(g.unit_);
        g.whole_limit_ = uint64_t{1} << 43;
      }
      if (as_go124_) return true;
    } else if (kind == kClockSnapshot && version_ >= kGo125) {
      if (g.clock_)
        return Fail(Outcome::kDamaged, offset, "a second clock snapshot in generation " + std::to_string(g.number_));
      ClockSnapshot& clock = g.clock_.emplace();
      uint64_t dt;
      if (!in.Number(dt) || !in.Number(clock.mono) || !in.Number(clock.sec) || !in.Number(clock.nsec)) {
        return Fail(Outcome::kDamaged, in.offset(), "a clock snapshot that is cut off");
      }
      time += dt;
      g.snapshot_units_ = time;
    } else {
      return Fail(Outcome::kDamaged, offset,
                  "a frequency or a clock snapshot should begin here, but the byte is " + std::to_string(kind));
    }
  }
  return true;
}

void GenerationReader::AddEvents(Generation& g, const Head& head) {
  uint32_t at;
  if (!g.threads_.empty() && g.threads_.back().m == head.m) {
    at = static_cast<uint32_t>(g.threads_.size()) - 1;
  } else {
    const auto [it, is_new] = g.thread_of_m_.try_emplace(head.m, static_cast<uint32_t>(g.threads_.size()));
    if (is_new) g.threads_.push_back({head.m, 0, 0});
    at = it->second;
  }
  if (head.size == 0) return;
  uint8_t* const bytes = g.bytes_.Get(head.size);
  std::memcpy(bytes, head.data, head.size);
  const uint32_t number = static_cast<uint32_t>(g.batches_.size());
  g.batches_.push_back({bytes, head.size, 0, head.time, head.data_offset});
  ThreadBatches& thread = g.threads_[at];
  if (thread.first == 0) {
    thread.first = number;
  } else {
    g.batches_[thread.last].next = number;
  }
  thread.last = number;
}

bool GenerationReader::Finish(Generation& g) {
  const std::string name = "generation " + std::to_string(g.number_);
  const uint64_t here = input_.offset();
  if (!g.has_frequency_) {
    if (version_ < kGo126) {
      return Fail(g.to_the_end_ ? Outcome::kCut : Outcome::kDamaged, here,
                  g.to_the_end_
                      ? "cut off here: " + (g.number_ == 0 ? "there is no generation" : name + " has no frequency yet")
                      : name + " has no frequency");
    }
    return Fail(Outcome::kDamaged, here, name + " has no frequency");
  }
  if (version_ >= kGo125 && !g.clock_) return Fail(Outcome::kDamaged, here, name + " has no clock snapshot");
  for (const Frame& frame : g.frames_) {
    for (const uint64_t id : {frame.func, frame.file}) {
      if (g.HasString(id)) continue;
      if (g.LooksCut()) return Fail(Outcome::kCut, here, "cut off here: " + name + " has not all of its strings");
      return Fail(Outcome::kDamaged, frame.offset,
                  "a frame with string " + std::to_string(id) + ", which " + name + " does not have");
    }
  }
  if (g.clock_) g.clock_->trace = g.Nanoseconds(g.snapshot_units_);
  for (CPUSample& sample : g.cpu_samples_) sample.time = g.Nanoseconds(static_cast<uint64_t>(sample.time));
  GoSort(g.cpu_samples_.data(), g.cpu_samples_.size(),
         [](const CPUSample& a, const CPUSample& b) { return a.time < b.time; });
  return true;
}

}  // namespace gotrace
