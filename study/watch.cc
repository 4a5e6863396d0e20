// The port's Ms have small stacks; whoever watches stands on one of its own, and is switched to for each record.
#include "study/watch.h"

#include "study/where.h"
#include "worlds/lockstep/fiber.h"
#include "worlds/lockstep/step.h"

namespace study {
namespace {

constexpr size_t kStackBytes = 8 << 20;
constexpr int kPcs = 16;

struct Watcher {
  const schedlog::Header* log;
  Look* look;
  const std::function<void(const Moment&)>* see;
  std::vector<schedlog::Kind> kinds;  // by number

  lockstep::Fiber* port;  // whichever M's stack the port is on
  lockstep::Fiber* own;

  const schedlog::Record* record;
  uint64_t next = 0, last;
  uintptr_t pcs[kPcs];
  int n;
  std::string state;
};
Watcher* watcher;

// On the watcher's own stack, for ever.
void Work(void*) {
  for (;;) {
    Watcher& w = *watcher;
    const schedlog::Kind& kind = w.kinds[w.record->kind & 0xff];
    const std::vector<Cell*>& changes = w.look->After(*w.record, kind);
    (*w.see)({w.next, *w.record, kind, changes, w.pcs, w.n});
    lockstep::Fiber::Switch(*w.own, *w.port);
  }
}

void Sink(const schedlog::Record& record) {
  Watcher& w = *watcher;
  w.record = &record;
  w.n = Callers(w.pcs, kPcs);
  lockstep::Fiber::Switch(*w.port, *w.own);
  if (w.next++ == w.last) lockstep::stopHere(w.state);
}

}  // namespace

Watched Watch(const std::string& path, const schedlog::Header& log, uint64_t last, Look& look,
              const std::function<void(const Moment&)>& see) {
  lockstep::Fiber port, own(kStackBytes, Work, nullptr);
  Watcher w{.log = &log, .look = &look, .see = &see, .kinds = std::vector<schedlog::Kind>(256), .port = &port,
            .own = &own, .record = nullptr, .last = last, .pcs = {}, .n = 0, .state = {}};
  for (const schedlog::Kind& kind : log.kinds) w.kinds[kind.number] = kind;
  watcher = &w;
  Watched watched;
  lockstep::stepSink = Sink;
  watched.text = lockstep::Replay(path, watched.result);
  lockstep::stepSink = nullptr;
  watched.records = w.next;
  watched.state = w.state;
  return watched;
}

}  // namespace study
