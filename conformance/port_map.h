// docs/port-map.md, the port and Go's sources as text: which functions each of them has, and in which order.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace port_map {

inline constexpr size_t kNowhere = std::string::npos;

// One row of a table of functions.
struct Row {
  std::string go;
  std::string cpp;  // empty: there is none
  std::vector<std::string> files;
  std::string note;
};

// A file of the tree; a test runs where the tree's files are. A file that cannot be read is a failure of the test.
std::string Read(const std::string& path);
std::vector<std::string> Lines(absl::string_view text);

// Without the backquotes around it.
std::string Unquoted(absl::string_view cell);

// The cells of the rows below a heading of the map, up to the next heading.
std::vector<std::vector<std::string>> Table(absl::string_view map, absl::string_view heading);

// The same as rows of a table of functions, which must not be empty.
std::vector<Row> Functions(absl::string_view map, absl::string_view heading);

// The headings of the map that are a file of Go's.
std::vector<std::string> Sections(absl::string_view map);
std::string GoFile(absl::string_view heading);

// Where the function is defined in the file's text, or kNowhere.
size_t Definition(absl::string_view file, absl::string_view text, absl::string_view name);

// The functions that a C++ file defines at the outermost level, without those of unnamed namespaces.
std::vector<std::string> Defined(absl::string_view text);

// The functions of a Go file in its order, named as Go's linker names them.
std::vector<std::string> GoFunctions(absl::string_view source);

// The literal texts of throw and fatal, each once, in order.
std::vector<std::string> GoTexts(absl::string_view source);

// The folder of package runtime in an installed Go of that release ("1.24"), or nothing.
std::optional<std::string> InstalledRuntime(const std::string& release);

// A failure that tells the first difference only: one name too many shifts all others.
void ExpectSame(const std::vector<std::string>& here, const std::vector<std::string>& there, absl::string_view what);

}  // namespace port_map
