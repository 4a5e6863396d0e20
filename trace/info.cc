// Counting.
#include "trace/info.h"

#include <algorithm>
#include <string_view>

namespace gotrace {
namespace {

// Names of Go's source files end in the systems and processors that they are for: zsyscall_linux_amd64.go, asm_arm64.s.
constexpr std::string_view kSystems[] = {"linux",   "darwin",    "windows", "freebsd", "netbsd",
                                         "openbsd", "dragonfly", "solaris", "illumos", "aix",
                                         "android", "ios",       "plan9",   "js",      "wasip1"};
constexpr std::string_view kProcessors[] = {"amd64",    "arm64",  "386",   "arm",     "loong64", "mips",  "mips64",
                                            "mips64le", "mipsle", "ppc64", "ppc64le", "riscv64", "s390x", "wasm"};

void LookAtFileName(std::string_view path, Info& info) {
  const size_t dot = path.rfind('.');
  if (dot == path.npos || (path.substr(dot) != ".go" && path.substr(dot) != ".s")) return;
  const size_t slash = path.find_last_of("/\\");
  std::string_view name = path.substr(0, dot).substr(slash == path.npos ? 0 : slash + 1);
  // Only what comes with Go is built for one system by its name for sure.
  if (path.find("/runtime/") == path.npos && path.find("/syscall/") == path.npos &&
      path.find("/internal/") == path.npos)
    return;
  for (;;) {
    const size_t bar = name.rfind('_');
    if (bar == name.npos) return;
    const std::string_view word = name.substr(bar + 1);
    if (std::find(std::begin(kSystems), std::end(kSystems), word) != std::end(kSystems)) info.os = word;
    if (std::find(std::begin(kProcessors), std::end(kProcessors), word) != std::end(kProcessors)) info.arch = word;
    name = name.substr(0, bar);
  }
}

// The times of one generation, in its units.
struct Times {
  uint64_t number = 0;
  uint64_t frequency = 0;
  bool any = false;
  uint64_t first = 0, last = 0;
};

void Finish(const Times& times, Info& info) {
  if (!times.any || times.frequency == 0) return;
  const double unit = 1e9 / static_cast<double>(times.frequency);
  const double first = static_cast<double>(times.first) * unit, last = static_cast<double>(times.last) * unit;
  info.begin = info.end == 0 ? first : std::min(info.begin, first);
  info.end = std::max(info.end, last);
}

}  // namespace

Info Collect(RawReader& reader) {
  Info info;
  info.version = reader.version();
  Times times;
  uint64_t time = 0;
  bool any_clock = false;
  constexpr uint64_t kNobody = ~uint64_t{0};
  const auto add = [](absl::flat_hash_set<uint64_t>& set, uint64_t number) {
    if (number != kNobody) set.insert(number);
  };
  while (reader.Next()) {
    const RawEvent& event = reader.event();
    const KindInfo& kind = InfoOf(event.kind);
    info.kinds[event.kind].count++;
    info.kinds[event.kind].bytes += event.size;
    switch (event.kind) {
      case kEventBatch:
      case kExperimentalBatch: {
        const uint64_t* const head = event.args.data() + (event.kind == kExperimentalBatch);
        info.batches++;
        if (head[0] != times.number) {
          Finish(times, info);
          times = {};
          times.number = head[0];
          info.generations++;
        }
        add(info.threads, head[1]);
        time = head[2];
        continue;
      }
      case kFrequency: times.frequency = event.args[0]; continue;
      case kString: LookAtFileName(event.data, info); continue;
      case kClockSnapshot:
        if (!any_clock) {
          info.wall_sec = event.args[2];
          info.wall_nsec = event.args[3];
        }
        any_clock = true;
        continue;
      case kProcsChange: info.gomaxprocs = std::max(info.gomaxprocs, event.args[1]); break;
      default: break;
    }
    if (!kind.timed) continue;
    time += event.args[0];
    if (!times.any || time < times.first) times.first = time;
    if (!times.any || time > times.last) times.last = time;
    times.any = true;
    for (int i = 1; i < kind.nargs; i++) {
      const std::string_view arg = kind.args[i];
      if (arg == "g" || arg == "new_g") add(info.goroutines, event.args[i]);
      if (arg == "p") add(info.procs, event.args[i]);
      if (arg == "m") add(info.threads, event.args[i]);
    }
  }
  Finish(times, info);
  info.bytes = reader.offset();
  return info;
}

}  // namespace gotrace
