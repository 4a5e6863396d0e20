// Makes a test run with goroutines that are moved between any two instructions.
#include <stdlib.h>

[[gnu::constructor]] static void chooseMove() { setenv("GODEBUG", "asyncpreempt=move", 0); }
