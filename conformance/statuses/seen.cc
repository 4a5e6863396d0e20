// seen.cc: reads the records of g.atomicstatus and p.status.
#include "conformance/statuses/seen.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "conformance/schedlog/reader.h"

namespace statuses {
namespace {

constexpr uint64_t kScan = 0x1000;

std::string GName(uint64_t status) {
  static constexpr const char* kNames[] = {"idle", "runnable", "running", "syscall",   "waiting",
                                           "5",    "dead",     "7",       "copystack", "preempted"};
  const std::string scan = (status & kScan) != 0 ? "scan" : "";
  status &= ~kScan;
  return status < 10 ? scan + kNames[status] : absl::StrCat("?", status);
}

std::string PName(uint64_t status) {
  static constexpr const char* kNames[] = {"idle", "running", "syscall", "gcstop", "dead"};
  return status < 5 ? kNames[status] : absl::StrCat("?", status);
}

}  // namespace

absl::Status AddSeen(const std::string& path, Seen& seen) {
  schedlog::Reader reader;
  if (absl::Status opened = reader.Open(path); !opened.ok()) return opened;
  uint32_t gCas = 0, pStore = 0, pCas = 0;
  bool fromTo[256] = {}, toWaiting[256] = {};  // calls from outside
  for (const schedlog::Kind& kind : reader.header().kinds) {
    fromTo[kind.number] = kind.name == "casgstatus" || kind.name == "castogscanstatus" ||
                          kind.name == "casfrom_Gscanstatus" || kind.name == "casGFromPreempted";
    toWaiting[kind.number] = kind.name == "casGToWaiting" || kind.name == "casGToWaitingForGC";
    if (kind.name == "g.atomicstatus.Cas") gCas = kind.number;
    if (kind.name == "p.status.Store") pStore = kind.number;
    if (kind.name == "p.status.Cas") pCas = kind.number;
  }
  // Counted by number; names come at the end.
  std::map<std::pair<uint64_t, uint64_t>, long> g, p, outside;
  constexpr uint64_t kNew = 99, kWaiting = 4;
  std::map<int64_t, uint64_t> now;  // P to its status
  schedlog::Record record;
  while (reader.Next(record)) {
    if (fromTo[record.kind & 255]) outside[{record.a[1], record.a[2]}]++;
    if (toWaiting[record.kind & 255]) outside[{record.a[1], kWaiting}]++;
    if (record.kind == gCas) {
      if (record.a[3] != 0) g[{record.a[1], record.a[2]}]++;
    } else if (record.kind == pStore) {
      const auto [known, first] = now.emplace(record.a[0], kNew);
      p[{known->second, record.a[1]}]++;
      known->second = record.a[1];
    } else if (record.kind == pCas) {
      if (record.a[3] == 0) continue;
      p[{record.a[1], record.a[2]}]++;
      now[record.a[0]] = record.a[2];
    }
  }
  for (const auto& [pair, n] : g) seen.g[{GName(pair.first), GName(pair.second)}] += n;
  for (const auto& [pair, n] : outside) seen.outside[{GName(pair.first), GName(pair.second)}] += n;
  for (const auto& [pair, n] : p) {
    seen.p[{pair.first == kNew ? "new" : PName(pair.first), PName(pair.second)}] += n;
  }
  return reader.status();
}

}  // namespace statuses
