// The names of Go's own packages, of which no program can be told.
#include "trace/go_packages.h"

#include <algorithm>
#include <iterator>

namespace gotrace {
namespace {

// Sorted.
constexpr std::string_view kPackages[] = {"archive/tar",
                                          "archive/zip",
                                          "arena",
                                          "bufio",
                                          "builtin",
                                          "bytes",
                                          "cmp",
                                          "compress/bzip2",
                                          "compress/flate",
                                          "compress/gzip",
                                          "compress/lzw",
                                          "compress/zlib",
                                          "container/heap",
                                          "container/list",
                                          "container/ring",
                                          "context",
                                          "crypto",
                                          "crypto/aes",
                                          "crypto/boring",
                                          "crypto/cipher",
                                          "crypto/des",
                                          "crypto/dsa",
                                          "crypto/ecdh",
                                          "crypto/ecdsa",
                                          "crypto/ed25519",
                                          "crypto/elliptic",
                                          "crypto/fips140",
                                          "crypto/hkdf",
                                          "crypto/hmac",
                                          "crypto/hpke",
                                          "crypto/md5",
                                          "crypto/mldsa",
                                          "crypto/mlkem",
                                          "crypto/mlkem/mlkemtest",
                                          "crypto/pbkdf2",
                                          "crypto/rand",
                                          "crypto/rc4",
                                          "crypto/rsa",
                                          "crypto/sha1",
                                          "crypto/sha256",
                                          "crypto/sha3",
                                          "crypto/sha512",
                                          "crypto/subtle",
                                          "crypto/tls",
                                          "crypto/tls/fipsonly",
                                          "crypto/x509",
                                          "crypto/x509/pkix",
                                          "database/sql",
                                          "database/sql/driver",
                                          "debug/buildinfo",
                                          "debug/dwarf",
                                          "debug/elf",
                                          "debug/gosym",
                                          "debug/macho",
                                          "debug/pe",
                                          "debug/plan9obj",
                                          "embed",
                                          "encoding",
                                          "encoding/ascii85",
                                          "encoding/asn1",
                                          "encoding/base32",
                                          "encoding/base64",
                                          "encoding/binary",
                                          "encoding/csv",
                                          "encoding/gob",
                                          "encoding/hex",
                                          "encoding/json",
                                          "encoding/json/jsontext",
                                          "encoding/json/v2",
                                          "encoding/pem",
                                          "encoding/xml",
                                          "errors",
                                          "expvar",
                                          "flag",
                                          "fmt",
                                          "go/ast",
                                          "go/build",
                                          "go/build/constraint",
                                          "go/constant",
                                          "go/doc",
                                          "go/doc/comment",
                                          "go/format",
                                          "go/importer",
                                          "go/parser",
                                          "go/printer",
                                          "go/scanner",
                                          "go/token",
                                          "go/types",
                                          "go/version",
                                          "hash",
                                          "hash/adler32",
                                          "hash/crc32",
                                          "hash/crc64",
                                          "hash/fnv",
                                          "hash/maphash",
                                          "html",
                                          "html/template",
                                          "image",
                                          "image/color",
                                          "image/color/palette",
                                          "image/draw",
                                          "image/gif",
                                          "image/jpeg",
                                          "image/png",
                                          "index/suffixarray",
                                          "io",
                                          "io/fs",
                                          "io/ioutil",
                                          "iter",
                                          "log",
                                          "log/slog",
                                          "log/syslog",
                                          "maps",
                                          "math",
                                          "math/big",
                                          "math/bits",
                                          "math/cmplx",
                                          "math/rand",
                                          "math/rand/v2",
                                          "mime",
                                          "mime/multipart",
                                          "mime/quotedprintable",
                                          "net",
                                          "net/http",
                                          "net/http/cgi",
                                          "net/http/cookiejar",
                                          "net/http/fcgi",
                                          "net/http/httptest",
                                          "net/http/httptrace",
                                          "net/http/httputil",
                                          "net/http/pprof",
                                          "net/mail",
                                          "net/netip",
                                          "net/rpc",
                                          "net/rpc/jsonrpc",
                                          "net/smtp",
                                          "net/textproto",
                                          "net/url",
                                          "os",
                                          "os/exec",
                                          "os/signal",
                                          "os/user",
                                          "path",
                                          "path/filepath",
                                          "plugin",
                                          "reflect",
                                          "regexp",
                                          "regexp/syntax",
                                          "runtime",
                                          "simd",
                                          "simd/archsimd",
                                          "slices",
                                          "sort",
                                          "strconv",
                                          "strings",
                                          "structs",
                                          "sync",
                                          "sync/atomic",
                                          "syscall",
                                          "syscall/js",
                                          "testing",
                                          "testing/cryptotest",
                                          "testing/fstest",
                                          "testing/iotest",
                                          "testing/quick",
                                          "testing/slogtest",
                                          "testing/synctest",
                                          "text/scanner",
                                          "text/tabwriter",
                                          "text/template",
                                          "text/template/parse",
                                          "time",
                                          "time/tzdata",
                                          "unicode",
                                          "unicode/utf16",
                                          "unicode/utf8",
                                          "unique",
                                          "unsafe",
                                          "uuid",
                                          "weak"};
static_assert(std::is_sorted(std::begin(kPackages), std::end(kPackages)));

constexpr std::string_view kWords[] = {
    // Why a goroutine stops, or blocks.
    "unspecified", "runtime.Gosched", "preempted", "forever", "network", "select", "sync.(*Cond).Wait", "sync",
    "chan send", "chan receive", "GC mark assist wait for work", "GC background sweeper wait", "system goroutine wait",
    "wait for debug call", "wait until GC ends", "sleep", "GC weak to strong wait", "synctest",
    // What a goroutine that marks is.
    "Not worker", "GC (dedicated)", "GC (fractional)", "GC (idle)",
    // Why the world stops.
    "unknown", "GC mark termination", "GC sweep termination", "write heap dump", "goroutine profile",
    "goroutine profile cleanup", "all goroutines stack trace", "read mem stats", "AllThreadsSyscall", "GOMAXPROCS",
    "start trace", "stop trace", "CountPagesInUse (test)", "ReadMetricsSlow (test)", "ReadMemStatsSlow (test)",
    "PageCachePagesLeaked (test)", "ResetDebugLog (test)"};

}  // namespace

bool IsWordOfGo(std::string_view text) {
  return std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords);
}

