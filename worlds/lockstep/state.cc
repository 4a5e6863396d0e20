// The state of the port against the snapshots in a log.
//
// A snapshot shows what Go's structs held behind one record: the M that made it wrote the snapshot before anybody could
// make another one. Whatever changes by operations that have records is therefore exactly what the port must have at
// that place of the log. So is what the M itself stored plainly: port and Go stand at the same point of the same code.
//
// Every other M is somewhere between two of its records, and a plain store that it makes there is in the snapshot or
// not: the log cannot say. But there are only two answers, and the port can give both. In the eager order each M stands
// right behind its last record: those stores are not made. Where the snapshot differs from that, all other Ms are let
// run on to where each would make its next record: then all of them are made. A value that is neither is wrong. No order
// of the records is lost by that, for a log allows an M to run on at any moment. What another M changes under a lock that
// it holds is covered by the same rule, without knowing whose the field is: only the holder stands before such a store.
//
// That is as strict as a log allows for a field that is stored once between two records. Some are stored more often
// there (a list that is moved element by element): where the two answers differ nothing is said of these, and where they
// are equal the field is compared. Counters that several Ms add to may have any value between the two. Fields that code
// outside proc.go writes as well are compared when it cannot have: of dead goroutines, of those that no M runs. Which
// rule a field has, and why those are left out that are, stands in tools/capture/state_table.inc, from which the capture
// makes its hook, too. In the late order other Ms have run on when a snapshot comes, and cannot go back: it compares none.
//
// Code outside is played, and the port's fields that only it writes would always be zero: that the port clears them could
// not be seen. So the player leaves something in them when a goroutine ends (soil).
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

