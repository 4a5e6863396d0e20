// gort trace export
#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace/commands.h"
#include "trace/export.h"
#include "trace/progress.h"
#include "trace/reader.h"

namespace gotrace {
namespace {

constexpr char kHelp[] =
    R"(usage: gort trace export --format=perfetto|json|csv [-o OUT] F

Writes a trace in a form that other tools open. F may be - for standard input; -o is needed then.

  --format=perfetto   a picture for ui.perfetto.dev: processors, threads, goroutines, who woke whom, stacks, tasks,
                      regions, logs, the collector, the heap. F.pftrace
  --format=json       the same in the JSON of Chrome's trace viewer, one event a line. F.json
  --format=csv        tables for SQLite, DuckDB, pandas or a spreadsheet: a folder F.csv with goroutines.csv,
                      intervals.csv and others
  -o OUT              write there, whether it exists or not; - is standard output, but for csv. Without it, a file or
                      folder beside F, unless it exists already

docs/trace-export.md says what is in them. Exit status 2 if the trace is cut or damaged; what comes before that is
exported.
)";

int Fail(const std::string& line) {
  std::fprintf(stderr, "%s\n", line.c_str());
  return 2;
}
int Usage(const std::string& problem) {
  return Fail("gort trace export: " + problem + "; 'gort trace export --help' tells more");
}

std::string WithoutEnding(const std::string& path) {
  for (const std::string_view ending : {".trace", ".out"}) {
    if (path.ends_with(ending)) return path.substr(0, path.size() - ending.size());
  }
  return path;
}

}  // namespace

int export_main(int argc, char** argv) {
  const option longs[] = {{"format", required_argument, nullptr, 'f'},
                          {"output", required_argument, nullptr, 'o'},
                          {"help", no_argument, nullptr, 'h'},
                          {nullptr, 0, nullptr, 0}};
  std::string format, out;
  optind = 0;
  opterr = 0;
  for (int letter; (letter = getopt_long(argc, argv, "o:h", longs, nullptr)) != -1;) {
    switch (letter) {
      case 'f': format = optarg; break;
      case 'o': out = optarg; break;
      case 'h': std::fputs(kHelp, stdout); return 0;
      default: return Usage("unknown option, or one without its value");
    }
  }
  const bool csv = format == "csv", json = format == "json";
  if (format.empty()) return Usage("it needs --format=perfetto, json or csv");
  if (!csv && !json && format != "perfetto")
    return Usage("no format '" + format + "'; there are perfetto, json and csv");
  if (optind + 1 != argc) return Usage("it takes one file");
  const std::string in = argv[optind];
  if (out == "-" && csv) return Usage("csv is a folder of files, which standard output cannot take");
  if (out == "-" && !json && isatty(1)) return Usage("not to a terminal: the file is not text");
  if (out.empty()) {
    if (in == "-") return Usage("a trace from standard input needs -o OUT");
    out = WithoutEnding(in) + (csv ? ".csv" : json ? ".json" : ".pftrace");
    if (access(out.c_str(), F_OK) == 0) return Fail(out + ": byte 0: it exists; name what to write with -o");
  }

  Reader reader;
  // Nothing is made of what is no trace.
  if (!OpenInput(reader, in)) return Report(in, reader.verdict());
  const std::unique_ptr<Exporter> exporter = csv    ? NewCsv(out, reader.version())
                                             : json ? NewJson(out)
                                                    : NewPerfetto(out);
  {
    Progress progress(in);
    while (exporter->ok() && reader.Next()) {
      exporter->Add(reader.event(), reader.generation());
      progress.At(reader.event().offset);
    }
  }
  if (!exporter->Finish()) return Fail(exporter->why());
  if (!reader.verdict().ok()) return Report(in, reader.verdict());
  if (out != "-") std::printf("%s: %llu bytes\n", out.c_str(), static_cast<unsigned long long>(exporter->written()));
  return 0;
}

}  // namespace gotrace
