// The turn-taking of the lockstep world: whose record is next, what to do when the port makes another one, and the
// report of a divergence.
#include "worlds/facts/collector.h"
#include "worlds/lockstep/world.h"

#include <sys/time.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>

#define UNW_LOCAL_ONLY
#include <cxxabi.h>
#include <libunwind.h>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "worlds/lockstep/internal.h"
#include "worlds/lockstep/replay.h"
#include "worlds/lockstep/state.h"

namespace lockstep {

using runtime::g;
using runtime::m;
using runtime::p;

Kind* Kind::all = nullptr;

Kind::Kind(std::string_view field, std::string_view op) : name(std::string(field) + std::string(op)), next(all) {
  all = this;
}

schedlog::Record head;
uint32_t current = 0;
uint64_t counts[256][32];
uint64_t sysmonCounts[256];
uint32_t sysmonM = kNobody - 1;
bool detached = false;
bool eager = false;
bool firstFormat = false;
bool anyRelease = false;
void (*stepSink)(const schedlog::Record& record) = nullptr;

namespace {

// The release whose scheduler this is.
constexpr absl::string_view kRelease = "go1.24";

bool isOf(absl::string_view version, absl::string_view release) {
  return version == release || absl::StartsWith(version, absl::StrCat(release, "."));
}

// One simulated thread.
struct Thread {
  m* mp = nullptr;
  std::unique_ptr<Fiber> fiber;
  g* saved = nullptr;  // what getg() answers when it continues
  uint64_t turns = 0;  // that it got
  bool ended = false;
  bool exits = false;          // it has made the record of the program's exit
  const Kind* next = nullptr;  // the record before which it stands, if it has said
  Sticky sticky;
};

schedlog::Reader* reader;
std::string path;
Result* result;
std::string report;
std::string printedText;
std::vector<std::unique_ptr<Thread>> threads;  // by M id
Fiber* host;                                   // who called Replay
uint32_t running = 0;                          // whose fiber runs
uint64_t nextIndex = 0;                        // of head
bool inPort = false;                           // a fiber runs, not the host
bool peeksBlindly = false;                     // see peekElsewhere
uint32_t asker = kNobody;                      // the M to go back to instead of the head's: see runOn

// A port that computes this long without a record will not make another one.
constexpr time_t kTickSeconds = 10;  // of processor time
uint64_t indexAtTick;
bool ticked;

// By kind: the place of the argument that says who made the call, plus 1; 0: there is none.
int ownArg[256];

Thread* threadOf(uint32_t id) { return id < threads.size() ? threads[id].get() : nullptr; }

void switchTo(uint32_t id) {
  Thread* from = threadOf(running);
  Thread* to = threadOf(id);
  from->saved = runtime::getg();
  running = id;
  current = id;
  Fiber::Switch(*from->fiber, *to->fiber);
  runtime::setg(from->saved);
}

// In the eager order an M stands behind its last record for good. This lets it go on from there, to where it would make
// another one or ends, and comes back.
void runOn(uint32_t id) {
  asker = running;
  switchTo(id);
  asker = kNobody;
}

const schedlog::Kind& headKind() { return reader->kind(head.kind & ~kFromOutside); }

std::string argText(const schedlog::Arg& arg, int64_t v) {
  switch (arg.type) {
    case schedlog::ArgType::kG:
      return v == 0 ? "nil" : absl::StrCat("g", v);
    case schedlog::ArgType::kP:
      return v == 0 ? "nil" : absl::StrCat("p", v - 1);
    case schedlog::ArgType::kM:
      return v == 0 ? "nil" : absl::StrCat("m", v - 1);
    case schedlog::ArgType::kLock: {
      const auto& locks = reader->header().locks;
      if (v <= 0 || static_cast<size_t>(v) > locks.size()) return "nil";
      return locks[static_cast<size_t>(v) - 1];
    }
    case schedlog::ArgType::kPc: {
      auto name = reader->header().SymbolAt(static_cast<uint64_t>(v));
      return name.empty() ? absl::StrCat("0x", absl::Hex(v)) : std::string(name);
    }
    case schedlog::ArgType::kUint:
      return absl::StrCat(static_cast<uint64_t>(v));
    default:
      return absl::StrCat(v);
  }
}

std::string recordText(const schedlog::Record& r, const schedlog::Kind& kind) {
  std::string s = absl::StrCat("m", r.m, " ", kind.name);
  for (size_t i = 0; i < kind.args.size(); i++) {
    const auto& arg = kind.args[i];
    if (arg.type == schedlog::ArgType::kGList) {
      absl::StrAppend(&s, " ", arg.name, "=[", absl::StrJoin(r.list, ","), "]");
    } else {
      absl::StrAppend(&s, " ", arg.name, "=", argText(arg, r.a[i]));
    }
  }
  return s;
}

// The records before index, as text: read again from the file, so that a replay need not remember them.
std::string lastRecords(uint64_t index, uint64_t n) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return "";  // a pipe is read once
  schedlog::Reader again;
  if (!again.Open(path).ok()) return "";
  uint64_t from = index > n ? index - n : 0;
  if (!again.SkipBlocksBefore(from).ok()) return "";
  std::string s;
  schedlog::Record r;
  while (again.Next(r) && again.record_index() < index) {
    if (again.record_index() >= from) {
      absl::StrAppend(&s, "  ", again.record_index(), " ", recordText(r, again.kind(r.kind)), "\n");
    }
  }
  return s;
}

std::string who() {
  g* gp = runtime::getg();
  std::string s = absl::StrCat("m", running);
  m* mp = gp == nullptr ? nullptr : gp->m;
  if (mp == nullptr) return s;
  p* pp = mp->p.ptr();
  absl::StrAppend(&s, ", ", pp == nullptr ? std::string("no p") : absl::StrCat("p", pp->id));
  g* curg = mp->curg.plain();
  absl::StrAppend(&s, ", ", gp == mp->g0 ? "on g0" : "on its goroutine", ", curg ",
                  curg == nullptr ? std::string("nil") : absl::StrCat("g", curg->goid.plain()));
  return s;
}

std::string portText(const Kind& kind, std::initializer_list<int64_t> port) {
  std::string s = absl::StrCat("m", running, " ", kind.name);
  const schedlog::Kind* row = reader->header().FindKind(kind.name);
  size_t i = 0;
  for (int64_t v : port) {
    if (row != nullptr && i < row->args.size()) {
      absl::StrAppend(&s, " ", row->args[i].name, "=", argText(row->args[i], v));
    } else {
      absl::StrAppend(&s, " ", v);
    }
    i++;
  }
  return s;
}

// What the port was doing, by the C++ functions on the stack.
std::string portStack();

// Appends to the report, all of it or nothing.
void add(std::initializer_list<std::string> parts) { report += absl::StrJoin(parts, ""); }

void diverged(uint64_t index, const std::string& go, const std::string& portDid, const std::string& more) {
  result->outcome = Result::kDiverged;
  result->divergence = index;
  report = absl::StrCat(path, ": record ", index, ": divergence\n", "  Go:    ", go, "\n", "  port:  ", portDid, "\n",
                        more);
  if (facts::listening) factsEnd();
  // From here on a crash or an endless loop ends in leave(): a port that is in pieces, or not set up yet, cannot always
  // say more of itself.
  detached = true;
  ticked = false;
  add({"  where: ", who(), "\n"});
  add({"  in:    ", portStack(), "\n"});
  if (!printedText.empty()) add({"  port printed: ", printedText, "\n"});
  add({"last records:\n", lastRecords(nextIndex, 20)});
  if (runtime::allp.len != 0) add({"state of the port:\n", schedState()});
  add({"reproduce: ./gort replay ", eager ? "--order=eager " : "", path, "\n"});
  leave();
}

void divergence(const std::string& portDid) {
  if (detached) return;
  if (head.m != kNobody) {
    result->divergedKind = head.kind & 0xff;
    result->divergedCell = cellOfHead();
  }
  diverged(nextIndex, head.m == kNobody ? std::string("nothing: the log ends here") : recordText(head, headKind()),
           portDid, "");
}

}  // namespace

