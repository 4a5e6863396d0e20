// Memory. A store that is not sequentially consistent goes into the thread's buffer, in order, and from there to memory
// when the search says so: as on amd64, where nothing else is out of order. A thread sees its own stores at once. What
// is a locked instruction or a fence there (a sequentially consistent store, any read-modify-write, a system call)
// waits until the thread's buffer is empty. membarrier waits for a moment of each other thread at which that one's is.
//
// Races. Vector clocks follow the orders that the code asks for: a release is what an acquire of that word, later, is
// ordered behind; a relaxed access orders nothing, whatever amd64 does. Two plain accesses of one word, one of them a
// store, that are not ordered so are a failure. So a release that is too weak is found although amd64 would forgive it.
//
// What a step is: from one atomic access, or one of a word that is shared on purpose, to the next; of a store that is
// buffered, from its coming into the buffer. Plain accesses that are ordered cannot be seen in between.
//
// What is stronger here than on a processor: a plain store to a shared word, and a plain load of one that the thread
// has a store in the buffer for, wait until that is empty. And there is no order of arm64's in it.
#include <cstdarg>
#include <cstring>

#include "runtime/proc_decl.h"
#include "worlds/explore/arena.h"
#include "worlds/explore/live/machine.h"
#include "worlds/explore/look.h"
#include "worlds/explore/trace_file.h"
#include "worlds/explore/turns.h"
#include "worlds/explore/world.h"
#include "worlds/lockstep/fiber.h"

namespace explore {

using lockstep::Fiber;

namespace property {
const char kExcludes[] = "mutual-exclusion";
const char kNothingLost[] = "nothing-lost-or-twice";
static const char kNoLostWakeup[] = "no-lost-wakeup";
static const char kNoRace[] = "no-data-race";
static const char kPortsOwnChecks[] = "ports-own-checks";
static const char kEnds[] = "ends";
}  // namespace property

namespace {

constexpr int kStores = 8;
constexpr size_t kMostEvents = 5'000;

struct Clock {
  uint32_t at[kReal] = {};
  void Join(const Clock& other) {
    for (int i = 0; i < kReal; i++) at[i] = at[i] > other.at[i] ? at[i] : other.at[i];
  }
};

struct Store {
  uintptr_t at = 0;
  uint64_t value = 0;
  uint8_t size = 0;
  Clock clock;  // what who acquires it learns
};

struct Thread {
  alignas(Fiber) char fiber[sizeof(Fiber)];
  runtime::m* mp = nullptr;
  runtime::g* saved = nullptr;
  Pending next;
  uint8_t drained = 0;  // threads whose buffers must be empty before it goes on
  const uint32_t* futex = nullptr;  // where it sleeps
  bool began = false, ended = false;
  Store stores[kStores];
  int count = 0;
  Clock clock, acquired, released;  // now; what relaxed loads would have taught; at the last fence
  uint8_t passed[kReal] = {};

