// Collects facts while the port runs in this process: from what the port tells of itself and from its structs, and so
// the same in every world of fibers. The world says what time it is and how sure it is of what it does.
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

// For the world. Facts get what was last given here.
void SetTime(int64_t time, uint64_t at);
void SetCertainty(Certainty certainty);
// The name of a goroutine's function; "" if unknown. nullptr: nobody knows names.
extern std::string_view (*nameOf)(const runtime::g* gp);
// A fact that the world itself knows.
void Tell(const Fact& fact, std::string_view text = {});

// A world that tries something which it may have to take back: facts are held from Hold on, and then either told or
// forgotten. They keep the times and certainties that they had; Release(c) gives them a certainty at last.
void Hold();
void Release();
void Release(Certainty certainty);
void Forget();

}  // namespace facts