void divergesInState(uint64_t index, int64_t agreed, const std::string& go, const std::string& port) {
  diverged(index, go, port,
           absl::StrCat("  state: in the snapshot behind this record; ",
                        agreed < 0 ? "it is the first" : absl::StrCat("the one behind record ", agreed, " agreed"),
                        "\n"));
  leave();
}

bool runOnAhead(uint32_t id, bool& blind) {
  Thread* t = threadOf(id);
  if (t == nullptr || t->ended || id == running || detached) return false;
  peeksBlindly = false;
  runOn(id);
  blind = peeksBlindly;
  return true;
}

// Answers that are in the log only when they change are no place to wait at for who is let run on: Go's M went through.
bool peekElsewhere(const Kind& kind) {
  if (asker != kNobody && asker != running) {
    const uint32_t next = reader->NextKindOf(running);
    if (next != 0 && next != kind.wire) return false;
    peeksBlindly = next == 0;
  }
  switchToHead();
  return head.kind == kind.wire;
}

g* stackOf(uint32_t id) {
  if (id == running) return runtime::getg();
  Thread* t = threadOf(id);
  return t == nullptr ? nullptr : t->saved;
}

uint64_t turnsOf(uint32_t id) {
  Thread* t = threadOf(id);
  return t == nullptr ? 0 : t->turns;
}

