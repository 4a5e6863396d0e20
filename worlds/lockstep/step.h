// Looking on at a replay, record by record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "conformance/schedlog/types.h"

namespace runtime {
struct g;
struct funcval;
}  // namespace runtime

namespace lockstep {

// Called for each record of the log, in order, once the port has made it and it was found to be equal: in the function
// of the port that made it, on the stack of its M, with the scheduler's state as that operation left it. It may read
// the port's structs and walk its own stack; it must not call the port. Set it before Replay; nullptr: nobody looks.
extern void (*stepSink)(const schedlog::Record& record);

// From a sink: the replay ends here, and Replay says that everything up to here agrees. `state` gets what
// GODEBUG=scheddetail=1 prints of it. Does not return.
[[noreturn]] void stopHere(std::string& state);

// For who looks: the g that the log means by an id, nullptr if there is none; the captured program's name for a
// goroutine's function, "" if nothing says it.
runtime::g* gByID(int64_t goid);
std::string_view startName(const runtime::funcval* fn);

}  // namespace lockstep
