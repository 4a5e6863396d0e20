// gort::trace: what the goroutines of a program did and when, in a file that `go tool trace` opens. Go's package
// runtime/trace.
//
//   gort::trace::Start("trace.out");
//   ...
//   gort::trace::Stop();
//
// A program that was not written for it: GORT_TRACE=file in its environment traces all of it, to its end, be it an
// exit, a fatal error or a signal; GORT_TRACE_LAST=10 beside it only the last 10 seconds, which stay in memory until
// then.
//
// A trace has every creation, start, block, unblock and end of a goroutine, system calls, stops of the world and
// processors, with the time and the stack, and what the program itself says by tasks, regions and logs. A goroutine
// that has lost its processor while it runs (docs/limits.md) shows as one in a system call.
//
// While nobody traces, the tracer costs the scheduler one load that predicts well at each event.
//
// Unless a line says otherwise: on a goroutine, throws nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gort::trace {

// Starts a trace; stops the world for a moment. False: one is being taken already. The file is made anew; throws
// std::system_error if it cannot be. If it takes no more (a full disk), the trace ends there, with a line on standard
// error, and the program goes on. trace.Start.
bool Start(const std::string& path);
// The same to a file, pipe or socket that the caller opened and closes, after Stop.
bool Start(int fd);

// Ends the trace and waits until all of it is written. Whether there was one, and it is complete. A program's end does
// it by itself. trace.Stop.
bool Stop();

// Whether a trace is being taken. Anywhere. trace.IsEnabled.
bool IsEnabled();

// hz > 0: in traces that start from now on, each thread of gort's is sampled hz times a second of its processor time,
// with the stack; 100 is usual. 0: no more. Uses SIGPROF, unless the program has a handler of its own for that: then
// there are no samples. GORT_TRACE_CPU=100 does it from the start. runtime.SetCPUProfileRate.
void SampleCPU(int hz);

// A trace that forgets: the last seconds of it can be written out when something has gone wrong. trace.FlightRecorder
// of Go 1.25. Its destructor stops it.
class FlightRecorder {
 public:
  struct Options {
    double seconds = 10;                     // what is older may be forgotten, a second or so later
    size_t max_bytes = size_t{64} << 20;     // what makes it longer is forgotten earlier
    std::string at_fatal = {};               // at a fatal error it is written to this file; empty: it is lost
  };
  explicit FlightRecorder(Options options);
  FlightRecorder();
  ~FlightRecorder();
  FlightRecorder(const FlightRecorder&) = delete;
  FlightRecorder& operator=(const FlightRecorder&) = delete;

  // False: a trace is being taken already.
  bool Start();
  // What is recorded up to now, as a trace; goes on recording. Throws std::system_error if it cannot be written, or
  // if nothing is recorded.
  void WriteTo(const std::string& path);
  void WriteTo(int fd);
  void Stop();

 private:
  Options options_;
  bool running_ = false;
};

// Something that a program does for some purpose, perhaps by many goroutines: a request, say. It begins where it is
// made and ends with the object, or at End. Any goroutine may use it. trace.NewTask.
class Task {
 public:
  // kind: of which there should be few. parent: what it is part of.
  explicit Task(std::string_view kind, const Task* parent = nullptr);
  ~Task() { End(); }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  void End();
  uint64_t id() const { return id_; }

 private:
  uint64_t id_;
  bool ended_ = false;
};

// A stretch of time of one goroutine, from here to the end of the block. Regions of a goroutine nest.
// trace.StartRegion.
class Region {
 public:
  explicit Region(std::string_view kind, const Task* task = nullptr);
  ~Region();
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

 private:
  std::string kind_;  // empty while nobody traces
  uint64_t task_;
};

// A message at this moment. category: of which there should be few. Texts are cut at 1,024 bytes. trace.Log.
void Log(std::string_view category, std::string_view message, const Task* task = nullptr);

// What GORT_TRACE asks for. gort::Run calls it before the program's main function.
void FromEnvironment();

}  // namespace gort::trace