  Fiber& itsFiber() { return *std::launder(reinterpret_cast<Fiber*>(fiber)); }
};

// Eight bytes that somebody acquires or releases.
struct Word {
  uintptr_t at = 0;
  Clock clock;
};

// Eight bytes that are accessed plainly.
struct Plain {
  uintptr_t at = 0;
  uint32_t written = 0, read[kReal] = {};  // by the threads' own clocks
  uint8_t writer = 0, bytes = 0, readBytes[kReal] = {};
};

struct Range {
  uintptr_t lo = 0, hi = 0;
  const char* name = nullptr;
};

constexpr uint32_t kWords = 256, kPlains = 512, kRanges = 32;

struct State {
  const Litmus* litmus = nullptr;
  Thread threads[kReal];
  int made = 0;
  Thread* current = nullptr;
  int64_t now = 1;
  bool ended = false;
  int value = 0;
  Word words[kWords];
  Plain plains[kPlains];
  Range shareds[kRanges], names[kRanges];
  int nshareds = 0, nnames = 0;
};
State state;

struct Host {
  Fiber fiber;
  Image pristine, start;
  bool hasPristine = false;
  std::vector<Event> events;
  Ending ending;
};
Host& host() {
  static Host* const h = new Host;
  return *h;
}

int numberOf(const Thread* t) { return static_cast<int>(t - state.threads); }

void toHost() {
  Thread* me = state.current;
  me->saved = runtime::getg();
  inside = false;
  Fiber::Switch(me->itsFiber(), host().fiber);
  inside = true;
}

const char* nameAt(uintptr_t at) {
  for (int i = 0; i < state.nnames; i++) {
    if (state.names[i].lo <= at && at < state.names[i].hi) return state.names[i].name;
  }
  return "a word";
}

bool isShared(uintptr_t at) {
  for (int i = 0; i < state.nshareds; i++) {
    if (state.shareds[i].lo <= at && at < state.shareds[i].hi) return true;
  }
  return false;
}

// Objects are words of eight bytes.
uint32_t objectAt(uintptr_t at) { return NumberOf(reinterpret_cast<const void*>(at & ~uintptr_t{7})); }

// That there is something in it.
uint32_t bufferOf(const Thread& t) { return NumberOf(&t.count); }

void waitFor(Kind kind, uint32_t object, const char* what, uint8_t drained = 0, int64_t until = -1) {
  Thread* me = state.current;
  me->next = Pending{};
  me->next.kind = kind;
  me->next.object = object;
  me->next.what = what;
  me->next.until = until;
  me->drained = drained;
  toHost();
  me->drained = 0;
}

bool running() { return inside && state.current != nullptr; }
uint8_t mine() { return static_cast<uint8_t>(1u << numberOf(state.current)); }

// ---- clocks

Word& wordAt(uintptr_t at) {
  at &= ~uintptr_t{7};
  for (uint32_t i = static_cast<uint32_t>(at >> 3) * 2654435761u, tries = 0; tries < kWords; i++, tries++) {
    Word& w = state.words[i % kWords];
    if (w.at == at || w.at == 0) {
      w.at = at;
      return w;
    }
  }
  fails(property::kEnds, "a run touches more atomic words than there are places for");
}

bool acquires(int order) { return order == __ATOMIC_ACQUIRE || order >= __ATOMIC_ACQ_REL || order == __ATOMIC_CONSUME; }
bool releases(int order) { return order >= __ATOMIC_RELEASE; }

void learns(uintptr_t at, int order) {
  Thread* me = state.current;
  const Word& w = wordAt(at);
  if (acquires(order)) {
    me->clock.Join(w.clock);
  } else {
    me->acquired.Join(w.clock);
  }
}
// What a store of that order teaches.
Clock taught(int order) {
  Thread* me = state.current;
  if (!releases(order)) return me->released;
  const Clock now = me->clock;
  me->clock.at[numberOf(me)]++;
  return now;
}

void toMemory(const Store& s) {
  std::memcpy(reinterpret_cast<void*>(s.at), &s.value, s.size);
  Word& w = wordAt(s.at);
  // Of a part of the word the rest remains.
  if (s.size == 8) {
    w.clock = s.clock;
  } else {
    w.clock.Join(s.clock);
  }
}

void plainAccess(uintptr_t at, size_t size, bool writes);

// ---- atomic accesses

template <class T>
T seen(const T* at) {
  T v = *at;
  const auto a = reinterpret_cast<uintptr_t>(at);
  for (int i = 0; i < state.current->count; i++) {
    const Store& s = state.current->stores[i];
    for (uintptr_t b = 0; b < s.size; b++) {
      if (s.at + b >= a && s.at + b < a + sizeof(T)) {
        reinterpret_cast<unsigned char*>(&v)[s.at + b - a] = static_cast<unsigned char>(s.value >> (8 * b));
      }
    }
  }
  return v;
}

template <class T>
T load(const volatile T* p, int order) {
  const T* at = const_cast<const T*>(p);
  if (!running()) return *at;
  const auto a = reinterpret_cast<uintptr_t>(at);
  waitFor(Kind::kRead, objectAt(a), nameAt(a));
  learns(a, order);
  return seen(at);
}

template <class T>
void store(volatile T* p, T v, int order) {
  T* at = const_cast<T*>(p);
  if (!running()) {
    *at = v;
    return;
  }
  const auto a = reinterpret_cast<uintptr_t>(at);
  Store s{a, 0, sizeof(T), {}};
  std::memcpy(&s.value, &v, sizeof(T));
  if (order == __ATOMIC_SEQ_CST) {
    waitFor(Kind::kWrite, objectAt(a), nameAt(a), mine());
    s.clock = taught(order);
    toMemory(s);
    return;
  }
  Thread* me = state.current;
  // When it comes into the buffer can be told by a membarrier of another thread alone.
  waitFor(Kind::kWrite, bufferOf(*me), "a store into the buffer", me->count == kStores ? mine() : uint8_t{0});
  s.clock = taught(order);
  me->stores[me->count++] = s;
}

template <class T, class F>
T change(volatile T* p, int order, F f) {
  T* at = const_cast<T*>(p);
  if (!running()) {
    T old = *at;
    f(*at);
    return old;
  }
  const auto a = reinterpret_cast<uintptr_t>(at);
  waitFor(Kind::kWrite, objectAt(a), nameAt(a), mine());
  T old = *at, v = old;
  const bool stores = f(v);
  learns(a, order);
  if (stores) {
    *at = v;
    wordAt(a).clock.Join(taught(order));
  }
  return old;
}

template <class T>
bool compareAndSwap(volatile T* p, T* expected, T v, int order, int failed) {
  bool won = false;
  T old = change(p, order, [&](T& now) {
    won = now == *expected;
    if (won) now = v;
    return won;
  });
  (void)failed;
  *expected = old;
  return won;
}

// ---- plain accesses

Plain& plainAt(uintptr_t at) {
  for (uint32_t i = static_cast<uint32_t>(at >> 3) * 2654435761u, tries = 0; tries < kPlains; i++, tries++) {
    Plain& p = state.plains[i % kPlains];
    if (p.at == at || p.at == 0) {
      p.at = at;
      return p;
    }
  }
  fails(property::kEnds, "a run touches more words than there are places for");
}

void plainAccess(uintptr_t at, size_t size, bool writes) {
  if (!running()) return;
  Thread* me = state.current;
  if (isShared(at)) {
    bool buffered = false;
    for (int i = 0; i < me->count; i++) {
      const Store& s = me->stores[i];
      buffered = buffered || (s.at < at + size && at < s.at + s.size);
    }
    waitFor(writes ? Kind::kWrite : Kind::kRead, objectAt(at), nameAt(at), writes || buffered ? mine() : 0);
    return;
  }
  if (objectAt(at) == 0) return;  // a stack
  const int t = numberOf(me);
  for (uintptr_t a = at & ~uintptr_t{7}; a < at + size; a += 8) {
    const uintptr_t lo = at > a ? at - a : 0, hi = at + size - a < 8 ? at + size - a : 8;
    const auto bytes = static_cast<uint8_t>((1u << hi) - (1u << lo));
    Plain& p = plainAt(a);
    auto races = [&](int other) {
      fails(property::kNoRace, "M" + std::to_string(t) + (writes ? " writes " : " reads ") + nameAt(at) + ", and M" +
                                   std::to_string(other) + " has accessed it, with nothing to order them");
    };
    if (p.written != 0 && p.writer != t && (p.bytes & bytes) != 0 && p.written > me->clock.at[p.writer]) {
      races(p.writer);
    }
    if (writes) {
      for (int i = 0; i < kReal; i++) {
        if (i != t && (p.readBytes[i] & bytes) != 0 && p.read[i] > me->clock.at[i]) races(i);
      }
      p.written = me->clock.at[t];
      p.writer = static_cast<uint8_t>(t);
      p.bytes = bytes;
    } else {
      p.read[t] = me->clock.at[t];
      p.readBytes[t] |= bytes;
    }
  }
}

// ---- who can go on

bool drainedFor(const Thread& t) {
  for (int i = 0; i < state.made; i++) {
    if ((t.drained >> i & 1) != 0 && state.threads[i].count != 0) return false;
  }
  return true;
}
bool isTimed(const Thread& t) { return t.next.until >= 0; }
bool canGo(const Thread& t) {
  if (t.ended || !drainedFor(t)) return false;
  return t.next.kind != Kind::kNote || t.next.woken || isTimed(t);
}
bool byTime(const Thread& t) { return isTimed(t) && !t.next.woken; }

bool isFair(const Thread& t) { return explore::isFair(state.threads, state.made, numberOf(&t), canGo); }

void endFromHost(const char* property, const std::string& text) {
  if (!state.ended) host().ending = {property, text, nullptr};
  state.ended = true;
}

}  // namespace

// ---- for programs

runtime::m* theM(int thread) { return state.threads[thread].mp; }
void shared(const void* at, size_t bytes) {
  const auto lo = reinterpret_cast<uintptr_t>(at);
  state.shareds[state.nshareds++] = {lo, lo + bytes, nullptr};
}
void named(const void* at, size_t bytes, const char* name) {
  const auto lo = reinterpret_cast<uintptr_t>(at);
  state.names[state.nnames++] = {lo, lo + bytes, name};
}
void fails(const char* property, const std::string& text) {
  inside = false;
  endFromHost(property, text);
  for (;;) toHost();
}
int either() {
  Thread* me = state.current;
  me->next = Pending{};
  me->next.kind = Kind::kRead;
  me->next.values = 2;
  me->next.what = "random";
  toHost();
  return state.value;
}

// ---- the world that a search sees

void Load(const Program& program) {
  buffers = true;
  Host& h = host();
  if (!h.hasPristine) {
    h.pristine.Save({});
    h.hasPristine = true;
  } else {
    h.pristine.Restore();
  }
  for (const Litmus& l : Litmuses()) {
    if (program.name == l.name) state.litmus = &l;
  }
  state.made = static_cast<int>(state.litmus->threads.size());
  std::vector<explore::Range> stacks;
  inside = true;
  for (int i = 0; i < state.made; i++) {
    Thread& t = state.threads[i];
    // Aligned as the mutex wants it.
    t.mp = new (operator new(sizeof(runtime::m), std::align_val_t{1024})) runtime::m();
    t.mp->id = i;
    t.mp->g0 = new runtime::g();
    t.mp->g0->m = t.mp;
    t.saved = t.mp->g0;
    t.clock.at[i] = 1;
    t.next.what = "begins";
    char* lo = static_cast<char*>(TakeStack());
    new (t.fiber) Fiber(lo, kStackBytes,
                        [](void* arg) {
                          Thread* me = static_cast<Thread*>(arg);
                          state.litmus->threads[static_cast<size_t>(numberOf(me))]();
                          me->ended = true;
                          for (;;) toHost();
                        },
                        &t);
    stacks.push_back({lo + kStackBytes - 1024, 1024});
  }
  state.litmus->setup();
  inside = false;
  h.start.Save(stacks);
  Reset();
}

void Reset() {
  Host& h = host();
  h.start.Restore();
  h.events.clear();
  h.ending = {};
}

uint32_t Enabled() {
  uint32_t set = 0;
  for (int i = 0; i < state.made; i++) {
    const Thread& t = state.threads[i];
    if (canGo(t) && (!byTime(t) || isFair(t))) set |= 1u << i;
    if (t.count > 0) set |= 1u << (kBuffer + i);
  }
  return set;
}

uint32_t Timed() {
  uint32_t set = 0;
  for (int i = 0; i < state.made; i++) {
    const Thread& t = state.threads[i];
    if (canGo(t) && byTime(t) && isFair(t)) set |= 1u << i;
  }
  return set;
}

const Pending& Next(int thread) {
  if (thread < kBuffer) return state.threads[thread].next;
  static Pending* const pending = new Pending;
  const Store& s = state.threads[thread - kBuffer].stores[0];
  *pending = Pending{};
  pending->kind = Kind::kWrite;
  pending->object = objectAt(s.at);
  pending->what = nameAt(s.at);
  return *pending;
}

int Default(int last) {
  if (state.ended) return -1;
  const uint32_t enabled = Enabled(), timed = Timed(), now = enabled & ~timed;
  if (now != 0) {
    return goesOn(now, last, [](int i) { return (state.threads[i].drained >> i & 1) != 0; });
  }
  int best = -1;
  for (int i = 0; i < state.made; i++) {
    if ((timed >> i & 1) == 0) continue;
    if (best < 0 || state.threads[i].next.until < state.threads[best].next.until) best = i;
  }
  if (best >= 0) return best;
  for (int i = 0; i < state.made; i++) {
    if (!state.threads[i].ended) {
      endFromHost(property::kNoLostWakeup, "M" + std::to_string(i) + " sleeps at " + state.threads[i].next.what +
                                               ", and nobody will wake it");
      return -1;
    }
  }
  const char* wrong = state.litmus->check();
  endFromHost(*wrong == 0 ? nullptr : property::kNothingLost, *wrong == 0 ? "all threads have ended" : wrong);
  return -1;
}

bool Step(int thread, int value) {
  Host& h = host();
  const Pending& next = Next(thread);
  if (thread >= kBuffer) {
    Thread& t = state.threads[thread - kBuffer];
    h.events.push_back({Kind::kWrite, false, static_cast<uint8_t>(thread), 0, next.object, next.what});
    toMemory(t.stores[0]);
    t.count--;
    std::memmove(static_cast<void*>(t.stores), t.stores + 1, sizeof(Store) * static_cast<size_t>(t.count));
    return true;
  }
  Thread& t = state.threads[thread];
  const bool timed = byTime(t);
  moved(state.threads, state.made, thread, timed, canGo);
  if (timed && t.next.until > state.now) state.now = t.next.until;
  h.events.push_back({next.kind, timed, static_cast<uint8_t>(thread), static_cast<uint8_t>(value), next.object,
                      next.what});
  state.value = value;
  runtime::faketime = state.now;
  state.current = &t;
  runtime::g* saved = runtime::getg();
  runtime::setg(t.saved);
  inside = true;
  Fiber::Switch(h.fiber, t.itsFiber());
  inside = false;
  runtime::setg(saved);
  state.current = nullptr;
  if (!state.ended && h.events.size() > kMostEvents) endFromHost(property::kEnds, "the run does not come to an end");
  return !state.ended;
}

const Ending& End() { return host().ending; }
const std::vector<Event>& Events() { return host().events; }
int64_t Now() { return state.now; }

std::string Picture() {
  std::string text;
  for (int i = 0; i < state.made; i++) {
    const Thread& t = state.threads[i];
    text += "M" + std::to_string(i) + (t.ended ? " has ended" : canGo(t) ? " before " : " waits at ");
    if (!t.ended) text += t.next.what;
    for (int k = 0; k < t.count; k++) {
      text += std::string(k == 0 ? "; not in memory yet: " : ", ") + nameAt(t.stores[k].at);
    }
    text += "\n";
  }
  return text;
}

std::string WriteTrace(const Schedule&, const std::string&) { return "--trace: these programs have no scheduler"; }

const char* const kCommand = "gort explore --live";

const std::vector<Program>& Programs() {
  static const auto* const all = [] {
    auto* programs = new std::vector<Program>;
    for (const Litmus& l : Litmuses()) {
      Program p;
      p.name = l.name;
      p.what = l.what;
      p.procs = static_cast<int>(l.threads.size());
      programs->push_back(p);
    }
    return programs;
  }();
  return *all;
}
const Program* FindProgram(const std::string& name) {
  for (const Program& p : Programs()) {
    if (p.name == name) return &p;
  }
  return nullptr;
}
std::string Describe(const Program& program) { return std::to_string(program.procs) + " threads"; }

}  // namespace explore

