// gort pack
#include <getopt.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "conformance/schedlog/cli.h"
#include "conformance/schedlog/pack.h"

namespace schedlog {
namespace {

constexpr char kHelp[] =
    "usage: gort pack [options] F.txt\n"
    "\n"
    "Turns the text that `gort dump` prints, edited or not, back into a schedule log.\n"
    "The log goes to F.slog beside F.txt, unless that exists already.\n"
    "\n"
    "  -o OUT.slog   write this file, whether it exists or not; - is standard output\n"
    "  --help        this text\n"
    "\n"
    "F.txt may be - for standard input; -o is needed then. Blank lines and lines that begin\n"
    "with ## are passed over. The numbers in front of records are passed over too, and may be\n"
    "left out. Exit status 2 and the line's number if something is not understood.\n";

int Fail(absl::string_view line) {
  fprintf(stderr, "%s\n", std::string(line).c_str());
  return 2;
}

}  // namespace

int pack_main(int argc, char** argv) {
  const option longs[] = {{"output", required_argument, nullptr, 'o'},
                          {"help", no_argument, nullptr, 'h'},
                          {nullptr, 0, nullptr, 0}};
  std::string out;
  optind = 0;
  opterr = 0;
  for (int letter; (letter = getopt_long(argc, argv, "o:h", longs, nullptr)) != -1;) {
    if (letter == 'h') {
      fputs(kHelp, stdout);
      return 0;
    }
    if (letter != 'o')
      return Fail("gort pack: unknown option, or one without its value (see gort pack --help)");
    out = optarg;
  }
  if (optind + 1 != argc) return Fail("gort pack: it takes one file (see gort pack --help)");
  const std::string in = argv[optind];
  if (out.empty()) {
    if (in == "-") return Fail("gort pack: text from standard input needs -o OUT.slog");
    out = absl::StrCat(absl::StripSuffix(in, ".txt"), ".slog");
    if (access(out.c_str(), F_OK) == 0) {
      return Fail(absl::StrCat(out, ": byte 0: the file exists; name the log with -o"));
    }
  }
  const bool to_stdout = out == "-";
  if (to_stdout) out = "/dev/stdout";
  End end;
  absl::Status status;
  if (in == "-") {
    status = PackText(std::cin, "standard input", out, &end);
  } else {
    std::ifstream file(in, std::ios::binary);
    if (!file) return Fail(absl::StrCat(in, ":0: cannot open"));
    status = PackText(file, in, out, &end);
  }
  if (!status.ok()) return Fail(status.message());
  if (!to_stdout)
    printf("%s: %llu records\n", out.c_str(), static_cast<unsigned long long>(end.records));
  return 0;
}

}  // namespace schedlog
