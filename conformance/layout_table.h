// The memory layout of the port's structs as a table: one row a struct, one row a field,
// in the order of testdata/layout/*.txt, under Go's names.
//
// The rows lie in a section of their own without relocations, so that the table of a
// cross-compiled object can be cut out of it and read on another machine.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace conformance {

struct layout_row {
  char name[56];        // "runtime.g" or "runtime.g.goid", padded with NULs
  std::int32_t offset;  // bytes from the start of the named struct; -1 for the struct itself
  std::int32_t size;    // bytes

  bool is_struct() const { return offset < 0; }
};

static_assert(sizeof(layout_row) == 64);

// The table of the machine that this is compiled for. A struct's row comes before its fields'.
std::span<const layout_row> layout_table();

// "runtime.g 440" or "runtime.g.goid 160 8".
std::string to_string(const layout_row& row);

}  // namespace conformance
