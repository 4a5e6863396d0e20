// Program counters to lines, with inlined functions: elfutils read the debug information, each compilation unit once.
#include "study/where.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>

#include <algorithm>
#include <set>

namespace study {
namespace {

constexpr uintptr_t kFrameBytes = 32 << 10;  // no frame of ours is larger

uintptr_t LoadedAt() {
  uintptr_t base = 0;
  // The program itself comes first.
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* to) {
        *static_cast<uintptr_t*>(to) = info->dlpi_addr;
        return 1;
      },
      &base);
  return base;
}

// Whose line is it? A file of the port answers; the player of the captured program ends the search.
enum class Owner { kPort, kPlayer, kOther };

Owner OwnerOf(const Spot& spot) {
  if (spot.file.ends_with("worlds/lockstep/inputs.cc")) return Owner::kPlayer;
  const size_t at = spot.file.rfind("runtime/");
  const bool port = at != std::string::npos && (at == 0 || spot.file[at - 1] == '/') &&
                    spot.file.find("internal/", at) == std::string::npos;
  return port && spot.line > 0 ? Owner::kPort : Owner::kOther;
}

}  // namespace

struct Where::Debug {
  // A function's code, or that of one that was put into it.
  struct Range {
    uintptr_t lo, hi;
    int depth;
    std::string function;
    std::string call_file;  // where it was called, if it was put into another
    int call_line, call_column;
  };

  int fd = -1;
  Dwarf* dwarf = nullptr;
  uintptr_t base = 0;
  std::set<Dwarf_Off> known;  // units
  std::vector<Range> ranges;

  void Scan(Dwarf_Die* die, Dwarf_Files* files, int depth) {
    Dwarf_Die child;
    if (dwarf_child(die, &child) != 0) return;
    do {
      const int tag = dwarf_tag(&child);
      const bool inlined = tag == DW_TAG_inlined_subroutine;
      if (inlined || tag == DW_TAG_subprogram) {
        Range range{0, 0, depth, "", "", 0, 0};
        Dwarf_Attribute attribute;
        Dwarf_Word v;
        if (inlined && dwarf_formudata(dwarf_attr(&child, DW_AT_call_line, &attribute), &v) == 0) {
          range.call_line = static_cast<int>(v);
        }
        if (inlined && dwarf_formudata(dwarf_attr(&child, DW_AT_call_column, &attribute), &v) == 0) {
          range.call_column = static_cast<int>(v);
        }
        if (inlined && dwarf_formudata(dwarf_attr(&child, DW_AT_call_file, &attribute), &v) == 0) {
          if (const char* name = dwarf_filesrc(files, v, nullptr, nullptr)) range.call_file = name;
        }
        Dwarf_Addr base_address, lo, hi;
        ptrdiff_t at = 0;
        while ((at = dwarf_ranges(&child, at, &base_address, &lo, &hi)) > 0) {
          if (range.function.empty()) {
            const char* name = dwarf_diename(&child);
            range.function = name == nullptr ? "?" : name;
          }
          range.lo = lo;
          range.hi = hi;
          ranges.push_back(range);
        }
      }
      if (inlined || tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block || tag == DW_TAG_namespace ||
          tag == DW_TAG_structure_type) {
        Scan(&child, files, depth + 1);
      }
    } while (dwarf_siblingof(&child, &child) == 0);
  }
};

Where::Where() : debug_(std::make_unique<Debug>()) {
  debug_->fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (debug_->fd >= 0) debug_->dwarf = dwarf_begin(debug_->fd, DWARF_C_READ);
  debug_->base = LoadedAt();
}

Where::~Where() {
  if (debug_->dwarf != nullptr) dwarf_end(debug_->dwarf);
  if (debug_->fd >= 0) close(debug_->fd);
}

const std::vector<Spot>& Where::At(uintptr_t pc) {
  auto [it, fresh] = spots_.try_emplace(pc);
  std::vector<Spot>& spots = it->second;
  if (!fresh || debug_->dwarf == nullptr) return spots;
  const Dwarf_Addr address = pc - debug_->base;
  Dwarf_Die unit;
  if (dwarf_addrdie(debug_->dwarf, address, &unit) == nullptr) return spots;
  if (debug_->known.insert(dwarf_dieoffset(&unit)).second) {
    Dwarf_Files* files = nullptr;
    size_t n = 0;
    if (dwarf_getsrcfiles(&unit, &files, &n) == 0) debug_->Scan(&unit, files, 0);
  }
  std::vector<const Debug::Range*> inside;
  for (const Debug::Range& r : debug_->ranges) {
    if (r.lo <= address && address < r.hi) inside.push_back(&r);
  }
  std::sort(inside.begin(), inside.end(), [](const auto* a, const auto* b) { return a->depth > b->depth; });
  Spot spot;
  if (Dwarf_Line* line = dwarf_getsrc_die(&unit, address); line != nullptr) {
    if (const char* file = dwarf_linesrc(line, nullptr, nullptr)) spot.file = file;
    dwarf_lineno(line, &spot.line);
    dwarf_linecol(line, &spot.column);
  }
  for (const Debug::Range* r : inside) {
    spot.function = r->function;
    spots.push_back(spot);
    spot.file = r->call_file;
    spot.line = r->call_line;
    spot.column = r->call_column;
  }
  return spots;
}

const std::vector<const Spot*>& Where::Of(const uintptr_t* pcs, int n) {
  found_.clear();
  for (int i = 0; i < n; i++) {
    for (const Spot& spot : At(pcs[i] - 1)) {
      const Owner owner = OwnerOf(spot);
      if (owner == Owner::kPort) found_.push_back(&spot);
      if (owner == Owner::kPlayer) return found_;
    }
  }
  return found_;
}

int Callers(uintptr_t* pcs, int max) {
  // A frame points to the one below, with the address to return to above it: on amd64 and on arm64.
  const auto* frame = static_cast<const uintptr_t*>(__builtin_frame_address(0));
  int n = 0;
  while (n < max) {
    pcs[n++] = frame[1];
    const auto next = frame[0], here = reinterpret_cast<uintptr_t>(frame);
    if (next <= here || next - here > kFrameBytes || next % sizeof(uintptr_t) != 0) break;
    frame = reinterpret_cast<const uintptr_t*>(next);
  }
  return n;
}

}  // namespace study
