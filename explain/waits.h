// The waits of goroutines, from runnable to running, and where their time went.
//
// At each moment of a wait there is one cause, by the first that holds: the world is stopped; the goroutine's own
// thread is on its way; a P has no work; else it is a matter of the queue that the goroutine lies on. So the parts of
// a wait add up to it, to the nanosecond.
//
// Not each goroutine is looked at when something changes, for there may be a hundred thousand that wait. Clocks run for
// what holds for all of them, and for each P for what holds on its queue; a wait notes what they show when the
// goroutine comes to lie somewhere, and takes the difference when it leaves.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "explain/causes.h"
#include "explain/state.h"

namespace explain {

// Where a goroutine lay during a wait.
struct Step {
  enum Kind : uint8_t {
    kLaid,       // by who readied it
    kKicked,     // out of runnext, by `by`
    kSpilled,    // with half of p2's full ring
    kDrained,    // with all that lay on p2: a worker of the collector keeps it for itself
    kStolen,     // came along with a theft: `p` took n from p2
    kBatch,      // came along with what `p` took from the global queue, n in all
    kHanded,     // p was handed to its own thread
    kMoved,      // otherwise; from p2, if it lay on one
  } kind = kLaid;
  Place place = Place::kNone;
  Certainty certainty = Certainty::kCertain;
  // Of place and p alone: a start that is certain tells where the goroutine lay, not how many lay before it.
  Certainty placed = Certainty::kCertain;
  int32_t p = kNobody, p2 = kNobody;
  int32_t position = 0;  // before it in the queue
  int32_t n = 0;
  int64_t by = 0;
  int64_t time = 0;
  int64_t ahead = 0;  // the goroutine that ran on p then
};

// A goroutine that ran where the waiting one lay.
struct Ran {
  int64_t g = 0;
  uint32_t name = 0;
  int64_t in_wait = 0;  // ns
  int64_t in_all = 0;   // the run, up to the end of the wait if that was before
  int32_t p = kNobody;
  bool worker = false;
  int64_t from = 0;  // when the run began
};

struct IdleP {
  int32_t p = kNobody;
  int64_t ns = 0;
};

struct Wait {
  int64_t g = 0;
  uint32_t name = 0;
  int64_t ready = 0, start = 0;  // since the beginning of the recording
  uint64_t at = 0;               // of the start: record or place in the file
  How how = How::kNone;
  int64_t by = 0;
  uint32_t by_name = 0;
  bool began_before = false;  // it was runnable when the recording began
  bool ended = true;          // it runs; false: the recording ends before
  Rule rule = Rule::kNone;
  int32_t p = kNobody, m = kNobody;
  int32_t from = kNobody;  // stolen from
  int32_t along = 0;
  Certainty certainty = Certainty::kCertain;  // of the rule
  Certainty readied = Certainty::kCertain;
  Parts parts{};
  std::array<Certainty, kCauses> sure{};
  std::vector<Step> steps;  // the first and the last ones
  size_t steps_left_out = 0;
  // Filled for a wait that somebody wants to tell (Waits::Detail).
  std::vector<Ran> ran;     // the longest first, a few
  size_t ran_others = 0;
  int64_t ran_others_ns = 0;
  bool ran_cut = false;  // more ran than is remembered
  std::vector<IdleP> idle;  // the longest first

  int64_t length() const { return start - ready; }
};

class Waits {
 public:
  // Called with each wait when it ends. Its details may be asked for while it is called.
  using Ended = std::function<void(Wait& wait)>;
  explicit Waits(Ended ended) : ended_(std::move(ended)) {}

  void Apply(const Fact& fact, std::string_view text);
  // The recording is over: what waits now is reported as not ended.
  void End();

  // Who ran meanwhile, and which Ps were idle.
  void Detail(Wait& wait) const;

  const State& state() const { return state_; }
  int64_t origin() const { return origin_; }  // the time of the first fact
  int64_t now() const { return now_; }        // since then

 private:
  // What may be the cause for all that wait.
  enum Over : uint8_t { kWorld, kOS, kThread, kSpinner, kNobodyWoken, kIdle, kBusy, kOvers };
  static constexpr size_t kOnP = 4;  // goroutine, GC worker, system call, scheduler

  struct PClock {
    std::array<int64_t, kOnP> busy{};
    size_t state = 3;
    int64_t at = 0;  // of the clock kBusy
    // What it did lately, for Detail.
    struct Piece {
      int64_t from, to, g;
      uint32_t name, number;
      PState state;
    };
    std::deque<Piece> pieces;
    PState last = PState::kGone;
    int64_t last_g = 0;
    uint32_t last_name = 0, last_number = 0;
    int64_t since = 0;
  };
  struct Open {
    Wait wait;
    Place place = Place::kNone;
    int32_t p = kNobody;
    bool handed = false;
    int64_t since = 0;
    std::array<int64_t, kOvers> overs{};
    std::array<int64_t, kOnP> on_p{};
    Certainty laid = Certainty::kCertain;
  };

  Over OverNow() const;
  PClock& ClockOf(int32_t p);
  void Flush(PClock& clock);
  void Begin(Open& open);
  void Close(Open& open);
  void AddStep(Open& open, Step step);
  static void Placed(Open& open, const Fact& start);
  void Watch(int32_t p);
  uint32_t Remember(int64_t g);
  void Forget(int64_t g);
  void Before(const Fact& fact);
  void After(const Fact& fact);

  Ended ended_;
  State state_;
  std::unordered_map<int64_t, Open> open_;
  std::vector<PClock> clocks_;
  // Small numbers for the goroutines of pieces, so that a table can be kept of them, and how many pieces each has.
  struct Runner {
    uint32_t number = 0, pieces = 0;
  };
  absl::flat_hash_map<int64_t, Runner> runners_;
  std::vector<uint32_t> free_numbers_;
  uint32_t numbers_ = 1;  // 0: nobody's
  // By number: the call of Detail that met it last, and where it put it.
  mutable std::vector<std::pair<uint32_t, uint32_t>> met_;
  mutable uint32_t details_ = 0;
  std::array<int64_t, kOvers> overs_{};
  Over over_ = kBusy;
  Certainty over_sure_[kOvers] = {};
  int64_t origin_ = 0, now_ = 0;
  bool begun_ = false;
  bool tells_threads_ = true;  // facts say who spins and who is woken
  // What each thread took last from where others lie, for the facts that follow.
  std::unordered_map<int32_t, Fact> moved_;
};

}  // namespace explain
