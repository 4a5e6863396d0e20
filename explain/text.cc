// Numbers as people write them.
#include "explain/text.h"

#include <cmath>
#include <cstdio>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace explain {

std::string Duration(int64_t ns) {
  static constexpr struct {
    double size;
    const char* name;
  } kUnits[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}};
  const double v = static_cast<double>(ns);
  for (const auto& unit : kUnits) {
    const double scaled = v / unit.size;
    if (scaled < 0.9995) continue;
    char text[32];
    std::snprintf(text, sizeof text, scaled < 9.995 ? "%.2f %s" : scaled < 99.95 ? "%.1f %s" : "%.0f %s", scaled,
                  unit.name);
    return text;
  }
  return absl::StrCat(ns, " ns");
}

std::string Moment(int64_t ns) {
  char text[40];
  std::snprintf(text, sizeof text, "%.6f s", static_cast<double>(ns) / 1e9);
  return text;
}

std::string Number(uint64_t n) {
  const std::string digits = absl::StrCat(n);
  std::string s;
  for (size_t i = 0; i < digits.size(); i++) {
    if (i > 0 && (digits.size() - i) % 3 == 0) s += ',';
    s += digits[i];
  }
  return s;
}

std::string Count(uint64_t n, std::string_view what) {
  std::string s = Number(n) + " ";
  s += what;
  if (n != 1) s += "s";
  return s;
}

std::string Ordinal(int64_t n) {
  const int64_t ten = n % 100;
  const char* end = "th";
  if (ten < 11 || ten > 13) {
    if (n % 10 == 1) end = "st";
    if (n % 10 == 2) end = "nd";
    if (n % 10 == 3) end = "rd";
  }
  return absl::StrCat(n, end);
}

std::string Percent(int64_t part, int64_t of) {
  if (of == 0) return "0%";
  const double v = 100.0 * static_cast<double>(part) / static_cast<double>(of);
  char text[32];
  std::snprintf(text, sizeof text, v == 0 || v >= 9.95 ? "%.0f%%" : "%.1f%%", v);
  return text;
}

bool ParseDuration(std::string_view text, int64_t& ns) {
  double unit = 1e9;
  auto ends = [&](std::string_view suffix, double size) {
    if (text.size() <= suffix.size() || text.substr(text.size() - suffix.size()) != suffix) return false;
    text.remove_suffix(suffix.size());
    unit = size;
    return true;
  };
  if (!ends("ns", 1) && !ends("us", 1e3) && !ends("ms", 1e6)) ends("s", 1e9);
  double v;
  if (!absl::SimpleAtod(absl::string_view(text.data(), text.size()), &v)) return false;
  if (!(v >= 0) || v * unit > 9e18) return false;
  ns = static_cast<int64_t>(std::llround(v * unit));
  return true;
}

}  // namespace explain
