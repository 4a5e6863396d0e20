// Signals as values in channels.
//
// A handler may do next to nothing: it cannot take a lock, it cannot ready a goroutine. Here it sets the signal's bit
// and writes to an eventfd; a goroutine that waits for that descriptor in the network poller takes the bits and sends.
// Go has a queue and a note in its runtime for the same purpose. A signal that comes again before the goroutine has
// seen it counts once, as everywhere.
//
// The goroutine never ends. A program that only waits for signals has somebody waiting in the poller, and is no
// deadlock.
#include "os/signal/signal.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bitset>
#include <cerrno>
#include <cstdint>
#include <mutex>

#include "api/go.h"
#include "api/panic.h"
#include "api/select.h"
#include "internal/poll/fd_unix.h"
#include "sync/mutex.h"
#include "syscall/syscall.h"

namespace gort::os::signal {

namespace {

constexpr int kSignals = 65;

std::atomic<std::uint64_t> pending{0};  // bit sig - 1
std::atomic<int> wakeFd{-1};

struct Watcher {
  Chan<int> c;
  std::bitset<kSignals> wants;
};

struct State {
  sync::Mutex mu;
  std::vector<Watcher> watchers;
  int wanted[kSignals] = {};                  // by how many
  std::bitset<kSignals> changed;              // the handler is not the one of the start
  struct sigaction before[kSignals] = {};
  poll::FD fd;
};

State& state() {
  static auto* s = new State;
  return *s;
}

bool isOurs(int sig) {
  switch (sig) {
    case SIGURG:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGKILL:
    case SIGSTOP: return false;
    default: return sig > 0 && sig < kSignals && (sig < 32 || sig >= SIGRTMIN);
  }
}

// On any thread, at any instruction.
void onSignal(int sig) {
  pending.fetch_or(1ull << (sig - 1));
  // Not on the stack: that is the thread's for signals, where handlers of several goroutines are one after the other,
  // and ThreadSanitizer knows of no order.
  static constexpr std::uint64_t one = 1;
  syscall::RawSyscall(SYS_write, wakeFd.load(), &one, sizeof one);
}

void deliver(std::uint64_t bits) {
  State& s = state();
  std::lock_guard hold(s.mu);
  for (int sig = 1; sig < kSignals; sig++) {
    if ((bits >> (sig - 1) & 1) == 0) continue;
    for (Watcher& w : s.watchers) {
      if (w.wants[sig]) (void)w.c.try_send(sig);
    }
  }
}

// Under the lock, once.
void start(State& s) {
  if (wakeFd.load() >= 0) return;
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) panic("os/signal: no descriptor: " + error(errno).Error());
  s.fd.Sysfd = fd;
  if (error err = s.fd.Init(true, true)) panic("os/signal: " + err.Error());
  wakeFd = fd;
  go([&s] {
    std::byte count[8];
    while (s.fd.Read(count)) deliver(pending.exchange(0));
  });
}

void install(State& s, int sig, void (*handler)(int)) {
  struct sigaction sa{};
  sa.sa_handler = handler;
  sa.sa_flags = SA_ONSTACK | SA_RESTART;
  sigfillset(&sa.sa_mask);
  if (s.changed[sig]) {
    sigaction(sig, &sa, nullptr);
  } else {
    sigaction(sig, &sa, &s.before[sig]);
    s.changed[sig] = true;
  }
}

void restore(State& s, int sig) {
  if (!s.changed[sig]) return;
  sigaction(sig, &s.before[sig], nullptr);
  s.changed[sig] = false;
}

// w does not want sig any more.
void forget(State& s, Watcher& w, int sig) {
  if (!w.wants[sig]) return;
  w.wants[sig] = false;
  if (--s.wanted[sig] == 0) restore(s, sig);
}

void forgetAll(State& s, const std::vector<int>& signals) {
  for (int sig : signals) {
    if (!isOurs(sig)) continue;
    for (Watcher& w : s.watchers) forget(s, w, sig);
  }
}

}  // namespace

void Notify(const Chan<int>& c, const std::vector<int>& signals) {
  if (!c) panic("os/signal: Notify using nil channel");
  State& s = state();
  std::lock_guard hold(s.mu);
  start(s);
  auto w = std::find_if(s.watchers.begin(), s.watchers.end(), [&](const Watcher& w) { return w.c == c; });
  if (w == s.watchers.end()) w = s.watchers.insert(w, {c, {}});
  for (int sig : signals) {
    if (!isOurs(sig) || w->wants[sig]) continue;
    w->wants[sig] = true;
    if (s.wanted[sig]++ == 0) install(s, sig, onSignal);
  }
}

void Stop(const Chan<int>& c) {
  State& s = state();
  // What has come is delivered first, as in Go.
  if (wakeFd.load() >= 0) deliver(pending.exchange(0));
  std::lock_guard hold(s.mu);
  auto w = std::find_if(s.watchers.begin(), s.watchers.end(), [&](const Watcher& w) { return w.c == c; });
  if (w == s.watchers.end()) return;
  for (int sig = 1; sig < kSignals; sig++) forget(s, *w, sig);
  s.watchers.erase(w);
}

void Ignore(const std::vector<int>& signals) {
  State& s = state();
  std::lock_guard hold(s.mu);
  forgetAll(s, signals);
  for (int sig : signals) {
    if (isOurs(sig)) install(s, sig, SIG_IGN);
  }
}

void Reset(const std::vector<int>& signals) {
  State& s = state();
  std::lock_guard hold(s.mu);
  forgetAll(s, signals);
  for (int sig : signals) {
    if (isOurs(sig)) restore(s, sig);
  }
}

std::pair<context::Context, context::CancelFunc> NotifyContext(const context::Context& parent,
                                                               const std::vector<int>& signals) {
  // Two, so that the goroutine can end it and yet does not keep it from ending when the caller lets go of it.
  auto [outer, cancelOuter] = context::WithCancel(parent);
  auto [ctx, cancel] = context::WithCancel(outer);
  Chan<int> c(1);
  Notify(c, signals);
  go([c, done = ctx.Done(), cancelOuter = cancelOuter] {
    select(recv(c, [&](std::optional<int>) { cancelOuter(); }), recv(done));
    Stop(c);
  });
  return {ctx, cancel};
}

}  // namespace gort::os::signal
