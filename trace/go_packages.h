// Which functions, files and words are Go's own.
#ifndef TRACE_GO_PACKAGES_H_
#define TRACE_GO_PACKAGES_H_

#include <string>
#include <string_view>

namespace gotrace {

// Whether a package, by its import path, is of the standard library of some Go from 1.22 to 1.27.
bool IsStandardPackage(std::string_view path);

// The package of a function, as symbols name it: "net/http" of "net/http.(*conn).serve".
std::string_view PackageOf(std::string_view function);

// The part of a file's path that is the same on all machines, "runtime/proc.go", if its folder is one of the standard
// library; else empty.
std::string_view StandardFile(std::string_view path);

// Whether Go's runtime itself puts that text into traces: why goroutines stop and block, why the world stops, what
// marks.
bool IsWordOfGo(std::string_view text);

}  // namespace gotrace

#endif  // TRACE_GO_PACKAGES_H_
