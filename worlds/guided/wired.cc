// A goroutine that is wired to its thread shows by what happens whenever it stops. Its thread gives its P away at once,
// whatever there is to run, and sleeps. The goroutine becomes runnable; another thread finds it, gives up its own P,
// and the sleeper starts that very P and then the goroutine. A thread that slept because there was nothing to do starts
// a P that has been idle for longer. So a stop is of a wired goroutine if its thread comes back with it alone, on a P
// that another thread has given up since the goroutine became runnable. It may be so by chance, once: it has to be so
// twice, with nothing between that speaks against it.
//
// Two goroutines that wake each other, each on its own thread, look alike: either the one that stops is wired, and its
// thread gave the P to any thread that slept, or the one that starts is, and was handed the P. Both cannot be, since
// then a third thread comes between. Whoever has run elsewhere in between is not. Else it is the one whose thread has
// made a thread for the P that it gave away, for which it borrows that P: it starts it and stops again. Else it is the
// one whose thread gives its P up sooner: it does so without looking for work first.
//
// All that is found by the events up to kAhead in front of the port. What came before the port is forgotten.
#include "worlds/guided/wired.h"

#include <algorithm>
#include <array>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "trace/reader.h"
#include "worlds/guided/guide.h"
#include "worlds/guided/window.h"

namespace guided {

namespace {

constexpr int kTimes = 2;
constexpr uint64_t kAhead = 1 << 18;
// How many events are read at a time.
constexpr uint64_t kStretch = 1 << 12;
static_assert(kAhead > 2 * Window::kView);

// The middle one of some numbers, however many they are: of those that are kept, each so-many-th.
class Middle {
 public:
  void Add(int64_t number) {
    if (seen_++ % each_ != 0) return;
    if (kept_.size() == kMost) {
      for (size_t i = 0; i < kMost / 2; i++) kept_[i] = kept_[2 * i];
      kept_.resize(kMost / 2);
      each_ *= 2;
      if ((seen_ - 1) % each_ != 0) return;
    }
    kept_.push_back(number);
  }
  int64_t Value() const {
    if (kept_.empty()) return 0;
    Kept sorted = kept_;
    const auto middle = sorted.begin() + static_cast<long>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    return *middle;
  }

 private:
  static constexpr size_t kMost = 128;
  using Kept = std::vector<int64_t>;
  Kept kept_;
  uint64_t seen_ = 0, each_ = 1;
};

// A run's goroutine, and the first of its stops. Runs of a goroutine come one behind the other.
using Name = std::pair<int64_t, uint64_t>;
constexpr Name kNoRun = {0, 0};

// One goroutine, on one thread, for as long as nothing speaks against it.
struct Run {
  uint64_t first = 0, last = 0;  // of its stops
  uint64_t end = 0;              // where it ended, wired, if its thread has done nothing since
  int64_t times = 0;             // that it was so
  int64_t borrows = 0;
  Middle gaps;  // how long its thread had its P yet, each time
  // Those of goroutines whose threads gave the P to this one's at once.
  std::vector<Name> rivals;
  bool over = false, dropped = false;

  bool Has(uint64_t stop) const { return first <= stop && stop <= last; }
  bool Is(uint64_t stop) const { return !dropped && (Has(stop) || (end != 0 && stop == end)); }

  // Both cannot be.
  bool IsLikelier(const Run& other) const {
    // If neither runs anywhere else they take turns.
    const int64_t more = times - other.times;
    if (more > kTimes || -more > kTimes) return more > 0;
    return borrows != other.borrows ? borrows > other.borrows : gaps.Value() < other.gaps.Value();
  }
};

class Finder {
 public:
  explicit Finder(const std::string& path) : good_(reader_.Open(path)) {}

  // The port has passed that event.
  void Follow(uint64_t passed);
  // Reads on until it was twice so for one; false: up to the end it was not.
  bool FindsOne();
  bool IsWired(int64_t g, uint64_t stop) const;
  int64_t Handed(uint64_t stop) const;

