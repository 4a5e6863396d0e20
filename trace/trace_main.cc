// gort trace: finds what to do and hands over.
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include "trace/cli.h"
#include "trace/commands.h"

namespace gotrace {
namespace {

constexpr char kHelp[] =
    R"(usage: gort trace check [--json] [--strict] F...    whether it is a trace that Go takes, and if not, why
       gort trace text [--ordered] [--head] F        its events as text
       gort trace pack [-o OUT] [--go 1.NN] F        such text as a trace
       gort trace info [--json] F                    who wrote it, and what is in it

Reads execution traces of Go 1.22 to 1.27, as runtime/trace writes them. F may be - for standard input.
`gort trace check --help`, and so on, tell more.
Exit status: 0 a good trace, 2 a bad one, or usage.
)";

struct Command {
  const char* name;
  int (*run)(int argc, char** argv);
};

constexpr Command kCommands[] = {
    {"check", check_main},
    {"info", info_main},
    {"pack", pack_main},
    {"text", text_main},
};

}  // namespace

int trace_main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs(kHelp, stderr);
    return 2;
  }
  const std::string_view what = argv[1];
  if (what == "--help" || what == "-h" || what == "help") {
    std::fputs(kHelp, stdout);
    return 0;
  }
  for (const Command& command : kCommands) {
    if (what == command.name) return command.run(argc - 1, argv + 1);
  }
  std::fprintf(stderr, "gort trace: no command '%s'; 'gort trace --help' lists them\n", argv[1]);
  return 2;
}

}  // namespace gotrace
