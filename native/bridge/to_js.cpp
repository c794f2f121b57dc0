// Python values to JavaScript: scalars in place, everything else as a proxy.
#include <cmath>
#include <cstring>

#include "bridge/env.hpp"
#include "py/error.hpp"
#include "py/interrupt.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

constexpr long long kMaxSafe = 9007199254740991;

// Digits of `hex(value)`, most significant first, to 64-bit words. Linear, and the same on every version.
napi_value big_to_js(Env& env, PyObject* integer) {
  Ref hex = Ref::steal(api.PyNumber_ToBase(integer, 16));
  Ref bytes = Ref::steal(hex ? api.PyUnicode_AsEncodedString(hex.get(), "ascii", nullptr) : nullptr);
  char* text = nullptr;
  Py_ssize_t size = 0;
  if (!bytes || api.PyBytes_AsStringAndSize(bytes.get(), &text, &size) < 0) return nullptr;
  bool negative = text[0] == '-';
  const char* digits = text + (negative ? 3 : 2);
  auto count = static_cast<size_t>(text + size - digits);
  std::vector<uint64_t> words((count + 15) / 16);
  for (size_t i = 0; i < count; ++i) {
    char digit = digits[count - 1 - i];
    uint64_t nibble = static_cast<uint64_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
    words[i / 16] |= nibble << (4 * (i % 16));
  }
  napi_value big = nullptr;
  if (napi_create_bigint_words(env.napi, negative, words.size(), words.data(), &big) != napi_ok) {
    bool pending = false;
    napi_is_exception_pending(env.napi, &pending);
    napi_value ignored;
    if (pending) napi_get_and_clear_last_exception(env.napi, &ignored);
    api.PyErr_SetString(
        *api.PyExc_OverflowError,
        "this int is larger than a JavaScript BigInt can be (2**30 bits); keep it in Python with "
        "py.int(...) or py.item(...)");
    return nullptr;
  }
  return big;
}

napi_value int_to_js(Env& env, PyObject* integer) {
  int overflow = 0;
  long long value = api.PyLong_AsLongLongAndOverflow(integer, &overflow);
  napi_value result = nullptr;
  if (!overflow && value >= -kMaxSafe && value <= kMaxSafe) {
    if (value >= INT32_MIN && value <= INT32_MAX) {
      napi_create_int32(env.napi, static_cast<int32_t>(value), &result);
    } else {
      napi_create_double(env.napi, static_cast<double>(value), &result);
    }
    return result;
  }
  if (overflow) return big_to_js(env, integer);
  napi_create_bigint_int64(env.napi, value, &result);
  return result;
}

napi_value too_long(Env& env) {
  napi_value ignored;
  napi_get_and_clear_last_exception(env.napi, &ignored);
  api.PyErr_SetString(*api.PyExc_OverflowError,
                      "this str or bytes is longer than a JavaScript value can be; slice it in Python first");
  return nullptr;
}

napi_value utf16_to_js(Env& env, const char16_t* data, size_t size) {
  napi_value result = nullptr;
  return napi_create_string_utf16(env.napi, data, size, &result) == napi_ok ? result : too_long(env);
}

napi_value bytes_to_js(Env& env, PyObject* bytes) {
  char* data = nullptr;
  Py_ssize_t size = 0;
  if (api.PyBytes_AsStringAndSize(bytes, &data, &size) < 0) return nullptr;
  void* copy = nullptr;
  napi_value buffer, array = nullptr;
  if (napi_create_arraybuffer(env.napi, static_cast<size_t>(size), &copy, &buffer) != napi_ok)
    return too_long(env);
  if (size) std::memcpy(copy, data, static_cast<size_t>(size));
  napi_create_typedarray(env.napi, napi_uint8_array, static_cast<size_t>(size), buffer, 0, &array);
  return array;
}

// A scalar's JavaScript value; null without a pending exception if `value` is none.
napi_value scalar_to_js(Env& env, PyObject* value, PyObject* type) {
  napi_value result = nullptr;
  if (type == api.PyUnicode_Type) return text_to_js(env, value);
  if (type == api.PyLong_Type) return int_to_js(env, value);
  if (type == api.PyFloat_Type) return js::number(env.napi, api.PyFloat_AsDouble(value));
  if (value == api._Py_NoneStruct) return js::null(env.napi);
  if (value == api._Py_TrueStruct) return js::boolean(env.napi, true);
  if (value == api._Py_FalseStruct) return js::boolean(env.napi, false);
  if (type == api.PyBytes_Type) return bytes_to_js(env, value);
  return result;
}

