// Everything is read off the changes of the goroutines' status. The records around them say who runs (m.curg), why a
// goroutine parks (gopark), how it gave up the processor, and whether a coroutine's switch is under way.
#include "conformance/twins/from_log.h"

#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "conformance/schedlog/reader.h"
#include "conformance/twins/story.h"
#include "runtime/runtime2.h"

namespace twins {

namespace {

using runtime::_Gdead;
using runtime::_Grunnable;
using runtime::_Grunning;
using runtime::_Gsyscall;
using runtime::_Gwaiting;

// What is known of one thread.
struct Thread {
  uint64_t curg = 0;
  bool creating = false;        // in newproc1
  bool system = false;          // of what is created
  bool inherit = false;         // of the last execute
  uint8_t reason = 0;           // of the last gopark
  std::string_view stop = "gosched";
  bool switching = false;       // in coroswitch_m
  bool switch_ends = false;
  uint64_t switch_from = 0;
};

}  // namespace

absl::StatusOr<std::string> StoryOfLog(const std::string& path) {
  schedlog::Reader reader;
  if (absl::Status status = reader.Open(path); !status.ok()) return status;
  if (reader.header().gomaxprocs != 1) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a log of GOMAXPROCS=1"));
  }
  Story story;
  std::unordered_map<uint64_t, Thread> threads;
  uint64_t tick = 0;
  bool returned = false;
  schedlog::Record record;
  while (!returned && reader.Next(record)) {
    const std::string& kind = reader.kind(record.kind).name;
    Thread& t = threads[record.m];
    const auto arg = [&](int i) { return static_cast<uint64_t>(record.a[i]); };
    if (kind == "g.atomicstatus.Cas") {
      const uint64_t g = arg(0), from = arg(1), to = arg(2);
      if (record.a[3] == 0 || g == 0) continue;
      if (t.switching) {
        if (from == _Grunning) {
          t.switch_from = g;
          t.switch_ends = to == _Gdead;
        } else if (to == _Grunning) {
          story.Switch(t.switch_from, g, t.switch_ends);
          t.switching = false;
        }
      } else if (t.creating && from == _Gdead) {
        story.Create(t.curg, g, t.system, to == _Gwaiting);
        t.creating = false;
      } else if (from == _Grunnable && to == _Grunning) {
        story.Start(g, tick + (t.inherit ? 0 : 1));
      } else if (from == _Grunning && to == _Grunnable) {
        story.Stop(g, t.stop);
        t.stop = "gosched";
      } else if (from == _Grunning && to == _Gwaiting) {
        story.Block(g, std::string_view(String(static_cast<runtime::waitReason>(t.reason))));
      } else if (from == _Gwaiting && to == _Grunnable) {
        story.Unblock(t.curg, g);
      } else if (from == _Grunning && to == _Gdead) {
        story.End(g);
      } else if (from == _Grunning && to == _Gsyscall) {
        story.EnterSyscall(g);
      } else if (from == _Gsyscall) {
        story.LeaveSyscall(g);
      }
    } else if (kind == "m.curg.Store") {
      threads[static_cast<uint64_t>(record.a[0] - 1)].curg = arg(1);
    } else if (kind == "newproc1") {
      t.creating = true;
    } else if (kind == "isSystemGoroutine") {
      t.system = record.a[0] != 0;
    } else if (kind == "execute") {
      t.inherit = record.a[1] != 0;
    } else if (kind == "p.schedtick.Add") {
      tick = arg(2);
    } else if (kind == "gopark") {
      t.reason = static_cast<uint8_t>(record.a[2]);
    } else if (kind == "goyield" || kind == "gopreempt_m") {
      t.stop = "preempted";
    } else if (kind == "coroswitch_m") {
      t.switching = true;
    } else if (kind == "main_main.ret") {
      returned = true;
    }
  }
  if (!returned) {
    if (!reader.status().ok()) return reader.status();
    return absl::InvalidArgumentError(absl::StrCat(path, ": main.main does not return in it"));
  }
  return story.text();
}

}  // namespace twins
