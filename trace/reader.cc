// The order of events: who comes next, of all threads.
//
// Each thread has a cursor that stands at its next event; a heap knows which of these is earliest. The earliest is
// tried; if it has to wait for another thread's (order.h), the others are tried in the order of their times. What can
// happen, has happened, and its cursor moves on. So did Go's reader find the order, and where several events could come
// next, this finds the same one: the heap is built as Go's, ties are broken as Go's sort does, an event is not
// delivered if the bytes behind it are none.
//
// For speed, events are put in order many at a time, into an array from which Next takes them; and as long as one
// thread is earlier than all others, the heap is left alone.
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

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

// One thread's way through its batches.
struct Cursor {
  const uint8_t* p = nullptr;
  const uint8_t* end = nullptr;
  int64_t last = 0;
  uint64_t origin = 0;  // offset in the file less the address, of any byte of the batch
  Order::Thread* thread = nullptr;
  int64_t m = kNone;
  uint32_t batch = 0;
  Event event;  // the next one
};

// A cursor in the heap, by the time of its event.
struct Front {
  int64_t time;
  Cursor* cursor;
};

// A binary heap as Go's: which of several events of the same time is first depends on how it is built. Behind the items
// stand such as are never less than another, as children of those that have none.
class Heap {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  const Front& operator[](size_t i) const { return items_[i]; }
  void Clear() {
    items_.assign(3, kNobody);
    size_ = 0;
  }
  // The least time but for the first item's.
  int64_t SecondTime() const { return std::min(items_[1].time, items_[2].time); }

  void Insert(Front front) {
    items_.resize(std::max(items_.size(), 2 * size_ + 3), kNobody);
    items_[size_++] = front;
    Up(size_ - 1);
  }
  // The first item has another time now.
  void UpdateFirst(int64_t time) { Down(0, {time, items_[0].cursor}); }
  // The same of the item at i.
  void Update(size_t i, int64_t time) {
    items_[i].time = time;
    if (Up(i) == i) Down(i, items_[i]);
  }
  void Remove(size_t i) {
    for (; i > 0; i = (i - 1) / 2) std::swap(items_[(i - 1) / 2], items_[i]);
    items_[0] = items_[--size_];
    items_[size_] = kNobody;
    Down(0, items_[0]);
  }
  // A sorted heap is one still.
  void Sort() {
    GoSort(items_.data(), size_, [](const Front& a, const Front& b) { return a.time < b.time; });
  }

 private:
  static constexpr Front kNobody{kNever, nullptr};

  size_t Up(size_t i) {
    for (; i > 0 && items_[(i - 1) / 2].time > items_[i].time; i = (i - 1) / 2)
      std::swap(items_[(i - 1) / 2], items_[i]);
    return i;
  }
  // What is at i becomes `front`. Which of its children goes up, if one does, cannot be foretold, so that is no branch.
  void Down(size_t i, Front front) {
    Front* const d = items_.data();
    for (;;) {
      const size_t left = 2 * i + 1;
      const int64_t left_time = d[left].time, right_time = d[left + 1].time;
      size_t least = left_time < front.time ? left : i;
      least = right_time < std::min(left_time, front.time) ? left + 1 : least;
      if (least == i) break;
      d[i] = d[least];
      i = least;
    }
    d[i] = front;
  }

  std::vector<Front> items_ = std::vector<Front>(3, kNobody);
  size_t size_ = 0;
};

}  // namespace

struct Reader::State {
  State() {
    for (size_t kind = 0; kind < 256; kind++) {
      const KindInfo& info = InfoOf(static_cast<uint8_t>(kind));
      Shape& shape = shapes[kind];
      shape.args = info.timed && kind < kEndOfKinds ? static_cast<uint8_t>(info.nargs - 1) : kNotTimed;
      shape.stack = static_cast<uint8_t>(info.stacks[0]);
      shape.string = static_cast<uint8_t>(info.strings[0]);
      shape.more = info.stacks[1] != 0 || info.strings[1] != 0;
    }
  }

  Input input;
  int version = 0;
  std::unique_ptr<GenerationReader> generations;
  Generation generation;
  bool has_generation = false;
  bool as_go124 = false;
  Order order;
  std::vector<Cursor> cursors;
  Heap front;
  int64_t last_time = 0;

  // What Refill puts in order at a time, and room for what one event makes besides.
  static constexpr size_t kReady = 128;
  Event events[kReady + 4];
  size_t ready = 0;
  int64_t sample_time = kNever;  // of the next CPU sample
  size_t next_sample = 0;

  uint64_t syncs = 0;
  uint64_t whole = 0;
  bool ended = false;
  bool fault_comes = false;  // after the kSyncPoint that was delivered last
  Verdict fault;             // after the events that are ready
  Verdict verdict;           // of which the caller knows

