// A panic with a text, over two lines.
#include "gort.h"

int gort_main(int, char**) {
  gort::panic("two\nlines");
}
