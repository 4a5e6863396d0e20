// A snapshot in which one thing is not as Go had it is refused, at that thing: for every field that the table compares,
// every list and every histogram. The log is one of the corpus, whose program does something of every sort; the changes
// are made from the log's own table of state, which the capture made from tools/capture/state_table.inc.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "conformance/schedlog/reader.h"
#include "conformance/schedlog/snapshot.h"
#include "conformance/schedlog/writer.h"
#include "worlds/lockstep/replay.h"

namespace {

using schedlog::ArgType;
using Words = std::vector<uint64_t>;

// STATE_LOG names another one.
std::string LogPath() {
  const char* path = std::getenv("STATE_LOG");
  return path != nullptr ? path : "testdata/schedlogs/state-p2.slog";
}

schedlog::Header HeaderOf(const std::string& path) {
  schedlog::Reader reader;
  EXPECT_TRUE(reader.Open(path).ok()) << path;
  return reader.header();
}

// There is enough in the first so many records.
constexpr uint64_t kRecords = 80'000;

// Copies a log's beginning with every snapshot changed by fn, and behind it the one that fn leaves in `again`, if any.
// How many of them it changed.
size_t Copy(const std::string& to, const std::string& from,
            const std::function<bool(const schedlog::Header&, Words&, Words& again)>& fn) {
  schedlog::Reader reader;
  EXPECT_TRUE(reader.Open(from).ok());
  schedlog::Writer writer;
  EXPECT_TRUE(writer.Open(to, reader.header()).ok());
  size_t changed = 0;
  reader.set_snapshot_sink([&](const schedlog::Snapshot& s) {
    Words words(s.words.begin(), s.words.end());
    Words again;
    changed += fn(reader.header(), words, again);
    EXPECT_TRUE(writer.Append(schedlog::Snapshot{0, s.m, words}).ok());
    EXPECT_TRUE(again.empty() || writer.Append(schedlog::Snapshot{0, s.m, again}).ok());
  });
  schedlog::Record record;
  while (writer.records() < kRecords && reader.Next(record)) EXPECT_TRUE(writer.Append(record).ok());
  EXPECT_TRUE(writer.Finish(false, "long enough").ok());
  return changed;
}

size_t Copy(const std::string& to, const std::function<bool(const schedlog::Header&, Words&)>& fn) {
  return Copy(to, LogPath(), [&](const schedlog::Header& header, Words& words, Words&) { return fn(header, words); });
}

// What a replay in a process of its own says; "" if all agrees.
std::string Refusal(const std::string& path) {
  int fds[2];
  EXPECT_EQ(pipe(fds), 0);
  const pid_t child = fork();
  if (child == 0) {
    auto result = std::make_unique<lockstep::Result>();
    std::string text = lockstep::Replay(path, *result, lockstep::Order::kEager);
    if (result->outcome != lockstep::Result::kAgrees && text.empty()) text = "refused";
    if (text.size() > 4000) text.resize(4000);
    _exit(write(fds[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1);
  }
  close(fds[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = read(fds[0], buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(n));
  close(fds[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << text;
  return text;
}

std::string TempLog() { return absl::StrCat(testing::TempDir(), "/changed.slog"); }

// What the report calls Go's side: "g12.waitreason".
std::string Blamed(const std::string& report) {
  const size_t at = report.find("  Go:    ");
  if (at == std::string::npos) return report;
  const std::string line = report.substr(at + 9, report.find('\n', at) - at - 9);
  return line.substr(0, line.find(" = "));
}

// Another value of that type, which no goroutine, P, M, time or count can have.
uint64_t Other(ArgType type, uint64_t v) { return type == ArgType::kBool ? 1 - v : v + 1'000'003; }

// Calls fn for each section of the words that has that number, with the place of its number of rows.
void Sections(const schedlog::Header& header, Words& words, size_t number,
              const std::function<void(size_t rows_at, size_t width)>& fn) {
  for (size_t at = 0; words[at] != 0;) {
    const size_t width = 1 + header.state[words[at] - 1].fields.size();
    const size_t here = words[at];
    if (here == number) fn(at + 2, width);
    at += 3 + words[at + 2] * width;
  }
}

TEST(State, TheLogAgrees) {
  size_t snapshots = Copy(TempLog(), [](const schedlog::Header&, Words&) { return true; });
  EXPECT_GT(snapshots, 10u);
  EXPECT_EQ(Refusal(TempLog()), "");
}

TEST(State, AChangedFieldIsRefusedAtThatField) {
  const schedlog::Header header = HeaderOf(LogPath());
  ASSERT_FALSE(header.state.empty());
  int fields = 0;
  for (size_t number = 1; number <= header.state.size(); number++) {
    const schedlog::Section& section = header.state[number - 1];
    for (size_t k = 1; k <= section.fields.size(); k++) {
      const schedlog::Section::Field& field = section.fields[k - 1];
      if (section.name == "runtime" && field.name == "tracing") continue;  // it is told, not compared
      const size_t changed = Copy(TempLog(), [&](const schedlog::Header& h, Words& words) {
        bool any = false;
        Sections(h, words, number, [&](size_t rows_at, size_t width) {
          for (size_t i = 0; i < words[rows_at]; i++) {
            uint64_t& v = words[rows_at + 1 + i * width + k];
            v = Other(field.type, v);
            any = true;
          }
        });
        return any;
      });
      EXPECT_GT(changed, 0u) << section.name;
      const std::string blamed = Blamed(Refusal(TempLog()));
      const bool bucket = field.name == "count" && absl::StartsWith(blamed, absl::StrCat(section.name, ".counts["));
      // How many of an M's locks its tracer has is no field of the port's: it shows in their number.
      const bool tracers = section.name == "m" && field.name == "trace";
      EXPECT_TRUE(bucket || absl::EndsWith(blamed, absl::StrCat(".", tracers ? "locks" : field.name)))
          << section.name << "." << field.name << " was changed, and refused is: " << blamed;
      fields++;
    }
  }
  EXPECT_GT(fields, 90);
}

TEST(State, AChangedListIsRefusedAtThatList) {
  const schedlog::Header header = HeaderOf(LogPath());
  int lists = 0;
  for (size_t number = 1; number <= header.state.size(); number++) {
    const schedlog::Section& section = header.state[number - 1];
    if (!section.fields.empty()) continue;
    // One member more in each.
    Copy(TempLog(), [&](const schedlog::Header& h, Words& words) {
      std::vector<size_t> places;
      Sections(h, words, number, [&](size_t rows_at, size_t) { places.push_back(rows_at); });
      std::reverse(places.begin(), places.end());
      for (const size_t at : places) {
        words[at]++;
        words.insert(words.begin() + static_cast<ptrdiff_t>(at) + 1, 1'000'003);
      }
      return !places.empty();
    });
    const std::string blamed = Blamed(Refusal(TempLog()));
    const std::string name = absl::StartsWith(section.name, "p.") ? section.name.substr(1) : section.name;
    EXPECT_TRUE(absl::EndsWith(blamed, name)) << section.name << " was changed, and refused is: " << blamed;
    lists++;
  }
  EXPECT_GE(lists, 12);
}

TEST(State, AMissingObjectIsRefused) {
  const schedlog::Header header = HeaderOf(LogPath());
  for (size_t number = 1; number <= header.state.size(); number++) {
    const std::string name = header.state[number - 1].name;
    if (name != "m" && name != "p" && name != "g") continue;
    Copy(TempLog(), [&](const schedlog::Header& h, Words& words) {
      Sections(h, words, number, [&](size_t rows_at, size_t width) {
        if (words[rows_at] == 0) return;
        words[rows_at]--;
        const auto last = words.begin() + static_cast<ptrdiff_t>(rows_at + 1 + width * words[rows_at]);
        words.erase(last, last + static_cast<ptrdiff_t>(width));
      });
      return true;
    });
    EXPECT_EQ(Blamed(Refusal(TempLog())), name == "g" ? "allgs" : "all" + name);
  }
}

// The place of a field in a row of that section.
size_t FieldAt(const schedlog::Header& header, const std::string& section, const std::string& field) {
  for (const schedlog::Section& s : header.state) {
    for (size_t k = 0; k < s.fields.size() && s.name == section; k++) {
      if (s.fields[k].name == field) return 1 + k;
    }
  }
  ADD_FAILURE() << section << "." << field;
  return 0;
}

size_t NumberOf(const schedlog::Header& header, const std::string& section) {
  for (size_t i = 0; i < header.state.size(); i++) {
    if (header.state[i].name == section) return i + 1;
  }
  return 0;
}

// An M behind its return from a system call has made its stores in one snapshot, and not in the next, behind the same
// record: Go's M may have stood anywhere. What it stored in throwsplit is not compared in the first, where a trace is
// taken, and is in the second.
TEST(State, AStoreThatWasNotComparedIsRemembered) {
  const std::string calls = "testdata/schedlogs/blocking-syscalls-p4.slog";
  const schedlog::Header header = HeaderOf(calls);
  const size_t g = NumberOf(header, "g"), runtime = NumberOf(header, "runtime");
  const size_t sp = FieldAt(header, "g", "syscallsp"), split = FieldAt(header, "g", "throwsplit");
  const size_t tracing = FieldAt(header, "runtime", "tracing"), status = FieldAt(header, "g", "atomicstatus");
  const auto before = [&](Words words, size_t row) {  // none: it is no goroutine that such an M may run
    bool any = false;
    Sections(header, words, g, [&](size_t rows_at, size_t width) {
      if (row >= words[rows_at]) return;
      uint64_t* fields = &words[rows_at + 1 + row * width];
      any = fields[status] == 2 && fields[sp] == 0;
      fields[sp] = fields[split] = 1;
    });
    return any ? words : Words();
  };
  std::vector<std::pair<size_t, size_t>> tries;  // the snapshot, and the row of the goroutine
  size_t at = 0;
  Copy(TempLog(), calls, [&](const schedlog::Header&, Words& words, Words&) {
    for (size_t row = 0; row < 200; row++) {
      if (!before(words, row).empty()) tries.emplace_back(at, row);
    }
    at++;
    return false;
  });
  int remembered = 0;
  for (const auto& tried : tries) {
    const auto which = tried.first;
    const auto row = tried.second;
    at = 0;
    Copy(TempLog(), calls, [&](const schedlog::Header&, Words& words, Words& again) {
      if (at++ != which) return false;
      again = before(words, row);
      Sections(header, words, runtime, [&](size_t rows_at, size_t) { words[rows_at + 1 + tracing] = 1; });
      return true;
    });
    const std::string blamed = Blamed(Refusal(TempLog()));
    EXPECT_FALSE(absl::EndsWith(blamed, ".throwsplit")) << "in snapshot " << which;
    if (blamed.empty()) remembered++;
  }
  EXPECT_GT(remembered, 0);
}

// One snapshot of many is enough.
TEST(State, OneSnapshotIsRefusedWhereItIs) {
  int at = 0;
  uint64_t index = 0;
  Copy(TempLog(), [&](const schedlog::Header& h, Words& words) {
    if (++at != 8) return false;
    Sections(h, words, 1, [&](size_t rows_at, size_t) { words[rows_at + 2] += 1; });
    return true;
  });
  schedlog::Reader reader;
  ASSERT_TRUE(reader.Open(LogPath()).ok());
  at = 0;
  uint64_t before = 0;
  reader.set_snapshot_sink([&](const schedlog::Snapshot& s) {
    if (++at == 7) before = s.index;
    if (at == 8) index = s.index;
  });
  schedlog::Record record;
  while (reader.Next(record)) continue;
  const std::string report = Refusal(TempLog());
  EXPECT_TRUE(absl::StrContains(report, absl::StrCat(": record ", index, ": divergence\n"))) << report;
  EXPECT_TRUE(absl::StrContains(report, absl::StrCat("the one behind record ", before, " agreed"))) << report;
  EXPECT_EQ(Blamed(report), "sched.goidgen");
}

}  // namespace
