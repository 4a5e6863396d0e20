/* A thread that Go did not start, and that calls it n times. */
#include <pthread.h>

#include "_cgo_export.h"

static void* calls(void* n) {
  for (long i = 0; i < (long)n; i++) benchCalled();
  return 0;
}

void bench_thread(long n) {
  pthread_t t;
  if (pthread_create(&t, 0, calls, (void*)n) == 0) pthread_join(t, 0);
}
