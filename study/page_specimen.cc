// A page about a made-up trace: as many events as wanted, on eight Ps, with everything that a page can have. The test
// looks at a small one, the bench at one of a million.
//
//   page_specimen EVENTS OUT.html
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include "study/page_html.h"
#include "study/sources.h"

namespace {

using study::Page;
using study::Sure;
using study::Tone;
using study::Type;
using study::Value;

constexpr int kPs = 8;
constexpr int kGs = 24;

// Repeats itself: SplitMix64.
uint64_t Random() {
  static uint64_t state = 1;
  uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}
Value Below(uint64_t n) { return static_cast<Value>(Random() % n); }

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const long events = std::atol(argv[1]);

  Page page(Page::Unit::kNanoseconds);
  page.Title("specimen", "a made-up trace of <b>" + std::to_string(events) + "</b> events");
  page.Remark("Nothing of this happened.");
  study::Sources sources("");
  const Page::Place steal = sources.Named(page, "findRunnable", "found(why::steal");
  const Page::Place local = sources.Named(page, "findRunnable", "found(why::local");
  const Page::Cause run = page.AddCause("runs", Tone::kRun, "A goroutine runs.");
  const Page::Cause behind = page.AddCause("behind others", Tone::kBehind, "Runnable, on a ring behind others.");
  const Page::Cause idle_p = page.AddCause("a P was idle", Tone::kIdleP, "Runnable while a P was idle.");
  const Page::Cause waits = page.AddCause("waits", Tone::kBlocked, "Waits for the program.");
  const Page::Sentence story = page.Say("runnable {d}: {n}th on {p}'s ring behind {g}");
  const Page::Sentence stolen = page.Say("stolen from {p} with {n} others");
  const Page::Sentence starts = page.Say("{g} starts on {p}", true);
  const Page::Sentence readied = page.Say("{g} is readied");

  std::vector<Page::Lane> ps, gs;
  std::vector<Page::Slot> rings, running;
  for (int p = 0; p < kPs; p++) {
    ps.push_back(page.AddLane("Ps", "P" + std::to_string(p)));
    page.Field('P', p, "status", Type::kWord);
    rings.push_back(page.Field('P', p, "runq", Type::kGs));
    running.push_back(page.Field('P', p, "runs", Type::kG));
    page.AddCounter("Queues", "P" + std::to_string(p) + " ring", rings.back());
  }
  for (int g = 1; g <= kGs; g++) {
    page.Goroutine(g, g % 7 == 0 ? "main.seventh" : "main.worker");
    gs.push_back(page.AddLane("Goroutines", "g" + std::to_string(g), g <= 3, g));
  }

  std::vector<std::deque<Value>> queues(kPs);
  std::vector<Value> free_at(kPs, 0), g_since(kGs + 1, 0);
  Value now = 0;
  long made = 0;
  for (int g = 1; g <= kGs; g++) {
    const auto p = static_cast<size_t>(g % kPs);
    const Value at = static_cast<Value>(queues[p].size());
    page.Step(now += 10, -1, readied, {g});
    if (g <= kPs) page.Set(page.Field('P', g - 1, "status", Type::kWord), page.Intern("running"));
    page.Splice(rings[p], static_cast<uint32_t>(at), 0, {g});
    queues[p].push_back(g);
  }
  while (made < events) {
    // The P that is free first takes the next of its ring, or one from the longest.
    size_t p = 0, from;
    for (size_t i = 0; i < kPs; i++) {
      if (free_at[i] < free_at[p]) p = i;
    }
    from = p;
    for (size_t i = 0; queues[p].empty() && i < kPs; i++) {
      if (queues[i].size() > queues[from].size()) from = i;
    }
    now = std::max(now, free_at[p]);
    if (queues[from].empty()) break;
    const Value g = queues[from].front();
    const Value behind_g = queues[from].size() > 1 ? queues[from][1] : 0;
    const Value wait = now - g_since[static_cast<size_t>(g)];
    queues[from].pop_front();
    const uint32_t step = page.Step(now, static_cast<Value>(p), starts, {g, static_cast<Value>(p)},
                                    from == p ? local : steal);
    page.Splice(rings[from], 0, 1, {});
    page.Set(running[p], g);
    const Page::Story told = page.Begin(step, from == p ? local : steal);
    page.Clause(story, {wait, Below(9) + 1, static_cast<Value>(from), behind_g});
    if (from != p) page.Clause(stolen, {static_cast<Value>(from), Below(3)}, Sure::kInferred);
    const Value takes = 200 + Below(2000) + (Below(50) == 0 ? 100000 : 0);
    page.Span(ps[p], now, now + takes, run, g, told);
    auto& since = g_since[static_cast<size_t>(g)];
    if (now > since) page.Span(gs[static_cast<size_t>(g) - 1], since, now, Below(20) == 0 ? idle_p : behind, g, told);
    page.Span(gs[static_cast<size_t>(g) - 1], now, now + takes, run, g, told);
    made += 3;
    free_at[p] = now + takes + (Below(4) == 0 ? Below(900) : 0);
    // It blocks for a while, or goes back to the ring's end.
    since = now + takes;
    if (Below(3) == 0) {
      const Value blocked = Below(500) + 1;
      page.Span(gs[static_cast<size_t>(g) - 1], since, since + blocked, waits, g);
      since += blocked;
      made++;
    }
    const size_t to = Below(3) == 0 ? static_cast<size_t>(Below(kPs)) : p;
    page.Step(now, static_cast<Value>(p), readied, {g});
    page.Splice(rings[to], static_cast<uint32_t>(queues[to].size()), 0, {g});
    queues[to].push_back(g);
    made++;
  }
  const std::string wrong = study::WriteHtml(argv[2], "specimen </title><script>", page);
  if (!wrong.empty()) std::fprintf(stderr, "page_specimen: %s\n", wrong.c_str());
  return wrong.empty() ? 0 : 2;
}
