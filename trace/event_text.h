// Ordered events as text: the form of `go tool trace -d=parsed` of Go 1.27.
//
//   M=9 P=1 G=7 StateTransition Time=181474 GoID=7 Running->Waiting Reason="sync"
//   TransitionStack=
//   	sync.(*Mutex).Lock @ 0x46f3a1
//   		/usr/lib/go/src/sync/mutex.go:90
//
// That of Go 1.24 differs in a few words.
#ifndef TRACE_EVENT_TEXT_H_
#define TRACE_EVENT_TEXT_H_

#include <string>

#include "trace/event.h"
#include "trace/generation.h"

namespace gotrace {

// Appends the text of an event with its line's end; some have several lines. `generation` is Reader::generation() with the
// event. Times of day are in the time zone of the process, as Go prints them.
void PutEventText(const Event& event, const Generation* generation, std::string& out);

}  // namespace gotrace

#endif  // TRACE_EVENT_TEXT_H_
