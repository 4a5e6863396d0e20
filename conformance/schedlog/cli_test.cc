// gort dump, pack and convert as commands: arguments, output, exit status.
#include "conformance/schedlog/cli.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "conformance/schedlog/sample.h"

namespace schedlog {
namespace {

struct Result {
  int status = -1;
  std::string out;
  std::string err;
};

Result Gort(int (*main)(int, char**), std::vector<std::string> args) {
  std::vector<char*> argv;
  for (std::string& arg : args) argv.push_back(arg.data());
  argv.push_back(nullptr);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Result result;
  result.status = main(static_cast<int>(args.size()), argv.data());
  result.out = testing::internal::GetCapturedStdout();
  result.err = testing::internal::GetCapturedStderr();
  return result;
}

// A failure has exit status 2, one line on stderr, and that line has `what` in it.
void ExpectFailure(const Result& result, absl::string_view what) {
  EXPECT_EQ(result.status, 2);
  EXPECT_EQ(result.err.find('\n'), result.err.size() - 1) << result.err;
  EXPECT_TRUE(absl::StrContains(result.err, what)) << result.err;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  EXPECT_EQ(lines.back(), "");
  lines.pop_back();
  return lines;
}

class CliTest : public testing::Test {
 protected:
  void SetUp() override { WriteSample(MakeSample(2000), log_); }