bool IsStandardPackage(std::string_view path) {
  // Tests may be of a package beside the one that they test.
  if (path.ends_with("_test")) path.remove_suffix(5);
  if (std::binary_search(std::begin(kPackages), std::end(kPackages), path)) return true;
  // Nobody else can have packages of these names.
  for (const std::string_view own : {"internal/", "runtime/", "vendor/"}) {
    if (path.starts_with(own)) return true;
  }
  const std::string_view before = path.substr(0, path.find("/internal/"));
  return before.size() < path.size() && (before == "go" || before == "log" || IsStandardPackage(before));
}

std::string_view PackageOf(std::string_view function) {
  // Types that a generic function was made for have paths of their own.
  function = function.substr(0, function.find('['));
  const size_t slash = function.find_last_of('/');
  const size_t dot = function.find('.', slash == std::string_view::npos ? 0 : slash);
  return function.substr(0, dot);
}

std::string_view StandardFile(std::string_view path) {
  const size_t name = path.find_last_of('/');
  if (name == std::string_view::npos) return {};
  const auto is_standard = [&](std::string_view rest) {
    return IsStandardPackage(rest.substr(0, rest.find_last_of('/')));
  };
  // Programs that were built with -trimpath have nothing before it.
  if (is_standard(path)) return path;
  constexpr std::string_view kSource = "/src/";
  for (size_t at = path.rfind(kSource, name); at != std::string_view::npos; at = path.rfind(kSource, at - 1)) {
    const std::string_view rest = path.substr(at + kSource.size());
    if (rest.find('/') != std::string_view::npos && is_standard(rest)) return rest;
    if (at == 0) break;
  }
  return {};
}

}  // namespace gotrace
