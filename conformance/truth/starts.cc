// An M that looks for work takes a goroutine off a queue by one operation that can be seen, and the last one before the
// record "found" is that which gave the goroutine. Starts that were not found follow another record of the same M: the
// end of a system call, a park that was refused, a wakeup of a wired thread.
#include "conformance/truth/starts.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "conformance/schedlog/reader.h"

namespace truth {
namespace {

using schedlog::Record;

constexpr int64_t kStartTrace = 10;  // stwStartTrace of Go 1.24
constexpr int64_t kRunnable = 1, kRunning = 2, kSyscall = 3;  // of a g's status
constexpr int64_t kPSyscall = 2;
constexpr std::string_view kReleases[] = {"go1.24", "go1.25", "go1.26", "go1.27"};

// What was taken last off a queue.
struct Taken {
  Place place = Place::kNone;
  int32_t from = -1;
  uint32_t batch = 0;
};

struct Found {
  uint64_t g = 0;
  Rule rule = Rule::kRing;
  Taken taken;
};

struct M {
  int32_t p = -1;
  uint64_t curg = 0;
  Taken taken;
  std::optional<Found> found;
  bool refused = false;    // the park that it made did not come about
  bool switching = false;  // to a coroutine
  // The system call that it is in, or comes back from.
  int32_t old_p = -1;
  uint64_t tick = 0;
  bool returning = false;
  bool has_old_p = false;  // it was still in the call that it comes back from, or in another one
  bool without_p = false;  // it found none
};

class Log {
 public:
  explicit Log(bool whole) : tracing_(whole) {}

