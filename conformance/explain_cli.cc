// gort explain: facts of a file, put together by //explain, and what was asked for of it.
#include "conformance/explain_cli.h"

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "conformance/fact_source.h"
#include "conformance/what_if.h"
#include "explain/budget.h"
#include "explain/explainer.h"
#include "explain/story.h"
#include "explain/text.h"
#include "study/explain_page.h"

namespace conformance {
namespace {

using explain::Explainer;
using explain::Explanation;
using nlohmann::ordered_json;

constexpr char kHelp[] =
    R"(usage: gort explain [options] FILE

Why goroutines were runnable and did not run: FILE is a captured schedule (F.slog), where everything is known, or an
execution trace of any Go from 1.22 on, through which the port is led. - is standard input. docs/explain.md tells more.

  --worst N        tell the N longest waits (10)
  -g N             tell the life of goroutine N
  --at TIME        how Ps, threads and queues stood at TIME
  --from TIME, --to TIME
                   only what started to run in this window. A TIME counts from the beginning: 12.5ms, 300us, 0.0125 (s)
  --budget FILE    hold it against limits, such as: p99 wait <= 2ms
  --compare OTHER  which causes grew from FILE to OTHER
  --what-if procs=N, --what-if NAME.patch
                   a model: the load of a trace through the port with N Ps, or a patch of the port, beside the trace
  --json           the report as one JSON object
  --html PAGE      a page of it all: lanes by cause, a story for each start (docs/study.md tells of its keys)

Exit status: 0; 1 a limit is broken; 2 bad input or usage (what was good is reported).
)";

struct Options {
  explain::Question question;
  bool json = false;
  std::string file, budget, other, html, what_if;
};

int Usage(const std::string& what) {
  std::fprintf(stderr, "gort explain: %s; 'gort explain --help' tells more\n", what.c_str());
  return 2;
}

std::string Dump(const ordered_json& json) {
  return json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// Tells on a terminal how far it is.
class Progress {
 public:
  Progress() : on_(isatty(STDERR_FILENO) != 0) {}
  ~Progress() {
    if (shown_) std::fputs("\r\033[K", stderr);
  }
  void At(uint64_t facts, int64_t time) {
    if (!on_ || facts % 65536 != 0) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::seconds(1)) return;
    last_ = now;
    shown_ = true;
    std::fprintf(stderr, "\r%s, %s ", explain::Count(facts, "fact").c_str(), explain::Moment(time).c_str());
    std::fflush(stderr);
  }

 private:
  bool on_, shown_ = false;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// What one file gave.
struct Told {
  Explanation explanation;
  FactsEnd end;
  ordered_json life = ordered_json::array();
  ordered_json stood;
  bool lived = false, stood_done = false;
};

Told Tell(const std::string& path, const explain::Question& question, bool json) {
  Told told;
  const explain::Names* names = nullptr;
  Explainer explainer(
      question,
      [&](int64_t time, const std::string& sentence, const explain::Wait* wait) {
        if (json) {
          ordered_json line = {{"ns", time}, {"text", sentence}};
          if (wait != nullptr) line["wait"] = explain::WaitJson(*wait, *names);
          told.life.push_back(std::move(line));
        } else if (wait == nullptr) {
          std::printf("%s  %s\n", explain::Moment(time).c_str(), sentence.c_str());
        } else {
          std::printf("%s  %s after %s: %s\n", explain::Moment(time).c_str(),
                      wait->ended ? "runs" : "is still runnable", explain::Duration(wait->length()).c_str(),
                      sentence.c_str());
        }
      },
      [&](const explain::State& state, int64_t now) {
        if (json) {
          told.stood = explain::StateJson(state, now);
        } else {
          std::printf("%s: at %s\n%s", path.c_str(), explain::Moment(question.at).c_str(), state.Text(now).c_str());
        }
      });
  names = &explainer.names();
  {
    Progress progress;
    uint64_t n = 0;
    told.end = ReadFacts(path, [&](const facts::Fact& fact, std::string_view text) {
      explainer.Put(fact, text);
      progress.At(++n, explainer.now());
    });
  }
  told.lived = explainer.lived();
  told.stood_done = explainer.stood();
  told.explanation = explainer.Finish();
  told.explanation.path = path;
  told.explanation.trace = told.end.trace;
  if (told.end.outcome == FactsEnd::kCut) told.explanation.error = told.end.why;
  return told;
}

// The page: the same facts, shown.
int Complain(const Told& told);
int ShowPage(const Options& options) {
  const char* goroot = std::getenv("GORT_GOROOT");
  const std::string name = options.file.substr(options.file.rfind('/') + 1);
  // The process ends with it, and to take a million spans apart takes time.
  static study::ExplainPage& page = *new study::ExplainPage(name, goroot == nullptr ? "" : goroot,
                                                            options.question.from, options.question.to);
  Told told;
  Progress progress;
  uint64_t n = 0;
  int64_t first = -1, last = 0;
  told.end = ReadFacts(options.file, [&](const facts::Fact& fact, std::string_view text) {
    if (first < 0) first = fact.time;
    last = fact.time - first;
    page.Put(fact, text);
    progress.At(++n, last);
  });
  if (told.end.outcome == FactsEnd::kUnreadable) return Complain(told);
  const std::string what = absl::StrCat(told.end.trace ? "trace" : "schedule", ", ", explain::Duration(last), ", ",
                                        explain::Count(n, "fact"));
  if (const std::string wrong = page.Write(options.html, what); !wrong.empty()) {
    std::fprintf(stderr, "gort explain: %s\n", wrong.c_str());
    return 2;
  }
  if (options.html != "-") std::printf("%s: %s\n", options.html.c_str(), explain::Count(page.spans(), "span").c_str());
  return Complain(told);
}

// The file's end, on standard error. The exit status that it asks for.
int Complain(const Told& told) {
  if (told.end.outcome == FactsEnd::kWhole) return 0;
  std::fprintf(stderr, "gort explain: %s\n", told.end.why.c_str());
  return 2;
}

int HoldBudget(const Options& options, const std::vector<explain::Limit>& limits, const Told& told) {
  std::vector<explain::Held> held;
  const std::string wrong = explain::Hold(limits, told.explanation, held);
  if (!wrong.empty()) {
    std::fprintf(stderr, "gort explain: %s:%s\n", options.budget.c_str(), wrong.c_str());
    return 2;
  }
  size_t broken = 0;
  ordered_json list = ordered_json::array();
  for (const explain::Held& h : held) {
    broken += !h.kept;
    if (options.json) {
      list.push_back({{"line", h.limit->line}, {"limit", h.limit->text}, {"value", h.value}, {"kept", h.kept}});
    } else {
      std::printf("%s:%d: %s: %s, %s\n", options.budget.c_str(), h.limit->line, h.limit->text.c_str(),
                  h.value.c_str(), h.kept ? "kept" : "broken");
    }
  }
  if (options.json) {
    std::fputs(Dump({{"file", options.file}, {"limits", list}, {"broken", broken}}).c_str(), stdout);
  } else {
    std::printf("%zu of %s broken\n", broken, explain::Count(held.size(), "limit").c_str());
  }
  const int status = Complain(told);
  return status != 0 ? status : broken > 0 ? 1 : 0;
}

int Compare(const Options& options) {
  const Told a = Tell(options.file, options.question, options.json);
  if (a.end.outcome == FactsEnd::kUnreadable) return Complain(a);
  const Told b = Tell(options.other, options.question, options.json);
  if (b.end.outcome == FactsEnd::kUnreadable) return Complain(b);
  std::fputs(options.json ? Dump(explain::CompareJson(a.explanation, b.explanation)).c_str()
                          : explain::CompareText(a.explanation, b.explanation).c_str(),
             stdout);
  const int status = Complain(a);
  return std::max(status, Complain(b));
}

bool ReadFile(const std::string& path, std::string& text) {
  std::ifstream in(path);
  std::ostringstream all;
  all << in.rdbuf();
  text = all.str();
  return in.good() || in.eof();
}

// "": good.
std::string Parse(int argc, char** argv, Options& options) {
  explain::Question& q = options.question;
  for (int i = 1; i < argc; i++) {
    const std::string arg = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    auto time = [&](int64_t& to) { return value != nullptr && explain::ParseDuration(value, to); };
    if (arg == "--json") {
      options.json = true;
      continue;
    }
    if (arg == "--worst") {
      if (value == nullptr || !absl::SimpleAtoi(value, &q.worst)) return "--worst wants a number";
    } else if (arg == "-g") {
      if (value == nullptr || !absl::SimpleAtoi(value, &q.g) || q.g <= 0) return "-g wants a goroutine's number";
    } else if (arg == "--at") {
      if (!time(q.at)) return "--at wants a time, such as 12.5ms";
    } else if (arg == "--from") {
      if (!time(q.from)) return "--from wants a time, such as 12.5ms";
    } else if (arg == "--to") {
      if (!time(q.to) || q.to == 0) return "--to wants a time, such as 12.5ms";
    } else if (arg == "--budget") {
      if (value == nullptr) return "--budget wants a file";
      options.budget = value;
    } else if (arg == "--html") {
      if (value == nullptr) return "--html wants a file";
      options.html = value;
    } else if (arg == "--what-if") {
      if (value == nullptr) return "--what-if wants procs=N or NAME.patch";
      options.what_if = value;
      if (const std::string wrong = WrongWhatIf(value); !wrong.empty()) return wrong;
    } else if (arg == "--compare") {
      if (value == nullptr) return "--compare wants a file";
      options.other = value;
    } else if (arg.size() > 1 && arg[0] == '-') {
      return "no option " + arg;
    } else if (!options.file.empty()) {
      return "one file at a time; --compare takes another";
    } else {
      options.file = arg;
      continue;
    }
    i++;
  }
  if (options.file.empty()) return "no file given";
  const int asked = (q.g != 0) + (q.at >= 0) + !options.budget.empty() + !options.other.empty() +
                    !options.html.empty() + !options.what_if.empty();
  if (asked > 1) return "one of -g, --at, --budget, --compare, --html and --what-if at a time";
  if (!options.what_if.empty() && (options.file == "-" || q.from != 0 || q.to != 0)) {
    return "--what-if wants a whole trace, in a file";
  }
  if (q.to != 0 && q.to <= q.from) return "--to is not behind --from";
  return "";
}

}  // namespace

int explain_main(int argc, char** argv) {
  for (int i = 1; i < argc; i++) {
    if (std::string(argv[i]) == "--help" || std::string(argv[i]) == "-h") {
      std::fputs(kHelp, stdout);
      return 0;
    }
  }
  Options options;
  if (const std::string wrong = Parse(argc, argv, options); !wrong.empty()) return Usage(wrong);
  std::vector<explain::Limit> limits;
  if (!options.budget.empty()) {
    std::string text;
    if (!ReadFile(options.budget, text)) {
      std::fprintf(stderr, "gort explain: %s: cannot be read\n", options.budget.c_str());
      return 2;
    }
    if (const std::string wrong = explain::ParseBudget(text, limits); !wrong.empty()) {
      std::fprintf(stderr, "gort explain: %s:%s\n", options.budget.c_str(), wrong.c_str());
      return 2;
    }
  }
  if (!options.other.empty()) return Compare(options);
  if (!options.html.empty()) return ShowPage(options);
  if (!options.what_if.empty()) return WhatIf(options.file, options.what_if, options.json);

  explain::Question& q = options.question;
  const bool whole = q.g == 0 && q.at < 0;
  if (!whole || !options.budget.empty()) q.worst = 0;
  const Told told = Tell(options.file, q, options.json);
  if (told.end.outcome == FactsEnd::kUnreadable) return Complain(told);
  if (q.at >= 0 && !told.stood_done) {
    Complain(told);
    std::fprintf(stderr, "gort explain: %s: it ends at %s\n", options.file.c_str(),
                 explain::Moment(told.explanation.length).c_str());
    return 2;
  }
  if (q.g != 0 && !told.lived) {
    Complain(told);
    std::fprintf(stderr, "gort explain: %s: there is no goroutine %lld\n", options.file.c_str(),
                 static_cast<long long>(q.g));
    return 2;
  }
  if (!options.budget.empty()) return HoldBudget(options, limits, told);
  if (q.at >= 0) {
    if (options.json) {
      std::fputs(Dump({{"file", options.file}, {"at_ns", q.at}, {"state", told.stood}}).c_str(), stdout);
    }
  } else if (q.g != 0) {
    if (options.json) {
      std::fputs(Dump({{"file", options.file}, {"g", q.g}, {"life", told.life}}).c_str(), stdout);
    }
  } else {
    std::fputs(options.json ? Dump(explain::Json(told.explanation)).c_str() : explain::Text(told.explanation).c_str(),
               stdout);
  }
  return Complain(told);
}

}  // namespace conformance
