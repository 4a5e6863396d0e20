// Bazel puts the ports' programs at versions/RELEASE/replay, and this one at conformance/NAME, below the same folder.
#include "conformance/ports.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace conformance {
namespace {

std::filesystem::path Folder() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return self.parent_path().parent_path() / "versions";
}

}  // namespace

std::string ReleaseOf(std::string_view version) {
  const std::vector<std::string> parts = absl::StrSplit(absl::string_view(version.data(), version.size()), '.');
  return parts.size() < 2 ? std::string(version) : absl::StrCat(parts[0], ".", parts[1]);
}

std::string PortOf(const std::string& release) {
  if (release.find('/') != std::string::npos) return "";
  const std::filesystem::path port = Folder() / release / "replay";
  std::error_code error;
  return std::filesystem::is_regular_file(port, error) ? port.string() : "";
}

std::string KnownReleases() {
  std::vector<std::string> known = {std::string(kOwnRelease)};
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(Folder(), error)) {
    const std::string release = entry.path().filename().string();
    if (!PortOf(release).empty()) known.push_back(release);
  }
  std::sort(known.begin(), known.end());
  return absl::StrJoin(known, ", ");
}

}  // namespace conformance
