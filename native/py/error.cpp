// Errors: taking, raising, and letting go of what their frames hold.
#include "py/error.hpp"

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

Ref attribute(const Ref& object, const char* name) {
  return Ref::steal(api.PyObject_GetAttrString(object.get(), name));
}

// Before 3.13 clear() on a suspended generator's frame closes the generator; later versions refuse.
bool may_belong_to_generator(const Ref& frame) {
  constexpr long long kGenerator = 0x20, kCoroutine = 0x80, kIterableCoroutine = 0x100, kAsyncGenerator = 0x200;
  if (layout.version >= 0x030D0000) return false;
  Ref code = attribute(frame, "f_code");
  Ref flags = code ? attribute(code, "co_flags") : Ref();
  int overflow = 0;
  long long bits = flags ? api.PyLong_AsLongLongAndOverflow(flags.get(), &overflow) : kGenerator;
  return (bits & (kGenerator | kCoroutine | kIterableCoroutine | kAsyncGenerator)) != 0;
}

}  // namespace

void release_locals(PyObject* exception) {
  Ref current = Ref::copy(exception);
  // A chain may be cyclic by hand-made __context__ and a traceback as long as the recursion limit: both are bounded.
  for (int chained = 0; current && chained < 16; ++chained) {
    Ref entry = Ref::steal(api.PyException_GetTraceback(current.get()));
    for (int depth = 0; entry && entry.get() != none() && depth < 10000; ++depth) {
      Ref frame = attribute(entry, "tb_frame");
      if (frame && !may_belong_to_generator(frame)) {
        Ref clear = attribute(frame, "clear");
        // A frame that still runs refuses: its locals are in use.
        Ref done = Ref::steal(clear ? api.PyObject_CallNoArgs(clear.get()) : nullptr);
      }
      api.PyErr_Clear();
      entry = attribute(entry, "tb_next");
    }
    api.PyErr_Clear();
    Ref next = Ref::steal(api.PyException_GetCause(current.get()));
    if (!next) next = Ref::steal(api.PyException_GetContext(current.get()));
    current = std::move(next);
  }
}

}  // namespace caduceus::py
