// Bytes that are no UTF-8, and characters that JSON, CSV and viewers cannot have, are written so that they can.
#include "trace/clean_text.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace gotrace {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// The length of the UTF-8 sequence that `text` begins with; 0 if it begins with none.
size_t SequenceAt(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || n > text.size()) return 0;
  for (size_t i = 1; i < n; i++) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Longer than need be, half of a pair of UTF-16, or beyond the last character.
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) > 0x9F) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) > 0x8F) return 0;
  return n;
}

bool IsPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

}  // namespace

void PutClean(std::string_view text, std::string& out) {
  if (IsPlain(text)) {
    out += text;
    return;
  }
  while (!text.empty()) {
    const size_t n = text[0] == '\0' ? 0 : SequenceAt(text);
    out += n == 0 ? kReplacement : text.substr(0, n);
    text.remove_prefix(std::max<size_t>(n, 1));
  }
}

void PutJson(std::string_view text, std::string& out) {
  std::string clean;
  PutClean(text, clean);
  for (const char c : clean) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<uint8_t>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
}

void PutCsv(std::string_view text, std::string& out) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return PutClean(text, out);
  std::string clean;
  PutClean(text, clean);
  out += '"';
  for (const char c : clean) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace gotrace
