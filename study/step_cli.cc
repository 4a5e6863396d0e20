// gort step: the state of the scheduler at a record, in a terminal: as GODEBUG=scheddetail=1 prints it, by the port's
// own schedtrace, then the queues that schedtrace only counts, and the records around.
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "conformance/schedlog/reader.h"
#include "conformance/schedlog/text.h"
#include "nlohmann/json.hpp"
#include "study/cli.h"
#include "study/look.h"
#include "study/options.h"
#include "study/watch.h"
#include "study/where.h"

namespace study {
namespace {

constexpr char kHelp[] =
    R"(usage: gort step F.slog [--at N] [--from N] [--count N] [--json]

Replays a captured schedule up to record N and prints the scheduler's state after it, as GODEBUG=scheddetail=1 does,
with the queues; then records.

  --at N      the record (the last one); the first is 0
  --from N    the first record that is printed (three before N)
  --count N   how many of them (16)
  --json      the state, every field by name, and the records, as one JSON object

Exit status: 0 done, 1 the log does not replay, 2 bad input or usage.
)";

int Bad(const std::string& what) {
  std::fprintf(stderr, "gort step: %s\n", what.c_str());
  return 2;
}

// A list's elements as they are called: "g7", "p0", "m3".
std::string Called(const Cell& cell) {
  const char letter = cell.type == Type::kGs ? 'g' : cell.type == Type::kPs ? 'p' : 'm';
  return absl::StrJoin(cell.list, " ", [&](std::string* s, Value v) { absl::StrAppend(s, std::string(1, letter), v); });
}

std::string Queues(Look& look) {
  std::string s, next;
  for (const Cell& c : look.cells()) {
    const std::string field = c.field;
    if (c.object == 'S' && field == "runq") absl::StrAppend(&s, "  global queue: [", Called(c), "]\n");
    if (c.object == 'S' && field == "pidle") absl::StrAppend(&s, "  idle Ps: [", Called(c), "]\n");
    if (c.object == 'S' && field == "midle") absl::StrAppend(&s, "  idle Ms: [", Called(c), "]\n");
    if (c.object != 'P') continue;
    if (field == "runnext") next = c.value == 0 ? "nil" : absl::StrCat("g", c.value);
    if (field == "runq") absl::StrAppend(&s, "  P", c.id, ": runnext=", next, " runq=[", Called(c), "]\n");
  }
  return s;
}

// {"sched": {...}, "P": {"0": {...}}, "M": ..., "G": ...}; ids as Go counts them, none is null.
nlohmann::ordered_json StateJson(Look& look) {
  nlohmann::ordered_json state;
  for (const Cell& c : look.cells()) {
    nlohmann::ordered_json v;
    switch (c.type) {
      case Type::kNumber: v = c.value; break;
      case Type::kBool: v = c.value != 0; break;
      case Type::kG: if (c.value != 0) v = c.value; break;
      case Type::kP:
      case Type::kM: if (c.value != 0) v = c.value - 1; break;
      case Type::kWord: v = look.Word(c.value); break;
      default: v = c.list;
    }
    if (c.object == 'S') {
      state["sched"][c.field] = v;
    } else {
      state[std::string(1, c.object)][absl::StrCat(c.id)][c.field] = v;
    }
  }
  return state;
}

}  // namespace

int step_main(int argc, char** argv) {
  Options options;
  if (std::string wrong = ParseOptions(argc, argv, " --at --from --count --json ", options); !wrong.empty()) {
    return Bad(wrong + "; 'gort step --help' tells more");
  }
  if (options.help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  schedlog::Header header;
  uint64_t records = 0;
  if (std::string wrong = ReadLog(options.log, header, records); !wrong.empty()) return Bad(wrong);
  if (records == 0) return Bad(options.log + ": has no record");
  const uint64_t at = options.at.value_or(records - 1);
  if (at >= records) {
    return Bad(absl::StrCat(options.log, ": record ", at, ": it has ", records, ", from 0 to ", records - 1));
  }

  Look look;
  Where where;
  std::string spot;
  const Watched seen = Watch(options.log, header, at, look, [&](const Moment& moment) {
    if (moment.index != at) return;
    look.LookAtAll();
    for (const Spot* s : where.Of(moment.pcs, moment.n)) {
      absl::StrAppend(&spot, spot.empty() ? "" : " < ", s->function, ":", s->line);
    }
  });
  if (seen.records <= at) {
    std::fprintf(stderr, "gort step: %s\n", seen.text.c_str());
    return seen.result.outcome == lockstep::Result::kDiverged ? 1 : 2;
  }

  const uint64_t from = options.from.value_or(at < 3 ? 0 : at - 3);
  const uint64_t count = options.count.value_or(16);
  const schedlog::RecordPrinter printer(header);
  schedlog::Reader again;
  if (!again.Open(options.log).ok() || !again.SkipBlocksBefore(from).ok()) return Bad(options.log + ": gone");
  schedlog::Record record;
  std::string lines;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  while (again.Next(record) && again.record_index() < from + count) {
    if (again.record_index() < from) continue;
    if (options.json) {
      std::string line;
      printer.Json(again.record_index(), record, line);
      list.push_back(nlohmann::ordered_json::parse(line));
    } else {
      lines += again.record_index() == at ? "> " : "  ";
      printer.Text(again.record_index(), record, lines);
    }
  }
  if (options.json) {
    nlohmann::ordered_json all;
    all["log"] = options.log;
    all["record"] = at;
    all["records"] = records;
    if (!spot.empty()) all["made_by"] = spot;
    all["state"] = StateJson(look);
    all["next"] = list;
    std::printf("%s\n", all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    return 0;
  }
  std::printf("after record %llu of %llu%s%s\n", static_cast<unsigned long long>(at),
              static_cast<unsigned long long>(records), spot.empty() ? "" : ", made by ", spot.c_str());
  std::fputs(seen.state.c_str(), stdout);
  std::fputs(Queues(look).c_str(), stdout);
  std::printf("records\n%s", lines.c_str());
  return 0;
}

}  // namespace study
