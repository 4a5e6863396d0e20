/* What bench/live calls in C. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif
long bench_add(long a, long b);
#ifdef __cplusplus
}
#endif
