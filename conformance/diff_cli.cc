// gort diff: a child process for each trace, as many at a time as there are processors.
//
// A child answers in lines of JSON: the divergences as they are found, then the rest. So what was found is there when
// the port dies in the middle; and anything else that comes down the pipe is what it said when it did.
#include "conformance/diff_cli.h"

#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "conformance/children.h"
#include "conformance/diff_report.h"
#include "trace/reader.h"
#include "worlds/guided/diff.h"

namespace conformance {
namespace {

using nlohmann::ordered_json;

constexpr char kHelp[] =
    R"(usage: gort diff [--json] [--limit N] [--jobs N] FILE...

Runs execution traces, as runtime/trace writes them, through the port of Go 1.24's scheduler. Each decision that a
trace shows (which goroutine ran, which P was woken, which stopped) is exact: the port does the same; or admissible: it
does when a free choice that the trace leaves open is made so; or divergent: it would do something else. docs/diff.md
tells more. A FILE may be - for standard input.

  --json      the report as one JSON object
  --limit N   the first N divergences of each file (10); all are counted
  --jobs N    N files at a time (as many as there are processors)

The last line is: N decisions: A exact, B admissible, C divergent
Exit status: 0 all agree, 1 a divergence, or a trace that the port could not follow to its end, 2 bad input or usage.
)";

struct Options {
  bool json = false;
  uint64_t limit = 10;
  unsigned jobs = 0;
  std::vector<std::string> files;
};

int Usage(const std::string& what) {
  std::fprintf(stderr, "gort diff: %s; 'gort diff --help' tells more\n", what.c_str());
  return 2;
}

// ---- in the child

constexpr char kDivergence[] = "divergence", kTrace[] = "trace", kStuck[] = "stuck";

void Send(int fd, const ordered_json& json) {
  const std::string line = json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  WriteAll(fd, line.data(), line.size());
}

// A port that turns in a circle is ended: it has that long, of the processor's time, for an event.
constexpr int kSeconds = 5;
const guided::Result* watched;
int answerTo;

void CheckProgress(int) {
  static uint64_t last = ~uint64_t{0};
  const guided::Result& r = *watched;
  if (r.events != last) {
    last = r.events;
    return;
  }
  char line[200];
  const int n = std::snprintf(
      line, sizeof line,
      R"({"%s":{"events":%ju,"decisions":%ju,"exact":%ju,"admissible":%ju,"divergent":%ju}})"
      "\n",
      kStuck, uintmax_t{r.events}, uintmax_t{r.decisions}, uintmax_t{r.exact}, uintmax_t{r.admissible},
      uintmax_t{r.divergent});
  WriteAll(answerTo, line, static_cast<size_t>(n));
  _exit(0);
}

void WatchProgress(const guided::Result& result, int fd) {
  watched = &result;
  answerTo = fd;
  static char stack[64 << 10];  // those of the port are small
  const stack_t alternative = {stack, 0, sizeof stack};
  sigaltstack(&alternative, nullptr);
  struct sigaction action = {};
  action.sa_handler = CheckProgress;
  action.sa_flags = SA_ONSTACK | SA_RESTART;
  sigaction(SIGVTALRM, &action, nullptr);
  const itimerval each = {{kSeconds, 0}, {kSeconds, 0}};
  setitimer(ITIMER_VIRTUAL, &each, nullptr);
}

// How much of the trace lies behind the event at which the port was lost.
void CountRest(TraceDiff& diff) {
  gotrace::Reader reader;
  if (!reader.Open(diff.path)) return;
  while (reader.Next()) {
    diff.events_in_all++;
    if (diff.events_left != 0 || reader.event().offset == diff.result.lostOffset) diff.events_left++;
  }
}

void Answer(const std::string& path, uint64_t limit, int fd) {
  dup2(fd, STDERR_FILENO);
  TraceDiff diff;
  diff.path = path;
  std::error_code none;
  const bool again = std::filesystem::is_regular_file(path, none);  // a pipe is read once
  if (again) {
    gotrace::Reader reader;
    if (reader.Open(path)) {
      diff.version = reader.version();
      // A trace that is cut may have nothing in front of the cut.
      if (reader.Next() && reader.generation() != nullptr) diff.system = SystemOf(*reader.generation());
    }
  }
  WatchProgress(diff.result, fd);
  guided::Diff(
      path, diff.result, diff.error,
      [&](const guided::Divergence& divergence) { Send(fd, {{kDivergence, ToJson(divergence)}}); }, limit,
      [&](const char* choice) { diff.choices[choice]++; });
  if (again && !diff.result.lost.empty()) CountRest(diff);
  Send(fd, {{kTrace, ToJson(diff)}});
}

// ---- in the parent

void TakeAnswer(const Ended& child, TraceDiff& diff) {
  std::string said;
  std::vector<guided::Divergence> divergences;
  bool whole = false;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(child.answer, '\n', absl::SkipEmpty()))) {
    const ordered_json json = ordered_json::parse(line, nullptr, false);
    if (json.is_object() && json.contains(kDivergence)) {
      divergences.push_back(DivergenceFromJson(json[kDivergence]));
    } else if (json.is_object() && json.contains(kTrace)) {
      diff = TraceDiffFromJson(json[kTrace]);
      whole = true;
    } else if (json.is_object() && json.contains(kStuck)) {
      const ordered_json& counts = json[kStuck];
      diff.result.events = counts.at("events");
      diff.result.decisions = counts.at("decisions");
      diff.result.exact = counts.at("exact");
      diff.result.admissible = counts.at("admissible");
      diff.result.divergent = counts.at("divergent");
      diff.died = absl::StrCat("the port turned in a circle behind ", diff.result.events, " events of the scheduler");
    } else if (said.empty()) {
      said = absl::StrCat(" (", line, ")");
    }
  }
  diff.divergences = std::move(divergences);
  if (whole || !diff.died.empty()) return;
  diff.died = absl::StrCat("the port died: ", WhyEnded(child.status), said);
  if (!diff.divergences.empty()) absl::StrAppend(&diff.died, ", behind byte ", diff.divergences.back().offset);
}

}  // namespace

