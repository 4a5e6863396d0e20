// The tree itself, read as text: what nobody should leave behind, and what every file should
// have. It looks at the checkout, not at copies of declared inputs, so it sees files that no
// BUILD file knows.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"

namespace {

namespace fs = std::filesystem;

// Limits of the stored corpus, in bytes. A log that is longer belongs to a corpus elsewhere.
constexpr uintmax_t kMaxCorpusFile = 4 << 20;
constexpr uintmax_t kMaxCorpus = 70'000'000;
// Of any other file.
constexpr uintmax_t kMaxFile = 1 << 20;

struct File {
  std::string path;  // from the root of the tree, with '/'
  std::string text;  // empty for binary files
  uintmax_t bytes = 0;

  std::string Folder() const { return path.substr(0, path.rfind('/') + 1); }
  std::string Name() const { return path.substr(path.rfind('/') + 1); }
  bool Ends(absl::string_view suffix) const { return absl::EndsWith(path, suffix); }
  bool IsCxx() const { return Ends(".h") || Ends(".cc") || Ends(".S"); }
  bool IsBuildFile() const { return Name() == "BUILD.bazel" || Name() == "BUILD"; }
};

fs::path Root() {
  const char* folder = std::getenv("TEST_SRCDIR");
  const char* name = std::getenv("TEST_WORKSPACE");
  if (folder == nullptr || name == nullptr) {
    ADD_FAILURE() << "TEST_SRCDIR and TEST_WORKSPACE say where the checkout is; Bazel sets them";
    return fs::path();
  }
  const fs::path runfile = fs::path(folder) / name;
  return fs::canonical(runfile / "WORKSPACE").parent_path();
}

std::vector<File> ReadTree() {
  std::vector<File> files;
  const fs::path root = Root();
  if (root.empty()) return files;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::end(it); ++it) {
    const std::string name = it->path().filename();
    if (name == ".git" || absl::StartsWith(name, "bazel-") || name == "user.bazelrc") {
      it.disable_recursion_pending();
      continue;
    }
    if (!it->is_regular_file() || it->is_symlink()) continue;
    File file;
    file.path = it->path().lexically_relative(root).generic_string();
    file.bytes = it->file_size();
    if (file.bytes <= kMaxFile) {
      std::ifstream in(it->path(), std::ios::binary);
      std::stringstream text;
      text << in.rdbuf();
      file.text = text.str();
      if (file.text.find('\0') != std::string::npos) file.text.clear();
    }
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  return files;
}

const std::vector<File>& Tree() {
  static const std::vector<File>* const tree = new std::vector<File>(ReadTree());
  return *tree;
}

// Whether the text at [at, at+length) is a word of its own.
bool IsWord(absl::string_view text, size_t at, size_t length) {
  const auto letter = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  return (at == 0 || !letter(text[at - 1])) &&
         (at + length == text.size() || !letter(text[at + length]));
}

// Fails at every line of the files chosen by `where` that holds one of the words.
void ExpectNowhere(const std::vector<std::string>& needles, bool whole_words,
                   const std::function<bool(const File&)>& where) {
  for (const File& file : Tree()) {
    if (!where(file)) continue;
    int number = 0;
    for (absl::string_view line : absl::StrSplit(file.text, '\n')) {
      number++;
      for (const std::string& needle : needles) {
        const size_t at = line.find(needle);
        if (at == line.npos || (whole_words && !IsWord(line, at, needle.size()))) continue;
        ADD_FAILURE() << file.path << ":" << number << ": '" << needle << "' in: " << line;
      }
    }
  }
}

// The length of UTF-8 text.
int Characters(absl::string_view line) {
  return static_cast<int>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

bool Anywhere(const File&) { return true; }

// The needles below are written in two halves, so that this file does not hold them.

TEST(Tidy, TheTreeWasFound) {
  EXPECT_GT(Tree().size(), 50u);
  EXPECT_TRUE(std::any_of(Tree().begin(), Tree().end(),
                          [](const File& f) { return f.path == "runtime/runtime2.h"; }));
}

TEST(Tidy, NoLeftoverMarkers) {
  ExpectNowhere({"TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"}, true, Anywhere);
  ExpectNowhere({"not " "implemented", "GTEST_" "SKIP", "DISA" "BLED_", "t.Sk" "ip("}, false,
                Anywhere);
}

TEST(Tidy, NoTestIsKeptFromRunning) {
  ExpectNowhere({"\"man" "ual\""}, false, [](const File& f) { return f.IsBuildFile(); });
}

TEST(Tidy, NoPathsOfOneMachineAndNoHostsOfRegistries) {
  ExpectNowhere({"/wo" "rk/", "/tmp" "/w/", "/ro" "ot/", "/ho" "me/", "debian" ".org",
                 "ubuntu" ".com", "golang" ".org/", "goo" "gleapis", "bazel" ".build"},
                false, [](const File& f) {
                  // A module path may name a host: it is Go's name for a package.
                  return !f.Ends("go.mod") && !f.Ends("go.sum") &&
                         !absl::StartsWith(f.path, "testdata/programs/");
                });
}

TEST(Tidy, NoGoSourceIsStored) {
  ExpectNowhere({"The Go " "Authors"}, false, Anywhere);
}

// The port never knows in which world it runs.
TEST(Tidy, RuntimeDoesNotAskForItsWorld) {
  const auto port = [](const File& f) {
    return absl::StartsWith(f.path, "runtime/") && f.IsCxx() && !f.Ends("_test.cc");
  };
  ExpectNowhere({"lockstep", "Lockstep", "LOCKSTEP", "explorer", "schedlog", "GO" "RT_", "worlds/"},
                false, port);
  // What a preprocessor condition may speak of: the architecture, and the sanitizers.
  const std::set<absl::string_view> allowed = {
      "defined", "__x86_64__", "__aarch64__", "__SANITIZE_ADDRESS__", "__SANITIZE_THREAD__",
      "__has_feature", "address_sanitizer", "thread_sanitizer",
      "RUNTIME_ASAN", "RUNTIME_TSAN", "PROGRAM_TSAN",  // runtime/sanitizers.h
      "__cplusplus", "__ASSEMBLER__"};
  for (const File& file : Tree()) {
    if (!port(file)) continue;
    int number = 0;
    for (absl::string_view line : absl::StrSplit(file.text, '\n')) {
      number++;
      absl::string_view rest = absl::StripLeadingAsciiWhitespace(line);
      if (!absl::ConsumePrefix(&rest, "#if") && !absl::ConsumePrefix(&rest, "#elif")) continue;
      absl::ConsumePrefix(&rest, "def");
      absl::ConsumePrefix(&rest, "ndef");
      for (absl::string_view word : absl::StrSplit(rest, absl::ByAnyChar(" \t()!&|"),
                                                  absl::SkipEmpty())) {
        EXPECT_TRUE(allowed.contains(word)) << file.path << ":" << number << ": " << line;
      }
    }
  }
}

// api, sync and time stand on the runtime, never the other way round. Its tests are programs.
TEST(Tidy, RuntimeStandsOnNothingOfTheApi) {
  const auto port = [](const File& f) {
    return absl::StartsWith(f.path, "runtime/") && f.IsCxx() && !f.Ends("_test.cc") && !f.Ends("_test.h");
  };
  // The programs of its tests.
  const std::set<absl::string_view> programs = {"runtime/testprog.cc", "runtime/unseparated.cc"};
  ExpectNowhere({"#include \"api/", "#include \"sync/", "#include \"time/", "#include \"gort.h"}, false,
                [&](const File& f) { return port(f) && !programs.contains(f.path); });
  // Nor do its libraries name one of theirs.
  for (const File& file : Tree()) {
    if (file.path != "runtime/BUILD.bazel") continue;
    const size_t at = file.text.find("RUNTIME_DEPS = [");
    ASSERT_NE(at, file.text.npos);
    const absl::string_view deps = absl::string_view(file.text).substr(at, file.text.find(']', at) - at);
    for (const char* folder : {"//api", "//sync", "//time", "//:gort"}) {
      EXPECT_FALSE(absl::StrContains(deps, folder)) << file.path << ": " << deps;
    }
  }
}

TEST(Tidy, EveryFileSaysWhatItIs) {
  for (const File& file : Tree()) {
    const bool code = file.IsCxx() || file.Ends(".go") || file.Ends(".sh") || file.Ends(".bzl") ||
                      file.Ends(".BUILD") || file.Ends(".tmpl");
    if (!code || absl::StartsWith(file.path, "third_party/rules_")) continue;
    const absl::string_view text = absl::StripLeadingAsciiWhitespace(file.text);
    EXPECT_TRUE(absl::StartsWith(text, "//") || absl::StartsWith(text, "# ") ||
                absl::StartsWith(text, "#!") || absl::StartsWith(text, "/*") ||
                absl::StartsWith(text, "\"\"\""))
        << file.path << ": no comment at its head";
  }
}

TEST(Tidy, TextIsClean) {
  for (const File& file : Tree()) {
    if (file.text.empty() || absl::StartsWith(file.path, "testdata/")) continue;
    if (file.Ends(".patch")) continue;  // its lines are those of another file, with a mark before
    EXPECT_TRUE(absl::EndsWith(file.text, "\n")) << file.path << ": no newline at the end";
    EXPECT_FALSE(absl::EndsWith(file.text, "\n\n")) << file.path << ": empty lines at the end";
    const bool tabs_allowed = file.Ends(".go") || file.Ends(".tmpl") || file.Ends(".mod");
    int number = 0;
    for (absl::string_view line : absl::StrSplit(file.text, '\n')) {
      number++;
      EXPECT_FALSE(absl::EndsWith(line, " ") || absl::EndsWith(line, "\t") ||
                   absl::EndsWith(line, "\r"))
          << file.path << ":" << number << ": space at the end of the line";
      EXPECT_TRUE(tabs_allowed || line.find('\t') == line.npos)
          << file.path << ":" << number << ": a tab";
      if (file.IsCxx()) {
        EXPECT_LE(Characters(line), 120) << file.path << ":" << number << ": line too long";
      }
    }
  }
}

// `grep -q` ends at its first match. What writes to it is then ended by SIGPIPE if it has more to say: with pipefail,
// a match counts as none, by chance. [[ $(... | grep ...) ]] reads all. (/dev/null is no way out: grep ends then, too.)
TEST(Tidy, NoPipeEndsAtAMatch) {
  for (const File& file : Tree()) {
    if (!file.Ends(".sh") && file.Name() != "gort") continue;
    int number = 0;
    for (absl::string_view line : absl::StrSplit(file.text, '\n')) {
      number++;
      // What stands behind a '|', not behind an "||".
      const std::vector<absl::string_view> commands = absl::StrSplit(line, '|');
      for (size_t i = 1; i < commands.size(); i++) {
        const std::vector<absl::string_view> words = absl::StrSplit(commands[i], ' ', absl::SkipEmpty());
        if (words.size() < 2 || words[0] != "grep" || (i > 1 && commands[i - 1].empty())) continue;
        const bool ends = absl::StartsWith(words[1], "-") && words[1].find_first_of("qm") != words[1].npos;
        EXPECT_FALSE(ends) << file.path << ":" << number << ": a pipe into grep " << words[1];
      }
    }
  }
}

// A source that no BUILD file takes in is dead, and a test that none takes in never runs.
TEST(Tidy, EverySourceIsBuilt) {
  for (const File& file : Tree()) {
    if (!file.IsCxx() || absl::StartsWith(file.path, "testdata/")) continue;
    // The BUILD file of the nearest folder above that has one.
    std::string folder = file.Folder();
    const File* build = nullptr;
    for (;;) {
      for (const File& f : Tree()) {
        if (f.IsBuildFile() && f.Folder() == folder) build = &f;
      }
      if (build != nullptr || folder.empty()) break;
      folder.pop_back();
      folder.resize(folder.rfind('/') + 1);
    }
    ASSERT_NE(build, nullptr) << file.path;
    const std::string name = file.path.substr(build->Folder().size());
    const std::string ending = name.substr(name.rfind('.'));
    bool named = absl::StrContains(build->text, absl::StrCat("\"", name, "\""));
    // A list of tests names them without the ending.
    if (file.Ends("_test.cc")) {
      const std::string target = name.substr(0, name.size() - 3);
      named = named || absl::StrContains(build->text, absl::StrCat("\"", target, "\""));
    }
    for (const File& f : Tree()) {  // a script beside it may build it by itself
      named = named || (f.path == file.Folder() + "run" && absl::StrContains(f.text, file.Name()));
    }
    const bool globbed =
        !file.Ends("_test.cc") &&
        (absl::StrContains(build->text, absl::StrCat("\"*", ending, "\"")) ||
         absl::StrContains(build->text,
                           absl::StrCat("\"", name.substr(0, name.rfind('/') + 1), "*", ending)));
    EXPECT_TRUE(named || globbed) << file.path << ": not in " << build->path;
  }
}

TEST(Tidy, TheStoredCorpusIsSmall) {
  uintmax_t corpus = 0;
  for (const File& file : Tree()) {
    if (absl::StartsWith(file.path, "testdata/")) {
      corpus += file.bytes;
      EXPECT_LE(file.bytes, kMaxCorpusFile) << file.path;
    } else {
      EXPECT_LE(file.bytes, kMaxFile) << file.path;
    }
  }
  EXPECT_LE(corpus, kMaxCorpus);
}

}  // namespace