enum class Rule : uint8_t { always, several, counter, dead, still, idle, untraced, told };

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
  } else if constexpr (Name.view() == "sched.g") {
    return x.sched.g.ptr() == nullptr ? 0 : x.sched.g.ptr() == &x ? 1 : 2;
  } else {
    static_assert(Name.view() == "tracing");
    return 0;
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

// Rows of the port for one section of the snapshot.
struct Rows {
  size_t width = 1;
  std::vector<uint64_t> words;

  size_t rows() const { return words.size() / width; }
  const uint64_t* row(size_t i) const { return &words[i * width]; }
  const uint64_t* find(uint64_t id, size_t near) const {
    if (near < rows() && row(near)[0] == id) return row(near);
    for (size_t i = 0; i < rows(); i++) {
      if (row(i)[0] == id) return row(i);
    }
    return nullptr;
  }
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
    case Rule::told:
      return false;
    default:
      return true;
  }
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
    // Go counts the locks that the M holds, and gives one back only behind the record that says so.
    else if (rule == Rule::idle) v += static_cast<uint64_t>(sticky().held);
    // A reason that only the collector gives, and the port never.
    else if (s.sort == Section::kM && static_cast<size_t>(place) == placeOf(mFields, "preemptoff") && go != nullptr &&
             go[1 + i] == 255) v = 255;
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

// The port's rows for a section of the snapshot.
void read(const SectionRows& go, Rows& out) {
  const Section& s = sections[go.number - 1];
  out.width = go.width;
  out.words.clear();
  const auto goRow = [&](size_t i, uint64_t id) {
    return i < go.rows && go.row(i)[0] == id ? go.row(i) : nullptr;
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
  return go.size() == port.words.size() &&
         std::memcmp(go.words, port.words.data(), port.words.size() * sizeof(uint64_t)) == 0;
}

// The names of rows, in order.
std::vector<uint64_t> ids(const uint64_t* words, size_t rows, size_t width) {
  std::vector<uint64_t> list;
  for (size_t i = 0; i < rows; i++) list.push_back(words[i * width]);
  return list;
}

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

// What a difference is called: "g12.waitreason", "p3.gFree", "sched.nmidle".
std::string objectOf(const SectionRows& go, const uint64_t* row) {
  const Section& s = sections[go.number - 1];
  const schedlog::Section& named = header->state[go.number - 1];
  if (s.sort == Section::kG) {
    const size_t goid = s.placeInLog[placeOf(gFields, "goid")];
    return goid == kNowhere || row[1 + goid] == 0 ? absl::StrCat("allgs[", row[0], "]")
                                                  : absl::StrCat("g", row[1 + goid]);
  }
  if (s.sort == Section::kM || s.sort == Section::kP) return value(named.of, row[0]);
  std::string name = named.name;
  if (go.owner != 0) name = absl::StrCat("p", go.owner - 1, name.substr(1));
  return name;
}

[[noreturn]] void differs(uint64_t index, const std::string& what, const std::string& go, const std::string& early,
                          const std::string& late) {
  std::string port = absl::StrCat(what, " = ", early);
  if (late != early) absl::StrAppend(&port, ", or ", late, " once every other M has come to its next record");
  divergesInState(index, lastAgreed, absl::StrCat(what, " = ", go), port);
}

std::string members(const SectionRows& go, const std::vector<uint64_t>& list) {
  const schedlog::ArgType of = header->state[go.number - 1].of;
  return absl::StrCat("[", absl::StrJoin(list, ",", [&](std::string* out, uint64_t v) {
    absl::StrAppend(out, value(of, v));
  }), "]");
}

// Go's rows against the port's before and after the other Ms have run on.
void judge(uint64_t index, const SectionRows& go, const Rows& early, const Rows& late) {
  const Section& s = sections[go.number - 1];
  const schedlog::Section& named = header->state[go.number - 1];
  if (s.sort == Section::kHistogram) {
    for (size_t bucket = 0; bucket < sizeof(runtime::timeHistogram) / sizeof(uint64_t); bucket++) {
      const auto count = [&](const uint64_t* row) { return row == nullptr ? 0 : row[1]; };
      uint64_t has = 0;
      for (size_t i = 0; i < go.rows; i++) {
        if (go.row(i)[0] == bucket) has = go.row(i)[1];
      }
      const uint64_t least = count(early.find(bucket, kNowhere)), most = count(late.find(bucket, kNowhere));
      if (has < least || has > most) {
        differs(index, absl::StrCat(named.name, ".counts[", bucket, "]"), absl::StrCat(has), absl::StrCat(least),
                absl::StrCat(most));
      }
    }
    return;
  }
  const auto goIDs = ids(go.words, go.rows, go.width);
  const auto earlyIDs = ids(early.words.data(), early.rows(), early.width);
  const auto lateIDs = ids(late.words.data(), late.rows(), late.width);
  const bool unsettled = s.sort == Section::kList && s.fields->rule == Rule::several && earlyIDs != lateIDs;
  if (goIDs != earlyIDs && goIDs != lateIDs && !unsettled) {
    const std::string what = s.sort == Section::kList ? objectOf(go, nullptr)
                             : s.sort == Section::kM  ? "allm"
                             : s.sort == Section::kP  ? "allp"
                                                      : "allgs";
    differs(index, what, members(go, goIDs), members(go, earlyIDs), members(go, lateIDs));
  }
  for (size_t i = 0; i < go.rows && go.width > 1; i++) {
    const uint64_t* row = go.row(i);
    const uint64_t* before = early.find(row[0], i);
    const uint64_t* after = late.find(row[0], i);
    if (after == nullptr) after = before;
    if (before == nullptr) before = after;
    for (size_t k = 1; k < go.width && before != nullptr; k++) {
      if (row[k] == before[k] || row[k] == after[k] || s.place[k - 1] < 0) continue;
      const Rule rule = s.fields[s.place[k - 1]].rule;
      if (rule == Rule::several && before[k] != after[k]) continue;
      if (rule == Rule::counter && before[k] <= row[k] && row[k] <= after[k]) continue;
      const schedlog::Section::Field& field = named.fields[k - 1];
      differs(index, absl::StrCat(objectOf(go, row), ".", field.name), value(field.type, row[k]),
              value(field.type, before[k]), value(field.type, after[k]));
    }
  }
}

void compareState(const schedlog::Snapshot& snapshot) {
  if (detached) return;
  static std::vector<SectionRows> go;
  static std::vector<Rows> early, late;
  static std::vector<size_t> different;
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
  if (early.size() < go.size()) early.resize(go.size()), late.resize(go.size());
  different.clear();
  for (size_t i = 0; i < go.size(); i++) {
    read(go[i], early[i]);
    if (!same(go[i], early[i])) different.push_back(i);
  }
  if (!different.empty()) {
    runOthersOn();
    for (const size_t i : different) {
      read(go[i], late[i]);
      judge(snapshot.index, go[i], early[i], late[i]);
    }
  }
  lastAgreed = static_cast<int64_t>(snapshot.index);
}

}  // namespace

void bindState(schedlog::Reader& reader) {
  header = &reader.header();
  if (header->state.empty() || !eager) return;
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