int diff_main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i++) {
    const std::string arg = argv[i];
    if (arg == "--help" || arg == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (arg == "--json") {
      options.json = true;
    } else if (arg == "--limit") {
      if (i + 1 == argc || !absl::SimpleAtoi(argv[i + 1], &options.limit)) return Usage("--limit wants a number");
      i++;
    } else if (arg == "--jobs") {
      if (i + 1 == argc || !absl::SimpleAtoi(argv[i + 1], &options.jobs) || options.jobs == 0) {
        return Usage("--jobs wants a number");
      }
      i++;
    } else if (arg.size() > 1 && arg[0] == '-') {
      return Usage("no option " + arg);
    } else {
      options.files.push_back(arg == "-" ? "/dev/stdin" : arg);
    }
  }
  if (options.files.empty()) return Usage("no trace given");
  if (options.jobs == 0) options.jobs = std::max(1u, std::thread::hardware_concurrency());

  std::vector<TraceDiff> diffs(options.files.size());
  for (size_t i = 0; i < diffs.size(); i++) diffs[i].path = options.files[i];
  const bool ran = InChildren(
      diffs.size(), options.jobs, [&](size_t i, int fd) { Answer(options.files[i], options.limit, fd); },
      [&](size_t i, Ended&& child) { TakeAnswer(child, diffs[i]); });
  if (!ran) {
    std::fprintf(stderr, "gort diff: cannot start a process: %s\n", std::strerror(errno));
    return 2;
  }

  for (const TraceDiff& diff : diffs) {
    if (!options.json) std::fputs(Text(diff).c_str(), stdout);
    if (!diff.error.empty()) std::fprintf(stderr, "gort diff: %s\n", diff.error.c_str());
  }
  std::fputs((options.json ? Json(diffs) : LastLine(diffs)).c_str(), stdout);
  return ExitStatus(diffs);
}

}  // namespace conformance
