// Replays one log in a program that was built for a sanitizer: what it reports ends the program.
// Usage: replay_asan late|eager LOG
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "worlds/lockstep/replay.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  auto result = std::make_unique<lockstep::Result>();
  const auto order = std::string_view(argv[1]) == "eager" ? lockstep::Order::kEager : lockstep::Order::kLate;
  std::string report = lockstep::Replay(argv[2], *result, order);
  std::printf("%s%s: %llu records\n", report.c_str(), argv[2], static_cast<unsigned long long>(result->records));
  return result->outcome;
}
