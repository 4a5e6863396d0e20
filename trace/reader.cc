#include "trace/reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

#include "trace/go_sort.h"
#include "trace/order.h"
#include "trace/varint.h"

namespace gotrace {
namespace {

// One thread's way through its batches.
struct Cursor {
  const uint8_t* p = nullptr;
  const uint8_t* end = nullptr;
  int64_t last = 0;
  uint64_t origin = 0;  // offset in the file less the address, of any byte of the batch
  Order::Thread* thread = nullptr;
  int64_t m = kNone;
  uint32_t batch = 0;
  uint32_t which = 0;  // of events: the next one; the other one may be with the reader's caller
  Event events[2];

  Event& event() { return events[which]; }
};

// A cursor in the heap, by the time of its event.
struct Front {
  int64_t time;
  Cursor* cursor;
};

// A binary heap as Go's: which of several events of the same time is first depends on how it is built.
class Heap {
 public:
  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }
  const Front& operator[](size_t i) const { return items_[i]; }
  void Clear() { items_.clear(); }

  void Insert(Front front) {
    items_.push_back(front);
    Up(items_.size() - 1);
  }
  // The first item has another time now.
  void UpdateFirst(int64_t time) {
    items_[0].time = time;
    Down(0);
  }
  // The same of the item at i.
  void Update(size_t i, int64_t time) {
    items_[i].time = time;
    if (Up(i) == i) Down(i);
  }
  void Remove(size_t i) {
    for (; i > 0; i = (i - 1) / 2) std::swap(items_[(i - 1) / 2], items_[i]);
    std::swap(items_[0], items_.back());
    items_.pop_back();
    Down(0);
  }
  // A sorted heap is one still.
  void Sort() {
    GoSort(items_.data(), items_.size(), [](const Front& a, const Front& b) { return a.time < b.time; });
  }

 private:
  size_t Up(size_t i) {
    for (; i > 0 && items_[(i - 1) / 2].time > items_[i].time; i = (i - 1) / 2) std::swap(items_[(i - 1) / 2], items_[i]);
    return i;
  }
  void Down(size_t i) {
    const size_t n = items_.size();
    Front* const d = items_.data();
    if (i >= n) return;
    for (;;) {
      const size_t left = 2 * i + 1, right = left + 1;
      size_t least = i;
      int64_t time = d[i].time;
      if (left < n && d[left].time < time) {
        least = left;
        time = d[left].time;
      }
      if (right < n && d[right].time < time) least = right;
      if (least == i) return;
      std::swap(d[i], d[least]);
      i = least;
    }
  }

  std::vector<Front> items_;
};

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

}  // namespace

struct Reader::State {
  State() {
    for (size_t kind = 0; kind < 256; kind++) {
      const KindInfo& info = InfoOf(static_cast<uint8_t>(kind));
      Shape& shape = shapes[kind];
      shape.args = info.timed && kind < kEndOfKinds ? static_cast<uint8_t>(info.nargs - 1) : kNotTimed;
      shape.stack = static_cast<uint8_t>(info.stacks[0]);
      shape.more = info.stacks[1] != 0 || info.strings[0] != 0;
    }
  }

  Input input;
  int version = 0;
  std::unique_ptr<GenerationReader> generations;
  Generation generation;
  bool has_generation = false;
  Order order;
  std::vector<Cursor> cursors;
  Heap front;
  int64_t last_time = 0;

  // Something other than an event of the heap's first cursor comes, or may come: NextRare.
  bool rare = true;
  int64_t sample_time = kNever;  // of the next CPU sample
  size_t next_sample = 0;
  // Events of a step that made several, and the next of them to be delivered.
  std::vector<Event> more;
  size_t next_more = 0;

  uint64_t syncs = 0;
  uint64_t whole = 0;
  bool ended = false;
  bool fault_comes = false;  // after the kSyncPoint that was delivered last
  Verdict verdict;
  Event made;  // a sync point or a CPU sample

  static constexpr uint8_t kNotTimed = 0xFF;
  struct Shape {
    uint8_t args;   // without the time
    uint8_t stack;  // which is one, counted from 1; 0 is none
    bool more;      // there are more stacks, or strings
  } shapes[256];

