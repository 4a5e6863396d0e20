// gort trace check
#include <getopt.h>

#include <nlohmann/json.hpp>

#include "trace/commands.h"
#include "trace/reader.h"
#include "trace/validate.h"

namespace gotrace {
namespace {

constexpr char kHelp[] =
    R"(usage: gort trace check [--json] [--strict] [--as 1.24] F...

Says of each file, - for standard input, whether it is an execution trace that Go's own reader takes:

  valid; cut off, and what came before is good; damaged at a byte, and why; made by a Go that is newer than gort
  knows, or older than Go 1.22; or not a trace.

  --strict   also what Go's tests of its reader check of the events: each transition begins where the last one ended,
             ranges that end have begun, frames have names, ...
  --as 1.24  as Go 1.24 judges traces of 1.22 to 1.24, which is not quite as Go 1.27 does (docs/traces.md)
  --json     one JSON object a file, a line each

Exit status 0 if all are valid, else 2: for each other file, one line on stderr with the offset of the byte that it is
about.
)";

const char* NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kValid: return "valid";
    case Outcome::kCut: return "cut";
    case Outcome::kDamaged: return "damaged";
    case Outcome::kNewer: return "newer";
    case Outcome::kOld: return "old";
    case Outcome::kNotATrace: return "not a trace";
    case Outcome::kUnreadable: return "unreadable";
  }
  return "";
}

std::string Count(uint64_t n, const char* what) { return std::to_string(n) + " " + what + (n == 1 ? "" : "s"); }

struct Checked {
  Verdict verdict;
  int version = 0;
  uint64_t events = 0, generations = 0, good_until = 0;
};

Checked Check(const std::string& path, bool strict, bool as_go124) {
  Reader reader;
  Checked checked;
  if (OpenInput(reader, path)) {
    if (as_go124) reader.JudgeAsGo124();
    Validator validator(reader.version());
    while (reader.Next()) {
      checked.events += reader.event().kind != kSyncPoint;
      if (!strict) continue;
      const std::vector<std::string>& faults = validator.Check(reader.event(), reader.generation());
      if (faults.empty()) continue;
      checked.verdict = {Outcome::kDamaged, reader.event().offset, faults[0]};
      break;
    }
  }
  if (checked.verdict.ok()) checked.verdict = reader.verdict();
  checked.version = reader.version();
  checked.generations = reader.whole_generations();
  checked.good_until = reader.good_until();
  return checked;
}

void Print(const std::string& path, const Checked& checked) {
  const Verdict& verdict = checked.verdict;
  const std::string before = Count(checked.generations, "generation") + " and " + Count(checked.events, "event");
  if (verdict.ok()) {
    std::printf("%s: valid: Go 1.%d, %s\n", NameOfInput(path).c_str(), checked.version, before.c_str());
    return;
  }
  std::string line = verdict.Line(NameOfInput(path));
  if (checked.version != 0) line += "; before it " + before + " are good";
  std::fprintf(stderr, "%s\n", line.c_str());
}

void PrintJson(const std::string& path, const Checked& checked) {
  const Verdict& verdict = checked.verdict;
  nlohmann::ordered_json json;
  json["file"] = NameOfInput(path);
  json["verdict"] = NameOf(verdict.outcome);
  if (checked.version != 0) json["go"] = "1." + std::to_string(checked.version);
  if (!verdict.ok()) {
    json["byte"] = verdict.offset;
    json["why"] = verdict.why;
  }
  json["generations"] = checked.generations;
  json["events"] = checked.events;
  // Names of files may be any bytes.
  std::printf("%s\n", json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

}  // namespace

int check_main(int argc, char** argv) {
  const option longs[] = {{"json", no_argument, nullptr, 'j'},
                          {"strict", no_argument, nullptr, 's'},
                          {"as", required_argument, nullptr, 'a'},
                          {"help", no_argument, nullptr, 'h'},
                          {nullptr, 0, nullptr, 0}};
  bool json = false, strict = false, as_go124 = false;
  const auto usage = [](const char* what) {
    std::fprintf(stderr, "gort trace check: %s; 'gort trace check --help' tells more\n", what);
    return 2;
  };
  optind = 0;
  opterr = 0;
  for (int letter; (letter = getopt_long(argc, argv, "h", longs, nullptr)) != -1;) {
    switch (letter) {
      case 'j': json = true; break;
      case 's': strict = true; break;
      case 'h': std::fputs(kHelp, stdout); return 0;
      case 'a':
        as_go124 = std::string_view(optarg) == "1.24";
        if (!as_go124 && std::string_view(optarg) != "1.27") return usage("--as wants 1.24 or 1.27");
        break;
      default: return usage("unknown option, or one without its value");
    }
  }
  if (optind == argc) return usage("it takes a file");
  int status = 0;
  for (int i = optind; i < argc; i++) {
    const Checked checked = Check(argv[i], strict, as_go124);
    if (!checked.verdict.ok()) status = 2;
    if (json) {
      PrintJson(argv[i], checked);
      if (!checked.verdict.ok()) Report(argv[i], checked.verdict);
    } else {
      Print(argv[i], checked);
    }
  }
  return status;
}

}  // namespace gotrace
