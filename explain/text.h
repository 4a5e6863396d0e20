// Numbers as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace explain {

// "850 ns", "4.1 us", "12.3 ms", "2.05 s": three digits.
std::string Duration(int64_t ns);
// "0.023593 s", to the microsecond, as gort diff has it.
std::string Moment(int64_t ns);
// "1 thread", "3 threads"; "12,345 waits".
std::string Count(uint64_t n, std::string_view what);
inline std::string Count(int32_t n, std::string_view what) { return Count(static_cast<uint64_t>(n < 0 ? 0 : n), what); }
inline std::string Count(int64_t n, std::string_view what) { return Count(static_cast<uint64_t>(n < 0 ? 0 : n), what); }
std::string Number(uint64_t n);
// "1st", "2nd", "3rd", "4th".
std::string Ordinal(int64_t n);
// "37%", "0.4%".
std::string Percent(int64_t part, int64_t of);

// "2ms", "1.5s", "100us", "250ns", and plain seconds ("0.25"). False: not understood.
bool ParseDuration(std::string_view text, int64_t& ns);

}  // namespace explain
