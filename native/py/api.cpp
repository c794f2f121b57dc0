// Resolving the symbol table and measuring what the ABI leaves open.
#include "py/api.hpp"

#include <dlfcn.h>

#include <bit>
#include <cstring>

#include "py/ref.hpp"

namespace caduceus::py {

std::string load(const char* library) {
  // RTLD_GLOBAL: Python's own extension modules resolve libpython's symbols through the global scope.
  void* handle = dlopen(library, RTLD_NOW | RTLD_GLOBAL);
  if (!handle) {
    const char* reason = dlerror();
    return std::string("cannot load ") + library + ": " + (reason ? reason : "unknown reason");
  }
  std::string missing;
  auto find = [&](const char* name, bool required) {
    void* symbol = dlsym(handle, name);
    if (!symbol && required) missing += std::string(missing.empty() ? "" : ", ") + name;
    return symbol;
  };
#define FN(result, name, arguments) api.name = reinterpret_cast<result(*) arguments>(find(#name, true));
#define OPT(result, name, arguments) api.name = reinterpret_cast<result(*) arguments>(find(#name, false));
#define DATA(name) api.name = static_cast<PyObject*>(find(#name, true));
#define EXC(name) api.name = static_cast<PyObject**>(find(#name, true));
#include "py/api.def"
#undef FN
#undef OPT
#undef DATA
#undef EXC
  if (auto* version = static_cast<const unsigned long*>(find("Py_Version", true))) {
    layout.version = static_cast<unsigned>(*version);
  }
  // Exported by free-threaded builds alone, and known before initialization.
  layout.free_threaded = find("_Py_DecRefShared", false) != nullptr;
  if (!missing.empty()) {
    return std::string(library) + " lacks " + missing + ": is it a CPython 3.11 or newer?";
  }
  return {};
}

namespace {

bool measure_head() {
  const PyObject* known[][2] = {{api._Py_NoneStruct, nullptr},
                                {api.PyLong_Type, api.PyType_Type},
                                {api._Py_TrueStruct, api.PyBool_Type},
                                {api.PyType_Type, api.PyType_Type}};
  Ref none_type = Ref::steal(api.PyObject_Type(none()));
  known[0][1] = none_type.get();
  for (size_t offset = 0; offset <= 64; offset += sizeof(void*)) {
    bool fits = true;
    for (auto& pair : known) {
      const void* word;
      std::memcpy(&word, reinterpret_cast<const char*>(pair[0]) + offset, sizeof word);
      fits = fits && word == pair[1];
    }
    if (!fits) continue;
    layout.type_offset = offset;
    Ref size = Ref::steal(api.PyObject_GetAttrString(api.PyBaseObject_Type, "__basicsize__"));
    int overflow = 0;
    layout.head_size = size ? static_cast<size_t>(api.PyLong_AsLongLongAndOverflow(size.get(), &overflow)) : 0;
    return layout.head_size >= offset + sizeof(void*);
  }
  return false;
}

uint32_t state_of(const Ref& text) {
  uint32_t word;
  std::memcpy(&word, reinterpret_cast<char*>(text.get()) + layout.state_offset, sizeof word);
  return word;
}

size_t size_of(const Ref& text) {
  Ref method = Ref::steal(api.PyObject_GetAttrString(text.get(), "__sizeof__"));
  Ref size = Ref::steal(method ? api.PyObject_CallNoArgs(method.get()) : nullptr);
  int overflow = 0;
  return size ? static_cast<size_t>(api.PyLong_AsLongLongAndOverflow(size.get(), &overflow)) : 0;
}

// Four fresh strings that differ in kind alone, and one of a subclass, whose data is not in line: the bits in which
// their state words differ are the bits looked for. What does not come out as expected leaves `strings` unset.
void measure_strings() {
  const uint32_t samples[][2] = {{'a', 'b'}, {0xE9, 'b'}, {0x100, 'b'}, {0x10000, 'b'}};
  Ref text[4];
  for (int i = 0; i < 4; ++i) text[i] = Ref::steal(api.PyUnicode_FromKindAndData(4, samples[i], 2));
  Ref bases = Ref::steal(api.PyTuple_New(1));
  Ref name = Ref::steal(api.PyUnicode_FromStringAndSize("sample", 6));
  Ref dict = Ref::steal(api.PyDict_New());
  if (!text[0] || !text[1] || !text[2] || !text[3] || !bases || !name || !dict) return;
  api.Py_IncRef(api.PyUnicode_Type);
  api.PyTuple_SetItem(bases.get(), 0, api.PyUnicode_Type);
  PyObject* arguments[] = {name.get(), bases.get(), dict.get()};
  Ref subclass = Ref::steal(api.PyObject_Vectorcall(api.PyType_Type, arguments, 3, nullptr));
  PyObject* first[] = {text[0].get()};
  Ref apart = Ref::steal(subclass ? api.PyObject_Vectorcall(subclass.get(), first, 1, nullptr) : nullptr);
  if (!apart) return;

  layout.state_offset = layout.head_size + 2 * sizeof(Py_ssize_t);  // behind length and hash
  uint32_t two_or_four = state_of(text[2]) ^ state_of(text[3]);
  int shift = std::countr_zero(two_or_four) - 1;
  if (shift < 0 || two_or_four != (6u << shift)) return;
  const uint32_t kinds[] = {1, 1, 2, 4};
  for (int i = 0; i < 4; ++i) {
    if (((state_of(text[i]) >> shift) & 7) != kinds[i]) return;
  }
  layout.kind_shift = static_cast<uint32_t>(shift);
  layout.ascii_bit = state_of(text[0]) ^ state_of(text[1]);
  layout.compact_bit = state_of(text[0]) ^ state_of(apart);
  layout.ascii_data = size_of(text[0]) - 3;
  layout.wide_data = size_of(text[1]) - 3;
  if (!std::has_single_bit(layout.ascii_bit) || !std::has_single_bit(layout.compact_bit)) return;

  layout.strings = true;
  for (int i = 0; i < 4; ++i) {
    Text seen;
    bool right = look(text[i].get(), &seen) && seen.size == 2;
    if (right) {
      uint32_t got = 0;
      std::memcpy(&got, seen.data, static_cast<size_t>(seen.kind));
      right = got == samples[i][0];
    }
    layout.strings = layout.strings && right;
  }
}

}  // namespace

std::string measure() {
  if (!measure_head()) return "this CPython's object head has a shape that caduceus does not know";
  measure_strings();
  api.PyErr_Clear();
  return {};
}

}  // namespace caduceus::py
