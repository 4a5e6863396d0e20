// One pass over the facts. Time between two facts belongs to what held before the second: so a fact first closes what
// it ends (Before), then changes the state, then opens what it begins (After).
#include "explain/waits.h"

#include <algorithm>
#include <utility>

namespace explain {
namespace {

constexpr size_t kPieces = 8192;  // of a P's past
constexpr size_t kSteps = 6;      // of a wait, before those in the middle are left out
constexpr size_t kRan = 3;
constexpr int32_t kHalfRing = 128;  // what a full ring gives away

Certainty Worse(Certainty a, Certainty b) { return std::max(a, b); }

size_t OnP(PState state) {
  switch (state) {
    case PState::kGoroutine:
      return 0;
    case PState::kGCWorker:
      return 1;
    case PState::kInSyscall:
      return 2;
    default:
      return 3;
  }
}

}  // namespace

Waits::Over Waits::OverNow() const {
  if (state_.stopped()) return kWorld;
  if (state_.given() > state_.givenNew()) return kOS;
  if (state_.givenNew() > 0) return kThread;
  if (state_.spinning() > 0) return kSpinner;
  if (state_.idle() > 0) return tells_threads_ ? kNobodyWoken : kIdle;
  return kBusy;
}

Waits::PClock& Waits::ClockOf(int32_t p) {
  const auto i = static_cast<size_t>(p);
  if (i >= clocks_.size()) clocks_.resize(i + 1);
  return clocks_[i];
}

void Waits::Flush(PClock& clock) {
  clock.busy[clock.state] += overs_[kBusy] - clock.at;
  clock.at = overs_[kBusy];
}

// A P's clock and its past follow its state.
void Waits::Watch(int32_t p) {
  if (p == kNobody) return;
  PClock& clock = ClockOf(p);
  const P& now = state_.ps()[static_cast<size_t>(p)];
  if (const size_t state = OnP(now.state); state != clock.state) {
    Flush(clock);
    clock.state = state;
  }
  if (now.state == clock.last && now.g == clock.last_g) return;
  if (clock.last != PState::kGone && now_ > clock.since && clock.last != PState::kScheduler) {
    clock.pieces.push_back({clock.since, now_, clock.last_g, clock.last_name, clock.last_number, clock.last});
    if (clock.pieces.size() > kPieces) {
      Forget(clock.pieces.front().g);
      clock.pieces.pop_front();
    }
  } else {
    Forget(clock.last_g);
  }
  clock.last = now.state;
  clock.last_g = now.g;
  const G* g = state_.Find(now.g);
  clock.last_name = g == nullptr ? 0 : g->name;
  clock.last_number = Remember(now.g);
  clock.since = now_;
}

// The number of a goroutine of which there is one more piece.
uint32_t Waits::Remember(int64_t g) {
  if (g == 0) return 0;
  Runner& runner = runners_[g];
  if (runner.pieces++ > 0) return runner.number;
  if (free_numbers_.empty()) return runner.number = numbers_++;
  runner.number = free_numbers_.back();
  free_numbers_.pop_back();
  return runner.number;
}

void Waits::Forget(int64_t g) {
  if (g == 0) return;
  const auto it = runners_.find(g);
  if (--it->second.pieces > 0) return;
  free_numbers_.push_back(it->second.number);
  runners_.erase(it);
}

// The goroutine lies where it lies from now on.
void Waits::Begin(Open& open) {
  open.since = now_;
  open.overs = overs_;
  if (open.p != kNobody) {
    PClock& clock = ClockOf(open.p);
    Flush(clock);
    open.on_p = clock.busy;
  }
}

// What went by since then, by cause.
void Waits::Close(Open& open) {
  Wait& w = open.wait;
  auto add = [&](Cause cause, int64_t ns, Certainty sure) {
    if (ns == 0) return;
    Of(w.parts, cause) += ns;
    Certainty& worst = w.sure[static_cast<size_t>(cause)];
    worst = Worse(worst, sure);
  };
  std::array<int64_t, kOvers> over;
  for (size_t i = 0; i < kOvers; i++) over[i] = overs_[i] - open.overs[i];
  add(Cause::kStopped, over[kWorld], over_sure_[kWorld]);
  if (open.handed) {
    int64_t rest = 0;
    for (size_t i = kOS; i < kOvers; i++) rest += over[i];
    add(Cause::kIdleWired, rest, open.laid);
    return;
  }
  add(Cause::kIdleOS, over[kOS], over_sure_[kOS]);
  add(Cause::kIdleThread, over[kThread], over_sure_[kThread]);
  add(Cause::kIdleSpinner, over[kSpinner], over_sure_[kSpinner]);
  add(Cause::kIdleNobody, over[kNobodyWoken], over_sure_[kNobodyWoken]);
  add(Cause::kIdleOpen, over[kIdle], Certainty::kOpen);
  switch (open.place) {
    case Place::kRunnext:
    case Place::kRing: {
      PClock& clock = ClockOf(open.p);
      Flush(clock);
      const Cause behind = open.place == Place::kRing ? Cause::kBehind : Cause::kBehindInRunnext;
      const Cause causes[kOnP] = {behind, Cause::kBehindGC, Cause::kBehindSyscall, Cause::kBehindScheduler};
      for (size_t i = 0; i < kOnP; i++) add(causes[i], clock.busy[i] - open.on_p[i], open.laid);
      break;
    }
    case Place::kGlobal: {
      const How how = w.how;
      add(how == How::kPreempted                                ? Cause::kGlobalPreempted
          : how == How::kYielded                                ? Cause::kGlobalYielded
          : how == How::kCallEnded                              ? Cause::kGlobalSyscall
                                                                : Cause::kGlobal,
          over[kBusy], open.laid);
      break;
    }
    case Place::kUnknown:
      add(Cause::kUnknown, over[kBusy], Certainty::kOpen);
      break;
    default:
      add(w.began_before ? Cause::kUnknown : Cause::kInHand, over[kBusy],
          w.began_before ? Certainty::kOpen : open.laid);
  }
}

void Waits::AddStep(Open& open, Step step) {
  step.time = now_;
  auto& steps = open.wait.steps;
  if (steps.size() == kSteps) {
    steps.erase(steps.begin() + kSteps / 2);
    open.wait.steps_left_out++;
  }
  steps.push_back(step);
}

// A start that is certain says where its goroutine lay at the end. If that is where it was taken to be, and it had come
// there at once, or from runnext there, that is certain, too.
void Waits::Placed(Open& open, const Fact& f) {
  auto& steps = open.wait.steps;
  if (steps.empty() || f.place == Place::kNone || open.place != f.place || open.handed) return;
  if (f.place != Place::kGlobal && open.p != (f.p2 == kNobody ? f.p : f.p2)) return;
  const bool laid = steps.size() == 1 && steps[0].kind == Step::kLaid;
  const bool kicked = steps.size() == 2 && steps[0].kind == Step::kLaid && steps[0].place == Place::kRunnext &&
                      steps[1].kind == Step::kKicked && steps[0].p == steps[1].p;
  if (!laid && !kicked) return;
  open.laid = Certainty::kCertain;
  Step& last = steps.back();
  last.placed = Certainty::kCertain;
  // Nothing else is said of it.
  if (last.place == Place::kRunnext) last.certainty = Certainty::kCertain;
  // Some of the runtime's own come to a ring at once.
  if (!kicked || open.wait.how != How::kCreated) return;
  steps[0].placed = steps[0].certainty = Certainty::kCertain;
  open.wait.sure[static_cast<size_t>(Cause::kBehindInRunnext)] = Certainty::kCertain;
}

// What must be known of the state before the fact changes it.
void Waits::Before(const Fact& f) {
  switch (f.kind) {
    case Kind::kLaid: {
      auto it = open_.find(f.g);
      if (it == open_.end()) return;
      Open& open = it->second;
      Close(open);
      Step step;
      step.place = f.place;
      step.p = f.p;
      step.position = f.position;
      step.certainty = step.placed = f.certainty;
      if (f.p != kNobody && static_cast<size_t>(f.p) < state_.ps().size()) {
        step.ahead = state_.ps()[static_cast<size_t>(f.p)].g;
      }
      auto took = moved_.find(f.m);
      const int32_t n = took == moved_.end() ? 0 : took->second.n;
      if (open.place == Place::kNone) {
        step.kind = Step::kLaid;
      } else if (open.place == Place::kRunnext && f.place == Place::kRing && open.p == f.p) {
        step.kind = Step::kKicked;
        step.by = state_.ps()[static_cast<size_t>(f.p)].next;
      } else if (f.place == Place::kGlobal) {
        const bool half = took != moved_.end() && took->second.place == Place::kRing && n == kHalfRing &&
                          took->second.p == kNobody && took->second.p2 == open.p;
        const bool worker = open.p != kNobody && state_.ps()[static_cast<size_t>(open.p)].state == PState::kGCWorker;
        step.kind = half ? Step::kSpilled : worker ? Step::kDrained : Step::kMoved;
        step.p2 = open.p;
      } else if (open.place == Place::kGlobal) {
        step.kind = Step::kBatch;
        step.n = n;
      } else if (open.p != f.p) {
        step.kind = Step::kStolen;
        step.p2 = open.p;
        step.n = n;
      } else {
        step.kind = Step::kMoved;
      }
      AddStep(open, step);
      open.place = f.place;
      open.p = f.p;
      open.laid = f.certainty;
      Begin(open);
      return;
    }
    case Kind::kMoved:
      if (f.p2 != f.p) moved_[f.m] = f;
      return;
    case Kind::kStarted: {
      // What moved before a start has been laid by then. Threads have no names where a port speaks of a trace.
      moved_.erase(f.m);
      moved_.erase(kNobody);
      auto it = open_.find(f.g);
      if (it == open_.end()) return;
      Open& open = it->second;
      if (f.certainty == Certainty::kCertain) Placed(open, f);
      Close(open);
      Wait& w = open.wait;
      w.start = now_;
      w.at = f.at;
      w.p = f.p;
      w.m = f.m;
      w.from = f.p2;
      w.along = f.n;
      w.certainty = f.certainty;
      w.rule = f.rule;
      w.name = state_.Find(f.g) == nullptr ? 0 : state_.Find(f.g)->name;
      ended_(w);
      open_.erase(it);
      return;
    }
    case Kind::kStopped:
      // Of a goroutine that nobody saw running: what is open is over.
      open_.erase(f.g);
      return;
    default:
      return;
  }
}

void Waits::After(const Fact& f) {
  switch (f.kind) {
    case Kind::kReady:
    case Kind::kFound: {
      if (f.kind == Kind::kFound && f.how != How::kRunnable) break;
      Open& open = open_[f.g];
      open = Open{};
      Wait& w = open.wait;
      w.g = f.g;
      w.ready = now_;
      w.how = f.how;
      w.by = f.by;
      w.by_name = f.by == 0 || state_.Find(f.by) == nullptr ? 0 : state_.Find(f.by)->name;
      w.readied = f.certainty;
      w.began_before = f.kind == Kind::kFound;
      open.laid = f.certainty;
      Begin(open);
      break;
    }
    case Kind::kGiven: {
      if (f.how != How::kWaits) break;
      auto it = open_.find(f.g);
      if (it == open_.end()) break;
      Open& open = it->second;
      Close(open);
      Step step;
      step.kind = Step::kHanded;
      step.p = f.p;
      step.n = f.m;
      step.certainty = f.certainty;
      AddStep(open, step);
      open.handed = true;
      Begin(open);
      break;
    }
    default:
      break;
  }
  // How sure it is what holds for all.
  if (f.kind == Kind::kSpinning) tells_threads_ = true;
  if (f.kind == Kind::kLost) tells_threads_ = false;
  switch (f.kind) {
    case Kind::kWorld:
      over_sure_[kWorld] = f.certainty;
      break;
    case Kind::kGiven:
      over_sure_[f.how == How::kNew ? kThread : kOS] = f.certainty;
      break;
    case Kind::kSpinning:
      over_sure_[kSpinner] = over_sure_[kNobodyWoken] = f.certainty;
      break;
    default:
      break;
  }
}

void Waits::Apply(const Fact& fact, std::string_view text) {
  if (!begun_) {
    begun_ = true;
    origin_ = fact.time;
  }
  const int64_t time = std::max(now_, fact.time - origin_);
  overs_[over_] += time - now_;
  now_ = time;
  Before(fact);
  // Ps whose state the fact may change: its own, and those where its goroutine or its thread was.
  int32_t ps[3] = {fact.p, kNobody, kNobody};
  if (const G* g = state_.Find(fact.g); g != nullptr) ps[1] = g->p;
  if (auto it = state_.ms().find(fact.m); it != state_.ms().end()) ps[2] = it->second.p;
  state_.Apply(fact, text);
  if (fact.kind == Kind::kLost) state_.ForgetThreads();
  for (int32_t p : ps) {
    if (p != kNobody && static_cast<size_t>(p) < state_.ps().size()) Watch(p);
  }
  After(fact);
  over_ = OverNow();
}

void Waits::End() {
  for (auto& [id, open] : open_) {
    Close(open);
    open.wait.start = now_;
    open.wait.ended = false;
    open.wait.name = state_.Find(id) == nullptr ? 0 : state_.Find(id)->name;
    ended_(open.wait);
  }
  open_.clear();
}

void Waits::Detail(Wait& w) const {
  // Runs of one goroutine count together. A run during which the waiting goroutine came to lie elsewhere is looked at
  // twice; it counts once among all of that goroutine's.
  std::vector<Ran> by_g;
  std::vector<int64_t> first_from;
  std::vector<std::pair<int64_t, int64_t>> twice;  // of which goroutine, and when it began
  w.ran_cut = false;
  if (met_.size() < numbers_) met_.resize(numbers_);
  details_++;
  const auto add = [&](const Ran& r, uint32_t number, bool again, bool goes_on) {
    const std::pair<int64_t, int64_t> run(r.g, r.from);
    const bool counted = again && std::find(twice.begin(), twice.end(), run) != twice.end();
    if (goes_on) twice.push_back(run);
    auto& [when, at] = met_[number];
    if (when != details_) {
      when = details_;
      at = static_cast<uint32_t>(by_g.size());
      by_g.push_back(r);
      first_from.push_back(r.from);
      return;
    }
    Ran& all = by_g[at];
    all.in_wait += r.in_wait;
    if (!counted) all.in_all += r.in_all;
    all.from = std::max(all.from, r.from);
    if (r.from >= first_from[at]) return;
    first_from[at] = r.from;
    all.name = r.name;
    all.p = r.p;
    all.worker = r.worker;
  };
  // Who ran on P from..to.
  const auto look = [&](int32_t p, int64_t from, int64_t to) {
    const PClock& clock = clocks_[static_cast<size_t>(p)];
    if (clock.pieces.size() == kPieces && clock.pieces.front().from > from) w.ran_cut = true;
    const auto piece = [&](int64_t a, int64_t b, int64_t g, uint32_t name, uint32_t number, PState state) {
      const int64_t in = std::min(b, to) - std::max(a, from);
      if (in <= 0 || (state != PState::kGoroutine && state != PState::kGCWorker && state != PState::kInSyscall)) return;
      add({g, name, in, b - a, p, state == PState::kGCWorker, a}, number, a < from, b > to);
    };
    if (clock.last_g != 0) piece(clock.since, now_, clock.last_g, clock.last_name, clock.last_number, clock.last);
    auto it = std::lower_bound(clock.pieces.begin(), clock.pieces.end(), to,
                               [](const PClock::Piece& each, int64_t time) { return each.from < time; });
    while (it != clock.pieces.begin() && (--it)->to > from) {
      piece(it->from, it->to, it->g, it->name, it->number, it->state);
    }
  };
  for (size_t i = 0; i < w.steps.size(); i++) {
    const Step& step = w.steps[i];
    const int64_t to = i + 1 < w.steps.size() ? w.steps[i + 1].time : w.start;
    if (step.place == Place::kRing || step.place == Place::kRunnext) {
      look(step.p, step.time, to);
    } else if (step.place == Place::kGlobal) {
      for (size_t p = 0; p < clocks_.size(); p++) look(static_cast<int32_t>(p), step.time, to);
    }
  }
  std::erase_if(by_g, [&](const Ran& r) { return r.g == w.g; });
  const auto shown = by_g.begin() + static_cast<long>(std::min(by_g.size(), kRan));
  std::partial_sort(by_g.begin(), shown, by_g.end(), [](const Ran& a, const Ran& b) {
    return a.in_wait != b.in_wait ? a.in_wait > b.in_wait : a.g < b.g;
  });
  w.ran.assign(by_g.begin(), shown);
  for (Ran& r : w.ran) {
    if (const G* g = state_.Find(r.g); r.name == 0 && g != nullptr) r.name = g->name;
  }
  w.ran_others = static_cast<size_t>(by_g.end() - shown);
  w.ran_others_ns = 0;
  for (auto it = shown; it != by_g.end(); ++it) w.ran_others_ns += it->in_wait;
  w.idle.clear();
  for (size_t p = 0; p < clocks_.size(); p++) {
    const PClock& clock = clocks_[p];
    int64_t ns = 0;
    for (auto it = clock.pieces.rbegin(); it != clock.pieces.rend() && it->to > w.ready; ++it) {
      if (it->state == PState::kIdle) ns += it->to - std::max(it->from, w.ready);
    }
    if (clock.last == PState::kIdle) ns += now_ - std::max(clock.since, w.ready);
    if (ns > 0) w.idle.push_back({static_cast<int32_t>(p), ns});
  }
  std::stable_sort(w.idle.begin(), w.idle.end(), [](const IdleP& a, const IdleP& b) { return a.ns > b.ns; });
}

}  // namespace explain
