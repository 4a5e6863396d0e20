// Struct layouts from the DWARF of a Go executable.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace conformance {

struct go_field {
  std::string path;  // "goid"; a field of an unnamed struct has its path: "gFree.n"
  std::int64_t offset = 0;  // bytes from the start of the named struct
  std::int64_t size = 0;    // bytes
};

struct go_struct {
  std::int64_t size = 0;
  std::vector<go_field> fields;  // in order of declaration
};

struct go_layouts {
  std::string go_version;  // "go1.24.4"
  std::string platform;    // "linux/amd64"
  std::map<std::string, go_struct> structs;  // "runtime.g" and every other named struct of
                                             // the runtime and its internal packages
};

// Reads an ELF executable for amd64 or arm64. Fields that have no bytes and only talk to
// Go's compiler and vet (noCopy, align64, NotInHeap) are left out, as tools/layout does.
// Anything else than a Go executable with DWARF: one line, "PATH: reason".
absl::StatusOr<go_layouts> read_go_layouts(const std::string& path);

}  // namespace conformance
