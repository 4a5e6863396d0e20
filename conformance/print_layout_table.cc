// Prints the layout table that it was compiled with, one row a line.
#include <cstdio>

#include "conformance/layout_table.h"

int main() {
  for (const auto& row : conformance::layout_table()) std::printf("%s\n", conformance::to_string(row).c_str());
}
