// gort trace from: a captured schedule as an execution trace.
#ifndef CONFORMANCE_TRACE_FROM_H_
#define CONFORMANCE_TRACE_FROM_H_

namespace conformance {

// `from [-o OUT] F.slog`: replays the log and writes what the port tells its tracer, in Go 1.23's format, to OUT or
// standard output. Returns the exit status: 0; 1 if the log does not replay; 2 for bad input or usage, after one line
// on stderr. Once per process.
int trace_from_main(int argc, char** argv);

}  // namespace conformance

#endif  // CONFORMANCE_TRACE_FROM_H_
