// gort truth: what is said of a trace, held against a captured log of the same run.
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "conformance/children.h"
#include "conformance/truth/claims.h"
#include "worlds/guided/diff.h"
#include "worlds/guided/facts.h"
#include "worlds/guided/proofs.h"

namespace {

using truth::Score;
using truth::Verdict;

constexpr char kHelp[] =
    R"(usage: gort truth [--log] [--starts] [--wrong N] F.slog [TRACE] [F.slog [TRACE]]...

A program that was captured while it wrote an execution trace of itself leaves a schedule log, which knows by which
rule and from where each goroutine was started, and a trace, which does not. Runs the trace through the port as gort
diff does, and holds what is said of each start (certain, inferred, open) against the log. Without TRACE: F.trace beside
F.slog. A claim is right if the rule, the queue and the P that it was of are.

  --log       what the log says, alone
  --starts    each start as the log tells it: goroutine, thread, P, rule, queue, how many were taken at once
  --wrong N   the first N wrong claims of each trace (5)

Exit status: 0 no certain claim is wrong, 1 one is, or log and trace are not of one run, 2 bad input or usage.
)";

struct Options {
  bool log = false, starts = false;
  uint64_t wrong = 5;
  std::vector<std::pair<std::string, std::string>> pairs;  // log, trace
};

int Usage(const std::string& what) {
  std::fprintf(stderr, "gort truth: %s; 'gort truth --help' tells more\n", what.c_str());
  return 2;
}

// ---- in the child

constexpr int kSeconds = 10;  // of the processor, for one trace
int answerTo;
absl::flat_hash_map<uint64_t, guided::Proof> proofs;  // by the place of the start

void Say(const facts::Fact& told, std::string_view) {
  if (told.kind != facts::Kind::kStarted && told.kind != facts::Kind::kReturned) return;
  facts::Fact fact = told;
  const auto proof = proofs.find(fact.at);
  if (fact.kind == facts::Kind::kStarted && proof != proofs.end()) guided::Judge(fact, proof->second);
  const std::string line = facts::ToText(fact, {}) + "\n";
  conformance::WriteAll(answerTo, line.data(), line.size());
}

// What is certain is so where the port does not come, too. Of two claims the later one counts.
void Prove(const std::string& trace) {
  guided::Prove(trace, [](const guided::Proof& proof) {
    proofs[proof.offset] = proof;
    if (!proof.IsCertain()) return;
    facts::Fact fact;
    fact.kind = facts::Kind::kStarted;
    fact.at = proof.offset;
    fact.g = proof.g;
    fact.p = proof.p;
    Say(fact, {});
  });
}

void Follow(const std::string& trace, int fd) {
  answerTo = fd;
  // A port that turns in a circle is ended by the signal.
  const itimerval limit = {{0, 0}, {kSeconds, 0}};
  setitimer(ITIMER_VIRTUAL, &limit, nullptr);
  Prove(trace);
  guided::ListenToFacts(Say);
  guided::Result result;
  std::string error;
  guided::Diff(trace, result, error, {}, 0, {});
}

// ---- in the parent

std::vector<facts::Fact> FactsOf(const std::string& answer) {
  std::vector<facts::Fact> said;
  for (const absl::string_view line : absl::StrSplit(answer, '\n', absl::SkipEmpty())) {
    facts::Fact fact;
    std::string text, why;
    if (facts::FromText(std::string_view(line.data(), line.size()), fact, text, why)) said.push_back(fact);
  }
  return said;
}

std::string LineOf(const truth::Start& s, const truth::Shown& shown) {
  std::string line = absl::StrFormat("byte %d: %.6f s, M%d P%d: G%d, %s", shown.offset,
                                     static_cast<double>(shown.time) / 1e9, shown.thread, s.p, s.g, TextOf(s.rule));
  if (s.place != truth::Place::kNone) absl::StrAppend(&line, ", ", TextOf(s.place));
  if (s.from >= 0) absl::StrAppend(&line, " of P", s.from);
  if (s.batch > 1) absl::StrAppend(&line, ", with ", s.batch - 1, " more");
  return absl::StrCat(line, " (record ", s.record, ")");
}

