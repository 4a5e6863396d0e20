// The explored world: every M is a fiber that stands at its next point, and the host lets one of them go on at a time.
//
// What a step is: from one point to the next. A point stands in front of each access to a word that Ms share, each
// lock, each sleep. Between two points an M touches only what is its own, or what a lock that it holds guards, so
// steps can be taken as if nothing came in between: what remains of all interleavings is the order of steps.
//
// Time is the search's, too. It stands still while Ms run and moves on when one that sleeps for a time goes on: to the
// end of its sleep. So a thread may be as slow as it likes between two steps, as with a real system.
//
// A run ends when nobody can go on. That is no special case: programs end with the port's own report that all
// goroutines are asleep, or gone, so each run also shows that the report comes, and comes in time. What would go on
// for ever does not count: sysmon's rounds when nothing has happened in some.
#include <cstring>

#include "worlds/explore/arena.h"
#include "worlds/explore/inside.h"
#include "worlds/explore/turns.h"

namespace explore {

using lockstep::Fiber;

State state;

namespace {

// Not restored: what the host has.
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

// sysmon's rounds after which nothing will come of another one: it needs two to take a P that is in a system call.
constexpr int kRounds = 4;
constexpr size_t kMostEvents = 20'000;

bool isTimed(const Thread& t) { return t.next.until >= 0; }

bool canGo(const Thread& t) {
  if (t.drains && t.stores > 0) return false;
  switch (t.next.kind) {
    case Kind::kLock:
      return t.mutex->key == 0;
    case Kind::kNote:
      return t.note->key != 0 || isTimed(t);
    case Kind::kPoll:
      return pollIsReady() || isTimed(t);
    default:
      return true;
  }
}

// By time alone.
bool byTime(const Thread& t) {
  if (!isTimed(t)) return false;
  switch (t.next.kind) {
    case Kind::kNote:
      return t.note->key == 0;
    case Kind::kPoll:
      return !pollIsReady();
    case Kind::kCompute:
      return !t.next.woken;
    default:
      return true;
  }
}

bool canMove(const Thread& t) { return t.mp != nullptr && !t.ended && t.next.until < kForever && canGo(t); }
int numberOf(const Thread& t) { return static_cast<int>(&t - state.threads); }
bool isFair(const Thread& t) { return explore::isFair(state.threads, state.made, numberOf(t), canMove); }

void resume(Thread* t) {
  state.current = t;
  g* saved = getg();
  runtime::setg(t->saved);
  inside = true;
  Fiber::Switch(host().fiber, t->itsFiber());
  inside = false;
  runtime::setg(saved);
  state.current = nullptr;
}

void makeFiber(Thread* t, void (*entry)(void*)) {
  char* lo = static_cast<char*>(TakeStack());
  new (t->fiber) Fiber(lo, kStackBytes, entry, t);
}

void boot(void*) {
  runtime::m0.g0 = &runtime::g0;
  runtime::g0.m = &runtime::m0;
  runtime::setg(&runtime::g0);
  runtime::ncpu = state.program->procs;
  runtime::mcache0 = runtime::allocmcache();
  runtime::schedinit();
  if (state.program->sysmon) {
    runtime::newm(runtime::sysmon, nullptr, -1);
    state.sysmon = &state.threads[1];
  }
  beginMain();
  runtime::mstart();
  endThread();
}

}  // namespace

void toHost() {
  Thread* me = state.current;
  me->saved = getg();
  me->sp = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  inside = false;
  Fiber::Switch(me->itsFiber(), host().fiber);
  inside = true;
}

void note(Kind kind, const void* object, const char* what, int value) {
  if (!state.running) return;
  inside = false;
  host().events.push_back({kind, false, static_cast<uint8_t>(state.current - state.threads),
                           static_cast<uint8_t>(value), NumberOf(object), what});
  inside = true;
}

void waitFor(Kind kind, const void* object, const char* what, int64_t until) {
  // Whatever is no load is a locked instruction, or a system call that has some; of those that compute nobody knows.
  state.current->drains = buffers && kind != Kind::kRead && kind != Kind::kCompute && kind != Kind::kSleep;
  Pending& next = state.current->next;
  next.kind = kind;
  next.woken = false;
  next.values = 1;
  next.object = NumberOf(object);
  next.until = until;
  next.what = what;
  toHost();
}

void point(Kind kind, const void* object, const char* what) {
  if (state.running) waitFor(kind, object, what, -1);
}

bool delays(void* at, const void* value, unsigned size, const char* what) {
  if (!state.running || state.current == nullptr) return false;
  Thread& me = *state.current;
  if (me.stores == kStores) fence("a full buffer");
  Store& s = me.buffer[me.stores++];
  s = {at, what, size, 0};
  std::memcpy(&s.value, value, size);
  return true;
}

void forward(const void* at, void* value, unsigned size) {
  if (state.current == nullptr) return;
  for (int i = 0; i < state.current->stores; i++) {
    const Store& s = state.current->buffer[i];
    if (s.at == at) std::memcpy(value, &s.value, size);
  }
}

void fence(const char* what) {
  if (!state.running) return;
  Pending& next = state.current->next;
  next = Pending{};
  next.what = what;
  state.current->drains = true;
  toHost();
}

void end(const char* property, const std::string& text) {
  inside = false;
  if (!state.ended) host().ending = {property, text, nullptr};
  state.ended = true;
  for (;;) toHost();
}

void endThread() {
  state.current->ended = true;
  for (;;) toHost();
}

Thread* threadOf(const m* mp) {
  for (int i = 0; i < state.made; i++) {
    if (state.threads[i].mp == mp) return &state.threads[i];
  }
  return nullptr;
}

Thread* startThread(m* mp) {
  if (mp->id >= (buffers ? kBuffer : kThreads)) {
    end(property::kPortsOwnChecks, "the port makes more threads than there are places for");
  }
  Thread* t = &state.threads[mp->id];
  if (state.made <= mp->id) state.made = static_cast<int>(mp->id) + 1;
  t->mp = mp;
  makeFiber(t, [](void* arg) {
    runtime::setg(static_cast<Thread*>(arg)->mp->g0);
    runtime::mstart();
    endThread();
  });
  mp->g0->stack.lo = reinterpret_cast<uintptr_t>(t->itsFiber().stack_lo());
  mp->g0->stack.hi = reinterpret_cast<uintptr_t>(t->itsFiber().stack_hi());
  t->saved = mp->g0;
  t->next = Pending{};
  t->next.what = "begins";
  return t;
}

// ---- the host's side

void Load(const Program& program) {
  Host& h = host();
  if (!h.hasPristine) {
    h.pristine.Save({});
    h.hasPristine = true;
  } else {
    h.pristine.Restore();
  }
  state.program = &program;
  Thread* first = &state.threads[0];
  state.made = 1;
  first->mp = &runtime::m0;
  inside = true;
  makeFiber(first, boot);
  inside = false;
  runtime::g0.stack.lo = reinterpret_cast<uintptr_t>(first->itsFiber().stack_lo());
  runtime::g0.stack.hi = reinterpret_cast<uintptr_t>(first->itsFiber().stack_hi());
  // Nobody else moves until the main goroutine stands before its first op.
  while (!state.running) resume(first);
  // What is in use of the stacks: the main goroutine's, its thread's below it, and what threads that have not begun
  // find.
  std::vector<Range> stacks;
  auto use = [&](uintptr_t lo, uintptr_t hi) { stacks.push_back({reinterpret_cast<void*>(lo), hi - lo}); };
  use(first->sp - 1024, first->saved->stack.hi);
  use(runtime::g0.sched.sp, runtime::g0.stack.hi);
  for (int i = 1; i < state.made; i++) use(state.threads[i].mp->g0->stack.hi - 256, state.threads[i].mp->g0->stack.hi);
  h.start.Save(stacks);
  h.events.clear();
  h.ending = {};
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
    if (t.mp != nullptr && !t.ended && canGo(t) && (!byTime(t) || isFair(t))) set |= 1u << i;
    if (t.stores > 0) set |= 1u << (kBuffer + i);
  }
  return set;
}

