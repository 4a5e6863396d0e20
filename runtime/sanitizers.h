// sanitizers.h: which sanitizer this is compiled for. Only the preprocessor's language is used here, so that .S files
// may include it.
//
//   RUNTIME_ASAN   AddressSanitizer: compiled with -fsanitize=address
//   RUNTIME_TSAN   ThreadSanitizer, in the runtime, which is not instrumented for it (race.h): -DRUNTIME_TSAN=1
//   PROGRAM_TSAN   ThreadSanitizer, in what is: compiled with -fsanitize=thread
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define RUNTIME_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define PROGRAM_TSAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RUNTIME_ASAN 1
#elif __has_feature(thread_sanitizer)
#define PROGRAM_TSAN 1
#endif
#endif

#ifndef RUNTIME_ASAN
#define RUNTIME_ASAN 0
#endif
#ifndef RUNTIME_TSAN
#define RUNTIME_TSAN 0
#endif
#ifndef PROGRAM_TSAN
#define PROGRAM_TSAN 0
#endif