uint32_t threadsMade() { return static_cast<uint32_t>(threads.size()); }

int locksHeld(uint32_t id) {
  Thread* t = threadOf(id);
  return t == nullptr ? 0 : t->sticky.held;
}

// A port that crashes has diverged too, though no record shows it.
void onCrash(int signal) {
  if (!inPort) std::_Exit(3);
  if (!detached) divergence(absl::StrCat("died: ", strsignal(signal)));
  leave();  // it died of being described: the report goes out as it is
}

// So has one that goes on for ever without a record.
void onTick(int) {
  bool stuck = ticked && indexAtTick == nextIndex;
  ticked = true;
  indexAtTick = nextIndex;
  if (!stuck || !inPort) return;
  if (!detached) divergence("makes no record any more");
  leave();
}

void leave() {
  if (facts::listening) factsEnd();
  detached = true;
  inPort = false;
  Thread* from = threadOf(running);
  Fiber::Switch(*from->fiber, *host);
  __builtin_unreachable();
}

void stopHere(std::string& state) {
  detached = true;
  state = schedState();
  leave();
}

void printed(std::string_view s) {
  if (printedText.size() < 16384) printedText.append(s);
}

// The log is at its end, and so is every M's part of it. Each goes on to where it would make another record: what the
// port does behind an M's last record is seen as far as a log without the places of the Ms can tell. An M may stand
// anywhere on its way, for Go's may not have come further; but not before a failure that a program that ended by
// itself did not have, nor behind its exit.
static void lookAtTheEnd() {
  for (uint32_t id = 0; id < threads.size(); id++) {
    Thread* t = threadOf(id);
    if (t == nullptr || t->ended) continue;
    if (eager && id != running) runOn(id);
    if (detached) return;
    const bool fails = t->next == &KindOf<"throw", "">::kind || t->next == &KindOf<"fatal", "">::kind;
    if (fails && reader->at_end() && reader->end().complete) {
      divergence(absl::StrCat("m", id, " is about to make ", t->next->name));
    } else if (t->exits && !t->ended) {
      divergence(absl::StrCat("m", id, " goes on behind its exit"));
    }
  }
}

void exits() { threadOf(running)->exits = true; }

// One switch to the M of the head. False: it is not there, which was a divergence.
static bool switchOnce() {
  Thread* to = threadOf(head.m);
  if (to == nullptr || to->ended) {
    divergence(to == nullptr ? "has not started that M" : "has ended that M");
    return false;
  }
  if (anybodyAhead) [[unlikely]] tookTurn(head.m);
  to->turns++;
  switchTo(head.m);
  return true;
}

void switchToHead(const Kind* next) {
  threadOf(running)->next = next;
  while (!detached && head.m != running) {
    if (asker != kNobody && asker != running) {
      switchTo(asker);
    } else if (head.m == kNobody) {
      lookAtTheEnd();
      leave();  // everything agreed
    } else if (!switchOnce()) {
      return;
    }
  }
}

// Whoever switches back here, for its record or by runOn, wants it to go on.
void giveTurnAway() {
  if (!detached) switchOnce();
}

void wrongKind(const Kind& kind) {
  if (detached) {
    current = kNobody;
    return;
  }
  if (interruption()) {
    switchToHead();
    return;
  }
  divergence(absl::StrCat("m", running, " ", kind.name));
}

void wrongArgs(const Kind& kind, std::initializer_list<int64_t> port) {
  if (detached) return;
  divergence(portText(kind, port));
}

void diverge(const Kind& kind, const std::string& what) {
  if (detached) return;
  divergence(absl::StrCat("m", running, " ", kind.name, ": ", what));
}