// ---- what the code stands on

namespace runtime {

using explore::state;

// The system calls are full fences, and compare and queue in one.
void futexsleep(uint32* addr, uint32 val, int64 ns) {
  const auto a = reinterpret_cast<uintptr_t>(addr);
  const char* name = explore::nameAt(a);
  explore::waitFor(explore::Kind::kWrite, explore::objectAt(a), name, explore::mine());
  if (*addr != val) return;
  state.current->futex = addr;
  explore::waitFor(explore::Kind::kNote, explore::objectAt(a), "a futex", 0, ns < 0 ? -1 : state.now + ns);
  state.current->futex = nullptr;
}
void futexwakeup(uint32* addr, uint32) {
  const auto a = reinterpret_cast<uintptr_t>(addr);
  explore::waitFor(explore::Kind::kWrite, explore::objectAt(a), explore::nameAt(a), explore::mine());
  for (explore::Thread& t : state.threads) {
    if (t.futex != addr || t.next.woken) continue;
    t.next.woken = true;
    return;
  }
}
void procyield(uint32) { explore::waitFor(explore::Kind::kSleep, 0, "a pause", 0, state.now + 1); }
void osyield() { explore::waitFor(explore::Kind::kSleep, 0, "a pause", 0, state.now + 1); }
uint32 cheaprandn(uint32) { return static_cast<uint32>(explore::either()); }

void throw_(const char* s) { explore::fails(explore::property::kPortsOwnChecks, std::string("the port throws: ") + s); }
void fatal(const char* s) { explore::fails(explore::property::kPortsOwnChecks, std::string("the port ends: ") + s); }
bool isExiting(const m*) { return false; }

// What the code names, and these programs do not come to, or read only.
m m0;
int64 faketime = 1;  // nanotime's answer: state.now
void printlock() {}
void printunlock() {}
void printstring(std::string_view) {}
void printint(int64) {}
void printuint(uint64) {}
void badmcall() { throw_("badmcall"); }
void badmcall2() { throw_("badmcall2"); }
void badsystemstack() { throw_("badsystemstack"); }
void goexit1() { throw_("goexit1"); }
void mstart0() { throw_("mstart0"); }

}  // namespace runtime

