// Options of the two commands, and a look at the log before it is replayed.
#include "study/options.h"

#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "conformance/schedlog/reader.h"

namespace study {

std::string ParseOptions(int argc, char** argv, const std::string& allowed, Options& options) {
  for (int i = 1; i < argc; i++) {
    const std::string arg = argv[i];
    if (arg == "--help" || arg == "-h") {
      options.help = true;
      return "";
    }
    if (arg.size() < 2 || arg[0] != '-') {
      if (!options.log.empty()) return "one log at a time";
      options.log = arg;
      continue;
    }
    if (!absl::StrContains(allowed, absl::StrCat(" ", arg, " "))) return absl::StrCat("no option ", arg);
    if (arg == "--json") {
      options.json = true;
      continue;
    }
    if (++i == argc) return absl::StrCat(arg, " needs a value");
    if (arg == "-o") {
      options.out = argv[i];
    } else if (arg == "--goroot") {
      options.goroot = argv[i];
    } else {
      uint64_t v = 0;
      if (!absl::SimpleAtoi(argv[i], &v)) {
        return absl::StrCat(arg, " wants the number of a record, not '", argv[i], "'");
      }
      (arg == "--at" ? options.at : arg == "--from" ? options.from : arg == "--to" ? options.to : options.count) = v;
    }
  }
  if (options.log.empty()) return "no log";
  if (options.from && options.to && *options.from > *options.to) return "--from is after --to";
  return "";
}

std::string ReadLog(const std::string& path, schedlog::Header& header, uint64_t& records) {
  schedlog::Reader reader;
  if (absl::Status status = reader.Open(path); !status.ok()) return std::string(status.message());
  header = reader.header();
  if (!absl::StartsWith(header.go_version, "go1.24")) {
    return absl::StrCat(path, ": byte 0: captured from ", header.go_version, ", this port is of go1.24");
  }
  if (absl::Status status = reader.SkipBlocksBefore(std::numeric_limits<uint64_t>::max()); !status.ok()) {
    return std::string(status.message());
  }
  schedlog::Record record;
  records = 0;
  while (reader.Next(record)) records = reader.record_index() + 1;
  if (!reader.status().ok()) return std::string(reader.status().message());
  if (reader.at_end()) records = reader.end().records;
  return "";
}

}  // namespace study
