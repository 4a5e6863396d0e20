// Facts become steps, with what they change in the state; the waits of goroutines become spans with stories. The
// sentences of a story are explain's own. A million of them would be a hundred megabytes, so their numbers are taken
// out: what is left is one of a few hundred patterns.
#include "study/explain_page.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/str_cat.h"
#include "explain/story.h"
#include "study/page_html.h"

namespace study {

using explain::Wait;
using facts::Fact;
using facts::How;
using facts::kNobody;
using facts::Kind;
using facts::Rule;

namespace {

constexpr size_t kShown = 12;       // goroutines whose lanes are there from the beginning: those that waited longest
constexpr size_t kReasons = 100;    // of blocking, by name
constexpr uint64_t kFewStarts = 64;  // during a wait: who ran meanwhile is soon found
constexpr size_t kLongest = 100;    // waits of which it is told however many ran

Tone ToneOf(explain::Cause cause) {
  switch (cause) {
    case explain::Cause::kBehind:
    case explain::Cause::kBehindGC:
    case explain::Cause::kBehindSyscall: return Tone::kBehind;
    case explain::Cause::kBehindInRunnext: return Tone::kNext;
    case explain::Cause::kBehindScheduler: return Tone::kRuntime;
    case explain::Cause::kGlobalPreempted:
    case explain::Cause::kGlobalYielded:
    case explain::Cause::kGlobalSyscall:
    case explain::Cause::kGlobal: return Tone::kGlobal;
    case explain::Cause::kInHand: return Tone::kLate;
    case explain::Cause::kStopped: return Tone::kStop;
    case explain::Cause::kIdleThread:
    case explain::Cause::kIdleOS: return Tone::kStarting;
    case explain::Cause::kIdleWired: return Tone::kLocked;
    case explain::Cause::kIdleSpinner:
    case explain::Cause::kIdleNobody:
    case explain::Cause::kIdleOpen: return Tone::kIdleP;
    default: return Tone::kOther;
  }
}

std::string_view WordOf(explain::PState state) {
  switch (state) {
    case explain::PState::kGone: return "";
    case explain::PState::kIdle: return "idle";
    case explain::PState::kGiven: return "given";
    case explain::PState::kScheduler: return "scheduler";
    case explain::PState::kGoroutine: return "running";
    case explain::PState::kGCWorker: return "GC worker";
    case explain::PState::kInSyscall: return "syscall";
    case explain::PState::kHeld: return "gcstop";
  }
  return "";
}

std::string_view WordOf(explain::MState state) {
  switch (state) {
    case explain::MState::kRuns: return "runs";
    case explain::MState::kComes: return "comes";
    case explain::MState::kSleeps: return "sleeps";
    case explain::MState::kPolls: return "polls";
    default: return "";
  }
}

std::string_view WordOf(explain::GState state) {
  switch (state) {
    case explain::GState::kWaiting: return "waiting";
    case explain::GState::kRunnable: return "runnable";
    case explain::GState::kRunning: return "running";
    case explain::GState::kInSyscall: return "syscall";
    default: return "";
  }
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

ExplainPage::ExplainPage(std::string_view title, std::string_view goroot, int64_t from, int64_t to)
    : page_(Page::Unit::kNanoseconds),
      sources_(goroot),
      waits_([this](Wait& wait) {
        ended_.push_back(wait);
        if (WantsDetail(wait)) waits_.Detail(ended_.back());
      }),
      title_(title),
      from_(from),
      to_(to) {
  if (!sources_.no_go().empty()) page_.Remark(sources_.no_go());
  run_ = page_.AddCause("runs", Tone::kRun, "A goroutine runs.");
  worker_ = page_.AddCause("GC worker", Tone::kRuntime, "A worker of the collector runs.");
  scheduler_ = page_.AddCause("scheduler", Tone::kRuntime, "The P has a thread and runs no goroutine.");
  syscall_ = page_.AddCause("system call", Tone::kSyscall, "In a system call.");
  given_ = page_.AddCause("given", Tone::kStarting, "The P is not idle any more; its thread has yet to come.");
  held_ = page_.AddCause("held", Tone::kStop, "Held with the stopped world.");
  comes_ = page_.AddCause("comes", Tone::kStarting, "A thread was woken or made, and has not come yet.");
  polls_ = page_.AddCause("polls", Tone::kSpin, "A thread sleeps in the network poller.");
  for (size_t i = 0; i < explain::kCauses; i++) {
    const auto cause = static_cast<explain::Cause>(i);
    const std::string text(explain::TextOf(cause).title);
    causes_.push_back(page_.AddCause(text, ToneOf(cause), absl::StrCat("Most of the wait: ", text, ".")));
  }
  procs_ = page_.Field('S', 0, "procs", Type::kNumber);
  idle_ = page_.Field('S', 0, "idle", Type::kNumber);
  spinning_ = page_.Field('S', 0, "spinning", Type::kNumber);
  stopped_ = page_.Field('S', 0, "stopped", Type::kBool);
  global_ = page_.Field('S', 0, "runq", Type::kGs);
  page_.AddCounter("Queues", "global", global_);
}

// ---- the state

void ExplainPage::Put(Page::Slot slot, Value& was, Value is) {
  if (was == is) return;
  was = is;
  page_.Set(slot, is);
}

void ExplainPage::SyncList(Page::Slot slot, std::deque<Value>& was, const std::deque<int64_t>& is) {
  // One fact changes one end, or takes one out of the middle: what has its size and its ends is what it was.
  if (was.size() == is.size() && (is.empty() || (was.front() == is.front() && was.back() == is.back()))) return;
  const auto splice = [&](size_t at, size_t gone, absl::Span<const Value> fresh) {
    page_.Splice(slot, static_cast<uint32_t>(at), static_cast<uint32_t>(gone), fresh);
    const auto from = was.erase(was.begin() + static_cast<long>(at), was.begin() + static_cast<long>(at + gone));
    was.insert(from, fresh.begin(), fresh.end());
  };
  const size_t n = is.size(), before = was.size();
  if (n == 0) return splice(0, before, {});
  if (before == 0) return splice(0, 0, std::vector<Value>(is.begin(), is.end()));
  const bool same_back = was.back() == is.back(), same_front = was.front() == is.front();
  if (before > n && same_back && was[before - n] == is.front()) return splice(0, before - n, {});
  if (before > n && same_front && was[n - 1] == is.back()) return splice(n, before - n, {});
  if (n == before + 1 && same_front && was.back() == is[n - 2]) return splice(before, 0, {&is.back(), 1});
  if (n == before + 1 && same_back && was.front() == is[1]) return splice(0, 0, {&is.front(), 1});
  size_t same = 0, tail = 0;
  const size_t least = std::min(before, n);
  while (same < least && was[same] == is[same]) same++;
  while (tail < least - same && was[before - 1 - tail] == is[n - 1 - tail]) tail++;
  splice(same, before - same - tail,
         std::vector<Value>(is.begin() + static_cast<long>(same), is.end() - static_cast<long>(tail)));
}

void ExplainPage::SyncP(int32_t id) {
  const auto i = static_cast<size_t>(id);
  if (id < 0 || i >= waits_.state().ps().size()) return;
  while (p_slots_.size() <= i) {
    const auto n = static_cast<int64_t>(p_slots_.size());
    auto slots = std::make_unique<SlotsOfP>();
    slots->status = page_.Field('P', n, "status", Type::kWord);
    slots->m = page_.Field('P', n, "m", Type::kM);
    slots->runs = page_.Field('P', n, "runs", Type::kG);
    slots->runnext = page_.Field('P', n, "runnext", Type::kG);
    slots->runq = page_.Field('P', n, "runq", Type::kGs);
    page_.AddCounter("Queues", absl::StrCat("P", n, " ring"), slots->runq);
    p_slots_.push_back(std::move(slots));
  }
  const explain::P& p = waits_.state().ps()[i];
  SlotsOfP& s = *p_slots_[i];
  Put(s.status, s.now[0], TextOf(WordOf(p.state)));
  Put(s.m, s.now[1], p.state == explain::PState::kIdle ? 0 : p.m + 1);
  Put(s.runs, s.now[2], p.g);
  Put(s.runnext, s.now[3], p.next);
  SyncList(s.runq, s.ring, p.ring);
}

// Whether the thread has the P that it was seen with last. A trace does not say that one goes to sleep, only that
// another comes with its P.
bool ExplainPage::Holds(int32_t id, const explain::M& m) const {
  const auto& ps = waits_.state().ps();
  return m.p >= 0 && static_cast<size_t>(m.p) < ps.size() && ps[static_cast<size_t>(m.p)].m == id;
}

void ExplainPage::SyncM(int32_t id) {
  const auto found = waits_.state().ms().find(id);
  if (id < 0 || found == waits_.state().ms().end()) return;
  auto [it, fresh] = m_slots_.try_emplace(id);
  SlotsOfM& s = it->second;
  if (fresh) {
    s.there = page_.Field('M', id, "there", Type::kBool);
    s.state = page_.Field('M', id, "state", Type::kWord);
    s.p = page_.Field('M', id, "p", Type::kP);
    s.curg = page_.Field('M', id, "curg", Type::kG);
  }
  const explain::M& m = found->second;
  Put(s.there, s.now[0], m.state != explain::MState::kEnded);
  const bool has = Holds(id, m);
  const bool gone = m.state == explain::MState::kRuns && m.g == 0 && !has;
  Put(s.state, s.now[1], gone ? 0 : TextOf(WordOf(m.state)));
  Put(s.p, s.now[2], has ? m.p + 1 : 0);
  Put(s.curg, s.now[3], m.g);
}

void ExplainPage::SyncG(int64_t id) {
  if (id <= 0) return;
  const explain::G* g = waits_.state().Find(id);
  OfG& s = Of(id);
  if (g == nullptr && !s.has_slots) return;
  if (!s.has_slots) {
    s.has_slots = true;
    if (!s.had_slots) {
      s.had_slots = true;
      s.status = page_.NewField('G', id, page_.ColumnOf("status", Type::kWord));
      s.waitreason = page_.NewField('G', id, page_.ColumnOf("waitreason", Type::kWord));
    }
    s.now[0] = s.now[1] = 0;
  }
  if (g != nullptr && g->name != 0 && !s.named) {
    s.named = true;
    page_.Goroutine(id, waits_.state().names().Text(g->name));
  }
  const bool waits = g != nullptr && g->state == explain::GState::kWaiting;
  Put(s.status, s.now[0], g == nullptr ? 0 : TextOf(WordOf(g->state)));
  Put(s.waitreason, s.now[1], waits ? page_.Intern(waits_.state().names().Text(g->reason)) : 0);
  if (g == nullptr) s.has_slots = false;
}

void ExplainPage::Sync(const Fact& f, int32_t old_p) {
  const explain::State& state = waits_.state();
  Put(procs_, sched_[0], state.procs());
  Put(idle_, sched_[1], state.idle());
  Put(spinning_, sched_[2], state.spinning());
  Put(stopped_, sched_[3], state.stopped());
  SyncList(global_, queue_, state.global());
  SyncP(f.p);
  if (f.p2 != f.p) SyncP(f.p2);
  if (old_p != f.p && old_p != f.p2) SyncP(old_p);
  for (int32_t m : threads_) SyncM(m);
  SyncG(f.g);
  if (f.by != f.g) SyncG(f.by);
}

void ExplainPage::SyncAll() {
  const explain::State& state = waits_.state();
  Sync(Fact{}, kNobody);
  for (size_t i = 0; i < state.ps().size(); i++) SyncP(static_cast<int32_t>(i));
  for (const auto& [id, m] : state.ms()) SyncM(id);
  for (const auto& [id, g] : state.gs()) SyncG(id);
}

// ---- the steps

void ExplainPage::Step(std::string_view pattern, std::initializer_list<Value> args, bool strong, Page::Place place) {
  auto [it, fresh] = said_.try_emplace(pattern.data());
  if (fresh) it->second = page_.Say(pattern, strong);
  page_.Step(now_, m_, it->second, args, place);
}

Value ExplainPage::TextOf(std::string_view word) {
  auto [it, fresh] = words_.try_emplace(word.data());
  if (fresh) it->second = page_.Intern(word);
  return it->second;
}

void ExplainPage::Words(const Fact& f, std::string_view text) {
  const Value how = TextOf(facts::Name(f.how));
  switch (f.kind) {
    case Kind::kProcs: return Step("there are {n} Ps", {f.n});
    case Kind::kNamed: return Step("{g} began with {s}", {f.g, page_.Intern(text)});
    case Kind::kLost:
      return Step("from here on nobody tells of queues and of those who look for work", {});
    case Kind::kMade:
      return f.by == 0 ? Step("{g} is made", {f.g}) : Step("{g} is made by {g}", {f.g, f.by});
    case Kind::kFound: return Step("{g} was there: {s}", {f.g, how});
    case Kind::kReady:
      return f.by == 0 ? Step("{g} becomes runnable: {s}", {f.g, how})
                       : Step("{g} becomes runnable: {s} by {g}", {f.g, how, f.by});
    case Kind::kLaid:
      switch (f.place) {
        case facts::Place::kRunnext: return Step("{g} is laid into {p}'s runnext", {f.g, f.p});
        case facts::Place::kRing: return Step("{g} is laid on {p}'s ring", {f.g, f.p});
        case facts::Place::kGlobal: return Step("{g} is laid on the global queue", {f.g});
        default: return Step("{g} is in the scheduler's hands", {f.g});
      }
    case Kind::kMoved:
      if (f.p == kNobody) return Step("{n} leave {p}'s ring for the global queue", {f.n, f.p2});
      if (f.place == facts::Place::kGlobal) return Step("{p} takes {n} from the global queue", {f.p, f.n});
      if (f.p == f.p2) return Step("{p} takes its next", {f.p});
      return Step("{p} steals {n} from {p}", {f.p, f.n, f.p2});
    case Kind::kStarted:
      return Step("{g} starts on {p}: {s}", {f.g, f.p, TextOf(explain::RuleName(f.rule))}, true, PlaceOf(f.rule));
    case Kind::kStopped:
      return text.empty() ? Step("{g} stops: {s}", {f.g, how}) : Step("{g} stops: {s}", {f.g, page_.Intern(text)});
    case Kind::kReturned: return Step("{g} is back from its system call: {s}", {f.g, how});
    case Kind::kProc: return Step("{p}: {s}", {f.p, how});
    case Kind::kGiven:
      return f.m == kNobody ? Step("{p} is given to a thread: {s}", {f.p, how})
                            : Step("{p} is given to {m}: {s}", {f.p, f.m, how});
    case Kind::kTaken: return Step("{p} leaves the idle list", {f.p});
    case Kind::kThread: return Step("{m}: {s}", {f.m, how});
    case Kind::kSpinning: return Step("{n} look for work", {f.n});
    case Kind::kWake: return Step("somebody is to be woken: {s}", {how});
    case Kind::kWorld: return Step("the world: {s}", {how}, true);
    default: return Step("{s}", {page_.Intern(text.empty() ? facts::Name(f.kind) : text)});
  }
}

Page::Place ExplainPage::PlaceOf(Rule rule) {
  auto [it, fresh] = places_.try_emplace(rule, 0);
  if (!fresh) return it->second;
  const auto found = [&](std::string_view why) {
    return sources_.Named(page_, "findRunnable", "found(why::" + std::string(why) + ",");
  };
  const auto place = [&]() -> Page::Place {
    switch (rule) {
      case Rule::kTraceReader: return found("traceReader");
      case Rule::kGCWorker: return found("gcWorker");
      case Rule::kGlobal61: return found("global61");
      case Rule::kRing:
      case Rule::kRunnext: return found("local");
      case Rule::kGlobal: return found("global");
      case Rule::kNetpoll: return found("netpoll");
      case Rule::kStolen:
      case Rule::kStolenRunnext:
      case Rule::kTimerStolen: return found("steal");
      case Rule::kIdleGCWorker: return found("idleGCWorker");
      case Rule::kBeforeIdle: return found("beforeIdle");
      case Rule::kGlobalLast: return found("globalLast");
      case Rule::kGlobalNoP: return found("globalNoP");
      case Rule::kIdleGCNoP: return found("idleGCNoP");
      case Rule::kNetpollWait: return found("netpollBlock");
      case Rule::kWired: return sources_.Named(page_, "schedule", "execute(gp->m->lockedg.ptr()");
      case Rule::kAfterCall: return sources_.Named(page_, "exitsyscall0", "execute(");
      case Rule::kUndone: return sources_.Named(page_, "park_m", "execute(");
      default: return 0;
    }
  };
  return it->second = place();
}

// ---- the lanes

void ExplainPage::Draw(Track& track, int64_t from, int64_t to, Page::Cause cause, int64_t g, Page::Story story) {
  from = std::max({from, track.drawn, from_});
  if (to_ != 0) to = std::min(to, to_);
  if (cause == 0 || to <= from) return;
  page_.Span(track.lane, from, to, cause, g, story);
  track.drawn = to;
}

void ExplainPage::Became(Track& track, Page::Cause cause, int64_t g, Page::Story story) {
  if (track.cause == cause && track.g == g && story == 0) return;
  Draw(track, track.since, now_, track.cause, track.g, track.story);
  track.since = now_;
  track.cause = cause;
  track.g = g;
  track.story = story;
}

ExplainPage::Track& ExplainPage::LaneOf(std::map<int64_t, Track>& tracks, int64_t id, const char* group,
                                        const char* letter) {
  Track& track = tracks[id];
  if (!track.has_lane) {
    track.lane = page_.AddLane(group, absl::StrCat(letter, id));
    track.has_lane = true;
  }
  return track;
}

ExplainPage::OfG& ExplainPage::Of(int64_t g) {
  if (g == last_g_ && last_of_g_ != nullptr) return *last_of_g_;
  OfG*& of = gs_[g];
  if (of == nullptr) of = &all_gs_.emplace_back();
  last_g_ = g;
  return *(last_of_g_ = of);
}

ExplainPage::Track& ExplainPage::LaneOfG(int64_t g) {
  Track& track = Of(g).lane;
  if (!track.has_lane) {
    track.lane = page_.AddLane("Goroutines", absl::StrCat("g", g), false, g);
    track.has_lane = true;
  }
  return track;
}

Page::Cause ExplainPage::Blocked(std::string_view reason) {
  if (blocked_.size() >= kReasons) reason = "";
  auto it = blocked_.find(reason);
  if (it == blocked_.end()) {
    const std::string name = reason.empty() ? "blocked" : absl::StrCat("blocked: ", std::string(reason));
    it = blocked_.emplace(reason, page_.AddCause(name, Tone::kBlocked, "Waits for the program, not for the scheduler."))
             .first;
  }
  return it->second;
}

// What most of it was.
Page::Cause ExplainPage::CauseOf(const Wait& wait) const {
  const auto most = std::max_element(wait.parts.begin(), wait.parts.end());
  return causes_[*most == 0 ? static_cast<size_t>(explain::Cause::kUnknown)
                            : static_cast<size_t>(most - wait.parts.begin())];
}

void ExplainPage::Lanes(const Fact& f, std::string_view text, int32_t old_p) {
  Page::Story story = 0;
  for (Wait& wait : ended_) {
    Track& track = LaneOfG(wait.g);
    Became(track, 0, 0, 0);
    if (!Shown() && wait.ended) continue;
    const Page::Story told = Tell(wait);
    if (wait.ended) story = told;
    track.worst = std::max(track.worst, wait.length());
    Draw(track, wait.ready, wait.start, CauseOf(wait), wait.g, told);
  }
  ended_.clear();
  if (f.g > 0) {
    const explain::G* g = waits_.state().Find(f.g);
    Track& track = LaneOfG(f.g);
    if (g == nullptr || g->state == explain::GState::kRunnable) {
      Became(track, 0, 0, 0);
    } else if (g->state == explain::GState::kRunning) {
      if (f.kind == Kind::kStarted) Became(track, run_, f.g, story);
      else if (track.cause != run_) Became(track, run_, f.g, 0);
    } else if (g->state == explain::GState::kInSyscall) {
      Became(track, syscall_, f.g, 0);
    } else if (f.kind == Kind::kStopped || track.cause == 0) {
      Became(track, Blocked(f.kind == Kind::kStopped ? text : ""), f.g, 0);
    }
  }
  for (int32_t id : {f.p, f.p2, old_p}) {
    if (id < 0 || static_cast<size_t>(id) >= waits_.state().ps().size()) continue;
    const explain::P& p = waits_.state().ps()[static_cast<size_t>(id)];
    Track& track = LaneOf(p_lanes_, id, "Ps", "P");
    switch (p.state) {
      case explain::PState::kGoroutine: Became(track, run_, p.g, p.g == f.g ? story : 0); break;
      case explain::PState::kGCWorker: Became(track, worker_, p.g, p.g == f.g ? story : 0); break;
      case explain::PState::kScheduler: Became(track, scheduler_, 0, 0); break;
      case explain::PState::kInSyscall: Became(track, syscall_, p.g, 0); break;
      case explain::PState::kGiven: Became(track, given_, 0, 0); break;
      case explain::PState::kHeld: Became(track, held_, 0, 0); break;
      default: Became(track, 0, 0, 0);
    }
  }
  for (int32_t id : threads_) {
    const auto m = waits_.state().ms().find(id);
    if (id < 0 || m == waits_.state().ms().end()) continue;
    Track& track = LaneOf(m_lanes_, id, "Ms", "M");
    switch (m->second.state) {
      case explain::MState::kRuns: {
        const explain::G* g = waits_.state().Find(m->second.g);
        const bool call = g != nullptr && g->state == explain::GState::kInSyscall;
        const Page::Cause alone = Holds(id, m->second) ? scheduler_ : 0;
        Became(track, m->second.g == 0 ? alone : call ? syscall_ : run_, m->second.g, 0);
        break;
      }
      case explain::MState::kComes: Became(track, comes_, 0, 0); break;
      case explain::MState::kPolls: Became(track, polls_, 0, 0); break;
      default: Became(track, 0, 0, 0);
    }
  }
}

// ---- the stories

// Who ran meanwhile takes as long to find as there are that did.
bool ExplainPage::WantsDetail(const Wait& wait) {
  const uint64_t then = Of(wait.g).starts_when_ready;
  if (then != kNever && starts_ - then <= kFewStarts) return true;
  if (longest_.size() == kLongest && wait.length() <= longest_.top()) return false;
  longest_.push(wait.length());
  if (longest_.size() > kLongest) longest_.pop();
  return true;
}

// A clause of explain's, its numbers taken out.
void ExplainPage::Clause(std::string_view text) {
  Sure sure = Sure::kCertain;
  if (text.ends_with(" (inferred)")) sure = Sure::kInferred;
  if (text.ends_with(" (open)")) sure = Sure::kOpen;
  if (sure != Sure::kCertain) text = text.substr(0, text.rfind(" ("));
  args_.clear();
  pattern_.clear();
  for (size_t i = 0; i < text.size();) {
    const bool begins = i == 0 || std::isalnum(static_cast<unsigned char>(text[i - 1])) == 0;
    const bool letter = text[i] == 'G' || text[i] == 'P' || text[i] == 'M';
    const size_t first = begins && letter ? i + 1 : i;
    if (!begins || first >= text.size() || !IsDigit(text[first])) {
      pattern_ += text[i++];
      continue;
    }
    size_t end = first;
    Value v = 0;
    while (end < text.size() && IsDigit(text[end])) v = v * 10 + (text[end++] - '0');
    if (first > i) {
      pattern_ += text[i] == 'G' ? "{g}" : text[i] == 'P' ? "{p}" : "{m}";
      args_.push_back(v);
      // A goroutine's function follows.
      if (text[i] == 'G' && text.substr(end, 2) == " (") {
        if (const size_t close = text.find(')', end); close != std::string_view::npos) {
          pattern_ += " ({s})";
          args_.push_back(page_.Intern(text.substr(end + 2, close - end - 2)));
          end = close + 1;
        }
      }
      i = end;
      continue;
    }
    // A duration ("6.20 ms"), an ordinal ("4th"), or a number with its commas.
    const size_t whole = end;
    const auto digit = [&](size_t at) { return at < text.size() && IsDigit(text[at]); };
    const auto point = [&](size_t at) { return at < text.size() && (text[at] == '.' || text[at] == ','); };
    while (digit(end) || (point(end) && digit(end + 1))) end++;
    for (std::string_view unit : {" ns", " us", " ms", " s", "st", "nd", "rd", "th"}) {
      if (text.substr(end, unit.size()) != unit) continue;
      const size_t behind = end + unit.size();
      if (behind < text.size() && std::isalpha(static_cast<unsigned char>(text[behind])) != 0) continue;
      end = behind;
      break;
    }
    if (end == whole) {
      pattern_ += "{n}";
      args_.push_back(v);
    } else {
      pattern_ += "{s}";
      args_.push_back(page_.Intern(text.substr(i, end - i)));
    }
    i = end;
  }
  page_.Clause(page_.Say(pattern_), args_, sure);
}

Page::Story ExplainPage::Tell(Wait& wait) {
  const auto taken = moved_.find(wait.p);
  int64_t step = -1;
  if (wait.ended) step = taken != moved_.end() ? taken->second : static_cast<int64_t>(page_.steps()) - 1;
  const Page::Story story = page_.Begin(step, wait.ended ? PlaceOf(wait.rule) : 0);
  const std::string text = explain::Story(wait, waits_.state().names());
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find("; ", at), text.size());
    Clause(std::string_view(text).substr(at, end - at));
    at = end + 2;
  }
  return story;
}

// ---- all of it

void ExplainPage::Put(const Fact& f, std::string_view text) {
  int32_t old_p = kNobody;
  if (const explain::G* g = waits_.state().Find(f.g); g != nullptr) old_p = g->p;
  threads_.assign(1, f.m);
  for (int32_t p : {f.p, f.p2, old_p}) {
    if (p < 0 || static_cast<size_t>(p) >= waits_.state().ps().size()) continue;
    const int32_t m = waits_.state().ps()[static_cast<size_t>(p)].m;
    if (m != f.m) threads_.push_back(m);
  }
  waits_.Apply(f, text);
  if (f.kind == Kind::kStarted) starts_++;
  if (f.kind == Kind::kReady) Of(f.g).starts_when_ready = starts_;
  if (f.kind == Kind::kStopped && f.how == How::kEnded) Of(f.g).starts_when_ready = kNever;
  now_ = waits_.now();
  m_ = f.m;
  if (f.kind == Kind::kNote || (f.kind == Kind::kLost && !text.empty())) page_.Remark(text);
  if (Shown()) {
    if (!began_ && from_ > 0) {
      m_ = -1;
      Step("the state at the beginning", {});
      SyncAll();
      m_ = f.m;
    }
    began_ = true;
    Words(f, text);
    Sync(f, old_p);
    if (f.kind == Kind::kMoved && f.p != kNobody) moved_.try_emplace(f.p, static_cast<int64_t>(page_.steps()) - 1);
  }
  Lanes(f, text, old_p);
  if (f.kind == Kind::kStarted) moved_.erase(f.p);
}

std::string ExplainPage::Write(const std::string& path, std::string_view below) {
  waits_.End();
  now_ = waits_.now();
  Lanes(Fact{}, "", kNobody);
  for (auto* tracks : {&p_lanes_, &m_lanes_}) {
    for (auto& [id, track] : *tracks) Became(track, 0, 0, 0);
  }
  std::vector<std::pair<int64_t, Page::Lane>> worst;
  for (OfG& of : all_gs_) {
    Track& track = of.lane;
    Became(track, 0, 0, 0);
    if (track.worst > 0) worst.emplace_back(track.worst, track.lane);
  }
  std::sort(worst.rbegin(), worst.rend());
  for (size_t i = 0; i < worst.size() && i < kShown; i++) page_.Show(worst[i].second);
  page_.Title(title_, below);
  return WriteHtml(path, title_, page_);
}

}  // namespace study
