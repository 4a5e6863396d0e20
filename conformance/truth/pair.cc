// The n-th start of a goroutine is the n-th in both; all the rest is there to find out that the two are not of one run.
#include "conformance/truth/pair.h"

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "trace/reader.h"

namespace truth {
namespace {

bool IsStart(uint8_t kind) {
  return kind == gotrace::kGoStart || kind == gotrace::kGoSwitch || kind == gotrace::kGoSwitchDestroy;
}

}  // namespace

absl::StatusOr<std::vector<Shown>> PairUp(const std::vector<Start>& starts, const std::string& trace) {
  absl::flat_hash_map<std::pair<uint64_t, uint32_t>, size_t> at;
  for (size_t i = 0; i < starts.size(); i++) at[{starts[i].g, starts[i].nth}] = i;

  gotrace::Reader reader;
  if (!reader.Open(trace)) return absl::InvalidArgumentError(reader.verdict().Line(trace));
  std::vector<Shown> shown;
  absl::flat_hash_map<uint64_t, uint32_t> count;
  absl::flat_hash_map<uint32_t, int64_t> thread_of;  // by the log's M
  absl::flat_hash_map<int64_t, size_t> last_of;      // by thread: the start before, plus one
  int64_t began = -1;
  while (reader.Next()) {
    const gotrace::Event& e = reader.event();
    if (began < 0 && e.kind != gotrace::kSyncPoint) began = e.time;
    if (!IsStart(e.kind)) continue;
    const uint64_t g = e.args[0];
    const uint32_t nth = count[g]++;
    const auto other = [&](const std::string& what) {
      return absl::FailedPreconditionError(absl::StrCat(trace, ": byte ", e.offset, ": not of the log's run: start ",
                                                        nth, " of G", g, " is on P", e.p, ", thread ", e.m, "; ",
                                                        what));
    };
    const auto it = at.find({g, nth});
    if (it == at.end()) return other("the log does not have it");
    const Start& start = starts[it->second];
    if (start.p != e.p) return other(absl::StrCat("the log has it on P", start.p, ", record ", start.record));
    const auto [thread, fresh] = thread_of.emplace(start.m, e.m);
    if (thread->second != e.m) {
      return other(absl::StrCat("the log has it on M", start.m, ", which was thread ", thread->second));
    }
    size_t& last = last_of[e.m];
    if (fresh ? last != 0 : it->second < last) {
      return other(absl::StrCat("the log has M", start.m, " in another order"));
    }
    last = it->second + 1;
    shown.push_back({.offset = e.offset, .time = e.time - began, .thread = e.m, .start = it->second});
  }
  if (!reader.verdict().ok()) return absl::InvalidArgumentError(reader.verdict().Line(trace));
  return shown;
}

}  // namespace truth