uint32_t Timed() {
  uint32_t set = 0;
  for (int i = 0; i < state.made; i++) {
    const Thread& t = state.threads[i];
    if (t.mp != nullptr && !t.ended && byTime(t) && isFair(t)) set |= 1u << i;
  }
  return set;
}

const Pending& Next(int thread) {
  if (!buffers || thread < kBuffer) return state.threads[thread].next;
  static Pending* const pending = new Pending;
  const Store& s = state.threads[thread - kBuffer].buffer[0];
  *pending = Pending{};
  pending->kind = Kind::kWrite;
  pending->object = NumberOf(s.at);
  pending->what = s.what;
  return *pending;
}

int Default(int last) {
  if (state.ended) return -1;
  const uint32_t enabled = Enabled(), timed = Timed(), now = enabled & ~timed;
  if (now != 0) {
    return goesOn(now, last, [](int i) { return state.threads[i].drains; });
  }
  // Nothing happens but by time. sysmon first, for it may see to something.
  int best = -1;
  const int monitor = state.sysmon == nullptr ? -1 : static_cast<int>(state.sysmon - state.threads);
  for (int i = 0; i < state.made; i++) {
    if ((timed >> i & 1) == 0) continue;
    if (i == monitor && state.alone >= kRounds) continue;
    if (best < 0 || state.threads[i].next.until < state.threads[best].next.until) best = i;
  }
  if (best < 0 || state.threads[best].next.until >= kForever) {
    checkSettled(best < 0);
    if (state.ended) return -1;
  }
  return best;
}

bool Step(int thread, int value) {
  Host& h = host();
  if (buffers && thread >= kBuffer) {
    const Pending& next = Next(thread);
    h.events.push_back({Kind::kWrite, false, static_cast<uint8_t>(thread), 0, next.object, next.what});
    Thread& owner = state.threads[thread - kBuffer];
    std::memcpy(owner.buffer[0].at, &owner.buffer[0].value, owner.buffer[0].size);
    std::memmove(owner.buffer, owner.buffer + 1, sizeof(Store) * static_cast<size_t>(--owner.stores));
    return true;
  }
  Thread& t = state.threads[thread];
  const bool timed = byTime(t);
  moved(state.threads, state.made, thread, timed, canMove);
  t.drains = false;
  if (timed && t.next.until < kForever && t.next.until > state.now) state.now = t.next.until;
  if (&t == state.sysmon) {
    if (timed) {
      state.alone++;
      // It is often much later than it wanted to be; so it need not make a hundred rounds to find a slice too long.
      if (state.alone > 1) state.now += 10 * kMs;
    }
  } else {
    state.alone = 0;
  }
  h.events.push_back({t.next.kind, timed, static_cast<uint8_t>(thread), static_cast<uint8_t>(value), t.next.object,
                      t.next.what});
  state.value = value;
  resume(&t);
  if (!state.ended && h.events.size() > kMostEvents) {
    state.ended = true;
    h.ending = {property::kEnds, "the run does not come to an end", nullptr};
  }
  return !state.ended;
}

const Ending& End() { return host().ending; }
const std::vector<Event>& Events() { return host().events; }
int64_t Now() { return state.now; }

// checkSettled is called on the host's stack.
void endFromHost(const char* property, const std::string& text, const char* known) {
  if (!state.ended) host().ending = {property, text, known};
  state.ended = true;
}

}  // namespace explore