  [[gnu::cold, gnu::noinline]] bool Fail(Outcome outcome, uint64_t offset, std::string why) {
    verdict = {outcome, offset, std::move(why)};
    rare = true;
    return false;
  }
  // Something is not there. If bytes behind it could not be read, that is what is wrong.
  [[gnu::cold, gnu::noinline]] bool FailForLack(Outcome outcome, uint64_t offset, std::string why) {
    if (generations->verdict().ok()) return Fail(outcome, offset, std::move(why));
    verdict = generations->verdict();
    rare = true;
    return false;
  }
  [[gnu::cold, gnu::noinline]] bool FailBytes(const Event& event);
  [[gnu::cold, gnu::noinline]] bool FailStuck();
  [[gnu::cold, gnu::noinline]] bool FailMissing(const Event& event, const char* what, uint64_t id);

  // The cursor's next event. False: there is none, or the bytes are none.
  bool NextOf(Cursor& cursor) { return cursor.p != cursor.end ? Decode(cursor) : NextBatchOf(cursor); }
  bool NextBatchOf(Cursor& cursor);
  bool Decode(Cursor& cursor);
  [[gnu::noinline]] const uint8_t* DecodeSlowly(Cursor& cursor, uint64_t& dt, uint8_t count);
  void Begin(Cursor& cursor, const Batch& batch) {
    cursor.p = batch.data;
    cursor.end = batch.data + batch.size;
    cursor.origin = batch.offset - reinterpret_cast<uintptr_t>(batch.data);
    cursor.last = 0;
  }

  bool Install();
  void Sync(int64_t time);
  void LookForSample() {
    const std::vector<CPUSample>& samples = generation.cpu_samples();
    sample_time = next_sample < samples.size() ? samples[next_sample].time : kNever;
  }
  bool Check(const Event& event) {
    const Shape shape = shapes[event.kind];
    if (shape.stack != 0 && !generation.HasStack(event.args[shape.stack - 1])) [[unlikely]] {
      return FailMissing(event, "stack", event.args[shape.stack - 1]);
    }
    return !shape.more || CheckMore(event);
  }
  bool CheckMore(const Event& event);
  // Puts the time right.
  const Event* Deliver(Event& event) {
    if (event.time <= last_time) event.time = static_cast<int64_t>(static_cast<uint64_t>(last_time) + 1);
    last_time = event.time;
    return &event;
  }
};

Reader::Reader() = default;
Reader::~Reader() = default;

bool Reader::Open(const std::string& path) {
  state_ = std::make_unique<State>();
  state_->verdict = state_->input.Open(path);
  return state_->verdict.ok() && Start();
}

bool Reader::OpenFd(int fd) {
  state_ = std::make_unique<State>();
  state_->input.OpenFd(fd);
  return Start();
}

bool Reader::OpenBytes(std::string_view bytes) {
  state_ = std::make_unique<State>();
  state_->input.OpenBytes(bytes);
  return Start();
}

bool Reader::Start() {
  event_ = nullptr;
  generation_ = nullptr;
  state_->version = state_->input.ReadVersion(state_->verdict);
  if (state_->version == 0) return false;
  state_->generations = std::make_unique<GenerationReader>(state_->input, state_->version);
  return true;
}

int Reader::version() const { return state_->version; }
const Verdict& Reader::verdict() const { return state_->verdict; }
uint64_t Reader::good_until() const { return state_->generations == nullptr ? 0 : state_->generations->good_until(); }
uint64_t Reader::whole_generations() const { return state_->whole; }

// ---- what can be wrong

bool Reader::State::FailBytes(const Event& event) {
  const std::string name(InfoOf(event.kind).name);
  if (shapes[event.kind].args != kNotTimed) {
    return Fail(Outcome::kDamaged, event.offset, name + " with a number that is cut off, or has more than 64 bits");
  }
  return Fail(Outcome::kDamaged, event.offset,
              name.empty() ? "no event is numbered " + std::to_string(event.kind) : name + " among the events of a thread");
}

bool Reader::State::FailStuck() {
  std::string why = "no event can come next in generation " + std::to_string(generation.number()) + ":";
  constexpr size_t kMost = 3;
  for (size_t i = 0; i < std::min(front.size(), kMost); i++) {
    Cursor& cursor = *front[i].cursor;
    const KindInfo& info = InfoOf(cursor.event().kind);
    why += i == 0 ? " " : "; ";
    why += cursor.m == kNone ? "nobody" : "thread " + std::to_string(cursor.m);
    why += " has " + std::string(info.name);
    for (int arg = 1; arg < info.nargs; arg++) {
      why += " " + std::string(info.args[arg]) + "=" + std::to_string(cursor.event().args[arg - 1]);
    }
  }
  if (front.size() > kMost) why += "; and " + std::to_string(front.size() - kMost) + " more threads";
  return FailForLack(Outcome::kDamaged, front[0].cursor->event().offset, why);
}

