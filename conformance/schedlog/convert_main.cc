// gort convert
#include <cstdio>
#include <string>

#include "absl/strings/string_view.h"
#include "conformance/schedlog/cli.h"
#include "conformance/schedlog/convert.h"

namespace schedlog {
namespace {

constexpr char kHelp[] =
    "usage: gort convert RAW JSON OUT.slog\n"
    "\n"
    "Turns what a capture left behind, the raw records and the JSON file with its tables, into\n"
    "a schedule log. `gort capture` runs it; by hand it rescues the files of a capture that was\n"
    "killed. Exit status 2 if the capture itself went wrong (a full disk, say); OUT.slog then "
    "holds\n"
    "what was captured before that and is marked as cut.\n";

}  // namespace

int convert_main(int argc, char** argv) {
  if (argc == 2 && (absl::string_view(argv[1]) == "--help" || absl::string_view(argv[1]) == "-h")) {
    fputs(kHelp, stdout);
    return 0;
  }
  if (argc != 4) {
    fputs("gort convert: it takes three files (see gort convert --help)\n", stderr);
    return 2;
  }
  End end;
  const absl::Status status = ConvertRaw(argv[1], argv[2], argv[3], &end);
  if (!status.ok()) {
    fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return 2;
  }
  printf("%s: %llu records, %s (%s)\n", argv[3], static_cast<unsigned long long>(end.records),
         end.complete ? "complete" : "cut", end.reason.c_str());
  return 0;
}

}  // namespace schedlog
