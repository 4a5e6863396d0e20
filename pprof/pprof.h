// gort::pprof: where a program's time goes, and where its goroutines wait, in files that `go tool pprof` opens. Go's
// package runtime/pprof.
//
//   gort::pprof::StartCPUProfile("cpu.pprof");
//   ...
//   gort::pprof::StopCPUProfile();                        // go tool pprof -top ./program cpu.pprof
//
//   gort::pprof::Do({{"request", id}}, [&] { serve(); });  // go tool pprof -tagfocus request=17 ...
//
//   gort::pprof::SetBlockProfileRate(1);
//   gort::pprof::WriteProfile("block", "block.pprof");
//
// Threads that gort did not start are not sampled. Functions and lines are in the file: pprof needs no program. Target
// //pprof.
//
// Unless a line says otherwise: on a goroutine.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gort::pprof {

// Samples each thread of gort's hz times in a second of its processor time; the kernel's clock may not tick as often.
// Throws std::system_error if the file cannot be made. False: it is being done already. Uses SIGPROF: if the program
// has a handler of its own for that, there are no samples. pprof.StartCPUProfile.
bool StartCPUProfile(const std::string& path, int hz = 100);
// Writes the file. Whether there was such a profile, and the file has all of it. pprof.StopCPUProfile.
bool StopCPUProfile();

// Waits of that many nanoseconds are counted once on average in as many nanoseconds of waiting; 1: every wait; 0: none.
// Any thread. runtime.SetBlockProfileRate.
void SetBlockProfileRate(int nanoseconds);
// One in so many contended locks is counted; 0: none; below 0: as before. Returns what it was. Any thread.
// runtime.SetMutexProfileFraction.
int SetMutexProfileFraction(int n);

// The profile of that name as it is now: "goroutine", the stacks of all goroutines; "block", where goroutines waited
// for channels, selects, WaitGroups, Conds and locks; "mutex", who kept others waiting for a lock. Throws
// std::invalid_argument for another name. pprof.Lookup, Profile.WriteTo.
std::string Profile(std::string_view name);
// The same to a file. Throws std::system_error.
void WriteProfile(std::string_view name, const std::string& path);

// Names and values that go with samples: what a goroutine works on. Those of one object are kept for ever, so let there
// be few different ones. pprof.LabelSet.
using Labels = std::vector<std::pair<std::string, std::string>>;

// Within this object's life the goroutine has these labels as well as those it had; goroutines that it starts inherit
// them. Ends on the goroutine that made it.
class WithLabels {
 public:
  explicit WithLabels(const Labels& labels);
  ~WithLabels();
  WithLabels(const WithLabels&) = delete;
  WithLabels& operator=(const WithLabels&) = delete;

 private:
  void* before_;
};

// pprof.Do.
template <class F>
decltype(auto) Do(const Labels& labels, F&& f) {
  WithLabels here(labels);
  return std::forward<F>(f)();
}

}  // namespace gort::pprof