  static constexpr uint8_t kNotTimed = 0xFF;
  struct Shape {
    uint8_t args;   // without the time
    uint8_t stack;  // which is one, counted from 1; 0 is none
    uint8_t string;
    bool more;  // there is a second stack, or string
  } shapes[256];

  [[gnu::cold, gnu::noinline]] bool Fail(Outcome outcome, uint64_t offset, std::string why) {
    fault = {outcome, offset, std::move(why)};
    return false;
  }
  // Something is not there. If bytes behind it could not be read, that is what is wrong.
  [[gnu::cold, gnu::noinline]] bool FailForLack(Outcome outcome, uint64_t offset, std::string why) {
    if (generations->verdict().ok()) return Fail(outcome, offset, std::move(why));
    fault = generations->verdict();
    return false;
  }
  [[gnu::cold, gnu::noinline]] bool FailBytes(const Event& event);
  [[gnu::cold, gnu::noinline]] bool FailStuck();
  [[gnu::cold, gnu::noinline]] bool FailMissing(const Event& event, const char* what, uint64_t id);

  // The cursor's next event, into `event`. False: there is none, or the bytes are none (see fault).
  [[gnu::always_inline]] bool NextOf(Cursor& cursor, Event& event) {
    return cursor.p != cursor.end ? Decode(cursor, event) : NextBatchOf(cursor, event);
  }
  [[gnu::noinline]] bool NextBatchOf(Cursor& cursor, Event& event);
  bool Decode(Cursor& cursor, Event& event);
  [[gnu::noinline]] const uint8_t* DecodeSlowly(Cursor& cursor, Event& event, uint64_t& dt, uint8_t count);
  void Begin(Cursor& cursor, const Batch& batch) {
    cursor.p = batch.data;
    cursor.end = batch.data + batch.size;
    cursor.origin = batch.offset - reinterpret_cast<uintptr_t>(batch.data);
    cursor.last = 0;
  }

  bool Install();
  void Sync(int64_t time);
  void Sample();
  [[gnu::always_inline]] bool Run();
  [[gnu::noinline]] bool AdvanceOther();
  [[gnu::noinline]] void Several();
  void LookForSample() {
    const std::vector<CPUSample>& samples = generation.cpu_samples();
    sample_time = next_sample < samples.size() ? samples[next_sample].time : kNever;
  }
  [[gnu::always_inline]] bool Check(const Event& event) {
    const Shape shape = shapes[event.kind];
    if (shape.stack != 0 && !generation.HasStack(event.args[shape.stack - 1])) [[unlikely]] {
      return FailMissing(event, "stack", event.args[shape.stack - 1]);
    }
    if (shape.string != 0 && !generation.HasString(event.args[shape.string - 1])) [[unlikely]] {
      return FailMissing(event, "string", event.args[shape.string - 1]);
    }
    return !shape.more || CheckMore(event);
  }
  [[gnu::noinline]] bool CheckMore(const Event& event);
  // The next of `events` is ready, once its time is put right.
  void Deliver() {
    Event& event = events[ready++];
    if (event.time <= last_time) event.time = static_cast<int64_t>(static_cast<uint64_t>(last_time) + 1);
    last_time = event.time;
  }
};

Reader::Reader() = default;
Reader::~Reader() = default;

void Reader::Reset() {
  state_ = std::make_unique<State>();
  events_ = state_->events;
  next_ = ready_ = 0;
  event_ = nullptr;
  generation_ = nullptr;
}

bool Reader::Open(const std::string& path) {
  Reset();
  state_->verdict = state_->input.Open(path);
  return state_->verdict.ok() && Start();
}

bool Reader::OpenFd(int fd) {
  Reset();
  state_->input.OpenFd(fd);
  return Start();
}

bool Reader::OpenBytes(std::string_view bytes) {
  Reset();
  state_->input.OpenBytes(bytes);
  return Start();
}

bool Reader::Start() {
  state_->version = state_->input.ReadVersion(state_->verdict);
  if (state_->version == 0) return false;
  state_->generations = std::make_unique<GenerationReader>(state_->input, state_->version);
  return true;
}

void Reader::JudgeAsGo124() {
  state_->as_go124 = true;
  if (state_->generations != nullptr) state_->generations->JudgeAsGo124();
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
  return Fail(
      Outcome::kDamaged, event.offset,
      name.empty() ? "no event is numbered " + std::to_string(event.kind) : name + " among the events of a thread");
}

