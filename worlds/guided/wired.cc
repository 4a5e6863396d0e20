// A goroutine that is wired to its thread shows by what happens whenever it stops. Its thread gives its P away at once,
// whatever there is to run, and sleeps. The goroutine becomes runnable; another thread finds it, gives up its own P, and
// the sleeper starts that very P and then the goroutine. A thread that slept because there was nothing to do starts a P
// that has been idle for longer. So a stop is of a wired goroutine if its thread comes back with it alone, on a P that
// another thread has given up since the goroutine became runnable. It may be so by chance, once: it has to be so twice,
// with nothing between that speaks against it.
//
// Whoever hands a P on may have to make a thread for it, and borrows it for that moment: it starts it and stops again.
#include "worlds/guided/wired.h"

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

class Finder {
 public:
  void Event(const gotrace::Event& e);
  void End();

 private:
  struct M {
    enum : uint8_t { kElsewhere, kStopped, kWithoutP, kHasP } is = kElsewhere;
    int64_t g = 0;       // that stopped on it
    uint64_t stop = 0;   // where in the file, and as the how manieth event
    uint64_t when = 0;
    bool fits = false;   // of kHasP
    uint64_t given = 0;  // where in the file that P was given up
    uint64_t ended = 0;  // a goroutine ended wired to it there, and it has done nothing since
  };
  struct G {
    uint64_t ready = 0;
    int64_t m = -1;  // on which it stopped last
    int times = 0;
    std::vector<uint64_t> stops;                     // not told yet
    std::vector<std::pair<uint64_t, int64_t>> given;
  };
  struct P {
    int64_t by = -1;
    uint64_t when = 0, offset = 0;
  };

  void Stops(const gotrace::Event& e, bool has_p);
  void Comes(M& m, G& g);
  void Breaks(M& m);
  void Breaks(G& g);

  absl::flat_hash_map<int64_t, M> ms_;
  absl::flat_hash_map<int64_t, G> gs_;
  absl::flat_hash_map<int64_t, P> ps_;
  uint64_t now_ = 0;
  int stopped_ = 0;  // the world
};

void Finder::Breaks(G& g) {
  g.times = 0;
  g.stops.clear();
  g.given.clear();
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
  gs_[e.g].m = e.m;
}

// It runs again on the thread on which it stopped.
void Finder::Comes(M& m, G& g) {
  g.stops.push_back(m.stop);
  if (!m.fits) return;
  g.given.emplace_back(m.given, m.g);
  if (++g.times < kTimes) return;
  stops.insert(g.stops.begin(), g.stops.end());
  handed.insert(g.given.begin(), g.given.end());
  g.stops.clear();
  g.given.clear();
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
      ps_[e.p] = {stopped_ > 0 || e.g >= 0 ? -1 : e.m, now_, e.offset};
      if (m.is == M::kStopped || m.is == M::kHasP) m.is = M::kWithoutP;
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
      m.fits = p.by >= 0 && p.by != e.m && g.ready >= m.when && p.when > g.ready;
      m.given = p.offset;
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
    case gotrace::kGoDestroySyscall:
      m.ended = gs_[e.g].times >= kTimes ? e.offset : 0;
      m.is = M::kElsewhere;
      gs_.erase(e.g);
      break;
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

// A thread whose goroutine ends wired to it ends, too.
void Finder::End() {
  for (const auto& [id, m] : ms_) {
    if (m.ended != 0) stops.insert(m.ended);
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
