// Facts as text: their names, and a line for each.
#include "worlds/facts/fact.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace facts {
namespace {

constexpr std::string_view kKinds[] = {
    "none",     "procs", "made",  "found", "ready",  "laid",     "moved", "started", "stopped",
    "returned", "proc",  "given", "taken", "thread", "spinning", "wake",  "world",   "named",
    "note",     "lost",
};
constexpr std::string_view kHows[] = {
    "none",     "parked",      "runnable",   "running", "syscall", "created", "unblocked", "timer",    "poller",
    "runtime",  "yielded",     "preempted",  "handed",  "callend", "undone",  "blocked",   "ended",    "call",
    "switched", "kept",        "other",      "back",    "idle",    "held",    "gone",      "woken",    "new",
    "waits",    "sleeps",      "polls",      "begun",   "spins",   "noidle",  "stops",     "goes",     "athead",
};
constexpr std::string_view kRules[] = {
    "none",        "tracereader", "gcworker",   "global61", "ring",    "global",         "netpoll", "stolen",
    "idlegc",      "beforeidle",  "globallast", "globalnop", "idlegcnop", "netpollwait", "runnext", "stolenrunnext",
    "timerstolen", "wired",       "aftercall",  "undone",   "switch",  "unknown",
};
constexpr std::string_view kPlaces[] = {"none", "runnext", "ring", "global", "aside", "unknown"};
constexpr std::string_view kCertainties[] = {"certain", "inferred", "open"};

static_assert(std::size(kKinds) == static_cast<size_t>(Kind::kLost) + 1);
static_assert(std::size(kHows) == static_cast<size_t>(How::kAtHead) + 1);
static_assert(std::size(kRules) == static_cast<size_t>(Rule::kUnknown) + 1);
static_assert(std::size(kPlaces) == static_cast<size_t>(Place::kUnknown) + 1);

template <size_t N, class E>
std::string_view NameOf(const std::string_view (&names)[N], E e) {
  const auto i = static_cast<size_t>(e);
  return i < N ? names[i] : "?";
}

template <size_t N, class E>
bool ByName(const std::string_view (&names)[N], std::string_view name, E& e) {
  const auto* it = std::find(std::begin(names), std::end(names), name);
  e = static_cast<E>(it - names);
  return it != std::end(names);
}

bool SetField(std::string_view key, std::string_view value, Fact& f) {
  int32_t* number = key == "m" ? &f.m : key == "p" ? &f.p : key == "p2" ? &f.p2 : key == "n" ? &f.n : nullptr;
  if (key == "position") number = &f.position;
  if (number != nullptr) return absl::SimpleAtoi(absl::string_view(value.data(), value.size()), number);
  if (key == "g") return absl::SimpleAtoi(absl::string_view(value.data(), value.size()), &f.g);
  if (key == "by") return absl::SimpleAtoi(absl::string_view(value.data(), value.size()), &f.by);
  if (key == "at") return absl::SimpleAtoi(absl::string_view(value.data(), value.size()), &f.at);
  if (key == "how") return ByName(kHows, value, f.how);
  if (key == "rule") return ByName(kRules, value, f.rule);
  if (key == "place") return ByName(kPlaces, value, f.place);
  if (key == "certainty") return ByName(kCertainties, value, f.certainty);
  return false;
}

}  // namespace

std::string_view Name(Kind kind) { return NameOf(kKinds, kind); }
std::string_view Name(How how) { return NameOf(kHows, how); }
std::string_view Name(Rule rule) { return NameOf(kRules, rule); }
std::string_view Name(Place place) { return NameOf(kPlaces, place); }
std::string_view Name(Certainty certainty) { return NameOf(kCertainties, certainty); }

std::string ToText(const Fact& f, std::string_view text) {
  std::string s = absl::StrCat(f.time, " ");
  s += Name(f.kind);
  auto number = [&](const char* key, int64_t v) { absl::StrAppend(&s, " ", key, "=", v); };
  auto word = [&](const char* key, std::string_view v) {
    absl::StrAppend(&s, " ", key, "=");
    s += v;
  };
  if (f.g != 0) number("g", f.g);
  if (f.by != 0) number("by", f.by);
  if (f.m != kNobody) number("m", f.m);
  if (f.p != kNobody) number("p", f.p);
  if (f.p2 != kNobody) number("p2", f.p2);
  if (f.n != 0) number("n", f.n);
  if (f.place != Place::kNone) word("place", Name(f.place));
  if (f.position >= 0) number("position", f.position);
  if (f.how != How::kNone) word("how", Name(f.how));
  if (f.rule != Rule::kNone) word("rule", Name(f.rule));
  if (f.certainty != Certainty::kCertain) word("certainty", Name(f.certainty));
  if (f.at != 0) absl::StrAppend(&s, " at=", f.at);
  if (!text.empty()) {
    s += " \"";
    s += text;
    s += "\"";
  }
  return s;
}

bool FromText(std::string_view line, Fact& fact, std::string& text, std::string& why) {
  fact = Fact{};
  text.clear();
  int words = 0;
  while (!line.empty()) {
    if (line[0] == ' ') {
      line.remove_prefix(1);
      continue;
    }
    if (line[0] == '"') {
      const size_t end = line.rfind('"');
      if (end == 0) {
        why = "a text without an end";
        return false;
      }
      text = line.substr(1, end - 1);
      line.remove_prefix(end + 1);
      continue;
    }
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    bool good;
    if (words == 0) {
      good = absl::SimpleAtoi(absl::string_view(word.data(), word.size()), &fact.time);
    } else if (words == 1) {
      good = ByName(kKinds, word, fact.kind);
    } else {
      const size_t eq = word.find('=');
      good = eq != word.npos && SetField(word.substr(0, eq), word.substr(eq + 1), fact);
    }
    if (!good) {
      why = "what is \"" + std::string(word) + "\"?";
      return false;
    }
    words++;
  }
  if (words < 2) why = "no fact";
  return words >= 2;
}

}  // namespace facts
