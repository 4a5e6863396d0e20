// Channels. What they do: api/chan.h; how: chan.cc.
#pragma once

#include "runtime/internal/goarch.h"
#include "runtime/runtime2_base.h"
#include "runtime/type.h"

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
  const _type* elemtype = nullptr;  // how elements move and end; nullptr: as plain bytes do
  uintptr sendx = 0;
  uintptr recvx = 0;
  waitq recvq;
  waitq sendq;

  // lock also guards some fields of the sudogs on the queues. Do not change the status of
  // another goroutine while holding it (stack shrinking takes it in Go).
  mutex lock;
};

static_assert(sizeof(hchan) == 104);

// ---- What a channel operation is given.
//
// A nil channel is nullptr: nobody ever communicates on it, and closing it panics. To send, elem is the address of an
// object: if the send takes place it is moved from (plain bytes: copied) and stays its owner's to destroy, else it is
// untouched. To receive, elem is the address of raw memory: if a value was received, an object lives there now and is
// the caller's; else, for plain bytes, the memory has been cleared if the channel is closed. A receive into nullptr
// drops the value; with a sender that waits, of a type that is not plain bytes, it stays with the sender.
//
// Blocking operations: on a goroutine's stack only. makechan, chanlen, chancap, retain and release: anywhere.
// panic_ means: throws gort::RuntimeError with that text.

// A new channel for elements of type elem with room for size of them, held once. Panics "makechan: size out of range";
// std::bad_alloc when there is no memory.
hchan* makechan(const _type* elem, intptr size);
// There is no collector: whoever keeps an hchan* holds it. The last release destroys what is buffered and frees the
// channel; no goroutine may wait on it then. nullptr is allowed.
void chanretain(hchan* c);
void chanrelease(hchan* c);

void* chanbuf(hchan* c, uintptr i);
bool full(hchan* c);
bool empty(hchan* c);

// Panic "send on closed channel".
void chansend1(hchan* c, void* elem);
bool chansend(hchan* c, void* ep, bool block);      // false: it would block
bool selectnbsend(hchan* c, void* elem);            // chansend that does not block

void chanrecv1(hchan* c, void* elem);
bool chanrecv2(hchan* c, void* elem);               // false: closed and empty
struct chanrecvResult {
  bool selected;  // false: it would block
  bool received;  // false: closed and empty
};
chanrecvResult chanrecv(hchan* c, void* ep, bool block);
chanrecvResult selectnbrecv(void* elem, hchan* c);  // chanrecv that does not block

// Panics "close of nil channel", "close of closed channel".
void closechan(hchan* c);

intptr chanlen(hchan* c);
intptr chancap(hchan* c);

// ---- For select.cc and time.cc.

// send gives ep to the receiver sg, recv takes from the sender sg; sg is off its queue already. c.lock is held, and
// unlockf lets go of it: an unlockChan or an unlockSelect (select.h).
struct unlockChan {
  hchan* c;
  void operator()() const;
};
template <class F>
void send(hchan* c, sudog* sg, void* ep, F unlockf, int skip);
template <class F>
void recv(hchan* c, sudog* sg, void* ep, F unlockf, int skip);

// What c's elements do on the way to and from its buffer, c.lock held.
void typedmemmove(const hchan* c, void* dst, void* src);  // as _type.move
void typedmemdestroy(const hchan* c, void* obj);          // as _type.destroy
void typedmemclr(const hchan* c, void* slot);             // raw memory: zero bytes, if elements are plain bytes

// Drops what is buffered in a timer's channel; whether there was anything.
bool timerchandrain(hchan* c);

}  // namespace runtime
