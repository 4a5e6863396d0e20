// An HTTP/1.1 server for the files of a folder: connections that stay, requests in a row, HEAD, sendfile.
//
//   httpd 127.0.0.1:8080 FOLDER
//   curl http://127.0.0.1:8080/
//
// A goroutine serves one connection from its first request to its last, in plain order. What HTTP is, llhttp knows, the
// parser of Node.js: it is fed with what was read and stops at the end of each request. A client has ten seconds for a
// request and a minute to read an answer; it is the socket's deadline that says so, and there is no other timer.
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "examples/listen.h"
#include "llhttp.h"
#include "os/file.h"

using gort::net::Conn;

namespace {

struct Request {
  std::string method, target;
  bool keepAlive = false;
  bool complete = false;
};

// One request after the other out of a connection.
class Parser {
 public:
  Parser() {
    llhttp_settings_init(&settings_);
    settings_.on_method = [](llhttp_t* p, const char* s, size_t n) { return of(p).method.append(s, n), 0; };
    settings_.on_url = [](llhttp_t* p, const char* s, size_t n) {
      return of(p).target.append(s, n).size() > 4096 ? static_cast<int>(HPE_USER) : 0;
    };
    settings_.on_message_complete = [](llhttp_t* p) {
      of(p).keepAlive = llhttp_should_keep_alive(p) != 0;
      of(p).complete = true;
      return static_cast<int>(HPE_PAUSED);  // the next one is for the next call
    };
    llhttp_init(&parser_, HTTP_REQUEST, &settings_);
  }

  // The next one; false: the connection is over, or what came is no request (bad).
  bool next(const Conn& c, Request& request, bool& bad) {
    request = {};
    parser_.data = &request;
    llhttp_resume(&parser_);
    while (!request.complete) {
      if (have_.empty()) {
        auto n = c.Read(buf_);
        if (!n) return false;
        have_ = gort::io::Text(std::span(buf_).first(*n));
      }
      llhttp_errno_t err = llhttp_execute(&parser_, have_.data(), have_.size());
      if (err == HPE_OK) {
        have_ = {};
      } else if (err == HPE_PAUSED) {
        have_.remove_prefix(static_cast<size_t>(llhttp_get_error_pos(&parser_) - have_.data()));
      } else {
        bad = true;
        return false;
      }
    }
    return true;
  }

 private:
  static Request& of(llhttp_t* p) { return *static_cast<Request*>(p->data); }

  llhttp_settings_t settings_;
  llhttp_t parser_;
  std::array<std::byte, 8192> buf_;
  std::string_view have_;  // what was read and not parsed yet
};

// The file that a target means, or "" if it is none of the folder's. %-escapes are decoded.
std::string fileOf(const std::string& root, std::string_view target) {
  std::string path;
  target = target.substr(0, target.find('?'));
  if (!target.starts_with('/')) return "";
  for (size_t i = 0; i < target.size(); i++) {
    char c = target[i];
    if (c == '%') {
      unsigned code;
      std::string digits(target.substr(i + 1, 2));
      if (digits.size() < 2 || std::sscanf(digits.c_str(), "%2x", &code) != 1) return "";
      c = static_cast<char>(code);
      i += 2;
    }
    if (c == '\0') return "";
    path += c;
  }
  std::string clean = std::filesystem::path(path).lexically_normal().string();
  if (clean.ends_with('/')) clean += "index.html";
  return root + clean;
}

std::string_view typeOf(std::string_view path) {
  constexpr std::pair<std::string_view, std::string_view> types[] = {
      {".html", "text/html; charset=utf-8"}, {".css", "text/css"}, {".js", "text/javascript"},
      {".txt", "text/plain; charset=utf-8"}, {".png", "image/png"}, {".svg", "image/svg+xml"}};
  for (auto [ending, type] : types) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

bool answer(const Conn& c, const Request& r, std::string_view status, std::string_view type, int64_t length,
            std::string_view body = {}) {
  std::string head = "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: " + std::string(type) +
                     "\r\nContent-Length: " + std::to_string(length) +
                     (r.keepAlive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
  if (r.method != "HEAD") head += body;
  return bool(c.Write(head));
}

bool fail(const Conn& c, const Request& r, std::string_view status) {
  return answer(c, r, status, "text/plain", static_cast<int64_t>(status.size()) + 1, std::string(status) + "\n");
}

// Whether the connection is still good.
bool serveOne(const Conn& c, const std::string& root, const Request& r) {
  if (r.method != "GET" && r.method != "HEAD") return fail(c, r, "405 Method Not Allowed");
  std::string path = fileOf(root, r.target);
  if (path.empty()) return fail(c, r, "400 Bad Request");
  auto file = gort::os::Open(path);
  auto info = file ? file->Stat() : gort::Result<struct stat>(file.error());
  if (!info || !S_ISREG(info->st_mode)) return fail(c, r, "404 Not Found");
  if (!answer(c, r, "200 OK", typeOf(path), info->st_size)) return false;
  return r.method == "HEAD" || info->st_size == 0 || gort::io::CopyN(c, *file, info->st_size);
}

void serve(const Conn& c, const std::string& root) {
  Parser parser;
  Request r;
  bool bad = false;
  do {
    (void)c.SetReadDeadline(gort::time::Now() + 10 * gort::time::Second);
    if (!parser.next(c, r, bad)) {
      r.keepAlive = false;
      if (bad) fail(c, r, "400 Bad Request");
      return;
    }
    (void)c.SetWriteDeadline(gort::time::Now() + gort::time::Minute);
  } while (serveOne(c, root, r) && r.keepAlive);
}

}  // namespace

int gort_main(int argc, char** argv) {
  std::string root = argc > 2 ? argv[2] : ".";
  serveEach(listenFrom(argc, argv), [root](Conn& c) { serve(c, root); });
  return 0;
}
