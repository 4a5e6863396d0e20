// What a trace proves of its starts, whatever the scheduler chose where the trace leaves it a choice.
//
// The port goes through a trace by one way out of many; what it says of a start holds for that way. Here no way is
// chosen. For each goroutine that is runnable a set is kept: all the places in which it can lie. A goroutine that is
// readied by another lies in runnext of that P and nowhere else; when the next one is readied there, it lies on the
// ring. What can make a set larger is only what a trace does not show: that somebody else took goroutines along. And
// nobody takes any along without starting one of them: each look for work ends with a start, or with nothing, and the
// trace shows with which. So a thief that ends with a goroutine that was not on that ring has taken nothing from it.
// What makes sets smaller is order: queues are first in, first out, and the local one comes before the others.
//
// A start is certain when exactly one of its ways is left. Looks that have begun and not ended, and may have taken
// effect, are thought of at each step; where two things can have been in either order, both are taken to be possible.
//
// What a proof stands on: how Go 1.22 to 1.27 work (the port has it), and that the trace is whole. In traces of Go 1.26
// and 1.27 nothing is certain behind the first P that is taken from a system call.
#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "worlds/facts/fact.h"
#include "worlds/guided/proofs.h"
#include "worlds/guided/window.h"

namespace guided {

class Certain {
 public:
  static constexpr uint64_t kNever = ~uint64_t{0};

  // is_wired: whether a goroutine that stops by an event of that index is wired to its thread, as far as one can see.
  using IsWired = std::function<bool(int64_t g, uint64_t index)>;
  explicit Certain(IsWired is_wired) : is_wired_(std::move(is_wired)) {}

  // The event at the window's head; to be called for each one, before it leaves. The ways in which it may have come to
  // a start: if there is one, that is certain; none: nothing is known. The likeliest is the first.
  std::vector<Way> Pass(const In& e, Window& window);
  // Nothing will be known any more.
  bool IsOver() const { return over_; }

 private:
  static constexpr int kPs = 64;
  using Ps = std::bitset<kPs>;

  // Where a goroutine can be.
  struct Places {
    Ps next, ring;
    bool global = false;

    bool none() const { return next.none() && ring.none() && !global; }
    bool only(int p) const { return !global && (next | ring).count() >= 1 && (next | ring) == Bit(p); }
  };
  static Ps Bit(int p) { return Ps().set(static_cast<size_t>(p)); }

  struct alignas(64) G {
    int64_t id = 0;
    Places at;
    bool stray = false;      // its order on rings is not known
    bool loose = false;      // its order on the global queue is not known
    uint32_t stay = 0;       // how often it became runnable: entries of before are void
    uint64_t put = 0;        // the event by which it did
    int64_t by = -1;         // and the thread
    uint64_t lies = 0;       // from that event on it lies there for sure
    int64_t thread = -1;     // where it ran last
    int64_t wired_to = -1;   // it was, to that thread, as far as one can see
    uint8_t reason = 0;      // for what it waits
    int32_t put_on = -1;     // with many places: the P of that event
    int32_t home = -1;       // came to the ring of that P, and to no other place but by being taken from there
    uint32_t poll = 0;       // and if that is the network, for what there
    int32_t blocked_on = -1;  // on which P it began to wait
    bool by_network = false;  // and that may have been the network, or its deadline
    bool timed_out = false;   // so the last time, by its deadline
    bool by_timer = false;    // what made it runnable was run by a thread that looked for work
    uint64_t on_global = 0;  // the event by which it came to the global queue
    uint64_t turn = kNever;  // its number among those that came there; kNever: it has not, this time
    int64_t putter = -1;     // and the thread that put it there
  };
  struct Entry {
    G* g;
    uint32_t stay;
    uint32_t turn = 0;  // on a ring
    uint64_t lies = kNever;  // there for sure, from that event on

    bool isGood() const { return stay == g->stay; }
  };
  using Queue = std::deque<Entry>;
  using Ring = std::vector<Entry>;

  // A thread that has a P and looks for work.
  struct Look {
    int64_t thread = -1;
    int32_t p = -1;
    int64_t ends = 0;         // what it starts; 0: nothing
    uint64_t start = 0;       // the event that shows it
    bool handed = false;      // by another thread, to which it is wired
    bool unknown = false;     // that is not in view
    uint64_t since = 0;
    uint32_t turns = 0;       // how many had come to its ring then; what came since is what it may have taken itself
    std::array<uint32_t, kPs> heads{};  // the first turn that lay on each ring then
    bool woken = false;       // it began when the thread got the P
    Places were;              // where `ends` was meanwhile
    Way took;                 // what it must have done by now
  };
  struct P {
    int64_t next = 0;  // what lies in runnext, if anything does
    // What was kicked out of it, and may lie there yet up to that event.
    int64_t kicked = 0;
    uint64_t kicked_until = 0;
    Ring ring;
    uint32_t turns = 0;  // how many have come to the ring
    bool known = false;  // what lay there before the trace began is gone
    // Those that came to the ring before that turn, and lie there, may all lie on the ring of that other P, too.
    std::array<uint32_t, kPs> shared{};
    uint64_t global_shared = 0;  // the same of the global queue and this P's ring
    bool drains = false;  // a mark worker runs on it that may move all that lies here to the global queue
    bool held = false;    // a thread has it, or a system call: it is not idle
    std::bitset<61> tick = std::bitset<61>().set();  // what schedtick can be, modulo 61
  };

