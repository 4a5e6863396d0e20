// The worked example of docs/schedlog.md is true: its bytes read as its text, and its text packs to
// its bytes.
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "conformance/schedlog/pack.h"
#include "conformance/schedlog/reader.h"
#include "conformance/schedlog/sample.h"
#include "conformance/schedlog/text.h"

namespace schedlog {
namespace {

// What the first fenced block of that language holds.
std::string Fenced(absl::string_view language) {
  const std::string page = ReadFile(
      absl::StrCat(getenv("TEST_SRCDIR"), "/", getenv("TEST_WORKSPACE"), "/docs/schedlog.md"));
  const std::string opening = absl::StrCat("```", language, "\n");
  const size_t from = page.find(opening);
  EXPECT_NE(from, std::string::npos);
  const size_t start = from + opening.size();
  return page.substr(start, page.find("```", start) - start);
}

std::string ExampleBytes() {
  std::string bytes;
  for (absl::string_view line : absl::StrSplit(Fenced("hex"), '\n', absl::SkipEmpty())) {
    // An offset, up to 16 bytes, the same as characters.
    const std::vector<absl::string_view> words =
        absl::StrSplit(line.substr(0, line.find("  ")), ' ', absl::SkipEmpty());
    EXPECT_EQ(words[0], absl::StrCat(absl::Hex(bytes.size(), absl::kZeroPad3), ":"));
    for (size_t i = 1; i < words.size(); i++) bytes += absl::HexStringToBytes(words[i]);
  }
  return bytes;
}

TEST(Docs, TheExampleReadsAsItsText) {
  const std::string bytes = ExampleBytes();
  Reader reader;
  ASSERT_TRUE(reader.OpenBytes(bytes).ok());
  std::string text = HeaderText(reader.header());
  const RecordPrinter printer(reader.header());
  Record record;
  while (reader.Next(record)) printer.Text(reader.record_index(), record, text);
  ASSERT_TRUE(reader.status().ok()) << reader.status();
  EXPECT_EQ(text + EndText(reader.end()), Fenced("text"));
}

TEST(Docs, TheTextPacksToTheExample) {
  std::istringstream text(Fenced("text"));
  const std::string path = TempPath("example.slog");
  const absl::Status status = PackText(text, "docs/schedlog.md", path);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(absl::BytesToHexString(ReadFile(path)), absl::BytesToHexString(ExampleBytes()));
}

}  // namespace
}  // namespace schedlog
