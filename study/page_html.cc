// Puts a page together: the HTML, style and scripts of page/, and the data: deflated, as base64, in an element that the
// browser does not read. One file can be sent to somebody, and opened years later.
#include "study/page_html.h"

#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace study {
namespace {

constexpr std::string_view kTemplate =
#include "study/page_text.inc"
    ;

std::string Deflated(std::string_view bytes) {
  // Fast: a browser unpacks each level alike, and a page of a million events is waited for.
  constexpr int kLevel = 3;
  uLongf size = compressBound(bytes.size());
  std::string packed(size, '\0');
  compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
            bytes.size(), kLevel);
  packed.resize(size);
  return packed;
}

std::string Escaped(std::string_view text) {
  std::string s;
  for (char c : text) {
    switch (c) {
      case '&': s += "&amp;"; break;
      case '<': s += "&lt;"; break;
      case '>': s += "&gt;"; break;
      default: s += c;
    }
  }
  return s;
}

std::string Html(std::string_view title, Page& page) {
  const std::string data = absl::Base64Escape(Deflated(page.Bytes()));
  std::string html;
  html.reserve(kTemplate.size() + data.size() + title.size() + 64);
  std::string_view rest = kTemplate;
  for (std::string_view mark : {"@TITLE@", "@DATA@"}) {
    const size_t at = rest.find(mark);
    html += rest.substr(0, at);
    if (mark == "@TITLE@") {
      html += Escaped(title);
    } else {
      html += data;
    }
    rest.remove_prefix(at + mark.size());
  }
  html += rest;
  return html;
}

}  // namespace

std::string WriteHtml(const std::string& path, std::string_view title, Page& page) {
  const std::string html = Html(title, page);
  FILE* file = path == "-" ? stdout : std::fopen(path.c_str(), "wb");
  int error = file == nullptr ? errno : 0;
  if (file != nullptr) {
    if (std::fwrite(html.data(), 1, html.size(), file) != html.size() || std::fflush(file) != 0) error = errno;
    if (file != stdout && std::fclose(file) != 0 && error == 0) error = errno;
  }
  if (error == 0) return "";
  return absl::StrCat(path == "-" ? "standard output" : path, ": ", std::strerror(error));
}

}  // namespace study
