// sanitizers.h: which sanitizer this is compiled for. Only the preprocessor's language is used here, so that .S files may
// include it.
//
//   GORT_ASAN           AddressSanitizer: compiled with -fsanitize=address
//   GORT_TSAN           ThreadSanitizer, in the runtime, which is not instrumented for it (race.h): -DGORT_TSAN=1
//   GORT_TSAN_PROGRAM   ThreadSanitizer, in what is: compiled with -fsanitize=thread
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define GORT_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define GORT_TSAN_PROGRAM 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GORT_ASAN 1
#elif __has_feature(thread_sanitizer)
#define GORT_TSAN_PROGRAM 1
#endif
#endif

#ifndef GORT_ASAN
#define GORT_ASAN 0
#endif
#ifndef GORT_TSAN
#define GORT_TSAN 0
#endif
#ifndef GORT_TSAN_PROGRAM
#define GORT_TSAN_PROGRAM 0
#endif
