// The command by itself, for its test: gort has it as `gort trace from`.
#include "conformance/trace_from.h"

int main(int argc, char** argv) { return conformance::trace_from_main(argc, argv); }
