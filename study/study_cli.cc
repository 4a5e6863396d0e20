// gort study: a captured schedule as a page to step through. The log is replayed; each record becomes a step with what
// it changed in the port's state, and with the line of the port that made it.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "conformance/schedlog/types.h"
#include "study/cli.h"
#include "study/lanes_of.h"
#include "study/look.h"
#include "study/options.h"
#include "study/page_html.h"
#include "study/sources.h"
#include "study/watch.h"
#include "study/where.h"

namespace study {
namespace {

constexpr char kHelp[] =
    R"(usage: gort study F.slog [-o PAGE.html] [--at N] [--from N] [--to N] [--goroot DIR]

Replays a captured schedule and writes it as a page to step through: every queue, P, M and goroutine after each record,
with the line of proc.cc that makes the record, and the line of Go's own proc.go beside it.

  -o PAGE.html   the file (F.html, here); - is standard output
  --at N         opens at that record
  --from N, --to N
                 only these records; without them the first 100,000, or those around --at
  --goroot DIR   the Go 1.24 whose sources are shown; without one, proc.cc alone

The page is one file and needs no network.
Exit status: 0 done, 1 the log does not replay (the page shows it up to there), 2 bad input or usage.
)";

constexpr uint64_t kWindow = 100000;

int Bad(const std::string& what) {
  std::fprintf(stderr, "gort study: %s\n", what.c_str());
  return 2;
}

// A record's kind as a sentence, and its arguments.
class Words {
 public:
  Words(Page& page, const schedlog::Header& log) : page_(page), log_(log), sentences_(256) {
    for (const schedlog::Kind& kind : log.kinds) {
      std::string s = kind.name;
      for (const schedlog::Arg& arg : kind.args) absl::StrAppend(&s, " ", arg.name, "=", Place(arg.type));
      sentences_[kind.number] = page.Say(s, kind.cls == schedlog::Class::kDecision);
    }
  }

  Page::Sentence Of(const schedlog::Kind& kind) const { return sentences_[kind.number]; }

  const std::vector<Value>& Args(const schedlog::Kind& kind, const schedlog::Record& record) {
    args_.clear();
    for (size_t i = 0; i < kind.args.size(); i++) {
      const int64_t v = record.a[i];
      switch (kind.args[i].type) {
        case schedlog::ArgType::kP:
        case schedlog::ArgType::kM: args_.push_back(v - 1); break;
        case schedlog::ArgType::kLock:
          args_.push_back(page_.Intern(v <= 0 || static_cast<size_t>(v) > log_.locks.size()
                                           ? "nil" : log_.locks[static_cast<size_t>(v) - 1]));
          break;
        case schedlog::ArgType::kPc: {
          const auto name = log_.SymbolAt(static_cast<uint64_t>(v));
          args_.push_back(page_.Intern(name.empty() ? absl::StrCat("0x", absl::Hex(v)) : std::string(name)));
          break;
        }
        case schedlog::ArgType::kGList:
          args_.push_back(static_cast<Value>(record.list.size()));
          for (uint64_t g : record.list) args_.push_back(static_cast<Value>(g));
          break;
        default: args_.push_back(v);
      }
    }
    return args_;
  }

 private:
  static const char* Place(schedlog::ArgType type) {
    switch (type) {
      case schedlog::ArgType::kBool: return "{b}";
      case schedlog::ArgType::kG: return "{g}";
      case schedlog::ArgType::kP: return "{p}";
      case schedlog::ArgType::kM: return "{m}";
      case schedlog::ArgType::kLock:
      case schedlog::ArgType::kPc: return "{s}";
      case schedlog::ArgType::kGList: return "{G}";
      default: return "{n}";
    }
  }

  Page& page_;
  const schedlog::Header& log_;
  std::vector<Page::Sentence> sentences_;
  std::vector<Value> args_;
};

// Writes steps and their changes.
class Steps {
 public:
  Steps(Page& page, const schedlog::Header& log, const std::string& goroot)
      : page_(page), words_(page, log), sources_(goroot) {
    look_.context = this;
    look_.born = [](void* self, int64_t goid, const runtime::g* gp) {
      static_cast<Steps*>(self)->page_.Goroutine(goid, Look::StartOf(gp));
    };
    if (!sources_.no_go().empty()) page.Remark(sources_.no_go());
  }

  Look& look() { return look_; }

  // What was before the window, as a step of its own.
  void Before(uint64_t first) {
    page_.Step(static_cast<Value>(first) - 1, -1, page_.Say("the state before record {n}"),
               {static_cast<Value>(first)});
    look_.LookAtAll();
    NameCellsOfWindow();
    for (Cell& cell : look_.cells()) {
      if (cell.left_out) continue;
      // As if it had come about at once.
      cell.at = cell.removed = 0;
      cell.inserted = static_cast<uint32_t>(cell.list.size());
      Write(cell);
    }
  }

  void See(const Moment& m) {
    Page::Place place = 0;
    std::vector<const Spot*> spots = where_.Of(m.pcs, m.n);
    // A helper that Go does not have tells less than who called it.
    while (spots.size() > 1 && !sources_.IsGos(spots[0]->file, spots[0]->line)) spots.erase(spots.begin());
    for (auto spot = spots.rbegin(); spot != spots.rend(); ++spot) {
      place = sources_.At(page_, (*spot)->file, (*spot)->line, (*spot)->column, place);
    }
    if (place == 0) {
      // The captured program calls the scheduler: its function's first line.
      std::string_view name = m.kind.name;
      name = name.substr(0, name.find('.'));
      auto [it, fresh] = called_.try_emplace(std::string(name), 0);
      if (fresh) it->second = sources_.Named(page_, name, "");
      place = it->second;
    }
    page_.Step(static_cast<Value>(m.index), m.record.m, words_.Of(m.kind), words_.Args(m.kind, m.record), place);
    NameNewCells();
    for (Cell* cell : m.changes) Write(*cell);
  }

