// A nil channel is closed.
#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<int> c;
  c.close();
  return 0;
}
