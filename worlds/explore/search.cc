// Running under a search, and schedules as lines.
#include "worlds/explore/search.h"

#include <bit>
#include <cstdlib>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/numbers.h"

namespace explore {

int CostOf(const View& view, int thread) {
  if (thread == view.usual) return 0;
  // The M goes on that went on before, by itself or by its stores that it waits for.
  auto whose = [](int mover) { return buffers && mover >= kBuffer ? mover - kBuffer : mover; };
  if (((view.enabled & ~view.timed) >> view.usual & 1) != 0 && whose(view.usual) == whose(view.last)) return 1;
  return (view.timed >> thread & 1) != 0 ? 1 : 0;
}

namespace {

uint64_t mix(uint64_t a, uint64_t b) {
  unsigned __int128 product = static_cast<unsigned __int128>(a ^ 0x9e3779b97f4a7c15) * (b ^ 0xe7037ed1a0b428db);
  return static_cast<uint64_t>(product >> 64) ^ static_cast<uint64_t>(product);
}

bool look(View& view, int last) {
  view.usual = Default(last);
  if (view.usual < 0) return false;
  view.enabled = Enabled();
  view.timed = Timed();
  view.last = last;
  return true;
}

}  // namespace

Report Explore(Search& search, const Limits& limits, void (*progress)(const Report&)) {
  Report report;
  Schedule schedule;
  for (;;) {
    Reset();
    schedule.clear();
    View view;
    uint32_t step = 0;
    int last = 0;
    for (; look(view, last); step++) {
      const Move move = search.Choose(view);
      if (move.thread < 0) break;
      if (move.thread != view.usual || move.value != 0) schedule.push_back({step, move});
      const Pending& next = Next(move.thread);
      const auto thread = static_cast<uint64_t>(move.thread), value = static_cast<uint64_t>(move.value);
      report.digest = mix(report.digest, thread << 40 | value << 32 | next.object);
      last = move.thread;
      if (!Step(move.thread, move.value)) {
        step++;
        break;
      }
    }
    report.schedules++;
    report.steps += step;
    if (step > report.longest) report.longest = step;
    if (End().known != nullptr) report.known++;
    if (End().property != nullptr) {
      auto* count = &report.by_property;
      size_t at = 0;
      while (at < count->size() && (*count)[at].first != End().property) at++;
      if (at == count->size()) count->push_back({End().property, 0});
      (*count)[at].second++;
      if (report.failures++ == 0) {
        report.failure = End();
        report.schedule = schedule;
      }
      if (limits.first) break;
    }
    if (!search.Again(Events())) {
      report.all = search.All();
      break;
    }
    if (report.schedules >= limits.schedules || report.steps >= limits.steps) break;
    if (progress != nullptr && (report.schedules & 0xfff) == 0) progress(report);
  }
  report.states = search.States();
  report.ends = search.Ends();
  return report;
}

Ending Replay(const Schedule& schedule, void (*told)(uint32_t, Move)) {
  Reset();
  View view;
  size_t at = 0;
  int last = 0;
  for (uint32_t step = 0; look(view, last); step++) {
    Move move{view.usual, 0};
    if (at < schedule.size() && schedule[at].step == step) {
      const Move& wanted = schedule[at++].move;
      if (wanted.thread < kThreads && (view.enabled >> wanted.thread & 1) != 0) {
        move.thread = wanted.thread;
        if (wanted.value < Next(move.thread).values) move.value = wanted.value;
      }
    }
    if (told != nullptr) told(step, move);
    last = move.thread;
    if (!Step(move.thread, move.value)) break;
  }
  return End();
}

Schedule Shrink(const Schedule& schedule, const char* property) {
  Schedule best = schedule;
  // A run that does not end is long, and what is unusual about it is, too: some tries have to do.
  int tries = 500;
  auto fails = [&](const Schedule& s) {
    if (tries-- <= 0) return false;
    const Ending end = Replay(s);
    return end.property != nullptr && std::strcmp(end.property, property) == 0;
  };
  // Whole pieces first, then one by one.
  for (size_t piece = std::max<size_t>(best.size() / 2, 1); !best.empty(); piece /= 2) {
    bool shorter = false;
    for (size_t i = 0; i < best.size();) {
      Schedule without = best;
      without.erase(without.begin() + static_cast<ptrdiff_t>(i),
                    without.begin() + static_cast<ptrdiff_t>(std::min(i + piece, best.size())));
      if (fails(without)) {
        best = without;
        shorter = true;
      } else {
        i += piece;
      }
    }
    if (piece == 1 && !shorter) break;
    if (piece == 1) piece = 2;
  }
  return best;
}

std::string Write(const std::string& program, const Schedule& schedule) {
  std::string line = program + "@";
  for (size_t i = 0; i < schedule.size(); i++) {
    const Unusual& u = schedule[i];
    absl::StrAppend(&line, i == 0 ? "" : ",", u.step, ":", u.move.thread);
    if (u.move.value != 0) absl::StrAppend(&line, "=", u.move.value);
  }
  return line;
}

bool Read(const std::string& line, std::string& program, Schedule& schedule, std::string& error) {
  const size_t at = line.find('@');
  if (at == std::string::npos) {
    error = absl::StrCat("'", line, "': expected PROGRAM@STEP:M,STEP:M...");
    return false;
  }
  program = line.substr(0, at);
  schedule.clear();
  const std::string rest = line.substr(at + 1);
  if (rest.empty()) return true;
  size_t offset = at + 1;
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(rest, ','))) {
    Unusual u{};
    const size_t colon = part.find(':'), equals = part.find('=');
    const std::string thread = colon == std::string::npos ? "" : part.substr(colon + 1, equals - colon - 1);
    const bool ok =
        absl::SimpleAtoi(part.substr(0, colon), &u.step) && absl::SimpleAtoi(thread, &u.move.thread) &&
        u.move.thread >= 0 && u.move.thread < kThreads &&
        (equals == std::string::npos ||
         (absl::SimpleAtoi(part.substr(equals + 1), &u.move.value) && u.move.value >= 0)) &&
        (schedule.empty() || schedule.back().step < u.step);
    if (!ok) {
      error = absl::StrCat("'", part, "' at offset ", offset,
                           ": expected STEP:M or STEP:M=ANSWER, steps rising, M below ", kThreads);
      return false;
    }
    schedule.push_back(u);
    offset += part.size() + 1;
  }
  return true;
}

}  // namespace explore
