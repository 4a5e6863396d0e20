#include "trace/reader.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "trace/go_sort.h"
#include "trace/order.h"
#include "trace/varint.h"

namespace gotrace {

// One thread's way through its batches.
struct Cursor {
  Order::Thread* thread = nullptr;
  int64_t m = kNone;
  uint32_t batch = 0;
  uint32_t which = 0;  // of events: the next one; the other one may be with the reader's caller
  const uint8_t* p = nullptr;
  const uint8_t* end = nullptr;
  uint64_t origin = 0;  // offset in the file less the address, of any byte of the batch
  int64_t last = 0;
  Event events[2];

  Event& event() { return events[which]; }
};

// A cursor in the heap, by the time of its event.
struct Front {
  int64_t time;
  uint32_t cursor;
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
  // The item at i has another time now.
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
    for (;;) {
      const size_t left = 2 * i + 1, right = left + 1;
      if (i >= n) return;
      size_t least = i;
      // One at the end of time is never less than another, even than itself.
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

struct Reader::State {
  State() {
    for (size_t kind = 0; kind < 256; kind++) {
      const KindInfo& info = InfoOf(static_cast<uint8_t>(kind));
      nargs[kind] = info.timed && kind < kEndOfKinds ? static_cast<uint8_t>(info.nargs - 1) : kNotTimed;
      checks[kind] = {info.stacks[0], info.stacks[1], info.strings[0], info.strings[1]};
    }
    // A CPU sample's stack is not looked at, as in Go.
    checks[kCPUSample] = checks[kSyncPoint] = {};
  }

  static constexpr uint8_t kNotTimed = 0xFF;

  Input input;
  int version = 0;
  std::unique_ptr<GenerationReader> generations;
  Generation generation;
  bool has_generation = false;
  bool ended = false;
  Order order;
  std::vector<Cursor> cursors;
  Heap front;
  size_t next_sample = 0;
  // Events of a step that made several, and the next of them to be delivered.
  std::vector<Event> more;
  size_t next_more = 0;
  int64_t last_time = 0;
  uint64_t syncs = 0;
  uint64_t whole = 0;
  bool fault_comes = false;  // after the kSyncPoint that was delivered last
  Verdict verdict;
  Event made;  // a sync point or a CPU sample

  // By kind: how many arguments without the time, and which of them are stacks and strings, counted from 1.
  uint8_t nargs[256];
  struct Checks {
    int8_t stack1, stack2, string1, string2;
  } checks[256];

  bool Fail(Outcome outcome, uint64_t offset, std::string why) {
    verdict = {outcome, offset, std::move(why)};
    return false;
  }
  // Something is not there. If bytes behind it could not be read, that is what is wrong.
  bool FailForLack(Outcome outcome, uint64_t offset, std::string why) {
    if (generations->verdict().ok()) return Fail(outcome, offset, std::move(why));
    verdict = generations->verdict();
    return false;
  }

  bool NextOf(Cursor& cursor, bool& more);
  const uint8_t* DecodeSlowly(Cursor& cursor, uint64_t& dt, uint8_t count);
  bool Install();
  bool Advance(size_t at, Order::Step& step, Event*& done);
  bool Stuck();
  void Sync(int64_t time);
  bool Check(const Event& event);
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

const uint8_t* Reader::State::DecodeSlowly(Cursor& cursor, uint64_t& dt, uint8_t count) {
  const uint8_t* p = GetVarint(cursor.p + 1, cursor.end, dt);
  for (int i = 0; i < count && p != nullptr; i++) p = GetVarint(p, cursor.end, cursor.event().args[i]);
  return p;
}

// The cursor's next event; `more` is false where there is none. False: the bytes are none.
bool Reader::State::NextOf(Cursor& cursor, bool& more) {
  if (cursor.p == cursor.end) {
    if (cursor.batch != 0) cursor.batch = generation.batch(cursor.batch).next;
    more = cursor.batch != 0;
    if (!more) return true;
    const Batch& batch = generation.batch(cursor.batch);
    cursor.p = batch.data;
    cursor.end = batch.data + batch.size;
    cursor.origin = batch.offset - reinterpret_cast<uintptr_t>(batch.data);
    cursor.last = 0;
  }
  more = true;
  if (cursor.last == 0) cursor.last = generation.Nanoseconds(generation.batch(cursor.batch).time);
  Event& event = cursor.event();
  event.m = cursor.m;
  event.p = event.g = kNone;
  event.kind = *cursor.p;
  event.from = 0;
  event.offset = cursor.origin + reinterpret_cast<uintptr_t>(cursor.p);
  const uint8_t count = nargs[event.kind];
  if (count == kNotTimed) [[unlikely]] {
    const std::string_view name = InfoOf(event.kind).name;
    return Fail(Outcome::kDamaged, event.offset,
                name.empty() ? "no event is numbered " + std::to_string(event.kind) : std::string(name) + " among the events of a thread");
  }
  std::fill_n(event.args, kMaxArgs, 0);
  uint64_t dt = 0;
  const uint8_t* p;
  if (cursor.end - cursor.p > (kMaxArgs + 1) * kMaxVarint) [[likely]] {
    p = GetVarintFast(cursor.p + 1, dt);
    for (int i = 0; i < count && p != nullptr; i++) p = GetVarintFast(p, event.args[i]);
  } else {
    p = DecodeSlowly(cursor, dt, count);
  }
  if (p == nullptr) [[unlikely]] {
    return Fail(Outcome::kDamaged, event.offset, std::string(InfoOf(event.kind).name) + " with a number that is cut off, or has more than 64 bits");
  }
  event.time = static_cast<int64_t>(static_cast<uint64_t>(generation.Nanoseconds(dt)) + static_cast<uint64_t>(cursor.last));
  cursor.last = event.time;
  cursor.p = p;
  return true;
}

// A generation has been read: its cursors.
bool Reader::State::Install() {
  has_generation = true;
  next_sample = 0;
  order.Begin(generation);
  cursors.clear();
  front.Clear();
  cursors.reserve(generation.threads().size());
  for (const ThreadBatches& thread : generation.threads()) {
    if (thread.first == 0) continue;
    Cursor& cursor = cursors.emplace_back();
    cursor.m = thread.m;
    cursor.thread = order.ThreadOf(thread.m);
    const Batch& batch = generation.batch(thread.first);
    cursor.batch = thread.first;
    cursor.p = batch.data;
    cursor.end = batch.data + batch.size;
    cursor.origin = batch.offset - reinterpret_cast<uintptr_t>(batch.data);
    bool more;
    if (!NextOf(cursor, more)) return false;
    front.Insert({cursor.event().time, static_cast<uint32_t>(cursors.size() - 1)});
  }
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

// Tries the event at that place of the heap. False: the trace is broken.
bool Reader::State::Advance(size_t at, Order::Step& step, Event*& done) {
  Cursor& cursor = cursors[front[at].cursor];
  Event& event = cursor.event();
  step = order.Advance(event, cursor.thread);
  if (step == Order::Step::kWait) return true;
  if (step == Order::Step::kBroken) [[unlikely]] return Fail(Outcome::kDamaged, event.offset, order.why());
  done = &event;
  cursor.which ^= 1;
  bool more;
  if (!NextOf(cursor, more)) return false;
  if (more) [[likely]] {
    front.Update(at, cursor.event().time);
  } else {
    front.Remove(at);
  }
  return true;
}

bool Reader::State::Stuck() {
  std::string why = "no event can come next in generation " + std::to_string(generation.number()) + ":";
  constexpr size_t kMost = 3;
  for (size_t i = 0; i < std::min(front.size(), kMost); i++) {
    Cursor& cursor = cursors[front[i].cursor];
    const KindInfo& info = InfoOf(cursor.event().kind);
    why += i == 0 ? " " : "; ";
    why += cursor.m == kNone ? "nobody" : "thread " + std::to_string(cursor.m);
    why += " has " + std::string(info.name);
    for (int arg = 1; arg < info.nargs; arg++) {
      why += " " + std::string(info.args[arg]) + "=" + std::to_string(cursor.event().args[arg - 1]);
    }
  }
  if (front.size() > kMost) why += "; and " + std::to_string(front.size() - kMost) + " more threads";
  return FailForLack(Outcome::kDamaged, cursors[front[0].cursor].event().offset, why);
}

bool Reader::State::Check(const Event& event) {
  const Checks check = checks[event.kind];
  const auto missing = [&](const char* what, uint64_t id) {
    if (generation.LooksCut()) {
      return FailForLack(Outcome::kCut, input.offset(), "cut off here: generation " + std::to_string(generation.number()) +
                                                     " has not all of its " + what + "s");
    }
    return FailForLack(Outcome::kDamaged, event.offset, std::string(InfoOf(event.kind).name) + " with " + what + " " + std::to_string(id) +
                                                     ", which generation " + std::to_string(generation.number()) + " does not have");
  };
  for (const int8_t at : {check.stack1, check.stack2}) {
    if (at != 0 && !generation.HasStack(event.args[at - 1])) [[unlikely]] return missing("stack", event.args[at - 1]);
  }
  for (const int8_t at : {check.string1, check.string2}) {
    if (at != 0 && !generation.HasString(event.args[at - 1])) [[unlikely]] return missing("string", event.args[at - 1]);
  }
  return true;
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
    if (!s.Install()) return false;
    generation_ = &s.generation;
  } else {
    s.fault_comes = !s.generations->verdict().ok();
    s.cursors.clear();
    s.next_sample = s.generation.cpu_samples().size();
    generation_ = nullptr;
    s.Sync(s.last_time);
  }
  event_ = s.Deliver(s.made);
  return true;
}

bool Reader::Next() {
  State& s = *state_;
  if (s.ended || !s.verdict.ok()) [[unlikely]] return false;
  Event* event = nullptr;
  if (s.next_more < s.more.size()) [[unlikely]] {
    event = &s.more[s.next_more++];
  } else {
    const std::vector<CPUSample>& samples = s.generation.cpu_samples();
    if (s.next_sample != samples.size()) [[unlikely]] {
      const CPUSample& sample = samples[s.next_sample];
      if (s.front.empty() || sample.time < s.front[0].time) {
        s.next_sample++;
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
    }
    if (s.front.empty()) [[unlikely]] return Turn();
    Order::Step step;
    if (!s.Advance(0, step, event)) [[unlikely]] return false;
    if (step == Order::Step::kWait) [[unlikely]] {
      // The first in time cannot happen yet: then the first that can.
      s.front.Sort();
      for (size_t i = 1; i < s.front.size() && step == Order::Step::kWait; i++) {
        if (!s.Advance(i, step, event)) return false;
      }
      if (step == Order::Step::kWait) return s.Stuck();
    }
    if (s.order.made_more()) [[unlikely]] {
      s.more.swap(s.order.before());
      s.more.push_back(*event);
      s.more.insert(s.more.end(), s.order.after().begin(), s.order.after().end());
      s.order.before().clear();
      s.order.after().clear();
      s.next_more = 1;
      event = &s.more[0];
    }
  }
  if (!s.Check(*event)) [[unlikely]] return false;
  event_ = s.Deliver(*event);
  return true;
}

}  // namespace gotrace
