// The sentences. They say what was, in the order in which it was: who made the goroutine runnable, where it lay and how
// it got elsewhere, what ran there meanwhile, what else its time went to, and by which rule it was taken at last.
#include "explain/story.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "explain/text.h"

namespace explain {
namespace {

std::string Mark(Certainty c) {
  switch (c) {
    case Certainty::kCertain:
      return "";
    case Certainty::kInferred:
      return " (inferred)";
    case Certainty::kOpen:
      return " (open)";
  }
  return "";
}

std::string PName(int32_t p) { return p == kNobody ? std::string("a P") : absl::StrCat("P", p); }

std::string Readied(const Wait& w, const Names& names) {
  const std::string by = w.by == 0 ? std::string() : Called(w.by, names.Text(w.by_name));
  switch (w.how) {
    case How::kCreated:
      return by.empty() ? "made by the runtime" : "made by " + by;
    case How::kUnblocked:
      return by.empty() ? "unblocked" : "unblocked by " + by;
    case How::kTimer:
      return "its timer ran out";
    case How::kPoller:
      if (w.rule == Rule::kGCWorker || w.rule == Rule::kIdleGCWorker || w.rule == Rule::kIdleGCNoP) {
        return "the collector wanted a worker";
      }
      if (w.rule == Rule::kTraceReader) return "the tracer had something to read";
      return "the network poller found it ready";
    case How::kRuntime:
      return "readied by the runtime";
    case How::kYielded:
      return "called Gosched";
    case How::kPreempted:
      return "preempted: its slice was over, or the world was to stop";
    case How::kHandedOver:
      return "stepped back for the goroutine that it had readied";
    case How::kCallEnded:
      return "its system call ended, and there was no P for it";
    case How::kUndone:
      return "had no need to wait after all";
    default:
      return w.began_before ? "runnable before the recording began" : "runnable";
  }
}

// "4th "; "" if nobody knows.
std::string Position(const Step& s) { return s.position < 0 ? "" : Ordinal(s.position + 1) + " "; }

std::string RingPlace(const Step& s) {
  const std::string ahead = s.ahead == 0 ? std::string() : absl::StrCat(" while G", s.ahead, " ran");
  if (s.placed != s.certainty) return absl::StrCat("on ", PName(s.p), "'s ring; ", Position(s), "there", ahead);
  return absl::StrCat(Position(s), "on ", PName(s.p), "'s ring", ahead, s.ahead == 0 ? "" : " there");
}

std::string StepText(const Step& s) {
  std::string text;
  switch (s.kind) {
    case Step::kLaid:
    case Step::kMoved:
      switch (s.place) {
        case Place::kRunnext:
          text = absl::StrCat("next on ", PName(s.p),
                              s.ahead == 0 ? "" : absl::StrCat(", behind G", s.ahead, ", which ran there"));
          break;
        case Place::kRing:
          text = RingPlace(s);
          break;
        case Place::kGlobal:
          text = s.placed != s.certainty
                     ? absl::StrCat("on the global queue; ", Position(s), "there")
                     : absl::StrCat(s.p2 == kNobody ? "" : absl::StrCat("moved from ", PName(s.p2), ", "), Position(s),
                                    "on the global queue");
          break;
        case Place::kUnknown:
          return "it is not known on which queue";
        default:
          return "";
      }
      break;
    case Step::kKicked:
      if (s.placed != s.certainty) {
        text = absl::StrCat("kicked out of runnext, ", RingPlace(s), s.by == 0 ? "" : absl::StrCat(", by G", s.by));
        break;
      }
      text = absl::StrCat(s.by == 0 ? "kicked out of runnext" : absl::StrCat("kicked out of runnext by G", s.by), ", ",
                          RingPlace(s));
      break;
    case Step::kSpilled:
      text = absl::StrCat("spilled from ", PName(s.p2), "'s full ring, ", Position(s), "on the global queue");
      break;
    case Step::kDrained:
      text = absl::StrCat("put away from ", PName(s.p2), ", which a GC worker keeps for itself, ", Position(s),
                          "on the global queue");
      break;
    case Step::kStolen:
      text = absl::StrCat("came along when ", PName(s.p), " stole ", s.n == 0 ? "" : absl::StrCat(s.n, " "), "from ",
                          PName(s.p2), ", ", RingPlace(s));
      break;
    case Step::kBatch:
      text = absl::StrCat("came along when ", PName(s.p), " took ", s.n == 0 ? "" : absl::StrCat(s.n, " "),
                          "from the global queue, ", RingPlace(s));
      break;
    case Step::kHanded:
      text = absl::StrCat("found by ", PName(s.p), ", which was handed to its own thread M", s.n);
      break;
  }
  return text + Mark(s.certainty);
}

// "P1 ran G88 (main.worker) for 6.20 ms of it and G9 for 1.00 us".
std::string Meanwhile(const Wait& w, const Names& names) {
  if (w.ran.empty()) return "";
  bool one_p = true;
  for (const Ran& r : w.ran) one_p = one_p && r.p == w.ran[0].p;
  std::string s = one_p ? absl::StrCat(PName(w.ran[0].p), " ran ") : std::string("meanwhile ");
  for (size_t i = 0; i < w.ran.size(); i++) {
    const Ran& r = w.ran[i];
    if (i > 0) s += i + 1 == w.ran.size() && w.ran_others == 0 ? " and " : ", ";
    s += Called(r.g, names.Text(r.name));
    if (r.worker) s += ", a GC worker,";
    if (!one_p) absl::StrAppend(&s, " ran on P", r.p);
    absl::StrAppend(&s, " for ", Duration(r.in_wait));
    if (r.in_all > r.in_wait + r.in_wait / 100) absl::StrAppend(&s, " of its ", Duration(r.in_all));
  }
  if (w.ran_others > 0) {
    absl::StrAppend(&s, " and ", Count(w.ran_others, "other"), " for ", Duration(w.ran_others_ns));
  }
  if (w.ran_cut) s += ", and others before that";
  return s;
}

// What the causes say that the steps do not. The parts that matter, the longest first.
std::vector<std::string> Because(const Wait& w) {
  std::vector<std::pair<int64_t, std::string>> parts;
  for (size_t i = 0; i < kCauses; i++) {
    const int64_t ns = w.parts[i];
    if (ns == 0 || ns < w.length() / 100) continue;
    const std::string d = Duration(ns);
    std::string text;
    switch (static_cast<Cause>(i)) {
      case Cause::kBehindSyscall:
        text = absl::StrCat("for ", d, " the P was in a system call, and sysmon had not taken it from there");
        break;
      case Cause::kBehindScheduler:
        if (ns < w.length() / 20) continue;
        text = absl::StrCat("for ", d, " the P ran nobody: its thread was in the scheduler, or the system let it wait");
        break;
      case Cause::kInHand:
        if (ns < w.length() / 20) continue;
        text = absl::StrCat("for ", d, " on no queue yet");
        break;
      case Cause::kStopped:
        text = absl::StrCat("for ", d, " the world was stopped");
        break;
      case Cause::kIdleSpinner:
        text = absl::StrCat("for ", d, " a P had no work: a thread looked for some already, so nobody was woken");
        break;
      case Cause::kIdleThread:
        text = absl::StrCat("for ", d, " a P stood still: a thread was being made for it");
        break;
      case Cause::kIdleOS:
        text = absl::StrCat("for ", d, " a P stood still: a ",
                            w.sure[i] == Certainty::kCertain ? "sleeping thread had been woken"
                                                             : "thread had been woken, or made,",
                            " for it and had not come");
        break;
      case Cause::kIdleWired:
        text = absl::StrCat("for ", d, " its own thread had been woken and had not come");
        break;
      case Cause::kIdleNobody:
        text = absl::StrCat("for ", d, " a P was idle, and nobody was woken");
        break;
      case Cause::kIdleOpen:
        text = absl::StrCat("for ", d, " a P was idle");
        break;
      case Cause::kUnknown:
        text = absl::StrCat("for ", d, " it is not known where it lay");
        break;
      default:
        continue;
    }
    parts.emplace_back(ns, text + Mark(w.sure[i]));
  }
  std::stable_sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> texts;
  for (auto& [ns, text] : parts) texts.push_back(std::move(text));
  return texts;
}

std::string IdleText(const Wait& w) {
  if (w.idle.empty()) return "";
  std::string s = absl::StrCat("P", w.idle[0].p, " was idle for ", Duration(w.idle[0].ns), " of it");
  const size_t others = w.idle.size() - 1;
  if (others == 1) absl::StrAppend(&s, ", P", w.idle[1].p, " for ", Duration(w.idle[1].ns));
  if (others > 1) absl::StrAppend(&s, ", and ", others, " other Ps at times");
  return s;
}

}  // namespace

std::string Called(int64_t g, std::string_view name) {
  std::string s = absl::StrCat("G", g);
  if (!name.empty()) {
    s += " (";
    s += name;
    s += ")";
  }
  return s;
}

std::string_view RuleName(Rule rule) {
  switch (rule) {
    case Rule::kNone:
      return "none";
    case Rule::kTraceReader:
      return "trace reader";
    case Rule::kGCWorker:
      return "GC worker";
    case Rule::kGlobal61:
      return "global queue, 61st tick";
    case Rule::kRing:
      return "ring";
    case Rule::kGlobal:
      return "global queue";
    case Rule::kNetpoll:
      return "network poller, passing by";
    case Rule::kStolen:
      return "stolen from a ring";
    case Rule::kIdleGCWorker:
      return "idle GC worker";
    case Rule::kBeforeIdle:
      return "before idling";
    case Rule::kGlobalLast:
      return "global queue, before going idle";
    case Rule::kGlobalNoP:
      return "global queue, after giving the P up";
    case Rule::kIdleGCNoP:
      return "idle GC worker, after giving the P up";
    case Rule::kNetpollWait:
      return "network poller, after sleeping in it";
    case Rule::kRunnext:
      return "runnext";
    case Rule::kStolenRunnext:
      return "stolen from runnext";
    case Rule::kTimerStolen:
      return "another P's timer";
    case Rule::kWired:
      return "its own thread";
    case Rule::kAfterCall:
      return "end of a system call";
    case Rule::kUndone:
      return "did not wait";
    case Rule::kSwitch:
      return "coroutine switch";
    case Rule::kUnknown:
      break;
  }
  return "unknown";
}

std::string RuleText(const Wait& w) {
  const std::string p = PName(w.p);
  switch (w.rule) {
    case Rule::kTraceReader:
      return absl::StrCat("run by ", p, " as the reader of the trace");
    case Rule::kGCWorker:
      return absl::StrCat("run by ", p, " as a GC worker");
    case Rule::kGlobal61:
      return absl::StrCat("taken by ", p, " from the global queue, which comes first at each 61st tick");
    case Rule::kRing:
      return absl::StrCat("taken by ", p, " from its ring");
    case Rule::kGlobal:
    case Rule::kGlobalLast:
    case Rule::kGlobalNoP:
      return absl::StrCat("taken by ", p, " from the global queue",
                          w.along > 0 ? absl::StrCat(" with ", Count(w.along, "other")) : "",
                          w.rule == Rule::kGlobalLast  ? ", at the last look before going idle"
                          : w.rule == Rule::kGlobalNoP ? ", by a thread that had given its P up"
                                                       : "");
    case Rule::kNetpoll:
      return absl::StrCat("run by ", p, ", which had looked into the network poller");
    case Rule::kNetpollWait:
      return absl::StrCat("run by ", p, ", whose thread had slept in the network poller");
    case Rule::kStolen:
      return absl::StrCat("stolen by ", p, w.from == kNobody ? "" : absl::StrCat(" from P", w.from),
                          w.along > 0 ? absl::StrCat(" with ", Count(w.along, "other")) : " alone");
    case Rule::kStolenRunnext:
      return absl::StrCat("stolen by ", p, " out of ", w.from == kNobody ? "another P" : absl::StrCat("P", w.from),
                          "'s runnext");
    case Rule::kTimerStolen:
      return absl::StrCat("run by ", p, ", which had run another P's timers");
    case Rule::kIdleGCWorker:
    case Rule::kIdleGCNoP:
      return absl::StrCat("run by ", p, ", which had nothing else to do, as a GC worker");
    case Rule::kBeforeIdle:
      return absl::StrCat("run by ", p, " before going idle");
    case Rule::kRunnext:
      return absl::StrCat("taken by ", p, " out of runnext, for the rest of the slice");
    case Rule::kWired:
      return absl::StrCat("run on ", p, " by its own thread M", w.m);
    case Rule::kAfterCall:
      return absl::StrCat("got ", p, ", which was idle, at the end of its call");
    case Rule::kUndone:
      return "went on at once";
    case Rule::kSwitch:
      return "switched to by another goroutine";
    case Rule::kNone:
    case Rule::kUnknown:
      break;
  }
  return absl::StrCat("run by ", p, "; it is not known from where it was taken");
}

std::string Headline(const Wait& w, const Names& names) {
  return absl::StrCat(Called(w.g, names.Text(w.name)), ": runnable ", w.began_before ? "for at least " : "",
                      Duration(w.length()), ", from ", Moment(w.ready), " to ", Moment(w.start),
                      w.ended ? "" : ", when the recording ends");
}

std::string Story(const Wait& w, const Names& names) {
  std::vector<std::string> clauses;
  clauses.push_back(Readied(w, names) + Mark(w.readied));
  for (size_t i = 0; i < w.steps.size(); i++) {
    if (w.steps_left_out > 0 && i == w.steps.size() / 2) {
      clauses.push_back(absl::StrCat(Count(w.steps_left_out, "other move")));
    }
    if (std::string s = StepText(w.steps[i]); !s.empty()) clauses.push_back(std::move(s));
  }
  if (std::string s = Meanwhile(w, names); !s.empty()) clauses.push_back(std::move(s));
  for (std::string& s : Because(w)) clauses.push_back(std::move(s));
  if (std::string s = IdleText(w); !s.empty()) clauses.push_back(std::move(s));
  if (w.ended) clauses.push_back(RuleText(w) + Mark(w.certainty));
  return absl::StrJoin(clauses, "; ");
}

std::string LifeLine(const Fact& f, std::string_view text, int64_t g, const State& state) {
  const std::string what(text);
  auto who = [&](int64_t id) { return Called(id, state.NameOf(id)); };
  if (f.g != g) {
    if (f.by != g) return "";
    if (f.kind == Kind::kMade) return absl::StrCat("makes ", who(f.g));
    if (f.kind == Kind::kReady && f.how == How::kUnblocked) return absl::StrCat("unblocks ", who(f.g));
    return "";
  }
  switch (f.kind) {
    case Kind::kMade:
      return absl::StrCat("made", f.by == 0 ? "" : " by " + who(f.by), f.p == kNobody ? "" : absl::StrCat(" on P", f.p),
                          what.empty() ? "" : absl::StrCat(", begins with ", what),
                          f.how == How::kParked ? ", waits for the first switch to it" : "");
    case Kind::kFound:
      return absl::StrCat("there when the recording began", what.empty() ? "" : absl::StrCat(", began with ", what));
    case Kind::kStopped:
      switch (f.how) {
        case How::kEnded:
          return "ends";
        case How::kCall:
          return absl::StrCat("begins a system call on ", PName(f.p));
        case How::kSwitched:
          return "switches to another goroutine";
        case How::kYielded:
          return absl::StrCat("gives ", PName(f.p), " up by Gosched");
        case How::kPreempted:
          return absl::StrCat("is preempted on ", PName(f.p));
        case How::kHandedOver:
          return "steps back for the goroutine that it has readied";
        default:
          return absl::StrCat("blocks", what.empty() ? "" : ": " + what);
      }
    case Kind::kReturned:
      return f.how == How::kKept    ? absl::StrCat("comes back from the system call, and still has ", PName(f.p))
             : f.how == How::kOther ? absl::StrCat("comes back from the system call, and gets ", PName(f.p),
                                                   ", which was idle")
                                    : absl::StrCat("comes back from the system call on ", PName(f.p));
    default:
      return "";
  }
}

}  // namespace explain
