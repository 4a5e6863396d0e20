// facts_of_trace [--text] [--alone] FILE: what happened to the scheduler in an execution trace, as a stream of facts
// (worlds/facts/fact.h) on standard output. --text: a line for each, for people. --alone: without a port.
//
// `gort explain` starts it. What the trace says itself comes from the trace; where goroutines lay and by which rule
// they were taken, from the port in the guided world, in a process of its own: as far as it can follow. Exit status: 0
// the whole trace; 2 one that cannot be read, or not to its end; what was good has been written, and the reason is on
// standard error.
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
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "conformance/children.h"
#include "conformance/diff_report.h"
#include "conformance/trace_facts.h"
#include "trace/reader.h"
#include "worlds/facts/stream.h"
#include "worlds/guided/diff.h"
#include "worlds/guided/facts.h"

namespace {

using facts::Fact;
using facts::Kind;

// The port forks while it looks for its way, and any of its processes may be the one that goes on: what waits to be
// written is in memory that they share.
struct PortOut {
  int fd;
  size_t used;
  char bytes[256 << 10];
};
PortOut* port_out;

void FlushPort() {
  conformance::WriteAll(port_out->fd, port_out->bytes, port_out->used);
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
[[noreturn]] void LeadPort(const std::string& path, int fd) {
  void* memory = mmap(nullptr, sizeof(PortOut), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) _exit(1);
  port_out = static_cast<PortOut*>(memory);
  port_out->fd = fd;
  guided::ListenToFacts(FromPort);
  guided::Result result;
  std::string error;
  guided::Diff(path, result, error, [](const guided::Divergence&) {}, [](const char*) {});
  Fact last;
  last.kind = result.lost.empty() ? Kind::kNote : Kind::kLost;
  last.at = result.lostOffset;
  FromPort(last, result.lost);
  FlushPort();
  _exit(0);
}

std::string Seconds(int64_t ns) { return absl::StrFormat("%.6f s", static_cast<double>(ns) / 1e9); }

// What the port says, by the place of the event that it goes with. It is ahead of the trace by some thousand facts,
// since it says of an event now and then what comes of one that is later in the file.
class Port {
 public:
  explicit Port(const std::string& path) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) return;
    std::fflush(nullptr);
    const pid_t parent = getpid();
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != parent) _exit(0);
      setpgid(0, 0);  // it forks, too
      close(fds[0]);
      // What it says when it dies is of no use here.
      const int nothing = open("/dev/null", O_WRONLY);
      dup2(nothing, STDERR_FILENO);
      LeadPort(path, fds[1]);
    }
    close(fds[1]);
    if (pid_ < 0) {
      close(fds[0]);
      return;
    }
    fd_ = fds[0];
    reader_ = facts::Reader(fd_);
    follows_ = true;
  }
  ~Port() {
    if (fd_ < 0) return;
    close(fd_);
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  // Of the next event of the trace. `lost`: from there on there is nothing, and why.
  conformance::TraceFacts::FromPort Of(uint64_t offset, std::string& lost) {
    conformance::TraceFacts::FromPort from;
    if (!follows_) return from;
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
    from.follows = follows_;
    return from;
  }

 private:
  static constexpr size_t kAhead = 1 << 16;
  // The last resort: a port that turns in a circle notices it itself (guided::Diff), and one that looks for its way on a
  // machine that does other things can be silent for a minute.
  static constexpr int kPatience = 600'000;  // ms

  // Whether the port says anything more, or ends.
  bool Comes() const {
    pollfd ready = {fd_, POLLIN, 0};
    int n;
    do {
      n = poll(&ready, 1, kPatience);
    } while (n < 0 && errno == EINTR);
    return n > 0;
  }

  void Fill() {
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

  pid_t pid_ = -1;
  int fd_ = -1;
  facts::Reader reader_{-1};
  struct Said {
    uint64_t number = 0;  // in the order in which the port came to events
    std::vector<Fact> facts;
  };
  absl::flat_hash_map<uint64_t, Said> at_;
  std::deque<std::pair<uint64_t, uint64_t>> order_;  // the number, and of which event
  uint64_t number_ = 0;
  size_t held_ = 0;
  bool follows_ = false, ended_ = false, whole_ = false;
  uint64_t lost_at_ = ~uint64_t{0};
  std::string lost_why_;
};

}  // namespace

int main(int argc, char** argv) {
  bool text = false, alone = false;
  std::string path;
  for (int i = 1; i < argc; i++) {
    if (std::strcmp(argv[i], "--text") == 0) {
      text = true;
    } else if (std::strcmp(argv[i], "--alone") == 0) {
      alone = true;
    } else if (path.empty()) {
      path = argv[i];
    } else {
      path.clear();
      break;
    }
  }
  if (path.empty()) {
    std::fputs("usage: facts_of_trace [--text] [--alone] TRACE\n", stderr);
    return 2;
  }
  gotrace::Reader reader;
  if (!reader.Open(path)) {
    std::fprintf(stderr, "%s\n", reader.verdict().Line(path).c_str());
    return 2;
  }
  facts::Writer out(STDOUT_FILENO);
  auto put = [&](const Fact& fact, std::string_view words) {
    if (text) {
      std::fputs((facts::ToText(fact, words) + "\n").c_str(), stdout);
    } else {
      out.Put(fact, words);
    }
  };
  auto tell = [&](Kind kind, const gotrace::Event& e, const std::string& words) {
    Fact f;
    f.kind = kind;
    f.time = e.time;
    f.at = e.offset;
    put(f, words);
  };
  std::string lost;
  std::unique_ptr<Port> port;
  conformance::TraceFacts events(put, [&](uint64_t offset) {
    return port == nullptr ? conformance::TraceFacts::FromPort{} : port->Of(offset, lost);
  });
  bool first = true;
  int64_t began = 0;
  while (reader.Next()) {
    const gotrace::Event& e = reader.event();
    if (e.kind == gotrace::kSyncPoint) continue;
    if (first) {
      first = false;
      began = e.time;
      if (!alone) port = std::make_unique<Port>(path);
      if (const std::string note = conformance::PolicyNote(reader.version()); !note.empty()) tell(Kind::kNote, e, note);
      tell(Kind::kLost, e, "");
    }
    events.Event(e, *reader.generation());
    if (!lost.empty()) {
      tell(Kind::kLost, e,
           absl::StrCat("behind ", Seconds(e.time - began), " nobody knows where goroutines lay: ", lost));
      lost.clear();
    }
  }
  std::fflush(stdout);
  out.Flush();
  if (reader.verdict().ok()) return 0;
  std::fprintf(stderr, "%s\n", reader.verdict().Line(path).c_str());
  return 2;
}