  const std::string log_ = TempPath("cli.slog");
  const std::string text_ = TempPath("cli.txt");
};

TEST_F(CliTest, DumpThenPack) {
  const Result dump = Gort(dump_main, {"dump", log_});
  ASSERT_EQ(dump.status, 0) << dump.err;
  WriteFile(text_, dump.out);
  const std::string again = TempPath("again.slog");
  const Result pack = Gort(pack_main, {"pack", "-o", again, text_});
  EXPECT_EQ(pack.status, 0) << pack.err;
  EXPECT_EQ(pack.out, absl::StrCat(again, ": 2000 records\n"));
  EXPECT_TRUE(ReadFile(again) == ReadFile(log_));
}

TEST_F(CliTest, PackNamesTheLogAfterTheText) {
  WriteFile(TempPath("named.txt"), Gort(dump_main, {"dump", log_}).out);
  EXPECT_EQ(Gort(pack_main, {"pack", TempPath("named.txt")}).status, 0);
  EXPECT_TRUE(ReadFile(TempPath("named.slog")) == ReadFile(log_));
  // A second time there is something to lose.
  ExpectFailure(Gort(pack_main, {"pack", TempPath("named.txt")}),
                "named.slog: byte 0: the file exists; name the log with -o");
  EXPECT_EQ(Gort(pack_main, {"pack", TempPath("named.txt"), "-o", TempPath("named.slog")}).status,
            0);
}

TEST_F(CliTest, DumpFilters) {
  const SampleLog log = MakeSample(2000);
  const auto count = [&](std::vector<std::string> options) {
    options.insert(options.begin(), "dump");
    options.push_back(log_);
    const Result result = Gort(dump_main, options);
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_FALSE(absl::StartsWith(result.out, "#"));
    return Lines(result.out).size();
  };
  EXPECT_EQ(count({"--from", "1990"}), 10u);
  EXPECT_EQ(count({"--count", "7"}), 7u);
  EXPECT_EQ(count({"--from", "1995", "--count", "100"}), 5u);
  EXPECT_EQ(count({"--from", "5000", "--kind", "lock"}), 0u);
  size_t locks = 0;
  size_t fields = 0;
  size_t m3 = 0;
  for (const OwnedRecord& record : log.records) {
    locks += record.kind == 2 || record.kind == 3;
    fields += record.kind == 4 || record.kind == 5;
    m3 += record.m == 3;
  }
  EXPECT_EQ(count({"--kind", "lock", "--kind", "unlock"}), locks);
  EXPECT_EQ(count({"--kind", "sched.npidle.*"}), fields);
  EXPECT_EQ(count({"--m", "3"}), m3);
  const Result one = Gort(dump_main, {"dump", "--from=12", "--count=1", log_});
  EXPECT_TRUE(absl::StartsWith(one.out, "12 m")) << one.out;
}

TEST_F(CliTest, DumpWithHeaderIsPackable) {
  WriteFile(text_, Gort(dump_main, {"dump", "--count", "50", "--header", log_}).out);
  const std::string part = TempPath("part.slog");
  EXPECT_EQ(Gort(pack_main, {"pack", text_, "-o", part}).out, absl::StrCat(part, ": 50 records\n"));
}

TEST_F(CliTest, Json) {
  const std::vector<std::string> lines = Lines(Gort(dump_main, {"dump", "--json", log_}).out);
  ASSERT_EQ(lines.size(), 2002u);
  EXPECT_TRUE(absl::StartsWith(lines[0], "{\"version\":1,\"go_version\":\"go1.24.4\""));
  EXPECT_TRUE(absl::StartsWith(lines[1], "{\"i\":0,\"m\":"));
  EXPECT_EQ(lines[2001], "{\"end\":\"complete\",\"reason\":\"exit status 0\",\"records\":2000}");
}

TEST_F(CliTest, DumpOfACutLogPrintsWhatThereIs) {
  WriteSample(MakeSample(100'000), log_);
  const std::string bytes = ReadFile(log_);
  WriteFile(log_, absl::string_view(bytes).substr(0, bytes.size() - 1));
  const Result result = Gort(dump_main, {"dump", log_});
  ExpectFailure(result, absl::StrCat(log_, ": byte ", bytes.size() - 1, ": the log is cut here"));
  EXPECT_TRUE(absl::StartsWith(Lines(result.out).back(), "99999 m"));
}

TEST_F(CliTest, BadUsage) {
  ExpectFailure(Gort(dump_main, {"dump"}), "gort dump: it takes one file");
  ExpectFailure(Gort(dump_main, {"dump", log_, log_}), "gort dump: it takes one file");
  ExpectFailure(Gort(dump_main, {"dump", "--colour", log_}), "gort dump: unknown option");
  ExpectFailure(Gort(dump_main, {"dump", "--from", "x", log_}),
                "gort dump: --from, --count and --m take a number");
  ExpectFailure(Gort(dump_main, {"dump", "--count", "-1", log_}),
                "gort dump: --from, --count and --m take a number");
  ExpectFailure(Gort(dump_main, {"dump", "--kind", "nothing", log_}), "no record kind \"nothing\"");
  ExpectFailure(Gort(dump_main, {"dump", "/nowhere.slog"}), "/nowhere.slog: byte 0: cannot open");
  ExpectFailure(Gort(pack_main, {"pack"}), "gort pack: it takes one file");
  ExpectFailure(Gort(pack_main, {"pack", "-x", text_}), "gort pack: unknown option");
  ExpectFailure(Gort(pack_main, {"pack", "-"}), "gort pack: text from standard input needs -o");
  ExpectFailure(Gort(pack_main, {"pack", "/nowhere.txt"}), "/nowhere.txt:0: cannot open");
  ExpectFailure(Gort(pack_main, {"pack", log_, "-o", text_}), absl::StrCat(log_, ":1: "));
  ExpectFailure(Gort(convert_main, {"convert", log_}), "gort convert: it takes three files");
  ExpectFailure(Gort(convert_main, {"convert", log_, "/nowhere.json", text_}),
                "/nowhere.json: byte 0: cannot open");
}

TEST_F(CliTest, Help) {
  const std::pair<int (*)(int, char**), const char*> commands[] = {
      {dump_main, "dump"}, {pack_main, "pack"}, {convert_main, "convert"}};
  for (const auto& [main, name] : commands) {
    const Result result = Gort(main, {name, "--help"});
    EXPECT_EQ(result.status, 0);
    EXPECT_TRUE(absl::StartsWith(result.out, absl::StrCat("usage: gort ", name)));
  }
}

}  // namespace
}  // namespace schedlog
