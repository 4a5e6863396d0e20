// A small deterministic fuzzer for LLVMFuzzerTestOneInput, for compilers without one.
//
//   trace_fuzz --seconds=60 --seed=1 FILE...   mutate these until the time is over
//   trace_fuzz --run FILE...                   give each file to the target, once
//   trace_fuzz --write=DIR --count=N --seed=1 FILE...   only write traces with changed events, for other judges
//
// A FILE is a trace, a test of Go's internal/trace (NAME.test), or an input of its fuzz corpus; larger ones are left
// out. Bytes are changed as they are, and in half of the cases as text, which is packed then: so that the lengths of
// batches, and all else that is around the change, stay right. The input at work is kept in memory; if the target dies,
// it is written to crash.trace in TEST_UNDECLARED_OUTPUTS_DIR or here.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/fuzz/watch.h"
#include "trace/go_quote.h"
#include "trace/raw.h"
#include "trace/varint.h"
#include "trace/wire_text.h"

namespace gotrace {
namespace {

using Random = std::mt19937_64;

constexpr size_t kLargest = 100'000;

// An input that takes this long is a hang.
void Run(const std::string& input) { fuzz::Run(input, 60); }

std::string Packed(std::string_view text) {
  std::istringstream in{std::string(text)};
  WireTextReader reader;
  if (!reader.Open(in)) return {};
  std::string bytes = FirstLine(reader.version());
  RawEvent event;
  while (reader.Next(event)) PutRaw(event, bytes);
  return bytes;
}

std::string Load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  const std::string_view all = bytes;
  constexpr std::string_view kText = "-- trace --\n", kCorpus = "go test fuzz v1\n[]byte(";
  if (path.ends_with(".test")) return Packed(all.substr(std::min(all.size(), all.find(kText) + kText.size())));
  if (all.starts_with(kCorpus)) {
    std::string text;
    const size_t begin = kCorpus.size(), end = all.rfind(')');
    if (!Unquote(all.substr(begin, end - begin), text))
      std::fprintf(stderr, "trace_fuzz: %s is not understood\n", path.c_str());
    return text;
  }
  return bytes;
}

size_t Pick(Random& random, size_t n) { return n == 0 ? 0 : random() % n; }

constexpr uint64_t kInteresting[] = {0,
                                     1,
                                     2,
                                     3,
                                     4,
                                     127,
                                     128,
                                     129,
                                     1024,
                                     1025,
                                     65536,
                                     65537,
                                     0xffffffff,
                                     uint64_t{1} << 60,
                                     uint64_t{1} << 63,
                                     ~uint64_t{0},
                                     ~uint64_t{0} - 1};

void MutateBytes(Random& random, std::string& bytes) {
  const size_t at = Pick(random, bytes.size());
  switch (random() % 8) {
    case 0:
      if (!bytes.empty()) bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
      break;
    case 1:
      if (!bytes.empty()) bytes[at] = static_cast<char>(random());
      break;
    case 2: bytes.insert(at, 1 + Pick(random, 8), static_cast<char>(random())); break;
    case 3: bytes.erase(at, 1 + Pick(random, 8)); break;
    case 4: bytes.resize(at); break;
    case 5: {
      std::string number;
      PutVarint(number, kInteresting[Pick(random, std::size(kInteresting))]);
      bytes.replace(at, number.size(), number);
      break;
    }
    case 6: bytes.insert(at, bytes.substr(Pick(random, bytes.size()), Pick(random, 64))); break;
    case 7: bytes.insert(at, Pick(random, 12), '\xff'); break;
  }
}

// Changes events, and writes the lengths of batches anew.
std::string MutateEvents(Random& random, const std::string& bytes) {
  RawReader reader;
  if (!reader.OpenBytes(bytes)) return bytes;
  std::vector<RawEvent> events;
  while (reader.Next()) events.push_back(reader.event());
  for (size_t n = 1 + Pick(random, 4); n != 0 && !events.empty(); n--) {
    const size_t at = Pick(random, events.size());
    switch (random() % 5) {
      case 0:
      case 1: {
        std::vector<uint64_t>& args = events[at].args;
        if (args.empty()) break;
        uint64_t& arg = args[Pick(random, args.size())];
        arg = random() % 2 == 0 ? kInteresting[Pick(random, std::size(kInteresting))] : arg + Pick(random, 5) - 2;
        if (InfoOf(events[at].kind).frames) args[1] = (args.size() - 2) / 4;
        break;
      }
      case 2: events.erase(events.begin() + static_cast<ptrdiff_t>(at)); break;
      case 3: {
        const RawEvent copy = events[Pick(random, events.size())];
        events.insert(events.begin() + static_cast<ptrdiff_t>(at), copy);
        break;
      }
      case 4: std::swap(events[at], events[Pick(random, events.size())]); break;
    }
  }
  RawPacker packer(reader.version(), true);
  for (const RawEvent& event : events) packer.Put(event);
  return packer.Take();
}

std::vector<std::string> LoadAll(const std::vector<std::string>& files) {
  std::vector<std::string> traces;
  for (const std::string& file : files) {
    std::string bytes = Load(file);
    if (bytes.size() <= kLargest) traces.push_back(std::move(bytes));
  }
  return traces;
}

int Write(const std::vector<std::string>& files, const std::string& dir, int count, uint64_t seed) {
  Random random(seed);
  const std::vector<std::string> traces = LoadAll(files);
  for (int i = 0; i < count; i++) {
    std::ofstream out(dir + "/changed-" + std::to_string(i) + ".trace", std::ios::binary);
    out << MutateEvents(random, traces[Pick(random, traces.size())]);
    if (!out.flush()) return 2;
  }
  return 0;
}

int Fuzz(const std::vector<std::string>& files, int seconds, uint64_t seed) {
  Random random(seed);
  const std::vector<std::string> traces = LoadAll(files);
  for (const std::string& trace : traces) Run(trace);
  if (traces.size() < 2) {
    std::fprintf(stderr, "trace_fuzz: no traces to begin with\n");
    return 2;
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  uint64_t executions = 0;
  for (; executions % 16 != 0 || std::chrono::steady_clock::now() < deadline; executions++) {
    std::string bytes = traces[Pick(random, traces.size())];
    if (random() % 2 == 0) {
      bytes = MutateEvents(random, bytes);
    } else {
      for (size_t n = 1 + Pick(random, 6); n != 0; n--) MutateBytes(random, bytes);
    }
    Run(bytes);
  }
  std::printf("seed %llu: %llu executions in %d s from %zu traces, no failure\n", static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(executions), seconds, traces.size());
  return 0;
}

int Main(int argc, char** argv) {
  int seconds = 60;
  uint64_t seed = 1;
  bool run = false;
  std::string dir;
  int count = 0;
  std::vector<std::string> files;
  fuzz::WatchOver("crash.trace");
  for (int i = 1; i < argc; i++) {
    const std::string arg = argv[i];
    if (arg == "--run") {
      run = true;
    } else if (arg.starts_with("--write=")) {
      dir = arg.substr(8);
    } else if (arg.starts_with("--count=")) {
      count = std::atoi(arg.c_str() + 8);
    } else if (arg.starts_with("--seconds=")) {
      seconds = std::atoi(arg.c_str() + 10);
    } else if (arg.starts_with("--seed=")) {
      seed = std::strtoull(arg.c_str() + 7, nullptr, 10);
    } else {
      files.push_back(arg);
    }
  }
  if (!dir.empty()) return Write(files, dir, count, seed);
  if (!run) return Fuzz(files, seconds, seed);
  for (const std::string& file : files) Run(Load(file));
  return 0;
}

}  // namespace
}  // namespace gotrace

int main(int argc, char** argv) { return gotrace::Main(argc, argv); }
