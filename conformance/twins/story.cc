// How a story is written down, and how two are compared.
#include "conformance/twins/story.h"

#include <algorithm>
#include <vector>

namespace twins {

bool Story::IsUser(uint64_t g) const {
  auto it = numbers_.find(g);
  return it != numbers_.end() && it->second != 0;
}

std::string Story::Name(uint64_t g) const {
  if (g == 0) return "scheduler";
  auto it = numbers_.find(g);
  if (it == numbers_.end()) return "unknown";
  return it->second == 0 ? "system" : std::to_string(it->second);
}

void Story::Line(uint64_t g, std::string_view verb, std::string_view what) {
  text_ += Name(g);
  text_ += ' ';
  text_ += verb;
  if (!what.empty()) {
    text_ += ' ';
    text_ += what;
  }
  text_ += '\n';
}

void Story::Create(uint64_t by, uint64_t g, bool system, bool parked) {
  numbers_[g] = system ? 0 : ++last_;
  if (!system) Line(by, parked ? "create-parked" : "create", Name(g));
}

void Story::Start(uint64_t g, uint64_t schedtick) {
  if (IsUser(g)) Line(g, "start", std::to_string(schedtick));
}

void Story::Stop(uint64_t g, std::string_view why) {
  if (IsUser(g)) Line(g, "stop", why);
}

void Story::Block(uint64_t g, std::string_view why) {
  if (IsUser(g)) Line(g, "block", why);
}

void Story::Unblock(uint64_t by, uint64_t g) {
  if (IsUser(g)) Line(by, "unblock", Name(g));
}

void Story::Switch(uint64_t from, uint64_t to, bool end) {
  if (IsUser(from) || IsUser(to)) Line(from, end ? "end-switch" : "switch", Name(to));
}

void Story::EnterSyscall(uint64_t g) {
  if (IsUser(g)) Line(g, "enter-syscall");
}

void Story::LeaveSyscall(uint64_t g) {
  if (IsUser(g)) Line(g, "leave-syscall");
}

void Story::End(uint64_t g) {
  if (IsUser(g)) Line(g, "end");
}

namespace {

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    size_t n = text.find('\n');
    lines.push_back(text.substr(0, n));
    if (n == text.npos) break;
    text.remove_prefix(n + 1);
  }
  return lines;
}

}  // namespace

std::string Difference(std::string_view go, std::string_view cxx) {
  const std::vector<std::string_view> a = Lines(go), b = Lines(cxx);
  size_t same = 0;
  while (same < a.size() && same < b.size() && a[same] == b[same]) same++;
  if (same == a.size() && same == b.size()) return "";

  constexpr size_t kBefore = 12, kAfter = 6;
  std::string out = "the first " + std::to_string(same) + " events agree; of " + std::to_string(a.size()) +
                    " in Go and " + std::to_string(b.size()) + " in C++, event " + std::to_string(same + 1) +
                    " differs:\n";
  for (size_t i = same - std::min(same, kBefore); i < same; i++) out += "    " + std::string(a[i]) + "\n";
  auto side = [&](const char* name, const std::vector<std::string_view>& lines) {
    for (size_t i = same; i < std::min(lines.size(), same + kAfter); i++) {
      out += name + std::string(lines[i]) + "\n";
    }
    if (lines.size() <= same) out += name + std::string("(the end)\n");
  };
  side("Go  ", a);
  side("C++ ", b);
  return out;
}

}  // namespace twins
