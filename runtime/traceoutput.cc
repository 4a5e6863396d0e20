// Where a trace goes.
//
// A goroutine of the runtime's reads the trace (ReadTrace) and hands each piece to a file or to memory. If a file takes
// no more (a full disk, a pipe that nobody reads) the trace ends there, with one line on standard error, and the
// program goes on.
//
// In memory a trace is a list of generations. Each is complete by itself, so the oldest can be dropped at any time, and
// what is left is a trace.
//
// A program that dies cannot wait for that goroutine: traceCrash makes the pieces, and the thread that dies writes
// them. At that moment the goroutine may be writing, or have a piece in hand; who of the two goes on is settled by
// `turn`. Whoever waits for it must not be what it waits for: while it is the reader's turn, its thread takes no signal
// and its goroutine keeps the thread. A signal that ends the program and comes to a thread that is in the middle of the
// tracer, or has a lock, goes on to another thread (traceEndsElsewhere).
#include "runtime/traceoutput.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

#include "runtime/boundary.h"
#include "runtime/proc_decl.h"
#include "runtime/seam.h"
#include "runtime/trace.h"

namespace runtime {

namespace {

// A piece in memory, or the whole of a generation as a list of them.
struct piece {
  piece* next;
  uintptr len;
  uint8 data[];
};
struct generation {
  generation* next = nullptr;
  uintptr gen = 0;
  int64 started = 0;  // nanotime
  uintptr bytes = 0;
  piece* first = nullptr;
  piece** last = &first;
};

enum : uint32 { turnFree, turnReader, turnCrash };

struct traceOutput {
  uint32 sema = 1;      // one caller of the functions in the header at a time
  bool active = false;  // a trace of ours is being taken; under sema
  bool atEnd = false;   // memory: to be written when the program ends
  char name[512] = {};

  int32 fd = -1;        // -1: memory
  int32 error = 0;      // what the first write that failed said; the rest is thrown away

  // Under memorySema.
  uint32 memorySema = 1;
  int64 keep = 0;
  uintptr mostBytes = 0;
  uintptr bytes = 0;
  generation* oldest = nullptr;
  generation* newest = nullptr;

  uint32 done = 0;             // a semaphore: the reader has ended
  atomic::Uint32<> turn;       // who may write
  atomic::Uint64<> consumed;  // the number of the piece that was written last
  atomic::Pointer<m> crashing;  // turnCrash: whose turn it is
  atomic::Uint32<> passedOn;    // signals that another thread was to end the program by
};
constinit traceOutput out;
constinit char fatalPath[512] = {};
constinit uint8 header[16] = {};  // of a trace in memory

// All of it, or errno.
int32 writeAll(int32 fd, const uint8* p, uintptr n) {
  // The signal of a broken pipe stays with this thread until it is taken away again.
  sigset_t pipe, old, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &old);
  int32 err = 0;
  while (n > 0) {
    const long k = syscall(SYS_write, fd, p, n);
    if (k > 0) {
      p += k;
      n -= static_cast<uintptr>(k);
    } else if (k == 0) {
      err = ENOSPC;
      break;
    } else if (errno == EAGAIN) {
      pollfd ready{fd, POLLOUT, 0};
      timespec forever{1, 0};
      syscall(SYS_ppoll, &ready, 1, &forever, nullptr, 0);
    } else if (errno != EINTR) {
      err = errno;
      break;
    }
  }
  if (err == EPIPE && sigismember(&old, SIGPIPE) == 0 && sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE)) {
    const timespec now{};
    sigtimedwait(&pipe, nullptr, &now);
  }
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  return err;
}

void copyName(char (&to)[512], const char* from) {
  const uintptr n = std::strlen(from) < sizeof to ? std::strlen(from) : sizeof to - 1;
  std::memcpy(to, from, n);
  to[n] = 0;
}

void sayEnded(int32 err) {
  char buf[128];
  const char* text = strerror_r(err, buf, sizeof buf);
  print("gort: trace ", static_cast<const char*>(out.name), ": ", text, "; the trace ends here\n");
}

void freeGeneration(generation* g) {
  while (g->first != nullptr) {
    piece* p = g->first;
    g->first = p->next;
    std::free(p);
  }
  delete g;
}

