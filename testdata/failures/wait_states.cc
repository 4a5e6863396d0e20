// One goroutine in each way of waiting that a dump tells apart, and nobody to wake them.
#include "gort.h"

static gort::Chan<int> nilChan;
static gort::sync::Mutex mu;
static gort::sync::RWMutex rw;
static gort::sync::RWMutex held;
static gort::sync::WaitGroup wg;
static gort::sync::Mutex condLock;
static gort::sync::Cond cond(condLock);
static gort::Chan<int> open;

static void receiveNil() { nilChan.recv(); }
static void sendNil() { nilChan.send(1); }
static void receive() { open.recv(); }
static void send() { gort::Chan<int>(0).send(1); }
static void noCases() { gort::select(); }
static void twoCases() { gort::select(gort::recv(open), gort::send(nilChan, 1)); }
static void lockMutex() { mu.Lock(); }
static void rlock() { rw.RLock(); }
static void lockRW() { held.Lock(); }
static void waitGroup() { wg.Wait(); }
static void waitCond() {
  condLock.Lock();
  cond.Wait();
}
static void lockedToThread() {
  gort::LockOSThread();
  open.recv();
}

int gort_main(int, char**) {
  open = gort::Chan<int>(0);
  mu.Lock();
  rw.Lock();
  held.RLock();
  wg.Add(1);
  for (void (*f)() : {receiveNil, sendNil, receive, send, noCases, twoCases, lockMutex, rlock, lockRW, waitGroup,
                      waitCond, lockedToThread}) {
    gort::go(f);
    gort::Gosched();
  }
  open.recv();
  return 0;
}
