// Go's slice header: a window of len elements on an array that has room for cap.
// Owns nothing; whoever made the array knows how it is freed.
#pragma once

#include "runtime/asan.h"
#include "runtime/internal/goarch.h"

namespace runtime {

template <class T>
struct slice {
  T* array = nullptr;
  intptr len = 0;
  intptr cap = 0;

  T& operator[](intptr i) const { return array[i]; }
  T* begin() const { return array; }
  T* end() const { return array + len; }
  bool empty() const { return len == 0; }

  // push and pop work at the end; there must be room, or an element.
  void push(T v) { array[len++] = v; }
  T pop() {
    T v = array[--len];
    array[len] = T{};
    return v;
  }
  // The first n elements on the same array, n <= cap.
  slice first(intptr n) const { return {array, n, cap}; }
  // A new array with room for n, that begins with all cap elements of this one. The old array stays for its readers.
  slice regrown(intptr n) const {
    asanKeep(array);
    T* a = new T[static_cast<uintptr>(n)]();
    for (intptr i = 0; i < cap; i++) a[i] = array[i];
    return {a, n, n};
  }
};

static_assert(sizeof(slice<int>) == 24);

}  // namespace runtime
