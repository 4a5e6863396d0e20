// The main goroutine ends by Goexit, and nobody is left.
#include "gort.h"

int gort_main(int, char**) { gort::Goexit(); }
