/* The foreign code of both sides. */
#include "add.h"

long bench_add(long a, long b) { return a + b; }
