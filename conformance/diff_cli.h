// gort diff: holds stock execution traces against the port and says where they differ.
#pragma once

namespace conformance {

// argv[0] is the command's name; `--help` tells the rest. Prints the report on standard output, and one line for each
// trace that cannot be read on standard error. Returns the exit status: 0 all agree, 1 a divergence or a trace that
// the port could not follow, 2 bad input or usage. Forks a child for each trace.
int diff_main(int argc, char** argv);

}  // namespace conformance