bool Reader::State::FailMissing(const Event& event, const char* what, uint64_t id) {
  const std::string name = "generation " + std::to_string(generation.number());
  if (generation.LooksCut()) {
    return FailForLack(Outcome::kCut, input.offset(), "cut off here: " + name + " has not all of its " + what + "s");
  }
  return FailForLack(Outcome::kDamaged, event.offset, std::string(InfoOf(event.kind).name) + " with " + what + " " +
                                                          std::to_string(id) + ", which " + name + " does not have");
}

bool Reader::State::CheckMore(const Event& event) {
  const KindInfo& info = InfoOf(event.kind);
  if (const int8_t at = info.stacks[1]; at != 0 && !generation.HasStack(event.args[at - 1])) [[unlikely]] {
    return FailMissing(event, "stack", event.args[at - 1]);
  }
  for (const int8_t at : info.strings) {
    if (at != 0 && !generation.HasString(event.args[at - 1])) [[unlikely]] {
      return FailMissing(event, "string", event.args[at - 1]);
    }
  }
  return true;
}

// ---- a cursor

const uint8_t* Reader::State::DecodeSlowly(Cursor& cursor, uint64_t& dt, uint8_t count) {
  const uint8_t* p = GetVarint(cursor.p + 1, cursor.end, dt);
  for (int i = 0; i < count && p != nullptr; i++) p = GetVarint(p, cursor.end, cursor.event().args[i]);
  return p;
}

[[gnu::always_inline]] inline bool Reader::State::Decode(Cursor& cursor) {
  const uint8_t* p = cursor.p;
  Event& event = cursor.event();
  const uint8_t kind = *p;
  event.m = cursor.m;
  event.p = event.g = kNone;
  event.kind = kind;
  event.from = 0;
  event.offset = cursor.origin + reinterpret_cast<uintptr_t>(p);
  std::fill_n(event.args, kMaxArgs, 0);
  const uint8_t count = shapes[kind].args;
  uint64_t dt = 0;
  if (cursor.end - p > (kMaxArgs + 1) * kMaxVarint && count <= kMaxArgs) [[likely]] {
    p = GetVarintFast(p + 1, dt);
    for (int i = 0; i < count && p != nullptr; i++) p = GetVarintFast(p, event.args[i]);
  } else {
    if (count == kNotTimed) return FailBytes(event);
    p = DecodeSlowly(cursor, dt, count);
  }
  if (p == nullptr) [[unlikely]] return FailBytes(event);
  // At time 0 Go begins anew from the batch's own.
  if (cursor.last == 0) [[unlikely]] cursor.last = generation.Nanoseconds(generation.batch(cursor.batch).time);
  event.time = static_cast<int64_t>(static_cast<uint64_t>(generation.Nanoseconds(dt)) + static_cast<uint64_t>(cursor.last));
  cursor.last = event.time;
  cursor.p = p;
  return true;
}

[[gnu::noinline]] bool Reader::State::NextBatchOf(Cursor& cursor) {
  cursor.batch = generation.batch(cursor.batch).next;
  if (cursor.batch == 0) return false;
  Begin(cursor, generation.batch(cursor.batch));
  return Decode(cursor);
}

// ---- a generation

// One has been read: its cursors.
bool Reader::State::Install() {
  has_generation = true;
  next_sample = 0;
  LookForSample();
  order.Begin(generation);
  cursors.clear();
  front.Clear();
  cursors.reserve(generation.threads().size());
  for (const ThreadBatches& thread : generation.threads()) {
    if (thread.first == 0) continue;
    Cursor& cursor = cursors.emplace_back();
    cursor.m = thread.m;
    cursor.thread = order.ThreadOf(thread.m);
    cursor.batch = thread.first;
    Begin(cursor, generation.batch(thread.first));
    if (!Decode(cursor)) return false;
    front.Insert({cursor.event().time, &cursor});
  }
  rare = front.empty();
  Sync(generation.start());
  return true;
}

