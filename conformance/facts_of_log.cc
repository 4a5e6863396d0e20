// facts_of_log [--text] FILE: what happened to the scheduler in a captured schedule, as a stream of facts
// (worlds/facts/fact.h) on standard output. --text: a line for each, for people.
//
// `gort explain` starts it: a replay has a process to itself. Exit status: 0 the whole log; 1 a divergence, 2 a log
// that cannot be read, or not to its end; what was good has been written, and the reason is on standard error.
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>

#include "worlds/facts/stream.h"
#include "worlds/lockstep/facts.h"
#include "worlds/lockstep/replay.h"

namespace {

facts::Writer* writer;

void Write(const facts::Fact& fact, std::string_view text) { writer->Put(fact, text); }

void Print(const facts::Fact& fact, std::string_view text) {
  std::fputs((facts::ToText(fact, text) + "\n").c_str(), stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const bool text = argc == 3 && std::strcmp(argv[1], "--text") == 0;
  if (argc != (text ? 3 : 2)) {
    std::fputs("usage: facts_of_log [--text] F.slog\n", stderr);
    return 2;
  }
  lockstep::Result result;
  std::string report;
  {
    facts::Writer out(STDOUT_FILENO);
    writer = &out;
    lockstep::ListenToFacts(text ? Print : Write);
    report = lockstep::Replay(argv[argc - 1], result);
  }
  if (!report.empty()) std::fprintf(stderr, "%s\n", report.c_str());
  std::fflush(stdout);
  return result.outcome == lockstep::Result::kAgrees ? 0 : result.outcome == lockstep::Result::kDiverged ? 1 : 2;
}
