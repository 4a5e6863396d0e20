// gort trace: the command.
#ifndef TRACE_CLI_H_
#define TRACE_CLI_H_

namespace gotrace {

// argv[0] is "trace", argv[1] what to do. The exit status: 0, or 2 for bad input or usage.
int trace_main(int argc, char** argv);

}  // namespace gotrace

#endif  // TRACE_CLI_H_
