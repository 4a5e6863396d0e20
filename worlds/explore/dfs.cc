// Every run there is, up to a bound, depth first; each run from the beginning, since a reset is cheaper than a picture
// of the state at each step would be.
//
// Reduction. Two steps that touch different objects, or only read the same one, can change places and nobody sees a
// difference; so of all runs that differ by such changes one is enough. After each run vector clocks tell which of its
// steps had to come in that order, and which pairs raced: touched the same object, one writing, with nothing between
// them that ordered them. For each race the run in which the later M is let go before the earlier step is put on the
// list of what to try (Flanagan and Godefroid, 2005). Who takes a lock races with whoever took it before.
//
// Bound. A bound on the costs of moves (search.h) breaks the argument: the run that makes up for one left out may cost
// more. So a race adds two runs, the second with the change at the beginning of the block in which the earlier M had
// run without a stop, where it may cost nothing (Coons, Musuvathi, McKinley, 2013).
//
// Cache. A state is known by what happened before it, up to the order of steps that may change places: for each M a
// hash of its steps and of the versions of the objects that it met. Equal hashes are equal states (but for collisions
// of 64 bits). One that was met before, with the same M running, and as much or more of the bound left, is not gone
// into again. Not together with the reduction: a race between a step before such a state and one behind it asks for a
// run that is only found where the run does not end there.
#include <cstring>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "worlds/explore/search.h"

namespace explore {

namespace {

uint64_t mix(uint64_t a, uint64_t b) {
  unsigned __int128 product = static_cast<unsigned __int128>(a ^ 0xa0761d6478bd642f) * (b ^ 0xe7037ed1a0b428db);
  return static_cast<uint64_t>(product >> 64) ^ static_cast<uint64_t>(product);
}

constexpr uint32_t kClock = 1u << 30;  // time, as an object

struct Clock {
  uint32_t at[kThreads] = {};  // of each M the last step that is known, from 1 on

  void Join(const Clock& other) {
    for (int i = 0; i < kThreads; i++) at[i] = at[i] > other.at[i] ? at[i] : other.at[i];
  }
};

// An object of this run.
struct Object {
  uint32_t run = 0;
  Clock written, read;              // what who reads, or writes, learns
  uint32_t lastWrite = 0;           // steps; of a lock: when it was taken
  int writer = 0;
  uint32_t lastRead[kThreads] = {};
  uint64_t version = 0, readers = 0;
};

struct Node {
  uint32_t enabled, timed, backtrack, done;
  uint8_t last, thread, value, values;
  int16_t cost;    // before it
  uint8_t usual;
};

class Dfs : public Search {
 public:
  explicit Dfs(const DfsOptions& options) : options_(options) {}

  Move Choose(const View& view) override {
    const size_t i = depth_++;
    if (i < nodes_.size()) {
      const Node& n = nodes_[i];
      cost_ += CostOf(view, n.thread);
      return {n.thread, n.value};
    }
    if (options_.cache && i > 0 && known(view)) return {-1, 0};
    Node n{};
    n.enabled = view.enabled;
    n.timed = view.timed;
    n.last = static_cast<uint8_t>(view.last);
    n.usual = static_cast<uint8_t>(view.usual);
    n.thread = n.usual;
    n.values = Next(view.usual).values;
    n.cost = static_cast<int16_t>(cost_);
    n.done = n.backtrack = 1u << n.thread;
    if (!options_.reduce) n.backtrack = view.enabled;
    nodes_.push_back(n);
    cost_ += CostOf(view, n.thread);
    return {n.thread, 0};
  }

  bool Again(const std::vector<Event>& events) override {
    analyse(events);
    if (End().text.size() != 0) ends_.insert(stateNow());
    depth_ = 0;
    cost_ = 0;
    while (!nodes_.empty()) {
      Node& n = nodes_.back();
      const View view{n.enabled, n.timed, n.last, n.usual};
      if (n.value + 1 < n.values) {
        n.value++;
        restart();
        return true;
      }
      uint32_t left = n.backtrack & ~n.done & n.enabled;
      while (left != 0) {
        const int thread = __builtin_ctz(left);
        left &= left - 1;
        n.done |= 1u << thread;
        if (options_.bound >= 0 && n.cost + CostOf(view, thread) > options_.bound) continue;
        n.thread = static_cast<uint8_t>(thread);
        n.value = 0;
        n.values = 0;  // known when it is there: 0 says so
        restart();
        return true;
      }
      nodes_.pop_back();
    }
    all_ = true;
    return false;
  }

  uint64_t States() const override { return options_.cache ? seen_.size() : 0; }
  bool All() const override { return all_; }
  uint64_t Ends() const override { return ends_.size(); }

 private:
  void restart() {
    run_++;
    done_ = 0;
    std::memset(hash_, 0, sizeof hash_);
    for (Clock& c : clocks_) c = Clock{};
    step_ = 0;
  }

  Object& object(uint32_t number) {
    auto [it, isNew] = numbers_.try_emplace(number, static_cast<uint32_t>(objects_.size()));
    if (isNew) objects_.emplace_back();
    Object& o = objects_[it->second];
    if (o.run != run_) {
      o = Object{};
      o.run = run_;
    }
    return o;
  }

