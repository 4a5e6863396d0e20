// gort trace info
#include <getopt.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "trace/commands.h"
#include "trace/info.h"

namespace gotrace {
namespace {

constexpr char kHelp[] =
    R"(usage: gort trace info [--json] F

Says what is in a trace: which version wrote it, on which system as far as names of files show, how many processors,
threads, goroutines and generations it names, what span of time it covers, and how many events of each kind it has, in
how many bytes. F may be - for standard input.

Exit status 2 if the trace is cut or damaged in a way that hides what follows; what comes before that is counted. It
does not look whether the events make sense: `gort trace check` does.
)";

// Kinds that the trace has, the largest first.
std::vector<uint8_t> KindsIn(const Info& info) {
  std::vector<uint8_t> kinds;
  for (size_t kind = 0; kind < info.kinds.size(); kind++) {
    if (info.kinds[kind].count != 0) kinds.push_back(static_cast<uint8_t>(kind));
  }
  std::stable_sort(kinds.begin(), kinds.end(),
                   [&](uint8_t a, uint8_t b) { return info.kinds[a].bytes > info.kinds[b].bytes; });
  return kinds;
}

const char* WritersOf(int version) {
  switch (version) {
    case kGo122: return "1.22";
    case kGo123: return "1.23 or 1.24";
    case kGo125: return "1.25";
    default: return "1.26 or 1.27";
  }
}

void Print(const std::string& path, const Info& info) {
  const auto put = [](const char* name, const std::string& value) { std::printf("%-12s %s\n", name, value.c_str()); };
  put("file", NameOfInput(path));
  put("made by", std::string("Go ") + WritersOf(info.version));
  put("system", (info.os.empty() ? "unknown" : info.os) + (info.arch.empty() ? "" : "/" + info.arch));
  put("bytes", std::to_string(info.bytes));
  put("generations", std::to_string(info.generations));
  put("batches", std::to_string(info.batches));
  put("processors", std::to_string(info.procs.size()) +
                        (info.gomaxprocs == 0 ? "" : " (GOMAXPROCS " + std::to_string(info.gomaxprocs) + ")"));
  put("threads", std::to_string(info.threads.size()));
  put("goroutines", std::to_string(info.goroutines.size()));
  char span[64];
  std::snprintf(span, sizeof span, "%.6f s", (info.end - info.begin) / 1e9);
  put("span", span);
  uint64_t count = 0;
  for (const Info::Kind& kind : info.kinds) count += kind.count;
  std::printf("\n%-22s %12s %7s %14s %7s\n", "event", "count", "%", "bytes", "%");
  for (const uint8_t number : KindsIn(info)) {
    const Info::Kind& kind = info.kinds[number];
    const std::string name(InfoOf(number).name.empty() ? "(" + std::to_string(number) + ")"
                                                       : std::string(InfoOf(number).name));
    std::printf("%-22s %12llu %7.2f %14llu %7.2f\n", name.c_str(), static_cast<unsigned long long>(kind.count),
                100.0 * static_cast<double>(kind.count) / static_cast<double>(count),
                static_cast<unsigned long long>(kind.bytes),
                100.0 * static_cast<double>(kind.bytes) / static_cast<double>(info.bytes));
  }
}

void PrintJson(const std::string& path, const Info& info, const Verdict& verdict) {
  nlohmann::ordered_json json;
  json["file"] = NameOfInput(path);
  json["go"] = "1." + std::to_string(info.version);
  json["os"] = info.os;
  json["arch"] = info.arch;
  json["bytes"] = info.bytes;
  json["generations"] = info.generations;
  json["batches"] = info.batches;
  json["gomaxprocs"] = info.gomaxprocs;
  json["processors"] = info.procs.size();
  json["threads"] = info.threads.size();
  json["goroutines"] = info.goroutines.size();
  json["begin_ns"] = static_cast<int64_t>(std::clamp(info.begin, 0.0, 9e18));
  json["end_ns"] = static_cast<int64_t>(std::clamp(info.end, 0.0, 9e18));
  if (info.wall_sec != 0) json["wall_ns"] = info.wall_sec * 1'000'000'000 + info.wall_nsec;
  json["events"] = nlohmann::ordered_json::object();
  for (const uint8_t number : KindsIn(info)) {
    const Info::Kind& kind = info.kinds[number];
    json["events"][std::string(InfoOf(number).name)] = {{"count", kind.count}, {"bytes", kind.bytes}};
  }
  json["whole"] = verdict.ok();
  std::printf("%s\n", json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

}  // namespace

int info_main(int argc, char** argv) {
  const option longs[] = {
      {"json", no_argument, nullptr, 'j'}, {"help", no_argument, nullptr, 'h'}, {nullptr, 0, nullptr, 0}};
  bool json = false;
  optind = 0;
  opterr = 0;
  for (int letter; (letter = getopt_long(argc, argv, "h", longs, nullptr)) != -1;) {
    switch (letter) {
      case 'j': json = true; break;
      case 'h': std::fputs(kHelp, stdout); return 0;
      default: std::fputs("gort trace info: unknown option; 'gort trace info --help' tells more\n", stderr); return 2;
    }
  }
  if (optind + 1 != argc) {
    std::fputs("gort trace info: it takes one file; 'gort trace info --help' tells more\n", stderr);
    return 2;
  }
  const std::string path = argv[optind];
  RawReader reader;
  if (!OpenInput(reader, path)) return Report(path, reader.verdict());
  const Info info = Collect(reader);
  if (json) {
    PrintJson(path, info, reader.verdict());
  } else {
    Print(path, info);
  }
  return reader.verdict().ok() ? 0 : Report(path, reader.verdict());
}

}  // namespace gotrace
