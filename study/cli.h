// The commands that step through a captured schedule: on a page, and in a terminal.
#pragma once

namespace study {

// gort study F.slog: argv[0] is the command's name. Exit status: 0 done, 1 the log does not replay, 2 bad input or
// usage.
int study_main(int argc, char** argv);

// gort step F.slog: likewise.
int step_main(int argc, char** argv);

}  // namespace study
