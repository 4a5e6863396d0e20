// A first difference is named by the kinds of both records and the function of the port that was about to make its own.
// What differs with the program (goroutines, Ps, times) is left out, so that alike differences of many programs are one
// row.
#include "conformance/part_table.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace conformance {
namespace {

// The rest of the report's line that begins with `key`.
absl::string_view LineOf(absl::string_view report, absl::string_view key) {
  for (absl::string_view line : absl::StrSplit(report, '\n')) {
    line = absl::StripLeadingAsciiWhitespace(line);
    if (absl::ConsumePrefix(&line, key)) return absl::StripAsciiWhitespace(line);
  }
  return "";
}

// "gopark" of "m2 gopark fn=1 lock=...", the word behind the thread; "m.locks" of "m5.locks = 16", a field of a state.
std::string KindOf(absl::string_view record) {
  const std::vector<absl::string_view> words = absl::StrSplit(record, ' ', absl::SkipEmpty());
  if (words.size() < 2) return std::string(record);
  if (words[1] != "=") return std::string(words[1]);
  std::string field;
  for (const char c : words[0].substr(0, words[0].find('.'))) {
    if (!absl::ascii_isdigit(c)) field += c;
  }
  return absl::StrCat(field, words[0].substr(std::min(words[0].find('.'), words[0].size())));
}

// The name of the program, and GOMAXPROCS: "chan-fifo" and 8 of ".../chan-fifo-p8.slog".
std::pair<std::string, int> ProgramOf(const std::string& path) {
  const std::string stem = std::filesystem::path(path).stem().string();
  const size_t at = stem.rfind("-p");
  int procs = 0;
  if (at == std::string::npos || !absl::SimpleAtoi(absl::string_view(stem).substr(at + 2), &procs)) return {stem, 0};
  return {stem.substr(0, at), procs};
}

struct Parting {
  std::string how;  // the row's cells
  std::string log;
  uint64_t record = 0;
  int procs = 0;
};

}  // namespace

std::string PartTable(const std::vector<FileReport>& files, const std::string& port) {
  std::map<std::string, Parting> programs;  // by name; `how` is empty where the two agree
  uint64_t logs = 0, differ = 0;
  for (const FileReport& file : files) {
    if (file.result.outcome == lockstep::Result::kBadInput) continue;
    const auto [program, procs] = ProgramOf(file.path);
    Parting& parting = programs[program];
    logs++;
    if (file.result.outcome == lockstep::Result::kAgrees) continue;
    differ++;
    if (!parting.how.empty() && parting.procs <= procs) continue;
    // A snapshot may be made anywhere.
    absl::string_view in = LineOf(file.text, "state:").empty() ? LineOf(file.text, "in:") : "";
    in = in.substr(0, in.find(" < sysmon"));
    in = in.substr(0, in.find(" < mstart1"));
    parting.how = absl::StrFormat("`%s` | `%s` | %s", KindOf(LineOf(file.text, "Go:")),
                                  KindOf(LineOf(file.text, "port:")), in.empty() ? "" : absl::StrCat("`", in, "`"));
    parting.log = std::filesystem::path(file.path).stem().string();
    parting.record = file.result.divergence;
    parting.procs = procs;
  }
  struct Row {
    uint64_t programs = 0;
    Parting example;
  };
  std::map<std::string, Row> rows;
  uint64_t parted = 0;
  for (const auto& [program, parting] : programs) {
    if (parting.how.empty()) continue;
    parted++;
    Row& row = rows[parting.how];
    if (row.programs++ == 0 || parting.record < row.example.record) row.example = parting;
  }
  std::vector<Row> sorted;
  for (auto& [how, row] : rows) sorted.push_back(std::move(row));
  std::stable_sort(sorted.begin(), sorted.end(), [](const Row& a, const Row& b) { return a.programs > b.programs; });
  std::string text = absl::StrCat("| programs | the log has | the port of ", port,
                                  " | in | for example |\n|---|---|---|---|---|\n");
  for (const Row& row : sorted) {
    absl::StrAppend(&text, "| ", row.programs, " | ", row.example.how, " | ", row.example.log, ", record ",
                    row.example.record, " |\n");
  }
  absl::StrAppendFormat(&text, "%d of %d programs differ (%d of %d logs)\n", parted, programs.size(), differ, logs);
  return text;
}

}  // namespace conformance
