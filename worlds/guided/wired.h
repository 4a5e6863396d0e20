// Which goroutines are wired to their threads, and when: LockOSThread leaves no event, but what follows from it does.
// The trace is read once more for that, some way ahead of the port, so that memory does not grow with its length.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace guided {

// Begins with the trace at `path`. Once in a process, before the others; without it nobody is wired. Events are told by
// their index (window.h), and only those that are in view may be asked for.
void FindWired(const std::string& path);

// Whether g, which stops, or ends, by that event, is wired to its thread then.
bool IsWiredAt(int64_t g, uint64_t index);

// Of a ProcStop: the goroutine that its thread has found and hands to the one that it is wired to; 0: nobody.
int64_t HandedAt(uint64_t index);

// The same for whoever goes through the trace by a window of his own, which must stay: whether a goroutine that stops
// by an event of that index is wired.
class Window;
std::function<bool(int64_t g, uint64_t index)> WiredIn(const std::string& path, Window& window);

}  // namespace guided
