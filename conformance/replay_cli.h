// gort replay: runs logs through the port in lockstep and says what agreed.
#pragma once

namespace conformance {

// argv[0] is the command's name; `--help` tells the rest. Prints the report on standard output, progress and one line
// for each log that cannot be read on standard error. Returns the exit status: 0 all agree, 1 a divergence, 2 bad
// input or usage. Forks a child for each log.
int replay_main(int argc, char** argv);

}  // namespace conformance
