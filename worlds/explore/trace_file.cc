// The events come from the tracer that a replay has (worlds/lockstep/trace.cc); here they become a file.
#include "worlds/explore/trace_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>

#include "absl/strings/str_cat.h"
#include "trace/write.h"

namespace explore {

namespace {

constexpr uint64_t kUnit = 64;  // ns: traces know no shorter time

// The numbers of the strings and stacks of a trace.
class Tables {
 public:
  uint64_t String(std::string_view text) { return number(strings_, text); }
  // A stack of one function.
  uint64_t Stack(std::string_view function) { return function.empty() ? 0 : number(stacks_, function); }
  void Write(gotrace::Writer& out) {
    for (const auto& [function, id] : stacks_) {
      const gotrace::Frame frame{id, String(function), String("?"), 0};
      out.Stack(id, {&frame, 1});
    }
    for (const auto& [text, id] : strings_) out.String(id, text);
  }

 private:
  using Table = std::map<std::string, uint64_t, std::less<>>;
  static uint64_t number(Table& table, std::string_view text) {
    return table.try_emplace(std::string(text), table.size() + 1).first->second;
  }
  Table strings_, stacks_;
};

Tables* tables;
gotrace::Writer* writer;

void put(const Traced& e) {
  uint64_t args[4];
  std::memcpy(args, e.args, sizeof args);
  switch (e.kind) {
    case gotrace::kGoCreate:
    case gotrace::kGoCreateBlocked:
      args[1] = tables->Stack(e.name);
      break;
    case gotrace::kGoStop:
    case gotrace::kGoBlock:
    case gotrace::kSTWBegin:
      args[0] = tables->String(e.name);
      break;
    case gotrace::kUserLog:
      args[1] = tables->String("gort explore");
      args[2] = tables->String(e.name);
      break;
    default:
      break;
  }
  writer->Event(e.m, static_cast<uint64_t>(e.time) / kUnit, e.kind,
                std::span<const uint64_t>(args, static_cast<size_t>(e.nargs)));
}

uint32_t steps;

bool sameRun(const std::vector<Event>& a, const std::vector<Event>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); i++) {
    if (a[i].thread != b[i].thread || a[i].kind != b[i].kind || a[i].object != b[i].object) return false;
  }
  return true;
}

}  // namespace

std::string WriteTrace(const Schedule& schedule, const std::string& path) {
  // Whoever looks on must not change what happens.
  Replay(schedule);
  const std::vector<Event> plain = Events();

  FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return absl::StrCat(path, ": ", std::strerror(errno));
  int error = 0;
  Tables itsTables;
  gotrace::Writer out(gotrace::kGo123, [&](std::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size()) return true;
    error = errno;
    return false;
  });
  tables = &itsTables;
  writer = &out;
  out.BeginGeneration(1, 1'000'000'000 / kUnit, 0);
  steps = 0;
  const Ending end = Replay(schedule, [](uint32_t step, Move) {
    if (step == 0) Trace(put);
    TraceStep(step);
    steps = step + 1;
  });
  const bool same = sameRun(plain, Events());
  const char* what = end.property != nullptr ? end.property : end.known;
  if (what != nullptr) TraceWords(steps, absl::StrCat(what, ": ", end.text));
  itsTables.Write(out);
  out.EndGeneration();
  if (std::fclose(file) != 0 && error == 0) error = errno;
  if (error != 0) return absl::StrCat(path, ": ", std::strerror(error));
  if (!same) return absl::StrCat(path, ": with a trace the run is another one");
  return "";
}

}  // namespace explore
