// main for programs that define gort_main.
#include "api/main.h"

int main(int argc, char** argv) { gort::Run(gort_main, argc, argv); }
