#include "trace/event_text.h"

#include <charconv>
#include <ctime>

#include "trace/go_quote.h"

namespace gotrace {
namespace {

template <typename T>
void PutNumber(T v, std::string& out) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, v).ptr);
}

void PutHex(uint64_t v, std::string& out) {
  char digits[16];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, v, 16).ptr);
}

void PutValue(uint64_t v, std::string& out) {
  out += "Value{Uint64(";
  PutNumber(v, out);
  out += ")}";
}

void PutStack(const Generation& generation, uint64_t stack, std::string& out) {
  for (const uint32_t at : generation.Stack(stack)) {
    const Frame& frame = generation.frame(at);
    out += '\t';
    out += generation.Text(frame.func);
    out += " @ 0x";
    PutHex(frame.pc, out);
    out += "\n\t\t";
    out += generation.Text(frame.file);
    out += ':';
    PutNumber(frame.line, out);
    out += '\n';
  }
}

void PutTwo(int64_t v, std::string& out) {
  if (v < 10) out += '0';
  PutNumber(v, out);
}

// As Go's time.RFC3339Nano: 2025-02-28T15:04:09.000000123Z
void PutWallTime(const ClockSnapshot& clock, std::string& out) {
  uint64_t sec = clock.sec, nsec = clock.nsec;
  if (static_cast<int64_t>(nsec) >= 1'000'000'000) {
    sec += nsec / 1'000'000'000;
    nsec %= 1'000'000'000;
  } else if (static_cast<int64_t>(nsec) < 0) {
    const int64_t back = (999'999'999 - static_cast<int64_t>(nsec + 1)) / 1'000'000'000;
    sec -= static_cast<uint64_t>(back);
    nsec += static_cast<uint64_t>(back) * 1'000'000'000;
  }
  const time_t when = static_cast<time_t>(sec);
  tm parts{};
  if (localtime_r(&when, &parts) == nullptr) gmtime_r(&when, &parts);
  const int64_t year = int64_t{1900} + parts.tm_year;
  if (year < 0) out += '-';
  const int64_t shown = year < 0 ? -year : year;
  for (int64_t least = 1000; least > shown && least > 1; least /= 10) out += '0';
  PutNumber(shown, out);
  out += '-';
  PutTwo(parts.tm_mon + 1, out);
  out += '-';
  PutTwo(parts.tm_mday, out);
  out += 'T';
  PutTwo(parts.tm_hour, out);
  out += ':';
  PutTwo(parts.tm_min, out);
  out += ':';
  PutTwo(parts.tm_sec, out);
  if (nsec != 0) {
    std::string digits = std::to_string(1'000'000'000 + nsec);
    while (digits.back() == '0') digits.pop_back();
    digits[0] = '.';
    out += digits;
  }
  int64_t east = parts.tm_gmtoff / 60;
  if (east == 0) {
    out += 'Z';
    return;
  }
  out += east < 0 ? '-' : '+';
  if (east < 0) east = -east;
  PutTwo(east / 60, out);
  out += ':';
  PutTwo(east % 60, out);
}

void PutRange(const Event& event, const Generation& generation, std::string& out) {
  const Range range = RangeOf(event);
  out += " Name=";
  switch (range.kind) {
    case RangeKind::kSTW: PutQuoted("stop-the-world (" + std::string(generation.Text(range.reason)) + ")", out); break;
    case RangeKind::kGCMark: out += "\"GC concurrent mark phase\""; break;
    case RangeKind::kGCSweep: out += "\"GC incremental sweep\""; break;
    case RangeKind::kMarkAssist: out += "\"GC mark assist\""; break;
  }
  out += " Scope=" + NameOf(range.scope);
  if (ClassOf(event.kind) != EventClass::kRangeEnd) return;
  out += " Attributes=[";
  if (event.kind == kGCSweepEnd) {
    out += "\"bytes swept\"=";
    PutValue(event.args[0], out);
    out += " \"bytes reclaimed\"=";
    PutValue(event.args[1], out);
  }
  out += ']';
}

void PutTransition(const Event& event, const Generation& generation, std::string& out) {
  const Transition t = TransitionOf(event);
  const bool goroutine = t.resource.type == Resource::kGoroutine;
  out += goroutine ? " GoID=" : " ProcID=";
  PutNumber(t.resource.id, out);
  out += ' ';
  out += goroutine ? NameOf(t.go_from) : NameOf(t.proc_from);
  out += "->";
  out += goroutine ? NameOf(t.go_to) : NameOf(t.proc_to);
  out += " Reason=";
  PutQuoted(generation.Text(t.reason), out);
  if (t.has_stack) {
    out += "\nTransitionStack=\n";
    PutStack(generation, t.stack, out);
  }
}

}  // namespace

void PutEventText(const Event& event, const Generation* generation, std::string& out) {
  const EventClass event_class = ClassOf(event.kind);
  out += "M=";
  PutNumber(event.m, out);
  out += " P=";
  PutNumber(event.p, out);
  out += " G=";
  PutNumber(event.g, out);
  out += ' ';
  out += NameOf(event_class);
  out += " Time=";
  PutNumber(event.time, out);
  const auto number = [&](std::string_view name, auto v) {
    out += name;
    PutNumber(v, out);
  };
  const auto text = [&](std::string_view name, std::string_view value) {
    out += name;
    PutQuoted(value, out);
  };
  switch (event_class) {
    case EventClass::kSync:
      number(" N=", event.args[0]);
      if (generation != nullptr && generation->clock()) {
        number(" Trace=", generation->clock()->trace);
        number(" Mono=", generation->clock()->mono);
        out += " Wall=";
        PutWallTime(*generation->clock(), out);
      }
      break;
    case EventClass::kMetric:
      text(" Name=", MetricOf(event));
      out += " Value=";
      PutValue(event.args[0], out);
      break;
    case EventClass::kLabel:
      text(" Label=", generation->Text(event.args[0]));
      out += " Resource=" + NameOf(Resource{Resource::kGoroutine, event.g});
      break;
    case EventClass::kRangeBegin:
    case EventClass::kRangeActive:
    case EventClass::kRangeEnd: PutRange(event, *generation, out); break;
    case EventClass::kTaskBegin:
    case EventClass::kTaskEnd: {
      const bool begins = event_class == EventClass::kTaskBegin;
      number(" ID=", event.args[0]);
      number(" Parent=", begins ? event.args[1] : event.args[2]);
      text(" Type=", begins ? generation->Text(event.args[2]) : generation->TaskName(event.args[3]));
      break;
    }
    case EventClass::kRegionBegin:
    case EventClass::kRegionEnd:
      number(" Task=", event.args[0]);
      text(" Type=", generation->Text(event.args[1]));
      break;
    case EventClass::kLog:
      number(" Task=", event.args[0]);
      text(" Category=", generation->Text(event.args[1]));
      text(" Message=", generation->Text(event.args[2]));
      break;
    case EventClass::kStateTransition: PutTransition(event, *generation, out); break;
    case EventClass::kExperimental: {
      const KindInfo& info = InfoOf(event.kind);
      out += " Name=";
      out += info.name;
      out += " Args=[";
      for (int i = 1; i < info.nargs; i++) {
        if (i > 1) out += ", ";
        out += info.args[i];
        out += '=';
        PutValue(event.args[i - 1], out);
      }
      out += ']';
      break;
    }
    case EventClass::kBad:
    case EventClass::kStackSample: break;
  }
  uint64_t stack;
  if (HasStack(event, stack)) {
    out += "\nStack=\n";
    PutStack(*generation, stack, out);
  }
  out += '\n';
}

}  // namespace gotrace
