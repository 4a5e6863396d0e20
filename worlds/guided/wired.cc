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
#include "worlds/guided/wired.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "trace/reader.h"

namespace guided {

namespace {

absl::flat_hash_set<uint64_t> stops;
absl::flat_hash_map<uint64_t, int64_t> handed;

constexpr int kTimes = 2;
constexpr size_t kNone = ~size_t{0};

// One goroutine, on one thread, for as long as nothing speaks against it. Places are those in the file.
struct Run {
  int times = 0;  // that it was so
  int borrows = 0;
  std::vector<int64_t> gaps;  // how long its thread had its P yet, each time
  std::vector<uint64_t> stops;
  std::vector<std::pair<uint64_t, int64_t>> given;
  std::vector<uint64_t> from;  // the stops of those whose thread gave the P to this one's at once
  bool dropped = false;

  // Both cannot be.
  bool IsLikelier(Run& other) {
    // If neither runs anywhere else they take turns.
    const int more = times - other.times;
    if (more > kTimes || -more > kTimes) return more > 0;
    return borrows != other.borrows ? borrows > other.borrows : Gap() < other.Gap();
  }

  // Most of the time. Now and then the system stops a thread there.
  int64_t Gap() {
    if (gaps.empty()) return 0;
    const auto middle = gaps.begin() + static_cast<long>(gaps.size() / 2);
    std::nth_element(gaps.begin(), middle, gaps.end());
    return *middle;
  }
};

class Finder {
 public:
  void Event(const gotrace::Event& e);
  void End();

 private:
  struct M {
    enum : uint8_t { kElsewhere, kStopped, kWithoutP, kHasP } is = kElsewhere;
    int64_t g = 0;  // that stopped on it
    uint64_t stop = 0, when = 0;
    int64_t time = 0, gap = -1;
    bool borrowed = false;
    bool fits = false, own = false;  // of kHasP: another has given that P up; it has itself
    uint64_t given = 0, from = 0;    // likewise: where; the stop behind which that was
    uint64_t ended = 0;  // a goroutine ended wired to it there, and it has done nothing since
    size_t ended_run = kNone;
  };
  struct G {
    uint64_t ready = 0;
    int64_t m = -1;  // on which it stopped last
    size_t run = kNone;
  };
  struct P {
    int64_t by = -1;
    uint64_t when = 0, offset = 0, from = 0;
  };

  void Stops(const gotrace::Event& e, bool has_p);
  void Comes(M& m, G& g);
  void Breaks(M& m);
  void Breaks(G& g);

  absl::flat_hash_map<int64_t, M> ms_;
  absl::flat_hash_map<int64_t, G> gs_;
  absl::flat_hash_map<int64_t, P> ps_;
  std::vector<Run> runs_;
  std::vector<size_t> free_;
  uint64_t now_ = 0;
  int stopped_ = 0;  // the world
};

void Finder::Breaks(G& g) {
  if (g.run == kNone) return;
  if (runs_[g.run].times < kTimes) {
    runs_[g.run] = Run{};
    free_.push_back(g.run);
  }
  g.run = kNone;
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
  m.stop = e.offset;
  m.when = now_;
  m.time = e.time;
  m.gap = -1;
  m.borrowed = false;
  gs_[e.g].m = e.m;
}

// It runs again on the thread on which it stopped.
void Finder::Comes(M& m, G& g) {
  if (g.run == kNone && !m.fits) return;
  if (g.run == kNone && free_.empty()) {
    g.run = runs_.size();
    runs_.emplace_back();
  } else if (g.run == kNone) {
    g.run = free_.back();
    free_.pop_back();
  }
  Run& run = runs_[g.run];
  run.stops.push_back(m.stop);
  run.borrows += m.borrowed;
  if (m.gap >= 0) run.gaps.push_back(m.gap);
  if (!m.fits) return;
  run.times++;
  run.given.emplace_back(m.given, m.g);
  if (m.from != 0) run.from.push_back(m.from);
}

void Finder::Event(const gotrace::Event& e) {
  now_++;
  M& m = ms_[e.m];
  const auto first = static_cast<int64_t>(e.args[0]);
  if (m.ended != 0 && e.kind != gotrace::kProcStart && e.kind != gotrace::kProcStop) m.ended = 0;
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
      ps_[e.p] = {stopped_ > 0 || e.g >= 0 ? -1 : e.m, now_, e.offset, m.is == M::kStopped ? m.stop : 0};
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
      m.fits = p.by >= 0 && !m.own && g.ready >= m.when && p.when > g.ready;
      m.given = p.offset;
      m.from = p.from;
      break;
    }
    case gotrace::kGoStart: {
      G& g = gs_[first];
      if (m.is == M::kHasP && m.g == first) {
        Comes(m, g);
      } else {
        Breaks(m);
        if (g.m >= 0) {
          if (M& old = ms_[g.m]; old.g == first) old.is = M::kElsewhere;
          Breaks(g);
        }
      }
      ms_[e.m].is = M::kElsewhere;
      g.m = -1;
      break;
    }
    case gotrace::kGoDestroy:
    case gotrace::kGoDestroySyscall: {
      G& g = gs_[e.g];
      m.ended_run = g.run;
      m.ended = g.run != kNone && runs_[g.run].times >= kTimes ? e.offset : 0;
      m.is = M::kElsewhere;
      Breaks(g);
      gs_.erase(e.g);
      break;
    }
    case gotrace::kGoSwitch:
    case gotrace::kGoSwitchDestroy:
      Breaks(gs_[e.g]);
      Breaks(gs_[first]);
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

void Finder::End() {
  absl::flat_hash_map<uint64_t, size_t> run_of;
  for (size_t i = 0; i < runs_.size(); i++) {
    if (runs_[i].times < kTimes) runs_[i].dropped = true;
    for (uint64_t stop : runs_[i].stops) {
      if (!runs_[i].dropped) run_of[stop] = i;
    }
  }
  for (Run& run : runs_) {
    for (uint64_t stop : run.from) {
      const auto it = run_of.find(stop);
      if (run.dropped || it == run_of.end() || runs_[it->second].dropped) continue;
      Run& other = runs_[it->second];
      (run.IsLikelier(other) ? other : run).dropped = true;
    }
  }
  for (const Run& run : runs_) {
    if (run.dropped) continue;
    stops.insert(run.stops.begin(), run.stops.end());
    handed.insert(run.given.begin(), run.given.end());
  }
  // A thread whose goroutine ends wired to it ends, too.
  for (const auto& [id, m] : ms_) {
    if (m.ended != 0 && !runs_[m.ended_run].dropped) stops.insert(m.ended);
  }
}

}  // namespace

void FindWired(std::string_view bytes) {
  gotrace::Reader reader;
  if (!reader.OpenBytes(bytes)) return;
  Finder finder;
  uint64_t at_switch = ~uint64_t{0};
  while (reader.Next()) {
    const gotrace::Event& e = reader.event();
    // The reader tells of a switch in three events.
    if (e.offset == at_switch) continue;
    if (e.kind == gotrace::kGoSwitch || e.kind == gotrace::kGoSwitchDestroy) at_switch = e.offset;
    finder.Event(e);
  }
  finder.End();
}

bool IsWiredAt(uint64_t offset) { return stops.contains(offset); }

int64_t HandedAt(uint64_t offset) {
  const auto it = handed.find(offset);
  return it == handed.end() ? 0 : it->second;
}

}  // namespace guided
