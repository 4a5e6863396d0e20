// gort_model [--procs N] TRACE: the load of an execution trace through the port in simulated time, with N Ps, or as
// many as it had. On standard output one JSON object: how it was in the trace, and what the model gives. `gort explain
// --what-if` starts it. Exit status: 0; 2 the trace cannot be read, or the model came to no end.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "nlohmann/json.hpp"
#include "worlds/model/run.h"

namespace {

using nlohmann::ordered_json;

ordered_json Waits(const explain::Histogram& of) {
  return {{"waits", of.count()},
          {"total_ns", of.total()},
          {"p50_ns", of.Quantile(0.5)},
          {"p99_ns", of.Quantile(0.99)},
          {"max_ns", of.max()}};
}

ordered_json Json(const model::Measured& measured, int32_t procs) {
  ordered_json json = {{"procs", procs}, {"length_ns", measured.length}, {"all", Waits(measured.waits)}};
  json["idle_ns"] = measured.idle;
  json["functions"] = ordered_json::object();
  for (const auto& [function, waits] : measured.functions) json["functions"][function] = Waits(waits);
  return json;
}

}  // namespace

int main(int argc, char** argv) {
  int32_t procs = 0;
  const char* path = nullptr;
  for (int i = 1; i < argc; i++) {
    if (std::strcmp(argv[i], "--procs") == 0 && i + 1 < argc) {
      procs = std::atoi(argv[++i]);
    } else {
      path = argv[i];
    }
  }
  if (path == nullptr || procs < 0 || procs > 1024) {
    std::fputs("usage: gort_model [--procs N] TRACE\n", stderr);
    return 2;
  }
  model::Workload workload;
  std::string error;
  if (!model::ReadWorkload(path, workload, error)) {
    std::fprintf(stderr, "gort explain: %s\n", error.c_str());
    return 2;
  }
  if (procs == 0) procs = workload.procs;
  const model::Outcome outcome = model::Run(workload, procs);
  if (!outcome.lost.empty()) {
    std::fprintf(stderr, "gort explain: %s: the model came to no end: %s\n", path, outcome.lost.c_str());
    return 2;
  }
  const ordered_json json = {{"changes_procs", workload.changes_procs},
                             {"switch_ns", workload.switch_ns},
                             {"wake_ns", workload.wake_ns},
                             {"was", Json(workload.measured, workload.procs)},
                             {"model", Json(outcome.measured, procs)},
                             {"unfinished", outcome.unfinished}};
  std::fputs((json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n").c_str(), stdout);
  return 0;
}
