// The state of the port against the snapshots in a log.
//
// A snapshot shows what Go's structs held behind one record: the M that made it wrote the snapshot before anybody could
// make another one. Whatever changes by operations that have records is therefore exactly what the port must have at
// that place of the log. So is what the M itself stored plainly: port and Go stand at the same point of the same code.
//
// Every other M is somewhere between two of its records, and a plain store that it makes there is in the snapshot or
// not: the log cannot say. But there are only two answers, and the port can give both. In the eager order each M stands
// right behind its last record: those stores are not made. Where the snapshot differs from that, Ms are let run on to
// where each would make its next record: then its stores are made. A value that is neither is wrong. No order of the
// records is lost by that, for a log allows an M to run on at any moment. What another M changes under a lock that it
// holds is covered by the same rule, without knowing whose the field is: only the holder stands before such a store.
//
// That is as strict as a log allows for a field that is stored once between two records. Some are stored more often
// there (a list that is moved element by element): where the two answers differ nothing is said of these, and where
// they are equal the field is compared. Counters that several Ms add to may have any value between the two. Fields
// that code outside proc.go writes as well are compared when it cannot have: of dead goroutines, of those that no M
// runs. Which rule a field has, and why those are left out that are, stands in tools/capture/state_table.inc, from
// which the capture makes its hook, too. In the late order other Ms have run on when a snapshot comes, and cannot go
// back: it compares none.
//
// Code outside is played, and the port's fields that only it writes would always be zero: that the port clears them
// could not be seen. So the player leaves something in them when a goroutine ends (soil).
#include "worlds/lockstep/state.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "conformance/schedlog/snapshot.h"
#include "runtime/debug.h"
#include "worlds/lockstep/internal.h"
#include "worlds/lockstep/requests.h"

namespace runtime {

// proc.cc's own.
extern slice<g*> allgs;
extern atomic::Uintptr<> allglen;
extern int64 starttime;

}  // namespace runtime

