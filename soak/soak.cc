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
#include <malloc.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
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
#include "runtime/stack.h"

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

// Opens something, again and again while this process may have no more descriptors: scarce sees to that at times.
bool isScarce(const gort::error& err) { return err.code() == std::errc::too_many_files_open; }
template <class F>
auto opened(F open) {
  for (;;) {
    auto r = open();
    if (r || !isScarce(r.error())) return r;
    gort::time::Sleep(milliseconds(1));
  }
}
auto listening() {
  return opened([] { return gort::net::Listen("tcp", "127.0.0.1:0"); });
}
auto dialled(const gort::net::Listener& l) {
  return opened([&] { return gort::net::Dial("tcp", l.Address().String()); });
}
auto accepted(const gort::net::Listener& l) {
  return opened([&] { return l.Accept(); });
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

// What a stream is made of: the byte at a place tells which place it is, nearly.
std::byte byteAt(int64_t at) { return static_cast<std::byte>(at * 31 >> 3); }
void fill(std::span<std::byte> out, int64_t at) {
  for (std::byte& b : out) b = byteAt(at++);
}
bool isRight(std::span<const std::byte> in, int64_t at) {
  return std::all_of(in.begin(), in.end(), [&](std::byte b) { return b == byteAt(at++); });
}

// Streams there and back over TCP, with deadlines, half-closes and resets.
void sockets(Dice d) {
  auto l = listening();
  if (!l) return wrong("sockets", l.error().Error());
  WaitGroup wg;
  wg.Go([l = *l] {
    for (;;) {
      auto c = accepted(l);
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
      auto c = dialled(l);
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
          fill(std::span(out).first(n), at);
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
        if (!isRight(std::span(in).first(*got), at)) wrong("sockets", "a byte behind " + std::to_string(at));
        at += static_cast<int64_t>(*got);
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

// ---- Connections that do not go well. Each has both ends in its hands and knows what must come of it.

using gort::net::Conn;

// Writes what comes at `at` until there is an error, which is returned, or up to `end`.
gort::error writeFrom(const Conn& c, int64_t& at, int64_t end) {
  std::vector<std::byte> out(2000);
  while (at < end) {
    const auto n = static_cast<size_t>(std::min<int64_t>(std::ssize(out), end - at));
    fill(std::span(out).first(n), at);
    auto put = c.Write(std::span(out).first(n));
    at += static_cast<int64_t>(put.partial());
    if (!put) return put.error();
  }
  return {};
}

// Reads until there is an error, which is returned. What comes must be right.
gort::error readFrom(const Conn& c, int64_t& at) {
  std::vector<std::byte> in(3000);
  for (;;) {
    auto got = c.Read(in);
    if (!got) return got.error();
    if (!isRight(std::span(in).first(*got), at)) wrong("rough", "a byte behind " + std::to_string(at));
    at += static_cast<int64_t>(*got);
  }
}

// Nobody reads: the writer's deadline passes, perhaps again. Then somebody does, and all comes that was said to have
// gone, and what was written afterwards.
void stalls(const Conn& a, const Conn& b, Dice d) {
  (void)a.SetWriteBuffer(4096);
  (void)b.SetReadBuffer(4096);
  int64_t sent = 0, came = 0;
  for (int64_t i = d.from(1, 3); i > 0; i--) {
    (void)a.SetWriteDeadline(gort::time::Now() + microseconds(d.from(1, 5000)));
    gort::error err = writeFrom(a, sent, int64_t{1} << 40);
    if (!err.Timeout()) wrong("rough", "a stalled write: " + err.Error());
  }
  (void)a.SetWriteDeadline({});
  const int64_t size = sent + d.from(1, 100'000);
  WaitGroup reader;
  start(d, reader, [&] {
    gort::error err = readFrom(b, came);
    if (err != gort::io::Eof) wrong("rough", "behind a stall: " + err.Error());
  });
  if (gort::error err = writeFrom(a, sent, size)) wrong("rough", "a write behind a stall: " + err.Error());
  (void)a.CloseWrite();
  reader.Wait();
  if (came != size || sent != size) wrong("rough", std::to_string(came) + " bytes of " + std::to_string(size));
}

// One end goes away in the middle, with a reset: the other has read a part that is right, and is told so.
void resets(const Conn& a, const Conn& b, Dice d) {
  int64_t sent = 0, came = 0;
  WaitGroup reader;
  start(d, reader, [&] {
    gort::error err = readFrom(b, came);
    if (err.code() != std::errc::connection_reset) wrong("rough", "a reset: " + err.Error());
    auto put = b.Write("more");
    if (put || put.error().code() != std::errc::broken_pipe) wrong("rough", "a write behind a reset");
  });
  (void)writeFrom(a, sent, d.from(0, 50'000));
  dawdle(d);
  (void)a.SetLinger(0);
  (void)a.Close();
  reader.Wait();
  if (came > sent) wrong("rough", "more came than was sent");
}

// Each end says that it is done, and reads what the other one has still to say.
void halfCloses(const Conn& a, const Conn& b, Dice d) {
  const int64_t there = d.from(0, 50'000), back = d.from(0, 50'000);
  int64_t sentThere = 0, cameThere = 0, sentBack = 0, cameBack = 0;
  WaitGroup other;
  start(d, other, [&] {
    if (readFrom(b, cameThere) != gort::io::Eof) wrong("rough", "no end there");
    (void)writeFrom(b, sentBack, back);
    (void)b.CloseWrite();
  });
  (void)writeFrom(a, sentThere, there);
  (void)a.CloseWrite();
  if (a.Write("x").error().code() != std::errc::broken_pipe) wrong("rough", "a write behind CloseWrite");
  if (readFrom(a, cameBack) != gort::io::Eof) wrong("rough", "no end back");
  other.Wait();
  if (cameThere != there || cameBack != back) wrong("rough", "half-closed: bytes lost");
  (void)b.CloseRead();
  std::byte byte[1];
  if (b.Read(byte).error() != gort::io::Eof) wrong("rough", "a read behind CloseRead");
}

// Deadlines that pass before anything comes, that are over from the start, that are taken back; and one that is moved
// on all the time.
void timesOut(const Conn& a, const Conn& b, Dice d) {
  std::byte byte[1];
  for (int64_t i = d.from(1, 4); i > 0; i--) {
    const auto wait = microseconds(d.from(-1000, 3000));
    const auto start = gort::time::Now();
    (void)b.SetReadDeadline(start + wait);
    auto got = b.Read(byte);
    if (got || !got.error().Timeout()) wrong("rough", "a deadline that did not come");
    if (gort::time::Since(start) < wait) wrong("rough", "a deadline that came too early");
  }
  WaitGroup mover;
  std::atomic<bool> over{false};
  // The write may come later than the last move but for a minute.
  start(d, mover, [&, d = d.next()]() mutable {
    while (!over) {
      (void)b.SetReadDeadline(gort::time::Now() + std::chrono::seconds(60) + microseconds(d.from(0, 500)));
      dawdle(d);
    }
  });
  (void)b.SetReadDeadline({});
  const auto late = microseconds(d.from(0, 5000));
  gort::time::AfterFunc(late, [a] { (void)a.Write("!"); });
  if (auto got = b.Read(byte); !got) wrong("rough", "a deadline was moved on, and came: " + got.error().Error());
  over = true;
  mover.Wait();
}

// Nobody accepts, and the kernel has no more room for those that wait: a dial with a timeout ends with it.
void dialsInVain(Dice d) {
  sockaddr_in sa{};
  sa.sin_family = AF_INET;
  sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t n = sizeof sa;
  int fd = -1;
  while ((fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) < 0 && errno == EMFILE) {
    gort::time::Sleep(milliseconds(1));
  }
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&sa), sizeof sa) != 0 || listen(fd, 0) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&sa), &n) != 0) {
    return wrong("rough", "a socket that nobody accepts from");
  }
  const std::string address = "127.0.0.1:" + std::to_string(ntohs(sa.sin_port));
  std::vector<Conn> held;
  bool timedOut = false;
  for (int i = 0; i < 4 && !timedOut; i++) {
    auto c = opened([&] { return gort::net::DialTimeout("tcp", address, milliseconds(d.from(20, 40))); });
    if (c) held.push_back(*c);
    else if (c.error().Timeout()) timedOut = true;
    else wrong("rough", "a dial in vain: " + c.error().Error());
  }
  if (!timedOut) wrong("rough", "a dial in vain came through");
  close(fd);
}

void rough(Dice d) {
  auto l = listening();
  if (!l) return wrong("rough", l.error().Error());
  WaitGroup wg;
  for (int64_t i = d.from(1, 8); i > 0; i--) {
    const int64_t kind = d.from(0, 8);
    if (kind == 8) {
      start(d, wg, [d = d.next()] { dialsInVain(d); });
      continue;
    }
    // Nobody else dials or accepts there, so the two are the ends of one connection.
    auto a = dialled(*l);
    if (!a) return wrong("rough", a.error().Error());
    auto b = accepted(*l);
    if (!b) return wrong("rough", b.error().Error());
    if (d.one_in(2)) std::swap(*a, *b);
    start(d, wg, [a = *a, b = *b, kind, d = d.next()]() mutable {
      constexpr void (*kinds[])(const Conn&, const Conn&, Dice) = {stalls, resets, halfCloses, timesOut};
      kinds[kind % 4](a, b, d);
      (void)a.Close();
      (void)b.Close();
    });
  }
  wg.Wait();
  (void)l->Close();
}

// This process may have no more descriptors for a while, so Accept has none to give. It says so, in Go's words and as
// an error that passes; and when there are some again nobody is lost that has waited meanwhile.
void scarce(Dice d) {
  static gort::sync::Mutex limit;
  auto l = listening();
  if (!l) return wrong("scarce", l.error().Error());
  const int64_t n = d.from(1, 12);
  std::vector<Conn> clients;
  for (int64_t i = 0; i < n; i++) {
    auto c = dialled(*l);
    if (!c) return wrong("scarce", c.error().Error());
    clients.push_back(*c);
  }
  {
    // One at a time: the next would take this limit for the old one.
    std::lock_guard alone(limit);
    rlimit was;
    getrlimit(RLIMIT_NOFILE, &was);
    const rlimit none{0, was.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
    for (int64_t i = d.from(1, 5); i > 0; i--) {
      auto c = l->Accept();
      if (c || !isScarce(c.error()) || !c.error().Temporary()) wrong("scarce", "an Accept without descriptors");
      if (!c && !c.error().Error().ends_with(": accept4: too many open files")) wrong("scarce", c.error().Error());
      auto p = gort::os::Pipe();
      if (p || !isScarce(p.error())) wrong("scarce", "a pipe without descriptors");
      dawdle(d);
    }
    setrlimit(RLIMIT_NOFILE, &was);
  }
  int64_t sum = 0;
  WaitGroup wg;
  for (int64_t i = 0; i < n; i++) {
    start(d, wg, [c = clients[static_cast<size_t>(i)], i] {
      const std::byte byte[1] = {static_cast<std::byte>(i)};
      if (!c.Write(byte)) wrong("scarce", "a write");
      (void)c.Close();
    });
  }
  for (int64_t i = 0; i < n; i++) {
    auto c = accepted(*l);
    std::byte byte[1];
    if (!c || !c->Read(byte)) return wrong("scarce", "somebody is lost who has waited");
    sum += static_cast<int64_t>(byte[0]);
    (void)c->Close();
  }
  wg.Wait();
  (void)l->Close();
  if (sum != n * (n - 1) / 2) wrong("scarce", "a sum");
}

// A pipe that is full most of the time.
void pipes(Dice d) {
  auto ends = opened([] { return gort::os::Pipe(); });
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

struct Scene {
  std::string_view name;
  void (*play)(Dice);
};
constexpr Scene scenes[] = {
    {"pipeline", pipeline}, {"ring", ring},         {"locks", locks},     {"conditions", conditions},
    {"selects", selects},   {"timers", timers},     {"contexts", contexts}, {"sockets", sockets},
    {"pipes", pipes},       {"crowds", crowds},     {"rough", rough},     {"scarce", scarce},
};

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

// only: a scene's number, or -1 for all.
void round(uint64_t seed, int64_t number, int only, bool change_procs, Signals& signals) {
  std::seed_seq seq{seed, static_cast<uint64_t>(number)};
  uint32_t words[2];
  seq.generate(words, words + 2);
  Dice d(uint64_t{words[0]} << 32 | words[1]);
  WaitGroup wg;
  for (int64_t i = d.from(2, 6); i > 0; i--) {
    const int64_t drawn = d.from(0, std::ssize(scenes) - 1);
    const Scene& scene = scenes[only >= 0 ? only : drawn];
    start(d, wg, [play = scene.play, d = d.next()] { play(d); });
  }
  if (d.one_in(2)) signals.send();
  if (change_procs && d.one_in(2)) gort::GOMAXPROCS(static_cast<int>(d.from(1, 16)));
  wg.Wait();
}

// ---- Memory, and the watch.

// What there is when a round has ended, in bytes: of the process in all, and what of libc's heap is in use, which is
// where nearly everything lies that could leak. The rest: stacks, which go back to the system after a while, and what
// the heap's arenas have free.
struct Memory {
  int64_t resident, heap;
};
Memory memoryNow() {
  std::ifstream f("/proc/self/statm");
  int64_t size = 0, pages = 0;
  f >> size >> pages;
  const struct mallinfo2 info = mallinfo2();
  return {pages * sysconf(_SC_PAGESIZE), static_cast<int64_t>(info.uordblks + info.hblkhd)};
}

double megabytes(int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

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
  int only = -1;  // of scenes
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
      const Scene* scene =
          std::find_if(std::begin(scenes), std::end(scenes), [&](const Scene& s) { return s.name == value; });
      if (name != "--only" || scene == std::end(scenes)) {
        std::fprintf(stderr, "gort soak: %s: usage: [--seconds=N] [--rounds=N] [--seed=S] [--from=N] [--only=SCENE] "
                     "[--patience=N]\n", argv[i]);
        std::exit(2);
      }
      o.only = static_cast<int>(scene - scenes);
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
  std::vector<Memory> memory;
  int64_t n = o.from;
  auto told = start;
  for (; o.rounds > 0 ? n < o.from + o.rounds : gort::time::Since(start) < std::chrono::seconds(o.seconds); n++) {
    round_number = n;
    // Half of the time with the number that was asked for.
    if (n % 2 == 0) gort::GOMAXPROCS(procs);
    round(o.seed, n, o.only, n % 2 == 1, signals);
    memory.push_back(memoryNow());
    if (gort::time::Since(told) > std::chrono::seconds(10)) {
      told = gort::time::Now();
      const auto stacks = runtime::readStackStats();
      std::printf("gort soak: %.0f s, round %ld: resident %.1f MB, of libc's heap %.1f MB, stacks %lu used %lu free\n",
                  std::chrono::duration<double>(told - start).count(), static_cast<long>(n),
                  megabytes(memory.back().resident), megabytes(memory.back().heap),
                  static_cast<unsigned long>(stacks.inUse), static_cast<unsigned long>(stacks.freeWarm));
      std::fflush(stdout);
    }
    if (wrongs > 20) break;
  }
  signals.end();
  // The second quarter of the rounds, which comes when most of what there is to draw has been drawn, and the last one.
  // Medians: the largest is a matter of chance, six crowds at once for one.
  const size_t quarter = memory.size() / 4;
  auto median = [&](size_t of, int64_t Memory::*what) {
    std::vector<int64_t> v;
    for (size_t i = of * quarter; i < (of + 1) * quarter; i++) v.push_back(memory[i].*what);
    std::nth_element(v.begin(), v.begin() + std::ssize(v) / 2, v.end());
    return v.empty() ? 0 : v[v.size() / 2];
  };
  const int64_t before = median(1, &Memory::resident), after = median(3, &Memory::resident);
  const int64_t heapBefore = median(1, &Memory::heap), heapAfter = median(3, &Memory::heap);
  std::printf("gort soak: %ld rounds, %.1f s, %ld wrong; resident %.1f MB, in the end %.1f; of libc's heap %.2f MB, in "
              "the end %.2f\n",
              static_cast<long>(n - o.from), std::chrono::duration<double>(gort::time::Since(start)).count(),
              long{wrongs}, megabytes(before), megabytes(after), megabytes(heapBefore), megabytes(heapAfter));
  const bool grows = heapAfter > heapBefore + heapBefore / 4 + (1 << 19) || after > before + before / 4 + (8 << 20);
  if (memory.size() >= 200 && grows) {
    std::fprintf(stderr, "gort soak: memory grows\n");
    return 1;
  }
  return wrongs == 0 ? 0 : 1;
}
