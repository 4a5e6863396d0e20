// From the recorder's kinds of events to those of a story.
#include "conformance/twins/from_trace.h"

#include <string_view>

#include "conformance/twins/story.h"
#include "runtime/runtime2.h"

namespace twins {

std::string StoryOfTrace(std::span<const runtime::recordedEvent> events) {
  Story story;
  for (const runtime::recordedEvent& e : events) {
    switch (e.kind) {
      case runtime::traceEvGoCreate:
      case runtime::traceEvGoCreateBlocked:
        story.Create(e.goid, e.args[0], e.args[1] != 0, e.kind == runtime::traceEvGoCreateBlocked);
        break;
      case runtime::traceEvGoStart:
        story.Start(e.args[0], e.args[1]);
        break;
      case runtime::traceEvGoStop:
        story.Stop(e.goid, e.args[0] == runtime::traceGoStopGoSched ? "gosched" : "preempted");
        break;
      case runtime::traceEvGoBlock:
        story.Block(e.goid, std::string_view(String(static_cast<runtime::waitReason>(e.args[0]))));
        break;
      case runtime::traceEvGoUnblock:
        story.Unblock(e.goid, e.args[0]);
        break;
      case runtime::traceEvGoSwitch:
      case runtime::traceEvGoSwitchDestroy:
        story.Switch(e.goid, e.args[0], e.kind == runtime::traceEvGoSwitchDestroy);
        break;
      case runtime::traceEvGoSyscallBegin:
        story.EnterSyscall(e.goid);
        break;
      case runtime::traceEvGoSyscallEnd:
      case runtime::traceEvGoSyscallEndBlocked:
        story.LeaveSyscall(e.goid);
        break;
      case runtime::traceEvGoDestroy:
        story.End(e.goid);
        break;
      default:
        break;
    }
  }
  return story.text();
}

}  // namespace twins
