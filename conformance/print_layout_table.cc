// Prints the layout table that it was compiled with, one row a line; or, with an argument, that of the file, which was
// cut out of an object for another machine.
#include <cstdio>
#include <fstream>

#include "conformance/layout_table.h"

int main(int argc, char** argv) {
  if (argc < 2) {
    for (const auto& row : conformance::layout_table()) std::printf("%s\n", conformance::to_string(row).c_str());
    return 0;
  }
  std::ifstream in(argv[1], std::ios::binary);
  conformance::layout_row row;
  while (in.read(reinterpret_cast<char*>(&row), sizeof row)) std::printf("%s\n", conformance::to_string(row).c_str());
  return in.eof() && in.gcount() == 0 ? 0 : 2;
}
