// Struct layouts from the DWARF of a Go executable, by elfutils' libdw.
#include "conformance/go_dwarf.h"

#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace conformance {

namespace {

class file {
 public:
  explicit file(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~file() {
    if (fd_ >= 0) close(fd_);
  }
  file(const file&) = delete;
  file& operator=(const file&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

struct dwarf_closer {
  void operator()(Dwarf* d) const { dwarf_end(d); }
};

// The platform named by an ELF header, or why it is none that Go 1.24's layouts are known for.
absl::StatusOr<std::string> read_platform(int fd) {
  Elf64_Ehdr header;
  ssize_t n = pread(fd, &header, sizeof header, 0);
  if (n < 0) return absl::InvalidArgumentError(strerror(errno));
  if (n < SELFMAG || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return absl::InvalidArgumentError("byte 0: not an ELF file");
  }
  if (n < static_cast<ssize_t>(sizeof header)) {
    return absl::InvalidArgumentError(absl::StrCat("byte ", n, ": the ELF header is cut off"));
  }
  if (header.e_machine == EM_X86_64) return "linux/amd64";
  if (header.e_machine == EM_AARCH64) return "linux/arm64";
  return absl::InvalidArgumentError(
      absl::StrCat("byte 18: ELF machine ", header.e_machine, " is neither amd64 nor arm64"));
}

absl::string_view name_of(Dwarf_Die* die) {
  const char* name = dwarf_diename(die);
  return name == nullptr ? absl::string_view() : name;
}

// What libdw says went wrong.
const char* libdw_reason() {
  int error = dwarf_errno();
  return error == 0 ? "a section cannot be unpacked" : dwarf_errmsg(error);
}

// Damaged DWARF may refer to itself. No real program nests types deeper than this.
constexpr int max_depth = 32;

// The type that die names by its DW_AT_type, seen through type names.
std::optional<Dwarf_Die> type_of(Dwarf_Die* die) {
  Dwarf_Die type = *die;
  for (int depth = 0; depth < max_depth; depth++) {
    Dwarf_Attribute attribute;
    if (dwarf_attr(&type, DW_AT_type, &attribute) == nullptr ||
        dwarf_formref_die(&attribute, &type) == nullptr) {
      return std::nullopt;
    }
    if (dwarf_tag(&type) != DW_TAG_typedef) return type;
  }
  return std::nullopt;
}

bool is_marker(absl::string_view type_name) {
  return type_name == "internal/runtime/atomic.noCopy" ||
         type_name == "internal/runtime/atomic.align64" ||
         type_name == "internal/runtime/sys.NotInHeap";
}

bool is_unnamed(absl::string_view struct_name) { return absl::StartsWith(struct_name, "struct {"); }

// Fields of die go to `to`, with `prefix` before their names and `base` added to offsets.
// False when the DWARF makes no sense.
bool read_fields(Dwarf_Die* die, const std::string& prefix, std::int64_t base, int depth,
                 go_struct& to) {
  if (depth == max_depth) return false;
  Dwarf_Die member;
  int rc = dwarf_child(die, &member);
  for (; rc == 0; rc = dwarf_siblingof(&member, &member)) {
    if (dwarf_tag(&member) != DW_TAG_member) continue;
    std::optional<Dwarf_Die> type = type_of(&member);
    if (!type) return false;
    bool nested = dwarf_tag(&*type) == DW_TAG_structure_type;
    if (nested && is_marker(name_of(&*type))) continue;

    Dwarf_Attribute attribute;
    Dwarf_Word offset, size;
    if (dwarf_formudata(dwarf_attr(&member, DW_AT_data_member_location, &attribute), &offset) != 0 ||
        dwarf_aggregate_size(&*type, &size) != 0) {
      return false;
    }
    go_field field{absl::StrCat(prefix, name_of(&member)), base + static_cast<std::int64_t>(offset),
                   static_cast<std::int64_t>(size)};
    to.fields.push_back(field);
    if (nested && is_unnamed(name_of(&*type)) &&
        !read_fields(&*type, field.path + ".", field.offset, depth + 1, to)) {
      return false;
    }
  }
  return rc > 0;
}

bool is_wanted(absl::string_view name) {
  return absl::StartsWith(name, "runtime.") || absl::StartsWith(name, "internal/");
}

// "Go cmd/compile go1.24.4; regabi" holds the version of the compiler.
std::string version_in(absl::string_view producer) {
  std::size_t at = producer.find(" go1");
  if (at == absl::string_view::npos) return "";
  producer.remove_prefix(at + 1);
  return std::string(producer.substr(0, producer.find_first_of("; ")));
}

// Takes the structs of one compilation unit.
absl::Status read_unit(Dwarf_Die* unit, go_layouts& to) {
  Dwarf_Attribute attribute;
  const char* producer = dwarf_formstring(dwarf_attr(unit, DW_AT_producer, &attribute));
  if (to.go_version.empty() && producer != nullptr) to.go_version = version_in(producer);

  Dwarf_Die die;
  int rc = dwarf_child(unit, &die);
  for (; rc == 0; rc = dwarf_siblingof(&die, &die)) {
    if (dwarf_tag(&die) != DW_TAG_structure_type || !is_wanted(name_of(&die))) continue;
    go_struct s;
    s.size = dwarf_bytesize(&die);
    if (s.size < 0 || !read_fields(&die, "", 0, 0, s)) {
      return absl::InvalidArgumentError(absl::StrCat(
          ".debug_info byte ", dwarf_dieoffset(&die), ": the struct described here is damaged"));
    }
    to.structs.emplace(std::string(name_of(&die)), std::move(s));
  }
  if (rc < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("its DWARF is damaged: .debug_info, in the unit at byte ",
                     dwarf_dieoffset(unit), ": ", libdw_reason()));
  }
  return absl::OkStatus();
}

absl::StatusOr<go_layouts> read(int fd) {
  absl::StatusOr<std::string> platform = read_platform(fd);
  if (!platform.ok()) return platform.status();

  std::unique_ptr<Dwarf, dwarf_closer> dwarf(dwarf_begin(fd, DWARF_C_READ));
  if (dwarf == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot read its DWARF: ", libdw_reason(),
                     " (stripped, or built with -ldflags=-w?)"));
  }

  go_layouts layouts;
  layouts.platform = *platform;
  bool any_go = false;
  Dwarf_CU* cu = nullptr;
  Dwarf_Die unit;
  int rc;
  while ((rc = dwarf_get_units(dwarf.get(), cu, &cu, nullptr, nullptr, &unit, nullptr)) == 0) {
    if (dwarf_srclang(&unit) != DW_LANG_Go) continue;
    any_go = true;
    if (absl::Status s = read_unit(&unit, layouts); !s.ok()) return s;
  }
  if (rc < 0) {
    return absl::InvalidArgumentError(absl::StrCat("its DWARF is damaged: ", libdw_reason()));
  }
  if (!any_go) return absl::InvalidArgumentError("its DWARF is not of a Go program");
  if (!layouts.structs.contains("runtime.g")) {
    return absl::InvalidArgumentError("its DWARF has no struct runtime.g");
  }
  return layouts;
}

}  // namespace

absl::StatusOr<go_layouts> read_go_layouts(const std::string& path) {
  file f(path);
  if (f.fd() < 0) return absl::NotFoundError(absl::StrCat(path, ": ", strerror(errno)));
  absl::StatusOr<go_layouts> layouts = read(f.fd());
  if (!layouts.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": ", layouts.status().message()));
  }
  return layouts;
}

}  // namespace conformance
