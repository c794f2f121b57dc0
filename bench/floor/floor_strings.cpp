// The two directions of strings between V8 and CPython.
#include "floor_strings.hpp"

#include <cstdint>
#include <cstring>
#include <memory>

namespace floor_addon {
namespace {

constexpr bool is_lead(char16_t unit) { return (unit & 0xFC00) == 0xD800; }
constexpr bool is_trail(char16_t unit) { return (unit & 0xFC00) == 0xDC00; }

// All bits that occur: enough to choose a kind, and a loop that compilers vectorize.
char16_t bits_of(const char16_t* units, size_t length) {
  char16_t bits = 0;
  for (size_t i = 0; i < length; ++i) bits |= units[i];
  return bits;
}

Ref from_latin1(const char16_t* units, size_t length, Py_UCS4 limit) {
  Ref text(PyUnicode_New(static_cast<Py_ssize_t>(length), limit));
  if (!text) return text;
  Py_UCS1* out = PyUnicode_1BYTE_DATA(text.get());
  for (size_t i = 0; i < length; ++i) out[i] = static_cast<Py_UCS1>(units[i]);
  return text;
}

size_t count_pairs(const char16_t* units, size_t length) {
  size_t pairs = 0;
  for (size_t i = 0; i + 1 < length; ++i) pairs += is_lead(units[i]) & is_trail(units[i + 1]);
  return pairs;
}

Ref from_pairs(const char16_t* units, size_t length, size_t pairs) {
  Ref text(PyUnicode_New(static_cast<Py_ssize_t>(length - pairs), 0x10FFFF));
  if (!text) return text;
  Py_UCS4* out = PyUnicode_4BYTE_DATA(text.get());
  for (size_t i = 0; i < length; ++i) {
    const bool pair = is_lead(units[i]) && i + 1 < length && is_trail(units[i + 1]);
    *out++ = pair ? 0x10000 + ((units[i] & 0x3FFu) << 10) + (units[i + 1] & 0x3FFu) : units[i];
    i += pair;
  }
  return text;
}

Ref from_utf16(const char16_t* units, size_t length) {
  const char16_t bits = bits_of(units, length);
  if (bits < 0x80) return from_latin1(units, length, 0x7F);
  if (bits < 0x100) return from_latin1(units, length, 0xFF);
  const size_t pairs = bits < 0xD800 ? 0 : count_pairs(units, length);
  if (pairs > 0) return from_pairs(units, length, pairs);
  Ref text(PyUnicode_New(static_cast<Py_ssize_t>(length), 0xFFFF));
  if (text) std::memcpy(PyUnicode_2BYTE_DATA(text.get()), units, length * sizeof(char16_t));
  return text;
}

// Room for units on their way, kept for the next string: at a megabyte, what malloc asks the system for each
// time costs more than the copy. Only the JavaScript thread that loads the floor uses it.
class Scratch {
 public:
  [[nodiscard]] char16_t* data() noexcept { return units_.get(); }
  [[nodiscard]] size_t size() const noexcept { return size_; }

  char16_t* grow(size_t wanted) {
    if (wanted <= size_) return data();
    units_ = std::make_unique_for_overwrite<char16_t[]>(wanted);
    size_ = wanted;
    return data();
  }

 private:
  size_t size_ = 4096;
  std::unique_ptr<char16_t[]> units_ = std::make_unique_for_overwrite<char16_t[]>(size_);
};

Scratch scratch;

napi_value from_ucs4(napi_env env, const Py_UCS4* points, size_t length) {
  char16_t* const units = scratch.grow(2 * length);
  char16_t* out = units;
  for (size_t i = 0; i < length; ++i) {
    const Py_UCS4 point = points[i];
    if (point < 0x10000) {
      *out++ = static_cast<char16_t>(point);
    } else {
      *out++ = static_cast<char16_t>(0xD7C0 + (point >> 10));
      *out++ = static_cast<char16_t>(0xDC00 + (point & 0x3FF));
    }
  }
  napi_value result = nullptr;
  napi_create_string_utf16(env, units, static_cast<size_t>(out - units), &result);
  return result;
}

}  // namespace

Ref string_to_python(napi_env env, napi_value value) {
  size_t length = 0;
  if (napi_get_value_string_utf16(env, value, scratch.data(), scratch.size(), &length) != napi_ok)
    return Ref();
  if (length + 1 == scratch.size()) {
    // It may have been cut short.
    if (napi_get_value_string_utf16(env, value, nullptr, 0, &length) != napi_ok) return Ref();
    scratch.grow(length + 2);
    if (napi_get_value_string_utf16(env, value, scratch.data(), scratch.size(), &length) != napi_ok)
      return Ref();
  }
  return from_utf16(scratch.data(), length);
}

napi_value string_to_js(napi_env env, PyObject* text) {
  const auto length = static_cast<size_t>(PyUnicode_GET_LENGTH(text));
  napi_value result = nullptr;
  switch (PyUnicode_KIND(text)) {
    case PyUnicode_1BYTE_KIND:
      napi_create_string_latin1(env, reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(text)), length,
                                &result);
      return result;
    case PyUnicode_2BYTE_KIND:
      napi_create_string_utf16(env, reinterpret_cast<const char16_t*>(PyUnicode_2BYTE_DATA(text)), length,
                               &result);
      return result;
    default:
      return from_ucs4(env, PyUnicode_4BYTE_DATA(text), length);
  }
}

}  // namespace floor_addon
