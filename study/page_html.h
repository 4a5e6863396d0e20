// A page as one HTML file that needs nothing else: no network, no other file.
#pragma once

#include <string>
#include <string_view>

#include "study/page_data.h"

namespace study {

// Writes it to `path`, or to standard output for "-": the page's code and style, which are built in, and its data.
// `page` is complete with it. Returns "", or one line about what went wrong.
std::string WriteHtml(const std::string& path, std::string_view title, Page& page);

}  // namespace study
