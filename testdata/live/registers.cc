// Values in every class of registers over preemptions: a sum in the x87, vectors of each width the processor has, the
// flags, and general registers that a compiler keeps over long loops.
#include <immintrin.h>

#include <cmath>
#include <cstdint>
#include <cstring>

#include "check.h"

[[gnu::noinline]] static long double harmonic(long n) {
  long double s = 0;
  for (long i = 1; i <= n; i++) s += 1.0L / static_cast<long double>(i);
  return s;
}

[[gnu::noinline]] static std::uint64_t mix(std::uint64_t x, long n) {
  std::uint64_t a = x, b = x * 3, c = x ^ 77, d = x + 5, e = ~x;
  for (long i = 0; i < n; i++) {
    a = a * 6364136223846793005u + b;
    b = (b << 7 | b >> 57) ^ c;
    c += d * 3;
    d ^= e >> 3;
    e = e * 5 + a;
  }
  return a ^ b ^ c ^ d ^ e;
}

// The same in mmx, xmm, ymm and zmm registers: n rounds of additions, which no memory is touched for.
[[gnu::noinline]] static std::uint64_t mmx(std::uint64_t x, long n) {
  std::uint64_t r;
  asm volatile(
      "movq %1, %%mm0\n\tmovq %%mm0, %%mm7\n\t"
      "1: paddd %%mm0, %%mm7\n\tdec %2\n\tjnz 1b\n\t"
      "movq %%mm7, %0\n\temms"
      : "=&r"(r), "+r"(x), "+r"(n)
      :
      : "mm0", "mm7", "cc");
  return r;
}

[[gnu::noinline]] static std::uint64_t sse(std::uint64_t x, long n) {
  __m128i v = _mm_set1_epi64x(static_cast<long long>(x)), s = v;
  asm volatile("1: paddq %1, %0\n\tdec %2\n\tjnz 1b" : "+x"(s), "+x"(v), "+r"(n) : : "cc");
  return static_cast<std::uint64_t>(s[1]);
}

[[gnu::noinline, gnu::target("avx2")]] static std::uint64_t avx(std::uint64_t x, long n) {
  __m256i v = _mm256_set1_epi64x(static_cast<long long>(x)), s = v;
  asm volatile("1: vpaddq %1, %0, %0\n\tdec %2\n\tjnz 1b" : "+x"(s), "+x"(v), "+r"(n) : : "cc");
  return static_cast<std::uint64_t>(s[3]);
}

[[gnu::noinline, gnu::target("avx512f")]] static std::uint64_t avx512(std::uint64_t x, long n) {
  __m512i v = _mm512_set1_epi64(static_cast<long long>(x)), s = v;
  // Under a mask, which is a register as well.
  asm volatile(
      "kxnorw %%k1, %%k1, %%k1\n\t1: vpaddq %1, %0, %0%{%%k1%}\n\tdec %2\n\tjnz 1b"
      : "+v"(s), "+v"(v), "+r"(n)
      :
      : "k1", "cc");
  std::uint64_t lanes[8];
  std::memcpy(lanes, &s, sizeof lanes);
  return lanes[7];
}

int gort_main(int, char**) {
  constexpr long n = 300'000;
  const long double sum = harmonic(n);
  const std::uint64_t mixed = mix(9, n);
  constexpr std::uint64_t x = 0x0123456701234567;
  const std::uint64_t x32 = [] {
    std::uint32_t half = static_cast<std::uint32_t>(x) * static_cast<std::uint32_t>(n + 1);
    return static_cast<std::uint64_t>(half) << 32 | half;
  }();
  const bool hasAvx = __builtin_cpu_supports("avx2"), hasAvx512 = __builtin_cpu_supports("avx512f");
  rounds(8, [&](int i) {
    switch (i % 6) {
      case 0: CHECK(harmonic(n) == sum); break;
      case 1: CHECK(mix(9, n) == mixed); break;
      case 2: CHECK(mmx(x, n) == x32); break;
      case 3: CHECK(sse(x, n) == x * (n + 1)); break;
      case 4: CHECK(!hasAvx || avx(x, n) == x * (n + 1)); break;
      case 5: CHECK(!hasAvx512 || avx512(x, n) == x * (n + 1)); break;
    }
    gort::Gosched();
  });
  return verdict();
}
