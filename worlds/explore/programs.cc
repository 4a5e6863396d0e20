// The table of programs, and the generator of mixes.
#include "worlds/explore/program.h"

#include <cstddef>
#include <cstdlib>
#include <map>

namespace explore {

namespace {

using O = Op;

std::vector<Program> table() {
  std::vector<Program> all;
  auto add = [&](Program p) { all.push_back(std::move(p)); };

  add({.name = "spawn", .what = "two goroutines are started, and end",
       .goroutines = {{{O::kGo, 1}, {O::kGo, 2}}, {}, {}}});
  add({.name = "wake", .what = "one waits, another one wakes it",
       .goroutines = {{{O::kGo, 1}, {O::kGo, 2}}, {{O::kWait, 0}}, {{O::kWake, 0}}}});
  add({.name = "park", .what = "two wake each other in turn",
       .goroutines = {{{O::kGo, 1}, {O::kWake, 0}, {O::kWait, 1}}, {{O::kWait, 0}, {O::kWake, 1}}}});
  add({.name = "asleep", .what = "two wait for good: the report of the deadlock must come",
       .deadlocks = true,
       .goroutines = {{{O::kGo, 1}, {O::kWait, 0}}, {{O::kWait, 1}}}});
  add({.name = "asleep-watched", .what = "the same, and sysmon looks on",
       .sysmon = true, .deadlocks = true,
       .goroutines = {{{O::kGo, 1}, {O::kWait, 0}}, {{O::kWait, 1}}}});
  add({.name = "yield", .what = "Gosched and goyield",
       .goroutines = {{{O::kGo, 1}, {O::kYield}}, {{O::kHand}}}});
  add({.name = "fair", .what = "two pass the P to each other, a third is on the global queue",
       .procs = 1, .fair = 8,
       .goroutines = {{{O::kGo, 1}, {O::kGo, 2}, {O::kYield}},
                      std::vector<Op>(8, {O::kHand}), std::vector<Op>(8, {O::kHand})}});
  add({.name = "call", .what = "a short system call, beside a goroutine that is started",
       .goroutines = {{{O::kGo, 1}, {O::kCall}}, {}}});
  add({.name = "calls", .what = "two in short system calls",
       .goroutines = {{{O::kGo, 1}, {O::kCall}}, {{O::kCall}}}});
  add({.name = "block", .what = "a system call that hands its P on",
       .goroutines = {{{O::kGo, 1}, {O::kBlock}}, {{O::kYield}}}});
  add({.name = "block-busy", .what = "a system call that hands its P on, while the other P computes",
       .goroutines = {{{O::kGo, 1}, {O::kCompute}, {O::kBlock}}, {{O::kCompute}, {O::kCompute}}}});
  add({.name = "block-ready", .what = "a system call that hands its P on, while one that computes starts others",
       .goroutines = {{{O::kGo, 1}, {O::kCompute}, {O::kGo, 2}, {O::kCompute}}, {{O::kBlock}}, {}}});
  add({.name = "retake", .what = "a long system call with a goroutine behind it: sysmon takes the P",
       .procs = 1, .sysmon = true,
       .goroutines = {{{O::kGo, 1}, {O::kLongCall}}, {}}});
  add({.name = "retake-busy", .what = "the same, and the goroutine behind it computes until the call is over",
       .procs = 1, .sysmon = true,
       .goroutines = {{{O::kGo, 1}, {O::kLongCall}}, {{O::kCompute}, {O::kCompute}}}});
  add({.name = "preempt", .what = "a goroutine computes, another one is behind it: sysmon asks it to stop",
       .procs = 1, .sysmon = true,
       .goroutines = {{{O::kGo, 1}, {O::kCompute}}, {}}});
  add({.name = "steal", .what = "one computes, and has started others: an idle P must come for them",
       .goroutines = {{{O::kGo, 1}, {O::kGo, 2}, {O::kCompute}}, {}, {}}});
  add({.name = "late", .what = "one computes, and starts another one when the idle P's thread may be about to sleep",
       .goroutines = {{{O::kGo, 1}, {O::kCompute}, {O::kGo, 2}, {O::kCompute}}, {}, {}}});
  add({.name = "overflow", .what = "more goroutines than a ring has places",
       .goroutines = {{{O::kGo, 1}, {O::kGo, 2}, {O::kGo, 3}, {O::kGo, 4}, {O::kGo, 5}, {O::kGo, 6}},
                      {}, {}, {}, {}, {}, {}}});
  add({.name = "sleep", .what = "a goroutine sleeps, another one computes",
       .goroutines = {{{O::kGo, 1}, {O::kSleep, 5}}, {{O::kCompute}}}});
  add({.name = "timers", .what = "two sleep, the one that comes second shorter",
       .goroutines = {{{O::kGo, 1}, {O::kSleep, 9}}, {{O::kSleep, 3}}}});
  add({.name = "net", .what = "one waits for the network, another one computes",
       .goroutines = {{{O::kGo, 1}, {O::kNet}}, {{O::kYield}}}});
  add({.name = "net-two", .what = "two wait for the network, and then compute",
       .goroutines = {{{O::kGo, 1}, {O::kGo, 2}}, {{O::kNet}, {O::kCompute}}, {{O::kNet}, {O::kCompute}}}});
  add({.name = "inject", .what = "two come from the poller at once, and another P is about to become idle",
       .goroutines = {{{O::kGo, 1}, {O::kGo, 2}, {O::kNet}, {O::kCompute}},
                      {{O::kCompute}},
                      {{O::kNet}, {O::kCompute}}}});
  add({.name = "net-watched", .what = "one waits for the network, another one computes; sysmon polls",
       .procs = 1, .sysmon = true,
       .goroutines = {{{O::kGo, 1}, {O::kYield}, {O::kCompute}}, {{O::kNet}}}});
  add({.name = "forced", .what = "sysmon forces a collection while the only goroutine comes from a long system call",
       .procs = 1, .sysmon = true, .forces = true,
       .goroutines = {{{O::kYield}, {O::kLongCall}}}});
  add({.name = "net-sleep", .what = "one waits for the network, another one for the time",
       .goroutines = {{{O::kGo, 1}, {O::kNet}}, {{O::kSleep, 3}}}});
  add({.name = "wire", .what = "LockOSThread, and a goroutine that is started beside it",
       .goroutines = {{{O::kWire}, {O::kGo, 1}, {O::kYield}, {O::kUnwire}}, {}}});
  add({.name = "wired-exit", .what = "a wired goroutine ends: its thread ends with it",
       .goroutines = {{{O::kGo, 1}, {O::kYield}}, {{O::kWire}}}});
  add({.name = "wired-wait", .what = "a wired goroutine waits, and is woken",
       .goroutines = {{{O::kGo, 1}, {O::kWake, 0}}, {{O::kWire}, {O::kWait, 0}}}});
  add({.name = "procs", .what = "GOMAXPROCS from 2 to 1 and back, beside others",
       .goroutines = {{{O::kGo, 1}, {O::kProcs, 1}, {O::kProcs, 2}}, {{O::kYield}}}});
  add({.name = "procs-sleep", .what = "GOMAXPROCS becomes smaller while a goroutine sleeps",
       .goroutines = {{{O::kGo, 1}, {O::kYield}, {O::kProcs, 1}}, {{O::kSleep, 3}}}});
  add({.name = "stop", .what = "the world is stopped and started, beside others",
       .goroutines = {{{O::kGo, 1}, {O::kStop}}, {{O::kYield}}}});
  add({.name = "stop-call", .what = "the world is stopped while a goroutine is in a system call",
       .goroutines = {{{O::kGo, 1}, {O::kYield}, {O::kStop}}, {{O::kCall}}}});
  add({.name = "stop-long-call", .what = "the world is stopped while a goroutine is in a long system call",
       .goroutines = {{{O::kGo, 1}, {O::kCompute}, {O::kStop}}, {{O::kLongCall}}}});
  add({.name = "stop-block", .what = "the world is stopped while a goroutine hands its P on",
       .goroutines = {{{O::kGo, 1}, {O::kYield}, {O::kStop}}, {{O::kBlock}}}});
  add({.name = "stop-compute", .what = "the world is stopped while a goroutine computes",
       .goroutines = {{{O::kGo, 1}, {O::kYield}, {O::kStop}}, {{O::kCompute}}}});
  add({.name = "stops", .what = "two stop the world",
       .goroutines = {{{O::kGo, 1}, {O::kStop}}, {{O::kStop}}}});
  add({.name = "goexit", .what = "main ends by Goexit, another goroutine goes on",
       .goroutines = {{{O::kGo, 1}, {O::kGoexit}}, {{O::kYield}}}});
  add({.name = "exit", .what = "main returns, whatever the others do",
       .goroutines = {{{O::kGo, 1}, {O::kExit}}, {{O::kYield}}}});
  add({.name = "coroutine", .what = "to a coroutine and back, beside a goroutine that is started",
       .goroutines = {{{O::kGo, 1}, {O::kSwitch, 0}, {O::kSwitch, 0}}, {}}});
  return all;
}

Program mix(uint64_t seed, const std::string& name) {
  uint64_t x = seed * 0x9e3779b97f4a7c15 + 0x2545f4914f6cdd1d;
  auto below = [&](uint32_t n) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return static_cast<int>((x >> 32) * n >> 32);
  };
  Program p;
  p.name = name;
  p.what = "a mix of that seed";
  p.procs = 1 + below(3);
  p.sysmon = below(3) == 0;
  // Swarm: each mix has only some kinds of op, so that the rest does not drown them.
  const Op::Kind kinds[] = {O::kYield, O::kHand, O::kCall, O::kBlock, O::kSleep, O::kNet, O::kCompute, O::kWire,
                            O::kProcs, O::kStop, O::kGoexit};
  std::vector<Op::Kind> some;
  for (const Op::Kind kind : kinds) {
    if (below(3) == 0) some.push_back(kind);
  }
  if (p.sysmon && below(2) == 0) some.push_back(O::kLongCall);
  const int n = 2 + below(3);
  p.goroutines.resize(static_cast<size_t>(n));
  for (int i = 0; i < n; i++) {
    auto& ops = p.goroutines[static_cast<size_t>(i)];
    // Each starts the next ones: 0 starts all, or hands that on.
    if (i == 0) {
      for (int k = 1; k < n; k++) ops.push_back({O::kGo, k});
    }
    for (int left = below(4); left > 0 && !some.empty(); left--) {
      const Op::Kind kind = some[static_cast<size_t>(below(static_cast<uint32_t>(some.size())))];
      int arg = 0;
      if (kind == O::kSleep) arg = 1 + below(9);
      if (kind == O::kProcs) arg = 1 + below(3);
      ops.push_back({kind, arg});
      if (kind == O::kGoexit) break;
    }
  }
  // Pairs that wait for each other: the waking side of a cell comes in a goroutine that does not wait before it.
  for (int c = 0; c < 1 + below(2); c++) {
    const int waits = below(static_cast<uint32_t>(n)), wakes = (waits + 1 + below(static_cast<uint32_t>(n - 1))) % n;
    auto& w = p.goroutines[static_cast<size_t>(wakes)];
    size_t at = 0;
    while (at < w.size() && w[at].kind == O::kGo) at++;
    w.insert(w.begin() + static_cast<ptrdiff_t>(at), {O::kWake, c});
    auto& v = p.goroutines[static_cast<size_t>(waits)];
    if (v.empty() || v.back().kind != O::kGoexit) {
      v.push_back({O::kWait, c});
    } else {
      v.insert(v.end() - 1, {O::kWait, c});
    }
  }
  return p;
}

}  // namespace

