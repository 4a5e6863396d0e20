// chan.h: channels and waiting for a number of goroutines, made of park and ready.
#pragma once

#include <deque>
#include <utility>

#include "lessons/sched.h"

namespace lessons {

// An unbuffered channel: a send meets a receive, and whoever comes first waits. Values of one sender arrive in its
// order.
class Chan {
 public:
  void send(long value) {
    latch_.lock();
    if (!receivers_.empty()) {
      Waiting* other = receivers_.front();
      receivers_.pop_front();
      latch_.unlock();
      other->value = value;
      ready(other->g);
      return;
    }
    Waiting me{self(), value};
    senders_.push_back(&me);
    park(latch_);
  }

  long receive() {
    latch_.lock();
    if (!senders_.empty()) {
      Waiting* other = senders_.front();
      senders_.pop_front();
      latch_.unlock();
      const long value = other->value;  // before ready: it lies on the other's stack
      ready(other->g);
      return value;
    }
    Waiting me{self(), 0};
    receivers_.push_back(&me);
    park(latch_);
    return me.value;
  }

 private:
  struct Waiting {
    G* g;
    long value;
  };
  Latch latch_;
  std::deque<Waiting*> senders_, receivers_;
};

// Waits until so many goroutines have said that they are done. One waits, once.
class Group {
 public:
  explicit Group(int n) : left_(n) {}

  void done() {
    latch_.lock();
    G* waiting = --left_ == 0 ? std::exchange(waiter_, nullptr) : nullptr;
    latch_.unlock();
    if (waiting != nullptr) ready(waiting);
  }

  void wait() {
    latch_.lock();
    if (left_ == 0) {
      latch_.unlock();
      return;
    }
    waiter_ = self();
    park(latch_);
  }

 private:
  Latch latch_;
  int left_;
  G* waiter_ = nullptr;
};

}  // namespace lessons
