// What a scheduler knows and an execution trace does not tell, as a stream of small facts: where a runnable goroutine
// was laid, by which rule it was taken from there and by whom, what moved along, who was woken for it and who was not.
//
// A world in which the port runs tells them while it runs (collector.h): the lockstep world from a schedlog, where
// each is certain, the guided one from an execution trace, where some rest on a choice that the trace leaves open.
// Whoever listens needs no port: facts go through a pipe (stream.h), and have a text form.
//
// They are of one order, that in which things happened, and their times never go back. Each stands by itself: a
// goroutine that is laid somewhere, or is started, is on no other queue from then on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace facts {

enum class Kind : uint8_t {
  kNone,
  kProcs,     // n: GOMAXPROCS from now on
  kMade,      // g, by its maker `by`; text: the function that it begins with, "" if unknown. how: kParked if it waits
  kFound,     // g was there when the recording began; how: kParked, kRunnable, kRunning (m, p), kInSyscall; text as
              // above
  kReady,     // g became runnable; how; `by`: the goroutine that did it, 0: none; n: 1 if g is wired to a thread
  kLaid,      // g lies in `place` of p, with `position` before it; how: kAtHead if it was put before the others
              // (the global queue)
  kMoved,     // the first n goroutines leave `place` of p2, for p; what becomes of each follows. p2 == p: p takes one
              // to run it. p: kNobody: to the global queue. On their way they lie nowhere
  kStarted,   // g runs, on m and p, by `rule`. position: where it lay in its queue; n: how many were taken along
  kStopped,   // g does not run any more on m and p; how; text: for what it waits
  kReturned,  // g's system call is over and it runs on; how: kKept, kOther or kReturned (unknown)
  kProc,      // p's state; how: kIdle (on the idle list), kRunning (m has it), kInSyscall, kHeld (stopped with the
              // world), kGone (there are fewer Ps now)
  kGiven,     // p was taken off the idle list, or from a system call, and given to m, which has yet to come; how:
              // kWoken, kNew, or kWaits: its thread had stood still for g, to which it is wired
  kTaken,     // p is off the idle list: m has it next, or will give it to another
  kThread,    // m; how: kSleeps, kPolls (for n ms at most, -1: without end), kEnded, kBegun
  kSpinning,  // n threads look for work from now on; m: who began or ended
  kWake,      // somebody was to be woken; how: kWoken, or why not: kSpins (n threads look already), kNoIdleP
  kWorld,     // how: kStops (text: for what), kGoes
  kNamed,     // text: the function that g begins with, which was not known until now
  kNote,      // text: what a reader should know of the recording, such as another version's scheduler
  kLost,      // from here on nobody tells of queues and spinning threads (up to the next kSpinning); text: why, if it
              // was otherwise before
};

enum class How : uint8_t {
  kNone,
  // goroutines that were there
  kParked,
  kRunnable,
  kRunning,
  kInSyscall,
  // became runnable
  kCreated,
  kUnblocked,   // by a goroutine
  kTimer,       // by a timer
  kPoller,      // by the network poller
  kRuntime,     // by the runtime outside a goroutine
  kYielded,     // it called Gosched
  kPreempted,   // its slice was over, or the collector wanted it
  kHandedOver,  // it stepped back for one that it had readied (goyield)
  kCallEnded,   // its system call ended, and there was no P
  kUndone,      // what it had wanted to wait for came before it slept
  // stopped, besides the above
  kBlocked,
  kEnded,
  kCall,      // it is in a system call, with its P for the time being
  kSwitched,  // it went over to another, as coroutines do
  // came back from a system call
  kKept,   // with the P that it had
  kOther,  // with an idle P
  kReturned,
  // Ps, Ms, the world
  kIdle,
  kHeld,
  kGone,
  kWoken,
  kNew,
  kWaits,
  kSleeps,
  kPolls,
  kBegun,
  kSpins,
  kNoIdleP,
  kStops,
  kGoes,
  // laid
  kAtHead,
};

// Why a goroutine was the one to run. The first thirteen are the places of findRunnable, numbered as the port's `why`.
enum class Rule : uint8_t {
  kNone,
  kTraceReader,
  kGCWorker,
  kGlobal61,       // each 61st time the global queue comes first
  kRing,           // of its own P
  kGlobal,
  kNetpoll,
  kStolen,
  kIdleGCWorker,
  kBeforeIdle,
  kGlobalLast,     // the global queue, looked at once more under the lock
  kGlobalNoP,      // the same without a P
  kIdleGCNoP,
  kNetpollWait,    // a thread that had slept in the poller
  kRunnext,        // of its own P; it goes on in the slice of the one before
  kStolenRunnext,
  kTimerStolen,    // a timer of another P made it runnable, on the thief's queue
  kWired,          // its thread had waited for it
  kAfterCall,      // its system call ended, and under the lock there was an idle P
  kUndone,         // it was about to wait, and did not have to
  kSwitch,         // another went over to it, as coroutines do
  kUnknown,
};

enum class Place : uint8_t {
  kNone,
  kRunnext,
  kRing,
  kGlobal,
  kAside,    // in the hands of the scheduler: a list of the poller or of timers
  kUnknown,  // somewhere: it was there before the recording began
};

enum class Certainty : uint8_t {
  kCertain,   // nothing else could have been
  kInferred,  // the port does so, given a choice that the recording leaves open
  kOpen,      // not known
};

inline constexpr int32_t kNobody = -1;  // no M, no P

struct Fact {
  int64_t time = 0;  // ns, by the clock of the recording
  uint64_t at = 0;   // number of the record, or place of the event in the file
  int64_t g = 0;
  int64_t by = 0;
  int32_t m = kNobody;
  int32_t p = kNobody;
  int32_t p2 = kNobody;
  int32_t n = 0;
  int32_t position = -1;
  Kind kind = Kind::kNone;
  How how = How::kNone;
  Rule rule = Rule::kNone;
  Place place = Place::kNone;
  Certainty certainty = Certainty::kCertain;
  uint8_t unused[7] = {};  // so that each byte of a fact is defined: it goes through a pipe as it is
};

// "laid g=7 place=ring p=1 position=3 how=..." and back: only what is set, text in quotation marks at the end. For
// tests and for people.
std::string ToText(const Fact& fact, std::string_view text);
// False: not understood; `why` says what.
bool FromText(std::string_view line, Fact& fact, std::string& text, std::string& why);

std::string_view Name(Kind kind);
std::string_view Name(How how);
std::string_view Name(Rule rule);
std::string_view Name(Place place);
std::string_view Name(Certainty certainty);

}  // namespace facts