bool Reader::State::FailStuck() {
  std::string why = "no event can come next in generation " + std::to_string(generation.number()) + ":";
  constexpr size_t kMost = 3;
  for (size_t i = 0; i < std::min(front.size(), kMost); i++) {
    const Cursor& cursor = *front[i].cursor;
    const KindInfo& info = InfoOf(cursor.event.kind);
    why += i == 0 ? " " : "; ";
    why += cursor.m == kNone ? "nobody" : "thread " + std::to_string(cursor.m);
    why += " has " + std::string(info.name);
    for (int arg = 1; arg < info.nargs; arg++) {
      why += " " + std::string(info.args[arg]) + "=" + std::to_string(cursor.event.args[arg - 1]);
    }
  }
  if (front.size() > kMost) why += "; and " + std::to_string(front.size() - kMost) + " more threads";
  if (generation.LooksCut()) {
    return FailForLack(
        Outcome::kCut, input.offset(),
        "cut off here: generation " + std::to_string(generation.number()) + " has not all of its batches");
  }
  return FailForLack(Outcome::kDamaged, front[0].cursor->event.offset, why);
}

bool Reader::State::FailMissing(const Event& event, const char* what, uint64_t id) {
  const std::string name = "generation " + std::to_string(generation.number());
  if (generation.LooksCut()) {
    return FailForLack(Outcome::kCut, input.offset(), "cut off here: " + name + " has not all of its " + what + "s");
  }
  return FailForLack(Outcome::kDamaged, event.offset,
                     std::string(InfoOf(event.kind).name) + " with " + what + " " + std::to_string(id) + ", which " +
                         name + " does not have");
}

bool Reader::State::CheckMore(const Event& event) {
  const KindInfo& info = InfoOf(event.kind);
  if (const int8_t at = info.stacks[1]; at != 0 && !generation.HasStack(event.args[at - 1])) [[unlikely]] {
    return FailMissing(event, "stack", event.args[at - 1]);
  }
  if (const int8_t at = info.strings[1]; at != 0 && !generation.HasString(event.args[at - 1])) [[unlikely]] {
    return FailMissing(event, "string", event.args[at - 1]);
  }
  return true;
}

// ---- a cursor

const uint8_t* Reader::State::DecodeSlowly(Cursor& cursor, Event& event, uint64_t& dt, uint8_t count) {
  const uint8_t* p = GetVarint(cursor.p + 1, cursor.end, dt);
  for (int i = 0; i < count && p != nullptr; i++) p = GetVarint(p, cursor.end, event.args[i]);
  return p;
}

[[gnu::always_inline]] inline bool Reader::State::Decode(Cursor& cursor, Event& event) {
  const uint8_t* p = cursor.p;
  const uint8_t kind = *p;
  event.m = cursor.m;
  event.kind = kind;
  event.from = 0;
  event.offset = cursor.origin + reinterpret_cast<uintptr_t>(p);
  std::fill_n(event.args, kMaxArgs, 0);
  const uint8_t count = shapes[kind].args;
  uint64_t dt = 0;
  if (cursor.end - p > (kMaxArgs + 1) * kMaxVarint && count <= kMaxArgs) [[likely]] {
    bool too_large = false;
    p = GetVarintFast(p + 1, dt, too_large);
    if (count > 0) p = GetVarintFast(p, event.args[0], too_large);
    if (count > 1) p = GetVarintFast(p, event.args[1], too_large);
    if (count > 2) p = GetVarintFast(p, event.args[2], too_large);
    if (count > 3) p = GetVarintFast(p, event.args[3], too_large);
    if (too_large) [[unlikely]]
      return FailBytes(event);
  } else {
    if (count == kNotTimed) return FailBytes(event);
    p = DecodeSlowly(cursor, event, dt, count);
    if (p == nullptr) return FailBytes(event);
  }
  // At time 0 Go begins anew from the batch's own.
  if (cursor.last == 0) [[unlikely]]
    cursor.last = generation.Nanoseconds(generation.batch(cursor.batch).time);
  event.time =
      static_cast<int64_t>(static_cast<uint64_t>(generation.Nanoseconds(dt)) + static_cast<uint64_t>(cursor.last));
  cursor.last = event.time;
  cursor.p = p;
  return true;
}

bool Reader::State::NextBatchOf(Cursor& cursor, Event& event) {
  cursor.batch = generation.batch(cursor.batch).next;
  if (cursor.batch == 0) return false;
  Begin(cursor, generation.batch(cursor.batch));
  return Decode(cursor, event);
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
    if (!Decode(cursor, cursor.event)) return false;
    front.Insert({cursor.event.time, &cursor});
  }
  if (as_go124 && front.empty() && sample_time == kNever) {
    return Fail(Outcome::kDamaged, generations->good_until(),
                "generation " + std::to_string(generation.number()) + " has no events");
  }
  Sync(generation.start());
  return true;
}

void Reader::State::Sync(int64_t time) {
  Event& event = events[ready] = {};
  event.kind = kSyncPoint;
  event.time = time;
  event.args[0] = ++syncs;
  event.offset = generations->good_until();
  Deliver();
}

