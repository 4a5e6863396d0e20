// Makes small ELF files with DWARF 4, byte by byte.
#include "conformance/dwarf_specimen.h"

#include <dwarf.h>

namespace conformance {

namespace {

enum abbreviation : int { end, unit, structure_type, member, base_type, type_name };

// The shapes of the entries: number, tag, has children, (attribute, form) pairs.
constexpr char abbreviations[] = {
    unit, DW_TAG_compile_unit, 1, DW_AT_producer, DW_FORM_string, DW_AT_language, DW_FORM_data2,
    0, 0,
    structure_type, DW_TAG_structure_type, 1, DW_AT_name, DW_FORM_string, DW_AT_byte_size,
    DW_FORM_udata, 0, 0,
    member, DW_TAG_member, 0, DW_AT_name, DW_FORM_string, DW_AT_data_member_location,
    DW_FORM_udata, DW_AT_type, DW_FORM_ref4, 0, 0,
    base_type, DW_TAG_base_type, 0, DW_AT_byte_size, DW_FORM_udata, 0, 0,
    type_name, DW_TAG_typedef, 0, DW_AT_type, DW_FORM_ref4, 0, 0,
    0};

template <class T>
void put(std::string& to, const T& v) {
  to.append(reinterpret_cast<const char*>(&v), sizeof v);
}

}  // namespace

void dwarf_specimen::number(std::uint64_t v, int width) {
  for (int i = 0; i < width; i++) info_ += static_cast<char>(v >> (8 * i));
}

void dwarf_specimen::uleb(std::uint64_t v) {
  for (; v >= 0x80; v >>= 7) info_ += static_cast<char>(v | 0x80);
  info_ += static_cast<char>(v);
}

void dwarf_specimen::text(std::string_view s) {
  info_ += s;
  info_ += '\0';
}

dwarf_specimen::type dwarf_specimen::begin(int abbreviation) {
  type t{static_cast<std::uint32_t>(info_.size())};
  uleb(static_cast<std::uint64_t>(abbreviation));
  return t;
}

dwarf_specimen::dwarf_specimen(std::string_view producer, std::uint16_t language) {
  number(0, 4);  // length, set by bytes()
  number(4, 2);  // version
  number(0, 4);  // abbreviations begin at 0
  number(8, 1);  // bytes of an address
  begin(unit);
  text(producer);
  number(language, 2);
}

dwarf_specimen::type dwarf_specimen::plain(std::uint64_t size) {
  type t = begin(base_type);
  uleb(size);
  return t;
}

dwarf_specimen::type dwarf_specimen::structure(std::string_view name, std::uint64_t size,
                                               const std::vector<field>& fields) {
  type t = begin(structure_type);
  text(name);
  uleb(size);
  for (const field& f : fields) {
    begin(member);
    text(f.name);
    uleb(f.offset);
    number(f.of.die, 4);
  }
  uleb(end);
  return t;
}

dwarf_specimen::type dwarf_specimen::endless() {
  type t = begin(type_name);
  number(t.die, 4);
  return t;
}

std::string dwarf_specimen::bytes(std::uint16_t machine) {
  uleb(end);
  std::string info = info_;
  auto length = static_cast<std::uint32_t>(info.size() - 4);
  info.replace(0, 4, reinterpret_cast<const char*>(&length), 4);

  const std::string abbrev(abbreviations, sizeof abbreviations);
  const std::string names("\0.debug_info\0.debug_abbrev\0.shstrtab\0", 37);

  Elf64_Ehdr header{};
  std::string_view magic("\x7f" "ELF\x02\x01\x01");  // 64 bits, little endian, version 1
  magic.copy(reinterpret_cast<char*>(header.e_ident), magic.size());
  header.e_type = ET_EXEC;
  header.e_machine = machine;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof header;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 4;
  header.e_shstrndx = 3;
  header.e_shoff = sizeof header + info.size() + abbrev.size() + names.size();

  std::string file;
  put(file, header);
  Elf64_Shdr sections[4]{};
  auto add = [&](Elf64_Shdr& s, std::size_t name, std::uint32_t kind, const std::string& content) {
    s.sh_name = static_cast<std::uint32_t>(name);
    s.sh_type = kind;
    s.sh_offset = file.size();
    s.sh_size = content.size();
    s.sh_addralign = 1;
    file += content;
  };
  add(sections[1], names.find(".debug_info"), SHT_PROGBITS, info);
  add(sections[2], names.find(".debug_abbrev"), SHT_PROGBITS, abbrev);
  add(sections[3], names.find(".shstrtab"), SHT_STRTAB, names);
  for (const Elf64_Shdr& s : sections) put(file, s);
  return file;
}

}  // namespace conformance
