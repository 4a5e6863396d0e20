// fdMutex: who may use a descriptor, and when it may be closed. internal/poll's fd_mutex.go; how: fd_mutex.cc.
#pragma once

#include <atomic>
#include <cstdint>

namespace gort::poll {

// Zero: open, and nobody uses it. On a goroutine; what is misused ends in a panic with Go's text.
class fdMutex {
 public:
  // One more user; false: closed.
  bool incref();
  // Closed from now on, and one more user; false: it was. Whoever waits in rwlock comes back with false.
  bool increfAndClose();
  // One user less; true: it was the last one of a descriptor that is closed, and the caller has to destroy it.
  bool decref();
  // One more user, alone among those who read (or write); waits for its turn. false: closed.
  bool rwlock(bool read);
  // The end of that; as decref.
  bool rwunlock(bool read);

 private:
  std::atomic<std::uint64_t> state_{0};
  std::uint32_t rsema_ = 0;
  std::uint32_t wsema_ = 0;
};

}  // namespace gort::poll