void compareList(const Kind& kind, const g* first) {
  size_t i = 0;
  bool same = true;
  for (const g* gp = first; gp != nullptr && same; gp = gp->schedlink.ptr(), i++) {
    same = i < head.list.size() && head.list[i] == gp->goid;
  }
  if (!same || i != head.list.size()) {
    std::string text = absl::StrCat("m", running, " ", kind.name, " [");
    for (const g* gp = first; gp != nullptr; gp = gp->schedlink.ptr()) {
      absl::StrAppend(&text, gp->goid.plain(), " ");
    }
    if (!detached) divergence(text + "]");
  }
}


void readNext() {
  if (detached) return;
  if (facts::listening) [[unlikely]] recordPasses(nextIndex);
  nextIndex++;
  if (!reader->Next(head)) {
    head.m = kNobody;
    head.kind = Kind::kAbsent;
  } else if (head.m == kNobody) {
    head.m = kNobody - 2;  // no M has that id either, and the log has not ended
  }
  if (int own = ownArg[head.kind & 0xff]; own != 0 && head.m != kNobody) {
    // Who made the call is no argument of it.
    if (head.a[own - 1] == 0) head.kind |= kFromOutside;
    head.nargs--;
  }
}

static void returned();

runtime::m* mByID(uint32_t id) {
  Thread* t = threadOf(id);
  return t == nullptr ? nullptr : t->mp;
}

Sticky& sticky() { return threads[running]->sticky; }

void startThread(m* mp) {
  auto id = static_cast<size_t>(mp->id);
  if (threads.size() <= id) threads.resize(id + 1);
  threads[id] = std::make_unique<Thread>();
  Thread* t = threads[id].get();
  t->mp = mp;
  t->fiber = std::make_unique<Fiber>(
      64 << 10,
      [](void* arg) {
        auto* t = static_cast<Thread*>(arg);
        runtime::setg(t->mp->g0);
        runtime::mstart();
        returned();
      },
      t);
  runtime::stackfree(mp->g0->stack);
  mp->g0->stack.lo = reinterpret_cast<uintptr_t>(t->fiber->stack_lo());
  mp->g0->stack.hi = reinterpret_cast<uintptr_t>(t->fiber->stack_hi());
  result->threads++;
  if (mp->mstartfn == runtime::sysmon) sysmonM = static_cast<uint32_t>(mp->id);
}

// No thread's first function returns: it ends by exitThread, or sleeps for good.
static void returned() {
  divergence(absl::StrCat("m", running, " returns from mstart"));
  leave();
}

void endThread() {
  if (detached) leave();
  threadOf(running)->ended = true;
  switchToHead();
  // A thread that has ended is continued only if the log has one more record of it.
  divergence("has ended that M");
  leave();
}

void freeThread(m* mp) {
  Thread* t = threadOf(static_cast<uint32_t>(mp->id));
  if (t != nullptr && !t->ended && t != threadOf(running)) runOn(static_cast<uint32_t>(mp->id));
  if (t == nullptr || !t->ended) {
    divergence(absl::StrCat("frees m", mp->id, ", which has not ended"));
    return;
  }
  threads[static_cast<size_t>(mp->id)].reset();
  facts::Forget(mp->id);
}

std::string schedState() {
  printedText.clear();
  runtime::schedtrace(true);
  return printedText;
}

