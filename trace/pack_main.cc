// gort trace pack
#include <getopt.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "trace/commands.h"
#include "trace/raw.h"
#include "trace/wire_text.h"

namespace gotrace {
namespace {

constexpr char kHelp[] =
    R"(usage: gort trace pack [-o OUT] [--go 1.NN] F.txt

Turns the text that `gort trace text` prints, edited or not, or the text of Go's own tests, back into a trace. It goes to
F.trace beside F.txt, unless that exists already. F.txt may be - for standard input; -o is needed then.

  -o OUT      write this file, whether it exists or not; - is standard output
  --go 1.NN   the version, for text that does not begin with "Trace Go1.NN" (text --head prints that). Without either, the
              oldest version from 1.23 on that has all kinds of events in the text

The sizes of batches are taken as they stand. Exit status 2 and the line's number if something is not understood.
)";

int Fail(const std::string& line) {
  std::fprintf(stderr, "%s\n", line.c_str());
  return 2;
}

// Writes all of it or, but for devices, nothing.
bool Write(const std::string& path, const std::string& bytes) {
  std::FILE* const file = path == "-" ? stdout : std::fopen(path.c_str(), "wb");
  bool good = file != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
  if (file != nullptr) good = (file == stdout ? std::fflush(file) : std::fclose(file)) == 0 && good;
  if (!good) Fail((path == "-" ? "standard output" : path) + ": byte 0: cannot write: " + std::strerror(errno));
  return good;
}

}  // namespace

int pack_main(int argc, char** argv) {
  const option longs[] = {{"output", required_argument, nullptr, 'o'},
                          {"go", required_argument, nullptr, 'g'},
                          {"help", no_argument, nullptr, 'h'},
                          {nullptr, 0, nullptr, 0}};
  std::string out, go;
  optind = 0;
  opterr = 0;
  for (int letter; (letter = getopt_long(argc, argv, "o:h", longs, nullptr)) != -1;) {
    switch (letter) {
      case 'o': out = optarg; break;
      case 'g': go = optarg; break;
      case 'h': std::fputs(kHelp, stdout); return 0;
      default: return Fail("gort trace pack: unknown option, or one without its value; 'gort trace pack --help' tells more");
    }
  }
  if (optind + 1 != argc) return Fail("gort trace pack: it takes one file; 'gort trace pack --help' tells more");
  const std::string in = argv[optind];
  if (out.empty()) {
    if (in == "-") return Fail("gort trace pack: text from standard input needs -o OUT");
    const size_t dot = in.ends_with(".txt") ? in.size() - 4 : in.size();
    out = in.substr(0, dot) + ".trace";
    if (access(out.c_str(), F_OK) == 0) return Fail(out + ": byte 0: the file exists; name the trace with -o");
  }
  // Go 1.24's traces say 1.23, and Go 1.27's 1.26.
  int version = 0;
  if (!go.empty()) {
    if (go.size() != 4 || !go.starts_with("1.") || go[2] < '2' || go[2] > '9' || go[3] < '0' || go[3] > '9') {
      return Fail("gort trace pack: --go wants 1.NN, not " + go);
    }
    version = (go[2] - '0') * 10 + (go[3] - '0');
    if (version == 24) version = kGo123;
    if (version == 27) version = kGo126;
    if (!IsKnownVersion(version)) return Fail("gort trace pack: no traces of Go " + go + " are known");
  }

  std::ifstream file;
  if (in != "-") {
    file.open(in, std::ios::binary);
    if (!file) return Fail(in + ":0: cannot open: " + std::strerror(errno));
  }
  const auto where = [&](uint64_t line) { return NameOfInput(in) + ":" + std::to_string(line) + ": "; };
  WireTextReader reader;
  const bool guess = version == 0;
  if (!reader.Open(in == "-" ? std::cin : file, guess ? kNewest : version)) return Fail(where(reader.line()) + reader.why());
  if (!guess && reader.version() != version) return Fail(where(reader.line()) + "another version than --go says");
  const bool has_head = reader.has_head();
  int needed = kGo123;
  std::string bytes = FirstLine(reader.version());
  RawEvent event;
  while (reader.Next(event)) {
    if (event.kind == kEndOfGeneration || event.kind >= kSpan) needed = kGo126;
    if (event.kind == kSync || event.kind == kClockSnapshot) needed = std::max(needed, kGo125);
    PutRaw(event, bytes);
  }
  if (!reader.why().empty()) return Fail(where(reader.line()) + reader.why());
  if (guess && !has_head) bytes.replace(0, FirstLine(needed).size(), FirstLine(needed));
  if (!Write(out, bytes)) return 2;
  if (out != "-") std::printf("%s: %zu bytes\n", out.c_str(), bytes.size());
  return 0;
}

}  // namespace gotrace
