// Names of goroutines, and the places where runnable ones lie.
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "worlds/guided/guide.h"

namespace guided {

using runtime::allp;
using runtime::sched;

namespace {

absl::flat_hash_map<uint64_t, g*, InOrder> names;
absl::flat_hash_map<const g*, const char*> unknown;  // and why

constexpr uint32_t kRing = 256;

}  // namespace

g* byName(int64_t goid) {
  auto it = names.find(static_cast<uint64_t>(goid));
  return it == names.end() ? nullptr : it->second;
}

void bind(int64_t goid, g* gp) {
  names[static_cast<uint64_t>(goid)] = gp;
  gp->goid.plainStore(static_cast<uint64_t>(goid));
}

void unbind(int64_t goid) { names.erase(static_cast<uint64_t>(goid)); }

Where whereIs(const g* gp) {
  if (!unknown.empty() && unknown.contains(gp)) return {Place::kUnknown, nullptr, 0};
  if (sched.runq.head.ptr() == gp) return {Place::kGlobal, nullptr, 0};
  for (p* pp : allp) {
    if (pp->runnext.plain().ptr() == gp) return {Place::kRunnext, pp, 0};
    const uint32_t h = pp->runqhead.plain();
    if (h != pp->runqtail.plain() && pp->runq[h % kRing].ptr() == gp) return {Place::kRing, pp, 0};
  }
  for (p* pp : allp) {
    uint32_t h = pp->runqhead.plain();
    for (uint32_t i = h; i != pp->runqtail.plain(); i++) {
      if (pp->runq[i % kRing].ptr() == gp) return {Place::kRing, pp, i - h};
    }
  }
  uint32_t n = 0;
  for (g* q = sched.runq.head.ptr(); q != nullptr; q = q->schedlink.ptr(), n++) {
    if (q == gp) return {Place::kGlobal, nullptr, n};
  }
  return {};
}

static uint64_t times;
uint64_t extracted() { return times; }

void extract(g* gp) {
  times++;
  Where w = whereIs(gp);
  switch (w.place) {
    case Place::kNowhere:
      return;
    case Place::kUnknown:
      unknown.erase(gp);
      return;
    case Place::kRunnext:
      w.pp->runnext.plainStore({});
      return;
    case Place::kRing: {
      uint32_t h = w.pp->runqhead.plain();
      for (uint32_t i = h + w.at; i != h; i--) w.pp->runq[i % kRing] = w.pp->runq[(i - 1) % kRing];
      w.pp->runqhead.plainStore(h + 1);
      return;
    }
    case Place::kGlobal: {
      g* before = nullptr;
      for (g* q = sched.runq.head.ptr(); q != gp; q = q->schedlink.ptr()) before = q;
      if (before == nullptr) {
        sched.runq.head = gp->schedlink;
      } else {
        before->schedlink = gp->schedlink;
      }
      if (sched.runq.tail.ptr() == gp) sched.runq.tail.set(before);
      gp->schedlink = 0;
      sched.runqsize.Add(-1);
      return;
    }
  }
}

void putFirst(p* pp, g* gp) {
  uint32_t h = pp->runqhead.plain();
  if (pp->runqtail.plain() - h == kRing) {
    // Full: its last one goes to the global queue.
    pp->runqtail.plainStore(pp->runqtail.plain() - 1);
    g* last = pp->runq[pp->runqtail.plain() % kRing].ptr();
    runtime::globrunqput(last);
  }
  pp->runq[(h - 1) % kRing].set(gp);
  pp->runqhead.plainStore(h - 1);
}

void putUnknown(g* gp, const char* why) { unknown[gp] = why; }

const char* whyUnknown(const g* gp) { return unknown.at(gp); }

bool idleFirst(p* pp, bool* was) {
  p* before = nullptr;
  for (p* q = sched.pidle.plain().ptr(); q != nullptr; before = q, q = q->link.ptr()) {
    if (q != pp) continue;
    *was = before == nullptr;
    if (before == nullptr) return true;
    before->link = pp->link;
    pp->link = sched.pidle.plain();
    runtime::puintptr head;
    head.set(pp);
    sched.pidle.plainStore(head);
    return true;
  }
  return false;
}

std::string queuesText() {
  std::string s;
  for (p* pp : allp) {
    m* mp = pp->m.plain().ptr();
    absl::StrAppend(&s, "    P", pp->id, " ");
    switch (pp->status.plain()) {
      case runtime::_Pidle: s += "idle"; break;
      case runtime::_Prunning: s += "running"; break;
      case runtime::_Psyscall: s += "in a system call"; break;
      default: s += "stopped"; break;
    }
    if (mp != nullptr && mp->curg.plain() != nullptr) absl::StrAppend(&s, " G", mp->curg.plain()->goid.plain());
    if (mp != nullptr && mp->spinning) s += " spinning";
    absl::StrAppend(&s, ", tick ", pp->schedtick.plain() % 61);
    if (g* next = pp->runnext.plain().ptr(); next != nullptr) absl::StrAppend(&s, ", next G", next->goid.plain());
    uint32_t h = pp->runqhead.plain(), t = pp->runqtail.plain();
    if (t != h) {
      s += ", queue";
      for (uint32_t i = h; i != t && i - h < 16; i++) {
        absl::StrAppend(&s, " G", pp->runq[i % kRing].ptr()->goid.plain());
      }
      if (t - h > 16) absl::StrAppend(&s, " and ", t - h - 16, " more");
    }
    s += "\n";
  }
  absl::StrAppend(&s, "    global queue");
  uint32_t n = 0;
  for (g* q = sched.runq.head.ptr(); q != nullptr && n < 16; q = q->schedlink.ptr(), n++) {
    absl::StrAppend(&s, " G", q->goid.plain());
  }
  if (n == 0) s += " empty";
  absl::StrAppend(&s, ", spinning ", sched.nmspinning.value, ", idle ", sched.npidle.value, "\n");
  return s;
}

}  // namespace guided
