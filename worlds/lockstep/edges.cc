// What the player must not do for the port. Code outside proc.go is played from the log: whatever an M's next record
// says was called, is called. But the port makes some of those calls itself, and one that it forgets just before it
// leaves its own code, or enters code outside, would then be made for it, and nobody would notice.
//
// A log does not say who made a call. Often there is only one who can have, and that follows from Go's source:
//
//   * who starts the world is who stopped it, by the function that is the counterpart: what the player did not stop it
//     does not start. Nor does it stop the world within a stop of its own, which would wait for itself;
//   * who takes back an internal wire is who made it. Only an initialiser that ends the main goroutine leaves main's;
//   * a goroutine in a system call can only come back from it;
//   * a goroutine that comes back while user goroutines are held back does not go on: the port yields for it;
//   * goroutines that the poller gave to the port are the port's to queue;
//   * some functions of the outside are small, and all that they can call is known.
//
// The rest of the calls that both sides make stands at no such edge: the port makes another record before it gets
// outside.
#include <bitset>
#include <initializer_list>

#include "absl/container/flat_hash_map.h"
#include "worlds/lockstep/internal.h"

namespace lockstep {

namespace {

// What there are rules for. Each way to stop the world stands three before the one that takes it back.
enum Call : uint8_t {
  kOther, kStop, kStopGC, kStopWithSema, kStart, kStartGC, kStartWithSema, kLock, kUnlock, kExitsyscall, kInjectglist,
};
Call calls[256];

// What a function of the outside can call, by the record that ends it; none: anything.
constexpr struct {
  const char* until;
  std::initializer_list<const char*> makes;
} small[] = {
    {"semrelease.ret", {"ready", "goyield"}},
    {"synctest.ret", {"ready"}},
    {"scavenger.wake.ret", {"injectglist"}},
    {"findRunnableGCWorker.ret", {"casgstatus"}},
};
std::bitset<256> makes[256];
std::bitset<256> anywhere;  // on a goroutine's stack: preemption at a function's entry, a stack that is moved
uint32_t wireDoInit;

absl::flat_hash_map<int64_t, Call> stops;   // by goroutine: the player's stop that it has not taken back
absl::flat_hash_map<int64_t, int> wires;    // by goroutine: the player's lockOSThread that it has not taken back

// Why the player cannot start the world; or stop it: then it has not started what it stopped.
const char* refuseWorld(Call call, int64_t goid) {
  if (call <= kStopWithSema) {
    return stops.emplace(goid, call).second ? nullptr : "has stopped the world already";
  }
  const auto it = stops.find(goid);
  if (it == stops.end() || it->second + (kStart - kStop) != call) return "did not stop the world so";
  stops.erase(it);
  return nullptr;
}

}  // namespace

void bindEdges(const schedlog::Header& h) {
  const auto number = [&](const char* name) {
    const schedlog::Kind* row = h.FindKind(name);
    return row == nullptr ? uint32_t{0} : uint32_t{row->number};  // no kind has the number 0
  };
  constexpr struct {
    const char* name;
    Call call;
  } names[] = {
      {"stopTheWorld", kStop},
      {"stopTheWorldGC", kStopGC},
      {"stopTheWorldWithSema", kStopWithSema},
      {"startTheWorld", kStart},
      {"startTheWorldGC", kStartGC},
      {"startTheWorldWithSema", kStartWithSema},
      {"lockOSThread", kLock},
      {"unlockOSThread", kUnlock},
      {"exitsyscall", kExitsyscall},
      {"injectglist", kInjectglist},
  };
  for (const auto& [name, call] : names) calls[number(name)] = call;
  calls[0] = kOther;
  for (auto& set : makes) set.set();
  for (const auto& [until, list] : small) {
    std::bitset<256>& set = makes[number(until)];
    set.reset();
    for (const char* name : list) set.set(number(name));
  }
  for (const char* name : {"gopreempt_m", "preemptPark", "casgstatus"}) anywhere.set(number(name));
  wireDoInit = number("doInit.ret");
}

const char* notThePlayers(uint32_t kind, const Kind* until, bool within) {
  runtime::g* gp = runtime::getg();
  runtime::g* g0 = gp->m->g0;
  if (until != nullptr && !makes[until->wire & 255][kind] && !within && (gp == g0 || !anywhere[kind])) {
    return "does not call that";
  }
  const Call call = calls[kind];
  if (gp != g0 && gp->atomicstatus.value == runtime::_Gsyscall && call != kExitsyscall) {
    return "is in a system call";
  }
  if (call == kOther) return nullptr;
  const int64_t goid = goidOf(gp == g0 ? gp->m->curg.plain() : gp);
  switch (call) {
    case kLock:
      wires[goid]++;
      return nullptr;
    case kUnlock: {
      if (until != nullptr && until->wire == wireDoInit) return nullptr;
      const auto it = wires.find(goid);
      if (it == wires.end()) return "did not wire the thread";
      if (--it->second == 0) wires.erase(it);
      return nullptr;
    }
    case kInjectglist:
      return sticky().polled ? "has not queued what the poller gave to the port" : nullptr;
    case kExitsyscall:
      return nullptr;
    default:
      return refuseWorld(call, goid);
  }
}

}  // namespace lockstep
