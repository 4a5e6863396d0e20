// sanitizers.h: which sanitizer this is compiled for. Only the preprocessor's language is used here, so that .S files may
// include it.
//
//   GORT_ASAN   AddressSanitizer: compiled with -fsanitize=address
//   GORT_TSAN   ThreadSanitizer: by -DGORT_TSAN=1 in the runtime, which is not compiled with -fsanitize=thread (race.h)
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define GORT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GORT_ASAN 1
#endif
#endif

#ifndef GORT_ASAN
#define GORT_ASAN 0
#endif
#ifndef GORT_TSAN
#define GORT_TSAN 0
#endif
