// Sorts as Go's slices.SortFunc does. It is not stable, so where two things are equal, in what order they end up is this
// algorithm's own, and the order of a trace's events depends on it: two threads whose events have the same time.
//
// The algorithm is pattern-defeating quicksort (Orson Peters) with the constants of Go's: insertion up to 12, a median of three
// from 8 on and of nine from 50 on, and a repeatable shuffle where the pivots were bad.
#ifndef TRACE_GO_SORT_H_
#define TRACE_GO_SORT_H_

#include <bit>
#include <cstdint>
#include <utility>

namespace gotrace {

// `less` is a strict weak ordering.
template <typename T, typename Less>
class GoSorter {
 public:
  GoSorter(T* data, Less less) : d_(data), less_(less) {}

  void Sort(int n) { Range(0, n, std::bit_width(static_cast<unsigned>(n))); }

 private:
  enum class Hint { kUnknown, kIncreasing, kDecreasing };

  bool Less2(int i, int j) { return less_(d_[i], d_[j]); }
  void Swap(int i, int j) { std::swap(d_[i], d_[j]); }

  void Range(int a, int b, int limit) {
    bool balanced = true, partitioned = true;
    for (;;) {
      const int n = b - a;
      if (n <= 12) return Insertion(a, b);
      if (limit == 0) return Heap(a, b);
      if (!balanced) {
        Shuffle(a, b);
        limit--;
      }
      auto [pivot, hint] = ChoosePivot(a, b);
      if (hint == Hint::kDecreasing) {
        for (int i = a, j = b - 1; i < j; i++, j--) Swap(i, j);
        pivot = (b - 1) - (pivot - a);
        hint = Hint::kIncreasing;
      }
      if (balanced && partitioned && hint == Hint::kIncreasing && PartialInsertion(a, b)) return;
      // Many equal ones: those that equal what stands before this range are done with.
      if (a > 0 && !Less2(a - 1, pivot)) {
        a = PartitionEqual(a, b, pivot);
        continue;
      }
      const int middle = Partition(a, b, pivot, partitioned);
      const int left = middle - a, right = b - middle;
      if (left < right) {
        balanced = left >= n / 8;
        Range(a, middle, limit);
        a = middle + 1;
      } else {
        balanced = right >= n / 8;
        Range(middle + 1, b, limit);
        b = middle;
      }
    }
  }

  void Insertion(int a, int b) {
    for (int i = a + 1; i < b; i++) {
      for (int j = i; j > a && Less2(j, j - 1); j--) Swap(j, j - 1);
    }
  }

  void SiftDown(int low, int high, int first) {
    for (int root = low;;) {
      int child = 2 * root + 1;
      if (child >= high) return;
      if (child + 1 < high && Less2(first + child, first + child + 1)) child++;
      if (!Less2(first + root, first + child)) return;
      Swap(first + root, first + child);
      root = child;
    }
  }
  void Heap(int a, int b) {
    const int n = b - a;
    for (int i = (n - 1) / 2; i >= 0; i--) SiftDown(i, n, a);
    for (int i = n - 1; i >= 0; i--) {
      Swap(a, a + i);
      SiftDown(0, i, a);
    }
  }

  // Everything below the pivot before it; whether that was so already.
  int Partition(int a, int b, int pivot, bool& already) {
    Swap(a, pivot);
    int i = a + 1, j = b - 1;
    const auto close_in = [&] {
      while (i <= j && Less2(i, a)) i++;
      while (i <= j && !Less2(j, a)) j--;
    };
    close_in();
    already = i > j;
    while (i <= j) {
      Swap(i++, j--);
      close_in();
    }
    Swap(j, a);
    return j;
  }

  int PartitionEqual(int a, int b, int pivot) {
    Swap(a, pivot);
    int i = a + 1, j = b - 1;
    for (;;) {
      while (i <= j && !Less2(a, i)) i++;
      while (i <= j && Less2(a, j)) j--;
      if (i > j) return i;
      Swap(i++, j--);
    }
  }

  // Up to five neighbours put right; whether it is sorted then.
  bool PartialInsertion(int a, int b) {
    int i = a + 1;
    for (int step = 0; step < 5; step++) {
      while (i < b && !Less2(i, i - 1)) i++;
      if (i == b) return true;
      if (b - a < 50) return false;
      Swap(i, i - 1);
      if (i - a >= 2) {
        for (int j = i - 1; j >= 1 && Less2(j, j - 1); j--) Swap(j, j - 1);
      }
      if (b - i >= 2) {
        for (int j = i + 1; j < b && Less2(j, j - 1); j++) Swap(j, j - 1);
      }
    }
    return false;
  }

  void Shuffle(int a, int b) {
    const int n = b - a;
    if (n < 8) return;
    uint64_t random = static_cast<uint64_t>(n);
    const uint64_t mask = (uint64_t{1} << std::bit_width(static_cast<unsigned>(n))) - 1;
    const int at = a + n / 4 * 2;
    for (int i = at - 1; i <= at + 1; i++) {
      random ^= random << 13;
      random ^= random >> 7;
      random ^= random << 17;
      int other = static_cast<int>(random & mask);
      if (other >= n) other -= n;
      Swap(i, a + other);
    }
  }

  int Median(int a, int b, int c, int& swaps) {
    const auto order = [&](int& x, int& y) {
      if (!Less2(y, x)) return;
      swaps++;
      std::swap(x, y);
    };
    order(a, b);
    order(b, c);
    order(a, b);
    return b;
  }

  std::pair<int, Hint> ChoosePivot(int a, int b) {
    const int n = b - a;
    int swaps = 0;
    int i = a + n / 4, j = a + n / 4 * 2, k = a + n / 4 * 3;
    if (n >= 8) {
      if (n >= 50) {
        for (int* middle : {&i, &j, &k}) *middle = Median(*middle - 1, *middle, *middle + 1, swaps);
      }
      j = Median(i, j, k, swaps);
    }
    return {j, swaps == 0 ? Hint::kIncreasing : swaps == 12 ? Hint::kDecreasing : Hint::kUnknown};
  }

  T* d_;
  Less less_;
};

template <typename T, typename Less>
void GoSort(T* data, size_t n, Less less) {
  GoSorter<T, Less>(data, less).Sort(static_cast<int>(n));
}

}  // namespace gotrace

#endif  // TRACE_GO_SORT_H_
