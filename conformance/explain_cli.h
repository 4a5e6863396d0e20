// gort explain: why goroutines did not run.
#pragma once

namespace conformance {

// argv[0] is the command's name. The exit status: 0, 1 a limit of a budget is broken, 2 bad input or usage.
int explain_main(int argc, char** argv);

}  // namespace conformance