namespace lockstep {

using runtime::fixed_string;
using runtime::g;
using runtime::m;
using runtime::p;
using schedlog::SectionRows;

namespace {

enum class Rule : uint8_t { always, several, counter, dead, still, idle, untraced, settled, told };

struct Field {
  const char* name;
  Rule rule;
};

// ---- The table, once for each use that is made of it.

#define COMPARED(object, ...) COMPARED_##object(__VA_ARGS__)
#define LEFT(...)
#define LIMIT(name, n) constexpr size_t name = n;
#define LIST(...)
#define HISTOGRAM(...)
#define COMPARED_sched(...)
#define COMPARED_runtime(...)
#define COMPARED_m(...)
#define COMPARED_p(...)
#define COMPARED_g(...)
#include "tools/capture/state_table.inc"
#undef LIMIT
#define LIMIT(...)

#define NAME_AND_RULE(field, form, type, rule) {#field, Rule::rule},
#undef COMPARED_sched
#define COMPARED_sched NAME_AND_RULE
constexpr Field schedFields[] = {
#include "tools/capture/state_table.inc"
};
#undef COMPARED_sched
#define COMPARED_sched(...)
#undef COMPARED_runtime
#define COMPARED_runtime NAME_AND_RULE
constexpr Field runtimeFields[] = {
#include "tools/capture/state_table.inc"
};
#undef COMPARED_runtime
#define COMPARED_runtime(...)
#undef COMPARED_m
#define COMPARED_m NAME_AND_RULE
constexpr Field mFields[] = {
#include "tools/capture/state_table.inc"
};
#undef COMPARED_m
#define COMPARED_m(...)
#undef COMPARED_p
#define COMPARED_p NAME_AND_RULE
constexpr Field pFields[] = {
#include "tools/capture/state_table.inc"
};
#undef COMPARED_p
#define COMPARED_p(...)
#undef COMPARED_g
#define COMPARED_g NAME_AND_RULE
constexpr Field gFields[] = {
#include "tools/capture/state_table.inc"
};
#undef COMPARED_g
#define COMPARED_g(...)

#undef LIST
#define LIST(name, of, rule) {#name, Rule::rule},
constexpr Field lists[] = {
#include "tools/capture/state_table.inc"
};
#undef LIST
#define LIST(...)
#undef HISTOGRAM
#define HISTOGRAM(field) {"sched." #field, Rule::counter},
constexpr Field histograms[] = {
#include "tools/capture/state_table.inc"
};
#undef HISTOGRAM
#define HISTOGRAM(...)

// ---- Reading the port.

// What a function below says of a class that nothing can be said of.
constexpr uint64_t kEither = ~uint64_t{0};

// A field as a word, as the hook of the capture writes it.
template <class T>
uint64_t word(const T& v) {
  if constexpr (requires { v.ptr(); }) {
    return static_cast<uint64_t>(wire(v.ptr()));
  } else if constexpr (requires { v.u; }) {
    return word(v.u);
  } else if constexpr (requires { v.value; }) {
    return word(v.value);
  } else if constexpr (std::is_pointer_v<T>) {
    return static_cast<uint64_t>(wire(v));
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<uint64_t>(int64_t{v});
  } else {
    return static_cast<uint64_t>(v);
  }
}

template <class T>
uint64_t isSet(const T& v) {
  if constexpr (requires { v.len; }) {
    return v.len != 0;
  } else {
    return v != T{};
  }
}

template <fixed_string Name, class T>
uint64_t own(const T& x) {
  if constexpr (Name.view() == "mstartfn") {
    if (x.mstartfn == nullptr) return 0;
    return x.mstartfn == runtime::sysmon           ? 1
           : x.mstartfn == runtime::mspinning      ? 2
           : x.mstartfn == runtime::templateThread ? 3
                                                   : 4;
  } else if constexpr (Name.view() == "preemptoff") {
    if (x.preemptoff.len == 0) return 0;
    for (int i = 0; i <= runtime::stwForTestResetDebugLog; i++) {
      const std::string_view reason(runtime::String(static_cast<runtime::stwReason>(i)));
      if (reason == std::string_view(x.preemptoff)) return static_cast<uint64_t>(i) + 1;
    }
    return 254;
  } else if constexpr (Name.view() == "stackguard1") {
    return x.stackguard1 == 0 ? 0 : x.stackguard1 == ~runtime::uintptr{0} ? 1 : 2;
  } else if constexpr (Name.view() == "stackguard0") {
    // Asked, the goroutine may have been let go on where it cannot yield: then it has the other value.
    if (x.preempt) return kEither;
    return x.stackguard0 == 0                                   ? 0
           : x.stackguard0 == runtime::stackPreempt             ? 1
           : x.stackguard0 == x.stack.lo + runtime::stackGuard ? 2
                                                                : 3;
  } else if constexpr (Name.view() == "sched.g") {
    return x.sched.g.ptr() == nullptr ? 0 : x.sched.g.ptr() == &x ? 1 : 2;
  } else {
    static_assert(Name.view() == "tracing" || Name.view() == "trace");
    return 0;  // nothing is traced here
  }
}

#define READ_plain(name, x) word(x)
#define READ_atomic(name, x) word(x)
#define READ_id(name, x) word(x)
#define READ_obj(name, x) word(x)
#define READ_set(name, x) isSet(x)
#define READ_setptr(name, x) isSet(x)
#define READ_setlen(name, x) isSet(x)
#define READ(field, form, type, rule) *out++ = READ_##form(#field, x.field);
#define READ_own(name, member) own<name>(x)

void readFields(const runtime::schedt& x, uint64_t* out) {
#undef COMPARED_sched
#define COMPARED_sched READ
#include "tools/capture/state_table.inc"
#undef COMPARED_sched
#define COMPARED_sched(...)
}
void readFields(const m& x, uint64_t* out) {
#undef COMPARED_m
#define COMPARED_m READ
#include "tools/capture/state_table.inc"
#undef COMPARED_m
#define COMPARED_m(...)
}
void readFields(const p& x, uint64_t* out) {
#undef COMPARED_p
#define COMPARED_p READ
#include "tools/capture/state_table.inc"
#undef COMPARED_p
#define COMPARED_p(...)
}
void readFields(const g& x, uint64_t* out) {
#undef COMPARED_g
#define COMPARED_g READ
#include "tools/capture/state_table.inc"
#undef COMPARED_g
#define COMPARED_g(...)
}
#undef READ
#define READ(field, form, type, rule) *out++ = READ_##form(#field, runtime::field);
struct Variables {};
void readFields(const Variables& x, uint64_t* out) {
#undef COMPARED_runtime
#define COMPARED_runtime READ
#include "tools/capture/state_table.inc"
#undef COMPARED_runtime
#define COMPARED_runtime(...)
}

template <size_t N>
constexpr size_t placeOf(const Field (&fields)[N], std::string_view name) {
  for (size_t i = 0; i < N; i++) {
    if (fields[i].name == name) return i;
  }
  throw name;
}

// ---- What the open log's sections are.

struct Section {
  enum Sort : uint8_t { kUnknown, kSched, kRuntime, kM, kP, kG, kList, kHistogram } sort = kUnknown;
  const Field* fields = nullptr;  // of the table; of a list or histogram its own
  size_t count = 0;               // in the table
  size_t which = 0;               // of the lists, or of the histograms
  std::vector<int> place;         // by the log's place of a field: the table's, or -1 if it is not in it
  std::vector<size_t> placeInLog;  // the other way round; kNowhere
};
constexpr size_t kNowhere = ~size_t{0};
constexpr size_t kMostFields = std::max({std::size(schedFields), std::size(runtimeFields), std::size(mFields),
                                         std::size(pFields), std::size(gFields)});

const schedlog::Header* header;
std::vector<Section> sections;  // by the log's number
int64_t lastAgreed = -1;

template <size_t N>
void describe(Section& s, Section::Sort sort, const Field (&fields)[N], const schedlog::Section& row) {
  s.sort = sort;
  s.fields = fields;
  s.count = N;
  s.placeInLog.assign(N, kNowhere);
  for (size_t i = 0; i < row.fields.size(); i++) {
    int place = -1;
    for (size_t k = 0; k < N; k++) {
      if (row.fields[i].name == fields[k].name) place = static_cast<int>(k);
    }
    s.place.push_back(place);
    if (place >= 0) s.placeInLog[static_cast<size_t>(place)] = i;
  }
}

Section sectionOf(const schedlog::Section& row) {
  Section s;
  if (row.name == "sched") describe(s, Section::kSched, schedFields, row);
  if (row.name == "runtime") describe(s, Section::kRuntime, runtimeFields, row);
  if (row.name == "m") describe(s, Section::kM, mFields, row);
  if (row.name == "p") describe(s, Section::kP, pFields, row);
  if (row.name == "g") describe(s, Section::kG, gFields, row);
  for (size_t i = 0; i < std::size(lists); i++) {
    if (row.name != lists[i].name || !row.fields.empty()) continue;
    s.sort = Section::kList;
    s.fields = &lists[i];
    s.which = i;
  }
  for (size_t i = 0; i < std::size(histograms); i++) {
    if (row.name != histograms[i].name || row.fields.size() != 1) continue;
    s.sort = Section::kHistogram;
    s.fields = &histograms[i];
    s.which = i;
  }
  return s;
}

// ---- The port's state, in the shape of a snapshot.

// The row that is called by that id, most likely the one at `near`.
const uint64_t* findRow(const uint64_t* words, size_t rows, size_t width, uint64_t id, size_t near) {
  if (near < rows && words[near * width] == id) return words + near * width;
  for (size_t i = 0; i < rows; i++) {
    if (words[i * width] == id) return words + i * width;
  }
  return nullptr;
}

// Rows of the port for one section of the snapshot.
struct Rows {
  size_t width = 1;
  std::vector<uint64_t> words;

