// gort trace check
#include <getopt.h>

#include "trace/commands.h"
#include "trace/reader.h"

namespace gotrace {
int check_main(int argc, char** argv) {
  Reader reader;
  OpenInput(reader, argv[argc-1]);
  uint64_t n = 0;
  if (reader.verdict().ok()) while (reader.Next()) n++;
  if (!reader.verdict().ok()) return Report(argv[argc-1], reader.verdict());
  std::printf("valid %llu\n", (unsigned long long)n);
  return 0;
}
}  // namespace gotrace
