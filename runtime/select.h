// select: the cases as a caller hands them over. What it does: api/select.h; how: select.cc.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"

namespace runtime {

struct scase {
  hchan* c = nullptr;    // nullptr: never ready
  void* elem = nullptr;  // what to send, or where to receive; see chan.h
};

static_assert(sizeof(scase) == 16);

// Blocks for ever: a select without cases. On a goroutine's stack.
[[noreturn]] void block();

struct selectgoResult {
  intptr casi;  // the case that took place; -1: none was ready and block is false
  bool recvOK;  // if it is a receive: a value came, the channel is not closed and empty
};
// Chooses among cas0[0..nsends) to send and the nrecvs cases behind them to receive, at random among those that are
// ready; none only if at one moment none was. order0 has room for twice as many numbers and need not be initialised;
// both live on the caller's stack. At most 65536 cases. Panics "send on closed channel", having communicated nothing.
// On a goroutine's stack.
selectgoResult selectgo(scase* cas0, uint16* order0, intptr nsends, intptr nrecvs, bool block);

// Lets go of the locks of a select, for send and recv in chan.cc.
struct unlockSelect {
  const scase* scases;
  const uint16* lockorder;
  intptr n;
  void operator()() const;
};

enum selectDir : intptr {
  selectSend = 1,
  selectRecv,
  selectDefault,
};

struct runtimeSelect {
  selectDir dir;
  hchan* ch = nullptr;
  void* val = nullptr;
};

// A select over cases in any order, their number known only now; at most one selectDefault. casi is an index into
// cases. Panics as selectgo, and "reflect.Select: too many cases (max 65536)". On a goroutine's stack.
selectgoResult reflect_rselect(const runtimeSelect* cases, intptr n);

// Not 0: the order in which selects look at their cases follows from this number, instead of from chance. For tests
// that compare schedules at GOMAXPROCS=1; set before the scheduler starts.
extern uint64 selectSeed;

}  // namespace runtime