// What is not an exact scalar but still comes over as a value. `done` says whether it was one.
napi_value special_to_js(Env& env, PyObject* value, uint32_t kind, bool* done) {
  *done = true;
  if (kind & kUndefined) return js::undefined(env.napi);
  if (kind & (kJsObject | kJsError)) {
    if (napi_value home = js_value_of(env, value, kind)) return home;
  }
  if (kind & kScalar) {
    Ref kin = call_helper(kKin, value);
    return kin ? scalar_to_js(env, kin.get(), py::type_of(kin.get())) : nullptr;
  }
  *done = false;
  return nullptr;
}

}  // namespace

// Characters beyond the BMP become surrogate pairs; lone surrogates stay what they are.
napi_value wide_to_js(Env& env, const uint32_t* data, size_t size) {
  std::vector<char16_t>& units = env.scratch;
  if (units.size() < 2 * size) units.resize(2 * size);
  char16_t* to = units.data();
  for (size_t i = 0; i < size; ++i) {
    uint32_t c = data[i];
    if (c < 0x10000) {
      *to++ = static_cast<char16_t>(c);
    } else {
      *to++ = static_cast<char16_t>(0xD7C0 + (c >> 10));
      *to++ = static_cast<char16_t>(0xDC00 + (c & 0x3FF));
    }
  }
  napi_value result = utf16_to_js(env, units.data(), static_cast<size_t>(to - units.data()));
  env.trim_scratch();
  return result;
}

napi_value text_to_js(Env& env, PyObject* text) {
  py::Text seen;
  napi_value result = nullptr;
  if (!py::look(text, &seen)) {
    Ref bytes = Ref::steal(api.PyUnicode_AsEncodedString(text, "utf-16-le", "surrogatepass"));
    char* data = nullptr;
    Py_ssize_t size = 0;
    if (!bytes || api.PyBytes_AsStringAndSize(bytes.get(), &data, &size) < 0) return nullptr;
    return utf16_to_js(env, reinterpret_cast<char16_t*>(data), static_cast<size_t>(size) / 2);
  }
  auto size = static_cast<size_t>(seen.size);
  if (seen.kind == 2) return utf16_to_js(env, static_cast<const char16_t*>(seen.data), size);
  if (seen.kind == 4) return wide_to_js(env, static_cast<const uint32_t*>(seen.data), size);
  if (napi_create_string_latin1(env.napi, static_cast<const char*>(seen.data), size, &result) != napi_ok) {
    return too_long(env);
  }
  return result;
}

napi_value take(Env& env, Ref value, bool converts) {
  if (!value) return raised(env);
  PyObject* object = value.get();
  PyObject* type = py::type_of(object);
  if (napi_value scalar = scalar_to_js(env, object, type)) return scalar;
  if (api.PyErr_Occurred()) return raised(env);
  if (int32_t codec = converts ? codec_of(env, type) : 0) [[unlikely]]
    return coded(env, std::move(value), codec);
  bool error;
  if (napi_value proxy = existing_proxy(env, object, &error)) {
    return error ? known(env, js::kErrorValue, proxy) : proxy;
  }
  if (type == api.PyMethod_Type || type == api.PyCFunction_Type) {
    // Python makes a new object whenever a method is read; JavaScript sees one function.
    Ref same = call_helper(kSameMethod, object);
    if (!same) return raised(env);
    if (same.get() != object) return take(env, std::move(same));
  }
  uint32_t kind = kind_of(env, type);
  if (kind & kReference) return take(env, Ref::steal(api.PyObject_GetAttrString(object, "value")), false);
  if (kind & (kScalar | kJsObject | kJsError | kUndefined)) {
    bool done;
    napi_value result = special_to_js(env, object, kind, &done);
    if (done && !result) return raised(env);
    if (kind & kUndefined) return env.result(js::kUndefined);
    if (done) return js::type_of(env.napi, result) == napi_undefined ? env.result(js::kUndefined) : result;
  }
  return env.result(js::kWrapped, static_cast<int32_t>(new_handle(env, std::move(value))),
                    static_cast<int32_t>(kind));
}