 private:
  // Also those that have not changed yet: a page shows them.
  void NameNewCells() {
    for (std::deque<Cell>& cells = look_.cells(); named_ < cells.size(); named_++) Name(cells[named_]);
  }
  // Of the goroutines that there were before the window, those that are left. Their fields begin with the status.
  void NameCellsOfWindow() {
    bool gone = false;
    for (std::deque<Cell>& cells = look_.cells(); named_ < cells.size(); named_++) {
      Cell& cell = cells[named_];
      if (std::string_view(cell.field) == "status" || cell.object != 'G') gone = cell.object == 'G' && cell.value == 0;
      if (!gone) Name(cell);
      cell.left_out = gone;
    }
  }

  void Name(Cell& cell) {
    cell.slot = page_.Field(cell.object, cell.id, cell.field, cell.type);
    if (cell.type == Type::kGs) {
      page_.AddCounter("Queues", cell.object == 'S' ? "global" : absl::StrCat("P", cell.id, " ring"), cell.slot);
    }
  }

  void Write(Cell& cell) {
    if (cell.type >= Type::kGs) {
      page_.Splice(cell.slot, cell.at, cell.removed,
                   absl::MakeConstSpan(cell.list).subspan(cell.at, cell.inserted));
    } else {
      page_.Set(cell.slot, cell.type == Type::kWord ? page_.Intern(look_.Word(cell.value)) : cell.value);
    }
  }

  Page& page_;
  Words words_;
  Sources sources_;
  Where where_;
  Look look_;
  size_t named_ = 0;  // of the cells
  std::unordered_map<std::string, Page::Place> called_;
};

std::string BaseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

int study_main(int argc, char** argv) {
  Options options;
  if (const char* goroot = std::getenv("GORT_GOROOT")) options.goroot = goroot;
  if (std::string wrong = ParseOptions(argc, argv, " -o --at --from --to --goroot ", options); !wrong.empty()) {
    return Bad(wrong + "; 'gort study --help' tells more");
  }
  if (options.help) {
    std::fputs(kHelp, stdout);
    return 0;
  }
  schedlog::Header log;
  uint64_t records = 0;
  if (std::string wrong = ReadLog(options.log, log, records); !wrong.empty()) return Bad(wrong);
  if (records == 0) return Bad(options.log + ": has no record");
  const std::string whole = absl::StrCat("it has ", records, ", from 0 to ", records - 1);
  for (const auto& n : {options.at, options.from}) {
    if (n && *n >= records) return Bad(absl::StrCat(options.log, ": record ", *n, ": ", whole));
  }
  uint64_t from = options.from.value_or(0);
  if (!options.from && options.at && *options.at - from >= kWindow) from = *options.at - kWindow / 2;
  const uint64_t to = std::min(options.to.value_or(from + kWindow - 1), records - 1);
  if (options.at && (*options.at < from || *options.at > to)) {
    return Bad(absl::StrCat("--at ", *options.at, " is not among the records from ", from, " to ", to));
  }
  const std::string name = BaseName(options.log);
  if (options.out.empty()) options.out = std::string(absl::StripSuffix(name, ".slog")) + ".html";
  if (options.out == "-" && isatty(STDOUT_FILENO)) return Bad("a page is no text for a terminal: -o PAGE.html");

  Page page(Page::Unit::kRecords);
  page.Title(name, absl::StrCat(log.go_version, " ", log.goos, "/", log.goarch, ", GOMAXPROCS ", log.gomaxprocs, ", ",
                                records, " records: ", absl::StrJoin(log.cmdline, " ")));
  if (from != 0 || to != records - 1) {
    page.Remark(absl::StrCat("This page shows the records from ", from, " to ", to, " of ", records,
                             ". Others: gort study --from N --to N."));
  }
  Steps steps(page, log, options.goroot);
  LanesOf lanes(page, steps.look());
  const Watched seen = Watch(options.log, log, to, steps.look(), [&](const Moment& m) {
    lanes.After(static_cast<Value>(m.index), m.changes);
    if (m.index + 1 == from) {
      steps.Before(from);
      lanes.Begin(static_cast<Value>(from) - 1);
    }
    if (m.index >= from) steps.See(m);
  });
  if (seen.records <= from) return Bad(seen.text);
  lanes.End(static_cast<Value>(seen.records));
  const bool diverged = seen.result.outcome == lockstep::Result::kDiverged;
  if (diverged) page.Remark("The port diverges from this log after the last record shown.");
  page.OpenAt(options.at.value_or(from) - from + (from != 0 ? 1 : 0));
  if (std::string wrong = WriteHtml(options.out, name, page); !wrong.empty()) return Bad(wrong);
  if (diverged) std::fprintf(stderr, "gort study: %s\n", seen.text.c_str());
  if (options.out != "-") {
    std::printf("%s: %llu records, %llu spans\n", options.out.c_str(),
                static_cast<unsigned long long>(seen.records - from), static_cast<unsigned long long>(page.spans()));
  }
  return diverged ? 1 : 0;
}

}  // namespace study