std::string Replay(const std::string& file, Result& r, Order order) {
  path = file;
  eager = order == Order::kEager;
  result = &r;
  schedlog::Reader log;
  if (absl::Status status = log.Open(file); !status.ok()) {
    r.outcome = Result::kBadInput;
    return std::string(status.message());
  }
  reader = &log;
  const schedlog::Header& header = log.header();
  if (!anyRelease && !isOf(header.go_version, kRelease)) {
    r.outcome = Result::kBadInput;
    return absl::StrCat(file, ": byte 0: captured from ", header.go_version, ", this port is of ", kRelease);
  }
  // Number the kinds as this log does.
  absl::flat_hash_map<std::string, Kind*> byName;
  for (Kind* k = Kind::all; k != nullptr; k = k->next) byName[k->name] = k;
  for (Kind* k = Kind::all; k != nullptr; k = k->next) {
    const schedlog::Kind* row = header.FindKind(k->name);
    k->wire = row == nullptr ? Kind::kAbsent : row->number;
  }
  firstFormat = header.FindKind("sleeps") == nullptr;
  for (const schedlog::Kind& row : header.kinds) {
    const bool says_who = !row.args.empty() && row.args.back().name == "own";
    ownArg[row.number & 0xff] = says_who ? static_cast<int>(row.args.size()) : 0;
  }
  bindInputs(header);
  bindState(log);
  if (facts::listening) bindFacts(header);

  static char stack[64 << 10];
  stack_t alternate{};
  alternate.ss_sp = stack;
  alternate.ss_size = sizeof stack;
  sigaltstack(&alternate, nullptr);
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPROF}) {
    struct sigaction action {};
    action.sa_handler = signal == SIGPROF ? onTick : onCrash;
    action.sa_flags = SA_ONSTACK | SA_NODEFER | SA_RESTART;
    sigaction(signal, &action, nullptr);
  }
  const itimerval ticks{{kTickSeconds, 0}, {kTickSeconds, 0}};
  setitimer(ITIMER_PROF, &ticks, nullptr);

  Fiber here;
  host = &here;
  r.outcome = Result::kAgrees;
  if (log.Next(head)) {
    threads.push_back(std::make_unique<Thread>());
    Thread* t = threads[0].get();
    t->mp = &runtime::m0;
    t->fiber = std::make_unique<Fiber>(256 << 10, [](void*) {
      // What rt0_go does.
      runtime::m0.g0 = &runtime::g0;
      runtime::g0.m = &runtime::m0;
      runtime::setg(&runtime::g0);
      runtime::ncpu = static_cast<int32_t>(head.a[0]);
      runtime::mcache0 = runtime::allocmcache();
      runtime::schedinit();
      runtime::newproc(&runtime::mainPC);
      runtime::mstart();
      returned();
    }, nullptr);
    runtime::g0.stack.lo = reinterpret_cast<uintptr_t>(t->fiber->stack_lo());
    runtime::g0.stack.hi = reinterpret_cast<uintptr_t>(t->fiber->stack_hi());
    r.threads = 1;
    inPort = true;
    Fiber::Switch(here, *t->fiber);
  }
  if (r.outcome == Result::kAgrees && !log.status().ok()) {
    r.outcome = Result::kBadInput;
    report = std::string(log.status().message());
  }
  if (facts::listening) factsEnd();
  r.cut = log.at_end() && !log.end().complete;
  if (const schedlog::Kind* row = header.FindKind("handoffp"); row != nullptr) r.retaken = sysmonCounts[row->number];
  for (int k = 0; k < 256; k++) {
    for (int i = 0; i < 32; i++) {
      uint64_t n = counts[k][i];
      if (n == 0) continue;
      r.kinds[k][i] = n;
      r.records += n;
      if (log.kind(static_cast<uint32_t>(k)).name == "newproc1") r.goroutines += n;
      switch (log.kind(static_cast<uint32_t>(k)).cls) {
        case schedlog::Class::kInput: r.classes[0] += n; break;
        case schedlog::Class::kOracle: r.classes[1] += n; break;
        case schedlog::Class::kOrder: r.classes[2] += n; break;
        case schedlog::Class::kDecision: r.classes[3] += n; break;
      }
    }
  }
  return report;
}

namespace {

// Frames of the port only, innermost first: "runqput < newproc1 < ...".
std::string portStack() {
  unw_context_t context;
  unw_cursor_t cursor;
  if (unw_getcontext(&context) != 0 || unw_init_local(&cursor, &context) != 0) return "";
  std::vector<std::string> names;
  while (names.size() < 12 && unw_step(&cursor) > 0) {
    char mangled[256];
    unw_word_t offset;
    if (unw_get_proc_name(&cursor, mangled, sizeof mangled, &offset) != 0) continue;
    char* demangled = abi::__cxa_demangle(mangled, nullptr, nullptr, nullptr);
    std::string name = demangled == nullptr ? mangled : demangled;
    std::free(demangled);
    name = name.substr(0, name.find('('));
    if (size_t space = name.rfind(' '); space != std::string::npos) name = name.substr(space + 1);
    if (absl::StartsWith(name, "runtime::") && name.find("::operator") == std::string::npos &&
        name.find('<') == std::string::npos) {
      names.push_back(name.substr(9));
    }
  }
  return absl::StrJoin(names, " < ");
}

}  // namespace

}  // namespace lockstep
