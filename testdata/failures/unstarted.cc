// Goroutines that have not run yet are in the dump: one of a literal, one of a function, one with much to take along.
#include <array>

#include "gort.h"

[[gnu::noinline]] void later() { gort::panic("not reached"); }

int gort_main(int, char**) {
  std::array<int64_t, 20> many{};
  gort::go([=] { gort::panic(std::to_string(many[3])); });
  gort::go(later);
  gort::go([] { later(); });
  gort::panic("before they run");
  return 0;
}