  // Whether the run is in a state that has been gone into. Also the place where the hashes follow the run.
  bool known(const View& view) {
    analyse(Events());
    const uint64_t state = stateNow() + (options_.bound < 0 ? 0 : static_cast<uint64_t>(view.last));
    const int left = options_.bound < 0 ? 0 : options_.bound - cost_;
    auto [it, isNew] = seen_.try_emplace(state, static_cast<int16_t>(left));
    if (isNew) return false;
    if (it->second >= left) return true;
    it->second = static_cast<int16_t>(left);
    return false;
  }

  uint64_t stateNow() const {
    uint64_t state = 0;
    for (int i = 0; i < kThreads; i++) state += mix(static_cast<uint64_t>(i) + 1, hash_[i]);
    return state;
  }

  void race(uint32_t step, int thread) {
    tryAt(step, thread);
    if (options_.bound < 0) return;
    uint32_t begin = step;
    while (begin > 1 && nodes_[begin - 2].thread == nodes_[step - 1].thread) begin--;
    if (begin != step) tryAt(begin, thread);
  }
  void tryAt(uint32_t step, int thread) {
    Node& n = nodes_[step - 1];
    if ((n.enabled >> thread & 1) != 0) {
      n.backtrack |= 1u << thread;
    } else {
      n.backtrack |= n.enabled;
    }
  }

  // Follows the run from where it was left.
  void analyse(const std::vector<Event>& events) {
    for (; done_ < events.size(); done_++) {
      const Event& e = events[done_];
      const int t = e.thread;
      Clock& mine = clocks_[t];
      if (e.kind == Kind::kCreate) {
        clocks_[e.value] = mine;
        hash_[e.value] = mix(hash_[t], 77);
        continue;
      }
      if (e.kind == Kind::kTime) {
        uint64_t seen = 0;
        touch(object(kClock), t, mine.at[t], mine, false, false, seen);
        hash_[t] = mix(hash_[t], seen);
        continue;
      }
      if (e.kind == Kind::kUnlock) {
        Object& o = object(e.object);
        o.written.Join(mine);
        o.version = hash_[t];
        continue;
      }
      const uint32_t step = ++step_;
      if (step <= nodes_.size() && nodes_[step - 1].values == 0) {
        nodes_[step - 1].values = e.kind == Kind::kRead && e.object == 0 && std::strcmp(e.what, "random") == 0 ? 2 : 1;
      }
      mine.at[t] = step;
      uint64_t seen = mix(static_cast<uint64_t>(e.kind) << 8 | (e.timed ? 2 : 0),
                          static_cast<uint64_t>(e.value) << 32 | e.object);
      if (e.timed) {
        // Time is an object, too: who comes at its end moves the clock on.
        touch(object(kClock), t, step, mine, true, false, seen);
      }
      if (e.object != 0) {
        const bool writes = e.kind != Kind::kRead && !(e.kind == Kind::kNote);
        // Who sleeps until it is woken cannot have gone on before that.
        const bool ordered = (e.kind == Kind::kNote || e.kind == Kind::kPoll) && !e.timed;
        touch(object(e.object), t, step, mine, writes, ordered, seen);
      }
      hash_[t] = mix(hash_[t], seen);
      if (e.object != 0 && e.kind != Kind::kRead && e.kind != Kind::kNote) {
        Object& o = object(e.object);
        o.version = hash_[t];
        o.readers = 0;
      }
      if (e.timed) object(kClock).version = hash_[t];
    }
  }

  void touch(Object& o, int t, uint32_t step, Clock& mine, bool writes, bool ordered, uint64_t& seen) {
    if (options_.reduce && !ordered) {
      if (o.lastWrite != 0 && o.writer != t && o.lastWrite > mine.at[o.writer]) race(o.lastWrite, t);
      if (writes) {
        for (int i = 0; i < kThreads; i++) {
          if (i != t && o.lastRead[i] > mine.at[i]) race(o.lastRead[i], t);
        }
      }
    }
    seen = mix(seen, o.version);
    mine.Join(o.written);
    if (writes) {
      seen = mix(seen, o.readers);
      mine.Join(o.read);
      o.written = mine;
      o.lastWrite = step;
      o.writer = t;
      std::memset(o.lastRead, 0, sizeof o.lastRead);
    } else {
      o.read.Join(mine);
      o.lastRead[t] = step;
      o.readers += mix(hash_[t], seen);
    }
  }

  const DfsOptions options_;
  std::vector<Node> nodes_;
  size_t depth_ = 0;
  int cost_ = 0;
  bool all_ = false;

  // Of this run.
  uint32_t run_ = 1, step_ = 0;
  size_t done_ = 0;
  Clock clocks_[kThreads];
  uint64_t hash_[kThreads] = {};
  absl::flat_hash_map<uint32_t, uint32_t> numbers_;
  std::vector<Object> objects_;
  absl::flat_hash_map<uint64_t, int16_t> seen_;
  absl::flat_hash_set<uint64_t> ends_;  // states in which runs ended
};

}  // namespace

std::unique_ptr<Search> MakeDfs(const DfsOptions& options) { return std::make_unique<Dfs>(options); }

}  // namespace explore
