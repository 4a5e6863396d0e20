// Tables and JSON.
#include "explain/report.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "explain/story.h"
#include "explain/text.h"

namespace explain {
namespace {

using nlohmann::ordered_json;

constexpr size_t kFunctions = 20;  // in the text

std::string Left(std::string_view s, size_t width) {
  std::string text(s);
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}
std::string Right(const std::string& s, size_t width) {
  return s.size() < width ? std::string(width - s.size(), ' ') + s : s;
}

std::string Row(std::string_view title, const std::vector<std::string>& columns, size_t width = 46) {
  std::string s = "  " + Left(title, width);
  for (const std::string& c : columns) s += Right(c, 10);
  return s + "\n";
}

std::vector<std::string> Quantiles(const Histogram& h) {
  return {Duration(h.Quantile(0.5)), Duration(h.Quantile(0.99)), Duration(h.max())};
}

std::string FunctionName(const Names& names, uint32_t name) { return name == 0 ? "(not known)" : names.Text(name); }

// The cause that took most of it.
std::string MostOf(const Sums& sums) {
  const auto it = std::max_element(sums.parts.begin(), sums.parts.end());
  if (*it == 0) return "";
  const auto cause = static_cast<Cause>(it - sums.parts.begin());
  return absl::StrCat(std::string(TextOf(cause).key), " ", Percent(*it, sums.waits.total()));
}

std::vector<std::pair<uint32_t, const Sums*>> ByTotal(const Totals& totals) {
  std::vector<std::pair<uint32_t, const Sums*>> functions;
  for (const auto& [name, sums] : totals.functions) functions.emplace_back(name, &sums);
  std::stable_sort(functions.begin(), functions.end(),
                   [](const auto& a, const auto& b) { return a.second->waits.total() > b.second->waits.total(); });
  return functions;
}

std::string Summary(const Explanation& e) {
  const Sums& all = e.totals.all;
  std::string s;
  if (e.trace) {
    for (const std::string& note : e.notes) s += note + "\n";
  }
  absl::StrAppend(&s, e.path, ": ", Moment(e.length), ", ", Count(e.procs, "P"), ", ",
                  Count(e.goroutines, "goroutine"), "\n");
  if (e.from != 0 || e.to != 0) {
    absl::StrAppend(&s, "starts from ", Moment(e.from), " to ", e.to == 0 ? std::string("the end") : Moment(e.to),
                    "\n");
  }
  if (!e.error.empty()) absl::StrAppend(&s, "not whole, what was good is reported: ", e.error, "\n");
  if (e.trace) {
    absl::StrAppend(&s, "starts: ", Number(all.certainty[0]), " certain, ", Number(all.certainty[1]), " inferred, ",
                    Number(all.certainty[2]), " open\n");
  } else {
    s += "a schedlog: all of it is certain but the time between two readings of the clock\n";
    for (const std::string& note : e.notes) s += note + "\n";
  }
  absl::StrAppend(&s, "\n", Count(all.waits.count(), "wait"), " between runnable and running: ",
                  Duration(all.waits.total()), " in all, p50 ", Duration(all.waits.Quantile(0.5)), ", p99 ",
                  Duration(all.waits.Quantile(0.99)), ", max ", Duration(all.waits.max()), "\n");
  absl::StrAppend(&s, "runnable while a P was idle: ", Duration(all.idle.total()), " of ",
                  Duration(all.waits.total()), " (", Percent(all.idle.total(), all.waits.total()), ")\n");
  if (e.totals.unended > 0) {
    absl::StrAppend(&s, Count(e.totals.unended, "goroutine"), " still runnable at the end, the longest for ",
                    Duration(e.totals.longest_unended), "; not counted\n");
  }
  return s;
}

ordered_json HistogramJson(const Histogram& h) {
  return {{"count", h.count()},
          {"total_ns", h.total()},
          {"p50_ns", h.Quantile(0.5)},
          {"p99_ns", h.Quantile(0.99)},
          {"max_ns", h.max()}};
}

ordered_json SumsJson(const Sums& sums) {
  ordered_json json = {{"waits", HistogramJson(sums.waits)}, {"idle", HistogramJson(sums.idle)}};
  ordered_json causes = ordered_json::object();
  for (size_t i = 0; i < kCauses; i++) {
    if (sums.causes[i].count() == 0) continue;
    causes[std::string(TextOf(static_cast<Cause>(i)).key)] = HistogramJson(sums.causes[i]);
  }
  json["causes"] = std::move(causes);
  return json;
}

std::string Text(std::string_view s) { return std::string(s); }

ordered_json IdOrNull(int32_t id) { return id == kNobody ? ordered_json() : ordered_json(id); }

const char* StepName(Step::Kind kind) {
  switch (kind) {
    case Step::kLaid:
      return "laid";
    case Step::kKicked:
      return "kicked";
    case Step::kSpilled:
      return "spilled";
    case Step::kDrained:
      return "drained";
    case Step::kStolen:
      return "stolen";
    case Step::kBatch:
      return "batch";
    case Step::kHanded:
      return "handed";
    case Step::kMoved:
      return "moved";
  }
  return "?";
}

}  // namespace

ordered_json WaitJson(const Wait& w, const Names& names) {
  ordered_json parts = ordered_json::object();
  for (size_t i = 0; i < kCauses; i++) {
    if (w.parts[i] == 0) continue;
    parts[std::string(TextOf(static_cast<Cause>(i)).key)] = {{"ns", w.parts[i]},
                                                             {"certainty", Text(facts::Name(w.sure[i]))}};
  }
  ordered_json steps = ordered_json::array();
  for (const Step& s : w.steps) {
    steps.push_back({{"ns", s.time},
                     {"kind", StepName(s.kind)},
                     {"place", Text(facts::Name(s.place))},
                     {"p", IdOrNull(s.p)},
                     {"from_p", IdOrNull(s.p2)},
                     {"before_it", s.position},
                     {"n", s.n},
                     {"by", s.by},
                     {"placed", Text(facts::Name(s.placed))},
                     {"certainty", Text(facts::Name(s.certainty))}});
  }
  ordered_json ran = ordered_json::array();
  for (const Ran& r : w.ran) {
    ran.push_back({{"g", r.g}, {"function", names.Text(r.name)}, {"p", r.p}, {"ns", r.in_wait}, {"run_ns", r.in_all}});
  }
  ordered_json idle = ordered_json::array();
  for (const IdleP& p : w.idle) idle.push_back({{"p", p.p}, {"ns", p.ns}});
  return {{"g", w.g},
          {"function", names.Text(w.name)},
          {"ready_ns", w.ready},
          {"start_ns", w.start},
          {"wait_ns", w.length()},
          {"at", w.at},
          {"ended", w.ended},
          {"began_before", w.began_before},
          {"how", Text(facts::Name(w.how))},
          {"by", w.by},
          {"steps", std::move(steps)},
          {"parts", std::move(parts)},
          {"ran_meanwhile", std::move(ran)},
          {"ran_others", {{"count", w.ran_others}, {"ns", w.ran_others_ns}, {"and_before", w.ran_cut}}},
          {"idle_meanwhile", std::move(idle)},
          {"rule", Text(facts::Name(w.rule))},
          {"certainty", Text(facts::Name(w.certainty))},
          {"p", IdOrNull(w.p)},
          {"m", IdOrNull(w.m)},
          {"from_p", IdOrNull(w.from)},
          {"along", w.along},
          {"story", Story(w, names)}};
}

std::string Text(const Explanation& e) {
  const Sums& all = e.totals.all;
  std::string s = Summary(e);
  if (all.waits.count() > 0) {
    s += "\n" + Row("where the time went", {"waits", "total", "", "p50", "p99", "max"}).substr(2);
    std::vector<size_t> order;
    for (size_t i = 0; i < kCauses; i++) {
      if (all.causes[i].count() > 0) order.push_back(i);
    }
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return all.parts[a] > all.parts[b]; });
    for (size_t i : order) {
      const Histogram& h = all.causes[i];
      std::vector<std::string> columns = {Number(h.count()), Duration(h.total()),
                                          Percent(h.total(), all.waits.total())};
      for (std::string& q : Quantiles(h)) columns.push_back(std::move(q));
      s += Row(TextOf(static_cast<Cause>(i)).title, columns);
    }

