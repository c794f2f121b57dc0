// The CPython C API without Python.h: opaque types, the few structs whose layout the stable ABI fixes, and
// one table of symbols resolved at run time. What the ABI does not fix (object head, string layout) is
// measured in api.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

using Py_ssize_t = std::ptrdiff_t;

struct PyObject;
struct PyThreadState;
struct PyInterpreterState;

struct PyStatus {
  int type;
  const char* func;
  const char* err_msg;
  int exitcode;
};

struct PyMethodDef {
  const char* name;
  PyObject* (*run)(PyObject* self, PyObject* args);
  int flags;
  const char* doc;
};

struct PyMemberDef {
  const char* name;
  int type;
  Py_ssize_t offset;
  int flags;
  const char* doc;
};

struct PyGetSetDef {
  const char* name;
  PyObject* (*get)(PyObject* self, void* closure);
  int (*set)(PyObject* self, PyObject* value, void* closure);
  const char* doc;
  void* closure;
};

struct PyType_Slot {
  int slot;
  void* function;
};

struct PyType_Spec {
  const char* name;
  int basicsize;
  int itemsize;
  unsigned int flags;
  PyType_Slot* slots;
};

struct Py_buffer {
  void* buf;
  PyObject* obj;
  Py_ssize_t len;
  Py_ssize_t itemsize;
  int readonly;
  int ndim;
  char* format;
  Py_ssize_t* shape;
  Py_ssize_t* strides;
  Py_ssize_t* suboffsets;
  void* internal;
};

namespace caduceus::py {

// Slot numbers, flags and constants of the stable ABI.
enum Slot : int {
  kBfGetBuffer = 1,
  kBfReleaseBuffer = 2,
  kMpAssSubscript = 3,
  kMpLength = 4,
  kMpSubscript = 5,
  kNbBool = 9,
  kSqContains = 41,
  kSqItem = 44,
  kSqLength = 45,
  kTpCall = 50,
  kTpDealloc = 52,
  kTpDescrGet = 54,
  kTpDoc = 56,
  kTpGetattro = 58,
  kTpHash = 59,
  kTpIter = 62,
  kTpIternext = 63,
  kTpMethods = 64,
  kTpNew = 65,
  kTpRepr = 66,
  kTpRichcompare = 67,
  kTpSetattro = 69,
  kTpTraverse = 71,
  kTpMembers = 72,
  kTpGetset = 73,
  kTpFree = 74,
  kAmAwait = 77,
  kAmAiter = 78,
};
inline constexpr unsigned kFlagDefault = 1u << 18;  // Py_TPFLAGS_HAVE_VERSION_TAG
inline constexpr unsigned kFlagBaseType = 1u << 10;
inline constexpr unsigned kFlagHaveGc = 1u << 14;
inline constexpr unsigned kFlagHaveVectorcall = 1u << 11;
inline constexpr unsigned kFlagDisallowInstantiation = 1u << 7;
inline constexpr int kMethVarargs = 1, kMethKeywords = 2, kMethNoArgs = 4, kMethO = 8, kMethFastcall = 0x80,
                     kMethMethod = 0x200;
inline constexpr size_t kVectorcallArgumentsOffset = size_t{1} << (8 * sizeof(size_t) - 1);
inline constexpr int kBufWritable = 1, kBufFormat = 4, kBufNd = 8, kBufStrides = 0x10 | kBufNd,
                     kBufCContiguous = 0x20 | kBufStrides;
inline constexpr int kLt = 0, kLe = 1, kEq = 2, kNe = 3, kGt = 4, kGe = 5;

// Twins: a symbol for attached threads. Libraries under a sanitizer look at each call whether the thread is
// attached, and end the process where it is not.
#if defined(CADUCEUS_CHECKED)
void check_attached(const char* symbol);
template <typename Function>
class AttachedOnly;
template <typename Result, typename... Arguments>
class AttachedOnly<Result (*)(Arguments...)> {
 public:
  explicit constexpr AttachedOnly(const char* name) : name_(name) {}
  void operator=(Result (*function)(Arguments...)) { function_ = function; }
  explicit operator bool() const { return function_ != nullptr; }
  Result operator()(Arguments... arguments) const {
    check_attached(name_);
    return function_(arguments...);
  }

