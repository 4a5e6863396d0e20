// Replays one log in a program that was built for a sanitizer: what it reports ends the program.
#include <cstdio>
#include <memory>
#include <string>

#include "worlds/lockstep/replay.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  auto result = std::make_unique<lockstep::Result>();
  std::string report = lockstep::Replay(argv[1], *result);
  std::printf("%s%s: %llu records\n", report.c_str(), argv[1], static_cast<unsigned long long>(result->records));
  return result->outcome;
}