 private:
  struct M {
    enum : uint8_t { kElsewhere, kStopped, kWithoutP, kHasP } is = kElsewhere;
    int64_t g = 0;  // that stopped on it
    uint64_t stop = 0;
    int64_t time = 0, gap = -1;
    bool borrowed = false;
    bool fits = false, own = false;  // of kHasP: another has given that P up; it has itself
    uint64_t given = 0, from = 0;    // likewise: where; the stop behind which that was
    int64_t from_m = 0, from_g = 0;  // and by whom
    Name rival = kNoRun;             // of whom its thread gave the P to when its goroutine stopped
    Name ended = kNoRun;             // a goroutine ended wired to it there, and it has done nothing since
  };
  struct G {
    uint64_t ready = 0;
    int64_t m = -1;  // on which it stopped last
    Name run = kNoRun;
  };
  struct P {
    int64_t by = -1;
    uint64_t when = 0, from = 0;
    int64_t from_g = 0;
  };
  struct Given {
    int64_t g;
    Name run;
  };

  bool Read();
  void Event(const gotrace::Event& e);
  void Stops(const gotrace::Event& e, bool has_p);
  void Comes(M& m, G& g);
  void Meet(Name run, Name other);
  void Breaks(M& m);
  void Breaks(G& g);
  void Forget(uint64_t passed);
  void Settle();