// The generation is over: the next one, or the end.
bool Reader::Turn() {
  State& s = *state_;
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
    if (!s.Install()) {
      s.verdict = s.fault;
      return false;
    }
    generation_ = &s.generation;
  } else {
    s.fault_comes = !s.generations->verdict().ok();
    s.sample_time = kNever;
    generation_ = nullptr;
    s.Sync(s.last_time);
  }
  return true;
}

// ---- events

void Reader::State::Sample() {
  const CPUSample& sample = generation.cpu_samples()[next_sample++];
  Event& event = events[ready] = {};
  event.kind = kCPUSample;
  event.time = sample.time;
  event.m = sample.m;
  event.p = sample.p;
  event.g = sample.g;
  event.args[0] = sample.stack;
  event.offset = sample.offset;
  Deliver();
  LookForSample();
}

// The step of the event that would be ready next made others besides.
void Reader::State::Several() {
  const Event event = events[ready];
  size_t at = ready;
  for (const Event& before : order.before()) events[at++] = before;
  events[at++] = event;
  for (const Event& after : order.after()) events[at++] = after;
  order.before().clear();
  order.after().clear();
  // The last one is delivered as any other.
  while (ready + 1 < at) Deliver();
}

// The first in time cannot happen yet: then the first that can.
bool Reader::State::AdvanceOther() {
  front.Sort();
  for (size_t i = 1; i < front.size(); i++) {
    Cursor& cursor = *front[i].cursor;
    Event& event = events[ready] = cursor.event;
    if (cursor.thread != nullptr) cursor.thread->seen = true;
    const Order::Step step = order.Advance(event, cursor.thread);
    if (step == Order::Step::kWait) continue;
    if (step == Order::Step::kBroken) return Fail(Outcome::kDamaged, event.offset, order.why());
    if (NextOf(cursor, cursor.event)) {
      front.Update(i, cursor.event.time);
    } else {
      if (!fault.ok()) return false;
      front.Remove(i);
    }
    if (!Check(event)) return false;
    if (order.made_more()) Several();
    Deliver();
    return true;
  }
  return FailStuck();
}

// Events of the thread that is first in time, as long as none of another thread or sample is earlier: no heap is needed
// meanwhile. False: the good part of the trace is over.
inline bool Reader::State::Run() {
  Cursor& cursor = *front[0].cursor;
  Order::Thread* const thread = cursor.thread;
  if (thread != nullptr) thread->seen = true;
  const int64_t limit = std::min(front.SecondTime(), sample_time);
  Event* const end = events + kReady;
  Event* event = events + ready;
  *event = cursor.event;
  for (;;) {
    const Order::Step step = order.Advance(*event, thread);
    if (step != Order::Step::kDone) [[unlikely]] {
      ready = static_cast<size_t>(event - events);
      if (step == Order::Step::kBroken) return Fail(Outcome::kDamaged, event->offset, order.why());
      cursor.event = *event;
      front.UpdateFirst(event->time);
      return AdvanceOther();
    }
    Event* next = event + 1;
    bool more;
    if (order.made_more()) [[unlikely]] {
      ready = static_cast<size_t>(event - events);
      more = NextOf(cursor, cursor.event);
      if (!more && !fault.ok()) return false;
      Several();
      event = events + ready;
      next = event + 1;
      *next = cursor.event;
    } else {
      more = NextOf(cursor, *next);
    }
    // An event is not delivered if the next one's bytes are none: so does Go.
    if ((!more && !fault.ok()) || !Check(*event)) [[unlikely]] {
      ready = static_cast<size_t>(event - events);
      return false;
    }
    if (event->time <= last_time) event->time = static_cast<int64_t>(static_cast<uint64_t>(last_time) + 1);
    last_time = event->time;
    event = next;
    if (more && event->time <= limit && event < end) continue;
    ready = static_cast<size_t>(event - events);
    if (more) {
      cursor.event = *event;
      front.UpdateFirst(event->time);
    } else {
      front.Remove(0);
    }
    return true;
  }
}

// Puts events in order until there are enough of them, or the generation is over.
bool Reader::Refill() {
  State& s = *state_;
  next_ = ready_ = s.ready = 0;
  if (s.ended || !s.verdict.ok()) return false;
  while (s.ready < State::kReady && s.fault.ok()) {
    if (!s.front.empty() && s.sample_time >= s.front[0].time) [[likely]] {
      if (!s.Run()) break;
    } else if (s.sample_time != kNever) {
      s.Sample();
    } else {
      // What is ready is of the generation that is over.
      if (s.ready == 0 && !Turn()) return false;
      break;
    }
  }
  ready_ = s.ready;
  if (ready_ == 0) s.verdict = s.fault;
  return ready_ != 0;
}

}  // namespace gotrace
