// What the options of gort study and gort step have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "conformance/schedlog/types.h"

namespace study {

struct Options {
  std::string log;
  std::string out;                  // -o
  std::optional<uint64_t> at, from, to, count;
  std::string goroot;               // --goroot
  bool json = false;
  bool help = false;
};

// Reads them; `allowed` names those that the command has, with blanks around each: " -o --at ". Returns "" or what is
// wrong.
std::string ParseOptions(int argc, char** argv, const std::string& allowed, Options& options);

// The log's header and how many records it has; "" or one line about a log that cannot be read, with the offset.
std::string ReadLog(const std::string& path, schedlog::Header& header, uint64_t& records);

}  // namespace study
