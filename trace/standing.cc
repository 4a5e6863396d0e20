// Follows the events and keeps the state of everybody.
#include "trace/standing.h"

namespace gotrace {

void Standing::Set(int64_t g, GoStatus status, int64_t m) {
  Go& go = goroutines[g];
  if (go.m != kNone && GoroutineOf(go.m) == g) goroutine_of.erase(go.m);
  go = {status, m};
  if (m != kNone) goroutine_of[m] = g;
}

void Standing::Drop(int64_t g) {
  Set(g, kGoBad);
  goroutines.erase(g);
  assists.erase(g);
  stops.erase(g);
}

void Standing::Apply(const Event& event, const Generation& generation) {
  const int64_t named = static_cast<int64_t>(event.args[0]);
  switch (event.kind) {
    case kProcStart: procs[named] = {kProcRunning, event.m}; break;
    case kProcStop: procs[event.p] = {kProcIdle, kNone}; break;
    case kProcSteal:
      // Without a number it is one that a goroutine of C left at its end.
      procs[named] = {event.args[1] == 0 ? kProcSyscallAbandoned : kProcIdle, kNone};
      break;
    case kProcStatus: {
      const ProcStatus status = static_cast<ProcStatus>(event.args[1]);
      procs[named] = {status, status == kProcRunning || status == kProcSyscall ? event.m : kNone};
      break;
    }
    case kGoCreate: Set(named, kGoRunnable); break;
    case kGoCreateBlocked: Set(named, kGoWaiting); break;
    case kGoCreateSyscall: Set(named, kGoSyscall, event.m); break;
    case kGoStart: Set(named, kGoRunning, event.m); break;
    case kGoUnblock:
    case kGoSwitch:
    case kGoSwitchDestroy: Set(named, kGoRunnable); break;
    case kGoStop: Set(event.g, kGoRunnable); break;
    case kGoBlock: Set(event.g, kGoWaiting); break;
    case kGoDestroy:
    case kGoDestroySyscall: Drop(event.g); break;
    case kGoSyscallBegin:
      Set(event.g, kGoSyscall, event.m);
      procs[event.p].status = kProcSyscall;
      break;
    case kGoSyscallEnd:
      Set(event.g, kGoRunning, event.m);
      procs[event.p].status = kProcRunning;
      break;
    case kGoSyscallEndBlocked: Set(event.g, kGoRunnable); break;
    case kGoStatus:
    case kGoStatusStack: {
      const GoStatus status = static_cast<GoStatus>(event.args[2]);
      Set(named, status, status == kGoRunning || status == kGoSyscall ? event.m : kNone);
      break;
    }
    case kGCActive:
    case kGCBegin: collects = true; break;
    case kGCEnd: collects = false; break;
    case kGCSweepActive: sweeps.insert(named); break;
    case kGCSweepBegin: sweeps.insert(event.p); break;
    case kGCSweepEnd: sweeps.erase(event.p); break;
    case kGCMarkAssistActive: assists.insert(named); break;
    case kGCMarkAssistBegin: assists.insert(event.g); break;
    case kGCMarkAssistEnd: assists.erase(event.g); break;
    case kSTWBegin: stops[event.g] = std::string(generation.Text(event.args[0])); break;
    case kSTWEnd: stops.erase(event.g); break;
    default: break;
  }
}

}  // namespace gotrace
