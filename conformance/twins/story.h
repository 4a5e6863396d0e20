// What the goroutines of a program did, as text that the Go program and its C++ twin have in common: one line an event,
// in the order in which they happened.
//
//   2 create 3            goroutine 2 made goroutine 3, which is runnable
//   2 create-parked 3     made one that waits (a coroutine)
//   3 start 17            3 runs; this was the P's 17th turn (schedtick)
//   3 stop gosched        3 could go on, but gave up the processor
//   3 stop preempted      the same, unasked, or by goyield: Go's traces do not tell the two apart either
//   3 block chan receive  3 waits; Go's words for why
//   2 unblock 3           3 is runnable again, and 2 ran at that moment
//   2 switch 3            2 waits and 3 runs in its place, past all queues
//   2 end-switch 3        2 ended and 3 runs in its place
//   3 enter-syscall, 3 leave-syscall
//   3 end
//
// Goroutines are numbered in the order of their creation, from 1; the runtime's own are left out. Where nobody ran (the
// scheduler itself woke a goroutine) it says "scheduler", where one of the runtime's goroutines did, "system".
#ifndef CONFORMANCE_TWINS_STORY_H_
#define CONFORMANCE_TWINS_STORY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace twins {

// Goroutines are named by the ids that the runtime gave them, 0 for none.
class Story {
 public:
  void Create(uint64_t by, uint64_t g, bool system, bool parked);
  void Start(uint64_t g, uint64_t schedtick);
  void Stop(uint64_t g, std::string_view why);
  void Block(uint64_t g, std::string_view why);
  void Unblock(uint64_t by, uint64_t g);
  void Switch(uint64_t from, uint64_t to, bool end);
  void EnterSyscall(uint64_t g);
  void LeaveSyscall(uint64_t g);
  void End(uint64_t g);

  const std::string& text() const { return text_; }

 private:
  bool IsUser(uint64_t g) const;
  std::string Name(uint64_t g) const;
  void Line(uint64_t g, std::string_view verb, std::string_view what = "");

  std::unordered_map<uint64_t, uint64_t> numbers_;  // 0: one of the runtime's
  uint64_t last_ = 0;
  std::string text_;
};

// Compares two stories. Empty if they agree; else the first difference with some lines before and after it, for
// people, on several lines.
std::string Difference(std::string_view go, std::string_view cxx);

}  // namespace twins

#endif  // CONFORMANCE_TWINS_STORY_H_
