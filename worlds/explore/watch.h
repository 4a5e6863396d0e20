// What the port tells the explored world, where it says at<"name">(...).
#pragma once

#include "runtime/internal/fixed_string.h"

namespace runtime {
struct g;
struct m;
struct p;
}  // namespace runtime

namespace explore {

void executes(runtime::g* gp);             // on the calling M, from now on
void wires(runtime::p* pp);                // to the calling M
void queues(runtime::g* gp);               // it is about to be put on a queue
void handsOff(runtime::p* pp);             // handoffp looks for somebody who takes it
void makesGoroutine();                     // newproc1 is about to ask for a random number that decides nothing

template <runtime::fixed_string Name, class... A>
inline void told(const A&... a) {
  constexpr std::string_view name = Name.view();
  if constexpr (name == "execute") {
    [](runtime::g* gp, bool) { executes(gp); }(a...);
  } else if constexpr (name == "wirep") {
    wires(a...);
  } else if constexpr (name == "runqput") {
    [](runtime::p*, runtime::g* gp, bool) { queues(gp); }(a...);
  } else if constexpr (name == "globrunqput") {
    queues(a...);
  } else if constexpr (name == "handoffp") {
    handsOff(a...);
  } else if constexpr (name == "newproc1") {
    makesGoroutine();
  }
}

}  // namespace explore
