// Going back to where the wrong choice was made.
//
// The trace does not say how long ago a thread looked for work, and so not how much it took along. A wrong guess
// shows later, somewhere else: a goroutine lies on the wrong P. Then the run goes back to before the look that moved
// it there, with another choice for that look, and sees whether it comes further.
//
// The world is one thread of fibers, so a process that was forked and waits is a snapshot of all of it. One is kept
// each kEvery events, kKept of them, and when all goes well for long, one more seldom. A conflict hands at most
// kAlternatives to one of them, which tries them one after the other, each in a process of its own. The first that runs
// kBeyond events past the conflict without a divergence goes on as the run; if there is none, the one with the fewest
// is taken, or what there was. All tries together may run kSpendFirst events and a part of those of the trace; behind
// each search in vain the next one waits longer.
//
// What a try does to memory is gone with its process. What leaves the process is not: it has to wait until Final() says
// that it will not be undone, and LetOut() that nobody has let it out before.
#pragma once

#include <cstdint>

namespace guided {

// What is settled about one look: that for event `look`.
struct Choice {
  enum Kind : uint8_t {
    kDefault,
    kLatest,  // not before its event comes
    kNth,     // at the n-th of the moments at which it would find what is shown
    kTake,    // that takes n from the global queue
    kTick,    // the first one of a P, when its schedtick was n
  };
  uint64_t look = 0;
  uint64_t since = 0;  // the event behind which that look can have been
  Kind kind = kDefault;
  int32_t n = 0;
};

// Forks. Comes back in another process; the one that called waits for it, and ends as it ends.
void BeginSearch();
// To be called between two events, index: of the next one.
void AtEvent(uint64_t index);
// Whether it is time for a snapshot.
bool WantsSnapshot(uint64_t index);
// The process is what is left: the others are ended.
void EndSearch();
// Up to that event nothing will be undone.
uint64_t Final();
// What came before `until` is reported from now on. The answer: up to where that had been done.
uint64_t LetOut(uint64_t until);

// A look with more than one outcome was made.
void NoteChoice(uint64_t look, uint64_t since, int32_t took);
// A divergence, or the end of the road, at that event. Comes back if it stands: nothing better was found.
// alternatives: in the order in which to try them.
void Conflict(uint64_t index, const Choice* alternatives, int n, bool end);

// What is settled for that look; nullptr: nothing.
const Choice* Settled(uint64_t look);

}  // namespace guided
