// A budget is lines of "MEASURE WHAT [of FUNCTION] <= VALUE".
#include "explain/budget.h"

#include <cstdio>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "explain/text.h"

namespace explain {
namespace {

bool ParseMeasure(const std::string& word, Limit& limit) {
  static constexpr struct {
    const char* word;
    Limit::Measure measure;
    double part;
  } kMeasures[] = {
      {"p50", Limit::kQuantile, 0.5},   {"p90", Limit::kQuantile, 0.9},   {"p99", Limit::kQuantile, 0.99},
      {"p999", Limit::kQuantile, 0.999}, {"max", Limit::kMax, 0},         {"total", Limit::kTotal, 0},
      {"mean", Limit::kMean, 0},        {"count", Limit::kCount, 0},      {"share", Limit::kShare, 0},
  };
  for (const auto& m : kMeasures) {
    if (word != m.word) continue;
    limit.measure = m.measure;
    limit.part = m.part;
    return true;
  }
  return false;
}

std::string ParseLine(const std::string& line, Limit& limit) {
  std::vector<std::string> words = absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  const bool of = words.size() == 6 && words[2] == "of";
  if (!of && words.size() != 4) return "a limit is MEASURE WHAT [of FUNCTION] <= VALUE";
  if (words[words.size() - 2] != "<=") return absl::StrCat("<= is wanted before ", words.back());
  if (!ParseMeasure(words[0], limit)) {
    return absl::StrCat("no measure ", words[0], "; there are p50, p90, p99, p999, max, mean, total, count, share");
  }
  limit.wait = words[1] == "wait";
  limit.idle = words[1] == "idle";
  if (!limit.wait && !limit.idle && !CauseByKey(words[1], limit.cause)) {
    return absl::StrCat("no cause ", words[1], "; there are wait, idle and those of docs/explain.md");
  }
  if (of) limit.function = words[3];
  const std::string& value = words.back();
  switch (limit.measure) {
    case Limit::kCount:
      if (!absl::SimpleAtoi(value, &limit.most) || limit.most < 0) return absl::StrCat(value, " is no number");
      break;
    case Limit::kShare:
      if (limit.wait) return "a share is that of a cause, or of idle";
      if (value.back() != '%' || !absl::SimpleAtod(value.substr(0, value.size() - 1), &limit.share)) {
        return absl::StrCat(value, " is no percentage");
      }
      break;
    default:
      if (!ParseDuration(value, limit.most)) return absl::StrCat(value, " is no duration");
  }
  return "";
}

}  // namespace

std::string ParseBudget(std::string_view text, std::vector<Limit>& limits) {
  int number = 0;
  for (const std::string& whole :
       std::vector<std::string>(absl::StrSplit(absl::string_view(text.data(), text.size()), '\n'))) {
    number++;
    const std::string line = whole.substr(0, whole.find('#'));
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    Limit limit;
    if (const std::string wrong = ParseLine(line, limit); !wrong.empty()) return absl::StrCat(number, ": ", wrong);
    limit.line = number;
    limit.text = line.substr(line.find_first_not_of(" \t"));
    limit.text.erase(limit.text.find_last_not_of(" \t\r") + 1);
    limits.push_back(std::move(limit));
  }
  return limits.empty() ? "1: no limit" : "";
}

std::string Hold(const std::vector<Limit>& limits, const Explanation& e, std::vector<Held>& held) {
  for (const Limit& limit : limits) {
    const Sums* sums = &e.totals.all;
    if (!limit.function.empty()) {
      sums = nullptr;
      for (const auto& [name, of] : e.totals.functions) {
        if (e.names.Text(name) == limit.function) sums = &of;
      }
      if (sums == nullptr) {
        return absl::StrCat(limit.line, ": no goroutine that waited began with ", limit.function);
      }
    }
    const Histogram& h = limit.wait   ? sums->waits
                         : limit.idle ? sums->idle
                                      : sums->causes[static_cast<size_t>(limit.cause)];
    Held one{&limit, false, ""};
    auto hold = [&](int64_t value) {
      one.kept = value <= limit.most;
      one.value = Duration(value);
    };
    switch (limit.measure) {
      case Limit::kQuantile:
        hold(h.Quantile(limit.part));
        break;
      case Limit::kMax:
        hold(h.max());
        break;
      case Limit::kTotal:
        hold(h.total());
        break;
      case Limit::kMean:
        hold(h.count() == 0 ? 0 : h.total() / static_cast<int64_t>(h.count()));
        break;
      case Limit::kCount:
        one.kept = h.count() <= static_cast<uint64_t>(limit.most);
        one.value = Number(h.count());
        break;
      case Limit::kShare: {
        const double all = static_cast<double>(sums->waits.total());
        one.kept = 100.0 * static_cast<double>(h.total()) <= limit.share * all;
        one.value = Percent(h.total(), sums->waits.total());
        break;
      }
    }
    held.push_back(std::move(one));
  }
  return "";
}

}  // namespace explain
