// Where everything is at a moment: goroutines, Ps, threads, queues, as facts tell it one after the other.
//
// Memory goes by the goroutines that are alive and the threads there ever were, not by how long it goes on.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "worlds/facts/fact.h"

namespace explain {

using facts::Certainty;
using facts::Fact;
using facts::How;
using facts::Kind;
using facts::Place;
using facts::Rule;
using facts::kNobody;

// Names of functions, each once. 0 is "".
class Names {
 public:
  Names() { Number(""); }
  uint32_t Number(std::string_view name);
  const std::string& Text(uint32_t number) const { return texts_[number]; }

 private:
  std::unordered_map<std::string, uint32_t> numbers_;
  std::deque<std::string> texts_;
};

enum class GState : uint8_t { kUnknown, kWaiting, kRunnable, kRunning, kInSyscall };

struct G {
  int64_t id = 0;
  uint32_t name = 0;
  uint32_t reason = 0;  // what it waits for
  GState state = GState::kUnknown;
  Place place = Place::kNone;  // of a runnable one
  int32_t p = kNobody;         // whose queue, or where it runs
  int32_t m = kNobody;
  int64_t since = 0;  // in this state
};

enum class PState : uint8_t {
  kGone,
  kIdle,
  kGiven,      // a thread is to come for it
  kScheduler,  // a thread has it, and runs no goroutine
  kGoroutine,
  kGCWorker,
  kInSyscall,
  kHeld,  // the world is stopped
};

struct P {
  PState state = PState::kGone;
  bool newThread = false;  // of kGiven: the thread is being made
  int32_t m = kNobody;
  int64_t g = 0;  // that runs on it, or is in a system call on it
  int64_t since = 0;
  int64_t next = 0;  // runnext
  std::deque<int64_t> ring;
};

enum class MState : uint8_t { kUnknown, kRuns, kComes, kSleeps, kPolls, kEnded };

struct M {
  MState state = MState::kUnknown;
  int32_t p = kNobody;
  int64_t g = 0;
  int64_t since = 0;
};

class State {
 public:
  void Apply(const Fact& fact, std::string_view text);
  // Nobody tells any more who spins.
  void ForgetThreads() { spinning_ = 0; }

  const G* Find(int64_t g) const;
  const std::vector<P>& ps() const { return ps_; }
  const std::map<int32_t, M>& ms() const { return ms_; }  // a trace numbers them as the system does
  const std::deque<int64_t>& global() const { return global_; }
  const std::unordered_map<int64_t, G>& gs() const { return gs_; }
  Names& names() { return names_; }
  const Names& names() const { return names_; }
  const std::string& NameOf(int64_t g) const;
  int32_t procs() const { return procs_; }
  int32_t spinning() const { return spinning_; }
  bool stopped() const { return stopped_; }  // the world is, or is about to be
  int32_t idle() const { return idle_; }     // Ps on the idle list
  int32_t given() const { return given_; }   // Ps for which a thread is to come
  int32_t givenNew() const { return givenNew_; }
  int64_t time() const { return time_; }

  // "P0 runs G7 (main.worker) on M3, since 5.00 us; next G8; ring G9 G10 ..." for all of it, in lines. `now` is a time
  // of the recording's clock, not before the last fact.
  std::string Text(int64_t now) const;

 private:
  G& At(int64_t g);
  P& PAt(int32_t p);
  M& MAt(int32_t m) { return ms_[m]; }
  void Leave(G& g);
  void Take(std::deque<int64_t>& queue, int32_t n);
  void Set(P& p, PState state);
  void Runs(G& g, const Fact& fact, bool worker);
  void StopsRunning(G& g);

  std::unordered_map<int64_t, G> gs_;
  mutable int64_t last_ = -1;  // that was asked for, and what it is: each fact asks for one several times
  mutable G* last_g_ = nullptr;
  std::vector<P> ps_;
  std::map<int32_t, M> ms_;
  std::deque<int64_t> global_;
  Names names_;
  int64_t time_ = 0;
  int32_t procs_ = 0, spinning_ = 0, idle_ = 0, given_ = 0, givenNew_ = 0;
  bool stopped_ = false;
};

}  // namespace explain
