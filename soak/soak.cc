// gort soak: everything at once, for as long as one likes, and nothing may be lost, out of order or stuck.
//
// A round draws a number of scenes, each of which does some work and then looks at its own sums; they run side by side,
// on goroutines and on threads that gort did not start, while GOMAXPROCS changes, signals arrive and goroutines that
// only compute lose their processors. When all scenes of a round have ended the next one begins. What a round draws
// depends on the seed and its number alone, so `--seed S --from N` goes to it at once; in which order the machine lets
// things happen is chance all the same.
//
// Exit status: 0 all was right; 1 a sum was wrong, a round did not end, or memory grew. The seed is printed at the
// start.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "context/context.h"
#include "gort.h"
#include "net/dial.h"
#include "net/net.h"
#include "os/file.h"
#include "os/signal/signal.h"

namespace {

using gort::Chan;
using gort::sync::WaitGroup;
using std::chrono::microseconds;
using std::chrono::milliseconds;

std::atomic<long> wrongs{0};
std::atomic<int64_t> round_number{0};

void wrong(const char* scene, const std::string& what) {
  if (wrongs++ < 20) std::fprintf(stderr, "gort soak: round %ld, %s: %s\n", long{round_number}, scene, what.c_str());
}

// The dice of a scene. Not shared: who starts others gives each its own.
class Dice {
 public:
  explicit Dice(uint64_t seed) : r_(seed) {}
  int64_t from(int64_t lo, int64_t hi) { return lo + static_cast<int64_t>(r_() % static_cast<uint64_t>(hi - lo + 1)); }
  bool one_in(int64_t n) { return from(1, n) == 1; }
  Dice next() { return Dice(r_()); }

