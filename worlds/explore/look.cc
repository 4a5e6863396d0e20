// Reads the port's fields; nothing here is a step.
#include "worlds/explore/look.h"

#include "worlds/explore/inside.h"

namespace explore {

namespace {

int numberOf(const g* gp) {
  if (gp == nullptr) return kNobody;
  for (const Task& task : state.tasks) {
    // Before it runs for the first time a goroutine is known by what it will run.
    if (task.gp == gp) return task.number;
    if (task.gp == nullptr && gp->sched.ctxt == static_cast<const runtime::funcval*>(&task)) return task.number;
  }
  return kStranger;
}

int numberOf(const m* mp) { return mp == nullptr ? kNobody : static_cast<int>(mp->id); }
int numberOf(const p* pp) { return pp == nullptr ? kNobody : pp->id; }

}  // namespace

Look LookAt() {
  Look look;
  for (const p* pp : runtime::allp) {
    Look::P each{pp->status.plain(), numberOf(pp->m.plain().ptr()), numberOf(pp->runnext.plain().ptr()), {}, false};
    for (uint32_t i = pp->runqhead.plain(); i != pp->runqtail.plain(); i++) {
      each.ring.push_back(numberOf(pp->runq[i % std::size(pp->runq)].value.ptr()));
    }
    for (const p* q = sched.pidle.plain().ptr(); q != nullptr; q = q->link.ptr()) each.idle = each.idle || q == pp;
    look.ps.push_back(each);
  }
  const uint32_t enabled = Enabled(), timed = Timed();
  for (int i = 0; i < state.made; i++) {
    const Thread& t = state.threads[i];
    if (t.mp == nullptr) {
      look.ms.push_back({"", kNobody, kNobody, false, false, false});
      continue;
    }
    look.ms.push_back({t.ended ? "ended" : t.next.what, numberOf(t.mp->p.ptr()), numberOf(t.mp->curg.plain()),
                       t.mp->spinning, (enabled >> i & 1) != 0, (timed >> i & 1) != 0});
  }
  for (const g* q = sched.runq.head.ptr(); q != nullptr; q = q->schedlink.ptr()) look.global.push_back(numberOf(q));
  look.idle_ps = sched.npidle.value;
  look.idle_ms = sched.nmidle;
  look.spinning = sched.nmspinning.value;
  look.needspinning = sched.needspinning.value != 0;
  look.gcwaiting = sched.gcwaiting.u.value != 0;
  return look;
}

std::string Picture() {
  auto name = [](int number) { return number == kStranger ? std::string("?") : "G" + std::to_string(number); };
  const Look look = LookAt();
  std::string text;
  for (size_t i = 0; i < look.ps.size(); i++) {
    const Look::P& p = look.ps[i];
    static const char* const statuses[] = {"idle", "running", "in a system call", "stopped", "dead"};
    text += "P" + std::to_string(i) + " " + statuses[p.status];
    if (p.m != kNobody) text += ", M" + std::to_string(p.m);
    if (p.next != kNobody) text += ", next " + name(p.next);
    if (!p.ring.empty()) text += ", ring";
    for (const int number : p.ring) text += " " + name(number);
    text += "\n";
  }
  text += "global queue:";
  for (const int number : look.global) text += " " + name(number);
  if (look.global.empty()) text += " empty";
  text += "\n";
  for (size_t i = 0; i < look.ms.size(); i++) {
    const Look::M& m = look.ms[i];
    if (m.at.empty()) continue;
    text += "M" + std::to_string(i);
    if (m.goroutine != kNobody) text += " runs " + name(m.goroutine) + ",";
    if (m.spinning) text += " spinning,";
    text += (m.enabled ? " before " : " waits at ") + m.at + "\n";
  }
  return text;
}

}  // namespace explore
