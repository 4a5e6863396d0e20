// Go's slice header: a window of len elements on an array that has room for cap.
// Owns nothing; whoever made the array knows how it is freed.
#pragma once

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
};

static_assert(sizeof(slice<int>) == 24);

}  // namespace runtime