 private:
  std::mt19937_64 r_;
};

// Runs f on a goroutine or, one time in four, on a thread of its own; wg counts it.
template <class F>
void start(Dice& d, WaitGroup& wg, F f) {
  wg.Add(1);
  auto body = [&wg, f = std::move(f)]() mutable {
    f();
    wg.Done();
  };
  if (d.one_in(4)) {
    std::thread(std::move(body)).detach();
  } else {
    gort::go(std::move(body));
  }
}

void compute(int64_t steps) {
  for (int64_t i = 0; i < steps; i++) asm volatile("" : "+r"(i));
}

// What may stand between two steps of anybody's work.
void dawdle(Dice& d) {
  switch (d.from(0, 40)) {
    case 0: gort::Gosched(); break;
    case 1: gort::time::Sleep(microseconds(d.from(1, 2000))); break;
    case 2: compute(d.from(1, 300'000)); break;
    case 3: gort::Blocking([&] { usleep(static_cast<useconds_t>(d.from(1, 500))); }); break;
    case 4: usleep(static_cast<useconds_t>(d.from(1, 500))); break;
    default: break;
  }
}

// ---- The scenes.

// Producers and consumers: each value arrives once, those of one producer in order at each consumer.
void pipeline(Dice d) {
  struct Item {
    int producer;
    int64_t n;
  };
  const int producers = static_cast<int>(d.from(1, 6)), consumers = static_cast<int>(d.from(1, 6));
  const int64_t each = d.from(10, 2000);
  Chan<Item> c(d.from(0, 1) * d.from(0, 64));
  WaitGroup made, taken;
  std::atomic<int64_t> sum{0}, count{0};
  for (int p = 0; p < producers; p++) {
    start(d, made, [=, d = d.next()]() mutable {
      for (int64_t n = 1; n <= each; n++) {
        c << Item{p, n};
        dawdle(d);
      }
    });
  }
  for (int i = 0; i < consumers; i++) {
    start(d, taken, [&, c, d = d.next()]() mutable {
      std::vector<int64_t> last(static_cast<size_t>(producers), 0);
      for (Item item : c) {
        int64_t& before = last[static_cast<size_t>(item.producer)];
        if (item.n <= before) wrong("pipeline", "order");
        before = item.n;
        sum += item.n;
        count++;
        dawdle(d);
      }
    });
  }
  made.Wait();
  c.close();
  taken.Wait();
  if (count != producers * each || sum != producers * each * (each + 1) / 2) {
    wrong("pipeline", std::to_string(count) + " of " + std::to_string(producers * each) + " values");
  }
}

// A token goes around a ring.
void ring(Dice d) {
  const auto n = static_cast<size_t>(d.from(2, 50));
  const int64_t laps = d.from(1, 100);
  std::vector<Chan<int64_t>> at;
  for (size_t i = 0; i < n; i++) at.emplace_back(d.from(0, 1));
  WaitGroup wg;
  for (size_t i = 1; i < n; i++) {
    start(d, wg, [from = at[i], to = at[(i + 1) % n], i] {
      int64_t expected = static_cast<int64_t>(i);
      for (int64_t token : from) {
        if (token % 1000 != expected) wrong("ring", "order");
        to << token + 1;
      }
      to.close();
    });
  }
  for (int64_t lap = 0; lap < laps; lap++) {
    at[1] << lap * 1000 + 1;
    if (at[0].recv() != lap * 1000 + static_cast<int64_t>(n)) wrong("ring", "a lap");
  }
  at[1].close();
  if (at[0].recv()) wrong("ring", "more than there was");
  wg.Wait();
}

// Counters under each kind of lock.
void locks(Dice d) {
  gort::sync::Mutex mu;
  gort::sync::RWMutex rw;
  gort::sync::Once once;
  int64_t a = 0, b = 0;
  std::atomic<int> firsts{0};
  const int n = static_cast<int>(d.from(2, 12));
  const int64_t each = d.from(10, 3000);
  WaitGroup wg;
  for (int i = 0; i < n; i++) {
    start(d, wg, [&, d = d.next()]() mutable {
      once.Do([&] { firsts++; });
      for (int64_t k = 0; k < each; k++) {
        mu.Lock();
        a++;
        if (d.one_in(50)) dawdle(d);
        mu.Unlock();
        if (d.one_in(4)) {
          rw.Lock();
          b++;
          rw.Unlock();
        } else {
          rw.RLock();
          if (b < 0) wrong("locks", "a reader saw a half");
          rw.RUnlock();
          rw.Lock();
          b++;
          rw.Unlock();
        }
      }
    });
  }
  wg.Wait();
  if (a != n * each || b != n * each || firsts != 1) wrong("locks", "a count");
}

// A queue with a condition variable.
void conditions(Dice d) {
  gort::sync::Mutex mu;
  gort::sync::Cond ready(mu);
  std::vector<int64_t> queue;
  bool over = false;
  std::atomic<int64_t> got{0};
  const int64_t n = d.from(10, 2000);
  WaitGroup wg;
  for (int64_t i = d.from(1, 5); i > 0; i--) {
    start(d, wg, [&]() {
      for (;;) {
        mu.Lock();
        ready.Wait([&] { return over || !queue.empty(); });
        if (queue.empty()) {
          mu.Unlock();
          return;
        }
        got += queue.back();
        queue.pop_back();
        mu.Unlock();
      }
    });
  }
  for (int64_t k = 1; k <= n; k++) {
    mu.Lock();
    queue.push_back(k);
    mu.Unlock();
    ready.Signal();
    dawdle(d);
  }
  mu.Lock();
  over = true;
  mu.Unlock();
  ready.Broadcast();
  wg.Wait();
  if (got != n * (n + 1) / 2) wrong("conditions", "a sum");
}

// Selects with timeouts over several channels: what was sent is received.
void selects(Dice d) {
  Chan<int64_t> c[4];
  for (auto& each : c) each = Chan<int64_t>(d.from(0, 3));
  const int64_t n = d.from(10, 1000);
  std::atomic<int64_t> sent{0}, received{0};
  std::atomic<int> senders{4};
  Chan<void> done(0);
  WaitGroup wg;
  for (int i = 0; i < 4; i++) {
    start(d, wg, [&, i, d = d.next()]() mutable {
      for (int64_t k = 1; k <= n; k++) {
        for (bool went = false; !went;) {
          went = gort::select(gort::send(c[i], k), gort::recv(gort::time::After(microseconds(d.from(1, 3000))))) == 0;
        }
        sent += k;
        dawdle(d);
      }
      if (--senders == 0) done.close();
    });
  }
  for (int64_t i = d.from(1, 3); i > 0; i--) {
    start(d, wg, [&]() {
      auto add = [&](int64_t v) { received += v; };
      for (bool more = true; more;) {
        gort::select(gort::recv(c[0], add), gort::recv(c[1], add), gort::recv(c[2], add), gort::recv(c[3], add),
                     gort::recv(done, [&] { more = false; }));
      }
    });
  }
  wg.Wait();
  for (auto& each : c) {
    each.close();
    for (int64_t v : each) received += v;
  }
  if (sent != received || sent != 4 * (n * (n + 1) / 2)) wrong("selects", "a value lost");
}

// Timers: never early, each fires once or was stopped.
void timers(Dice d) {
  const int n = static_cast<int>(d.from(1, 200));
  std::atomic<int> fired{0}, stopped{0};
  WaitGroup wg;
  for (int i = 0; i < n; i++) {
    wg.Add(1);
    const auto wait = microseconds(d.from(0, 5000));
    const auto start = gort::time::Now();
    gort::time::Timer t = gort::time::AfterFunc(wait, [&, wait, start] {
      if (gort::time::Since(start) < wait) wrong("timers", "early");
      fired++;
      wg.Done();
    });
    if (d.one_in(3) && t.Stop()) {
      if (d.one_in(2)) {
        t.Reset(microseconds(d.from(5000, 9000)));
      } else {
        stopped++;
        wg.Done();
      }
    }
    dawdle(d);
  }
  wg.Wait();
  if (fired + stopped != n) wrong("timers", "a count");
  gort::time::Ticker tick = gort::time::NewTicker(microseconds(d.from(100, 2000)));
  for (int i = 0; i < 3; i++) tick.C.recv();
  tick.Stop();
}

// Trees of contexts: all of them end, and only those below what was cancelled.
void contexts(Dice d) {
  auto [root, cancel] = gort::context::WithCancel(gort::context::Background());
  auto [other, cancelOther] = gort::context::WithCancel(gort::context::Background());
  WaitGroup wg;
  std::atomic<int> ended{0};
  const int n = static_cast<int>(d.from(1, 40));
  for (int i = 0; i < n; i++) {
    start(d, wg, [&, root = root, i]() {
      auto [ctx, stop] = gort::context::WithTimeout(root, i % 2 == 0 ? milliseconds(1) : std::chrono::hours(1));
      ctx.Done().recv();
      if (!ctx.Err()) wrong("contexts", "ended without an error");
      ended++;
    });
  }
  gort::time::Sleep(microseconds(d.from(1, 3000)));
  cancel();
  wg.Wait();
  if (ended != n) wrong("contexts", "a count");
  if (other.Err()) wrong("contexts", "another one ended");
  cancelOther();
}

// Streams there and back over TCP, with deadlines, half-closes and resets.
void sockets(Dice d) {
  auto l = gort::net::Listen("tcp", "127.0.0.1:0");
  if (!l) return wrong("sockets", l.error().Error());
  WaitGroup wg;
  wg.Go([l = *l] {
    for (;;) {
      auto c = l.Accept();
      if (!c) return;
      gort::go([c = *c] {
        std::vector<std::byte> buf(4096);
        for (;;) {
          auto got = c.Read(buf);
          if (!got) break;
          if (!c.Write(std::span(buf).first(*got))) break;
        }
        (void)c.CloseWrite();
      });
    }
  });
  WaitGroup clients;
  for (int64_t i = d.from(1, 8); i > 0; i--) {
    start(d, clients, [l = *l, d = d.next()]() mutable {
      auto c = gort::net::Dial("tcp", l.Address().String());
      if (!c) return wrong("sockets", c.error().Error());
      if (d.one_in(8)) {
        // Goes away in the middle.
        (void)c->Write("half");
        (void)c->SetLinger(0);
        (void)c->Close();
        return;
      }
      if (d.one_in(4)) {
        // Nothing comes: a deadline, and then it goes on.
        (void)c->SetReadDeadline(gort::time::Now() + microseconds(d.from(1, 2000)));
        std::byte b[1];
        auto got = c->Read(b);
        if (got || !got.error().Timeout()) wrong("sockets", "a deadline that did not come");
        (void)c->SetReadDeadline({});
      }
      const int64_t size = d.from(1, 200'000);
      WaitGroup writer;
      writer.Go([c = *c, size, d = d.next()]() mutable {
        std::vector<std::byte> out(3000);
        for (int64_t at = 0; at < size;) {
          const auto n = static_cast<size_t>(std::min<int64_t>(d.from(1, 3000), size - at));
          for (size_t k = 0; k < n; k++) out[k] = static_cast<std::byte>((at + static_cast<int64_t>(k)) * 31 >> 3);
          auto put = c.Write(std::span(out).first(n));
          if (!put) return wrong("sockets", put.error().Error());
          at += static_cast<int64_t>(n);
        }
        (void)c.CloseWrite();
      });
      int64_t at = 0;
      std::vector<std::byte> in(5000);
      for (;;) {
        auto got = c->Read(std::span(in).first(static_cast<size_t>(d.from(1, 5000))));
        if (!got) {
          if (got.error() != gort::io::Eof) wrong("sockets", got.error().Error());
          break;
        }
        for (size_t k = 0; k < *got; k++, at++) {
          if (in[k] != static_cast<std::byte>(at * 31 >> 3)) {
            wrong("sockets", "a byte at " + std::to_string(at));
            break;
          }
        }
      }
      writer.Wait();
      if (at != size) wrong("sockets", std::to_string(at) + " bytes of " + std::to_string(size));
      (void)c->Close();
    });
  }
  clients.Wait();
  (void)l->Close();
  wg.Wait();
}

// A pipe that is full most of the time.
void pipes(Dice d) {
  auto ends = gort::os::Pipe();
  if (!ends) return wrong("pipes", ends.error().Error());
  auto& [r, w] = *ends;
  const int64_t size = d.from(1, 400'000);
  WaitGroup wg;
  start(d, wg, [w = w, size]() {
    std::vector<std::byte> out(static_cast<size_t>(size), std::byte{7});
    auto put = w.Write(out);
    if (!put) wrong("pipes", put.error().Error());
    (void)w.Close();
  });
  int64_t n = 0;
  std::vector<std::byte> in(70'000);
  for (;;) {
    auto got = r.Read(in);
    if (!got) break;
    n += static_cast<int64_t>(*got);
    dawdle(d);
  }
  wg.Wait();
  (void)r.Close();
  if (n != size) wrong("pipes", std::to_string(n) + " bytes of " + std::to_string(size));
}

// Goroutines by the thousand, some of them wired to their threads.
void crowds(Dice d) {
  WaitGroup wg;
  std::atomic<int64_t> n{0};
  const int64_t many = d.from(1, 5000);
  for (int64_t i = 0; i < many; i++) {
    wg.Go([&, wire = d.one_in(200)] {
      if (wire) gort::LockOSThread();
      if (wire) gort::Gosched();
      n++;
    });
  }
  wg.Wait();
  if (n != many) wrong("crowds", "a goroutine lost");
}

using Scene = void (*)(Dice);
constexpr Scene scenes[] = {pipeline, ring, locks, conditions, selects, timers, contexts, sockets, pipes, crowds};

// ---- What goes on meanwhile.

// Sends this process signals, which a goroutine is told of.
class Signals {
 public:
  Signals() : c_(64) {
    gort::os::signal::Notify(c_, {SIGUSR1});
    wg_.Go([this] {
      for ([[maybe_unused]] int sig : c_) got_++;
    });
  }
  void send() {
    kill(getpid(), SIGUSR1);
    sent_++;
  }
  void end() {
    // One of them arrives at least; which ones is up to the kernel, who merges them.
    for (int i = 0; i < 10'000 && sent_ > 0 && got_ == 0; i++) gort::time::Sleep(milliseconds(1));
    if (sent_ > 0 && got_ == 0) wrong("signals", "none arrived");
    gort::os::signal::Stop(c_);
    c_.close();
    wg_.Wait();
  }

 private:
  Chan<int> c_;
  WaitGroup wg_;
  std::atomic<int64_t> got_{0};
  int64_t sent_ = 0;
};

void round(uint64_t seed, int64_t number, bool change_procs, Signals& signals) {
  std::seed_seq seq{seed, static_cast<uint64_t>(number)};
  uint32_t words[2];
  seq.generate(words, words + 2);
  Dice d(uint64_t{words[0]} << 32 | words[1]);
  WaitGroup wg;
  for (int64_t i = d.from(2, 6); i > 0; i--) {
    Scene scene = scenes[d.from(0, std::ssize(scenes) - 1)];
    start(d, wg, [scene, d = d.next()] { scene(d); });
  }
  if (d.one_in(2)) signals.send();
  if (change_procs && d.one_in(2)) gort::GOMAXPROCS(static_cast<int>(d.from(1, 16)));
  wg.Wait();
}

// ---- Memory, and the watch.

int64_t resident() {
  std::ifstream f("/proc/self/statm");
  int64_t size = 0, pages = 0;
  f >> size >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

// A thread that gort knows nothing of: ends the process, with a dump, when no round ends for long.
void watch(int64_t patience_s) {
  std::thread([=] {
    int64_t last = -1, still = 0;
    for (;;) {
      sleep(1);
      const int64_t now = round_number;
      still = now == last ? still + 1 : 0;
      last = now;
      if (still < patience_s) continue;
      std::fprintf(stderr, "gort soak: round %ld has not ended for %ld s\n", long{now}, long{still});
      kill(getpid(), SIGQUIT);
      sleep(10);
      _exit(1);
    }
  }).detach();
}

struct Options {
  int64_t seconds = 10, rounds = 0, from = 0, patience = 120;
  uint64_t seed = 0;
};

Options parse(int argc, char** argv) {
  Options o;
  std::random_device chance;
  o.seed = chance();
  for (int i = 1; i < argc; i++) {
    std::string_view word = argv[i];
    const size_t eq = word.find('=');
    int64_t v = -1;
    std::string_view value = eq == word.npos ? "" : word.substr(eq + 1);
    auto [end, bad] = std::from_chars(value.data(), value.data() + value.size(), v);
    const bool number = bad == std::errc() && end == value.data() + value.size() && v >= 0 && !value.empty();
    std::string_view name = word.substr(0, eq);
    int64_t* to = name == "--seconds"    ? &o.seconds
                  : name == "--rounds"   ? &o.rounds
                  : name == "--from"     ? &o.from
                  : name == "--patience" ? &o.patience
                                         : nullptr;
    if (number && to != nullptr) {
      *to = v;
    } else if (number && name == "--seed") {
      o.seed = static_cast<uint64_t>(v);
    } else {
      std::fprintf(stderr, "gort soak: %s: usage: [--seconds=N] [--rounds=N] [--seed=S] [--from=N] [--patience=N]\n",
                   argv[i]);
      std::exit(2);
    }
  }
  return o;
}

}  // namespace

int gort_main(int argc, char** argv) {
  const Options o = parse(argc, argv);
  std::printf("gort soak: GOMAXPROCS=%d --seed=%llu --from=%ld\n", gort::GOMAXPROCS(-1),
              static_cast<unsigned long long>(o.seed), static_cast<long>(o.from));
  std::fflush(stdout);
  const int procs = gort::GOMAXPROCS(-1);
  const auto start = gort::time::Now();
  watch(o.patience);
  Signals signals;
  std::vector<int64_t> memory;
  int64_t n = o.from;
  for (; o.rounds > 0 ? n < o.from + o.rounds : gort::time::Since(start) < std::chrono::seconds(o.seconds); n++) {
    round_number = n;
    // Half of the time with the number that was asked for.
    if (n % 2 == 0) gort::GOMAXPROCS(procs);
    round(o.seed, n, n % 2 == 1, signals);
    memory.push_back(resident());
    if (wrongs > 20) break;
  }
  signals.end();
  // The largest of the first half, which has met most of what there is to draw, and of the last quarter.
  const auto quarter = static_cast<std::ptrdiff_t>(memory.size() / 4);
  const int64_t early = memory.empty() ? 0 : *std::max_element(memory.begin(), memory.end() - 2 * quarter);
  const auto last = memory.end() - std::min(std::ssize(memory), std::max<std::ptrdiff_t>(1, quarter));
  const int64_t late = memory.empty() ? 0 : *std::max_element(last, memory.end());
  std::printf("gort soak: %ld rounds, %.1f s, %ld wrong, memory %ld MB, at the end %ld MB\n",
              static_cast<long>(n - o.from), std::chrono::duration<double>(gort::time::Since(start)).count(),
              long{wrongs}, static_cast<long>(early >> 20), static_cast<long>(late >> 20));
  if (memory.size() >= 200 && late > early + early / 4 + (32 << 20)) {
    std::fprintf(stderr, "gort soak: memory grows\n");
    return 1;
  }
  return wrongs == 0 ? 0 : 1;
}