const char* const kCommand = "gort explore";

const std::vector<Program>& Programs() {
  static const auto* const all = new std::vector<Program>(table());
  return *all;
}

const Program* FindProgram(const std::string& name) {
  for (const Program& p : Programs()) {
    if (p.name == name) return &p;
  }
  const std::string prefix = "random:";
  if (name.compare(0, prefix.size(), prefix) != 0 || name.size() == prefix.size() || name.size() > 25 ||
      name.find_first_not_of("0123456789", prefix.size()) != std::string::npos) {
    return nullptr;
  }
  static auto* const mixes = new std::map<std::string, Program>;
  auto [it, isNew] = mixes->try_emplace(name);
  if (isNew) it->second = mix(std::strtoull(name.c_str() + prefix.size(), nullptr, 10), name);
  return &it->second;
}

std::string Describe(const Program& program) {
  static const char* const names[] = {
      "go",  "wait",    "wake", "yield",  "hand",  "call", "long-call", "block",  "sleep",
      "net", "compute", "wire", "unwire", "procs", "stop", "switch",    "goexit", "exit"};
  std::string text = std::to_string(program.procs) + (program.procs == 1 ? " P" : " Ps");
  if (program.sysmon) text += ", sysmon";
  for (const auto& ops : program.goroutines) {
    text += " |";
    for (const Op& op : ops) {
      text += " ";
      text += names[op.kind];
      switch (op.kind) {
        case Op::kGo: case Op::kWait: case Op::kWake: case Op::kSleep: case Op::kProcs: case Op::kSwitch:
          text += std::to_string(op.n);
          break;
        default: break;
      }
    }
  }
  return text;
}

}  // namespace explore