    s += "\nwhere they were taken from\n";
    std::vector<std::pair<uint64_t, Rule>> rules;
    for (const auto& [rule, n] : e.totals.rules) rules.emplace_back(n, rule);
    std::stable_sort(rules.begin(), rules.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (const auto& [n, rule] : rules) {
      s += Row(RuleName(rule),
               {Number(n), Percent(static_cast<int64_t>(n), static_cast<int64_t>(all.waits.count()))});
    }

    s += "\n" +
         Row("by the function that they began with", {"waits", "total", "P idle", "p50", "p99", "max"}).substr(2);
    const auto functions = ByTotal(e.totals);
    for (size_t i = 0; i < functions.size() && i < kFunctions; i++) {
      const Sums& sums = *functions[i].second;
      std::vector<std::string> columns = {Number(sums.waits.count()), Duration(sums.waits.total()),
                                          Percent(sums.idle.total(), sums.waits.total())};
      for (std::string& q : Quantiles(sums.waits)) columns.push_back(std::move(q));
      std::string row = Row(FunctionName(e.names, functions[i].first), columns);
      row.insert(row.size() - 1, "  " + MostOf(sums));
      s += row;
    }
    if (functions.size() > kFunctions) {
      absl::StrAppend(&s, "  and ", Count(functions.size() - kFunctions, "function"), " more\n");
    }
  }
  if (!e.worst.empty()) {
    s += "\nthe longest waits\n";
    for (const Wait& w : e.worst) {
      absl::StrAppend(&s, Headline(w, e.names), "\n    ", Story(w, e.names), "\n");
    }
  }
  return s;
}

