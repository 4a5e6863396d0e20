// A model says what it would be like, and nobody can look whether it is. So the trace itself stands beside it, and the
// model of just what happened: as far as these two differ, what it says of anything else is worth nothing.
#include "conformance/what_if.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "conformance/children.h"
#include "explain/text.h"
#include "nlohmann/json.hpp"

namespace conformance {
namespace {

using nlohmann::ordered_json;

constexpr char kProcs[] = "procs=";
constexpr int32_t kMostProcs = 1024;
constexpr size_t kFunctions = 10;

bool ProcsOf(const std::string& what, int32_t& procs) {
  return absl::StartsWith(what, kProcs) && absl::SimpleAtoi(what.substr(std::strlen(kProcs)), &procs) && procs >= 1 &&
         procs <= kMostProcs;
}

// What the model printed; an exit status other than 0 if it did not.
int Model(const std::string& program, const std::string& trace, int32_t procs, ordered_json& to) {
  int fds[2];
  if (pipe(fds) != 0) return 2;
  std::fflush(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(fds[1], STDOUT_FILENO);
    close(fds[0]);
    close(fds[1]);
    const std::string n = absl::StrCat(procs);
    execl(program.c_str(), program.c_str(), "--procs", n.c_str(), trace.c_str(), nullptr);
    std::fprintf(stderr, "gort explain: cannot start %s: %s\n", program.c_str(), std::strerror(errno));
    _exit(127);
  }
  close(fds[1]);
  std::string text;
  char buffer[65536];
  for (ssize_t n; (n = read(fds[0], buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR);) {
    if (n > 0) text.append(buffer, static_cast<size_t>(n));
  }
  close(fds[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  to = ordered_json::parse(text, nullptr, false);
  if (status == 0 && !to.is_discarded()) return 0;
  // It has said itself what is wrong with a trace.
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 2) {
    std::fprintf(stderr, "gort explain: %s: the model died: %s\n", trace.c_str(), WhyEnded(status).c_str());
  }
  return 2;
}

int64_t Ns(const ordered_json& from, const char* name) { return from.at(name).get<int64_t>(); }

// "12% more"
std::string Off(int64_t was, int64_t is) {
  if (was == is) return "the same";
  if (was == 0) return "more, of nothing";
  const double part = 100.0 * static_cast<double>(is - was) / static_cast<double>(was);
  return absl::StrFormat("%.0f%% %s", std::abs(part), part > 0 ? "more" : "less");
}

class Table {
 public:
  void Row(const std::string& name, const std::vector<std::string>& cells) {
    text_ += absl::StrFormat("%-44s", name);
    for (const std::string& cell : cells) text_ += absl::StrFormat("%16s", cell);
    text_ += "\n";
  }
  // Of all three, by one of their durations.
  void Durations(const std::string& name, const std::vector<const ordered_json*>& of, const char* field) {
    std::vector<std::string> cells;
    for (const ordered_json* each : of) cells.push_back(each == nullptr ? "-" : explain::Duration(Ns(*each, field)));
    Row(name, cells);
  }
  void Waits(const std::vector<const ordered_json*>& of) {
    std::vector<std::string> cells;
    for (const ordered_json* each : of) {
      cells.push_back(each == nullptr ? "-" : absl::StrCat(each->at("waits").get<uint64_t>()));
    }
    Row("  waits", cells);
    Durations("  all together", of, "total_ns");
    Durations("  p50", of, "p50_ns");
    Durations("  p99", of, "p99_ns");
    Durations("  max", of, "max_ns");
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

std::string Text(const std::string& trace, const std::string& what, const ordered_json& same, const ordered_json& other,
                 bool patched) {
  const ordered_json &was = same["was"], &model = same["model"], &changed = other["model"];
  const int64_t procs = Ns(model, "procs");
  Table table;
  table.Row("", {"in the trace", absl::StrCat("model, ", procs, " Ps"),
                 patched ? "model, patched" : absl::StrCat("model, ", Ns(changed, "procs"), " Ps")});
  table.Durations("length", {&was, &model, &changed}, "length_ns");
  table.Row("runnable and not running", {});
  table.Waits({&was["all"], &model["all"], &changed["all"]});
  table.Durations("  of it while a P was idle", {&was, &model, &changed}, "idle_ns");
  std::vector<std::pair<int64_t, std::string>> functions;
  for (const auto& [name, waits] : was["functions"].items()) functions.emplace_back(-Ns(waits, "total_ns"), name);
  std::sort(functions.begin(), functions.end());
  for (size_t i = 0; i < std::min(functions.size(), kFunctions); i++) {
    const std::string& name = functions[i].second;
    std::vector<const ordered_json*> of;
    for (const ordered_json* each : {&was, &model, &changed}) {
      const auto it = each->at("functions").find(name);
      of.push_back(it == each->at("functions").end() ? nullptr : &*it);
    }
    table.Row(name.empty() ? "(unknown)" : name, {});
    table.Waits(of);
  }
  std::string text = absl::StrCat(trace, ": what if ", what, "? A MODEL: the load of the trace, through the port, in ",
                                  "simulated time (docs/explain.md)\n\n", table.text(), "\n");
  absl::StrAppend(&text, "how far to believe it: with the Ps that it had, the model gives a length of ",
                  Off(Ns(was, "length_ns"), Ns(model, "length_ns")), " and waits of ",
                  Off(Ns(was["all"], "total_ns"), Ns(model["all"], "total_ns")),
                  " than there was; what is no larger than that says nothing\n");
  absl::StrAppend(&text, "taken from the trace: ", explain::Duration(Ns(same, "switch_ns")),
                  " from one goroutine to the next, ", explain::Duration(Ns(same, "wake_ns")),
                  " until a thread comes that is woken\n");
  if (same["changes_procs"].get<bool>()) text += "GOMAXPROCS changes in the trace; the model keeps the last one\n";
  for (const auto& [whose, json] : {std::pair{"the first", &same}, std::pair{"the second", &other}}) {
    if (const auto n = json->at("unfinished").get<uint64_t>(); n > 0) {
      absl::StrAppend(&text, "in ", whose, " model ", explain::Count(n, "goroutine"), " did not come to the end\n");
    }
  }
  return text;
}

}  // namespace

std::string WrongWhatIf(const std::string& what) {
  int32_t procs = 0;
  if (ProcsOf(what, procs)) return "";
  if (absl::StartsWith(what, kProcs)) return absl::StrCat("--what-if procs=N wants 1 to ", kMostProcs);
  if (!absl::EndsWith(what, ".patch")) return "--what-if wants procs=N or NAME.patch";
  if (std::getenv("GORT_PATCHED_MODEL") == nullptr) return "--what-if NAME.patch is built by ./gort explain";
  return "";
}

int WhatIf(const std::string& trace, const std::string& what, bool json) {
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const std::string plain = here / "gort_model";
  int32_t procs = 0;
  const bool patched = !ProcsOf(what, procs);
  ordered_json same, other;
  if (const int status = Model(plain, trace, 0, same); status != 0) return status;
  if (const int status = Model(patched ? std::getenv("GORT_PATCHED_MODEL") : plain, trace, procs, other); status != 0) {
    return status;
  }
  if (!json) {
    std::fputs(Text(trace, what, same, other, patched).c_str(), stdout);
    return 0;
  }
  const ordered_json all = {{"file", trace},
                            {"what_if", what},
                            {"is_a_model", true},
                            {"switch_ns", same["switch_ns"]},
                            {"wake_ns", same["wake_ns"]},
                            {"changes_procs", same["changes_procs"]},
                            {"trace", same["was"]},
                            {"model", same["model"]},
                            {"changed", other["model"]},
                            {"unfinished", {same["unfinished"], other["unfinished"]}}};
  std::fputs((all.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n").c_str(), stdout);
  return 0;
}

}  // namespace conformance