 private:
  Result (*function_)(Arguments...) = nullptr;
  const char* name_;
};
#define FN(result, name, arguments) AttachedOnly<result(*) arguments> name{#name};
#else
#define FN(result, name, arguments) result(*name) arguments = nullptr;
#endif

// The resolved symbols. Written once by `load`, before any other thread can reach Python; read-only
// afterwards.
struct Api {
#define OPT FN
#define ANY(result, name, arguments) result(*name) arguments = nullptr;
#define ANY_OPT ANY
#define DATA(name) PyObject* name = nullptr;
#define EXC(name) PyObject** name = nullptr;
#include "py/api.def"
#undef FN
#undef OPT
#undef DATA
#undef EXC
};
inline Api api;

// What is measured at load rather than known from a table of versions.
struct Layout {
  unsigned version = 0;  // Py_Version, 0x030E07F0 for 3.14.7
  bool free_threaded = false;
  bool debug = false;
  size_t type_offset = 0;   // of ob_type in an object
  size_t head_size = 0;     // object.__basicsize__
  size_t type_version = 0;  // of the version in a type; 0: not known
  // Strings: read in place only if `strings` is set, otherwise through an encoded copy.
  bool strings = false;
  size_t length_offset = 0, state_offset = 0, ascii_data = 0, wide_data = 0;
  uint32_t kind_shift = 0, ascii_bit = 0, compact_bit = 0;
};
inline Layout layout;

// Opens the library and fills the table. Returns an empty string, or what was missing.
[[nodiscard]] std::string load(const char* library);

// Measures the layout. Attached, after initialization. Returns an empty string, or what does not fit.
[[nodiscard]] std::string measure();

inline PyObject* type_of(PyObject* object) {
  return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(object) + layout.type_offset);
}

// Another number after each change of the type or of a base of it; 0 is none.
inline uint32_t version_of(PyObject* type) {
  auto* word = reinterpret_cast<const uint32_t*>(reinterpret_cast<char*>(type) + layout.type_version);
  return layout.type_version ? __atomic_load_n(word, __ATOMIC_RELAXED) : 0;
}

// Twins. While it lives, a new object is written to that nobody else knows. Its memory may have been another
// object's a moment ago, and it will reach other threads, both by means of CPython's own, of which the thread
// sanitizer sees nothing: it would take these writes for races.
#if defined(__SANITIZE_THREAD__)
extern "C" void AnnotateIgnoreWritesBegin(const char* file, int line);
extern "C" void AnnotateIgnoreWritesEnd(const char* file, int line);
struct Newborn {
  Newborn() { AnnotateIgnoreWritesBegin(__FILE__, __LINE__); }
  ~Newborn() { AnnotateIgnoreWritesEnd(__FILE__, __LINE__); }
};
#else
struct Newborn {
  Newborn() {}
};
#endif

inline PyObject* none() { return api._Py_NoneStruct; }

// A borrowed look into an exact str, valid while the object is referenced. `kind` is 1, 2 or 4 bytes a
// character.
struct Text {
  int kind;
  bool ascii;
  const void* data;
  Py_ssize_t size;
};
inline bool look(PyObject* text, Text* out) {
  auto* base = reinterpret_cast<const char*>(text);
  auto state = *reinterpret_cast<const uint32_t*>(base + layout.state_offset);
  if (!layout.strings || !(state & layout.compact_bit)) return false;
  out->kind = static_cast<int>((state >> layout.kind_shift) & 7);
  out->ascii = (state & layout.ascii_bit) != 0;
  out->data = base + (out->ascii ? layout.ascii_data : layout.wide_data);
  out->size = *reinterpret_cast<const Py_ssize_t*>(base + layout.length_offset);
  return true;
}

}  // namespace caduceus::py
