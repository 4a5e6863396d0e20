// A small deterministic fuzzer for LLVMFuzzerTestOneInput, for compilers without one.
//
//   reader_fuzz --seconds=60 --seed=1    mutate until the time is over
//   reader_fuzz --run FILE...            give each file to the target, once
//
// Checksums would stop nearly every mutation at the door. So a third of the inputs are
// mutated as they are, a third have a mutated header with a correct checksum, and a third have
// mutated block contents that are packed again. The input at work is kept in memory; if the
// target dies, it is written to crash.slog in TEST_UNDECLARED_OUTPUTS_DIR or here.
#include <zstd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "conformance/schedlog/sample.h"
#include "conformance/schedlog/wire.h"
#include "tools/fuzz/watch.h"

namespace schedlog {
namespace {

using Random = std::mt19937_64;

// An input that takes this long is a hang.
void Run(const std::string& input) { fuzz::Run(input, 30); }

size_t Pick(Random& random, size_t n) { return n == 0 ? 0 : random() % n; }

// One small change.
void MutateOnce(Random& random, std::string& bytes) {
  constexpr uint64_t kInteresting[] = {0,
                                       1,
                                       0x7f,
                                       0x80,
                                       0xff,
                                       0x100,
                                       0xffff,
                                       0x7fffffff,
                                       0xffffffff,
                                       uint64_t{1} << 63,
                                       ~uint64_t{0},
                                       1 << 20,
                                       16 << 20,
                                       10'000'000'000};
  const size_t at = Pick(random, bytes.size());
  switch (random() % 9) {
    case 0:
      if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
      break;
    case 1:
      if (!bytes.empty()) bytes[at] = static_cast<char>(random());
      break;
    case 2: bytes.insert(at, 1 + Pick(random, 8), static_cast<char>(random())); break;
    case 3: bytes.erase(at, 1 + Pick(random, 8)); break;
    case 4: bytes.resize(at); break;
    case 5: {  // a number where there may be one
      std::string number;
      const uint64_t v = kInteresting[Pick(random, std::size(kInteresting))];
      if (random() % 2 == 0) {
        PutVarint(number, v);
      } else {
        PutLittle(number, static_cast<uint32_t>(v));
      }
      bytes.replace(at, number.size(), number);
      break;
    }
    case 6: {  // a piece from elsewhere
      const std::string piece = bytes.substr(Pick(random, bytes.size()), Pick(random, 64));
      bytes.insert(at, piece);
      break;
    }
    case 7:
      if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] + 1);
      break;
    case 8: bytes.insert(at, Pick(random, 12), '\xff'); break;
  }
}

void Mutate(Random& random, std::string& bytes) {
  for (size_t n = 1 + Pick(random, 6); n != 0; n--) MutateOnce(random, bytes);
}

// A sound log, taken apart.
struct Parts {
  std::string header;  // payload
  struct Block {
    uint32_t records;
    std::string raw;
  };
  std::vector<Block> blocks;
  std::string end;  // the frame

  std::string Join() const {
    std::string out = HeaderFrame(header);
    for (const Block& block : blocks) out += BlockFrame(block.records, block.raw);
    return out + end;
  }
};

Parts TakeApart(const std::string& log) {
  Parts parts;
  const uint32_t header = LoadLittle<uint32_t>(&log[12]);
  parts.header = log.substr(kHeaderPrefix, header);
  for (size_t at = kHeaderPrefix + header; at < log.size();) {
    const size_t size = LoadLittle<uint32_t>(&log[at + 9]);
    if (log[at] == kEndTag) {
      parts.end = log.substr(at);
    } else {
      Parts::Block block{LoadLittle<uint32_t>(&log[at + 1]),
                         std::string(LoadLittle<uint32_t>(&log[at + 5]), '\0')};
      ZSTD_decompress(block.raw.data(), block.raw.size(), &log[at + kFramePrefix], size);
      parts.blocks.push_back(std::move(block));
    }
    at += kFramePrefix + size;
  }
  return parts;
}

int Fuzz(int seconds, uint64_t seed) {
  Random random(seed);
  std::vector<std::string> logs;
  for (const size_t records : {0, 1, 20, 200, 1000})
    logs.push_back(SampleBytes(MakeSample(records, 5)));
  std::vector<Parts> parts;
  for (const std::string& log : logs) {
    Run(log);
    parts.push_back(TakeApart(log));
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  uint64_t executions = 0;
  for (; executions % 64 != 0 || std::chrono::steady_clock::now() < deadline; executions++) {
    const size_t base = Pick(random, logs.size());
    if (random() % 3 == 0) {
      std::string bytes = logs[base];
      Mutate(random, bytes);
      Run(bytes);
      continue;
    }
    Parts mutant = parts[base];
    if (mutant.blocks.empty() || random() % 2 == 0) {
      Mutate(random, mutant.header);
    } else {
      Parts::Block& block = mutant.blocks[Pick(random, mutant.blocks.size())];
      Mutate(random, block.raw);
      if (random() % 8 == 0)
        block.records = static_cast<uint32_t>(Pick(random, 2 * block.records + 2));
    }
    Run(mutant.Join());
  }
  printf("seed %llu: %llu executions in %d s, no failure\n", static_cast<unsigned long long>(seed),
         static_cast<unsigned long long>(executions), seconds);
  return 0;
}

int Main(int argc, char** argv) {
  int seconds = 60;
  uint64_t seed = 1;
  fuzz::WatchOver("crash.slog");
  if (argc > 1 && absl::string_view(argv[1]) == "--run") {
    for (int i = 2; i < argc; i++) Run(ReadFile(argv[i]));
    return 0;
  }
  for (int i = 1; i < argc; i++) {
    absl::string_view option = argv[i];
    const bool good =
        (absl::ConsumePrefix(&option, "--seconds=") && absl::SimpleAtoi(option, &seconds)) ||
        (absl::ConsumePrefix(&option, "--seed=") && absl::SimpleAtoi(option, &seed));
    if (!good) {
      fprintf(stderr, "usage: reader_fuzz [--seconds=N] [--seed=N] | --run FILE...\n");
      return 2;
    }
  }
  printf("seed %llu\n", static_cast<unsigned long long>(seed));
  fflush(stdout);
  return Fuzz(seconds, seed);
}

}  // namespace
}  // namespace schedlog

int main(int argc, char** argv) { return schedlog::Main(argc, argv); }
