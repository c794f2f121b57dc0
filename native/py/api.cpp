// Resolving the symbol table and measuring what the ABI leaves open.
#include "py/api.hpp"

#include <dlfcn.h>

#include <cstring>
#include <vector>

#include "py/ref.hpp"

namespace caduceus::py {

std::string load(const char* library) {
  // RTLD_GLOBAL: Python's own extension modules resolve libpython's symbols through the global scope. Lazily,
  // as python itself is loaded: binding all of them at once costs 0.5 ms.
  void* handle = dlopen(library, RTLD_LAZY | RTLD_GLOBAL);
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
  layout.debug = find("_Py_NegativeRefcount", false) != nullptr;
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
    layout.head_size =
        size ? static_cast<size_t>(api.PyLong_AsLongLongAndOverflow(size.get(), &overflow)) : 0;
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

constexpr uint32_t kSamples[][2] = {{'a', 'b'}, {0xE9, 'b'}, {0x100, 'b'}, {0x10000, 'b'}};
constexpr uint32_t kKinds[] = {1, 1, 2, 4};
constexpr int kCopies = 16;

// The lowest bit that is set in all words of one group and in none of the other; 0 if there is none. What
// lies above the fields is padding, which nobody initializes.
uint32_t telling_bit(const std::vector<uint32_t>& set, const std::vector<uint32_t>& clear) {
  uint32_t candidates = ~0u;
  for (uint32_t word : set) candidates &= word;
  for (uint32_t word : clear) candidates &= ~word;
  return candidates & (~candidates + 1);
}

Ref new_class(PyObject* base) {
  Ref bases = tuple_of(&base, 1);
  Ref name = Ref::steal(api.PyUnicode_FromStringAndSize("sample", 6));
  Ref dict = Ref::steal(api.PyDict_New());
  if (!bases || !name || !dict) return {};
  PyObject* arguments[] = {name.get(), bases.get(), dict.get()};
  return Ref::steal(api.PyObject_Vectorcall(api.PyType_Type, arguments, 3, nullptr));
}

// Fresh strings that differ in kind alone, and some of a subclass, whose data is not in line: the bits that
// tell them apart are the bits looked for. What does not come out as expected leaves `strings` unset.
void measure_strings() {
  layout.length_offset = layout.head_size;
  layout.state_offset = layout.head_size + 2 * sizeof(Py_ssize_t);  // behind length and hash
  Ref subclass = new_class(api.PyUnicode_Type);
  if (!subclass) return;

  std::vector<Ref> alive;
  std::vector<uint32_t> words[4], ascii, wide, compact, apart;
  for (int i = 0; i < 4 * kCopies; ++i) {
    Ref text = Ref::steal(api.PyUnicode_FromKindAndData(4, kSamples[i % 4], 2));
    PyObject* first[] = {text.get()};
    Ref other = Ref::steal(text ? api.PyObject_Vectorcall(subclass.get(), first, 1, nullptr) : nullptr);
    if (!other) return;
    words[i % 4].push_back(state_of(text));
    (i % 4 == 0 ? ascii : wide).push_back(state_of(text));
    compact.push_back(state_of(text));
    apart.push_back(state_of(other));
    alive.push_back(std::move(text));
    alive.push_back(std::move(other));
  }
  uint32_t shift = 0;
  auto fits = [&] {
    for (int kind = 0; kind < 4; ++kind) {
      for (uint32_t word : words[kind]) {
        if (((word >> shift) & 7) != kKinds[kind]) return false;
      }
    }
    return true;
  };
  while (shift < 29 && !fits()) ++shift;
  layout.kind_shift = shift;
  layout.ascii_bit = telling_bit(ascii, wide);
  layout.compact_bit = telling_bit(compact, apart);
  layout.ascii_data = size_of(alive[0]) - 3;
  layout.wide_data = size_of(alive[2]) - 3;
  if (shift == 29 || !layout.ascii_bit || !layout.compact_bit) return;

  layout.strings = true;
  for (int i = 0; i < 4 * kCopies; ++i) {
    Text seen;
    bool right = look(alive[static_cast<size_t>(2 * i)].get(), &seen) && seen.size == 2;
    if (right) {
      uint32_t got = 0;
      std::memcpy(&got, seen.data, static_cast<size_t>(seen.kind));
      right = got == kSamples[i % 4][0] && seen.kind == static_cast<int>(kKinds[i % 4]);
    }
    layout.strings = layout.strings && right;
  }
}

// A type's version: the one word that changing the type sets to zero, and that is another number whenever it
// has one again. What does not come out as expected leaves `type_version` at 0, and no method is kept.
void measure_type_version() {
  if (!api.PyUnstable_Type_AssignVersionTag) return;
  Ref type = new_class(api.PyBaseObject_Type);
  Ref size = Ref::steal(api.PyObject_GetAttrString(api.PyType_Type, "__basicsize__"));
  if (!type || !size) return;
  int overflow = 0;
  std::vector<uint32_t> given[kCopies], taken[kCopies];
  for (int i = 0; i < kCopies; ++i) {
    for (auto* words : {&given[i], &taken[i]}) {
      bool done = words == &given[i] ? api.PyUnstable_Type_AssignVersionTag(type.get()) == 1
                                     : api.PyObject_SetAttrString(type.get(), "sample", none()) == 0;
      if (!done) return;
      words->resize(static_cast<size_t>(api.PyLong_AsLongLongAndOverflow(size.get(), &overflow)) / 4);
      std::memcpy(words->data(), type.get(), words->size() * 4);
    }
  }
  std::vector<size_t> found;
  for (size_t at = 0; at < given[0].size(); ++at) {
    bool fits = true;
    for (int i = 0; i < kCopies; ++i) {
      fits = fits && given[i][at] != 0 && taken[i][at] == 0 && (i == 0 || given[i][at] != given[i - 1][at]);
    }
    if (fits) found.push_back(at * 4);
  }
  if (found.size() == 1) layout.type_version = found[0];
}

}  // namespace

std::string measure() {
  if (!measure_head()) return "this CPython's object head has a shape that caduceus does not know";
  measure_strings();
  measure_type_version();
  api.PyErr_Clear();
  return {};
}

}  // namespace caduceus::py
