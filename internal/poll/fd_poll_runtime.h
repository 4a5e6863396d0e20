// What a descriptor has of the network poller: internal/poll's fd_poll_runtime.go. No deadline, no poller: a default
// one waits for nothing.
#pragma once

#include <cstdint>

#include "errors/errors.h"

namespace runtime {
struct pollDesc;
}

namespace gort::poll {

class pollDesc {
 public:
  // Has the poller watch sysfd, which does not block. An errno as an error if it cannot be watched.
  error init(int sysfd);
  // The poller forgets it. After evict, and before the descriptor is closed.
  void close();
  // Whoever waits comes back, and nobody waits again: it is being closed.
  void evict();
  // Before an attempt, and when it would have blocked.
  error prepareRead(bool isFile);
  error prepareWrite(bool isFile);
  error waitRead(bool isFile);
  error waitWrite(bool isFile);
  bool pollable() const { return ctx_ != nullptr; }
  // Whether the other end is closing, or there is an error, or urgent data: then there may be something to read that
  // the poller has told of already. pollable only.
  bool hungUp() const;
  // By the monotonic clock, in ns; 0: none, < 0: over. mode as of the runtime. pollable only.
  void setDeadline(std::int64_t when, int mode);

 private:
  error prepare(int mode, bool isFile);
  error wait(int mode, bool isFile);

  runtime::pollDesc* ctx_ = nullptr;
};

}  // namespace gort::poll
