// Errors: texts, identity, wrapping, codes, and what a Result does.
#include "errors/errors.h"

#include <cerrno>
#include <future>
#include <memory>
#include <sstream>
#include <utility>

#include "gtest/gtest.h"
#include "io/io.h"

namespace gort {
namespace {

TEST(Errors, NoError) {
  error none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(none.Error(), "<nil>");
  EXPECT_FALSE(none.code());
  EXPECT_TRUE(errors::Is(none, nullptr));
  EXPECT_FALSE(errors::Is(io::Eof, nullptr));
  EXPECT_FALSE(error(0));
  EXPECT_FALSE(error(std::error_code()));
}

TEST(Errors, ErrnosHaveGosTexts) {
  EXPECT_EQ(error(ECONNREFUSED).Error(), "connection refused");
  EXPECT_EQ(error(ENOENT).Error(), "no such file or directory");
  EXPECT_EQ(error(EMFILE).Error(), "too many open files");
  EXPECT_EQ(error(EADDRINUSE).Error(), "address already in use");
  EXPECT_EQ(error(ENOTCONN).Error(), "transport endpoint is not connected");
  EXPECT_EQ(error(EDOTDOT).Error(), "RFS specific error");
  EXPECT_EQ(error(9999).Error(), "errno 9999");
  EXPECT_TRUE(error(EAGAIN).Timeout());
  EXPECT_TRUE(error(EMFILE).Temporary());
  EXPECT_FALSE(error(EMFILE).Timeout());
  EXPECT_FALSE(error(EPIPE).Temporary());
}

TEST(Errors, CodesUnderneath) {
  EXPECT_EQ(error(ECONNREFUSED).code(), std::errc::connection_refused);
  EXPECT_EQ(error(std::errc::connection_refused), error(ECONNREFUSED));
  EXPECT_EQ(error(std::error_code(EPIPE, std::system_category())), error(EPIPE));
  EXPECT_EQ(errors::Wrap("send", error(EPIPE)).code(), std::errc::broken_pipe);
  EXPECT_EQ(io::Eof.code(), errors::Code::Eof);
  EXPECT_EQ(errors::New("x").code(), errors::Code::Other);
  EXPECT_EQ(std::error_code(errors::Code::DeadlineExceeded), std::errc::timed_out);
  EXPECT_EQ(std::error_code(errors::Code::Canceled), std::errc::operation_canceled);
  EXPECT_EQ(std::error_code(errors::Code::Closed).message(), "use of closed file");
  error future = std::make_error_code(std::future_errc::no_state);
  EXPECT_EQ(future.code(), std::future_errc::no_state);
}

TEST(Errors, IdentityAndWrapping) {
  error a = errors::New("boom"), b = errors::New("boom");
  EXPECT_NE(a, b) << "New makes another error each time";
  error copy = a;
  EXPECT_EQ(copy, a);
  error outer = errors::Wrap("outer", errors::Wrap("inner", a));
  EXPECT_EQ(outer.Error(), "outer: inner: boom");
  EXPECT_TRUE(errors::Is(outer, a));
  EXPECT_FALSE(errors::Is(outer, b));
  EXPECT_EQ(errors::Unwrap(errors::Unwrap(outer)), a);
  EXPECT_TRUE(errors::Is(errors::Wrap("read", io::Eof), io::Eof));
  EXPECT_TRUE(errors::Is(errors::Wrap("read", error(EPIPE)), error(EPIPE)));
  std::ostringstream out;
  out << outer;
  EXPECT_EQ(out.str(), "outer: inner: boom");
}

struct Coded : error::Value {
  static inline int alive = 0;
  int n;
  explicit Coded(int n) : n(n) { alive++; }
  ~Coded() override { alive--; }
  std::string Error() const override { return "coded " + std::to_string(n); }
  bool Timeout() const override { return true; }
};

TEST(Errors, TypesAreFoundAndFreed) {
  {
    error e = errors::Wrap("w", error(new Coded(7)));
    EXPECT_EQ(Coded::alive, 1);
    ASSERT_NE(errors::As<Coded>(e), nullptr);
    EXPECT_EQ(errors::As<Coded>(e)->n, 7);
    EXPECT_EQ(errors::As<Coded>(io::Eof), nullptr);
    EXPECT_TRUE(e.Timeout()) << "what was wrapped is asked";
    error moved = std::move(e);
    error other = moved;
    moved = io::Eof;
    EXPECT_EQ(Coded::alive, 1);
    other = other = errors::New("x");
    EXPECT_EQ(Coded::alive, 0);
  }
  for (int i = 0; i < 3; i++) error copy = io::Eof;
  EXPECT_EQ(io::Eof.Error(), "EOF") << "what has a name is never freed";
}

TEST(Errors, Result) {
  Result<int> good = 7;
  EXPECT_TRUE(good);
  EXPECT_EQ(*good, 7);
  EXPECT_EQ(good.value(), 7);
  EXPECT_FALSE(good.error());
  Result<int> bad = error(EPIPE);
  EXPECT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error(), error(EPIPE));
  EXPECT_EQ(bad.value_or(9), 9);
  EXPECT_THROW(bad.value(), Error);
  Result<int> some(3, io::Eof);
  EXPECT_FALSE(some);
  EXPECT_EQ(some.partial(), 3);
  auto [n, err] = Result<int>(5, io::Eof);
  EXPECT_EQ(n, 5);
  EXPECT_EQ(err, io::Eof);
  Result<std::unique_ptr<int>> owned = std::make_unique<int>(4);
  EXPECT_EQ(*std::move(owned).value(), 4);
}

}  // namespace
}  // namespace gort