ordered_json Json(const Explanation& e) {
  ordered_json json = {{"file", e.path},
                       {"kind", e.trace ? "trace" : "schedlog"},
                       {"notes", e.notes},
                       {"error", e.error},
                       {"facts", e.facts},
                       {"length_ns", e.length},
                       {"from_ns", e.from},
                       {"to_ns", e.to},
                       {"procs", e.procs},
                       {"goroutines", e.goroutines},
                       {"still_runnable", {{"count", e.totals.unended}, {"longest_ns", e.totals.longest_unended}}}};
  json["starts"] = {{"certain", e.totals.all.certainty[0]},
                    {"inferred", e.totals.all.certainty[1]},
                    {"open", e.totals.all.certainty[2]}};
  json["all"] = SumsJson(e.totals.all);
  ordered_json rules = ordered_json::object();
  for (const auto& [rule, n] : e.totals.rules) rules[std::string(facts::Name(rule))] = n;
  json["rules"] = std::move(rules);
  ordered_json functions = ordered_json::array();
  for (const auto& [name, sums] : ByTotal(e.totals)) {
    ordered_json f = {{"function", e.names.Text(name)}};
    f.update(SumsJson(*sums));
    functions.push_back(std::move(f));
  }
  json["functions"] = std::move(functions);
  ordered_json worst = ordered_json::array();
  for (const Wait& w : e.worst) worst.push_back(WaitJson(w, e.names));
  json["worst"] = std::move(worst);
  return json;
}

ordered_json StateJson(const State& state, int64_t now) {
  static constexpr const char* kPStates[] = {"gone",      "idle",      "given",   "scheduler",
                                             "goroutine", "gc-worker", "syscall", "held"};
  static constexpr const char* kMStates[] = {"unknown", "runs", "comes", "sleeps", "polls", "ended"};
  ordered_json ps = ordered_json::array();
  for (size_t i = 0; i < state.ps().size(); i++) {
    const P& p = state.ps()[i];
    ps.push_back({{"p", i},
                  {"state", kPStates[static_cast<size_t>(p.state)]},
                  {"since_ns", now - p.since},
                  {"m", IdOrNull(p.m)},
                  {"g", p.g},
                  {"next", p.next},
                  {"ring", p.ring}});
  }
  ordered_json ms = ordered_json::array();
  for (const auto& [i, m] : state.ms()) {
    ms.push_back(
        {{"m", i}, {"state", kMStates[static_cast<size_t>(m.state)]}, {"p", IdOrNull(m.p)}, {"g", m.g}});
  }
  return {{"ps", std::move(ps)},
          {"global", state.global()},
          {"ms", std::move(ms)},
          {"spinning", state.spinning()},
          {"stopped", state.stopped()}};
}

// ---- two of them

