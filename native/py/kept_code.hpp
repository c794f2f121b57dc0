// Our own modules' byte code, as caduceus/_kept.py keeps it from one program to the next.
#pragma once

#include <string>

#include "py/api.hpp"

namespace caduceus::py {

// The file for the running Python, or nothing if `prefix` is empty.
[[nodiscard]] std::string kept_code_file(const std::string& prefix);

// Attached. Lets modules of the package in `folder` be imported from `file`, if it is there and whole.
void serve_kept_code(const std::string& file, PyObject* folder);

}  // namespace caduceus::py
