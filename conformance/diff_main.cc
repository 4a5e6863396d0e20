// diff_main.cc: `gort diff` is a program of its own, since a program has the port in one world only.
#include "conformance/diff_cli.h"

int main(int argc, char** argv) { return conformance::diff_main(argc, argv); }
