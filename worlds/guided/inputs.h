// What inputs.cc, outside.cc and guide.cc tell each other.
#pragma once

#include "worlds/guided/guide.h"

namespace guided {

// From now until the M waits, no P is idle for anybody.
void hideIdle();
void showIdle();

// A mark worker of the collector.
bool isWorker(const g* gp);
void setWorker(const g* gp);

// A goroutine that was runnable when the trace began is taken to lie at the end of pp's ring. byOutcome: since pp
// runs it first.
void guessAt(int64_t goid, p* pp, bool byOutcome);
// Whether gp still lies where it was only guessed to. The second: asked once.
bool isGuessed(const g* gp);
bool wasGuessed(const g* gp);
bool isByOutcome(const g* gp);

// The goroutines that this thread unblocks next, one after the other, as netpoll would give them. first: the last one
// comes first, as findRunnable runs it.
runtime::gList unblocksAhead(bool findRunnable);

// gp's call ends without a P. It says so, but does not lie on the global queue yet: its thread is delayed.
void endsSlowly(g* gp);
// The same, if it may be so.
void endsWithoutP(g* gp);

// The world is about to be stopped. A P in a system call is taken only if the trace says so: the call of another ends
// at the same time, and first. Then, while the others are waited for, that P is in its call again.
void stopsWorld();      // it has said so
void takesFromCalls();  // now it looks at the Ps, if it has
void backInCalls();

// An M for that thread of the trace starts on pp. The caller took pp off the idle list.
void startOnThread(p* pp, int64_t thread);
// The M that runs is no thread of the trace any more.
void leaveThread();
// If an M was woken for pp and has not shown it, that is undone.
void freeFromPending(p* pp);

}  // namespace guided