void Reader::State::Sync(int64_t time) {
  made = {};
  made.kind = kSyncPoint;
  made.time = time;
  made.args[0] = ++syncs;
  made.offset = generations->good_until();
}

// The generation is over: the next one, or the end.
bool Reader::Turn() {
  State& s = *state_;
  s.rare = true;
  if (s.fault_comes) {
    s.verdict = s.generations->verdict();
    return false;
  }
  if (s.has_generation) s.whole++;
  s.has_generation = false;
  if (s.syncs != 0 && generation_ == nullptr) {
    s.ended = true;
    return false;
  }
  if (s.generations->Read(s.generation) == GenerationReader::Result::kGeneration) {
    if (!s.Install()) return false;
    generation_ = &s.generation;
  } else {
    s.fault_comes = !s.generations->verdict().ok();
    s.sample_time = kNever;
    generation_ = nullptr;
    s.Sync(s.last_time);
  }
  event_ = s.Deliver(s.made);
  return true;
}

// ---- events

bool Reader::NextSample() {
  State& s = *state_;
  const CPUSample& sample = s.generation.cpu_samples()[s.next_sample++];
  s.LookForSample();
  s.made = {};
  s.made.kind = kCPUSample;
  s.made.time = sample.time;
  s.made.m = sample.m;
  s.made.p = sample.p;
  s.made.g = sample.g;
  s.made.args[0] = sample.stack;
  s.made.offset = sample.offset;
  event_ = s.Deliver(s.made);
  return true;
}

bool Reader::NextRare() {
  State& s = *state_;
  if (s.ended || !s.verdict.ok()) return false;
  if (s.next_more < s.more.size()) {
    event_ = s.Deliver(s.more[s.next_more++]);
    s.rare = s.front.empty() || s.next_more < s.more.size();
    return true;
  }
  // No cursor has more.
  return s.sample_time != kNever ? NextSample() : Turn();
}

// The step that was done made several events.
Event* Reader::Several(Event* event) {
  State& s = *state_;
  s.more.swap(s.order.before());
  s.more.push_back(*event);
  s.more.insert(s.more.end(), s.order.after().begin(), s.order.after().end());
  s.order.before().clear();
  s.order.after().clear();
  s.next_more = 1;
  s.rare = true;
  return &s.more[0];
}

// The first in time cannot happen, or not yet: then the first that can.
bool Reader::NextOfOthers(Event* first, bool broken) {
  State& s = *state_;
  if (broken) return s.Fail(Outcome::kDamaged, first->offset, s.order.why());
  s.front.Sort();
  for (size_t i = 1; i < s.front.size(); i++) {
    Cursor& cursor = *s.front[i].cursor;
    Event* event = &cursor.event();
    const Order::Step step = s.order.Advance(*event, cursor.thread);
    if (step == Order::Step::kWait) continue;
    if (step == Order::Step::kBroken) return s.Fail(Outcome::kDamaged, event->offset, s.order.why());
    cursor.which ^= 1;
    if (s.NextOf(cursor)) {
      s.front.Update(i, cursor.event().time);
    } else {
      if (!s.verdict.ok()) return false;
      s.front.Remove(i);
    }
    if (s.order.made_more()) event = Several(event);
    if (!s.Check(*event)) return false;
    event_ = s.Deliver(*event);
    return true;
  }
  return s.FailStuck();
}

bool Reader::Next() {
  State& s = *state_;
  if (s.rare) [[unlikely]] return NextRare();
  if (s.sample_time < s.front[0].time) [[unlikely]] return NextSample();
  Cursor& cursor = *s.front[0].cursor;
  Event* event = &cursor.event();
  const Order::Step step = s.order.Advance(*event, cursor.thread);
  if (step != Order::Step::kDone) [[unlikely]] return NextOfOthers(event, step == Order::Step::kBroken);
  cursor.which ^= 1;
  if (s.NextOf(cursor)) [[likely]] {
    s.front.UpdateFirst(cursor.event().time);
  } else {
    if (!s.verdict.ok()) return false;
    s.front.Remove(0);
    s.rare = s.front.empty();
  }
  if (s.order.made_more()) [[unlikely]] event = Several(event);
  if (!s.Check(*event)) [[unlikely]] return false;
  event_ = s.Deliver(*event);
  return true;
}

}  // namespace gotrace
