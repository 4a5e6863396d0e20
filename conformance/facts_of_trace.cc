// facts_of_trace [--text] [--alone] FILE: what happened to the scheduler in an execution trace, as a stream of facts
// (worlds/facts/fact.h) on standard output. --text: a line for each, for people. --alone: without a port.
//
// `gort explain` starts it. What the trace says itself comes from the trace; where goroutines lay and by which rule
// they were taken, from the port in the guided world, as far as it can follow, and from proofs. Exit status: 0
// the whole trace; 2 one that cannot be read, or not to its end; what was good has been written, and the reason is on
// standard error.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "conformance/diff_report.h"
#include "conformance/port_of_trace.h"
#include "conformance/trace_facts.h"
#include "trace/reader.h"
#include "worlds/facts/stream.h"

namespace {

using facts::Fact;
using facts::Kind;

std::string Seconds(int64_t ns) { return absl::StrFormat("%.6f s", static_cast<double>(ns) / 1e9); }

}  // namespace

int main(int argc, char** argv) {
  bool text = false, alone = false;
  std::string path;
  for (int i = 1; i < argc; i++) {
    if (std::strcmp(argv[i], "--text") == 0) {
      text = true;
    } else if (std::strcmp(argv[i], "--alone") == 0) {
      alone = true;
    } else if (path.empty()) {
      path = argv[i];
    } else {
      path.clear();
      break;
    }
  }
  if (path.empty()) {
    std::fputs("usage: facts_of_trace [--text] [--alone] TRACE\n", stderr);
    return 2;
  }
  gotrace::Reader reader;
  if (!reader.Open(path)) {
    std::fprintf(stderr, "%s\n", reader.verdict().Line(path).c_str());
    return 2;
  }
  facts::Writer out(STDOUT_FILENO);
  auto put = [&](const Fact& fact, std::string_view words) {
    if (text) {
      std::fputs((facts::ToText(fact, words) + "\n").c_str(), stdout);
    } else {
      out.Put(fact, words);
    }
  };
  auto tell = [&](Kind kind, const gotrace::Event& e, const std::string& words) {
    Fact f;
    f.kind = kind;
    f.time = e.time;
    f.at = e.offset;
    put(f, words);
  };
  std::string lost;
  std::unique_ptr<conformance::Port> port;
  conformance::TraceFacts events(put, [&](uint64_t offset) {
    return port == nullptr ? conformance::TraceFacts::FromPort{} : port->Of(offset, lost);
  });
  bool first = true;
  int64_t began = 0;
  while (reader.Next()) {
    const gotrace::Event& e = reader.event();
    if (e.kind == gotrace::kSyncPoint) continue;
    if (first) {
      first = false;
      began = e.time;
      if (!alone) port = std::make_unique<conformance::Port>(path);
      for (const std::string& note : {conformance::PolicyNote(reader.version()),
                                      conformance::SystemNote(conformance::SystemOf(*reader.generation()))}) {
        if (!note.empty()) tell(Kind::kNote, e, note);
      }
      tell(Kind::kLost, e, "");
    }
    events.Event(e, *reader.generation());
    if (!lost.empty()) {
      tell(Kind::kLost, e,
           absl::StrCat("behind ", Seconds(e.time - began), " nobody knows where goroutines lay: ", lost));
      lost.clear();
    }
  }
  std::fflush(stdout);
  out.Flush();
  if (reader.verdict().ok()) return 0;
  std::fprintf(stderr, "%s\n", reader.verdict().Line(path).c_str());
  return 2;
}
