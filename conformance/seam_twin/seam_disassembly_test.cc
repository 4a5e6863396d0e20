// The seam costs nothing in the live world: runtime/proc.cc compiled against it has the same atomic instructions and
// the same calls as against a seam written with std::atomic_ref (seam/ in this folder), function by function, and no
// more of other instructions but for the compiler's moods.
//
// Reads what objdump makes of the two.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <string>

namespace {

struct Function {
  int instructions = 0;
  std::map<std::string, int> atomics;  // locked instructions, exchanges, fences; on arm64 what orders or is exclusive
  std::map<std::string, int> calls;
};

using Code = std::map<std::string, Function>;

bool isAtomic(const std::string& mnemonic, const std::string& operands) {
  if (mnemonic == "lock" || mnemonic == "mfence" || mnemonic == "lfence" || mnemonic == "sfence") return true;
  if (mnemonic == "xchg") return operands.find('(') != std::string::npos;  // with memory: locked without saying so
  static const std::regex arm(
      "(ldar|ldapr|stlr|ldxr|ldaxr|stxr|stlxr|cas|swp|ldadd|ldclr|ldset|stadd|stclr|stset)[a-z]*|dmb|dsb");
  return std::regex_match(mnemonic, arm);
}

// The functions in a disassembly. What the compiler split off (.part, .cold) counts for the function that it came from.
Code read(const std::string& path) {
  Code code;
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  static const std::regex head("^[0-9a-f]+ <(.*)>:$");
  static const std::regex insn("^ *[0-9a-f]+:\t([a-z0-9.]+) *(.*)$");
  static const std::regex reloc("^\\s+[0-9a-f]+: R_\\w+\\s+(\\S.*?)([-+]0x[0-9a-f]+)?$");
  Function* f = nullptr;
  bool call = false;
  for (std::string line; std::getline(in, line);) {
    while (!line.empty() && line.back() == ' ') line.pop_back();
    std::smatch m;
    if (std::regex_match(line, m, head)) {
      std::string name = m[1];
      name = name.substr(0, name.find(" [clone"));
      f = &code[name];
      call = false;
    } else if (f != nullptr && std::regex_match(line, m, insn)) {
      std::string mnemonic = m[1];
      std::string operands = m[2];
      bool padding = mnemonic.rfind("nop", 0) == 0 || operands == "%ax,%ax";
      if (padding) continue;
      f->instructions++;
      if (isAtomic(mnemonic, operands)) {
        f->atomics[mnemonic == "lock" ? operands.substr(0, operands.find(' ')) : mnemonic]++;
      }
      call = mnemonic == "call" || mnemonic == "bl";
    } else if (f != nullptr && call && std::regex_match(line, m, reloc)) {
      f->calls[m[1]]++;
      call = false;
    }
  }
  return code;
}

const Function& find(const Code& code, const std::string& name) {
  const Function* found = nullptr;
  for (const auto& [full, f] : code) {
    if (full.rfind("runtime::" + name + "(", 0) != 0) continue;
    EXPECT_EQ(found, nullptr) << name << " is not one function";
    found = &f;
  }
  EXPECT_NE(found, nullptr) << name << " is not in the library: inlined everywhere?";
  static const Function none;
  return found == nullptr ? none : *found;
}

class SeamDisassembly : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    live = read("conformance/seam_twin/live.txt");
    twin = read("conformance/seam_twin/twin.txt");
  }
  static inline Code live, twin;
};

TEST_F(SeamDisassembly, HotFunctionsHaveWhatStdAtomicGives) {
  for (const char* name : {"runqput", "runqget", "casgstatus", "wakep", "execute"}) {
    const Function& a = find(live, name);
    const Function& b = find(twin, name);
    EXPECT_GT(b.instructions, 10) << name;
    EXPECT_EQ(a.atomics, b.atomics) << name;
    EXPECT_EQ(a.calls, b.calls) << name;
    EXPECT_LE(a.instructions, b.instructions + b.instructions / 16 + 4) << name;
  }
}

// What they must have at the least, and must not have: else the comparison above is one of nothing with nothing.
TEST_F(SeamDisassembly, TheComparisonSeesAtomics) {
  EXPECT_FALSE(find(twin, "runqget").atomics.empty());
  EXPECT_FALSE(find(twin, "runqput").atomics.empty());
  EXPECT_TRUE(find(twin, "casgstatus").atomics.empty());  // CompareAndSwapOwned
  EXPECT_FALSE(find(twin, "wakep").atomics.empty());
  EXPECT_FALSE(find(twin, "wakep").calls.empty());
  EXPECT_FALSE(find(twin, "execute").calls.empty());
}

// And over the whole file.
TEST_F(SeamDisassembly, TheFileHasWhatStdAtomicGives) {
  std::map<std::string, int> a, b;
  for (const auto& [name, f] : live) {
    for (const auto& [kind, n] : f.atomics) a[kind] += n;
  }
  for (const auto& [name, f] : twin) {
    for (const auto& [kind, n] : f.atomics) b[kind] += n;
  }
  EXPECT_EQ(a, b);
}

}  // namespace
