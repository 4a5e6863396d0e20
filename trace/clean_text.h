// Text as other tools take it: strings of a trace are whatever bytes the program had.
#ifndef TRACE_CLEAN_TEXT_H_
#define TRACE_CLEAN_TEXT_H_

#include <string>
#include <string_view>

namespace gotrace {

// Appends `text` as UTF-8 without zero bytes; what is not is shown as U+FFFD.
void PutClean(std::string_view text, std::string& out);
// The same inside of a JSON string, without the quotes around it.
void PutJson(std::string_view text, std::string& out);
// The same as a field of CSV (RFC 4180), in quotes if it needs them.
void PutCsv(std::string_view text, std::string& out);

}  // namespace gotrace

#endif  // TRACE_CLEAN_TEXT_H_
