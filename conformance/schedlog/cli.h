// The subcommands of gort that are about log files themselves. Each takes the arguments from
// the subcommand's name on (argv[0] is "dump"), prints to stdout, and returns the exit status:
// 0, or 2 for bad input or usage, after one line on stderr.
#ifndef CONFORMANCE_SCHEDLOG_CLI_H_
#define CONFORMANCE_SCHEDLOG_CLI_H_

namespace schedlog {

// gort dump F.slog: a log as text or as JSON.
int dump_main(int argc, char** argv);
// gort pack F.txt: such text as a log.
int pack_main(int argc, char** argv);
// gort convert RAW JSON OUT: what a capture left behind, as a log. `gort capture` runs it.
int convert_main(int argc, char** argv);

}  // namespace schedlog

#endif  // CONFORMANCE_SCHEDLOG_CLI_H_
