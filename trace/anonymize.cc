// Names are replaced one for one, item by item, and nothing else is touched.
#include "trace/anonymize.h"

#include <algorithm>

#include "trace/go_packages.h"
#include "trace/input.h"
#include "trace/varint.h"

namespace gotrace {
namespace {

// The length of what compilers put behind the name of a function for one that is part of it: .func1, .gowrap2, -range3,
// -fm.
size_t SuffixOf(std::string_view name) {
  size_t end = name.size();
  for (;;) {
    const size_t at = name.substr(0, end).find_last_of(".-");
    if (at == std::string_view::npos || at == 0) break;
    std::string_view part = name.substr(at + 1, end - at - 1);
    const size_t digits = part.find_first_of("0123456789");
    const std::string_view word = part.substr(0, digits);
    const bool number =
        digits != std::string_view::npos && part.find_first_not_of("0123456789", digits) == std::string_view::npos;
    const bool known = name[at] == '-'
                           ? part == "fm" || (number && word == "range")
                           : number && (word.empty() || word == "func" || word == "gowrap" || word == "deferwrap");
    if (!known) break;
    end = at;
  }
  return name.size() - end;
}

}  // namespace

Anonymizer::Anonymizer(int version, bool keep_lines, Writer::Sink sink)
    : version_(version), keep_lines_(keep_lines), sink_(std::move(sink)), items_(FirstLine(version)) {
  Put(FirstLine(version));
}

void Anonymizer::Put(std::string_view bytes) {
  if (ok_) ok_ = sink_(bytes);
}

void Anonymizer::Add(const RawEvent& event) {
  const bool batch = event.kind == kEventBatch || event.kind == kExperimentalBatch;
  const uint64_t generation = !batch ? generation_ : event.args[event.kind == kEventBatch ? 0 : 1];
  if (generation != generation_ && generation_ != 0) Generation();
  generation_ = generation;
  // As far as the last batch has to go.
  end_ = event.offset + event.size;
  if (event.kind == kEventBatch) batch_end_ = end_ + event.args[3];
  PutRaw(event, items_);
  if (event.kind == kEndOfGeneration) {
    Generation();
    generation_ = 0;
  }
}

bool Anonymizer::Finish(bool whole) {
  if (whole && end_ >= batch_end_) Generation();
  return ok_;
}

// All of it is there: first who refers to which string, then the items again.
void Anonymizer::Generation() {
  roles_.clear();
  standard_.clear();
  frames_.clear();
  RawReader reader;
  for (reader.OpenBytes(items_); reader.Next();) Learn(reader.event());
  for (const auto& [function, file] : frames_) {
    if (Role& role = roles_[file]; role == Role::kFile && standard_[function]) role = Role::kStandardFile;
  }
  for (reader.OpenBytes(items_); reader.Next();) {
    RawEvent event = reader.event();
    if (event.kind == kEventBatch) {
      PutBatch();
      head_ = event;
      open_ = true;
      continue;
    }
    if (event.kind == kEndOfGeneration || event.kind == kExperimentalBatch) {
      PutBatch();
      std::string item;
      PutRaw(event, item);
      Put(item);
      continue;
    }
    if (event.kind == kString) event.data = NewText(event.args[0], event.data);
    for (size_t at = 2; event.kind == kStack && !keep_lines_ && at + 3 < event.args.size(); at += 4) {
      if (!standard_[event.args[at + 1]]) event.args[at + 3] = 0;
    }
    const size_t before = payload_.size();
    PutRaw(event, payload_);
    if (payload_.size() <= kMaxBatchSize) continue;
    // Names may have become longer than they were: the rest goes into another batch of the same kind.
    const std::string item = payload_.substr(before);
    const char kind = payload_[0];
    payload_.resize(before);
    PutBatch();
    open_ = true;
    payload_ = kind + item;
  }
  PutBatch();
  items_ = FirstLine(version_);
}

void Anonymizer::PutBatch() {
  if (open_) {
    head_.args[3] = payload_.size();
    std::string head;
    PutRaw(head_, head);
    Put(head);
    Put(payload_);
  }
  open_ = false;
  payload_.clear();
}

// A string that several kinds of things refer to has the role that says most about it; Go's own words come before the
// program's.
void Anonymizer::Learn(const RawEvent& event) {
  const auto is = [&](size_t arg, Role role) {
    Role& known = roles_[event.args[arg]];
    known = std::max(known, role);
  };
  switch (event.kind) {
    case kStack:
      for (size_t at = 2; at + 3 < event.args.size(); at += 4) {
        is(at + 1, Role::kFunction);
        is(at + 2, Role::kFile);
        frames_.emplace(event.args[at + 1], event.args[at + 2]);
      }
      break;
    case kString: standard_[event.args[0]] = IsStandardPackage(PackageOf(event.data)); break;
    case kGoBlock:
    case kGoStop:
    case kSTWBegin:
    case kGoLabel: is(1, Role::kKept); break;
    case kUserTaskBegin: is(3, Role::kTask); break;
    case kUserRegionBegin:
    case kUserRegionEnd: is(2, Role::kRegion); break;
    case kUserLog:
      is(2, Role::kCategory);
      is(3, Role::kMessage);
      break;
    default: break;
  }
}

std::string Anonymizer::Numbered(const char* what, std::string_view text) {
  auto& names = names_[what];
  return what + std::to_string(names.try_emplace(std::string(text), names.size() + 1).first->second);
}

std::string Anonymizer::NewFunction(std::string_view name) {
  const std::string_view package = PackageOf(name);
  if (IsStandardPackage(package)) {
    // Not the types that it was made for, which may be the program's.
    const size_t open = name.find('['), close = name.rfind(']');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::string(name);
    return std::string(name.substr(0, open)) + "[...]" + std::string(name.substr(close + 1));
  }
  if (name == "main.main") return "main.main";
  const size_t suffix = SuffixOf(name);
  const std::string_view base = name.substr(0, name.size() - suffix);
  // Of C there are no packages.
  const std::string prefix = package == "main"               ? "main."
                             : package.size() == name.size() ? ""
                                                             : Numbered("pkg", package) + '.';
  const std::string own = base == "main.main" ? "main" : Numbered("f", base);
  return prefix + own + std::string(name.substr(name.size() - suffix));
}

std::string Anonymizer::NewFile(std::string_view path) {
  if (path == "<autogenerated>") return std::string(path);
  const size_t slash = path.find_last_of("/\\");
  const std::string_view folder = path.substr(0, slash == std::string_view::npos ? 0 : slash);
  std::string ending;
  for (const std::string_view known : {".go", ".s", ".S", ".c", ".cc", ".cpp", ".h"}) {
    if (path.ends_with(known)) ending = known;
  }
  return Numbered("dir", folder) + '/' + Numbered("file", path) + ending;
}

std::string Anonymizer::NewText(uint64_t id, std::string_view text) {
  const auto found = roles_.find(id);
  const Role role = found == roles_.end() ? Role::kText : found->second;
  if (role == Role::kFunction) return NewFunction(text);
  if (role == Role::kStandardFile) {
    if (const std::string_view file = StandardFile(text); !file.empty()) return "$GOROOT/src/" + std::string(file);
  }
  if (role == Role::kFile || role == Role::kStandardFile) return NewFile(text);
  // Go writes its own words into each generation, whether somebody refers to them or not.
  if (text.empty() || role == Role::kKept || IsWordOfGo(text)) return std::string(text);
  // What is a task here may be a region there.
  std::string& known = words_[std::string(text)];
  if (known.empty()) {
    const char* const what = role == Role::kTask       ? "task"
                             : role == Role::kRegion   ? "region"
                             : role == Role::kCategory ? "category"
                             : role == Role::kMessage  ? "message"
                                                       : "text";
    known = Numbered(what, text);
  }
  return known;
}

}  // namespace gotrace
