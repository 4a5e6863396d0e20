// A goroutine that is laid somewhere, or starts, leaves where it lay before. Where a world tells all there is to tell,
// it has left already: kMoved says so, and the queues here are the port's at each fact. Where some of it is missing
// they are as near to them as can be.
#include "explain/state.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "explain/text.h"

namespace explain {

uint32_t Names::Number(std::string_view name) {
  auto [it, fresh] = numbers_.try_emplace(std::string(name), static_cast<uint32_t>(texts_.size()));
  if (fresh) texts_.push_back(it->first);
  return it->second;
}

const G* State::Find(int64_t g) const {
  if (g == last_ && last_g_ != nullptr) return last_g_;
  const auto it = gs_.find(g);
  if (it == gs_.end()) return nullptr;
  last_ = g;
  return last_g_ = const_cast<G*>(&it->second);
}

const std::string& State::NameOf(int64_t g) const {
  const G* found = Find(g);
  return names_.Text(found == nullptr ? 0 : found->name);
}

G& State::At(int64_t g) {
  if (g == last_ && last_g_ != nullptr) return *last_g_;
  G& found = gs_[g];
  found.id = g;
  last_ = g;
  last_g_ = &found;
  return found;
}

P& State::PAt(int32_t p) {
  const auto i = static_cast<size_t>(p);
  if (i >= ps_.size()) ps_.resize(i + 1);
  return ps_[i];
}

static void Erase(std::deque<int64_t>& queue, int64_t g) {
  if (!queue.empty() && queue.front() == g) {
    queue.pop_front();
  } else if (auto it = std::find(queue.begin(), queue.end(), g); it != queue.end()) {
    queue.erase(it);
  }
}

void State::Leave(G& g) {
  switch (g.place) {
    case Place::kRunnext:
      if (P& p = PAt(g.p); p.next == g.id) p.next = 0;
      break;
    case Place::kRing:
      Erase(PAt(g.p).ring, g.id);
      break;
    case Place::kGlobal:
      Erase(global_, g.id);
      break;
    default:
      break;
  }
  g.place = Place::kNone;
}

void State::Take(std::deque<int64_t>& queue, int32_t n) {
  for (; n > 0 && !queue.empty(); n--) {
    At(queue.front()).place = Place::kAside;
    queue.pop_front();
  }
}

void State::Set(P& p, PState state) {
  idle_ += (state == PState::kIdle) - (p.state == PState::kIdle);
  given_ += (state == PState::kGiven) - (p.state == PState::kGiven);
  if (p.state == PState::kGiven && p.newThread) givenNew_--;
  p.newThread = false;
  p.state = state;
  p.since = time_;
}

void State::Runs(G& g, const Fact& f, bool worker) {
  Leave(g);
  g.state = GState::kRunning;
  g.since = time_;
  g.p = f.p;
  g.m = f.m;
  if (f.p != kNobody) {
    P& p = PAt(f.p);
    Set(p, worker ? PState::kGCWorker : PState::kGoroutine);
    p.g = g.id;
    p.m = f.m;
  }
  if (f.m != kNobody) {
    M& m = MAt(f.m);
    m.g = g.id;
    m.p = f.p;
    m.state = MState::kRuns;
  }
}

void State::StopsRunning(G& g) {
  if (g.p != kNobody) {
    if (P& p = PAt(g.p); p.g == g.id) {
      p.g = 0;
      Set(p, PState::kScheduler);
    }
  }
  if (g.m != kNobody) {
    if (M& m = MAt(g.m); m.g == g.id) m.g = 0;
  }
}

void State::Apply(const Fact& f, std::string_view text) {
  time_ = std::max(time_, f.time);
  switch (f.kind) {
    case Kind::kProcs:
      procs_ = f.n;
      break;
    case Kind::kMade:
    case Kind::kFound: {
      G& g = At(f.g);
      if (!text.empty()) g.name = names_.Number(text);
      g.since = time_;
      switch (f.how) {
        case How::kRunning:
          Runs(g, f, false);
          break;
        case How::kRunnable:
          g.state = GState::kRunnable;
          g.place = Place::kNone;
          break;
        case How::kInSyscall:
          g.state = GState::kInSyscall;
          g.m = f.m;
          break;
        default:
          g.state = GState::kWaiting;
      }
      break;
    }
    case Kind::kReady: {
      G& g = At(f.g);
      if (g.state == GState::kRunning || g.state == GState::kInSyscall) StopsRunning(g);
      Leave(g);
      g.state = GState::kRunnable;
      g.since = time_;
      g.m = kNobody;
      break;
    }
    case Kind::kLaid: {
      G& g = At(f.g);
      Leave(g);
      if (g.state != GState::kRunnable) g.since = time_;
      g.state = GState::kRunnable;
      g.place = f.place;
      g.p = f.p;
      switch (f.place) {
        case Place::kRunnext: {
          P& p = PAt(f.p);
          // Whoever was there is in its owner's hands, on the way to the ring.
          if (p.next != 0) At(p.next).place = Place::kAside;
          p.next = f.g;
          break;
        }
        case Place::kRing:
          PAt(f.p).ring.push_back(f.g);
          break;
        case Place::kGlobal:
          f.how == How::kAtHead ? global_.push_front(f.g) : global_.push_back(f.g);
          break;
        default:
          break;
      }
      break;
    }
    case Kind::kStarted:
      Runs(At(f.g), f, f.rule == Rule::kGCWorker || f.rule == Rule::kIdleGCWorker || f.rule == Rule::kIdleGCNoP);
      break;
    case Kind::kStopped: {
      if (f.how == How::kEnded) {
        if (auto it = gs_.find(f.g); it != gs_.end()) {
          StopsRunning(it->second);
          if (f.g == last_) last_g_ = nullptr;
          gs_.erase(it);
        }
        break;
      }
      G& g = At(f.g);
      if (f.how == How::kCall) {
        g.state = GState::kInSyscall;
        g.since = time_;
        break;
      }
      StopsRunning(g);
      g.state = GState::kWaiting;
      g.reason = names_.Number(text);
      g.since = time_;
      g.m = kNobody;
      break;
    }
    case Kind::kReturned:
      Runs(At(f.g), f, false);
      break;
    case Kind::kProc: {
      P& p = PAt(f.p);
      switch (f.how) {
        case How::kRunning: {
          // A thread that comes back from a system call brings its goroutine along.
          const int64_t g = f.m == kNobody ? 0 : MAt(f.m).g;
          Set(p, g != 0 ? PState::kGoroutine : PState::kScheduler);
          p.m = f.m;
          p.g = g;
          if (f.m != kNobody) {
            M& m = MAt(f.m);
            m.p = f.p;
            m.state = MState::kRuns;
            m.since = time_;
          }
          break;
        }
        case How::kInSyscall:
          Set(p, PState::kInSyscall);
          break;
        default:
          if (f.how == How::kHeld && p.state == PState::kGoroutine) {
            // Of the goroutine that stops the world: it keeps it.
            Set(p, PState::kHeld);
            break;
          }
          if (p.m != kNobody && MAt(p.m).p == f.p) MAt(p.m).p = kNobody;
          Set(p, f.how == How::kIdle ? PState::kIdle : f.how == How::kHeld ? PState::kHeld : PState::kGone);
          p.m = kNobody;
          p.g = 0;
      }
      break;
    }
    case Kind::kGiven: {
      P& p = PAt(f.p);
      if (p.m != kNobody && p.m != f.m && MAt(p.m).p == f.p) MAt(p.m).p = kNobody;
      Set(p, PState::kGiven);
      p.m = f.m;
      p.g = 0;
      if (f.how == How::kNew) {
        p.newThread = true;
        givenNew_++;
      }
      if (f.m != kNobody) {
        M& m = MAt(f.m);
        m.state = MState::kComes;
        m.p = f.p;
        m.since = time_;
      }
      break;
    }
    case Kind::kThread:
      if (f.m != kNobody) {
        M& m = MAt(f.m);
        m.state = f.how == How::kSleeps ? MState::kSleeps
                  : f.how == How::kPolls ? MState::kPolls
                  : f.how == How::kEnded ? MState::kEnded
                                         : MState::kRuns;
        m.since = time_;
      }
      break;
    case Kind::kSpinning:
      spinning_ = f.n;
      break;
    case Kind::kWorld:
      stopped_ = f.how == How::kStops;
      break;
    case Kind::kNamed:
      At(f.g).name = names_.Number(text);
      break;
    case Kind::kMoved:
      if (f.place == Place::kGlobal) {
        Take(global_, f.n);
      } else if (f.place == Place::kRing && f.p2 != kNobody) {
        Take(PAt(f.p2).ring, f.n);
      } else if (f.place == Place::kRunnext && f.p2 != kNobody && PAt(f.p2).next != 0) {
        At(PAt(f.p2).next).place = Place::kAside;
        PAt(f.p2).next = 0;
      }
      break;
    case Kind::kNone:
    case Kind::kTaken:
    case Kind::kWake:
    case Kind::kNote:
    case Kind::kLost:
      break;
  }
}

namespace {

constexpr size_t kShown = 16;

}  // namespace

std::string State::Text(int64_t now) const {
  auto named = [&](int64_t g) {
    const std::string& name = NameOf(g);
    return name.empty() ? absl::StrCat("G", g) : absl::StrCat("G", g, " (", name, ")");
  };
  auto queue = [](const std::deque<int64_t>& q) {
    std::string s;
    for (size_t i = 0; i < q.size() && i < kShown; i++) absl::StrAppend(&s, " G", q[i]);
    if (q.size() > kShown) absl::StrAppend(&s, " and ", q.size() - kShown, " more");
    return s;
  };
  std::string s;
  for (size_t i = 0; i < ps_.size(); i++) {
    const P& p = ps_[i];
    if (p.state == PState::kGone) continue;
    absl::StrAppend(&s, "P", i, " ");
    const std::string on = p.m == kNobody ? std::string() : absl::StrCat(" on M", p.m);
    const std::string since = absl::StrCat(", since ", Duration(now - p.since));
    switch (p.state) {
      case PState::kGone:
        break;
      case PState::kIdle:
        absl::StrAppend(&s, "is idle", since);
        break;
      case PState::kGiven:
        absl::StrAppend(&s, p.newThread ? "waits for a new thread" : "waits for its thread",
                        p.m == kNobody ? std::string() : absl::StrCat(", M", p.m), since);
        break;
      case PState::kScheduler:
        absl::StrAppend(&s, "looks for work", on, since);
        break;
      case PState::kGoroutine:
      case PState::kGCWorker:
        absl::StrAppend(&s, "runs ", named(p.g), on, since);
        break;
      case PState::kInSyscall:
        absl::StrAppend(&s, "is in a system call of ", named(p.g), on, since);
        break;
      case PState::kHeld:
        absl::StrAppend(&s, "stands still with the world", since);
        if (p.g != 0) absl::StrAppend(&s, ", which ", named(p.g), " stops", on);
        break;
    }
    if (p.next != 0) absl::StrAppend(&s, "; next ", named(p.next));
    if (!p.ring.empty()) absl::StrAppend(&s, "; ring", queue(p.ring));
    s += "\n";
  }
  absl::StrAppend(&s, "global queue", global_.empty() ? " empty" : queue(global_), "\n");
  absl::StrAppend(&s, Count(spinning_, "thread"), spinning_ == 1 ? " looks" : " look", " for work (spinning)\n");
  size_t sleeping = 0;
  for (const auto& [i, m] : ms_) {
    sleeping += m.state == MState::kSleeps;
    if (m.state == MState::kPolls) absl::StrAppend(&s, "M", i, " waits in the network poller\n");
    if (m.p == kNobody && Find(m.g) != nullptr && Find(m.g)->state == GState::kInSyscall) {
      absl::StrAppend(&s, "M", i, " is in a system call of ", named(m.g), ", without a P\n");
    }
  }
  if (sleeping > 0) absl::StrAppend(&s, Count(sleeping, "thread"), sleeping == 1 ? " sleeps\n" : " sleep\n");
  if (stopped_) s += "the world is stopped, or is being stopped\n";
  return s;
}

}  // namespace explain
