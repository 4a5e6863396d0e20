// Fuzz target: whatever the bytes are, reading them ends with one verdict, in order; and what can be said in text can
// be packed.
//
// libFuzzer and AFL++ call LLVMFuzzerTestOneInput as it is. Debian's g++ has neither; fuzz_driver.cc is what calls it
// here.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

#include "trace/event_text.h"
#include "trace/info.h"
#include "trace/raw.h"
#include "trace/reader.h"
#include "trace/validate.h"
#include "trace/wire_text.h"

namespace {

using namespace gotrace;  // NOLINT

void Check(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "trace_fuzz: %s\n", what);
  std::abort();
}

void CheckVerdict(const Verdict& verdict, size_t size) {
  Check(verdict.ok() == verdict.why.empty(), "a verdict without its reason");
  Check(verdict.why.find('\n') == std::string::npos, "a verdict of several lines");
  Check(verdict.offset <= size, "a verdict beyond the end");
}

// What a reader promises of an event.
void CheckEvent(const Reader& reader, const Event& event, size_t size) {
  const Generation* const generation = reader.generation();
  Check(event.offset <= size, "an event beyond the end");
  Check(event.kind == kSyncPoint || ClassOf(event.kind) != EventClass::kBad, "an event that means nothing");
  Check(event.kind == kSyncPoint || generation != nullptr, "an event without a generation");
  const KindInfo& info = InfoOf(event.kind);
  for (int i = 0; event.kind != kCPUSample && i < 2; i++) {
    if (info.stacks[i] != 0) Check(generation->HasStack(event.args[info.stacks[i] - 1]), "a stack that is not there");
    if (info.strings[i] != 0)
      Check(generation->HasString(event.args[info.strings[i] - 1]), "a string that is not there");
  }
}

void ReadOrdered(std::string_view bytes) {
  Reader reader;
  if (!reader.OpenBytes(bytes)) {
    CheckVerdict(reader.verdict(), bytes.size());
    return;
  }
  Validator validator(reader.version());
  int64_t last = INT64_MIN;
  uint64_t events = 0;
  std::string text;
  while (reader.Next()) {
    const Event& event = reader.event();
    CheckEvent(reader, event, bytes.size());
    Check(events == 0 || event.time > last || last == INT64_MAX, "time that goes back");
    last = event.time;
    validator.Check(event, reader.generation());
    if (events++ < 500) PutEventText(event, reader.generation(), text);
  }
  CheckVerdict(reader.verdict(), bytes.size());
  Check(reader.good_until() <= bytes.size(), "a good part beyond the end");
  Check(!reader.Next(), "an event after the end");
}

// Text, bytes of it, and text of them.
void ReadRaw(std::string_view bytes) {
  RawReader reader;
  if (!reader.OpenBytes(bytes)) return;
  std::string text = WireTextHead(reader.version());
  bool nameless = false;
  while (reader.Next()) {
    PutWireText(reader.event(), text);
    nameless |= InfoOf(reader.event().kind).name.empty();
  }
  CheckVerdict(reader.verdict(), bytes.size());
  if (nameless) return;
  std::istringstream in(text);
  WireTextReader parser;
  Check(parser.Open(in), "a head that is not read back");
  std::string packed = FirstLine(parser.version());
  RawEvent event;
  while (parser.Next(event)) PutRaw(event, packed);
  Check(parser.why().empty(), ("text that is not read back: " + parser.why()).c_str());
  RawReader again;
  Check(again.OpenBytes(packed), "packed text that has no first line");
  std::string other = WireTextHead(again.version());
  while (again.Next()) PutWireText(again.event(), other);
  Check(again.verdict().ok() && other == text, "packed text that has another text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReadOrdered(bytes);
  ReadRaw(bytes);
  RawReader reader;
  if (reader.OpenBytes(bytes)) Collect(reader);
  return 0;
}
