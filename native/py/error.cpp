// Errors: taking, raising, and letting go of what their frames hold.
#include "py/error.hpp"

#include <cstring>

namespace caduceus::py {

Ref take_error() {
  if (api.PyErr_GetRaisedException) return Ref::steal(api.PyErr_GetRaisedException());
  PyObject *type = nullptr, *value = nullptr, *traceback = nullptr;
  api.PyErr_Fetch(&type, &value, &traceback);
  if (!type) return {};
  api.PyErr_NormalizeException(&type, &value, &traceback);
  if (traceback && value) api.PyException_SetTraceback(value, traceback);
  Ref drop_type = Ref::steal(type), drop_traceback = Ref::steal(traceback);
  return Ref::steal(value);
}

void raise(Ref exception) {
  if (api.PyErr_SetRaisedException) return api.PyErr_SetRaisedException(exception.release());
  PyObject* type = api.PyObject_Type(exception.get());
  PyObject* traceback = api.PyException_GetTraceback(exception.get());
  api.PyErr_Restore(type, exception.release(), traceback);
}

namespace {

// Names of attributes that every raised exception is asked for: made once, kept for the process's life.
struct Names {
  PyObject *frame, *next, *clear, *code, *flags;
};
const Names& names() {
  auto make = [](const char* text) {
    PyObject* name = api.PyUnicode_FromStringAndSize(text, static_cast<Py_ssize_t>(std::strlen(text)));
    api.PyUnicode_InternInPlace(&name);
    return name;
  };
  static const Names made{make("tb_frame"), make("tb_next"), make("clear"), make("f_code"), make("co_flags")};
  return made;
}

Ref attribute(const Ref& object, PyObject* name) {
  return Ref::steal(api.PyObject_GetAttr(object.get(), name));
}

// Before 3.13 clear() on a suspended generator's frame closes the generator; later versions refuse.
bool may_belong_to_generator(const Ref& frame) {
  constexpr long long kGenerator = 0x20, kCoroutine = 0x80, kIterableCoroutine = 0x100,
                      kAsyncGenerator = 0x200;
  if (layout.version >= 0x030D0000) return false;
  Ref code = attribute(frame, names().code);
  Ref flags = code ? attribute(code, names().flags) : Ref();
  int overflow = 0;
  long long bits = flags ? api.PyLong_AsLongLongAndOverflow(flags.get(), &overflow) : kGenerator;
  return (bits & (kGenerator | kCoroutine | kIterableCoroutine | kAsyncGenerator)) != 0;
}

}  // namespace

void release_locals(PyObject* exception) {
  Ref current = Ref::copy(exception);
  // A chain may be cyclic by hand-made __context__ and a traceback as long as the recursion limit: both are
  // bounded.
  for (int chained = 0; current && chained < 16; ++chained) {
    Ref entry = Ref::steal(api.PyException_GetTraceback(current.get()));
    for (int depth = 0; entry && entry.get() != none() && depth < 10000; ++depth) {
      Ref frame = attribute(entry, names().frame);
      if (frame && !may_belong_to_generator(frame)) {
        // A frame that still runs refuses: its locals are in use.
        PyObject* self[] = {frame.get()};
        Ref done = Ref::steal(api.PyObject_VectorcallMethod(names().clear, self, 1, nullptr));
      }
      api.PyErr_Clear();
      entry = attribute(entry, names().next);
    }
    api.PyErr_Clear();
    Ref next = Ref::steal(api.PyException_GetCause(current.get()));
    if (!next) next = Ref::steal(api.PyException_GetContext(current.get()));
    current = std::move(next);
  }
}

}  // namespace caduceus::py