napi_value take_wrapped(Env& env, Ref value, uint32_t extra_kind) {
  napi_value result = take(env, std::move(value));
  if (js::type_of(env.napi, result) != napi_undefined || env.out[0] == js::kUndefined) return result;
  env.out[2] |= static_cast<int32_t>(extra_kind);
  // A new object, or the conversion's own exception: both are the wrap factory's business.
  auto wrap = [&] { return js::call(env.napi, js::undefined(env.napi), env.factory(js::kWrap), 0, nullptr); };
  if (env.out[0] != js::kCoded) return wrap();
  env.out[4] = -1;                    // nobody has asked for it: it comes in the middle of Python's call
  py::Detached detached(env.thread);  // a codec is JavaScript of the program's
  return wrap();
}

namespace {

napi_value decoded(Env& env, napi_value program) {
  auto decode = [&] {
    return js::call(env.napi, js::undefined(env.napi), env.factory(js::kDecode), 1, &program);
  };
  if (!env.codecs) return decode();
  py::Detached detached(env.thread);  // a codec is JavaScript of the program's
  return decode();
}

}  // namespace

napi_value give_js(Env& env, PyObject* object) {
  PyObject* type = py::type_of(object);
  if (napi_value scalar = scalar_to_js(env, object, type)) return scalar;
  if (api.PyErr_Occurred()) return nullptr;
  napi_value value = nullptr;
  if (type == api.PyDict_Type || type == api.PyList_Type || type == api.PyTuple_Type ||
      type == api.PySet_Type) {
    napi_value program = flatten(env, object, Depth::kGiven);
    if (!program) return nullptr;
    value = decoded(env, program);
  } else {
    // A function that is given by reference is not a callback: what it receives is given, what it returns
    // taken.
    uint32_t extra = kind_of(env, type) & kReference ? 0u : uint32_t{kCallback};
    value = take_wrapped(env, Ref::copy(object), extra);
  }
  if (!value) raise_thrown(env);
  return value;
}

namespace {

bool is_chained(PyObject* error) {
  if (Ref cause = Ref::steal(api.PyException_GetCause(error))) return true;
  if (!Ref::steal(api.PyException_GetContext(error))) return false;
  Ref suppressed = Ref::steal(api.PyObject_GetAttrString(error, "__suppress_context__"));
  return !suppressed || suppressed.get() != api._Py_TrueStruct;
}

// What an error says from the start: its message in `texts`, in the channel its type's number and whether it
// is chained.
void tell(Env& env, PyObject* error, int32_t type) {
  Ref message = Ref::steal(api.PyObject_Str(error));
  if (!message) {
    api.PyErr_Clear();  // the message says what kept it from being made
    message = call_helper(kMessage, error);
  }
  napi_value texts, text = message ? text_to_js(env, message.get()) : nullptr;
  api.PyErr_Clear();
  env.out[0] = js::kRaised;  // from here on JavaScript that a destructor runs sets the message aside
  napi_get_reference_value(env.napi, env.texts, &texts);
  napi_set_element(env.napi, texts, 0, text ? text : js::undefined(env.napi));
  env.out[3] = type;
  env.out[4] = is_chained(error);
}

}  // namespace

napi_value raised(Env& env) {
  if (env.thread->ending.load(std::memory_order_relaxed)) py::forget_interrupt(env.thread, false);
  Ref error = py::take_error();
  if (!error || env.thread->ending.load(std::memory_order_relaxed)) return env.result(js::kUndefined);
  PyObject* type = py::type_of(error.get());
  uint64_t kind = kind_and_type(env, type);
  if (kind & kJsError) {
    if (napi_value thrown = js_value_of(env, error.get(), kind)) {
      napi_throw(env.napi, thrown);
      return nullptr;
    }
  }
  py::release_locals(error.get());
  bool is_error;
  if (napi_value held = existing_proxy(env, error.get(), &is_error)) return known(env, js::kRaised, held);
  tell(env, error.get(), static_cast<int32_t>(kind >> 32));
  return env.result(js::kRaised, static_cast<int32_t>(new_handle(env, std::move(error))),
                    static_cast<int32_t>(kind));
}

napi_value refused(Env& env, py::Entry entry) {
  switch (entry) {
    case py::Entry::kBarred:
      return env.result(js::kRefused, js::kBarredThread);
    case py::Entry::kStack:
      return env.result(js::kRefused, js::kNoStack);
    default:
      return env.result(js::kRefused, js::kClosedPython);
  }
}

}  // namespace caduceus::bridge