  size_t rows() const { return words.size() / width; }
  const uint64_t* row(size_t i) const { return &words[i * width]; }
  const uint64_t* find(uint64_t id, size_t near) const { return findRow(words.data(), rows(), width, id, near); }
};

uint32_t taker;     // the M that made the snapshot
bool traced = false;  // by Go, when it was made
std::vector<const g*> running;  // each M's curg

// Whether the rule lets the field be compared in this row. `go` is Go's row, behind its id.
bool applies(const Section& s, Rule rule, const uint64_t* go, const void* object) {
  const auto goHas = [&](size_t place) {
    return s.placeInLog[place] == kNowhere ? 0 : go[s.placeInLog[place]];
  };
  switch (rule) {
    case Rule::dead:
      // Who has just ended is not cleared yet: it is some M's until it is.
      return goHas(placeOf(gFields, "atomicstatus")) == runtime::_Gdead &&
             static_cast<const g*>(object)->atomicstatus.value == runtime::_Gdead &&
             std::find(running.begin(), running.end(), object) == running.end();
    case Rule::still:
      return goHas(placeOf(gFields, "m")) == 0 && static_cast<const g*>(object)->m == nullptr;
    case Rule::idle: {
      const m* mp = static_cast<const m*>(object);
      // Who parks may hold a lock until it is off its stack.
      return mp->id == taker && mp->curg.value == nullptr && mp->waitunlockf == nullptr && sticky().outside == 0;
    }
    case Rule::untraced:
      return !traced;
    case Rule::settled:
      return s.sort == Section::kP ? requestIsSettled(static_cast<const p*>(object))
                                   : requestIsSettled(static_cast<const g*>(object));
    case Rule::told:
      return false;
    default:
      return true;
  }
}

constexpr uint64_t kOutsides = 255;
bool hasOutsides(const Section& s, int place) {
  const std::string_view name = s.fields[place].name;
  return name == "preemptoff" || name == "stackguard0";
}

// How many of an M's locks are its tracer's, by Go's row. The port emits nothing.
uint64_t tracersLocks(const Section& s, const uint64_t* go) {
  const size_t at = s.sort == Section::kM ? s.placeInLog[placeOf(mFields, "trace")] : kNowhere;
  return go == nullptr || at == kNowhere ? 0 : go[1 + at];
}

// One row of an object. What is not compared is taken from Go's row, if there is one.
template <class T>
void addRow(const Section& s, Rows& out, uint64_t id, const T& object, const uint64_t* go) {
  uint64_t values[kMostFields];
  readFields(object, values);
  out.words.push_back(id);
  for (size_t i = 0; i < s.place.size(); i++) {
    const int place = s.place[i];
    if (place < 0) {
      out.words.push_back(go == nullptr ? 0 : go[1 + i]);
      continue;
    }
    const Rule rule = s.fields[place].rule;
    uint64_t v = values[place];
    if (rule != Rule::always && go != nullptr && !applies(s, rule, go + 1, &object)) v = go[1 + i];
    // Go counts the locks that the M holds, and gives one back only behind the record that says so; and it counts what
    // keeps the M while it emits an event.
    else if (rule == Rule::idle) v += tracersLocks(s, go) + uint64_t(sticky().held);
    // What only code outside gives, and the port never.
    else if (go != nullptr && (v == kEither || (go[1 + i] == kOutsides && hasOutsides(s, place)))) v = go[1 + i];
    out.words.push_back(v);
  }
}

template <class Next>
void addList(Rows& out, uint64_t id, Next next) {
  for (size_t n = 0; id != 0 && n < kMaxListed; n++) {
    out.words.push_back(id);
    id = next();
  }
}

void addGs(Rows& out, const g* gp) {
  addList(out, word(gp), [&] { return word(gp = gp->schedlink.ptr()); });
}

void addMs(Rows& out, const m* mp, bool free) {
  addList(out, word(mp), [&] { return word(mp = free ? mp->freelink : mp->schedlink.ptr()); });
}

template <class Mask>
void addMask(Rows& out, const Mask& mask) {
  for (runtime::intptr i = 0; i < runtime::allp.len; i++) {
    if ((mask.array[i / 32] >> (i % 32) & 1) != 0) out.words.push_back(static_cast<uint64_t>(i) + 1);
  }
}

void addListOf(Rows& out, std::string_view name, uint64_t owner) {
  using runtime::sched;
  const p* pp = owner == 0 || owner > static_cast<uint64_t>(runtime::allp.len)
                    ? nullptr
                    : runtime::allp[static_cast<runtime::intptr>(owner) - 1];
  if (name == "sched.midle") addMs(out, sched.midle.ptr(), false);
  if (name == "sched.pidle") {
    const p* idle = sched.pidle.value.ptr();
    addList(out, word(idle), [&] { return word(idle = idle->link.ptr()); });
  }
  if (name == "sched.runq") addGs(out, sched.runq.head.ptr());
  if (name == "sched.disable") addGs(out, sched.disable.runnable.head.ptr());
  if (name == "sched.gFree.stack") addGs(out, sched.gFree.stack.list.head.ptr());
  if (name == "sched.gFree.noStack") addGs(out, sched.gFree.noStack.list.head.ptr());
  if (name == "sched.freem") addMs(out, sched.freem.value, true);
  if (name == "newmHandoff.newm") addMs(out, runtime::newmHandoff.newm.ptr(), false);
  if (name == "idlepMask") addMask(out, runtime::idlepMask);
  if (name == "timerpMask") addMask(out, runtime::timerpMask);
  if (pp == nullptr) return;
  if (name == "p.gFree") addGs(out, pp->gFree.gList.head.ptr());
  if (name == "p.runq") {
    const uint32_t head = pp->runqhead.value, size = pp->runqtail.value - head;
    for (uint32_t i = 0; size <= std::size(pp->runq) && i < size; i++) {
      out.words.push_back(word(pp->runq[(head + i) % std::size(pp->runq)]));
    }
  }
}

void addHistogram(Rows& out, std::string_view name) {
  using runtime::sched;
  const runtime::timeHistogram& h = name == "sched.timeToRun"              ? sched.timeToRun
                                    : name == "sched.stwStoppingTimeGC"    ? sched.stwStoppingTimeGC
                                    : name == "sched.stwStoppingTimeOther" ? sched.stwStoppingTimeOther
                                    : name == "sched.stwTotalTimeGC"       ? sched.stwTotalTimeGC
                                                                           : sched.stwTotalTimeOther;
  const auto* counts = reinterpret_cast<const uint64_t*>(&h);
  for (size_t i = 0; i < sizeof h / sizeof *counts; i++) {
    if (counts[i] == 0) continue;
    out.words.push_back(i);
    out.words.push_back(counts[i]);
  }
}

// The port's rows for a section of the snapshot. `whole`: with what the rules leave out, too.
void read(const SectionRows& go, Rows& out, bool whole = false) {
  const Section& s = sections[go.number - 1];
  out.width = go.width;
  out.words.clear();
  const auto goRow = [&](size_t i, uint64_t id) {
    return whole ? nullptr : findRow(go.words, go.rows, go.width, id, i);
  };
  switch (s.sort) {
    case Section::kSched:
      addRow(s, out, 0, runtime::sched, goRow(0, 0));
      break;
    case Section::kRuntime:
      addRow(s, out, 0, Variables(), goRow(0, 0));
      break;
    case Section::kM: {
      size_t i = 0;
      for (m* mp = runtime::allm; mp != nullptr && i < kMaxMs; mp = mp->alllink, i++) {
        addRow(s, out, word(mp), *mp, goRow(i, word(mp)));
      }
      break;
    }
    case Section::kP:
      for (runtime::intptr i = 0; i < runtime::allp.len; i++) {
        const auto id = static_cast<uint64_t>(i) + 1;
        addRow(s, out, id, *runtime::allp[i], goRow(static_cast<size_t>(i), id));
      }
      break;
    case Section::kG: {
      const uint64_t first = go.rows == 0 ? 0 : go.row(0)[0];
      for (uint64_t i = first; i < static_cast<uint64_t>(runtime::allgs.len) && i - first < kMaxGs; i++) {
        addRow(s, out, i, *runtime::allgs[static_cast<runtime::intptr>(i)], goRow(i - first, i));
      }
      break;
    }
    case Section::kList:
      addListOf(out, s.fields->name, go.owner);
      break;
    case Section::kHistogram:
      addHistogram(out, s.fields->name);
      break;
    case Section::kUnknown:
      out.words.assign(go.words, go.words + go.size());
      break;
  }
}

// ---- Comparing.

bool same(const SectionRows& go, const Rows& port) {
  return std::equal(go.words, go.words + go.size(), port.words.begin(), port.words.end());
}

// ---- Other Ms' plain stores: where the snapshot is not what the port has, Ms are let run on, one by one, until it
// is. An M that has done so stands where it stands until it gets its turn, perhaps behind many more snapshots, in
// which Go's M may still be where ours was. So what each changed is remembered until then, with what no rule lets be
// compared at that moment: at a later snapshot one may.

constexpr size_t kNames = 0;  // in place of a field: the names of all rows of the section

// A place in the state: a field of a row, from 1, or the names.
struct Place {
  uint32_t number;  // of the section
  uint64_t owner;
  uint64_t id;
  size_t field;