void dropOldest() {
  generation* g = out.oldest;
  out.oldest = g->next;
  if (out.oldest == nullptr) out.newest = nullptr;
  out.bytes -= g->bytes;
  freeGeneration(g);
}

// Into memory; what is too old goes. memorySema is held.
void remember(const tracePiece& t) {
  if (t.gen == 0) {
    std::memcpy(header, t.data, sizeof header);
    return;
  }
  generation* g = out.newest;
  if (g == nullptr || g->gen != t.gen) {
    g = new generation;
    g->gen = t.gen;
    g->started = nanotime();
    (out.newest != nullptr ? out.newest->next : out.oldest) = g;
    out.newest = g;
    // One that ended long enough ago: the next one had begun by then.
    while (out.oldest != g && out.oldest->next != g && g->started - out.oldest->next->started >= out.keep) dropOldest();
  }
  auto* p = static_cast<piece*>(std::malloc(sizeof(piece) + t.len));
  if (p == nullptr) throw_("trace: out of memory");
  p->next = nullptr;
  p->len = t.len;
  std::memcpy(p->data, t.data, t.len);
  *g->last = p;
  g->last = &p->next;
  g->bytes += t.len;
  out.bytes += t.len;
  while (out.bytes > out.mostBytes && out.oldest != g) dropOldest();
}

void stopEntry(funcval*) { StopTrace(); }

// The reader's turn, unless the program is dying. Nothing in it may wait for a P: a program that dies has perhaps none
// to give.
class readersTurn {
 public:
  readersTurn() {
    sigset_t all;
    sigfillset(&all);
    // What it does itself stays: faults, and what a broken pipe says, of which writeAll disposes.
    for (int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGPIPE}) sigdelset(&all, own);
    pthread_sigmask(SIG_BLOCK, &all, &old_);
    taken_ = out.turn.CompareAndSwap(turnFree, turnReader);
  }
  ~readersTurn() {
    if (taken_) out.turn.Store(turnFree);
    pthread_sigmask(SIG_SETMASK, &old_, nullptr);
  }
  readersTurn(const readersTurn&) = delete;
  readersTurn& operator=(const readersTurn&) = delete;
  bool taken() const { return taken_; }
  void isDoneWith(const tracePiece& t) { out.consumed.Store(t.number); }

 private:
  sigset_t old_;
  bool taken_;
};

// False: the program is dying, and t is written by who ends it.
bool toMemory(const tracePiece& t) {
  semacquire(&out.memorySema);
  bool taken;
  {
    readersTurn turn;
    taken = turn.taken();
    if (taken) {
      remember(t);
      turn.isDoneWith(t);
    }
  }
  semrelease(&out.memorySema);
  return taken;
}

bool toFile(const tracePiece& t) {
  if (out.error != 0) return true;
  int32 err = 0;
  bool taken;
  entersyscall();
  {
    readersTurn turn;
    taken = turn.taken();
    if (taken) {
      err = writeAll(out.fd, t.data, t.len);
      turn.isDoneWith(t);
    }
  }
  exitsyscall();
  if (err == 0) return taken;
  out.error = err;
  sayEnded(err);
  // Not by this one, which the end of a trace waits for.
  static funcval entry{reinterpret_cast<uintptr>(&stopEntry)};
  newproc(&entry);
  return taken;
}

void readerEntry(funcval*) {
  for (;;) {
    const tracePiece t = ReadTrace();
    if (t.len == 0) break;
    if (!(out.fd < 0 ? toMemory(t) : toFile(t))) gopark(nullptr, nullptr, waitReasonPanicWait, traceBlockForever, 1);
  }
  semrelease(&out.done);
}

// Under sema.
bool start() {
  out.error = 0;
  out.consumed.Store(0);
  if (!StartTrace()) return false;
  static funcval entry{reinterpret_cast<uintptr>(&readerEntry)};
  newproc(&entry);
  out.active = true;
  return true;
}

// Holds out.sema.
struct hold {
  hold() { semacquire(&out.sema); }
  ~hold() { semrelease(&out.sema); }
};

bool stop() {
  if (!out.active) return false;
  StopTrace();
  semacquire(&out.done);
  out.active = false;
  out.atEnd = false;
  while (out.oldest != nullptr) dropOldest();
  return out.error == 0;
}

