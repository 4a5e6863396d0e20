// Errors as values: Go's error, its package errors, and Result, which is a value or an error.
//
//   gort::Result<std::size_t> n = conn.Read(buf);
//   if (!n) return n.error();                                   // if err != nil { return err }
//   if (errors::Is(n.error(), net::ErrClosed)) ...
//   if (auto* op = errors::As<net::OpError>(n.error())) use(op->Op, op->Net);
//   if (n.error().code() == std::errc::connection_refused) ...  // underneath lies a std::error_code
//   std::puts(n.error().Error().c_str());                       // read tcp 127.0.0.1:1->127.0.0.1:2: i/o timeout
//
// An error is a handle: a copy means the same error, and a default one is no error (Go's nil). It is true if there is
// an error. An errno of the system costs no memory; what says more, in which call, with whom, is allocated once and
// counted. Functions that have nothing to return but an error return one of these.
//
// A mistake of the programmer (a negative count, a closed channel) is an exception as everywhere in gort, never one of
// these (api/panic.h).
//
// Any thread may do anything with its own handles. Nothing here throws but std::bad_alloc, and value() of a Result that
// has none.
#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include "runtime/error.h"

namespace gort {

class [[nodiscard]] error {
 public:
  // What an error with a text of its own derives from. Immutable once it is made.
  class Value {
   public:
    constexpr Value() = default;
    Value(const Value&) = delete;
    Value& operator=(const Value&) = delete;
    virtual constexpr ~Value() = default;

    // The text, in Go's words. error.Error.
    virtual std::string Error() const = 0;
    // What it was made of, or no error. errors.Unwrap.
    virtual error Unwrap() const { return {}; }
    // Whether it stands for target, too, beside itself. For errors::Is.
    virtual bool Is(const error&) const { return false; }
    // Whether a deadline was over; whether another attempt may do. net.Error. What was wrapped is asked if there is
    // any.
    virtual bool Timeout() const { return Unwrap().Timeout(); }
    virtual bool Temporary() const { return Unwrap().Temporary(); }
    // The code underneath. Of what was wrapped, else errors::category()'s Other.
    virtual std::error_code code() const;

   private:
    friend class error;
    mutable std::atomic<int> refs_{0};
  };

  constexpr error() = default;
  constexpr error(std::nullptr_t) {}
  // An errno; 0 is no error. syscall.Errno.
  constexpr explicit error(int err) : errno_(err) {}
  error(std::errc err) : errno_(static_cast<int>(err)) {}
  // A code of any category; the generic and the system's are an errno.
  error(std::error_code code);
  // Takes over a new object, made by new.
  explicit error(const Value* v) noexcept : v_(v) { retain(); }

  constexpr error(const error& o) noexcept : v_(o.v_), errno_(o.errno_), immortal_(o.immortal_) { retain(); }
  constexpr error(error&& o) noexcept
      : v_(std::exchange(o.v_, nullptr)), errno_(std::exchange(o.errno_, 0)), immortal_(o.immortal_) {}
  error& operator=(const error& o) noexcept {
    error(o).swap(*this);
    return *this;
  }
  error& operator=(error&& o) noexcept {
    error(std::move(o)).swap(*this);
    return *this;
  }
  constexpr ~error() {
    if (v_ != nullptr && !immortal_) release();
  }

  // Whether there is one: err != nil.
  constexpr explicit operator bool() const { return v_ != nullptr || errno_ != 0; }
  // The same error, not only an equal text.
  friend bool operator==(const error& a, const error& b) { return a.v_ == b.v_ && a.errno_ == b.errno_; }
  friend bool operator==(const error& a, std::nullptr_t) { return !a; }

  // Its text; "<nil>" if there is none.
  std::string Error() const;
  std::error_code code() const;
  bool Timeout() const;
  bool Temporary() const;
  error Unwrap() const { return v_ != nullptr ? v_->Unwrap() : error(); }
  // The errno, if it is one and nothing more; else 0.
  constexpr int Errno() const { return errno_; }
  const Value* value() const { return v_; }

  // One that is never destroyed: for errors that have a name. v lives for ever.
  static constexpr error Named(const Value* v) {
    error e;
    e.v_ = v;
    e.immortal_ = true;
    return e;
  }

 private:
  void swap(error& o) noexcept {
    std::swap(v_, o.v_);
    std::swap(errno_, o.errno_);
    std::swap(immortal_, o.immortal_);
  }
  constexpr void retain() const noexcept {
    if (v_ != nullptr && !immortal_) v_->refs_.fetch_add(1, std::memory_order_relaxed);
  }
  void release() const noexcept;

