// Channels.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"

namespace runtime {

// waitq is the queue of the goroutines that wait on one side of a channel, oldest first.
struct waitq {
  sudog* first = nullptr;
  sudog* last = nullptr;

  void enqueue(sudog* sgp);
  sudog* dequeue();  // nullptr when empty; skips a select that another case has won
  void dequeueSudoG(sudog* sgp);
};

static_assert(sizeof(waitq) == 16);

// hchan is a channel. At least one of recvq and sendq is empty, except for one goroutine
// that selects on both sides; with a buffer, qcount > 0 means that recvq is empty, and
// qcount < dataqsiz that sendq is.
struct hchan {
  // Set when made.
  //   qcount, closed, sendx, recvx, and the queues change under lock; qcount and closed are
  //   read without it by the fast paths of operations that do not block.
  uintptr qcount = 0;    // elements in buf
  uintptr dataqsiz = 0;  // elements that buf has room for
  void* buf = nullptr;   // a ring
  uint16 elemsize = 0;
  bool synctest = false;  // made inside a synctest group
  uint32 closed = 0;
  runtime::timer* timer = nullptr;  // the timer that feeds this channel, if one does
  _type* elemtype = nullptr;        // nothing in C++ looks at it
  uintptr sendx = 0;
  uintptr recvx = 0;
  waitq recvq;
  waitq sendq;

  // lock also guards some fields of the sudogs on the queues. Do not change the status of
  // another goroutine while holding it (stack shrinking takes it in Go).
  mutex lock;
};

static_assert(sizeof(hchan) == 104);

}  // namespace runtime