namespace {

// Of a wait, on average: so that a longer recording is not a worse one.
int64_t Mean(int64_t total, uint64_t count) { return count == 0 ? 0 : total / static_cast<int64_t>(count); }

std::string Change(int64_t a, int64_t b) {
  if (a == b) return "same";
  if (a == 0) return "new";
  if (b == 0) return "gone";
  const double f = static_cast<double>(b) / static_cast<double>(a);
  char text[32];
  if (f >= 10) {
    std::snprintf(text, sizeof text, "x%.0f", f);
  } else {
    std::snprintf(text, sizeof text, "%+.0f%%", (f - 1) * 100);
  }
  return text;
}

struct Grown {
  std::string title;
  int64_t a, b;  // ns of a wait
  int64_t p99a, p99b;
  int64_t by() const { return b - a; }
};

std::vector<Grown> GrownCauses(const Totals& a, const Totals& b) {
  std::vector<Grown> grown;
  for (size_t i = 0; i < kCauses; i++) {
    const Histogram &ha = a.all.causes[i], &hb = b.all.causes[i];
    if (ha.count() == 0 && hb.count() == 0) continue;
    grown.push_back({std::string(TextOf(static_cast<Cause>(i)).title), Mean(ha.total(), a.all.waits.count()),
                     Mean(hb.total(), b.all.waits.count()), ha.Quantile(0.99), hb.Quantile(0.99)});
  }
  std::stable_sort(grown.begin(), grown.end(), [](const Grown& x, const Grown& y) { return x.by() > y.by(); });
  return grown;
}

std::vector<Grown> GrownFunctions(const Explanation& a, const Explanation& b) {
  std::map<std::string, std::pair<const Sums*, const Sums*>> both;
  for (const auto& [name, sums] : a.totals.functions) both[FunctionName(a.names, name)].first = &sums;
  for (const auto& [name, sums] : b.totals.functions) both[FunctionName(b.names, name)].second = &sums;
  std::vector<Grown> grown;
  static const Sums kNone;
  for (const auto& [name, sums] : both) {
    const Sums& x = sums.first == nullptr ? kNone : *sums.first;
    const Sums& y = sums.second == nullptr ? kNone : *sums.second;
    grown.push_back({name, Mean(x.waits.total(), x.waits.count()), Mean(y.waits.total(), y.waits.count()),
                     x.waits.Quantile(0.99), y.waits.Quantile(0.99)});
  }
  std::stable_sort(grown.begin(), grown.end(), [](const Grown& x, const Grown& y) { return x.by() > y.by(); });
  return grown;
}

std::string GrownRow(const Grown& g) {
  return Row(g.title, {Duration(g.a), Duration(g.b), Change(g.a, g.b), Duration(g.p99a), Duration(g.p99b)});
}

ordered_json GrownJson(const std::vector<Grown>& all) {
  ordered_json json = ordered_json::array();
  for (const Grown& g : all) {
    json.push_back(
        {{"name", g.title}, {"mean_ns", {g.a, g.b}}, {"p99_ns", {g.p99a, g.p99b}}, {"grew_by_ns", g.by()}});
  }
  return json;
}

}  // namespace

std::string CompareText(const Explanation& a, const Explanation& b) {
  std::string s = absl::StrCat("A ", a.path, ", B ", b.path, "\n");
  for (const Explanation* e : {&a, &b}) {
    if (!e->error.empty()) absl::StrAppend(&s, e->path, ": not whole: ", e->error, "\n");
  }
  s += "\n" + Row("", {"A", "B", ""}).substr(2);
  const Sums &x = a.totals.all, &y = b.totals.all;
  s += Row("waits", {Number(x.waits.count()), Number(y.waits.count())});
  const int64_t mean[2] = {Mean(x.waits.total(), x.waits.count()), Mean(y.waits.total(), y.waits.count())};
  s += Row("mean wait", {Duration(mean[0]), Duration(mean[1]), Change(mean[0], mean[1])});
  s += Row("p50 wait", {Duration(x.waits.Quantile(0.5)), Duration(y.waits.Quantile(0.5)),
                        Change(x.waits.Quantile(0.5), y.waits.Quantile(0.5))});
  s += Row("p99 wait", {Duration(x.waits.Quantile(0.99)), Duration(y.waits.Quantile(0.99)),
                        Change(x.waits.Quantile(0.99), y.waits.Quantile(0.99))});
  s += Row("longest wait", {Duration(x.waits.max()), Duration(y.waits.max()), Change(x.waits.max(), y.waits.max())});
  s += Row("of it while a P was idle",
           {Percent(x.idle.total(), x.waits.total()), Percent(y.idle.total(), y.waits.total())});
  s += "\n" + Row("causes, the one that grew most first: of a wait", {"A", "B", "", "p99 A", "p99 B"}, 48).substr(2);
  for (const Grown& g : GrownCauses(a.totals, b.totals)) s += GrownRow(g);
  s += "\n" + Row("functions, the same", {"A", "B", "", "p99 A", "p99 B"}, 48).substr(2);
  const std::vector<Grown> functions = GrownFunctions(a, b);
  for (size_t i = 0; i < functions.size() && i < kFunctions; i++) s += GrownRow(functions[i]);
  if (functions.size() > kFunctions) {
    absl::StrAppend(&s, "  and ", Count(functions.size() - kFunctions, "function"), " more\n");
  }
  return s;
}

ordered_json CompareJson(const Explanation& a, const Explanation& b) {
  return {{"a", Json(a)},
          {"b", Json(b)},
          {"causes", GrownJson(GrownCauses(a.totals, b.totals))},
          {"functions", GrownJson(GrownFunctions(a, b))}};
}

}  // namespace explain
