// facts_of_trace [--text] FILE: what happened to the scheduler in an execution trace, as a stream of facts
// (worlds/facts/fact.h) on standard output. --text: a line for each, for people.
//
// `gort explain` starts it. What the trace says itself comes from the trace; where goroutines lay and by which rule
// they were taken, from the port in the guided world, in a process of its own: as far as it can follow. Exit status: 0 the
// whole trace; 2 one that cannot be read, or not to its end; what was good has been written, and the reason is on
// standard error.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "conformance/diff_report.h"
#include "conformance/trace_facts.h"
#include "trace/reader.h"
#include "worlds/facts/stream.h"

int main(int argc, char** argv) {
  const bool text = argc == 3 && std::strcmp(argv[1], "--text") == 0;
  if (argc != (text ? 3 : 2)) {
    std::fputs("usage: facts_of_trace [--text] TRACE\n", stderr);
    return 2;
  }
  const std::string path = argv[argc - 1];
  gotrace::Reader reader;
  if (!reader.Open(path)) {
    std::fprintf(stderr, "%s\n", reader.verdict().Line(path).c_str());
    return 2;
  }
  facts::Writer out(STDOUT_FILENO);
  auto put = [&](const facts::Fact& fact, std::string_view words) {
    if (text) {
      std::fputs((facts::ToText(fact, words) + "\n").c_str(), stdout);
    } else {
      out.Put(fact, words);
    }
  };
  conformance::TraceFacts events(put, [](uint64_t) { return nullptr; });
  bool first = true;
  while (reader.Next()) {
    const gotrace::Event& e = reader.event();
    if (e.kind == gotrace::kSyncPoint) continue;
    if (first) {
      first = false;
      if (const std::string note = conformance::PolicyNote(reader.version()); !note.empty()) {
        facts::Fact f;
        f.kind = facts::Kind::kNote;
        f.time = e.time;
        put(f, note);
      }
      facts::Fact f;
      f.kind = facts::Kind::kLost;
      f.time = e.time;
      put(f, "");
    }
    events.Event(e, *reader.generation());
  }
  std::fflush(stdout);
  if (reader.verdict().ok()) return 0;
  out.Flush();
  std::fprintf(stderr, "%s\n", reader.verdict().Line(path).c_str());
  return 2;
}
