// The types of proc.go: queues of goroutines linked through g.schedlink, what sysmon
// remembers about a P, the reasons to stop the world, and the hand-off of thread creation.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"
#include "runtime/string.h"
#include "seam/atomic.h"

namespace runtime {

// gQueue is a FIFO of goroutines; a goroutine is on at most one gQueue or gList.
// Not for concurrent use: its owner holds the lock that guards it.
struct gQueue {
  guintptr head;
  guintptr tail;

  bool empty() const { return head == 0; }
  void push(g* gp);             // in front
  void pushBack(g* gp);         // behind
  void pushBackAll(gQueue q2);  // all of q2 behind; q2 must not be used afterwards
  g* pop();                     // from the front; nullptr when empty
  struct gList popList();       // takes everything, in order
};

static_assert(sizeof(gQueue) == 16);

// gList is a LIFO of goroutines, under the same rules.
struct gList {
  guintptr head;

  bool empty() const { return head == 0; }
  void push(g* gp);
  void pushAll(gQueue q);  // all of q on top, in q's order
  g* pop();                // nullptr when empty
};

static_assert(sizeof(gList) == 8);

// sysmontick is sysmon's memory of a P: the ticks it last saw, and when. sysmon's alone.
struct sysmontick {
  uint32 schedtick = 0;
  uint32 syscalltick = 0;
  int64 schedwhen = 0;
  int64 syscallwhen = 0;
};

static_assert(sizeof(sysmontick) == 24);

// stwReason says why the world is stopped; traces carry the number.
enum stwReason : uint8 {
  stwUnknown,
  stwGCMarkTerm,
  stwGCSweepTerm,
  stwWriteHeapDump,
  stwGoroutineProfile,
  stwGoroutineProfileCleanup,
  stwAllGoroutinesStack,
  stwReadMemStats,
  stwAllThreadsSyscall,
  stwGOMAXPROCS,
  stwStartTrace,
  stwStopTrace,
  stwForTestCountPagesInUse,
  stwForTestReadMetricsSlow,
  stwForTestReadMemStatsSlow,
  stwForTestPageCachePagesLeaked,
  stwForTestResetDebugLog,
};

string String(stwReason r);
bool isGC(stwReason r);

// worldStop is what stopTheWorld hands to startTheWorld.
struct worldStop {
  stwReason reason = stwUnknown;
  int64 startedStopping = 0;  // nanotime
  int64 finishedStopping = 0;
  int64 stoppingCPUTime = 0;
};

// newmHandoff lets a thread in an odd state (locked, or made by C) ask the template thread
// to start Ms for it.
struct newmHandoffState {
  mutex lock;
  muintptr newm;         // Ms that want a thread, linked through m.schedlink; under lock
  bool waiting = false;  // the template thread sleeps on wake; under lock
  note wake;
  racy<uint32, "newmHandoff.haveTemplateThread"> haveTemplateThread;  // 0 to 1 once, by Cas
};
extern newmHandoffState newmHandoff;

}  // namespace runtime
