// gort::go: what it is given runs once, on the new goroutine, and is destroyed once, whatever it is like.
#include "api/go.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "gort.h"
#include "gtest/gtest.h"

namespace {

// Counts those that live. Quiet: moves without exceptions, so that it may travel by the new goroutine's memory.
template <bool Quiet>
struct Counted {
  static inline std::atomic<int> alive{0};
  Counted() { alive++; }
  Counted(const Counted&) { alive++; }
  Counted(Counted&&) noexcept(Quiet) { alive++; }
  ~Counted() { alive--; }
};

// Until the goroutines that are done are gone, too.
template <class F>
void eventually(F&& f) {
  for (int i = 0; i < 1000000 && !f(); i++) gort::Gosched();
  EXPECT_TRUE(f());
}

template <class C>
void runsAndIsDestroyedOnce(bool goexit) {
  std::atomic<int> runs{0};
  gort::sync::WaitGroup wg;
  wg.Add(100);
  for (int i = 0; i < 100; i++) {
    C counted;
    gort::go([counted, goexit, &runs, &wg] {
      EXPECT_GT(C::alive, 0);
      gort::Gosched();
      runs++;
      wg.Done();
      if (goexit) gort::Goexit();
    });
  }
  wg.Wait();
  EXPECT_EQ(runs, 100);
  eventually([] { return C::alive == 0; });
}

TEST(Go, SmallClosures) {
  runsAndIsDestroyedOnce<Counted<true>>(false);
  runsAndIsDestroyedOnce<Counted<true>>(true);
}

TEST(Go, ClosuresWhoseMoveMayThrow) {
  runsAndIsDestroyedOnce<Counted<false>>(false);
  runsAndIsDestroyedOnce<Counted<false>>(true);
}

// What an address is; of the address of an aligned type a compiler takes the lower bits to be 0.
uintptr_t addressOf(const void* p) {
  asm("" : "+r"(p));
  return reinterpret_cast<uintptr_t>(p);
}

struct alignas(64) Large {
  char c[1000];
};

TEST(Go, ValuesArrive) {
  gort::sync::WaitGroup wg;
  wg.Add(5);
  gort::go([p = std::make_unique<std::string>("moved"), &wg] {
    EXPECT_EQ(*p, "moved");
    wg.Done();
  });
  Large large{};
  large.c[999] = 7;
  gort::go([large, &wg] {
    EXPECT_EQ(large.c[999], 7);
    EXPECT_EQ(addressOf(&large) % alignof(Large), 0u);
    wg.Done();
  });
  std::function<void()> f = [&wg] { wg.Done(); };
  gort::go(f);
  gort::go(std::move(f));
  gort::go(
      [](const std::string& s, int n, gort::sync::WaitGroup* wg) {
        EXPECT_EQ(s, "words that need memory of their own");
        EXPECT_EQ(n, 7);
        wg->Done();
      },
      std::string("words that need memory of their own"), 7, &wg);
  wg.Wait();
}

// Closures of all sizes that the runtime treats differently: bytes that are copied, objects that are moved.
template <size_t N, bool Plain>
void arrives(gort::sync::WaitGroup* wg) {
  struct Bytes {
    uint64_t w[N];
  };
  struct Object : Bytes {
    ~Object() { this->w[0] = 0; }
    Object() = default;
    Object(const Object&) = default;
  };
  using Words = std::conditional_t<Plain, Bytes, Object>;
  for (uint64_t i = 0; i < 100; i++) {
    Words words;
    for (size_t k = 0; k < N; k++) words.w[k] = i * N + k;
    wg->Add(1);
    gort::go([words, i, wg] {
      gort::Gosched();
      for (size_t k = 0; k < N; k++) EXPECT_EQ(words.w[k], i * N + k);
      wg->Done();
    });
  }
}

template <size_t... N>
void arriveAll(std::index_sequence<N...>) {
  gort::sync::WaitGroup wg;
  (arrives<N + 1, true>(&wg), ...);
  (arrives<N + 1, false>(&wg), ...);
  wg.Wait();
}

TEST(Go, ClosuresOfAllSizes) { arriveAll(std::make_index_sequence<36>()); }

struct alignas(16) Aligned {
  uint64_t w[2];
};

TEST(Go, ClosuresAreAligned) {
  gort::sync::WaitGroup wg;
  for (int i = 0; i < 10; i++) {
    wg.Add(1);
    gort::go([a = Aligned{{1, 2}}, &wg] {
      EXPECT_EQ(addressOf(&a) % 16, 0u);
      EXPECT_EQ(a.w[1], 2u);
      wg.Done();
    });
  }
  wg.Wait();
}

// The closure of a goroutine lies in memory that the next one gets: neither may see the other's.
TEST(Go, OneAfterTheOther) {
  gort::sync::WaitGroup wg;
  for (int64_t i = 0; i < 10000; i++) {
    wg.Add(1);
    gort::go([i, twice = 2 * i, &wg] {
      EXPECT_EQ(twice, 2 * i);
      wg.Done();
    });
    if (i % 64 == 0) wg.Wait();
  }
  wg.Wait();
}

}  // namespace