  absl::StatusOr<std::vector<Start>> Read(const std::string& path) {
    schedlog::Reader reader;
    if (absl::Status opened = reader.Open(path); !opened.ok()) return opened;
    const std::string& release = reader.header().go_version;
    const bool is_known = std::any_of(std::begin(kReleases), std::end(kReleases),
                                      [&](std::string_view known) { return release.starts_with(known); });
    if (!is_known) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": a log of ", release, ", not of Go 1.24 to 1.27"));
    }
    by_owner_ = !release.starts_with("go1.24") && !release.starts_with("go1.25");
    for (const schedlog::Kind& kind : reader.header().kinds) {
      for (const auto& [name, step] : Steps()) {
        if (kind.name == name) steps_[kind.number] = step;
      }
    }
    Record record;
    while (reader.Next(record)) {
      if (auto step = steps_[record.kind & 255]; step != nullptr) {
        index_ = reader.record_index();
        (this->*step)(record, ms_[record.m]);
      }
    }
    if (!reader.status().ok()) return reader.status();
    if (!unexplained_.empty()) return absl::InternalError(absl::StrCat(path, ": ", unexplained_));
    if (!tracing_) return absl::NotFoundError(absl::StrCat(path, ": the program began no trace"));
    return std::move(starts_);
  }

 private:
  using Step = void (Log::*)(const Record&, M&);

  static const std::vector<std::pair<const char*, Step>>& Steps() {
    static const auto* const steps = new std::vector<std::pair<const char*, Step>>{
        {"startTheWorldWithSema", &Log::StartTheWorld},
        {"p.m.Store", &Log::SetOwner},
        {"m.curg.Store", &Log::SetCurrent},
        {"p.runnext.Cas", &Log::TakeRunnext},
        {"p.runqhead.Cas", &Log::TakeRing},
        {"sched.runqsize.Add", &Log::TakeGlobal},
        {"sched.runq.pop", &Log::PopGlobal},
        {"found", &Log::Find},
        {"startlockedm", &Log::HandToWired},
        {"waitunlockf.ret", &Log::ParkDecided},
        {"p.syscalltick.Add", &Log::SetTick},
        {"entersyscall", &Log::EnterCall},
        {"entersyscallblock", &Log::EnterBlockingCall},
        {"exitsyscall", &Log::ExitCall},
        {"p.status.Cas", &Log::TakeOldP},
        {"g.atomicstatus.Cas", &Log::SetStatus},
        {"coroswitch_m", &Log::SwitchCoroutine},
        {"procresize", &Log::Resize},
        {"execute", &Log::Execute},
    };
    return *steps;
  }

  // In the wire's form ids of Ps and Ms are plus one, and 0 is nil.
  static int32_t Id(int64_t wire) { return static_cast<int32_t>(wire - 1); }

  void Add(const Record& r, const M& m, uint64_t g, Rule rule, Taken taken) {
    if (!tracing_) return;
    starts_.push_back({.g = g,
                       .nth = count_[g]++,
                       .m = r.m,
                       .p = m.p,
                       .rule = rule,
                       .place = taken.place,
                       .from = taken.from,
                       .batch = taken.batch,
                       .record = index_});
  }

  void StartTheWorld(const Record& r, M&) { tracing_ = tracing_ || r.a[1] == kStartTrace; }

  void SetOwner(const Record& r, M&) {
    const int32_t p = Id(r.a[0]);
    if (auto it = owner_.find(p); it != owner_.end()) ms_[it->second].p = -1;
    owner_.erase(p);
    if (r.a[1] == 0) {
      // From Go 1.26 on: what it had and another one has in a call is taken back.
      if (M& taker = ms_[r.m]; by_owner_ && taker.returning) taker.has_old_p = true;
      return;
    }
    const auto id = static_cast<uint32_t>(Id(r.a[1]));
    owner_[p] = id;
    M& m = ms_[id];
    m.p = p;
    if (by_owner_ && m.returning && !m.without_p && id == r.m) {
      m.returning = false;
      Add(r, m, m.curg, m.has_old_p ? Rule::kSyscallOwnP : Rule::kSyscallIdleP, {});
    }
  }

  void SetCurrent(const Record& r, M&) {
    ms_[static_cast<uint32_t>(Id(r.a[0]))].curg = static_cast<uint64_t>(r.a[1]);
  }

  void TakeRunnext(const Record& r, M& m) {
    if (r.a[2] == 0 && r.a[3] != 0) m.taken = {Place::kRunnext, Id(r.a[0]), 1};
  }

  void TakeRing(const Record& r, M& m) {
    // Indices have 32 bits and turn around.
    const auto n = static_cast<uint32_t>(r.a[2]) - static_cast<uint32_t>(r.a[1]);
    if (r.a[3] != 0) m.taken = {Place::kRing, Id(r.a[0]), n};
  }

  void TakeGlobal(const Record& r, M& m) {
    if (r.a[0] < 0) m.taken = {Place::kGlobal, -1, static_cast<uint32_t>(-r.a[0])};
  }

  // From Go 1.25 on the queue knows its length.
  void PopGlobal(const Record& r, M& m) {
    if (r.a[0] == 0) return;
    m.taken = {Place::kGlobal, -1, m.taken.place == Place::kGlobal ? m.taken.batch + 1 : 1};
  }

  void Find(const Record& r, M& m) {
    Found found{static_cast<uint64_t>(r.a[1]), Rule::kRing, {}};
    bool queued = false;
    switch (r.a[0]) {
      case 1: found.rule = Rule::kTraceReader; break;
      case 2: found.rule = Rule::kGCWorker; break;
      case 3: found.rule = Rule::kGlobal61, queued = true; break;
      case 4: found.rule = r.a[2] != 0 ? Rule::kRunnext : Rule::kRing, queued = true; break;
      case 5: found.rule = Rule::kGlobal, queued = true; break;
      case 6: found.rule = Rule::kNetpoll; break;
      case 7: found.rule = Rule::kSteal, queued = true; break;
      case 8: found.rule = Rule::kIdleGCWorker; break;
      case 9: found.rule = Rule::kBeforeIdle; break;
      case 10: found.rule = Rule::kGlobalLast, queued = true; break;
      case 11: found.rule = Rule::kGlobalNoP, queued = true; break;
      case 12: found.rule = Rule::kIdleGCNoP; break;
      case 13: found.rule = Rule::kNetpollBlock; break;
    }
    if (queued) found.taken = m.taken;
    m.taken = {};
    m.found = found;
  }

  void HandToWired(const Record& r, M& m) {
    if (m.found) wired_[static_cast<uint64_t>(r.a[0])] = *std::exchange(m.found, std::nullopt);
  }

  void ParkDecided(const Record& r, M& m) { m.refused = r.a[0] == 0; }

  void SetTick(const Record& r, M&) { tick_[Id(r.a[0])] = static_cast<uint64_t>(r.a[2]); }

  void EnterCall(const Record&, M& m) {
    m.old_p = m.p;
    m.tick = tick_[m.p];
  }

  // It gives its P away at once and does not ask for that one when it comes back.
  void EnterBlockingCall(const Record&, M& m) { m.old_p = -1; }

  void ExitCall(const Record&, M& m) {
    m.returning = true;
    m.has_old_p = m.without_p = false;
  }

  void TakeOldP(const Record& r, M& m) {
    if (m.returning && r.a[1] == kPSyscall && r.a[3] != 0) m.has_old_p = true;
  }

  void SetStatus(const Record& r, M& m) {
    const auto g = static_cast<uint64_t>(r.a[0]);
    if (r.a[3] == 0) return;
    if (m.returning && r.a[1] == kSyscall && r.a[2] == kRunning && g == m.curg) {
      // With a P; whether it is told as a start goes by whether the P was lost meanwhile. From Go 1.26 on it may have
      // none yet.
      if (by_owner_ && m.p < 0) return;
      m.returning = false;
      if (by_owner_) return;
      // The tick has moved once by now, for the end of the call.
      const bool lost = m.p != m.old_p || tick_[m.p] != m.tick + 1;
      if (lost) Add(r, m, g, m.has_old_p ? Rule::kSyscallOwnP : Rule::kSyscallIdleP, {});
    } else if (m.returning && r.a[1] == kRunning && r.a[2] == kRunnable && g == m.curg) {
      m.without_p = true;
    } else if (m.switching && r.a[2] == kRunning) {
      m.switching = false;
      Add(r, m, g, Rule::kCoroutine, {});
    }
  }

  void SwitchCoroutine(const Record&, M& m) { m.switching = true; }

  void Resize(const Record& r, M& m) {
    if (m.p >= r.a[0] && m.curg != 0) {
      M moved = m;
      moved.p = 0;
      Add(r, moved, m.curg, Rule::kResize, {});
    }
  }

  void Execute(const Record& r, M& m) {
    const auto g = static_cast<uint64_t>(r.a[0]);
    const auto wired = wired_.find(g);
    if (m.found && m.found->g == g) {
      Add(r, m, g, m.found->rule, m.found->taken);
    } else if (wired != wired_.end()) {
      Add(r, m, g, Rule::kWired, wired->second.taken);
    } else if (m.refused) {
      Add(r, m, g, Rule::kParkRefused, {});
    } else if (m.returning) {
      Add(r, m, g, Rule::kSyscallIdleP, {});
    } else if (unexplained_.empty()) {
      unexplained_ = absl::StrCat("record ", index_, ": G", g, " starts, and nothing in front of that tells why");
    }
    if (wired != wired_.end()) wired_.erase(wired);
    m.found.reset();
    m.refused = m.returning = false;
  }

  Step steps_[256] = {};
  std::map<uint32_t, M> ms_;
  absl::flat_hash_map<int32_t, uint32_t> owner_;  // the M of a P
  absl::flat_hash_map<int32_t, uint64_t> tick_;   // a P's syscalltick
  absl::flat_hash_map<uint64_t, Found> wired_;    // found by another thread than theirs
  absl::flat_hash_map<uint64_t, uint32_t> count_;
  uint64_t index_ = 0;
  std::string unexplained_;
  bool tracing_;
  bool by_owner_ = false;  // a P in a call is told from others by its M, from Go 1.26 on
  std::vector<Start> starts_;
};

}  // namespace

const char* TextOf(Rule rule) {
  static const char* const text[] = {
      "the trace's reader",
      "GC worker",
      "global queue, 61st tick",
      "runnext",
      "local ring",
      "global queue",
      "network",
      "stolen",
      "idle GC worker",
      "before idling",
      "global queue, before idling",
      "global queue, without a P",
      "idle GC worker, without a P",
      "network, after a wait",
      "wired to its thread",
      "park refused",
      "system call, own P",
      "system call, idle P",
      "coroutine",
      "GOMAXPROCS changed",
  };
  return text[static_cast<int>(rule)];
}

const char* TextOf(Place place) {
  static const char* const text[] = {"none", "runnext", "ring", "global"};
  return text[static_cast<int>(place)];
}

absl::StatusOr<std::vector<Start>> ReadStarts(const std::string& path) { return Log(false).Read(path); }
absl::StatusOr<std::vector<Start>> ReadAllStarts(const std::string& path) { return Log(true).Read(path); }

}  // namespace truth
