// The lockstep world: one thread on which a captured log decides which M moves next.
//
// Every M of the replayed program is a fiber. It runs the port up to its next record, which is an access to shared
// state, a question to something outside proc.go, or a decision. There it waits until the log's next record is its
// own (await), performs the access, and holds what it did against the record (match). Nothing is looked up ahead and
// nothing is skipped: a record is consumed only by being equal.
//
// What the port does between two records of an M leaves no record: plain stores. A log cannot say when they were made,
// only between which of the others' records, so each log is replayed at both ends of what is possible. In the late
// order an M keeps its turn behind a record and gives it away before its next one: its plain stores come as early as
// they can. In the eager order it gives the turn away right behind the record: they come as late as they can, and a
// store that is made after the wake-up that should have published it is missed by who was woken.
//
// What happens outside proc.go (user code, the collector, timers) is played from the log by outside(): while control
// is out of the port, the log's records of this M say which function of the port is called next.
//
// One replay per process: the port's state is global, as Go's is.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "conformance/schedlog/reader.h"
#include "runtime/internal/fixed_string.h"
#include "runtime/internal/goarch.h"
#include "worlds/lockstep/step.h"

namespace lockstep {

// A kind of record that the port makes, by name; its number is the log's, known once a log is open.
struct Kind {
  Kind(std::string_view field, std::string_view op);
  std::string name;
  uint32_t wire = kAbsent;  // the number in the open log
  Kind* next;               // all kinds of this program
  static constexpr uint32_t kAbsent = 0xffff;
  static Kind* all;
};

template <runtime::fixed_string Field, runtime::fixed_string Op>
struct KindOf {
  static inline Kind kind{Field.view(), Op.view()};
};

// The log's next record, and the M that runs.
extern schedlog::Record head;
extern uint32_t current;
inline constexpr uint32_t kNobody = 0xffffffff;  // head.m when the log has ended

// How often each kind occurred, split by the first argument (15: that or more) and the third's lowest bit; and how
// often in sysmon's M.
extern uint64_t counts[256][32];
extern uint64_t sysmonCounts[256];
extern uint32_t sysmonM;

// After the end the port may be called to describe itself: nothing waits and nothing is compared.
extern bool detached;

// The order in which turns are given: see above.
extern bool eager;

// The log is of the format without the kinds that tell who made a call, what was answered, and where an M sleeps or
// ends. What such a log does not have is not compared.
extern bool firstFormat;

// Some calls are made by proc.go and by code outside. While the log's next record is one that came from outside, its
// kind at the head is this much more than the log's number, so that the port's own call is another record. The player
// takes it off when it makes the call.
inline constexpr uint32_t kFromOutside = 0x100;

// The slow ways out of the inline functions below. They return when the reason is gone; at a divergence they do not
// return to a running replay.
// switchToHead: waits for this M's turn; `next` is the record that it will make then, as far as it knows. giveTurnAway:
// lets the M of the head go on, and returns when this one is to.
void switchToHead(const Kind* next = nullptr);
// peekElsewhere: whether this M's next record is of that kind, when it is not its turn.
void giveTurnAway();
bool peekElsewhere(const Kind& kind);
void wrongKind(const Kind& kind);
void wrongArgs(const Kind& kind, std::initializer_list<int64_t> port);
void readNext();

// Waits for this M's turn at a record of this kind. On return `head` is that record.
inline void await(const Kind& kind) {
  if (head.m != current) switchToHead(&kind);
  while (head.kind != kind.wire) [[unlikely]] {
    wrongKind(kind);
    if (head.kind == kind.wire || current == kNobody) break;
  }
}

// Waits for this M's turn. True if its next record is of this kind.
inline bool peek(const Kind& kind) {
  if (head.m != current) return peekElsewhere(kind);
  return head.kind == kind.wire;
}

// Where the record at the head is counted, within its kind.
inline uint32_t cellOfHead() {
  uint64_t first = static_cast<uint64_t>(head.a[0]);
  return static_cast<uint32_t>((first < 15 ? first : 15) | static_cast<uint64_t>(head.a[2] & 1) << 4);
}

// Consumes the record at the head and keeps the turn: for who has done only half of what the record tells.
inline void consume() {
  if (detached) [[unlikely]] return;
  if (stepSink != nullptr) [[unlikely]] stepSink(head);
  counts[head.kind & 0xff][cellOfHead()]++;
  if (current == sysmonM) sysmonCounts[head.kind & 0xff]++;
  readNext();
}

// The end of what a record tells.
inline void giveTurn() {
  if (eager && head.m != current && head.m != kNobody) [[unlikely]] giveTurnAway();
}

inline void advance() {
  consume();
  giveTurn();
}

// This M has just made the record of the program's exit, and must end.
void exits();

// Holds the record that await found against what the port did.
template <class... A>
inline void compare(const Kind& kind, A... a) {
  bool same = head.nargs == sizeof...(A);
  int i = 0;
  ((same = same && head.a[i] == static_cast<int64_t>(a), i++), ...);
  if (!same) [[unlikely]] wrongArgs(kind, {static_cast<int64_t>(a)...});
}

// The same, and consumes it.
template <class... A>
inline void match(const Kind& kind, A... a) {
  compare(kind, a...);
  advance();
}

// A record with nothing but its arguments, which logs of the first format lack.
template <runtime::fixed_string Name, class... A>
inline void told(A... a) {
  const Kind& kind = KindOf<Name, "">::kind;
  if (firstFormat && kind.wire == Kind::kAbsent) return;
  await(kind);
  match(kind, a...);
}

// Reports that the port reached a state that the record contradicts, in words.
void diverge(const Kind& kind, const std::string& what);

}  // namespace lockstep
