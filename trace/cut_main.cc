// gort trace cut
#include <getopt.h>
#include <unistd.h>

#include <charconv>

#include "trace/commands.h"
#include "trace/cut.h"
#include "trace/out_file.h"
#include "trace/progress.h"
#include "trace/reader.h"

namespace gotrace {
namespace {

constexpr char kHelp[] =
    R"(usage: gort trace cut [--from TIME] [--to TIME] [--goroutine N] [-o OUT] F

Writes a part of a trace as a trace, which `go tool trace` and all other tools open. It goes to F.cut.trace beside F,
unless that exists already. F may be - for standard input; -o is needed then.

  --from TIME     from then on; times are counted from the trace's beginning: 1.5s, 200ms, 20us, 1000ns
  --to TIME       before that
  --goroutine N   of goroutine N alone: what it did, who created and woke it, and what the threads and processors did
  -o OUT          write this file, whether it exists or not; - is standard output

The part says first how everything stands. Exit status 2 if the trace is cut off or damaged; what comes before that is
kept.
)";

int Fail(const std::string& line) {
  std::fprintf(stderr, "%s\n", line.c_str());
  return 2;
}
int Usage(const std::string& problem) {
  return Fail("gort trace cut: " + problem + "; 'gort trace cut --help' tells more");
}

// "1.5s" as nanoseconds.
bool ParseTime(std::string_view text, int64_t& ns) {
  double number;
  const auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  const std::string_view unit = text.substr(static_cast<size_t>(after - text.data()));
  const double scale = unit == "ns"                        ? 1
                       : unit == "us" || unit == "\u00b5s" ? 1e3
                       : unit == "ms"                      ? 1e6
                       : unit == "s"                       ? 1e9
                                                           : 0;
  if (scale == 0 || !(number >= 0) || number * scale > 9e18) return false;
  ns = static_cast<int64_t>(number * scale + 0.5);
  return true;
}

std::string Seconds(int64_t ns) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g s", static_cast<double>(ns) / 1e9);
  return text;
}

}  // namespace

int cut_main(int argc, char** argv) {
  const option longs[] = {{"from", required_argument, nullptr, 'f'},
                          {"to", required_argument, nullptr, 't'},
                          {"goroutine", required_argument, nullptr, 'g'},
                          {"output", required_argument, nullptr, 'o'},
                          {"help", no_argument, nullptr, 'h'},
                          {nullptr, 0, nullptr, 0}};
  CutOptions options;
  std::string out;
  optind = 0;
  opterr = 0;
  for (int letter; (letter = getopt_long(argc, argv, "o:h", longs, nullptr)) != -1;) {
    switch (letter) {
      case 'f':
        if (!ParseTime(optarg, options.from))
          return Usage(std::string("--from wants a time such as 1.5s or 200ms, not ") + optarg);
        break;
      case 't':
        if (!ParseTime(optarg, options.to))
          return Usage(std::string("--to wants a time such as 1.5s or 200ms, not ") + optarg);
        break;
      case 'g': {
        const std::string_view text = optarg;
        const auto [after, error] = std::from_chars(text.data(), text.data() + text.size(), options.goroutine);
        if (error != std::errc() || after != text.data() + text.size() || options.goroutine < 1) {
          return Usage("--goroutine wants a number, not " + std::string(text));
        }
        break;
      }
      case 'o': out = optarg; break;
      case 'h': std::fputs(kHelp, stdout); return 0;
      default: return Usage("unknown option, or one without its value");
    }
  }
  if (optind + 1 != argc) return Usage("it takes one file");
  if (options.from >= options.to) return Usage("--to must be after --from");
  const std::string in = argv[optind];
  if (out == "-" && isatty(1)) return Usage("not to a terminal: a trace is not text");
  if (out.empty()) {
    if (in == "-") return Usage("a trace from standard input needs -o OUT");
    out = (in.ends_with(".trace") ? in.substr(0, in.size() - 6) : in) + ".cut.trace";
    if (access(out.c_str(), F_OK) == 0) return Fail(out + ": byte 0: the file exists; name the trace with -o");
  }

  Reader reader;
  if (!OpenInput(reader, in)) return Report(in, reader.verdict());
  OutFile file;
  if (!file.Open(out)) return Fail(file.why());
  Cutter cutter(options, reader.version(), [&](std::string_view bytes) { return file.Write(bytes); });
  {
    Progress progress(in);
    while (cutter.ok() && !cutter.done() && reader.Next()) {
      cutter.Add(reader.event(), reader.generation());
      progress.At(reader.event().offset);
    }
  }
  cutter.Finish();
  if (!file.Close()) return Fail(file.why());
  if (!reader.verdict().ok()) return Report(in, reader.verdict());
  const bool nothing = cutter.events() == 0;
  // What is empty is no trace.
  if (out != "-" && (nothing || (options.goroutine != kNone && !cutter.seen()))) unlink(out.c_str());
  if (nothing) {
    return Fail(NameOfInput(in) + ": byte 0: there is nothing from " + Seconds(options.from) +
                (options.to == CutOptions().to ? "" : " to " + Seconds(options.to)) + "; it ends after " +
                Seconds(cutter.reached()));
  }
  if (options.goroutine != kNone && !cutter.seen()) {
    return Fail(NameOfInput(in) + ": byte 0: there is no goroutine " + std::to_string(options.goroutine) +
                " up to there");
  }
  if (out != "-") {
    std::printf("%s: %llu events, %llu bytes\n", out.c_str(), static_cast<unsigned long long>(cutter.events()),
                static_cast<unsigned long long>(file.written()));
  }
  return 0;
}

}  // namespace gotrace