  struct Before {
    In last, last_but_one;
    int injected = 0;  // goroutines, one after the other
  };

  G& Of(int64_t id) {
    Known& known = known_[static_cast<uint64_t>(id) % kKnown];
    if (known.g != nullptr && known.id == id) return *known.g;
    G*& g = gs_[id];
    if (g == nullptr) g = New(id);
    known = {id, g};
    return *g;
  }
  G* New(int64_t id);
  void Drop(int64_t id);
  bool IsNext(int64_t id, int p);
  static bool Is(const Entry& entry, int64_t id) { return entry.isGood() && entry.g->id == id; }
  static bool IsOn(const Entry& entry, int p) { return entry.isGood() && entry.g->at.ring[static_cast<size_t>(p)]; }
  static bool IsGlobal(const Entry& entry) { return entry.isGood() && entry.g->at.global; }
  static bool IsLocal(const Way& way);

  void NoMore();
  void BeginLook(const In& e, Window& window, int32_t p, bool woken);
  void EndLook(int64_t thread);
  const In* HandedOn(const In& stop, Window& window, int p);
  void Ends(const Look& look);
  void Hold(int64_t p, bool held);
  void See(int64_t id);
  // Whether one of those is so with which it may end: where that is not in view, any goroutine of which no start is.
  template <typename Is>
  bool EndsWith(const Look& look, Is is) {
    if (look.unknown) return std::any_of(unseen_.begin(), unseen_.end(), is);
    return look.ends != 0 && is(look.ends);
  }
  void MustHaveTaken(int p);
  bool MayTakeRing(const Look& look, int p);
  bool MayTakeNext(const Look& look, int p);
  bool RingHasSome(int p, const Look& but);
  bool MayTake(const Look& look, int p);
  bool MayBeRobbed(int p, bool just_now = false);
  void Wire(const In& e);
  void EndWorker(const In& e);
  void MayDrain(int p);

  void Queued(int64_t id, const In& e);
  void Everywhere(int64_t id);
  void PutNext(int64_t id, int p, const In& e);
  void PutRing(int64_t id, int p);
  void Overflow(int64_t id, int p);
  void PutGlobal(int64_t id);
  void Trim();
  size_t Lost(size_t most);
  void Anyhow(int64_t id, int p, const In& e);
  bool WasBriefly(const G& g, const In& e);
  bool MayBeForStop(const In& stop);
  int MostIdle(const In& e);
  void Shrink(int procs);
  void Unblock(const In& e, Window& window);
  // How a wait for the network ended, by what its goroutine does next.
  enum class Net : uint8_t { kReady, kTimedOut, kUnknown };
  Net EndOfWait(int64_t id);

  std::vector<Way> Start(const In& e);
  std::vector<Way> WaysOf(const In& e, const Look& look);
  bool GlobalHasSome(const Look& look);
  static bool Lies(const G& g, const Look& look);
  bool IsBehind(int64_t id);
  bool LocalIfHead(int64_t id, const Look& look);
  Places InHands(int64_t id);
  int Index(const Ring& ring, int64_t id);
  bool IsTooFarAhead(int64_t id, int p, const Look& look);
  bool IsBefore(const Ring& ring, int64_t id, int64_t other);

  void Take(int64_t id, const Way& way, const Look& look, bool sure);
  void ToHands(int64_t id, const Places& in);
  void Leave(int64_t id, const std::function<void(G&)>& place);
  void LeaveNext(int64_t id, int p);
  void LeaveRing(int64_t id, int p);
  void PushRing(G& g, int p);
  void OffRing(G& g, int p);
  void LeaveGlobal(int64_t id);
  void LocalWasEmpty(const Look& look);
  void TakeAlong(int64_t id, int from, int to, bool sure);
  void TookHead(int64_t id);
  void TakeShare(int64_t id, const Look& look, bool sure);

  // Those that were asked for lately: each event asks for a few, many times.
  struct Known {
    int64_t id = 0;
    G* g = nullptr;
  };
  static constexpr size_t kKnown = 256;
  std::array<Known, kKnown> known_;
  absl::flat_hash_map<int64_t, G*> gs_;
  std::deque<G> all_;      // what gs_ and entries point to; never given back
  std::vector<G*> free_;   // of goroutines that have ended
  std::array<P, kPs> ps_;
  Queue global_;           // some thousand may lie there: it is not gone through, but from its head as far as needed
  uint64_t turns_ = 0;     // how many have come there
  absl::flat_hash_set<int64_t> lost_;  // may lie there, at a place that nobody knows; some do not any more
  std::map<int64_t, Look> looks_;  // by thread; in order, so that the same trace always has the same proofs
  absl::flat_hash_map<int64_t, int64_t> ends_of_;  // the thread whose look ends with a goroutine
  absl::flat_hash_map<int64_t, Before> before_;    // by thread
  absl::flat_hash_set<int64_t> unseen_;            // runnable, and no start of them is in view
  IsWired is_wired_;
  Window* window_ = nullptr;
  int held_ = 0;  // Ps that are
  int32_t procs_ = 0;
  int stops_ = 0;  // of the world, that have begun and not ended
  bool told_procs_ = false;
  bool over_ = false;
  uint64_t now_ = 0, done_ = 0;  // the event, and the next one of its thread
  int64_t actor_ = -1;           // its thread
};

}  // namespace guided
