// The program of gort explain.
#include "conformance/explain_cli.h"

int main(int argc, char** argv) { return conformance::explain_main(argc, argv); }