std::string Percent(uint64_t part, uint64_t whole) {
  return whole == 0 ? "-" : absl::StrFormat("%.2f%%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

constexpr facts::Certainty kCertain = facts::Certainty::kCertain, kInferred = facts::Certainty::kInferred;

std::string Row(const std::string& name, uint64_t starts, const std::array<Score, 3>& scores) {
  const Score& certain = scores[static_cast<size_t>(kCertain)];
  const Score& inferred = scores[static_cast<size_t>(kInferred)];
  return absl::StrFormat("%-30s %8d %8d %9s %9s %9d %9s %8d\n", name, starts, certain.claims,
                         Percent(certain.claims, starts), Percent(certain.right, certain.claims), inferred.claims,
                         Percent(inferred.right, inferred.claims),
                         starts - certain.claims - inferred.claims);
}

std::string Heading() {
  return absl::StrFormat("%-30s %8s %8s %9s %9s %9s %9s %8s\n", "", "starts", "certain", "of all", "right", "inferred",
                         "right", "open");
}

void Add(std::array<Score, 3>& to, const std::array<Score, 3>& from) {
  for (size_t c = 0; c < 3; c++) {
    to[c].claims += from[c].claims;
    to[c].right += from[c].right;
    to[c].batches_right += from[c].batches_right;
  }
}

struct Pair {
  std::vector<truth::Start> starts;
  std::vector<truth::Shown> shown;
  bool several = false;  // Ps
  Verdict verdict;
};

// 0, or the exit status.
int Read(const std::string& log, const std::string& trace, Pair& pair) {
  auto starts = truth::ReadStarts(log);
  auto shown = starts.ok() ? truth::PairUp(*starts, trace) : starts.status();
  if (!shown.ok()) {
    std::fprintf(stderr, "gort truth: %s\n", std::string(shown.status().message()).c_str());
    return absl::IsFailedPrecondition(shown.status()) ? 1 : 2;
  }
  pair.starts = *std::move(starts);
  pair.shown = *std::move(shown);
  for (const truth::Start& start : pair.starts) pair.several = pair.several || start.p > 0;
  return 0;
}

void ShowLog(const std::string& trace, const Pair& pair, bool each) {
  std::map<truth::Rule, uint64_t> count;
  for (const truth::Shown& shown : pair.shown) {
    const truth::Start& start = pair.starts[shown.start];
    count[start.rule]++;
    if (each) std::printf("%s\n", LineOf(start, shown).c_str());
  }
  std::printf("%s: %zu starts\n", trace.c_str(), pair.shown.size());
  for (const auto& [rule, n] : count) std::printf("%10ju  %s\n", uintmax_t{n}, TextOf(rule));
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
      options.starts = options.log = true;
    } else if (arg == "--log") {
      options.log = true;
    } else if (arg == "--wrong") {
      if (i + 1 == argc || !absl::SimpleAtoi(argv[i + 1], &options.wrong)) return Usage("--wrong wants a number");
      i++;
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

  std::vector<Pair> pairs(options.pairs.size());
  for (size_t i = 0; i < pairs.size(); i++) {
    if (const int status = Read(options.pairs[i].first, options.pairs[i].second, pairs[i]); status != 0) return status;
    if (options.log) ShowLog(options.pairs[i].second, pairs[i], options.starts);
  }
  if (options.log) return 0;

  const bool ran = conformance::InChildren(
      pairs.size(), std::max(1u, std::thread::hardware_concurrency()),
      [&](size_t i, int fd) { Follow(options.pairs[i].second, fd); },
      [&](size_t i, conformance::Ended&& child) {
        if (child.status != 0) {
          std::fprintf(stderr, "gort truth: %s: not followed to its end: %s\n", options.pairs[i].second.c_str(),
                       conformance::WhyEnded(child.status).c_str());
        }
        pairs[i].verdict = Judge(pairs[i].starts, pairs[i].shown, FactsOf(child.answer));
      });
  if (!ran) {
    std::fprintf(stderr, "gort truth: cannot start a process: %s\n", std::strerror(errno));
    return 2;
  }

  std::string text = Heading();
  std::array<Score, 3> all{}, several{};  // those with several Ps
  uint64_t several_starts = 0;
  std::map<truth::Rule, std::array<Score, 3>> by_rule;
  uint64_t starts = 0;
  for (size_t i = 0; i < pairs.size(); i++) {
    const Verdict& v = pairs[i].verdict;
    std::string name = options.pairs[i].second;
    if (const size_t slash = name.rfind('/'); slash != std::string::npos) name.erase(0, slash + 1);
    text += Row(name, v.starts, v.by_certainty);
    Add(all, v.by_certainty);
    for (const auto& [rule, scores] : v.by_rule) Add(by_rule[rule], scores);
    starts += v.starts;
    if (pairs[i].several) {
      Add(several, v.by_certainty);
      several_starts += v.starts;
    }
    for (size_t k = 0; k < std::min<size_t>(v.wrong.size(), options.wrong); k++) {
      const Verdict::Wrong& w = v.wrong[k];
      std::printf("%s: %s\n    but said: %s\n", name.c_str(), LineOf(pairs[i].starts[w.shown.start], w.shown).c_str(),
                  facts::ToText(w.fact, {}).c_str());
    }
  }
  text += "\n";
  for (const auto& [rule, scores] : by_rule) {
    uint64_t n = 0;
    for (const Score& score : scores) n += score.claims;
    text += Row(TextOf(rule), n, scores);
  }
  text += "\n" + Row("with several Ps", several_starts, several) + Row("all", starts, all);
  std::fputs(text.c_str(), stdout);
  const Score& certain = all[static_cast<size_t>(kCertain)];
  return certain.right == certain.claims ? 0 : 1;
}
