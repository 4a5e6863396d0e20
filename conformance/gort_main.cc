// gort_main.cc: the program behind ./gort: finds the command and hands over.
//
// Exit status: 0 all agrees, 1 a divergence, 2 bad input or usage.
#include <cstdio>
#include <cstring>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "conformance/layout.h"
#include "conformance/replay_cli.h"
#include "conformance/schedlog/cli.h"
#include "conformance/trace_from.h"
#include "study/cli.h"
#include "trace/cli.h"

namespace {

constexpr char kHelp[] =
#include "conformance/help_text.inc"
    ;

// A command gets its own name as argv[0], like a program.
struct Command {
  const char* name;
  int (*run)(int argc, char** argv);
};

int help_main(int, char**) {
  std::fputs(kHelp, stdout);
  return 0;
}

int layout_main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  return conformance::layout_main(args, std::cout, std::cerr);
}

// Schedules become traces by a replay, which the library of traces knows nothing of.
int trace_main(int argc, char** argv) {
  if (argc > 1 && std::strcmp(argv[1], "from") == 0) return conformance::trace_from_main(argc - 1, argv + 1);
  return gotrace::trace_main(argc, argv);
}

constexpr Command kCommands[] = {
    {"convert", schedlog::convert_main},
    {"dump", schedlog::dump_main},
    {"help", help_main},
    {"layout", layout_main},
    {"pack", schedlog::pack_main},
    {"replay", conformance::replay_main},
    {"step", study::step_main},
    {"study", study::study_main},
    {"trace", trace_main},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fputs(kHelp, stderr);
    return 2;
  }
  for (const Command& command : kCommands) {
    if (std::strcmp(argv[1], command.name) == 0) return command.run(argc - 1, argv + 1);
  }
  std::fprintf(stderr, "gort: no command '%s'; 'gort help' lists them\n", argv[1]);
  return 2;
}
