// gort explore: searches through the interleavings of the port.
//
// Exit status: 0 nothing was found, 1 a property fails, 2 bad usage.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "worlds/explore/arena.h"
#include "worlds/explore/search.h"
#include "worlds/explore/trace_file.h"

namespace explore {
namespace {

struct Options {
  std::string search = "dfs";
  int bound = 2;  // -1: none
  bool reduce = false;
  bool cache = true;
  int depth = 4;
  uint64_t seed = 1, schedules = 0, steps = 0;
  int mixes = 0;
  bool json = false, twice = false, keep_going = false, bench = false;
  std::string replay, trace, flags;
  std::vector<std::string> programs;
};

[[noreturn]] void usage(const std::string& what) {
  std::fprintf(stderr, "gort explore: %s\n", what.c_str());
  std::exit(2);
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

uint64_t number(const std::string& flag, const std::string& text, uint64_t most = ~uint64_t{0}) {
  uint64_t n;
  if (!absl::SimpleAtoi(text, &n) || n > most) usage(absl::StrCat(flag, "=", text, ": expected a number"));
  return n;
}

void list() {
  for (const Program& p : Programs()) {
    absl::PrintF("%-14s %s\n%-14s %s\n", p.name, p.what, "", Describe(p));
  }
}

Options parse(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; i++) {
    const std::string arg = argv[i];
    const size_t equals = arg.find('=');
    const std::string flag = arg.substr(0, equals);
    std::string value = equals == std::string::npos ? "" : arg.substr(equals + 1);
    const bool wants = flag == "--search" || flag == "--bound" || flag == "--depth" || flag == "--seed" ||
                       flag == "--schedules" || flag == "--steps" || flag == "--mixes" || flag == "--replay" ||
                       flag == "--trace";
    if (wants && equals == std::string::npos) {
      if (++i == argc) usage(absl::StrCat(flag, " needs a value"));
      value = argv[i];
    } else if (!wants && equals != std::string::npos) {
      usage(absl::StrCat("unknown option '", arg, "'"));
    }
    if (flag == "--search") {
      if (value != "dfs" && value != "pct" && value != "random") {
        usage(absl::StrCat("--search=", value, ": dfs, pct or random"));
      }
      o.search = value;
    } else if (flag == "--bound") {
      o.bound = value == "none" ? -1 : static_cast<int>(number(flag, value, 1000));
    } else if (flag == "--depth") {
      o.depth = static_cast<int>(number(flag, value, 16));
    } else if (flag == "--seed") {
      o.seed = number(flag, value);
    } else if (flag == "--schedules") {
      o.schedules = number(flag, value);
    } else if (flag == "--steps") {
      o.steps = number(flag, value);
    } else if (flag == "--mixes") {
      o.mixes = static_cast<int>(number(flag, value, 1000000));
    } else if (flag == "--replay") {
      o.replay = value;
    } else if (flag == "--trace") {
      if (value.empty()) usage("--trace needs a file");
      o.trace = value;
    } else if (flag == "--reduce") {
      o.reduce = true;
    } else if (flag == "--no-reduce") {
      o.reduce = false;
    } else if (flag == "--no-cache") {
      o.cache = false;
    } else if (flag == "--json") {
      o.json = true;
    } else if (flag == "--tso") {
      buffers = true;
      o.flags = " --tso";
    } else if (flag == "--twice") {
      o.twice = true;
    } else if (flag == "--keep-going") {
      o.keep_going = true;
    } else if (flag == "--list") {
      list();
      std::exit(0);
    } else if (arg[0] == '-') {
      usage(absl::StrCat("unknown option '", arg, "'; gort help explore says what there is"));
    } else {
      if (FindProgram(arg) == nullptr) usage(absl::StrCat("no program '", arg, "'; --list prints them"));
      o.programs.push_back(arg);
    }
  }
  if (!o.trace.empty() && o.replay.empty()) usage("--trace is of one schedule: with --replay=LINE");
  // A run that ends at a known state does not show the races behind it, so the reduction would leave out what they ask
  // for.
  if (o.reduce) o.cache = false;
  // What has no end of its own gets one.
  if (o.search != "dfs" && o.schedules == 0 && o.steps == 0) o.schedules = 10'000;
  return o;
}

std::string jsonText(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string bar;  // what is being explored, for the line on the terminal

void progress(const Report& r) {
  static double last = 0;
  if (const double t = now(); t - last > 0.2) {
    last = t;
    absl::FPrintF(stderr, "\r\033[K%s: %d schedules, %d steps", bar, r.schedules, r.steps);
    std::fflush(stderr);
  }
}

std::unique_ptr<Search> make(const Options& o) {
  if (o.search == "pct") return MakePct(o.seed, o.depth);
  if (o.search == "random") return MakeRandom(o.seed);
  return MakeDfs({.bound = o.bound, .reduce = o.reduce, .cache = o.cache});
}

Report once(const Options& o) {
  Limits limits;
  if (o.schedules != 0) limits.schedules = o.schedules;
  if (o.steps != 0) limits.steps = o.steps;
  limits.first = !o.keep_going;
  const auto search = make(o);
  return Explore(*search, limits, isatty(2) ? progress : nullptr);
}

int replay(const Options& o) {
  std::string name, error;
  Schedule schedule;
  if (!Read(o.replay, name, schedule, error)) usage(error);
  const Program* program = FindProgram(name);
  if (program == nullptr) usage(absl::StrCat("no program '", name, "'; --list prints them"));
  Load(*program);
  if (!o.trace.empty()) {
    if (const std::string wrong = WriteTrace(schedule, o.trace); !wrong.empty()) usage(wrong);
  }
  if (!o.json) absl::PrintF("%s: %s\n%s\n", program->name, program->what, Describe(*program));
  static bool quiet;
  quiet = o.json;
  const Ending end = Replay(schedule, [](uint32_t step, Move move) {
    if (quiet) return;
    const Pending& next = Next(move.thread);
    const char* how = next.kind == Kind::kWrite ? "write " : next.kind == Kind::kRead ? "read " : "";
    absl::PrintF("%5d  M%d  %s%s", step, move.thread, how, next.what);
    if (move.value != 0) absl::PrintF(" answers %d", move.value);
    absl::PrintF("\n");
  });
  if (o.json) {
    absl::PrintF("{\"replay\": %s, \"property\": %s, \"text\": %s}\n", jsonText(o.replay),
                 end.property == nullptr ? "null" : jsonText(end.property), jsonText(end.text));
  } else {
    absl::PrintF("%s%s: %s\n", Picture(),
                 end.property != nullptr ? end.property : end.known != nullptr ? end.known : "ends", end.text);
  }
  return end.property == nullptr ? 0 : 1;
}

int run(int argc, char** argv) {
  Options o = parse(argc, argv);
  if (!o.replay.empty()) return replay(o);
  if (o.programs.empty() && o.mixes == 0) {
    for (const Program& p : Programs()) o.programs.push_back(p.name);
  }
  for (int i = 0; i < o.mixes; i++) o.programs.push_back(absl::StrCat("random:", o.seed + static_cast<uint64_t>(i)));

  uint64_t schedules = 0, steps = 0, all = 0;
  int failures = 0;
  const double began = now();
  if (o.json) {
    absl::PrintF("{\"search\": %s, \"bound\": %d, \"seed\": %d, \"programs\": [", jsonText(o.search), o.bound, o.seed);
  } else {
    absl::PrintF("search %s", o.search);
    if (o.search == "dfs" && o.bound >= 0) absl::PrintF(", bound %d", o.bound);
    if (o.search == "pct") absl::PrintF(", depth %d", o.depth);
    if (o.search != "dfs" || o.mixes > 0) absl::PrintF(", seed %d", o.seed);
    absl::PrintF("\n%-14s %10s %12s %10s %8s  %s\n", "program", "schedules", "steps", "states", "longest", "");
  }
  for (size_t i = 0; i < o.programs.size(); i++) {
    const std::string& name = o.programs[i];
    bar = name;
    Load(*FindProgram(name));
    const Report r = once(o);
    if (o.twice) {
      Load(*FindProgram(name));
      const Report again = once(o);
      if (again.digest != r.digest || again.schedules != r.schedules || again.states != r.states) {
        usage(absl::StrCat(name, ": the same search again is another one: ", r.schedules, " schedules, then ",
                           again.schedules));
      }
    }
    if (isatty(2)) std::fputs("\r\033[K", stderr);
    schedules += r.schedules;
    steps += r.steps;
    all += r.all;
    std::string line;
    if (r.failure.property != nullptr) {
      failures++;
      line = Write(name, Shrink(r.schedule, r.failure.property));
    }
    if (o.json) {
      absl::PrintF("%s\n  {\"program\": %s, \"schedules\": %d, \"steps\": %d, \"states\": %d, \"longest\": %d, "
                   "\"all\": %s, \"digest\": \"%016x\", \"known\": %d, \"property\": %s",
                   i == 0 ? "" : ",", jsonText(name), r.schedules, r.steps, r.states, r.longest,
                   r.all ? "true" : "false", r.digest, r.known,
                   r.failure.property == nullptr ? "null" : jsonText(r.failure.property));
      if (r.failure.property != nullptr) {
        absl::PrintF(", \"text\": %s, \"replay\": %s, \"properties\": {", jsonText(r.failure.text), jsonText(line));
        for (size_t k = 0; k < r.by_property.size(); k++) {
          absl::PrintF("%s%s: %d", k == 0 ? "" : ", ", jsonText(r.by_property[k].first), r.by_property[k].second);
        }
        absl::PrintF("}");
      }
      absl::PrintF("}");
    } else {
      absl::PrintF("%-14s %10d %12d %10d %8d  %s\n", name, r.schedules, r.steps, r.states, r.longest,
                   absl::StrCat(r.failure.property != nullptr ? "FAILS" : r.all ? "all" : "",
                                r.known == 0 ? "" : absl::StrCat(", ", r.known, " of them Go's own")));
      if (r.failure.property != nullptr) {
        absl::PrintF("  %s: %s\n  %s%s --replay=%s\n", r.failure.property, r.failure.text, kCommand, o.flags, line);
      }
    }
    std::fflush(stdout);
  }
  const double took = now() - began;
  if (o.json) {
    absl::PrintF("\n], \"schedules\": %d, \"steps\": %d, \"seconds\": %.3f, \"failures\": %d}\n", schedules, steps,
                 took, failures);
  } else {
    absl::PrintF("explored %d programs, %d of them wholly: %d schedules, %d steps, %.0f a second; %d failures\n",
                 o.programs.size(), all, schedules, steps, static_cast<double>(steps) * (o.twice ? 2 : 1) / took,
                 failures);
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace
}  // namespace explore

int main(int argc, char** argv) { return explore::run(argc, argv); }
