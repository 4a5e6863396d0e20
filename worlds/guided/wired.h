// Which goroutines are wired to their threads, and when: LockOSThread leaves no event, but what follows from it does.
#pragma once

#include <cstdint>
#include <string_view>

namespace guided {

// Goes through a whole trace, before the port does. Once in a process.
void FindWired(std::string_view bytes);

// Whether the goroutine that stops, or ends, by the event at that place of the file is wired to its thread then.
bool IsWiredAt(uint64_t offset);

// Of a ProcStop: the goroutine that its thread has found and hands to the one that it is wired to; 0: nobody.
int64_t HandedAt(uint64_t offset);

}  // namespace guided
