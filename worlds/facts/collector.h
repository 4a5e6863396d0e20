// Collects facts while the port runs in this process: from what the port tells of itself and from its structs, and so
// the same in every world of fibers. The world says what time it is. Each fact is told as certain: how sure it is, is
// the world's to say where it gets it.
#pragma once

#include <cstdint>
#include <string_view>

#include "worlds/facts/fact.h"

namespace runtime {
struct g;
}

namespace facts {

// Gets every fact. Set before the port starts, once; facts are collected if somebody set it.
using Sink = void (*)(const Fact& fact, std::string_view text);
void Listen(Sink sink);
// No more facts: the port is at its end.
void Deafen();
// A thread has ended, and will say nothing more. The worlds tell: only they know when it has said its last.
void Forget(int64_t thread);

// For the world. Facts get what was last given here.
void SetTime(int64_t time, uint64_t at);
// The name of a goroutine's function; "" if unknown. nullptr: nobody knows names.
extern std::string_view (*nameOf)(const runtime::g* gp);

}  // namespace facts
