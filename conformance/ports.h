// The ports of later releases of Go: programs beside this one, for their state is global as this port's is.
#pragma once

#include <string>
#include <string_view>

namespace conformance {

// The release of the port in this program, "go1.24".
inline constexpr std::string_view kOwnRelease = "go1.24";

// The release that a Go version belongs to: "go1.25" for "go1.25.12".
std::string ReleaseOf(std::string_view version);

// The program with the port of that release (versions/replay_main.cc says how it is called), "" if there is none.
std::string PortOf(const std::string& release);

// All releases that there are ports of, this program's included: "go1.24, go1.25".
std::string KnownReleases();

}  // namespace conformance
