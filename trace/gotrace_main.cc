#include "trace/cli.h"

int main(int argc, char** argv) { return gotrace::trace_main(argc, argv); }
