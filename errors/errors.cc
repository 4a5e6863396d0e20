// Errors as values.
#include "errors/errors.h"

#include <cerrno>
#include <cstring>
#include <ostream>

namespace gort {

namespace {

// libc's text for an errno as Go writes it: not translated, and with a small letter first, unless it is a name.
std::string errnoText(int err) {
  const char* text = strerrordesc_np(err);
  if (text == nullptr) return "errno " + std::to_string(err);
  std::string s = text;
  if (s.size() > 1 && s[0] >= 'A' && s[0] <= 'Z' && !(s[1] >= 'A' && s[1] <= 'Z')) s[0] += 'a' - 'A';
  return s;
}

class Text final : public error::Value {
 public:
  Text(std::string_view text, error err) : text_(text), err_(std::move(err)) {}
  std::string Error() const override { return err_ ? text_ + ": " + err_.Error() : text_; }
  error Unwrap() const override { return err_; }

 private:
  std::string text_;
  error err_;
};

class CodeValue final : public error::Value {
 public:
  explicit CodeValue(std::error_code code) : code_(code) {}
  std::string Error() const override { return code_.message(); }
  bool Timeout() const override { return code_ == std::errc::timed_out; }
  bool Temporary() const override { return Timeout(); }
  bool Is(const error& target) const override { return target.code() == code_; }
  std::error_code code() const override { return code_; }

 private:
  std::error_code code_;
};

class Category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "gort"; }
  std::string message(int c) const override {
    switch (static_cast<errors::Code>(c)) {
      case errors::Code::Other: return "error";
      case errors::Code::Eof: return "EOF";
      case errors::Code::UnexpectedEof: return "unexpected EOF";
      case errors::Code::ShortWrite: return "short write";
      case errors::Code::Closed: return "use of closed file";
      case errors::Code::DeadlineExceeded: return "i/o timeout";
      case errors::Code::Canceled: return "operation was canceled";
      case errors::Code::NotFound: return "not found";
    }
    return "error " + std::to_string(c);
  }
  std::error_condition default_error_condition(int c) const noexcept override {
    switch (static_cast<errors::Code>(c)) {
      case errors::Code::Closed: return std::errc::bad_file_descriptor;
      case errors::Code::DeadlineExceeded: return std::errc::timed_out;
      case errors::Code::Canceled: return std::errc::operation_canceled;
      default: return {c, *this};
    }
  }
};

}  // namespace

std::error_code error::Value::code() const {
  error inner = Unwrap();
  return inner ? inner.code() : make_error_code(errors::Code::Other);
}

error::error(std::error_code code) {
  if (!code) return;
  if (code.category() == std::system_category() || code.category() == std::generic_category()) {
    errno_ = code.value();
  } else {
    *this = error(new CodeValue(code));
  }
}

void error::release() const noexcept {
  if (v_->refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete v_;
}

std::string error::Error() const {
  if (v_ != nullptr) return v_->Error();
  return errno_ != 0 ? errnoText(errno_) : "<nil>";
}

std::error_code error::code() const {
  if (v_ != nullptr) return v_->code();
  return {errno_, std::system_category()};
}

// As syscall.Errno has them.
bool error::Timeout() const {
  if (v_ != nullptr) return v_->Timeout();
  return errno_ == EAGAIN || errno_ == EWOULDBLOCK || errno_ == ETIMEDOUT;
}

bool error::Temporary() const {
  if (v_ != nullptr) return v_->Temporary();
  return errno_ == EINTR || errno_ == EMFILE || errno_ == ENFILE || Timeout();
}

std::ostream& operator<<(std::ostream& out, const error& err) { return out << err.Error(); }

namespace errors {

error New(std::string_view text) { return error(new Text(text, {})); }

error Wrap(std::string_view text, error err) { return error(new Text(text, std::move(err))); }

bool Is(const error& err, const error& target) {
  if (!err || !target) return !err && !target;
  for (error e = err; e; e = e.Unwrap()) {
    if (e == target || (e.value() != nullptr && e.value()->Is(target))) return true;
  }
  return false;
}

const std::error_category& category() {
  static const Category instance;
  return instance;
}

}  // namespace errors

}  // namespace gort
