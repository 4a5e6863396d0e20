// Text for people, JSON for machines: both say the same.
#include "conformance/diff_report.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "trace/kinds.h"

namespace conformance {
namespace {

using Object = nlohmann::ordered_json;

struct Sum {
  uint64_t decisions = 0, exact = 0, admissible = 0, divergent = 0, lost = 0, unreadable = 0;
};

Sum SumOf(const std::vector<TraceDiff>& diffs) {
  Sum sum;
  for (const TraceDiff& d : diffs) {
    sum.decisions += d.result.decisions;
    sum.exact += d.result.exact;
    sum.admissible += d.result.admissible;
    sum.divergent += d.result.divergent;
    if (!d.followed()) sum.lost++;
    if (!d.error.empty()) sum.unreadable++;
  }
  return sum;
}

// "M12 P0 G7", without what there is none of.
std::string Who(const guided::Divergence& d) {
  std::string s;
  for (const auto& [letter, number] : {std::pair('M', d.m), std::pair('P', d.p), std::pair('G', d.g)}) {
    if (number >= 0) absl::StrAppend(&s, s.empty() ? "" : " ", std::string(1, letter), number);
  }
  return s;
}

std::string VersionName(int version) {
  switch (version) {
    case gotrace::kGo122: return "Go 1.22";
    case gotrace::kGo123: return "Go 1.23 or 1.24";
    case gotrace::kGo125: return "Go 1.25";
    case gotrace::kGo126: return "Go 1.26 or 1.27";
    default: return "";
  }
}

std::string Lost(const TraceDiff& d) {
  if (!d.died.empty()) return absl::StrCat(d.path, ": not followed: ", d.died, "\n");
  std::string s = absl::StrFormat("%s: not followed to its end: lost %.6f s from its start, at %s", d.path,
                                  static_cast<double>(d.result.lostTime) / 1e9, d.result.lost);
  if (d.events_in_all != 0) {
    absl::StrAppendFormat(&s, "; %d of its %d events (%.1f%%) were not looked at", d.events_left, d.events_in_all,
                          100.0 * static_cast<double>(d.events_left) / static_cast<double>(d.events_in_all));
  }
  return s + "\n";
}

}  // namespace

std::string PolicyNote(int version) {
  const std::string name = VersionName(version);
  const char* what = nullptr;
  switch (version) {
    case gotrace::kGo122:
      what = "it wakes nobody for what netpoll or a collection puts on the global queue, and has other timers";
      break;
    case gotrace::kGo125:
      what = "one P at a time asks the network poller, and there are more goroutines of the runtime's own";
      break;
    case gotrace::kGo126:
      what = "a P stays with its thread through system calls, and goes on after a stop of the world where it was";
      break;
    default:
      return "";
  }
  return absl::StrCat("written by ", name, ", the port is Go 1.24's scheduler: differences may be the versions' (",
                      what, ")");
}

std::string SystemOf(const gotrace::Generation& generation) {
  constexpr std::pair<std::string_view, std::string_view> kSystems[] = {
      {"_windows.go", "Windows"}, {"_darwin.go", "macOS"},     {"_freebsd.go", "FreeBSD"}, {"_netbsd.go", "NetBSD"},
      {"_openbsd.go", "OpenBSD"}, {"_solaris.go", "Solaris"},  {"_aix.go", "AIX"},         {"_plan9.go", "Plan 9"},
      {"_wasm.go", "WebAssembly"},
  };
  for (size_t i = 0; i < generation.frame_count(); i++) {
    const std::string_view file = generation.Text(generation.frame(static_cast<uint32_t>(i)).file);
    for (const auto& [ending, system] : kSystems) {
      if (file.ends_with(ending)) return std::string(system);
    }
  }
  return "";
}

std::string SystemNote(const std::string& system) {
  if (system.empty()) return "";
  return absl::StrCat("written on ", system, ", the port waits as Go does on Linux: how long its threads sleep at ",
                      "least, and who asks the network poller when, is not known there");
}

Object ToJson(const guided::Divergence& d) {
  return {{"offset", d.offset}, {"time_ns", d.time}, {"m", d.m},          {"p", d.p},
          {"g", d.g},           {"what", d.what},    {"queues", d.queues}};
}

guided::Divergence DivergenceFromJson(const Object& j) {
  guided::Divergence d;
  d.offset = j.at("offset");
  d.time = j.at("time_ns");
  d.m = j.at("m");
  d.p = j.at("p");
  d.g = j.at("g");
  d.what = j.at("what");
  d.queues = j.at("queues");
  return d;
}

Object ToJson(const TraceDiff& d) {
  Object j;
  j["file"] = d.path;
  j["version"] = d.version;
  if (!VersionName(d.version).empty()) j["written_by"] = VersionName(d.version);
  if (const std::string note = PolicyNote(d.version); !note.empty()) j["note"] = note;
  if (!d.system.empty()) {
    j["system"] = d.system;
    j["system_note"] = SystemNote(d.system);
  }
  j["events"] = d.result.events;
  j["decisions"] = d.result.decisions;
  j["exact"] = d.result.exact;
  j["admissible"] = d.result.admissible;
  j["divergent"] = d.result.divergent;
  j["choices"] = Object::object();
  for (const auto& [name, n] : d.choices) j["choices"][name] = n;
  j["divergences"] = Object::array();
  for (const guided::Divergence& each : d.divergences) j["divergences"].push_back(ToJson(each));
  j["followed"] = d.followed();
  if (!d.result.lost.empty()) {
    j["lost"] = {{"offset", d.result.lostOffset}, {"time_ns", d.result.lostTime},        {"why", d.result.lost},
                 {"events_left", d.events_left},  {"events_in_all", d.events_in_all}};
  }
  if (!d.died.empty()) j["died"] = d.died;
  if (!d.error.empty()) j["error"] = d.error;
  return j;
}

TraceDiff TraceDiffFromJson(const Object& j) {
  TraceDiff d;
  d.path = j.at("file");
  d.version = j.at("version");
  d.system = j.value("system", "");
  d.result.events = j.at("events");
  d.result.decisions = j.at("decisions");
  d.result.exact = j.at("exact");
  d.result.admissible = j.at("admissible");
  d.result.divergent = j.at("divergent");
  for (const auto& [name, n] : j.at("choices").items()) d.choices[name] = n;
  for (const Object& each : j.at("divergences")) d.divergences.push_back(DivergenceFromJson(each));
  if (auto lost = j.find("lost"); lost != j.end()) {
    d.result.lostOffset = lost->at("offset");
    d.result.lostTime = lost->at("time_ns");
    d.result.lost = lost->at("why");
    d.events_left = lost->at("events_left");
    d.events_in_all = lost->at("events_in_all");
  }
  d.died = j.value("died", "");
  d.error = j.value("error", "");
  return d;
}

std::string Text(const TraceDiff& d) {
  std::string s;
  for (const std::string& note : {PolicyNote(d.version), SystemNote(d.system)}) {
    if (!note.empty()) absl::StrAppend(&s, d.path, ": ", note, "\n");
  }
  for (const guided::Divergence& each : d.divergences) {
    absl::StrAppendFormat(&s, "%s: byte %d: %.6f s, %s: %s\n", d.path, each.offset,
                          static_cast<double>(each.time) / 1e9, Who(each), each.what);
    for (const auto& line : absl::StrSplit(each.queues, '\n', absl::SkipWhitespace())) {
      absl::StrAppend(&s, "    ", absl::StripLeadingAsciiWhitespace(line), "\n");
    }
  }
  if (d.result.divergent > d.divergences.size()) {
    absl::StrAppend(&s, d.path, ": and ", d.result.divergent - d.divergences.size(), " more\n");
  }
  if (!d.choices.empty()) {
    std::vector<std::pair<uint64_t, std::string>> most;
    for (const auto& [name, n] : d.choices) most.emplace_back(n, name);
    std::stable_sort(most.begin(), most.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    absl::StrAppend(&s, d.path, ": free choices:\n");
    for (const auto& [n, name] : most) absl::StrAppendFormat(&s, "%10d  %s\n", n, name);
  }
  if (!d.followed()) absl::StrAppend(&s, Lost(d));
  return s;
}

std::string LastLine(const std::vector<TraceDiff>& diffs) {
  const Sum sum = SumOf(diffs);
  std::string s = absl::StrFormat("%d decisions: %d exact, %d admissible, %d divergent", sum.decisions, sum.exact,
                                  sum.admissible, sum.divergent);
  if (diffs.size() > 1) absl::StrAppend(&s, ", in ", diffs.size(), " files");
  return s + "\n";
}

std::string Json(const std::vector<TraceDiff>& diffs) {
  const Sum sum = SumOf(diffs);
  Object j;
  j["files"] = diffs.size();
  j["decisions"] = sum.decisions;
  j["exact"] = sum.exact;
  j["admissible"] = sum.admissible;
  j["divergent"] = sum.divergent;
  j["not_followed"] = sum.lost;
  j["unreadable"] = sum.unreadable;
  j["traces"] = Object::array();
  for (const TraceDiff& d : diffs) j["traces"].push_back(ToJson(d));
  // A name of a file need not be UTF-8.
  return j.dump(2, ' ', false, Object::error_handler_t::replace) + "\n";
}

int ExitStatus(const std::vector<TraceDiff>& diffs) {
  const Sum sum = SumOf(diffs);
  if (sum.unreadable != 0) return 2;
  return sum.divergent != 0 || sum.lost != 0 ? 1 : 0;
}

}  // namespace conformance
