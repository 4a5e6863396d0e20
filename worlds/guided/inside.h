// What guide.cc, look.cc and wake.cc share: the Ms, and whose turn it is.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "worlds/guided/guide.h"

namespace guided {

struct Choice;

// ---- guide.cc

extern std::map<int64_t, std::unique_ptr<M>> ms;   // by the port's id of the M; of threads that have not ended
extern M* helper;                                  // sysmon's stand-in
extern std::vector<M*> lookers;                        // they wait in a look, with a P
extern M* runFirst;                                // it had looked before the one that asks for it
extern absl::flat_hash_set<const g*> exiting;      // their calls ended without a P, and they have not run since

// The processor's time is watched, and signals by which the port may die.
void watch();
M* onThread(int64_t thread);  // nullptr: nobody is
void forgetThread(M* me);     // it is nobody's thread any more
void bindThread(int64_t thread, M* me);
void resume(M* me);  // on the host
bool isHead(const M* me);

// ---- facts.cc

// e is what happened last.
void tellTime(const In& e);
// Whether there are facts from before event `until`; and telling those from event `done` on.
bool factsWait(uint64_t until);
void letFactsOut(uint64_t done, uint64_t until);

// ---- look.cc

// The M has looked, or waits: the queues are as they are.
void endLook();

// Whether it is known when pp looks at the global queue first.
bool isTickKnown(const p* pp);

// What may have been otherwise, so that e would be as it is: the likeliest first.
void explain(const In& e, std::vector<Choice>& to);

// ---- early.cc

// An M that had better look now, before its event comes; nullptr: none.
M* earlyOne();
// Whether the thread, behind the start of the n-th one of victim's ring, goes on with the first, or with what is left
// when somebody has stolen half from it.
bool goesOn(int64_t thread, const p* victim, uint32_t n);
// Whether one more may spin.
bool roomToSpin();
// Others that spin are taken not to do so yet, until there is room. False: there are none.
bool makeRoom();
// The M begins to look.
void spinEarly();

// ---- wake.cc

// An M that was given pp and has not shown it.
M* pendingWith(const p* pp);
// An M that was woken to look for work, and has not shown itself.
M* spinningPending();
// An M that was given a P is idle again, and so is the P.
void cancel(M* me);
// The thread of e starts the P e.a[0].
void startProc(const In& e);
// From now on gp is wired to that M, or to none any more.
void wire(g* gp, M* me);
void unwire(g* gp);
// It was handed to its thread, and is found by another one. False: that is not so.
bool takeFromWired(g* gp);
// pp, at the head of the idle list, is taken by a thread that looks for work with it.
void startLooking(p* pp, int64_t thread);
// The M has taken an idle P, and Go's took `shown`.
void takeInstead(M* me, p* shown, const In& e);

}  // namespace guided
