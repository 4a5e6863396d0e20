// gort truth: what a captured log knows of the starts that a trace of the same run shows.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "conformance/truth/pair.h"
#include "conformance/truth/starts.h"

namespace {

constexpr char kHelp[] =
    R"(usage: gort truth [--starts] F.slog [TRACE] [F.slog [TRACE]]...

A program that was captured while it wrote an execution trace of itself leaves a schedule log, which knows why each
goroutine ran, and a trace, which does not. Finds each start that the trace shows in the log, and prints how many there
were by each rule of the scheduler. Without TRACE: F.trace beside F.slog.

  --starts   each start: goroutine, thread, P, rule, the queue and P that it came from, how many were taken at once

Exit status: 0 all found, 1 log and trace are not of one run, 2 bad input or usage.
)";

struct Options {
  bool starts = false;
  std::vector<std::pair<std::string, std::string>> pairs;  // log, trace
};

int Usage(const std::string& what) {
  std::fprintf(stderr, "gort truth: %s; 'gort truth --help' tells more\n", what.c_str());
  return 2;
}

std::string LineOf(const truth::Start& s, const truth::Shown& shown) {
  std::string line = absl::StrFormat("byte %d: %.6f s, M%d P%d: G%d, %s", shown.offset,
                                     static_cast<double>(shown.time) / 1e9, shown.thread, s.p, s.g, TextOf(s.rule));
  if (s.place != truth::Place::kNone) absl::StrAppend(&line, ", ", TextOf(s.place));
  if (s.from >= 0) absl::StrAppend(&line, " of P", s.from);
  if (s.batch > 1) absl::StrAppend(&line, ", with ", s.batch - 1, " more");
  return absl::StrCat(line, " (record ", s.record, ")\n");
}

int Show(const std::string& log, const std::string& trace, const Options& options) {
  const auto starts = truth::ReadStarts(log);
  const auto shown = starts.ok() ? truth::PairUp(*starts, trace) : starts.status();
  if (!shown.ok()) {
    std::fprintf(stderr, "gort truth: %s\n", std::string(shown.status().message()).c_str());
    return absl::IsFailedPrecondition(shown.status()) ? 1 : 2;
  }
  std::map<truth::Rule, uint64_t> count;
  std::string text;
  for (const truth::Shown& each : *shown) {
    const truth::Start& start = (*starts)[each.start];
    count[start.rule]++;
    if (options.starts) text += LineOf(start, each);
  }
  absl::StrAppend(&text, trace, ": ", shown->size(), " starts, all in ", log, "\n");
  for (const auto& [rule, n] : count) absl::StrAppendFormat(&text, "%10d  %s\n", n, TextOf(rule));
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i++) {
    const std::string arg = argv[i];
    if (arg == "--help" || arg == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (arg == "--starts") {
      options.starts = true;
    } else if (arg.size() > 1 && arg[0] == '-') {
      return Usage("no option " + arg);
    } else if (absl::EndsWith(arg, ".slog")) {
      options.pairs.emplace_back(arg, arg.substr(0, arg.size() - 5) + ".trace");
      if (i + 1 < argc && argv[i + 1][0] != '-' && !absl::EndsWith(argv[i + 1], ".slog")) {
        options.pairs.back().second = argv[++i];
      }
    } else {
      return Usage(arg + " is no F.slog");
    }
  }
  if (options.pairs.empty()) return Usage("no log given");
  int status = 0;
  for (const auto& [log, trace] : options.pairs) status = std::max(status, Show(log, trace, options));
  return status;
}
