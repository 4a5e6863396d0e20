// A send on a closed channel.
#include "gort.h"

int gort_main(int, char**) {
  gort::Chan<int> c(1);
  c.close();
  c.send(1);
  return 0;
}
