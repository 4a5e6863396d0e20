// When things happened that a schedlog tells of. It has the order of everything, and a time where somebody read the
// clock: now and then. Facts wait for the next reading, then the time since the last one is shared out among the
// records in between.
//
// Not evenly: what the scheduler does from one record to the next takes some hundred nanoseconds, whereas a thread that
// slept, or a goroutine's own code, may have taken all the rest. So each record gets a little, and those before which a
// thread slept, or was outside the scheduler, share what is left: the more of it the more the others did in the
// meantime, for that took its time, too.
#include "worlds/lockstep/facts.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "absl/strings/str_format.h"
#include "worlds/facts/collector.h"
#include "worlds/lockstep/internal.h"

namespace lockstep {
namespace {

constexpr int64_t kRecord = 100;  // ns: what a record of the scheduler's own takes at most
constexpr size_t kMany = 1 << 16;  // facts without a reading of the clock

void (*sink)(const facts::Fact& fact, std::string_view text);

// How far the log is: records, and for those that had something before them that takes its time, how many records of
// others came since that began.
struct Progress {
  uint64_t records = 0;
  uint64_t slow = 0;
};
struct Last {
  uint64_t record = 0;
  bool sleeps = false;  // behind it
};
std::vector<Last> lastOf;  // of each M

struct Waiting {
  facts::Fact fact;
  std::string text;
  Progress when;
};

std::vector<Waiting> waiting;
Progress here, atReading;
int64_t reading = 0;  // 0: none yet
int64_t lastTime = 0;
bool slow[256];
uint32_t wireUsleep = ~0u;

// How far apart the readings were: the time that lies between readings of such a distance, by powers of two.
struct Readings {
  uint64_t count = 0;
  int64_t longest = 0;
  int64_t time[64] = {};
  int64_t whole = 0;
} readings;

void take(const facts::Fact& fact, std::string_view text) { waiting.push_back({fact, std::string(text), here}); }

// What waits gets its time: there were `ns` since the last reading.
void tell(int64_t ns) {
  const auto records = static_cast<int64_t>(here.records - atReading.records);
  const auto slowOnes = static_cast<int64_t>(here.slow - atReading.slow);
  const int64_t each = records == 0 ? 0 : slowOnes == 0 ? ns / records : std::min(kRecord, ns / records);
  const int64_t rest = ns - each * records;
  for (Waiting& w : waiting) {
    const auto r = static_cast<int64_t>(w.when.records - atReading.records);
    const auto s = static_cast<int64_t>(w.when.slow - atReading.slow);
    const double part = slowOnes == 0 ? 0 : static_cast<double>(s) / static_cast<double>(slowOnes);
    w.fact.time = std::max(lastTime, reading + each * r + static_cast<int64_t>(static_cast<double>(rest) * part));
    lastTime = w.fact.time;
    sink(w.fact, w.text);
  }
  waiting.clear();
}

void sharesOut(int64_t ns) {
  tell(ns);
  atReading = here;
  reading += ns;
}

std::string milliseconds(int64_t ns) { return absl::StrFormat("%.3f ms", static_cast<double>(ns) / 1e6); }

std::string_view nameOf(const runtime::g* gp) {
  return startName(static_cast<const runtime::funcval*>(gp->sched.ctxt));
}

}  // namespace

void ListenToFacts(void (*to)(const facts::Fact& fact, std::string_view text)) {
  sink = to;
  facts::nameOf = nameOf;
  facts::Listen(take);
}

void bindFacts(const schedlog::Header& header) {
  for (const schedlog::Kind& kind : header.kinds) {
    slow[kind.number & 0xff] = kind.cls == schedlog::Class::kInput;
  }
  if (const schedlog::Kind* kind = header.FindKind("usleep"); kind != nullptr) wireUsleep = kind->number;
  for (const char* name : {"notesleep", "notetsleep", "netpoll", "doInit.ret", "main_main.ret", "gcStart.ret",
                           "mstart1"}) {
    if (const schedlog::Kind* kind = header.FindKind(name); kind != nullptr) slow[kind->number & 0xff] = true;
  }
}

void recordPasses(uint64_t number) {
  here.records++;
  if (head.m >= lastOf.size()) lastOf.resize(head.m + 1);
  Last& last = lastOf[head.m];
  if (slow[head.kind & 0xff] || last.sleeps) here.slow += here.records - last.record;
  last = {here.records, head.kind == wireUsleep};
  facts::SetTime(0, number);
  if (waiting.size() >= kMany) sharesOut(static_cast<int64_t>(here.records - atReading.records) * kRecord);
}

void clockRead(int64_t ns) {
  // What came before the first reading happened just before it.
  if (reading == 0) {
    reading = ns - static_cast<int64_t>(here.records) * kRecord;
    sharesOut(ns - reading);
    return;
  }
  // A reading that somebody else's was made after says nothing.
  if (ns <= reading) return;
  const int64_t apart = ns - reading;
  readings.count++;
  readings.longest = std::max(readings.longest, apart);
  readings.time[std::bit_width(static_cast<uint64_t>(apart)) - 1] += apart;
  readings.whole += apart;
  sharesOut(apart);
}

void factsEnd() {
  facts::Deafen();
  sharesOut(static_cast<int64_t>(here.records - atReading.records) * kRecord);
  if (readings.count < 2) return;
  int i = 0;
  for (int64_t before = readings.time[0]; 2 * before < readings.whole; before += readings.time[i]) i++;
  facts::Fact note;
  note.kind = facts::Kind::kNote;
  note.time = lastTime;
  sink(note, absl::StrFormat("the clock was read %d times: half of the time lies between two readings less than %s "
                             "apart, the longest time without one is %s",
                             readings.count, milliseconds(std::min(int64_t{2} << i, readings.longest)),
                             milliseconds(readings.longest)));
}

}  // namespace lockstep
