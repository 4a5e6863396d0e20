// A trace as a picture: lanes with bars, marks, arrows and curves. What is drawn is decided here (picture.cc), how it
// is written by a Canvas: one for each format (export_perfetto.cc, export_json.cc).
//
//   Processors   a lane for each: which goroutine it ran, or had in a system call; its sweeping below
//   Threads      a lane for each: the same, and CPU samples as marks
//   Goroutines   a lane for each: its states; its regions and logs, and its work for the collector below
//   Runtime      the collector's cycles, and the stopped world with its reason
//   Tasks        a lane for each
//   curves       runnable goroutines, running processors, GOMAXPROCS, heap, goal of the heap
//
// Arrows go from the mark where a goroutine was created or made runnable to the bar that it then ran in: once between
// the processors' lanes (a thread's, where the one who did it had no processor), once between the goroutines' (where no
// goroutine did it, from the mark in the other lane).
#ifndef TRACE_PICTURE_H_
#define TRACE_PICTURE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "trace/event.h"
#include "trace/export.h"
#include "trace/generation.h"
#include "trace/stack_table.h"

namespace gotrace {

// Times on a lane never go back. Lanes and curves have numbers above 0; those of a group have the same number modulo
// kGroups, and the lane that is above all others of it has that number.
class Canvas {
 public:
  static constexpr uint64_t kGroups = 8;
  enum Group : uint64_t { kCurves, kRuntime, kProcessors, kThreads, kGoroutines, kTasks };
  struct Detail {
    std::string_view name;
    int64_t number = 0;
    std::string_view text;  // instead of the number, if not empty
  };
  // What a bar or a mark has besides its name.
  struct Details {
    uint32_t stack = 0;  // of stacks()
    std::span<const Detail> more;
    uint64_t arrow_in = 0;            // an arrow that ends here; 0 is none
    uint64_t arrows_out[2] = {0, 0};  // and some that begin here
  };

  virtual ~Canvas() = default;
  // A lane, before anything is on it. Those of a group are in the order of `rank`, what is below a lane right behind
  // it; a parent of 0 is none.
  virtual void Lane(uint64_t lane, uint64_t parent, std::string_view name, int64_t rank) = 0;
  virtual void Curve(uint64_t lane, std::string_view name, bool bytes) = 0;
  // Bars of a lane are one inside the other.
  virtual void Begin(uint64_t lane, int64_t time, std::string_view name, const Details& details) = 0;
  virtual void End(uint64_t lane, int64_t time) = 0;
  virtual void Mark(uint64_t lane, int64_t time, std::string_view name, const Details& details) = 0;
  virtual void Value(uint64_t lane, int64_t time, uint64_t value) = 0;
  // What the clocks said at a time of the trace.
  virtual void Clock(const ClockSnapshot&) {}
  virtual bool Finish() = 0;
  virtual bool ok() const = 0;
  virtual std::string why() const = 0;
  virtual uint64_t written() const = 0;

  StackTable& stacks() { return stacks_; }

 private:
  StackTable stacks_;
};

std::unique_ptr<Exporter> NewPicture(std::unique_ptr<Canvas> canvas);

}  // namespace gotrace

#endif  // TRACE_PICTURE_H_
