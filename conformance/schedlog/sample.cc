// Small logs for tests.
#include "conformance/schedlog/sample.h"

#include <unistd.h>
#include <zstd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "conformance/schedlog/crc32c.h"
#include "conformance/schedlog/reader.h"
#include "conformance/schedlog/wire.h"
#include "conformance/schedlog/writer.h"

namespace schedlog {
namespace {

void Expect(bool good, absl::string_view what) {
  if (good) return;
  fprintf(stderr, "%s\n", std::string(what).c_str());
  abort();
}

using ArgList = std::vector<std::pair<const char*, const char*>>;

void AddKind(Header& header, const char* name, Class cls, const ArgList& args) {
  Kind kind;
  kind.number = static_cast<uint8_t>(header.kinds.size() + 1);
  kind.name = name;
  kind.cls = cls;
  for (const auto& [arg_name, type] : args) {
    Arg arg;
    arg.name = arg_name;
    Expect(ParseArgType(type, arg.type), "no such type");
    kind.args.push_back(arg);
  }
  header.kinds.push_back(kind);
}

Header SampleHeader() {
  Header header;
  header.go_version = "go1.24.4";
  header.goos = "linux";
  header.goarch = "amd64";
  header.gomaxprocs = 4;
  header.cmdline = {"./prog", "-x", "two words", "a \"quote\"", "tab\tnewline\n", ""};
  header.facts = {{"ncpu", "8"}, {"kernel", "Linux 6.1"}, {"odd", "\x01\xff\\"}};
  AddKind(header, "schedinit", Class::kInput, {{"ncpu", "i"}});                    // 1
  AddKind(header, "lock", Class::kOrder, {{"l", "l"}});                            // 2
  AddKind(header, "unlock", Class::kOrder, {{"l", "l"}});                          // 3
  AddKind(header, "sched.npidle.Load", Class::kOrder, {{"saw", "i"}});             // 4
  AddKind(header, "sched.npidle.Add", Class::kOrder, {{"d", "i"}, {"new", "i"}});  // 5
  AddKind(header, "p.runnext.Cas", Class::kDecision,
          {{"p", "p"}, {"old", "g"}, {"new", "g"}, {"won", "b"}});                              // 6
  AddKind(header, "nanotime", Class::kOracle, {{"t", "t"}});                                    // 7
  AddKind(header, "netpoll", Class::kOracle, {{"delay", "i"}, {"list", "L"}, {"delta", "i"}});  // 8
  AddKind(header, "newproc", Class::kInput, {{"fn", "pc"}});                                    // 9
  AddKind(header, "execute", Class::kDecision, {{"g", "g"}, {"inherit", "b"}});         // 10
  AddKind(header, "cheaprand", Class::kOracle, {{"v", "u"}});                           // 11
  AddKind(header, "mput", Class::kDecision, {{"m", "m"}});                              // 12
  AddKind(header, "Gosched", Class::kInput, {});                                        // 13
  AddKind(header, "timers.wakeTime", Class::kOracle, {{"p", "p"}, {"t", "t"}});         // 14
  AddKind(header, "sched.lastpoll.Swap", Class::kOrder, {{"new", "t"}, {"old", "t"}});  // 15
  AddKind(header, "g.atomicstatus.Cas", Class::kDecision,
          {{"g", "g"}, {"old", "u"}, {"new", "u"}, {"won", "b"}});  // 16
  header.locks = {"sched.lock", "allglock", "deadlock"};
  header.symbols = {{0x401000, "main.main"},
                    {0x401100, "main.twice"},
                    {0x401200, "main.twice"},
                    {0x401300, "main.F[struct { X int }]"},
                    {0x401400, "nil"}};
  return header;
}

}  // namespace

OwnedRecord::OwnedRecord(const Record& record)
    : kind(record.kind),
      m(record.m),
      args(record.a, record.a + record.nargs),
      list(record.list.begin(), record.list.end()) {}

Record OwnedRecord::Borrow() const {
  Record record;
  record.kind = kind;
  record.m = m;
  record.nargs = static_cast<uint16_t>(args.size());
  std::copy(args.begin(), args.end(), record.a);
  record.list = list;
  return record;
}

SampleLog MakeSample(size_t records, uint32_t seed) {
  SampleLog log;
  log.header = SampleHeader();
  log.end = End{true, "exit status 0", records};
  std::mt19937 random(seed);
  const auto pick = [&](int64_t n) {
    return static_cast<int64_t>(random() % static_cast<uint32_t>(n));
  };
  int64_t now = 1'000'000'000;
  uint32_t m = 0;
  while (log.records.size() < records) {
    if (pick(4) == 0) m = static_cast<uint32_t>(pick(6) == 0 ? 300 : pick(5));
    const int64_t g = pick(3) == 0 ? 0 : 1 + pick(40);
    const int64_t p = pick(5);
    now += pick(100'000);
    switch (pick(16)) {
      case 0: log.records.push_back({1, m, {pick(9) - 4}}); break;
      case 1: log.records.push_back({2, m, {pick(4)}}); break;
      case 2: log.records.push_back({3, m, {pick(4)}}); break;
      case 3: log.records.push_back({4, m, {pick(5)}}); break;
      case 4: log.records.push_back({5, m, {-1, pick(5)}}); break;
      case 5: log.records.push_back({6, m, {p, g, pick(40), pick(2)}}); break;
      case 6: log.records.push_back({7, m, {now}}); break;
      case 7: {
        std::vector<uint64_t> list;
        for (int64_t n = pick(8) == 0 ? 100 : pick(4); n > 0; n--)
          list.push_back(static_cast<uint64_t>(pick(3000)));
        log.records.push_back({8, m, {-1, static_cast<int64_t>(list.size()), -2}, list});
        break;
      }
      case 8: log.records.push_back({9, m, {pick(2) == 0 ? 0 : 0x401000 + 0x100 * pick(6)}}); break;
      case 9: log.records.push_back({10, m, {g, pick(2)}}); break;
      case 10: log.records.push_back({11, m, {static_cast<int64_t>(random())}}); break;
      case 11: log.records.push_back({12, m, {pick(6)}}); break;
      case 12: log.records.push_back({13, m, {}}); break;
      case 13: log.records.push_back({14, m, {p, pick(2) * now}}); break;
      case 14: log.records.push_back({15, m, {0, now - 5}}); break;
      case 15: log.records.push_back({16, m, {g, pick(5), pick(5), pick(2)}}); break;
    }
  }
  return log;
}

void WriteSample(const SampleLog& log, const std::string& path) {
  Writer writer;
  absl::Status status = writer.Open(path, log.header);
  for (const OwnedRecord& record : log.records) {
    if (status.ok()) status = writer.Append(record.Borrow());
  }
  if (status.ok()) status = writer.Finish(log.end.complete, log.end.reason);
  Expect(status.ok(), status.message());
}

std::string SampleBytes(const SampleLog& log) {
  const std::string path = TempPath("sample.slog");
  WriteSample(log, path);
  return ReadFile(path);
}

std::string ReadAll(absl::string_view bytes, SampleLog& log) {
  log = SampleLog();
  Reader reader;
  if (absl::Status status = reader.OpenBytes(bytes, "F.slog"); !status.ok()) {
    return std::string(status.message());
  }
  log.header = reader.header();
  Record record;
  while (reader.Next(record)) log.records.emplace_back(record);
  log.end = reader.end();
  return std::string(reader.status().message());
}

std::string TempPath(absl::string_view name) {
  const char* dir = getenv("TEST_TMPDIR");
  return absl::StrCat(dir == nullptr ? "/tmp" : dir, "/", getpid(), ".", name);
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  Expect(file.good(), absl::StrCat(path, ": cannot open"));
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

void WriteFile(const std::string& path, absl::string_view bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  Expect(file.good(), absl::StrCat(path, ": cannot write"));
}

std::string HeaderFrame(absl::string_view payload) {
  std::string out(kMagic);
  PutLittle(out, kFirstVersion);
  PutLittle(out, static_cast<uint32_t>(payload.size()));
  PutLittle(out, Crc32c(out, payload));
  return absl::StrCat(out, payload);
}

std::string Frame(char tag, uint32_t records, uint32_t raw_size, absl::string_view payload) {
  std::string out(1, tag);
  PutLittle(out, records);
  PutLittle(out, raw_size);
  PutLittle(out, static_cast<uint32_t>(payload.size()));
  PutLittle(out, Crc32c(out, payload));
  return absl::StrCat(out, payload);
}

std::string BlockFrame(uint32_t records, absl::string_view raw) {
  std::string packed(ZSTD_compressBound(raw.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), raw.data(), raw.size(), 1));
  return Frame(kBlockTag, records, static_cast<uint32_t>(raw.size()), packed);
}

}  // namespace schedlog
