// The twin of quicksort.go.
#include <cstdint>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

#include "gort.h"

namespace {

void insertionSort(std::span<int> a) {
  for (size_t i = 1; i < a.size(); i++) {
    for (size_t j = i; j > 0 && a[j - 1] > a[j]; j--) std::swap(a[j], a[j - 1]);
  }
}

void sort(std::span<int> a, gort::SendChan<void> done) {
  if (a.size() < 8) {
    insertionSort(a);
    done.send();
    return;
  }
  const int pivot = a[a.size() / 2];
  int i = 0, j = static_cast<int>(a.size()) - 1;
  while (i <= j) {
    while (a[i] < pivot) i++;
    while (a[j] > pivot) j--;
    if (i <= j) std::swap(a[i++], a[j--]);
  }
  gort::Chan<void> halves(0);
  gort::go(sort, a.subspan(0, j + 1), halves);
  gort::go(sort, a.subspan(i), halves);
  halves.recv();
  halves.recv();
  done.send();
}

}  // namespace

int gort_main(int, char**) {
  std::vector<int> a(400);
  uint32_t x = 1;
  for (int& v : a) {
    x = x * 1664525 + 1013904223;
    v = static_cast<int>((x >> 16) % 1000);
  }
  gort::Chan<void> done(1);
  sort(a, done);
  bool sorted = true;
  for (size_t i = 1; i < a.size(); i++) sorted = sorted && a[i - 1] <= a[i];
  std::printf("%s %d %d\n", sorted ? "true" : "false", a.front(), a.back());
  return 0;
}
