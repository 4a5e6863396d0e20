// Reads the port's structs. No access here is one of the port's: fields of the seam are read plainly, nothing is
// locked.
#include "study/look.h"

#include <algorithm>

#include "seam/slog.h"
#include "worlds/lockstep/step.h"

namespace study {

using runtime::g;
using runtime::m;
using runtime::p;

namespace {

// A list that is being changed may for a moment be a ring.
constexpr size_t kEndless = 1 << 20;

std::string_view GStatus(uint32_t status) {
  switch (status & ~runtime::_Gscan) {
    case runtime::_Gidle: return "idle";
    case runtime::_Grunnable: return "runnable";
    case runtime::_Grunning: return "running";
    case runtime::_Gsyscall: return "syscall";
    case runtime::_Gwaiting: return "waiting";
    case runtime::_Gdead: return "dead";
    case runtime::_Gcopystack: return "copystack";
    case runtime::_Gpreempted: return "preempted";
    default: return "?";
  }
}

std::string_view PStatus(uint32_t status) {
  switch (status) {
    case runtime::_Pidle: return "idle";
    case runtime::_Prunning: return "running";
    case runtime::_Psyscall: return "syscall";
    case runtime::_Pgcstop: return "gcstop";
    case runtime::_Pdead: return "dead";
    default: return "?";
  }
}

Value IdOf(const g* gp) { return gp == nullptr ? 0 : static_cast<Value>(gp->goid.plain()); }
Value IdOf(const p* pp) { return pp == nullptr ? 0 : pp->id + 1; }
Value IdOf(const m* mp) { return mp == nullptr ? 0 : mp->id + 1; }

}  // namespace

std::string Look::StartOf(const g* gp) {
  // Where a new goroutine will begin is its context, until it runs.
  const auto* fn = static_cast<const runtime::funcval*>(gp->sched.ctxt);
  return fn == nullptr ? "" : std::string(lockstep::startName(fn));
}

Cell* Look::New(char object, int64_t id, const char* field, Type type) {
  cells_.push_back({.object = object, .id = id, .field = field, .type = type, .list = {}, .gone = {}});
  return &cells_.back();
}

Value Look::Number(std::string_view word) {
  auto [it, fresh] = word_numbers_.try_emplace(std::string(word), static_cast<Value>(words_.size()));
  if (fresh) words_.emplace_back(word);
  return it->second;
}

void Look::Set(Cell* cell, Value value) {
  if (value == cell->value) return;
  if (!cell->changing) {
    cell->changing = true;
    cell->before = cell->value;
    changes_.push_back(cell);
  }
  cell->value = value;
}

void Look::SetWord(Cell* cell, std::string_view word) {
  if (word == words_[static_cast<size_t>(cell->value)]) return;
  Set(cell, Number(word));
}

void Look::SetList(Cell* cell) {
  std::vector<Value>& old = cell->list;
  if (old == scratch_) return;
  size_t same = 0, tail = 0;
  const size_t least = std::min(old.size(), scratch_.size());
  while (same < least && old[same] == scratch_[same]) same++;
  while (tail < least - same && old[old.size() - 1 - tail] == scratch_[scratch_.size() - 1 - tail]) tail++;
  cell->at = static_cast<uint32_t>(same);
  cell->removed = static_cast<uint32_t>(old.size() - same - tail);
  cell->inserted = static_cast<uint32_t>(scratch_.size() - same - tail);
  cell->gone.assign(old.begin() + cell->at, old.begin() + cell->at + cell->removed);
  cell->changing = true;
  changes_.push_back(cell);
  old.swap(scratch_);
}

void Look::Begin() {
  for (Cell* cell : changes_) cell->changing = false;
  changes_.clear();
  looks_++;
  if (has_sched_) return;
  has_sched_ = true;
  auto cell = [&](const char* field, Type type) { return New('S', 0, field, type); };
  sched_ = {.gcwaiting = cell("gcwaiting", Type::kBool),
            .stopwait = cell("stopwait", Type::kNumber),
            .sysmonwait = cell("sysmonwait", Type::kBool),
            .npidle = cell("npidle", Type::kNumber),
            .nmspinning = cell("nmspinning", Type::kNumber),
            .needspinning = cell("needspinning", Type::kNumber),
            .nmidle = cell("nmidle", Type::kNumber),
            .nmidlelocked = cell("nmidlelocked", Type::kNumber),
            .nmsys = cell("nmsys", Type::kNumber),
            .ngsys = cell("ngsys", Type::kNumber),
            .gfree = cell("gFree.n", Type::kNumber),
            .runqsize = cell("runqsize", Type::kNumber),
            .lock = cell("lock", Type::kBool),
            .runq = cell("runq", Type::kGs),
            .pidle = cell("pidle", Type::kPs),
            .midle = cell("midle", Type::kMs)};
}

void Look::Scheduler(bool all) {
  runtime::schedt& s = runtime::sched;
  Set(sched_.gcwaiting, s.gcwaiting.u.value);
  Set(sched_.stopwait, s.stopwait);
  Set(sched_.sysmonwait, s.sysmonwait.u.value);
  Set(sched_.npidle, s.npidle.value);
  Set(sched_.nmspinning, s.nmspinning.value);
  Set(sched_.needspinning, s.needspinning.value);
  Set(sched_.nmidle, s.nmidle);
  Set(sched_.nmidlelocked, s.nmidlelocked);
  Set(sched_.nmsys, s.nmsys);
  Set(sched_.ngsys, s.ngsys.value);
  Set(sched_.gfree, s.gFree.n);
  Set(sched_.lock, s.lock.key != 0);
  const Value size = s.runqsize.plain();
  g *head = s.runq.head.ptr(), *tail = s.runq.tail.ptr();
  if (all || head != runq_head_ || tail != runq_tail_ || size != sched_.runqsize->value) {
    runq_head_ = head;
    runq_tail_ = tail;
    scratch_.clear();
    for (g* gp = head; gp != nullptr && scratch_.size() < kEndless; gp = gp->schedlink.ptr()) {
      scratch_.push_back(IdOf(gp));
      if (gp == tail) break;
    }
    SetList(sched_.runq);
  }
  Set(sched_.runqsize, size);
  p* pidle = s.pidle.plain().ptr();
  if (all || pidle != pidle_) {
    pidle_ = pidle;
    scratch_.clear();
    for (p* pp = pidle; pp != nullptr && scratch_.size() < kEndless; pp = pp->link.ptr()) scratch_.push_back(pp->id);
    SetList(sched_.pidle);
  }
  m* midle = s.midle.ptr();
  if (all || midle != midle_) {
    midle_ = midle;
    scratch_.clear();
    for (m* mp = midle; mp != nullptr && scratch_.size() < kEndless; mp = mp->schedlink.ptr()) {
      scratch_.push_back(mp->id);
    }
    SetList(sched_.midle);
  }
}

void Look::Ps(bool all) {
  for (runtime::intptr i = 0; i < runtime::allp.len; i++) {
    const p* pp = runtime::allp[i];
    if (static_cast<size_t>(i) == ps_.size()) {
      auto cell = [&](const char* field, Type type) { return New('P', i, field, type); };
      ps_.push_back({.status = cell("status", Type::kWord),
                     .m = cell("m", Type::kM),
                     .runnext = cell("runnext", Type::kG),
                     .runq = cell("runq", Type::kGs),
                     .schedtick = cell("schedtick", Type::kNumber),
                     .syscalltick = cell("syscalltick", Type::kNumber),
                     .preempt = cell("preempt", Type::kBool),
                     .gfree = cell("gFree.n", Type::kNumber)});
    }
    OfP& of = ps_[static_cast<size_t>(i)];
    if (pp == nullptr) continue;
    SetWord(of.status, PStatus(pp->status.plain()));
    Set(of.m, IdOf(pp->m.plain().ptr()));
    Set(of.runnext, IdOf(pp->runnext.plain().ptr()));
    Set(of.schedtick, pp->schedtick.plain());
    Set(of.syscalltick, pp->syscalltick.plain());
    Set(of.preempt, pp->preempt);
    Set(of.gfree, pp->gFree.n);
    const uint32_t head = pp->runqhead.plain(), tail = pp->runqtail.plain();
    if (all || head != of.head || tail != of.tail) {
      of.head = head;
      of.tail = tail;
      scratch_.clear();
      for (uint32_t k = head; k != tail && tail - k <= 256; k++) scratch_.push_back(IdOf(pp->runq[k % 256].ptr()));
      SetList(of.runq);
    }
  }
  // GOMAXPROCS has shrunk.
  for (size_t i = static_cast<size_t>(runtime::allp.len); i < ps_.size(); i++) SetWord(ps_[i].status, "");
}

void Look::Ms() {
  for (const m* mp = runtime::allm; mp != nullptr; mp = mp->alllink) {
    auto [it, fresh] = ms_.try_emplace(mp->id);
    OfM& of = it->second;
    if (fresh) {
      auto cell = [&](const char* field, Type type) { return New('M', mp->id, field, type); };
      of = {.there = cell("there", Type::kBool),
            .p = cell("p", Type::kP),
            .nextp = cell("nextp", Type::kP),
            .curg = cell("curg", Type::kG),
            .spinning = cell("spinning", Type::kBool),
            .idle = cell("idle", Type::kBool),
            .locks = cell("locks", Type::kNumber),
            .lockedg = cell("lockedg", Type::kG)};
    }
    of.seen = looks_;
    Set(of.there, 1);
    Set(of.p, IdOf(mp->p.ptr()));
    Set(of.nextp, IdOf(mp->nextp.ptr()));
    Set(of.curg, IdOf(mp->curg.plain()));
    Set(of.spinning, mp->spinning);
    Set(of.locks, mp->locks);
    Set(of.lockedg, IdOf(mp->lockedg.ptr()));
    if (g* gp = mp->curg.plain(); gp != nullptr) now_.push_back(gp);
  }
  const std::vector<Value>& idle = sched_.midle->list;
  for (auto& [id, of] : ms_) {
    if (of.seen != looks_) {
      for (Cell* cell : {of.there, of.p, of.nextp, of.curg, of.spinning, of.locks, of.lockedg}) Set(cell, 0);
    }
    Set(of.idle, std::find(idle.begin(), idle.end(), id) != idle.end());
  }
}

void Look::G(g* gp) {
  const Value goid = IdOf(gp);
  Value& last = goids_[gp];
  if (last != goid && last != 0) Gone(last);
  last = goid;
  if (goid == 0) return;
  by_goid_[goid] = gp;
  auto [it, fresh] = gs_.try_emplace(goid);
  OfG& of = it->second;
  if (fresh) {
    auto cell = [&](const char* field, Type type) { return New('G', goid, field, type); };
    of = {.status = cell("status", Type::kWord),
          .waitreason = cell("waitreason", Type::kWord),
          .m = cell("m", Type::kM),
          .lockedm = cell("lockedm", Type::kM)};
    if (born != nullptr) born(context, goid, gp);
  }
  const uint32_t status = gp->atomicstatus.value;
  if ((status & runtime::_Gscan) != 0) {
    SetWord(of.status, std::string(GStatus(status)) + "+scan");
  } else {
    SetWord(of.status, GStatus(status));
  }
  const bool waits = (status & ~runtime::_Gscan) == runtime::_Gwaiting;
  SetWord(of.waitreason, waits ? std::string_view(String(gp->waitreason)) : "");
  Set(of.m, IdOf(gp->m));
  Set(of.lockedm, IdOf(gp->lockedm.ptr()));
}

void Look::Gone(int64_t goid) {
  const auto it = gs_.find(goid);
  if (it == gs_.end()) return;
  for (Cell* cell : {it->second.status, it->second.waitreason, it->second.m, it->second.lockedm}) Set(cell, 0);
  gs_.erase(it);
  by_goid_.erase(goid);
}

const std::vector<Cell*>& Look::After(const schedlog::Record& record, const schedlog::Kind& kind) {
  Begin();
  now_.clear();
  Scheduler(false);
  Ps(false);
  Ms();
  auto named = [&](int64_t goid) {
    if (g* gp = lockstep::gByID(goid); gp != nullptr) now_.push_back(gp);
  };
  for (size_t i = 0; i < kind.args.size(); i++) {
    if (kind.args[i].type == schedlog::ArgType::kG) named(record.a[i]);
    if (kind.args[i].type == schedlog::ArgType::kGList) {
      for (uint64_t goid : record.list) named(static_cast<int64_t>(goid));
    }
  }
  for (g* gp : recent_) G(gp);
  for (g* gp : now_) G(gp);
  recent_.swap(now_);
  return changes_;
}

const std::vector<Cell*>& Look::LookAtAll() {
  Begin();
  now_.clear();
  Scheduler(true);
  Ps(true);
  Ms();
  auto [array, n] = runtime::atomicAllG();
  for (runtime::uintptr i = 0; i < n; i++) G(array[i]);
  recent_.swap(now_);
  return changes_;
}

}  // namespace study
