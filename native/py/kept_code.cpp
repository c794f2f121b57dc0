// Our own modules' byte code, as caduceus/_kept.py keeps it from one program to the next.
#include "py/kept_code.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "py/ref.hpp"

namespace caduceus::py {
namespace {

// The file ends with its head, and that one's length in so many digits.
constexpr int kDigits = 8;

// The file's head. Empty where nothing has been kept yet, or it is damaged.
std::string read_head(const std::string& file) {
  std::string head;
  int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return head;
  struct stat status;
  char digits[kDigits + 1] = {};
  if (fstat(descriptor, &status) == 0 && status.st_size > kDigits &&
      pread(descriptor, digits, kDigits, status.st_size - kDigits) == kDigits) {
    off_t size = std::strtol(digits, nullptr, 10), begin = status.st_size - kDigits - size;
    if (size > 0 && begin >= 0) {
      head.resize(static_cast<size_t>(size));
      if (pread(descriptor, head.data(), head.size(), begin) != size) head.clear();
    }
  }
  close(descriptor);
  return head;
}

}  // namespace

std::string kept_code_file(const std::string& prefix) {
  if (prefix.empty()) return prefix;
  char version[16];
  std::snprintf(version, sizeof version, "-%08x%s", layout.version, layout.free_threaded ? "t" : "");
  return prefix + version;
}

void serve_kept_code(const std::string& file, PyObject* folder) {
  std::string bytes = read_head(file);
  if (bytes.empty()) return;
  auto size = static_cast<Py_ssize_t>(bytes.size());
  Ref head = Ref::steal(api.PyMarshal_ReadObjectFromString(bytes.data(), size));
  Ref first = Ref::steal(api.PyLong_FromLongLong(0));
  Ref code = Ref::steal(head && first ? api.PyObject_GetItem(head.get(), first.get()) : nullptr);
  Ref module = Ref::steal(code ? api.PyImport_ExecCodeModule("caduceus._kept", code.get()) : nullptr);
  Ref serve = Ref::steal(module ? api.PyObject_GetAttrString(module.get(), "serve") : nullptr);
  Ref name = Ref::steal(api.PyUnicode_FromStringAndSize(file.data(), static_cast<Py_ssize_t>(file.size())));
  PyObject* arguments[] = {folder, name.get(), head.get()};
  if (serve && name && Ref::steal(api.PyObject_Vectorcall(serve.get(), arguments, 3, nullptr))) return;
  api.PyErr_Clear();  // a damaged file: our modules are imported in the usual way, and keep it anew
}

}  // namespace caduceus::py