using explore::state;

// lock_spinbit.cc's syscall goes by this name (BUILD.bazel). Only membarrier is called.
extern "C" long explored_syscall(long, ...) {
  if (!explore::running()) return 0;
  explore::waitFor(explore::Kind::kRead, 0, "membarrier", explore::mine());
  for (int i = 0; i < state.made; i++) {
    if (&state.threads[i] == state.current) continue;
    explore::waitFor(explore::Kind::kRead, explore::bufferOf(state.threads[i]), "membarrier",
                     static_cast<uint8_t>(1u << i));
  }
  return 0;
}

// ---- what a compiler calls under -fsanitize=thread

using explore::change;
using explore::compareAndSwap;
using explore::plainAccess;

extern "C" {

void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_read(void**) {}
void __tsan_vptr_update(void**, void*) {}
void* __tsan_memcpy(void* to, const void* from, size_t n) {
  plainAccess(reinterpret_cast<uintptr_t>(from), n, false);
  plainAccess(reinterpret_cast<uintptr_t>(to), n, true);
  return std::memcpy(to, from, n);
}
void* __tsan_memset(void* to, int v, size_t n) {
  plainAccess(reinterpret_cast<uintptr_t>(to), n, true);
  return std::memset(to, v, n);
}

#define PLAIN(size)                                                                                        \
  void __tsan_read##size(void* at) { plainAccess(reinterpret_cast<uintptr_t>(at), size, false); }          \
  void __tsan_write##size(void* at) { plainAccess(reinterpret_cast<uintptr_t>(at), size, true); }          \
  void __tsan_unaligned_read##size(void* at) { plainAccess(reinterpret_cast<uintptr_t>(at), size, false); } \
  void __tsan_unaligned_write##size(void* at) { plainAccess(reinterpret_cast<uintptr_t>(at), size, true); }
PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)
#undef PLAIN
void __tsan_read_range(void* at, size_t n) { plainAccess(reinterpret_cast<uintptr_t>(at), n, false); }
void __tsan_write_range(void* at, size_t n) { plainAccess(reinterpret_cast<uintptr_t>(at), n, true); }

