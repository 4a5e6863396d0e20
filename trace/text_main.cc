// gort trace text
#include <getopt.h>

#include "trace/commands.h"
#include "trace/event_text.h"
#include "trace/raw.h"
#include "trace/reader.h"
#include "trace/wire_text.h"

namespace gotrace {
namespace {

constexpr char kHelp[] =
    R"(usage: gort trace text [--ordered] [--head] F

Prints a trace as text: what is in the file, one item after the other, byte for byte as `go tool trace -d=wire`. F may be -
for standard input.

  --ordered   its events in order and what they mean, as `go tool trace -d=parsed` of Go 1.27
  --head      "Trace Go1.NN" first, by which `gort trace pack` knows the version

Exit status 2 if the trace is cut or damaged; what comes before that is printed.
)";

int Usage(const char* problem) {
  std::fprintf(stderr, "gort trace text: %s; 'gort trace text --help' tells more\n", problem);
  return 2;
}

int Wire(const std::string& path, bool head) {
  RawReader reader;
  Output out;
  if (OpenInput(reader, path)) {
    if (head) out.text() += WireTextHead(reader.version());
    while (reader.Next()) {
      PutWireText(reader.event(), out.text());
      if (!out.Flush()) return 2;
    }
  }
  if (!out.Flush(true)) return 2;
  return reader.verdict().ok() ? 0 : Report(path, reader.verdict());
}

int Ordered(const std::string& path) {
  Reader reader;
  Output out;
  if (OpenInput(reader, path)) {
    while (reader.Next()) {
      PutEventText(reader.event(), reader.generation(), out.text());
      if (!out.Flush()) return 2;
    }
  }
  if (!out.Flush(true)) return 2;
  return reader.verdict().ok() ? 0 : Report(path, reader.verdict());
}

}  // namespace

int text_main(int argc, char** argv) {
  const option longs[] = {{"ordered", no_argument, nullptr, 'r'},
                          {"head", no_argument, nullptr, 'H'},
                          {"help", no_argument, nullptr, 'h'},
                          {nullptr, 0, nullptr, 0}};
  bool ordered = false, head = false;
  optind = 0;
  opterr = 0;
  for (int letter; (letter = getopt_long(argc, argv, "h", longs, nullptr)) != -1;) {
    switch (letter) {
      case 'r': ordered = true; break;
      case 'H': head = true; break;
      case 'h': std::fputs(kHelp, stdout); return 0;
      default: return Usage("unknown option");
    }
  }
  if (optind + 1 != argc) return Usage("it takes one file");
  if (ordered && head) return Usage("--head is of the other form");
  return ordered ? Ordered(argv[optind]) : Wire(argv[optind], head);
}

}  // namespace gotrace
