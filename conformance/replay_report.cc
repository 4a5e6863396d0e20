// Adds up replays by kind of decision.
#include "conformance/replay_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"

namespace conformance {

namespace {

uint64_t SumOf(const std::array<uint64_t, 32>& counts, int first, int third) {
  uint64_t n = 0;
  for (int i = 0; i < 32; i++) {
    if (first >= 0 && (i & 15) != first) continue;
    if (third >= 0 && (i >> 4) != third) continue;
    n += counts[static_cast<size_t>(i)];
  }
  return n;
}

}  // namespace

void Summary::Add(const FileReport& file, const schedlog::Header& header) {
  const lockstep::Result& r = file.result;
  if (r.outcome == lockstep::Result::kBadInput) {
    unreadable_++;
  } else {
    files_++;
  }
  if (r.outcome == lockstep::Result::kDiverged) divergences_++;
  records_ += r.records;
  retaken_ += r.retaken;
  goroutines_ += r.goroutines;
  threads_ += r.threads;
  for (size_t i = 0; i < classes_.size(); i++) classes_[i] += r.classes[i];
  for (const schedlog::Kind& kind : header.kinds) {
    auto& counts = kinds_[kind.name];
    for (size_t i = 0; i < 32; i++) counts[i] += r.kinds[kind.number][i];
    if (r.outcome == lockstep::Result::kDiverged && r.divergedKind == kind.number) {
      diverged_[kind.name][r.divergedCell & 31]++;
    }
  }
}

// The reasons of `found` are the return statements of findRunnable, top to bottom (proc.cc, enum why).
std::vector<Summary::Row> Summary::Rows(const Kinds& kinds, uint64_t retaken) {
  auto Count = [&](const char* kind, int first = -1, int third = -1) -> uint64_t {
    auto it = kinds.find(kind);
    return it == kinds.end() ? 0 : SumOf(it->second, first, third);
  };
  return {
      {"run: runnext", Count("found", 4, 1)},
      {"run: local queue", Count("found", 4, 0)},
      {"run: global queue, 61st tick", Count("found", 3)},
      {"run: global queue", Count("found", 5) + Count("found", 10) + Count("found", 11)},
      {"run: netpoll, passing by", Count("found", 6)},
      {"run: netpoll, blocked in it", Count("found", 13)},
      {"run: stolen", Count("found", 7, 0)},
      {"run: readied by a stolen timer", Count("found", 7, 1)},
      {"run: GC worker", Count("found", 2)},
      {"run: idle GC worker", Count("found", 8) + Count("found", 12)},
      {"run: trace reader", Count("found", 1)},
      {"execute", Count("execute")},
      {"queue: runnext", Count("runqput", -1, 1)},
      {"queue: local tail", Count("runqput", -1, 0)},
      {"queue: global tail", Count("globrunqput")},
      {"queue: global head", Count("globrunqputhead")},
      {"queue: global, a batch", Count("globrunqputbatch")},
      {"ready", Count("ready")},
      {"go statement", Count("newproc")},
      {"timers checked", Count("timers.check")},
      {"wakep: taken", Count("wakep", 1)},
      {"wakep: not taken", Count("wakep", 0)},
      {"startm", Count("startm")},
      {"idle thread: taken", Count("mget") - Count("mget", 0)},
      {"idle thread: none", Count("mget", 0)},
      {"idle thread: put", Count("mput")},
      {"thread made", Count("newosproc")},
      {"thread ended", Count("mexit")},
      {"locked M: handed the P", Count("startlockedm")},
      {"locked M: waits", Count("stoplockedm")},
      {"handoff of a P", Count("handoffp")},
      {"retake from a system call", retaken},
      {"preempt: asked", Count("preemptone")},
      {"preempt: yielded", Count("gopreempt_m")},
      {"preempt: parked", Count("preemptPark")},
      {"stopped for the world", Count("gcstopm")},
      {"world stopped", Count("stopTheWorldWithSema")},
      {"number of Ps set", Count("procresize")},
      {"netpoll broken", Count("netpollBreak")},
      {"coroutine switch", Count("coroswitch_m")},
      {"status changes", Count("g.atomicstatus.Cas")},
  };
}

std::string Summary::Text() const {
  std::string s;
  if (records_ != 0) s = absl::StrFormat("%-34s %12s %12s\n", "decision", "made", "agree");
  std::vector<Row> agreed = Rows(kinds_, retaken_);
  std::vector<Row> differ = Rows(diverged_, 0);
  for (size_t i = 0; i < agreed.size(); i++) {
    uint64_t made = agreed[i].count + differ[i].count;
    if (made != 0) absl::StrAppendFormat(&s, "%-34s %12d %12d\n", agreed[i].name, made, agreed[i].count);
  }
  absl::StrAppendFormat(&s, "\n%d inputs, %d oracles, %d accesses in order, %d decisions; %d threads\n", classes_[0],
                        classes_[1], classes_[2], classes_[3], threads_);
  if (unreadable_ != 0) {
    absl::StrAppendFormat(&s, "%d files could not be read to their end: they do not count as replayed\n", unreadable_);
  }
  absl::StrAppendFormat(&s, "replayed %d files, %d records, %d decisions, %d divergences\n", files_, records_,
                        classes_[3], divergences_);
  return s;
}

std::string Summary::Json(const std::vector<FileReport>& files) const {
  nlohmann::ordered_json j;
  j["files"] = files_;
  j["records"] = records_;
  j["inputs"] = classes_[0];
  j["oracles"] = classes_[1];
  j["order"] = classes_[2];
  j["decisions"] = classes_[3];
  j["divergences"] = divergences_;
  j["unreadable"] = unreadable_;
  for (const Row& row : Rows(kinds_, retaken_)) j["by_decision"][row.name] = row.count;
  for (const auto& [name, counts] : kinds_) {
    if (uint64_t n = SumOf(counts, -1, -1); n != 0) j["by_kind"][name] = n;
  }
  j["logs"] = nlohmann::ordered_json::array();
  for (const FileReport& file : files) {
    nlohmann::ordered_json f;
    f["path"] = file.path;
    f["outcome"] = file.result.outcome == lockstep::Result::kAgrees     ? "agrees"
                   : file.result.outcome == lockstep::Result::kDiverged ? "diverged"
                                                                        : "unreadable";
    f["records"] = file.result.records;
    f["decisions"] = file.result.classes[3];
    f["seconds"] = file.seconds;
    f["replays"] = file.runs;
    f["cut"] = file.result.cut;
    if (file.result.outcome == lockstep::Result::kDiverged) f["record"] = file.result.divergence;
    if (!file.text.empty()) f["report"] = file.text;
    j["logs"].push_back(f);
  }
  return j.dump(2) + "\n";
}

}  // namespace conformance
