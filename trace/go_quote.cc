#include "trace/go_quote.h"

#include <algorithm>
#include <cstdint>

namespace gotrace {
namespace {

constexpr uint32_t kBadRune = 0xFFFD;

struct Range {
  uint32_t first, last;
};
constexpr Range kPrintable[] = {
#include "trace/go_printable.inc"
};

bool IsPrintable(uint32_t rune) {
  if (rune < 0x80) return rune >= 0x20 && rune < 0x7F;
  const Range* range = std::lower_bound(std::begin(kPrintable), std::end(kPrintable), rune,
                                        [](const Range& r, uint32_t value) { return r.last < value; });
  return range != std::end(kPrintable) && range->first <= rune;
}

struct Rune {
  uint32_t value;
  int width;  // of kBadRune 1 if the bytes are not UTF-8
};

// The character at the beginning of text, which is not empty.
Rune DecodeRune(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const int width = first >= 0xC2 && first < 0xE0 ? 2 : first >= 0xE0 && first < 0xF0 ? 3 : first >= 0xF0 && first < 0xF5 ? 4 : 0;
  if (width == 0 || text.size() < static_cast<size_t>(width)) return {kBadRune, 1};
  uint32_t value = first & (0x7F >> width);
  for (int i = 1; i < width; i++) {
    if ((byte(i) & 0xC0) != 0x80) return {kBadRune, 1};
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[width] || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return {kBadRune, 1};
  return {value, width};
}

void PutRune(uint32_t rune, std::string& out) {
  const auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (rune > 0x10FFFF || (rune >= 0xD800 && rune < 0xE000)) rune = kBadRune;
  if (rune < 0x80) {
    put(rune);
  } else if (rune < 0x800) {
    put(0xC0 | rune >> 6);
    put(0x80 | (rune & 0x3F));
  } else if (rune < 0x10000) {
    put(0xE0 | rune >> 12);
    put(0x80 | (rune >> 6 & 0x3F));
    put(0x80 | (rune & 0x3F));
  } else {
    put(0xF0 | rune >> 18);
    put(0x80 | (rune >> 12 & 0x3F));
    put(0x80 | (rune >> 6 & 0x3F));
    put(0x80 | (rune & 0x3F));
  }
}

void PutHex(uint32_t value, int digits, std::string& out) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out.push_back("0123456789abcdef"[value >> shift & 15]);
}

constexpr std::string_view kLetters = "abfnrtv";
constexpr std::string_view kControls = "\a\b\f\n\r\t\v";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Takes one character or escape off the front of `in`.
bool UnquoteOne(std::string_view& in, char quote, std::string& text) {
  const char c = in[0];
  if (c == quote || c == '\n') return false;
  if (c != '\\') {
    const Rune rune = DecodeRune(in);
    PutRune(rune.value, text);
    in.remove_prefix(static_cast<size_t>(rune.width));
    return true;
  }
  if (in.size() < 2) return false;
  const char letter = in[1];
  in.remove_prefix(2);
  if (const size_t at = kLetters.find(letter); at != kLetters.npos) {
    text.push_back(kControls[at]);
    return true;
  }
  if (letter == '\\' || (letter == quote && (quote == '"' || quote == '\''))) {
    text.push_back(letter);
    return true;
  }
  const size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  if (digits != 0) {
    if (in.size() < digits) return false;
    uint64_t value = 0;
    for (size_t i = 0; i < digits; i++) {
      const int digit = HexDigit(in[i]);
      if (digit < 0) return false;
      value = value << 4 | static_cast<uint64_t>(digit);
    }
    in.remove_prefix(digits);
    if (letter == 'x') {
      text.push_back(static_cast<char>(value));
      return true;
    }
    if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return false;
    PutRune(static_cast<uint32_t>(value), text);
    return true;
  }
  if (letter < '0' || letter > '7' || in.size() < 2) return false;
  int value = letter - '0';
  for (int i = 0; i < 2; i++) {
    if (in[0] < '0' || in[0] > '7') return false;
    value = value * 8 + (in[0] - '0');
    in.remove_prefix(1);
  }
  if (value > 255) return false;
  text.push_back(static_cast<char>(value));
  return true;
}

}  // namespace

void PutQuoted(std::string_view text, std::string& out) {
  out.push_back('"');
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    const uint32_t r = rune.value;
    if (r == kBadRune && rune.width == 1) {
      out += "\\x";
      PutHex(static_cast<uint8_t>(text[0]), 2, out);
    } else if (r == '"' || r == '\\') {
      out.push_back('\\');
      out.push_back(static_cast<char>(r));
    } else if (IsPrintable(r)) {
      out += text.substr(0, static_cast<size_t>(rune.width));
    } else if (const size_t at = r < 0x80 ? kControls.find(static_cast<char>(r)) : kControls.npos; at != kControls.npos) {
      out.push_back('\\');
      out.push_back(kLetters[at]);
    } else {
      out += r < ' ' || r == 0x7F ? "\\x" : r < 0x10000 ? "\\u" : "\\U";
      PutHex(r, r < ' ' || r == 0x7F ? 2 : r < 0x10000 ? 4 : 8, out);
    }
    text.remove_prefix(static_cast<size_t>(rune.width));
  }
  out.push_back('"');
}

bool Unquote(std::string_view quoted, std::string& text) {
  text.clear();
  if (quoted.size() < 2 || quoted.front() != quoted.back()) return false;
  const char quote = quoted.front();
  std::string_view in = quoted.substr(1, quoted.size() - 2);
  if (quote == '`') {
    if (in.find('`') != in.npos) return false;
    std::remove_copy(in.begin(), in.end(), std::back_inserter(text), '\r');
    return true;
  }
  if (quote != '"' && quote != '\'') return false;
  int characters = 0;
  for (; !in.empty(); characters++) {
    if (!UnquoteOne(in, quote, text)) return false;
  }
  return quote == '"' || characters == 1;
}

}  // namespace gotrace