  gotrace::Reader reader_;
  bool good_;
  uint64_t at_switch_ = ~uint64_t{0};
  uint64_t now_ = 0;  // the event's index, as window.h counts
  uint64_t read_ = 0;
  int stopped_ = 0;  // the world
  bool found_ = false;  // a run that was so twice
  absl::flat_hash_map<int64_t, M> ms_;
  absl::flat_hash_map<int64_t, G> gs_;
  absl::flat_hash_map<int64_t, P> ps_;
  std::map<Name, Run> runs_;
  absl::flat_hash_map<uint64_t, Given> given_;  // by the ProcStop
  std::deque<uint64_t> given_order_;
};

void Finder::Breaks(G& g) {
  if (g.run == kNoRun) return;
  const auto it = runs_.find(g.run);
  g.run = kNoRun;
  it->second.over = true;
  if (it->second.times < kTimes) runs_.erase(it);
}

// It did what a thread does not whose goroutine is wired to it.
void Finder::Breaks(M& m) {
  if (m.is == M::kElsewhere) return;
  m.is = M::kElsewhere;
  if (auto it = gs_.find(m.g); it != gs_.end()) Breaks(it->second);
}

void Finder::Stops(const gotrace::Event& e, bool has_p) {
  M& m = ms_[e.m];
  m.is = has_p ? M::kStopped : M::kWithoutP;
  m.g = e.g;
  m.stop = now_;
  m.time = e.time;
  m.gap = -1;
  m.borrowed = false;
  m.rival = kNoRun;
  gs_[e.g].m = e.m;
}

// Both have a P, one behind the other.
void Finder::Meet(Name run, Name other) {
  Run& r = runs_.at(run);
  if (std::find(r.rivals.begin(), r.rivals.end(), other) == r.rivals.end()) r.rivals.push_back(other);
}

// It runs again on the thread on which it stopped.
void Finder::Comes(M& m, G& g) {
  if (g.run == kNoRun && !m.fits) return;
  if (g.run == kNoRun) {
    g.run = {m.g, m.stop};
    runs_[g.run].first = m.stop;
  }
  Run& run = runs_.at(g.run);
  run.last = m.stop;
  run.borrows += m.borrowed;
  if (m.gap >= 0) run.gaps.Add(m.gap);
  if (m.rival != kNoRun && runs_.contains(m.rival)) Meet(m.rival, g.run);
  if (!m.fits) return;
  run.times++;
  found_ = found_ || run.times >= kTimes;
  given_[m.given] = {m.g, g.run};
  given_order_.push_back(m.given);
  if (m.from == 0) return;
  // Who gave the P comes back later, or has done so.
  const auto other = ms_.find(m.from_m);
  if (other != ms_.end() && other->second.stop == m.from && other->second.is != M::kElsewhere) {
    other->second.rival = g.run;
  } else if (const auto by = gs_.find(m.from_g); by != gs_.end() && by->second.run != kNoRun) {
    if (runs_.at(by->second.run).Has(m.from)) Meet(g.run, by->second.run);
  }
}

void Finder::Event(const gotrace::Event& e) {
  M& m = ms_[e.m];
  const auto first = static_cast<int64_t>(e.args[0]);
  if (m.ended != kNoRun && e.kind != gotrace::kProcStart && e.kind != gotrace::kProcStop) {
    if (auto it = runs_.find(m.ended); it != runs_.end()) it->second.end = 0;
    m.ended = kNoRun;
  }
  switch (e.kind) {
    case gotrace::kGoBlock:
      Stops(e, true);
      break;
    case gotrace::kGoStop:
      Stops(e, true);
      gs_[e.g].ready = now_;
      break;
    case gotrace::kGoSyscallEndBlocked:
      if (e.p >= 0) break;
      Stops(e, false);
      gs_[e.g].ready = now_;
      break;
    case gotrace::kGoUnblock:
      gs_[first].ready = now_;
      [[fallthrough]];
    case gotrace::kGoCreate:
      if (e.g < 0) Breaks(m);  // it looked for work
      break;
    case gotrace::kProcStop:
      ps_[e.p] = {stopped_ > 0 || e.g >= 0 ? -1 : e.m, now_, m.is == M::kStopped ? m.stop : 0, m.g};
      if (m.is == M::kStopped) {
        m.is = M::kWithoutP;
        m.gap = e.time - m.time;
      } else if (m.is == M::kHasP) {
        if (m.own) {
          m.is = M::kWithoutP;
          m.borrowed = true;
        } else {
          Breaks(m);
        }
      }
      break;
    case gotrace::kProcSteal:
      ps_[first].by = -1;
      break;
    case gotrace::kProcStart: {
      if (m.is != M::kWithoutP) {
        Breaks(m);
        break;
      }
      const P& p = ps_[first];
      const G& g = gs_[m.g];
      m.is = M::kHasP;
      m.own = p.by == e.m;
      m.fits = p.by >= 0 && !m.own && g.ready >= m.stop && p.when > g.ready;
      m.given = p.when;
      m.from = p.from;
      m.from_m = p.by;
      m.from_g = p.from_g;
      break;
    }
    case gotrace::kGoStart: {
      G& g = gs_[first];
      if (m.is == M::kHasP && m.g == first) {
        Comes(m, g);
      } else {
        Breaks(m);
        if (g.m >= 0) {
          if (auto old = ms_.find(g.m); old != ms_.end() && old->second.g == first) old->second.is = M::kElsewhere;
          Breaks(g);
        }
      }
      m.is = M::kElsewhere;
      g.m = -1;
      break;
    }
    case gotrace::kGoDestroy:
    case gotrace::kGoDestroySyscall: {
      G& g = gs_[e.g];
      if (g.run != kNoRun && runs_.at(g.run).times >= kTimes) {
        m.ended = g.run;
        runs_.at(g.run).end = now_;
      }
      m.is = M::kElsewhere;
      Breaks(g);
      gs_.erase(e.g);
      break;
    }
    case gotrace::kGoSwitch:
    case gotrace::kGoSwitchDestroy:
      if (const auto it = gs_.find(e.g); it != gs_.end()) Breaks(it->second);
      if (const auto it = gs_.find(first); it != gs_.end()) Breaks(it->second);
      if (e.kind == gotrace::kGoSwitchDestroy) gs_.erase(e.g);
      break;
    case gotrace::kSTWBegin:
      stopped_++;
      break;
    case gotrace::kSTWEnd:
      if (stopped_ > 0) stopped_--;
      break;
    default:
      break;
  }
}

// The next event that matters here; false: there is none.
bool Finder::Read() {
  while (good_ && (good_ = reader_.Next())) {
    const gotrace::Event& e = reader_.event();
    if (!ConcernsScheduler(e.kind)) continue;
    // The reader tells of a switch in three events.
    if (e.offset == at_switch_ && e.kind != gotrace::kGoSwitch && e.kind != gotrace::kGoSwitchDestroy) continue;
    if (e.kind == gotrace::kGoSwitch || e.kind == gotrace::kGoSwitchDestroy) at_switch_ = e.offset;
    now_ = read_++;
    Event(e);
    return true;
  }
  return false;
}

void Finder::Follow(uint64_t passed) {
  if (!good_ || read_ >= passed + kAhead) return;
  while (read_ < passed + kAhead + kStretch && Read()) {
  }
  Forget(passed);
  Settle();
}

bool Finder::FindsOne() {
  while (!found_ && Read()) {
    if (read_ % kStretch == 0) Forget(read_);
  }
  return found_;
}

// What nobody will ask for any more.
void Finder::Forget(uint64_t passed) {
  for (; !given_order_.empty() && given_order_.front() < passed; given_order_.pop_front()) {
    given_.erase(given_order_.front());
  }
  for (auto it = runs_.begin(); it != runs_.end();) {
    const Run& run = it->second;
    if (!run.over || std::max(run.last, run.end) >= passed) {
      ++it;
      continue;
    }
    it = runs_.erase(it);
  }
  // A thread that does nothing that matters here is as one that was never seen.
  absl::erase_if(ms_, [&](const auto& each) {
    const M& m = each.second;
    return m.is == M::kElsewhere && (m.ended == kNoRun || !runs_.contains(m.ended));
  });
}

void Finder::Settle() {
  for (auto& each : runs_) {
    Run& run = each.second;
    run.dropped = run.times < kTimes;
    std::erase_if(run.rivals, [&](Name other) { return !runs_.contains(other); });
  }
  for (auto& each : runs_) {
    Run& run = each.second;
    for (const Name& rival : run.rivals) {
      Run& other = runs_.at(rival);
      if (run.dropped || other.dropped) continue;
      (run.IsLikelier(other) ? other : run).dropped = true;
    }
  }
}

bool Finder::IsWired(int64_t g, uint64_t stop) const {
  const auto behind = runs_.upper_bound({g, stop});
  if (behind == runs_.begin()) return false;
  const auto& [name, run] = *std::prev(behind);
  return name.first == g && run.Is(stop);
}

int64_t Finder::Handed(uint64_t stop) const {
  const auto it = given_.find(stop);
  if (it == given_.end()) return 0;
  const auto run = runs_.find(it->second.run);
  return run == runs_.end() || run->second.dropped ? 0 : it->second.g;
}

}  // namespace

static Finder* finder;

void FindWired(const std::string& path) {
  // In most traces nobody is wired. What is read beside the run costs most by being copied, with each snapshot of it.
  if (!Finder(path).FindsOne()) return;
  static Finder the(path);
  finder = &the;
}

std::function<bool(int64_t g, uint64_t index)> WiredIn(const std::string& path, Window& window) {
  return [of = std::make_shared<Finder>(path), &window](int64_t g, uint64_t index) {
    if (const In* head = window.head(); head != nullptr) of->Follow(head->index);
    return of->IsWired(g, index);
  };
}

// As the port stands now. It asks for no event that it has passed.
static Finder* FinderNow() {
  if (const In* head = window->head(); finder != nullptr && head != nullptr) finder->Follow(head->index);
  return finder;
}

bool IsWiredAt(int64_t g, uint64_t index) {
  const Finder* const now = FinderNow();
  return now != nullptr && now->IsWired(g, index);
}

int64_t HandedAt(uint64_t index) {
  const Finder* const now = FinderNow();
  return now == nullptr ? 0 : now->Handed(index);
}

}  // namespace guided
