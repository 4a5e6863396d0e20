// Where the time between runnable and running went: over all goroutines, and for each function that they begin with.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "explain/causes.h"
#include "explain/histogram.h"
#include "explain/waits.h"

namespace explain {

// Of one function, or of all.
struct Sums {
  Histogram waits;                          // whole waits
  std::array<Histogram, kCauses> causes;    // the parts that are not 0
  Parts parts{};
  Histogram idle;  // of each wait during which a P had no work, that part
  std::array<uint64_t, 3> certainty{};      // of the rules by which they started
};

struct Totals {
  Sums all;
  std::map<uint32_t, Sums> functions;   // by name
  std::map<Rule, uint64_t> rules;       // starts
  uint64_t unended = 0;                 // still runnable at the end: in no sum
  int64_t longest_unended = 0;

  void Add(const Wait& wait);
  // What g began with is known from now on; 0: it will not be. Until then its waits are in nobody's row.
  void Name(int64_t g, uint32_t name);
  // After the last wait.
  void Finish();

  std::map<int64_t, Sums> unnamed;  // by goroutine
};

// The N longest waits, with their details, the longest first.
class Worst {
 public:
  explicit Worst(size_t n) : n_(n) {}
  // Whether it would be kept.
  bool Wants(const Wait& wait) const;
  void Add(Wait&& wait);
  void Name(int64_t g, uint32_t name);
  std::vector<Wait> Sorted() const;

 private:
  size_t n_;
  std::vector<Wait> heap_;  // the shortest on top
};

}  // namespace explain
