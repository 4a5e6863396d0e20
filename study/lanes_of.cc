// A change of a cell says whose being may be another: its own object's, and that of those it is drawn with.
#include "study/lanes_of.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"

namespace study {
namespace {

constexpr size_t kShownGoroutines = 8;

}  // namespace

LanesOf::LanesOf(Page& page, const Look& look) : page_(page), look_(look) {
  run_ = page.AddCause("runs", Tone::kRun, "A goroutine runs.");
  scheduler_ = page.AddCause("scheduler", Tone::kRuntime, "The scheduler runs, on g0.");
  spin_ = page.AddCause("looks for work", Tone::kSpin, "A spinning M: it has a P, and nothing to run on it.");
  syscall_ = page.AddCause("system call", Tone::kSyscall, "In a system call. The P may be taken away.");
  stop_ = page.AddCause("stopped", Tone::kStop, "Halted for a stopped world.");
  next_ = page.AddCause("runnable: next", Tone::kNext, "In runnext of a P: it runs before the ring.");
  ring_ = page.AddCause("runnable: on a ring", Tone::kBehind, "On the ring of a P.");
  global_ = page.AddCause("runnable: global queue", Tone::kGlobal, "On the global queue.");
  runnable_ = page.AddCause("runnable: in transit", Tone::kStarting, "Runnable, on no queue: in somebody's hand.");
  no_p_ = page.AddCause("without a P", Tone::kBlocked, "An M that holds no P and is not idle.");
}

Page::Cause LanesOf::Waits(Value reason) {
  auto [it, fresh] = waits_.try_emplace(reason);
  if (fresh) {
    const std::string why(look_.Word(reason));
    it->second = page_.AddCause(absl::StrCat("waits: ", why), Tone::kBlocked, "Waits for what its reason says.");
  }
  return it->second;
}

void LanesOf::Became(Track& track, Value time, Being now) {
  if (now == track.now) return;
  if (track.now.cause != 0 && time > track.since) track.spans.push_back({track.since, time, track.now});
  track.since = time;
  track.now = now;
}

LanesOf::Being LanesOf::OfP(Value id) {
  const P& p = ps_[id];
  const std::string_view status = look_.Word(p.status);
  if (status == "gcstop") return {stop_, 0};
  if (status == "syscall") return {syscall_, p_tracks_[id].now.g};
  if (status != "running" || p.m == 0) return {};
  const M& m = ms_[p.m - 1];
  if (m.curg != 0) return {run_, m.curg};
  return {m.spinning ? spin_ : scheduler_, 0};
}

LanesOf::Being LanesOf::OfM(Value id) {
  const M& m = ms_[id];
  if (m.idle) return {};
  if (m.curg != 0) {
    const std::string_view status = look_.Word(gs_[m.curg].status);
    return {status.starts_with("syscall") ? syscall_ : m.p != 0 ? run_ : no_p_, m.curg};
  }
  if (m.spinning) return {spin_, 0};
  return {m.p != 0 ? scheduler_ : no_p_, 0};
}

LanesOf::Being LanesOf::OfG(Value id) {
  const G& g = gs_[id];
  const std::string_view status = look_.Word(g.status);
  if (status.starts_with("running")) return {run_, id};
  if (status.starts_with("syscall")) return {syscall_, id};
  if (status.starts_with("waiting") || status.starts_with("preempted")) return {Waits(g.reason), id};
  if (!status.starts_with("runnable")) return {};
  switch (g.where) {
    case kOnRing: return {ring_, id};
    case kInNext: return {next_, id};
    case kOnGlobal: return {global_, id};
    default: return {runnable_, id};
  }
}

void LanesOf::After(Value time, const std::vector<Cell*>& changes) {
  std::set<Value> ps, ms, gs;
  const auto put = [&](Value g, Where where, Value p) {
    if (g == 0) return;
    G& of = gs_[g];
    of.where = where;
    of.p = p;
    gs.insert(g);
  };
  // Who left a place, first: it may have arrived at another in the same record.
  const auto leave = [&](Value g, Where where, Value p) {
    if (g == 0) return;
    if (G& of = gs_[g]; of.where == where && of.p == p) {
      of.where = kNowhere;
      gs.insert(g);
    }
  };
  for (const Cell* c : changes) {
    const std::string_view field = c->field;
    if (c->object == 'P') {
      P& p = ps_[c->id];
      if (field == "status") p.status = c->value;
      if (field == "m") p.m = c->value;
      if (field == "runnext") {
        leave(c->before, kInNext, c->id);
        put(c->value, kInNext, c->id);
        continue;
      }
      if (field == "runq") {
        for (Value g : c->gone) leave(g, kOnRing, c->id);
        for (uint32_t i = 0; i < c->inserted; i++) put(c->list[c->at + i], kOnRing, c->id);
        continue;
      }
      ps.insert(c->id);
    } else if (c->object == 'M') {
      M& m = ms_[c->id];
      if (field == "p") m.p = c->value;
      if (field == "curg") m.curg = c->value;
      if (field == "spinning") m.spinning = c->value != 0;
      if (field == "idle") m.idle = c->value != 0;
      if (field == "there") m.idle = c->value == 0;
      ms.insert(c->id);
      if (field == "p" && c->before != 0) ps.insert(c->before - 1);
      if (m.p != 0) ps.insert(m.p - 1);
    } else if (c->object == 'G') {
      G& g = gs_[c->id];
      if (field == "status") g.status = c->value;
      if (field == "waitreason") g.reason = c->value;
      if (field == "m") g.m = c->value;
      gs.insert(c->id);
      if (g.m != 0) ms.insert(g.m - 1);
    } else if (field == "runq") {
      for (Value g : c->gone) leave(g, kOnGlobal, -1);
      for (uint32_t i = 0; i < c->inserted; i++) put(c->list[c->at + i], kOnGlobal, -1);
    }
  }
  for (Value id : ps) Became(p_tracks_[id], time, OfP(id));
  for (Value id : ms) Became(m_tracks_[id], time, OfM(id));
  for (Value id : gs) Became(g_tracks_[id], time, OfG(id));
}

void LanesOf::Begin(Value time) {
  for (auto* tracks : {&p_tracks_, &m_tracks_, &g_tracks_}) {
    for (auto& [id, track] : *tracks) {
      track.spans.clear();
      track.since = time;
    }
  }
}

void LanesOf::End(Value time) {
  const auto write = [&](const char* group, const std::string& name, Track& track, bool shown, Value g) {
    Became(track, time, {});
    if (track.spans.empty()) return;
    const Page::Lane lane = page_.AddLane(group, name, shown, g);
    for (const Span& s : track.spans) page_.Span(lane, s.from, s.to, s.was.cause, s.was.g);
  };
  for (auto& [id, track] : p_tracks_) write("Ps", absl::StrCat("P", id), track, true, 0);
  for (auto& [id, track] : m_tracks_) write("Ms", absl::StrCat("M", id), track, true, 0);
  std::vector<size_t> counts;
  for (const auto& [id, track] : g_tracks_) counts.push_back(track.spans.size());
  std::sort(counts.rbegin(), counts.rend());
  const size_t least = counts.size() > kShownGoroutines ? std::max<size_t>(counts[kShownGoroutines], 1) : 0;
  size_t shown = 0;
  for (auto& [id, track] : g_tracks_) {
    const bool show = track.spans.size() > least && shown < kShownGoroutines;
    shown += show;
    write("Goroutines", absl::StrCat("g", id), track, show, id);
  }
}

}  // namespace study
