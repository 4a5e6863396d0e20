// What a changed source calls at each place that can be changed (rewrite.py): whether a mutant is on, and how often the
// place was reached. All mutants are compiled at once; which of them are on is known only at run time.
//
// A *place* has one mutant or several, with consecutive numbers; it is counted under the first of them. A mutant
// *differs* when it would do something else than the port right there: a condition that is forced to be true differs
// where it is false.
#pragma once

namespace mutants {

inline constexpr unsigned kMost = 1 << 16;

// Bits of flags[]: the mutant is on; somebody wants to know when it differs next.
inline constexpr unsigned char kOn = 1;
inline constexpr unsigned char kWanted = 2;

extern unsigned char flags[kMost];
extern unsigned long reached[kMost];  // by place
extern unsigned long differed[kMost];

// Whether the mutant is on; for one that differs and is wanted, after the driver has seen to that.
bool look(unsigned id);

// The place was reached, and mutant `id` differs here: whether it is on.
inline bool differs(unsigned id) {
  differed[id]++;
  return flags[id] != 0 && look(id);
}

// The same without a count.
inline bool on(unsigned id) { return (flags[id] & kOn) != 0; }

// A place whose mutants all differ whenever it is reached: counted, and whether its first one is on.
inline bool at(unsigned id) {
  reached[id]++;
  return differs(id);
}

// A condition: forced to be true, forced to be false, negated.
inline bool condition(unsigned id, bool v) {
  reached[id]++;
  if (differs(id + (v ? 1 : 0))) return !v;
  return differs(id + 2) ? !v : v;
}

// A bool: negated.
inline bool negated(unsigned id, bool v) { return at(id) ? !v : v; }

// An operand of && (neutral: true) or || (false): dropped, negated.
inline bool operand(unsigned id, bool neutral, bool v) {
  reached[id]++;
  if (v != neutral && differs(id)) return neutral;
  return differs(id + 1) ? !v : v;
}

// A comparison whose operands may be evaluated twice.
inline bool moved(unsigned id, bool changed, bool v) {
  reached[id]++;
  return changed != v && differs(id) ? changed : v;
}

// Behind the last statement of a function that must not come to its end.
[[noreturn]] void fellOff();

}  // namespace mutants