  bool operator==(const Place&) const = default;
};
using Values = std::vector<uint64_t>;  // one, or the names; none where a row is missing

struct Change {
  Place place;
  Values before;
  uint64_t added;
};

struct Ahead {
  bool ran = false;
  bool blind = false;  // it stands before a question whose answer is in another block of the log
  std::vector<Change> changes;
  // Where the goroutines of the snapshot at which it ran on begin and end: what it changed in others is not remembered.
  uint64_t goroutines = 0, goroutinesEnd = 0;
};
std::vector<Ahead> ahead;  // by M id

std::vector<SectionRows> go;       // the snapshot
std::vector<Rows> goRows;          // the same
std::vector<Rows> first, now;      // the port when it came, and after some Ms have run on
std::vector<Rows> whole;           // the same as `now`, whatever the rules say

Values valueAt(const Place& at, const Rows& rows) {
  if (at.field == kNames) {
    Values names;
    for (size_t i = 0; i < rows.rows(); i++) names.push_back(rows.row(i)[0]);
    return names;
  }
  if (const uint64_t* row = rows.find(at.id, at.id); row != nullptr) return {row[at.field]};
  return sections[at.number - 1].sort == Section::kHistogram ? Values{0} : Values{};
}

// The places of a section in which two states differ.
template <class Fn>
void differences(const SectionRows& section, const Rows& a, const Rows& b, Fn fn) {
  Place at{section.number, section.owner, 0, kNames};
  const bool buckets = sections[section.number - 1].sort == Section::kHistogram;
  if (!buckets && valueAt(at, a) != valueAt(at, b)) fn(at);
  const auto look = [&](uint64_t id) {
    at.id = id;
    for (at.field = 1; at.field < section.width; at.field++) {
      const Values va = valueAt(at, a), vb = valueAt(at, b);
      if (va != vb && !va.empty() && !vb.empty()) fn(at);
    }
  };
  for (size_t i = 0; i < a.rows() && section.width > 1; i++) {
    const uint64_t* other = b.find(a.row(i)[0], i);
    if (other == nullptr ? buckets : !std::equal(other, other + section.width, a.row(i))) look(a.row(i)[0]);
  }
  for (size_t i = 0; i < b.rows() && buckets; i++) {
    if (a.find(b.row(i)[0], i) == nullptr) look(b.row(i)[0]);
  }
}

size_t indexOf(const Place& at) {
  for (size_t i = 0; i < go.size(); i++) {
    if (go[i].number == at.number && go[i].owner == at.owner) return i;
  }
  return 0;
}

Rule ruleAt(const Place& at) {
  const Section& s = sections[at.number - 1];
  if (s.sort == Section::kHistogram || s.sort == Section::kList) return s.fields->rule;
  if (at.field == kNames) return Rule::always;
  return s.fields[s.place[at.field - 1]].rule;
}

// Whether what the snapshot has at a place can be, from what the port has and had there.
bool admissible(const Place& at) {
  const size_t i = indexOf(at);
  const Values has = valueAt(at, goRows[i]), was = valueAt(at, first[i]), is = valueAt(at, now[i]);
  const Rule rule = ruleAt(at);
  if (has == is || has == was) return true;
  bool remembered = false;
  uint64_t least = was.empty() ? 0 : was[0];
  const bool goroutine = sections[at.number - 1].sort == Section::kG && at.field != kNames;
  for (const Ahead& m : ahead) {
    if (goroutine && m.ran && (at.id < m.goroutines || at.id >= m.goroutinesEnd)) return true;
    for (const Change& change : m.changes) {
      if (change.place != at) continue;
      if (change.before == has) return true;
      least -= change.added;
      remembered = true;
    }
  }
  if (rule == Rule::several) return remembered || was != is;
  return rule == Rule::counter && has.size() == 1 && is.size() == 1 && least <= has[0] && has[0] <= is[0];
}

// Lets an M run on, and remembers what changed. False: there is nothing to run.
bool letRun(uint32_t id) {
  if (ahead.size() <= id) ahead.resize(id + 1);
  if (ahead[id].ran || !runOnAhead(id, ahead[id].blind)) return false;
  ahead[id].ran = true;
  anybodyAhead = true;
  static Rows after;
  for (size_t i = 0; i < go.size(); i++) {
    if (sections[go[i].number - 1].sort == Section::kG && go[i].rows != 0) {
      ahead[id].goroutines = go[i].row(0)[0];
      ahead[id].goroutinesEnd = go[i].row(go[i].rows - 1)[0] + 1;
    }
    read(go[i], now[i]);
    read(go[i], after, true);
    differences(go[i], whole[i], after, [&](const Place& at) {
      Values before = valueAt(at, whole[i]), is = valueAt(at, after);
      const uint64_t added = before.size() == 1 && is.size() == 1 ? is[0] - before[0] : 0;
      ahead[id].changes.push_back({at, std::move(before), added});
    });
    std::swap(whole[i], after);
  }
  return true;
}

// The M that is most likely to store there, if any: then those that hold locks, then all.
bool letSomebodyRun(const Place& at) {
  const size_t i = indexOf(at);
  const Section& s = sections[at.number - 1];
  std::vector<uint64_t> likely;  // by id + 1
  if (s.sort == Section::kM) likely.push_back(at.id);
  for (const Rows* rows : {&goRows[i], &now[i]}) {
    const uint64_t* row = at.field == kNames ? nullptr : rows->find(at.id, at.id);
    if (row == nullptr || (s.sort != Section::kG && s.sort != Section::kP)) continue;
    const size_t m = s.placeInLog[s.sort == Section::kG ? placeOf(gFields, "m") : placeOf(pFields, "m")];
    if (m != kNowhere) likely.push_back(row[1 + m]);
  }
  if (at.owner != 0 && at.owner <= static_cast<uint64_t>(runtime::allp.len)) {
    likely.push_back(word(runtime::allp[static_cast<runtime::intptr>(at.owner) - 1]->m));
  }
  for (const uint64_t m : likely) {
    if (m != 0 && letRun(static_cast<uint32_t>(m - 1))) return true;
  }
  for (const bool holders : {true, false}) {
    for (uint32_t id = 0; id < threadsMade(); id++) {
      if ((!holders || locksHeld(id) > 0) && letRun(id)) return true;
    }
  }
  return false;
}

// ---- Telling.

std::string value(schedlog::ArgType type, uint64_t v) {
  switch (type) {
    case schedlog::ArgType::kG:
      return v == 0 ? "nil" : absl::StrCat("g", v);
    case schedlog::ArgType::kP:
      return v == 0 ? "nil" : absl::StrCat("p", v - 1);
    case schedlog::ArgType::kM:
      return v == 0 ? "nil" : absl::StrCat("m", v - 1);
    case schedlog::ArgType::kBool:
      return v == 0 ? "false" : v == 1 ? "true" : absl::StrCat(v);
    case schedlog::ArgType::kInt:
    case schedlog::ArgType::kTime:
      return absl::StrCat(static_cast<int64_t>(v));
    default:
      return absl::StrCat(v);
  }
}

std::string valuesAt(const Place& at, const Rows& rows) {
  const schedlog::Section& named = header->state[at.number - 1];
  const Values values = valueAt(at, rows);
  if (at.field != kNames) return values.empty() ? "nothing" : value(named.fields[at.field - 1].type, values[0]);
  return absl::StrCat("[", absl::StrJoin(values, ",", [&](std::string* out, uint64_t v) {
    absl::StrAppend(out, value(named.of, v));
  }), "]");
}

// "g12.waitreason", "p3.gFree", "sched.nmidle", "allm".
std::string nameOf(const Place& at) {
  const Section& s = sections[at.number - 1];
  const schedlog::Section& named = header->state[at.number - 1];
  if (at.field == kNames) {
    if (s.sort != Section::kList) return absl::StrCat("all", named.name, s.sort == Section::kG ? "s" : "");
    return at.owner == 0 ? named.name : absl::StrCat("p", at.owner - 1, named.name.substr(1));
  }
  if (s.sort == Section::kHistogram) return absl::StrCat(named.name, ".counts[", at.id, "]");
  std::string object = s.sort == Section::kM || s.sort == Section::kP ? value(named.of, at.id) : named.name;
  if (s.sort == Section::kG) {
    const uint64_t* row = goRows[indexOf(at)].find(at.id, at.id);
    const size_t goid = s.placeInLog[placeOf(gFields, "goid")];
    object = row == nullptr || goid == kNowhere || row[1 + goid] == 0 ? absl::StrCat("allgs[", at.id, "]")
                                                                      : absl::StrCat("g", row[1 + goid]);
  }
  return absl::StrCat(object, ".", named.fields[at.field - 1].name);
}

[[noreturn]] void differs(uint64_t index, const Place& at) {
  const size_t i = indexOf(at);
  const std::string early = valuesAt(at, first[i]), late = valuesAt(at, now[i]);
  std::string port = absl::StrCat(nameOf(at), " = ", early);
  if (late != early) absl::StrAppend(&port, ", or ", late, " once every other M has come to its next record");
  divergesInState(index, lastAgreed, absl::StrCat(nameOf(at), " = ", valuesAt(at, goRows[i])), port);
}

// Why the snapshot is not at once what the port has.
void settle(uint64_t index) {
  std::vector<Place> open;
  goRows.resize(go.size());
  now.resize(go.size());
  whole.resize(go.size());
  for (size_t i = 0; i < go.size(); i++) {
    goRows[i].width = go[i].width;
    goRows[i].words.assign(go[i].words, go[i].words + go[i].size());
    now[i] = first[i];
    read(go[i], whole[i], true);
    if (same(go[i], first[i])) continue;
    differences(go[i], goRows[i], first[i], [&](const Place& at) { open.push_back(at); });
  }
  for (;;) {
    for (size_t k = 0; k < open.size(); k++) {
      const Place at = open[k];
      if (!admissible(at)) continue;
      open.erase(open.begin() + static_cast<ptrdiff_t>(k--));
      if (at.field != kNames) continue;
      // The rows that were missing have come.
      const size_t i = indexOf(at);
      differences(go[i], goRows[i], now[i], [&](const Place& other) {
        if (other.field != kNames && first[i].find(other.id, other.id) == nullptr) open.push_back(other);
      });
    }
    if (open.empty()) return;
    if (letSomebodyRun(open.front())) continue;
    for (const Ahead& m : ahead) {
      if (m.blind) return;
    }
    differs(index, open.front());
  }
}

void compareState(const schedlog::Snapshot& snapshot) {
  if (detached) return;
  schedlog::TakeApart(*header, snapshot.words, go);
  taker = snapshot.m;
  traced = false;
  running.clear();
  for (const m* mp = runtime::allm; mp != nullptr; mp = mp->alllink) running.push_back(mp->curg.value);
  for (const SectionRows& s : go) {
    const Section& section = sections[s.number - 1];
    if (section.sort != Section::kRuntime || s.rows == 0) continue;
    const size_t tracing = section.placeInLog[placeOf(runtimeFields, "tracing")];
    traced = tracing != kNowhere && s.row(0)[1 + tracing] != 0;
  }
  first.resize(go.size());
  bool equal = true;
  for (size_t i = 0; i < go.size(); i++) {
    read(go[i], first[i]);
    equal = equal && same(go[i], first[i]);
  }
  if (!equal) settle(snapshot.index);
  lastAgreed = static_cast<int64_t>(snapshot.index);
}

}  // namespace

bool anybodyAhead = false;

void tookTurn(uint32_t id) {
  if (id < ahead.size()) ahead[id] = Ahead();
}

void bindState(schedlog::Reader& reader) {
  header = &reader.header();
  if (header->state.empty() || !eager) return;
  requestsWatched = true;
  for (const schedlog::Section& row : header->state) sections.push_back(sectionOf(row));
  reader.set_snapshot_sink(compareState);
}

void soil(g* gp) {
  static runtime::_panic panic;
  static runtime::_defer defer;
  gp->_panic = &panic;
  gp->_defer = &defer;
  gp->param = gp;
  gp->preemptStop = true;
  gp->paniconfault = true;
  gp->writebuf.len = 1;
  gp->labels = gp;
  gp->timer = reinterpret_cast<runtime::timer*>(gp);
}

}  // namespace lockstep