int32 writeMemory(int32 fd, uintptr upTo) {
  int32 err = writeAll(fd, header, sizeof header);
  for (generation* g = out.oldest; g != nullptr && g->gen <= upTo && err == 0; g = g->next) {
    for (piece* p = g->first; p != nullptr && err == 0; p = p->next) err = writeAll(fd, p->data, p->len);
  }
  return err;
}

int32 openFile(const char* path) { return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666); }

}  // namespace

bool traceToFile(int32 fd, const char* name) {
  hold h;
  if (out.active) return false;
  out.fd = fd;
  copyName(out.name, name);
  return start();
}

bool traceToMemory(int64 keep, uintptr mostBytes) {
  hold h;
  if (out.active) return false;
  out.fd = -1;
  out.keep = keep;
  out.mostBytes = mostBytes;
  copyName(out.name, "flight recorder");
  return start();
}

int32 traceWriteTo(int32 fd) {
  hold h;
  if (!out.active || out.fd >= 0) return EINVAL;
  const uintptr gen = tracer.gen.Load();
  traceAdvance(false);
  semacquire(&out.memorySema);
  entersyscall();
  const int32 err = writeMemory(fd, gen);
  exitsyscall();
  semrelease(&out.memorySema);
  return err;
}

bool traceStopOutput() {
  hold h;
  return stop();
}

void traceAtEndTo(const char* path) {
  copyName(out.name, path);
  traceAtFatalTo(path);
  out.atEnd = true;
}

void traceAtFatalTo(const char* path) { copyName(fatalPath, path != nullptr ? path : ""); }

void traceAtExit() {
  if (!out.active) return;
  hold h;
  if (!out.active || (out.fd < 0 && !out.atEnd)) return;
  if (out.fd < 0) {
    traceAdvance(false);
    const int32 fd = openFile(out.name);
    const int32 err = fd < 0 ? errno : writeMemory(fd, ~uintptr{0});
    if (err != 0) sayEnded(err);
    close(fd);
  }
  stop();
}

bool traceEndsElsewhere(uint32 sig) {
  if (!out.active) return false;
  const g* gp = getg();
  m* const me = gp != nullptr ? gp->m : nullptr;
  if (me != nullptr && me->locks == 0 && me->trace.seqlock.Load() % 2 == 0) return false;
  // Where nobody gets on any more, whoever it is has to do.
  constexpr uint32 often = 1000;
  if (out.passedOn.Add(1) > often) return false;
  // These two never end. The first one waits for a signal as well as for anything else; the other may be in the same
  // case, and sends it back then: each of them goes on meanwhile.
  m* other = &m0;
  for (m* mp = allm; mp != nullptr; mp = mp->alllink) {
    if (mp->mstartfn == &sysmon && mp != me && mp->procid != 0) other = mp;
  }
  return other != me && syscall(SYS_tgkill, getpid(), static_cast<pid_t>(other->procid), sig) == 0;
}

void traceAtFatal() {
  if (!out.active || out.error != 0) return;
  int32 fd = out.fd;
  if (fd < 0) {
    if (fatalPath[0] == 0) return;
    fd = openFile(fatalPath);
    if (fd < 0) return sayEnded(errno);
  }
  // The reader may be in the middle of a write, and another thread of a trace's end: two signals came.
  constexpr int64 longEnough = 1'000'000'000;  // ns
  const int64 begin = nanotime();
  while (!out.turn.CompareAndSwap(turnFree, turnCrash)) {
    if (out.crashing.Load() == getg()->m || nanotime() - begin > longEnough) return;
    usleep(100);
  }
  out.crashing.Store(getg()->m);
  if (out.fd < 0 && out.consumed.Load() != 0) writeMemory(fd, ~uintptr{0});
  static constinit int32 crashFd;
  static constinit int32 err;
  crashFd = fd;
  traceCrash(out.consumed.Load(), [](const uint8* p, uintptr n) {
    if (err == 0) err = writeAll(crashFd, p, n);
  });
  if (err != 0) sayEnded(err);
}

bool isTraceWritersStart(uintptr pc) {
  return pc == reinterpret_cast<uintptr>(&readerEntry) || pc == reinterpret_cast<uintptr>(&stopEntry);
}

}  // namespace runtime
