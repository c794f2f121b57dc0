// Scalars on their way between threads.
#include "bridge/scalar.hpp"

#include <cstring>

namespace caduceus::bridge {

using py::api;

namespace {

// A longer text is kept as an object: copying it would cost more than attaching.
constexpr size_t kLongText = 4096;
constexpr int64_t kMaxSafe = 9007199254740991;

bool text_of_js(Env& env, napi_value value, Scalar* out) {
  char16_t units[256];
  size_t size = 0;
  if (napi_get_value_string_utf16(env.napi, value, units, 256, &size) != napi_ok) return false;
  if (size < 254) {  // whole, and not cut within a pair
    out->text.assign(reinterpret_cast<char*>(units), size * 2);
  } else {
    napi_get_value_string_utf16(env.napi, value, nullptr, 0, &size);
    if (size > kLongText) return false;
    out->text.resize((size + 1) * 2);
    napi_get_value_string_utf16(env.napi, value, reinterpret_cast<char16_t*>(out->text.data()), size + 1,
                                &size);
    out->text.resize(size * 2);
  }
  out->width = 2;
  out->type = Scalar::kText;
  return true;
}

bool text_of_object(PyObject* object, Scalar* out) {
  py::Text seen;
  if (!py::look(object, &seen) || static_cast<size_t>(seen.size) > kLongText) return false;
  out->type = Scalar::kText;
  out->width = static_cast<uint8_t>(seen.kind);
  out->text.assign(static_cast<const char*>(seen.data), static_cast<size_t>(seen.size * seen.kind));
  return true;
}

}  // namespace

bool scalar_of_js(Env& env, napi_value value, napi_valuetype type, Scalar* out) {
  switch (type) {
    case napi_undefined:
    case napi_null:
      out->type = Scalar::kNone;
      return true;
    case napi_boolean: {
      bool is = false;
      napi_get_value_bool(env.napi, value, &is);
      out->type = is ? Scalar::kTrue : Scalar::kFalse;
      return true;
    }
    case napi_number:
      out->type = Scalar::kFloat;
      out->real = js::to_double(env.napi, value);
      return true;
    case napi_string:
      return text_of_js(env, value, out);
    default:
      return false;
  }
}

PyObject* scalar_to_object(const Scalar& scalar) {
  switch (scalar.type) {
    case Scalar::kNone:
      return Ref::copy(py::none()).release();
    case Scalar::kTrue:
    case Scalar::kFalse:
      return Ref::copy(scalar.type == Scalar::kTrue ? api._Py_TrueStruct : api._Py_FalseStruct).release();
    case Scalar::kInteger:
      return api.PyLong_FromLongLong(scalar.integer);
    case Scalar::kFloat:
      return number_to_python(scalar.real).release();
    default:
      return units_to_python(reinterpret_cast<const char16_t*>(scalar.text.data()), scalar.text.size() / 2)
          .release();
  }
}

bool scalar_of_object(PyObject* object, Scalar* out) {
  PyObject* type = py::type_of(object);
  if (object == py::none()) {
    out->type = Scalar::kNone;
  } else if (object == api._Py_TrueStruct || object == api._Py_FalseStruct) {
    out->type = object == api._Py_TrueStruct ? Scalar::kTrue : Scalar::kFalse;
  } else if (type == api.PyFloat_Type) {
    out->type = Scalar::kFloat;
    out->real = api.PyFloat_AsDouble(object);
  } else if (type == api.PyLong_Type) {
    int overflow = 0;
    out->integer = api.PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow || out->integer > kMaxSafe || out->integer < -kMaxSafe) return false;
    out->type = Scalar::kInteger;
  } else {
    return type == api.PyUnicode_Type && text_of_object(object, out);
  }
  return true;
}

napi_value scalar_to_value(Env& env, const Scalar& scalar) {
  napi_value result = nullptr;
  switch (scalar.type) {
    case Scalar::kNone:
      return js::null(env.napi);
    case Scalar::kTrue:
    case Scalar::kFalse:
      return js::boolean(env.napi, scalar.type == Scalar::kTrue);
    case Scalar::kInteger:
      return js::number(env.napi, static_cast<double>(scalar.integer));
    case Scalar::kFloat:
      return js::number(env.napi, scalar.real);
    default:
      break;
  }
  size_t size = scalar.text.size() / scalar.width;
  if (scalar.width == 1) {
    napi_create_string_latin1(env.napi, scalar.text.data(), size, &result);
  } else if (scalar.width == 2) {
    napi_create_string_utf16(env.napi, reinterpret_cast<const char16_t*>(scalar.text.data()), size, &result);
  } else {
    result = wide_to_js(env, reinterpret_cast<const uint32_t*>(scalar.text.data()), size);
  }
  return result;
}

}  // namespace caduceus::bridge
