// Go's iter.Pull, over the runtime's coroutines.
#include "api/coro.h"

#include "api/panic.h"
#include "runtime/boundary.h"
#include "runtime/coro.h"

namespace gort::internal {

PullState::~PullState() = default;

void PullState::Make() {
  entry_ = {reinterpret_cast<std::uintptr_t>(&PullState::Body), this};
  runtime::fromProgram here;
  c_ = runtime::newcoro(reinterpret_cast<runtime::funcval*>(&entry_));
}

// On the sequence's goroutine, called by the runtime. When it returns, the asking side goes on.
void PullState::Body(Entry* entry, runtime::coro*) {
  PullState* s = entry->state;
  if (s->done_) return;
  try {
    runtime::toProgram out;
    s->Run();
    s->ok_ = false;
  } catch (...) {
    s->done_ = true;
    s->thrown_ = std::current_exception();
    if (s->thrown_ == nullptr) {
      // No C++ exception: Goexit on its way to the end of this stack. The other side shall follow.
      s->goexit_ = true;
      throw;
    }
  }
  s->done_ = true;
}

// Lets the sequence run until it yields or ends, and takes over how it ended.
void PullState::Resume() {
  {
    runtime::fromProgram here;
    runtime::coroswitch(c_);
    if (!done_) return;
    runtime::freecoro(std::exchange(c_, nullptr));
  }
  if (goexit_) Goexit();
  if (thrown_ != nullptr) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

bool PullState::Next() {
  if (done_) return false;
  if (yield_next_) panic("iter.Pull: next called again before yield");
  yield_next_ = true;
  Resume();
  return ok_;
}

void PullState::Stop() {
  if (done_ || c_ == nullptr) return;
  done_ = true;
  Resume();
}

bool PullState::Asked() {
  if (done_) return false;
  if (!yield_next_) panic("iter.Pull: yield called again before next");
  yield_next_ = false;
  ok_ = true;
  return true;
}

bool PullState::Switch() {
  runtime::fromProgram here;
  runtime::coroswitch(c_);
  return !done_;
}

}  // namespace gort::internal
