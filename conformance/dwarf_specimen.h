// Makes small ELF files with the DWARF of a Go program, for tests that have no Go at hand.
#pragma once

#include <elf.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace conformance {

// One ELF file with one compilation unit. Describe types, then take bytes().
class dwarf_specimen {
 public:
  static constexpr std::uint16_t lang_go = 0x16, lang_c = 0x02;

  // A field's type: a number of plain bytes, or a type described before.
  struct type {
    std::uint32_t die = 0;  // offset in .debug_info
  };
  struct field {
    std::string name;
    std::uint64_t offset;
    type of;
  };

  explicit dwarf_specimen(std::string_view producer = "Go cmd/compile go1.24.4; regabi",
                          std::uint16_t language = lang_go);

  type plain(std::uint64_t size);
  type structure(std::string_view name, std::uint64_t size, const std::vector<field>& fields);
  // A type name that stands for itself: what only damaged DWARF has.
  type endless();

  // The file, for an ELF machine. Nothing may be added afterwards.
  std::string bytes(std::uint16_t machine = EM_X86_64);

 private:
  void number(std::uint64_t v, int width);
  void uleb(std::uint64_t v);
  void text(std::string_view s);
  type begin(int abbreviation);

  std::string info_;
};

}  // namespace conformance
