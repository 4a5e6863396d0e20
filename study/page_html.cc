// Puts a page together: the HTML, style and scripts of page/, and the data: deflated, as base64, in an element that the
// browser does not read. One file can be sent to somebody, and opened years later.
#include "study/page_html.h"

#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace study {
namespace {

constexpr std::string_view kTemplate =
#include "study/page_text.inc"
    ;

// Fast: a browser unpacks each level alike, and a page of a million events is waited for.
constexpr int kLevel = 1;
constexpr size_t kPiece = 2 << 20, kWindow = 32 << 10;

// A piece of a stream, by itself, but for what it repeats from the one before.
std::string DeflatedPiece(std::string_view bytes, size_t at) {
  z_stream z = {};
  if (deflateInit2(&z, kLevel, Z_DEFLATED, -MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  const auto byte = [&](size_t i) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data() + i)); };
  const size_t before = std::min(at, kWindow), size = std::min(bytes.size() - at, kPiece);
  if (before > 0) deflateSetDictionary(&z, byte(at - before), static_cast<uInt>(before));
  std::string packed(deflateBound(&z, size) + 16, '\0');
  z.next_in = byte(at);
  z.avail_in = static_cast<uInt>(size);
  z.next_out = reinterpret_cast<Bytef*>(packed.data());
  z.avail_out = static_cast<uInt>(packed.size());
  deflate(&z, at + size == bytes.size() ? Z_FINISH : Z_SYNC_FLUSH);
  packed.resize(packed.size() - z.avail_out);
  deflateEnd(&z);
  return packed;
}

// One zlib stream, made of pieces by as many threads as there are processors.
std::string Deflated(std::string_view bytes) {
  const size_t pieces = std::max<size_t>(1, (bytes.size() + kPiece - 1) / kPiece);
  std::vector<std::string> packed(pieces);
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i; (i = next++) < pieces;) packed[i] = DeflatedPiece(bytes, i * kPiece);
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < std::min<size_t>(std::thread::hardware_concurrency(), pieces); i++) others.emplace_back(work);
  work();
  for (std::thread& each : others) each.join();
  std::string all = "\x78\x5e";  // deflate, a window of 32 KiB, a low level
  for (const std::string& each : packed) all += each;
  const uLong sum = adler32_z(1, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  for (int shift : {24, 16, 8, 0}) all += static_cast<char>(sum >> shift);
  return all;
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
