// Durations and moments: the part of Go's package time that Sleep, Timer and Ticker speak of. Dates, time zones and
// formats are left to std::chrono and its users.
//
// A Duration is std::chrono::nanoseconds, so 10ms, std::chrono::minutes(5) and 2 * time::Second are all good arguments.
// Functions that take one also take every other std::chrono duration, of floating point too (0.5s), and what is too
// long for 292 years of nanoseconds counts as just that.
//
// A Time is a moment read from two clocks at once, as in Go: the wall clock, which can be set, for people and files;
// and the monotonic clock, which cannot, for differences and comparisons. It converts to the time points of
// std::chrono::system_clock and steady_clock.
//
// In a bubble of synctest (api/synctest.h) both clocks are the bubble's.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace gort::time {

using Duration = std::chrono::nanoseconds;

inline constexpr Duration Nanosecond{1};
inline constexpr Duration Microsecond = 1000 * Nanosecond;
inline constexpr Duration Millisecond = 1000 * Microsecond;
inline constexpr Duration Second = 1000 * Millisecond;
inline constexpr Duration Minute = 60 * Second;
inline constexpr Duration Hour = 60 * Minute;

namespace internal {

// d in nanoseconds, the nearest that there are; parts of a nanosecond are cut off, not-a-number is 0.
template <class Rep, class Period>
constexpr Duration toDuration(std::chrono::duration<Rep, Period> d) {
  constexpr std::int64_t max = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t min = std::numeric_limits<std::int64_t>::min();
  if constexpr (std::is_integral_v<Rep> && sizeof(Rep) <= 8) {
    using Ratio = std::ratio_divide<Period, std::nano>;
    __int128 ns = static_cast<__int128>(d.count()) * Ratio::num / Ratio::den;
    return Duration(ns > max ? max : ns < min ? min : static_cast<std::int64_t>(ns));
  } else {
    long double ns = std::chrono::duration<long double, std::nano>(d).count();
    if (ns != ns) return Duration(0);
    return Duration(ns >= 0x1p63L ? max : ns <= -0x1p63L ? min : static_cast<std::int64_t>(ns));
  }
}

}  // namespace internal

// A moment. The default one is the epoch of both clocks, and before all others. A value: any thread may do anything
// with its own, and nothing here throws. time.Time.
class Time {
 public:
  using WallClock = std::chrono::system_clock;
  using SteadyClock = std::chrono::steady_clock;

  constexpr Time() = default;
  // wall is since 1970 UTC, mono since the monotonic clock's start.
  constexpr Time(Duration wall, Duration mono) : wall_(wall.count()), mono_(mono.count()) {}

  // What the wall clock showed.
  WallClock::time_point Wall() const {
    return WallClock::time_point(std::chrono::duration_cast<WallClock::duration>(Duration(wall_)));
  }
  // What the monotonic clock showed. On Linux std::chrono::steady_clock is the same clock, so it compares with its
  // time points; not so in a bubble of synctest.
  SteadyClock::time_point Steady() const {
    return SteadyClock::time_point(std::chrono::duration_cast<SteadyClock::duration>(Duration(mono_)));
  }
  operator WallClock::time_point() const { return Wall(); }
  explicit operator SteadyClock::time_point() const { return Steady(); }
  // The wall clock in nanoseconds since 1970 UTC.
  constexpr std::int64_t UnixNano() const { return wall_; }

  // Differences and order are the monotonic clock's. A moment or a difference that does not fit is the nearest that
  // does.
  friend constexpr Duration operator-(Time a, Time b) { return Duration(sub(a.mono_, b.mono_)); }
  friend constexpr Time operator+(Time t, Duration d) {
    t.wall_ = add(t.wall_, d.count());
    t.mono_ = add(t.mono_, d.count());
    return t;
  }
  friend constexpr Time operator+(Duration d, Time t) { return t + d; }
  friend constexpr Time operator-(Time t, Duration d) {
    t.wall_ = sub(t.wall_, d.count());
    t.mono_ = sub(t.mono_, d.count());
    return t;
  }
  constexpr Time& operator+=(Duration d) { return *this = *this + d; }
  constexpr Time& operator-=(Duration d) { return *this = *this - d; }
  friend constexpr bool operator==(Time a, Time b) { return a.mono_ == b.mono_; }
  friend constexpr std::strong_ordering operator<=>(Time a, Time b) { return a.mono_ <=> b.mono_; }

 private:
  static constexpr std::int64_t add(std::int64_t a, std::int64_t b) {
    std::int64_t r = 0;
    return __builtin_add_overflow(a, b, &r) ? limit(b > 0) : r;
  }
  static constexpr std::int64_t sub(std::int64_t a, std::int64_t b) {
    std::int64_t r = 0;
    return __builtin_sub_overflow(a, b, &r) ? limit(b < 0) : r;
  }
  static constexpr std::int64_t limit(bool up) {
    return up ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
  }

  std::int64_t wall_ = 0;
  std::int64_t mono_ = 0;
};

// The moment of the call. Any thread. time.Now.
Time Now();
// How long t is ago, and how long it is until t. Any thread. time.Since, time.Until.
Duration Since(Time t);
Duration Until(Time t);

}  // namespace gort::time