  const Value* v_ = nullptr;
  int errno_ = 0;
  bool immortal_ = false;  // v_ is not counted by this handle
};

std::ostream& operator<<(std::ostream& out, const error& err);

// A value, or the error that kept it from being: std::expected<T, error> in shape. T has a default value. An error may
// come along with what had been done before it: partial().
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = gort::error;

  Result(T v) : value_(std::move(v)) {}
  // err is an error.
  Result(gort::error err) : error_(std::move(err)) {}
  Result(T partial, gort::error err) : value_(std::move(partial)), error_(std::move(err)) {}

  bool has_value() const { return !error_; }
  explicit operator bool() const { return !error_; }
  // The value. Throws gort::Error with the error's text if there is none: a panic.
  T& value() & {
    check();
    return value_;
  }
  const T& value() const& {
    check();
    return value_;
  }
  T&& value() && {
    check();
    return std::move(value_);
  }
  // Without looking: only if has_value().
  T& operator*() & { return value_; }
  const T& operator*() const& { return value_; }
  T&& operator*() && { return std::move(value_); }
  T* operator->() { return &value_; }
  const T* operator->() const { return &value_; }
  template <class U>
  T value_or(U&& other) const& {
    return has_value() ? value_ : static_cast<T>(std::forward<U>(other));
  }
  template <class U>
  T value_or(U&& other) && {
    return has_value() ? std::move(value_) : static_cast<T>(std::forward<U>(other));
  }
  // The error; no error if there is a value.
  const gort::error& error() const { return error_; }
  // The value, or what there was of it before the error: the bytes that were written, say. T() if nothing.
  const T& partial() const { return value_; }

  // Go's two results: `auto [n, err] = conn.Read(buf);`
  template <std::size_t I>
  auto get() && {
    if constexpr (I == 0) return std::move(value_);
    else return std::move(error_);
  }

 private:
  void check() const {
    if (error_) throw gort::Error(error_.Error());
  }

  T value_{};
  gort::error error_;
};

namespace errors {

// An error with that text, unlike every other. errors.New.
error New(std::string_view text);
// "text: err", which wraps err. fmt.Errorf("text: %w", err).
error Wrap(std::string_view text, error err);
// What err wraps. errors.Unwrap.
inline error Unwrap(const error& err) { return err.Unwrap(); }
// Whether err, or what it wraps, is target or stands for it. errors.Is.
bool Is(const error& err, const error& target);
// The first of err and what it wraps that is a T, as long as err lives; nullptr: none. errors.As.
template <class T>
const T* As(const error& err) {
  for (error e = err; e; e = e.Unwrap()) {
    if (auto* v = dynamic_cast<const T*>(e.value())) return v;
  }
  return nullptr;
}

// The codes of errors that are no errno.
enum class Code {
  Other = 1,
  Eof,
  UnexpectedEof,
  ShortWrite,
  Closed,            // equal to std::errc::bad_file_descriptor
  DeadlineExceeded,  // equal to std::errc::timed_out
  Canceled,          // equal to std::errc::operation_canceled
  NotFound,
};
const std::error_category& category();
inline std::error_code make_error_code(Code c) { return {static_cast<int>(c), category()}; }

// An error that has a name, as io::Eof: one constant-initialised object, and an error::Named of it.
class Sentinel final : public error::Value {
 public:
  constexpr Sentinel(const char* text, Code code, bool timeout = false, bool temporary = false,
                     const error* also = nullptr)
      : text_(text), code_(code), timeout_(timeout), temporary_(temporary), also_(also) {}
  std::string Error() const override { return text_; }
  bool Is(const error& target) const override { return also_ != nullptr && target == *also_; }
  bool Timeout() const override { return timeout_; }
  bool Temporary() const override { return temporary_; }
  std::error_code code() const override { return make_error_code(code_); }

 private:
  const char* text_;
  Code code_;
  bool timeout_, temporary_;
  const error* also_;  // what it stands for, too
};

}  // namespace errors

}  // namespace gort

template <class T>
struct std::tuple_size<gort::Result<T>> : std::integral_constant<std::size_t, 2> {};
template <class T>
struct std::tuple_element<0, gort::Result<T>> {
  using type = T;
};
template <class T>
struct std::tuple_element<1, gort::Result<T>> {
  using type = gort::error;
};
template <>
struct std::is_error_code_enum<gort::errors::Code> : std::true_type {};
