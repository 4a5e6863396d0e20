// twins: what the tests of twin programs and their recording are made of.
//
//   twins story FILE.slog      prints the story of a captured Go program
//   twins diff GO CXX          compares two stories; prints the first difference
//   twins playback             standard input without the headers that Go's fake time puts before each write
//
// Exit status: 0, 1 if the stories differ, 2 on bad input.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>

#include "conformance/twins/from_log.h"
#include "conformance/twins/story.h"

namespace {

int Fail(const std::string& why) {
  fprintf(stderr, "twins: %s\n", why.c_str());
  return 2;
}

bool ReadFile(const char* path, std::string& text) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream all;
  all << in.rdbuf();
  text = all.str();
  return in.good();
}

// A header is NUL NUL "PB", eight bytes of time and four of length, big endian; then that many bytes.
int Playback() {
  const std::string in(std::istreambuf_iterator<char>(std::cin), {});
  std::string out;
  size_t at = 0;
  while (at < in.size()) {
    if (in.size() - at < 16 || in.compare(at, 4, std::string_view("\0\0PB", 4)) != 0) {
      return Fail("playback: no header at byte " + std::to_string(at));
    }
    size_t n = 0;
    for (size_t i = at + 12; i < at + 16; i++) n = n << 8 | static_cast<unsigned char>(in[i]);
    if (in.size() - at - 16 < n) return Fail("playback: cut at byte " + std::to_string(at));
    out.append(in, at + 16, n);
    at += 16 + n;
  }
  std::cout << out;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "story" && argc == 3) {
    absl::StatusOr<std::string> story = twins::StoryOfLog(argv[2]);
    if (!story.ok()) return Fail(std::string(story.status().message()));
    std::cout << *story;
    return 0;
  }
  if (command == "diff" && argc == 4) {
    std::string go, cxx;
    if (!ReadFile(argv[2], go)) return Fail(std::string("cannot read ") + argv[2]);
    if (!ReadFile(argv[3], cxx)) return Fail(std::string("cannot read ") + argv[3]);
    const std::string difference = twins::Difference(go, cxx);
    std::cout << difference;
    return difference.empty() ? 0 : 1;
  }
  if (command == "playback" && argc == 2) return Playback();
  return Fail("usage: twins story FILE.slog | diff GO CXX | playback");
}
