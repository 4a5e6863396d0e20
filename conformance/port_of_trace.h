// What is said of each event of a trace by those who go through it beside its reader: a port that is led through it
// (worlds/guided), and the proofs of its starts. Each is a process of its own: a port can run once in a process, forks
// while it looks for its way, and may die; and proofs do not wait for it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "conformance/trace_facts.h"
#include "worlds/facts/stream.h"
#include "worlds/guided/proofs.h"

namespace conformance {

// A process that does one thing, and tells of it by a pipe. It ends with this object.
class Beside {
 public:
  // work(fd) there, and nothing behind it. It may fork.
  explicit Beside(const std::function<void(int fd)>& work);
  ~Beside();
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

  int fd() const { return fd_; }  // -1: there is none

 private:
  pid_t pid_ = -1;
  int fd_ = -1;
};

class Proofs {
 public:
  explicit Proofs(const std::string& path);
  // Of the next event of the trace; nullptr: nothing. Good until the next call.
  const guided::Proof* Of(uint64_t offset);

 private:
  void Read();

  Beside prover_;
  facts::Reader reader_;
  guided::Proof proof_, next_;
  bool ended_ = false;
};

// What the port says, by the place of the event that it goes with. It is ahead of the trace by some thousand facts,
// since it says of an event now and then what comes of one that is later in the file.
class Port {
 public:
  explicit Port(const std::string& path);
  // Of the next event of the trace. `lost`: from there on there is nothing but proofs, and why.
  TraceFacts::FromPort Of(uint64_t offset, std::string& lost);

 private:
  struct Said {
    uint64_t number = 0;  // in the order in which the port came to events
    std::vector<facts::Fact> facts;
  };

  bool Comes() const;
  void Fill();
  void Led(uint64_t offset, std::string& lost, TraceFacts::FromPort& from);

  Proofs proofs_;
  Beside port_;
  facts::Reader reader_;
  absl::flat_hash_map<uint64_t, Said> at_;
  std::deque<std::pair<uint64_t, uint64_t>> order_;  // the number, and of which event
  uint64_t number_ = 0;
  size_t held_ = 0;
  bool follows_ = false, ended_ = false, whole_ = false;
  uint64_t lost_at_ = ~uint64_t{0};
  std::string lost_why_;
};

}  // namespace conformance
