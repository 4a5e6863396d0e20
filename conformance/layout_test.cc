// The C++ layouts against those of real Go 1.24 binaries (testdata/layout), and gort layout
// against files good and bad.
#include "conformance/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "conformance/dwarf_specimen.h"
#include "conformance/layout_table.h"

namespace conformance {
namespace {

using testing::ElementsAreArray;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;

#if defined(__aarch64__)
constexpr char native[] = "testdata/layout/linux-arm64.txt";
#else
constexpr char native[] = "testdata/layout/linux-amd64.txt";
#endif

std::vector<std::string> lines(std::istream& in) {
  std::vector<std::string> all;
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

// The lines of a file that tools/layout wrote, after its first, which is a comment.
std::vector<std::string> go_lines(const std::string& path) {
  std::ifstream in(path);
  std::vector<std::string> all = lines(in);
  if (all.empty() || !all[0].starts_with("# go1.24")) {
    ADD_FAILURE() << path << ": no layout of a Go 1.24 binary";
    return {};
  }
  all.erase(all.begin());
  return all;
}

std::vector<std::string> cxx_lines(std::span<const layout_row> table) {
  std::vector<std::string> all;
  for (const layout_row& row : table) all.push_back(to_string(row));
  return all;
}

// The rows that a compiler for arm64 laid out (see the genrule layout_arm64).
std::vector<layout_row> arm64_table() {
  std::ifstream in("conformance/layout_arm64.bin", std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(bytes.size() % sizeof(layout_row), 0u);
  std::vector<layout_row> table(bytes.size() / sizeof(layout_row));
  std::memcpy(table.data(), bytes.data(), table.size() * sizeof(layout_row));
  return table;
}

// Line by line, so that a field that moved is named.
void expect_same(const std::vector<std::string>& cxx, const std::vector<std::string>& go) {
  ASSERT_EQ(cxx.size(), go.size());
  for (std::size_t i = 0; i < go.size(); i++) EXPECT_EQ(cxx[i], go[i]) << "C++ first, then Go";
}

TEST(LayoutTable, EveryFieldLiesWhereGoPutsIt) {
  expect_same(cxx_lines(layout_table()), go_lines(native));
}

TEST(LayoutTable, EveryFieldLiesWhereGoPutsItOnArm64) {
  expect_same(cxx_lines(arm64_table()), go_lines("testdata/layout/linux-arm64.txt"));
}

TEST(LayoutTable, HasTheStructsThatAreAskedFor) {
  std::map<std::string, int> size;
  for (const layout_row& row : layout_table()) {
    if (row.is_struct()) size[row.name] = row.size;
  }
  for (const char* name :
       {"g", "m", "p", "schedt", "gobuf", "sudog", "hchan", "timer", "timers", "stack", "note",
        "mutex", "gQueue", "gList", "waitq", "scase", "semaRoot", "pollDesc", "sysmontick", "coro",
        "synctestGroup", "_panic", "_defer"}) {
    EXPECT_EQ(size.count(std::string("runtime.") + name), 1u) << name;
  }
}

struct outcome {
  int status;
  std::string out, err;
};

outcome run(const std::vector<std::string>& args) {
  std::ostringstream out, err;
  int status = layout_main(args, out, err);
  return {status, out.str(), err.str()};
}

std::string temporary(const std::string& name, const std::string& content) {
  std::string path = testing::TempDir() + name;
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

// A binary with the layouts of a file that tools/layout wrote, after `edit` of its lines.
template <class Edit>
std::string specimen(const std::string& name, Edit edit) {
  dwarf_specimen file;
  std::string structure;
  std::uint64_t structure_size = 0;
  std::vector<dwarf_specimen::field> fields;
  auto flush = [&] {
    if (!structure.empty()) file.structure(structure, structure_size, fields);
    fields.clear();
  };
  std::vector<std::string> all = go_lines(native);
  edit(all);
  for (const std::string& line : all) {
    std::istringstream words(line);
    std::string path;
    std::uint64_t a, b;
    words >> path >> a;
    if (words >> b) {
      fields.push_back({path.substr(structure.size() + 1), a, file.plain(b)});
    } else {
      flush();
      structure = path;
      structure_size = a;
    }
  }
  flush();
  return temporary(name, file.bytes());
}

void as_it_is(std::vector<std::string>&) {}

TEST(LayoutPrint, OneLineAStructAndAField) {
  outcome o = run({"--print"});
  EXPECT_EQ(o.status, 0);
  std::istringstream out(o.out);
  EXPECT_THAT(lines(out), ElementsAreArray(go_lines(native)));
  EXPECT_THAT(o.out, HasSubstr("\nruntime.g 440\n"));
  EXPECT_THAT(o.out, HasSubstr("\nruntime.g.goid 160 8\n"));
}

TEST(LayoutCompare, AgreesWithTheSameLayout) {
  std::string path = specimen("same", as_it_is);
  outcome o = run({path});
  EXPECT_EQ(o.status, 0);
  EXPECT_EQ(o.err, "");
  EXPECT_THAT(o.out, MatchesRegex("compared [0-9]+ structs, [0-9]+ fields with .*same "
                                  "\\(go1\\.24\\.4 linux/amd64\\): 0 differ\n"));
}

TEST(LayoutCompare, NamesWhatDiffers) {
  std::string path = specimen("moved", [](std::vector<std::string>& all) {
    for (std::string& line : all) {
      if (line == "runtime.g.goid 160 8") line = "runtime.g.goid 168 8";
      if (line == "runtime.g 440") line = "runtime.g 448";
      if (line == "runtime.note.key 0 8") line = "runtime.note.lock 0 8";
    }
  });
  outcome o = run({path});
  EXPECT_EQ(o.status, 1);
  EXPECT_THAT(o.out, HasSubstr("runtime.g: C++ 440 bytes; Go 448 bytes\n"));
  EXPECT_THAT(o.out, HasSubstr("runtime.g.goid: C++ offset 160, 8 bytes; Go offset 168, 8 bytes\n"));
  EXPECT_THAT(o.out, HasSubstr("runtime.note.key: C++ offset 0, 8 bytes; Go absent\n"));
  EXPECT_THAT(o.out, HasSubstr("runtime.note.lock: C++ absent; Go offset 0, 8 bytes\n"));
  EXPECT_THAT(o.out, EndsWith(": 4 differ\n"));
}

TEST(LayoutCompare, ToldAsJson) {
  std::string path = specimen("json", [](std::vector<std::string>& all) {
    for (std::string& line : all) {
      if (line == "runtime.g.goid 160 8") line = "runtime.g.goid 168 8";
    }
  });
  outcome o = run({"--json", path});
  EXPECT_EQ(o.status, 1);
  EXPECT_THAT(o.out, HasSubstr("\"name\": \"runtime.g.goid\""));
  EXPECT_THAT(o.out, HasSubstr("\"offset\": 168"));
}

TEST(LayoutCompare, AStructThatTheProgramDoesNotUseIsNoDifference) {
  std::string path = specimen("unused", [](std::vector<std::string>& all) {
    std::erase_if(all, [](const std::string& l) { return l.starts_with("runtime.pollDesc"); });
  });
  outcome o = run({path});
  EXPECT_EQ(o.status, 0);
  EXPECT_THAT(o.out, HasSubstr("runtime.pollDesc: not in this binary\n"));
}

// As Go writes it: an unnamed struct inside p, and fields that are there for vet alone.
TEST(LayoutCompare, SeesThroughUnnamedStructsAndMarkers) {
  dwarf_specimen file;
  auto word = file.plain(8);
  auto no_copy = file.structure("internal/runtime/atomic.noCopy", 0, {});
  auto inner = file.structure("struct { lo uintptr; hi uintptr }", 16, {{"lo", 0, word}, {"hi", 8, word}});
  file.structure("runtime.g", 440, {{"stack", 0, inner}});
  file.structure("runtime.note", 8, {{"noCopy", 0, no_copy}, {"key", 0, word}});
  outcome o = run({temporary("nested", file.bytes(EM_AARCH64))});
  EXPECT_EQ(o.status, 1);
  EXPECT_THAT(o.out, HasSubstr("runtime.g.stack.hi: C++ absent; Go offset 8, 8 bytes\n"));
  EXPECT_THAT(o.out, testing::Not(HasSubstr("runtime.note")));
  EXPECT_THAT(o.out, HasSubstr("linux/arm64"));
}

// One line, status 2, nothing on standard output.
void expect_refused(const std::vector<std::string>& args, const std::string& reason) {
  outcome o = run(args);
  EXPECT_EQ(o.status, 2);
  EXPECT_EQ(o.out, "");
  EXPECT_THAT(o.err, HasSubstr(reason));
  EXPECT_EQ(std::count(o.err.begin(), o.err.end(), '\n'), 1) << o.err;
}

TEST(LayoutRefuses, FilesThatAreNoGoPrograms) {
  const std::string good = dwarf_specimen().bytes();
  expect_refused({"/no/such/file"}, "/no/such/file: No such file or directory");
  expect_refused({testing::TempDir()}, "Is a directory");
  expect_refused({temporary("empty", "")}, "byte 0: not an ELF file");
  expect_refused({temporary("text", "package main\n")}, "byte 0: not an ELF file");
  expect_refused({temporary("cut", good.substr(0, 40))}, "byte 40: the ELF header is cut off");
  expect_refused({temporary("halved", good.substr(0, good.size() / 2))}, "cannot read its DWARF");
  expect_refused({temporary("riscv", dwarf_specimen().bytes(EM_RISCV))},
                 "byte 18: ELF machine 243 is neither amd64 nor arm64");
  expect_refused({temporary("c", dwarf_specimen("GNU C", dwarf_specimen::lang_c).bytes())},
                 "not of a Go program");
  expect_refused({temporary("no_g", good)}, "no struct runtime.g");
}

TEST(LayoutRefuses, DamagedDwarf) {
  dwarf_specimen file;
  file.structure("runtime.g", 440, {{"stack", 0, file.endless()}});
  expect_refused({temporary("endless", file.bytes())}, "the struct described here is damaged");
}

TEST(LayoutRefuses, ArgumentsThatItDoesNotKnow) {
  expect_refused({}, "usage: gort layout");
  expect_refused({"--brief"}, "usage: gort layout");
  expect_refused({"a", "b"}, "usage: gort layout");
  expect_refused({"--print", "a"}, "usage: gort layout");
  expect_refused({"--print", "--json"}, "usage: gort layout");
}

}  // namespace
}  // namespace conformance
