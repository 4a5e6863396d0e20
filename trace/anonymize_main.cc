// gort trace anonymize
#include <getopt.h>
#include <unistd.h>

#include "trace/anonymize.h"
#include "trace/commands.h"
#include "trace/out_file.h"
#include "trace/progress.h"
#include "trace/raw.h"

namespace gotrace {
namespace {

constexpr char kHelp[] =
    R"(usage: gort trace anonymize [--lines=keep|zero] [-o OUT] F

Writes a trace with other names in place of the program's functions, files, tasks, regions and logs: the same name is
the same one everywhere. The names of Go's runtime and standard library stay, and so do all events, times and stacks.
It goes to F.anonymous.trace beside F, unless that exists already. F may be - for standard input; -o is needed then.

  --lines=keep   keep all line numbers: the default
  --lines=zero   those outside of the standard library become 0
  -o OUT         write this file, whether it exists or not; - is standard output

Addresses (pc) stay: who has the program can tell the functions by them. Exit status 2 if the trace is cut off or
damaged; the generations before that are written.
)";

int Fail(const std::string& line) {
  std::fprintf(stderr, "%s\n", line.c_str());
  return 2;
}
int Usage(const std::string& problem) {
  return Fail("gort trace anonymize: " + problem + "; 'gort trace anonymize --help' tells more");
}

}  // namespace

int anonymize_main(int argc, char** argv) {
  const option longs[] = {{"lines", required_argument, nullptr, 'l'},
                          {"output", required_argument, nullptr, 'o'},
                          {"help", no_argument, nullptr, 'h'},
                          {nullptr, 0, nullptr, 0}};
  std::string lines = "keep", out;
  optind = 0;
  opterr = 0;
  for (int letter; (letter = getopt_long(argc, argv, "o:h", longs, nullptr)) != -1;) {
    switch (letter) {
      case 'l': lines = optarg; break;
      case 'o': out = optarg; break;
      case 'h': std::fputs(kHelp, stdout); return 0;
      default: return Usage("unknown option, or one without its value");
    }
  }
  if (lines != "keep" && lines != "zero") return Usage("--lines is keep or zero, not " + lines);
  if (optind + 1 != argc) return Usage("it takes one file");
  const std::string in = argv[optind];
  if (out == "-" && isatty(1)) return Usage("not to a terminal: a trace is not text");
  if (out.empty()) {
    if (in == "-") return Usage("a trace from standard input needs -o OUT");
    out = (in.ends_with(".trace") ? in.substr(0, in.size() - 6) : in) + ".anonymous.trace";
    if (access(out.c_str(), F_OK) == 0) return Fail(out + ": byte 0: the file exists; name the trace with -o");
  }

  RawReader reader;
  if (!OpenInput(reader, in)) return Report(in, reader.verdict());
  OutFile file;
  if (!file.Open(out)) return Fail(file.why());
  Anonymizer anonymizer(reader.version(), lines == "keep", [&](std::string_view bytes) { return file.Write(bytes); });
  {
    Progress progress(in);
    while (anonymizer.ok() && reader.Next()) {
      anonymizer.Add(reader.event());
      progress.At(reader.event().offset);
    }
  }
  anonymizer.Finish(reader.verdict().ok());
  if (!file.Close()) return Fail(file.why());
  if (!reader.verdict().ok()) return Report(in, reader.verdict());
  if (anonymizer.cut() != 0) {
    return Report(in, {Outcome::kCut, anonymizer.cut(), "cut off here, in a batch"});
  }
  if (out != "-") std::printf("%s: %llu bytes\n", out.c_str(), static_cast<unsigned long long>(file.written()));
  return 0;
}

}  // namespace gotrace
