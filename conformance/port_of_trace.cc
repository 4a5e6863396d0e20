// The port and the proofs of a trace, and what they say of an event put together.
#include "conformance/port_of_trace.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "conformance/children.h"
#include "worlds/guided/diff.h"
#include "worlds/guided/facts.h"

namespace conformance {

using facts::Fact;
using facts::Kind;

Beside::Beside(const std::function<void(int fd)>& work) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) return;
  std::fflush(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    setpgid(0, 0);  // with all that it forks
    close(fds[0]);
    // What it says when it dies is of no use here.
    const int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, STDERR_FILENO);
    work(fds[1]);
    _exit(0);
  }
  close(fds[1]);
  if (pid_ < 0) {
    close(fds[0]);
  } else {
    fd_ = fds[0];
  }
}

Beside::~Beside() {
  if (fd_ < 0) return;
  close(fd_);
  kill(-pid_, SIGKILL);
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// ---- proofs

// A proof goes through the pipe as a start for each way, n: how many follow.
static void TellProofs(const std::string& path, int fd) {
  facts::Writer out(fd);
  guided::Prove(path, [&](const guided::Proof& proof) {
    Fact fact;
    fact.kind = Kind::kStarted;
    fact.at = proof.offset;
    fact.g = proof.g;
    fact.p = proof.p;
    fact.n = static_cast<int32_t>(proof.ways.size());
    for (const guided::Way& way : proof.ways) {
      fact.n--;
      fact.rule = way.rule;
      fact.place = way.place;
      fact.p2 = way.from;
      out.Put(fact, {});
    }
  });
}

Proofs::Proofs(const std::string& path)
    : prover_([&](int fd) { TellProofs(path, fd); }), reader_(prover_.fd()), ended_(prover_.fd() < 0) {
  Read();
}

void Proofs::Read() {
  Fact fact;
  std::string text;
  next_.ways.clear();
  do {
    if (ended_ || !reader_.Next(fact, text)) {
      ended_ = true;
      return;
    }
    next_.offset = fact.at;
    next_.g = fact.g;
    next_.p = fact.p;
    next_.ways.push_back({fact.rule, fact.place, fact.p2});
  } while (fact.n > 0);
}

const guided::Proof* Proofs::Of(uint64_t offset) {
  if (ended_ || next_.offset != offset) return nullptr;
  std::swap(proof_, next_);
  Read();
  return &proof_;
}

// ---- the port

namespace {

// The port forks while it looks for its way, and any of its processes may be the one that goes on: what waits to be
// written is in memory that they share.
struct PortOut {
  int fd;
  size_t used;
  char bytes[256 << 10];
};
PortOut* port_out;

void FlushPort() {
  WriteAll(port_out->fd, port_out->bytes, port_out->used);
  port_out->used = 0;
}

void FromPort(const Fact& fact, std::string_view text) {
  if (fact.kind == Kind::kNone) return;
  std::string bytes;
  facts::Append(fact, text, bytes);
  if (port_out->used + bytes.size() > sizeof port_out->bytes) FlushPort();
  if (bytes.size() > sizeof port_out->bytes) return;
  std::memcpy(port_out->bytes + port_out->used, bytes.data(), bytes.size());
  port_out->used += bytes.size();
}

// Leads the port through the trace. The last fact says how that ended: kNote at the end of the trace, else kLost.
void LeadPort(const std::string& path, int fd) {
  void* memory = mmap(nullptr, sizeof(PortOut), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) _exit(1);
  port_out = static_cast<PortOut*>(memory);
  port_out->fd = fd;
  guided::ListenToFacts(FromPort);
  guided::Result result;
  std::string error;
  guided::Diff(path, result, error, {}, 0, {});
  Fact last;
  last.kind = result.lost.empty() ? Kind::kNote : Kind::kLost;
  last.at = result.lostOffset;
  FromPort(last, result.lost);
  FlushPort();
}

constexpr size_t kAhead = 1 << 16;
// The last resort: a port that turns in a circle notices it itself (guided::Diff), and one that looks for its way on a
// machine that does other things can be silent for a minute.
constexpr int kPatience = 600'000;  // ms

}  // namespace

Port::Port(const std::string& path)
    : proofs_(path), port_([&](int fd) { LeadPort(path, fd); }), reader_(port_.fd()), follows_(port_.fd() >= 0) {}

TraceFacts::FromPort Port::Of(uint64_t offset, std::string& lost) {
  TraceFacts::FromPort from;
  if (follows_) Led(offset, lost, from);
  from.follows = follows_;
  const guided::Proof* proof = proofs_.Of(offset);
  if (proof == nullptr) return from;
  bool told = false;
  for (Fact& fact : from.facts) {
    if (fact.kind != Kind::kStarted || fact.g != proof->g) continue;
    told = true;
    guided::Judge(fact, *proof);
  }
  if (!told && proof->IsCertain()) {
    Fact fact;
    fact.kind = Kind::kStarted;
    fact.g = proof->g;
    guided::Judge(fact, *proof);
    from.facts.push_back(fact);
  }
  return from;
}

void Port::Led(uint64_t offset, std::string& lost, TraceFacts::FromPort& from) {
  Fill();
  if (auto it = at_.find(offset); it != at_.end()) {
    from.facts = std::move(it->second.facts);
    held_ -= from.facts.size();
    // What came so much earlier goes with no event that is still to come.
    const uint64_t number = it->second.number;
    at_.erase(it);
    for (; !order_.empty() && order_.front().first + kAhead < number; order_.pop_front()) {
      auto old = at_.find(order_.front().second);
      if (old == at_.end() || old->second.number != order_.front().first) continue;
      held_ -= old->second.facts.size();
      at_.erase(old);
    }
  }
  if (ended_ && !whole_ && (offset == lost_at_ || held_ == 0)) {
    follows_ = false;
    at_.clear();
    lost = lost_why_.empty()             ? "the port died"
           : lost_at_ == ~uint64_t{0} ? lost_why_
                                      : "the port lost its way, " + lost_why_;
  }
}

// Whether the port says anything more, or ends.
bool Port::Comes() const {
  pollfd ready = {port_.fd(), POLLIN, 0};
  int n;
  do {
    n = poll(&ready, 1, kPatience);
  } while (n < 0 && errno == EINTR);
  return n > 0;
}

void Port::Fill() {
  Fact fact;
  std::string text;
  while (!ended_ && held_ < kAhead) {
    if (!reader_.Has() && !Comes()) {
      ended_ = true;
      lost_why_ = "the port turns in a circle";
    } else if (!reader_.Next(fact, text)) {
      ended_ = true;
    } else if (fact.kind == Kind::kNote) {
      ended_ = whole_ = true;
    } else if (fact.kind == Kind::kLost) {
      ended_ = true;
      lost_at_ = fact.at;
      lost_why_ = text;
    } else {
      Said& said = at_[fact.at];
      if (said.facts.empty()) {
        said.number = ++number_;
        order_.emplace_back(number_, fact.at);
      }
      said.facts.push_back(fact);
      held_++;
    }
  }
}

}  // namespace conformance
