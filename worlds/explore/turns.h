// Whose turn may come, as both worlds have it: the scheduler's (world.cc), and that of the live world's own code
// (live/machine.cc). A Thread is whatever has `passed`; canMove(t) says whether it could go on now.
#pragma once

#include <cstdint>
#include <cstring>

#include "worlds/explore/arena.h"
#include "worlds/explore/world.h"

namespace explore {

// An M that sleeps in a loop could do so for ever, with another one about to move: that is no schedule of a real
// system. So its time is up no more than twice before the other one has moved.
template <class Thread, class CanMove>
bool isFair(const Thread* threads, int made, int me, CanMove canMove) {
  for (int i = 0; i < made; i++) {
    if (i != me && threads[i].passed[me] >= 2 && canMove(threads[i])) return false;
  }
  return true;
}

// It goes on; timed: because its time is up.
template <class Thread, class CanMove>
void moved(Thread* threads, int made, int me, bool timed, CanMove canMove) {
  std::memset(threads[me].passed, 0, sizeof threads[me].passed);
  if (!timed) return;
  for (int i = 0; i < made; i++) {
    if (i != me && threads[i].passed[me] < 2 && canMove(threads[i])) threads[i].passed[me]++;
  }
}

// Of `now`, which is not empty, who goes on by itself after `last`: that one, or its stores for which it waits
// (drains(last)), or the first.
template <class Drains>
int goesOn(uint32_t now, int last, Drains drains) {
  if (buffers && last >= kBuffer) last -= kBuffer;
  if (last >= 0 && (now >> last & 1) != 0) return last;
  if (buffers && last >= 0 && drains(last) && (now >> (kBuffer + last) & 1) != 0) return kBuffer + last;
  return __builtin_ctz(now);
}

}  // namespace explore