#define ATOMIC(bits, T)                                                                                               \
  T __tsan_atomic##bits##_load(const volatile T* p, int order) { return explore::load(p, order); }                    \
  void __tsan_atomic##bits##_store(volatile T* p, T v, int order) { explore::store(p, v, order); }                    \
  T __tsan_atomic##bits##_exchange(volatile T* p, T v, int order) {                                                   \
    return change(p, order, [&](T& now) { return now = v, true; });                                                   \
  }                                                                                                                   \
  T __tsan_atomic##bits##_fetch_add(volatile T* p, T v, int order) {                                                  \
    return change(p, order, [&](T& now) { return now = static_cast<T>(now + v), true; });                             \
  }                                                                                                                   \
  T __tsan_atomic##bits##_fetch_sub(volatile T* p, T v, int order) {                                                  \
    return change(p, order, [&](T& now) { return now = static_cast<T>(now - v), true; });                             \
  }                                                                                                                   \
  T __tsan_atomic##bits##_fetch_and(volatile T* p, T v, int order) {                                                  \
    return change(p, order, [&](T& now) { return now = now & v, true; });                                             \
  }                                                                                                                   \
  T __tsan_atomic##bits##_fetch_or(volatile T* p, T v, int order) {                                                   \
    return change(p, order, [&](T& now) { return now = now | v, true; });                                             \
  }                                                                                                                   \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile T* p, T* expected, T v, int order, int failed) {         \
    return compareAndSwap(p, expected, v, order, failed);                                                             \
  }                                                                                                                   \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile T* p, T* expected, T v, int order, int failed) {           \
    return compareAndSwap(p, expected, v, order, failed);                                                             \
  }                                                                                                                   \
  T __tsan_atomic##bits##_compare_exchange_val(volatile T* p, T expected, T v, int order, int failed) {               \
    compareAndSwap(p, &expected, v, order, failed);                                                                   \
    return expected;                                                                                                  \
  }
ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)
#undef ATOMIC

void __tsan_atomic_thread_fence(int order) {
  if (!explore::running()) return;
  if (order == __ATOMIC_SEQ_CST) explore::waitFor(explore::Kind::kRead, 0, "a fence", explore::mine());
  explore::Thread* me = state.current;
  me->clock.Join(me->acquired);
  me->released = me->clock;
  me->clock.at[explore::numberOf(me)]++;
}
void __tsan_atomic_signal_fence(int) {}

}  // extern "C"
