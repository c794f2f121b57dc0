// A scalar outside both heaps: what crosses between threads without any of them waiting for Python.
#pragma once

#include <string>

#include "bridge/env.hpp"

namespace caduceus::bridge {

struct Scalar {
  enum Type : uint8_t { kNothing, kNone, kTrue, kFalse, kInteger, kFloat, kText };
  Type type = kNothing;
  uint8_t width = 1;  // bytes a character
  union {
    int64_t integer = 0;
    double real;
  };
  std::string text;  // the characters' bytes
};

// Owner thread. False: not a scalar that fits.
bool scalar_of_js(Env& env, napi_value value, napi_valuetype type, Scalar* out);
// Attached, any thread. Null: an exception is pending.
PyObject* scalar_to_object(const Scalar& scalar);
// Attached, any thread. False: not a scalar that fits; no exception is pending.
bool scalar_of_object(PyObject* object, Scalar* out);
// Owner thread.
napi_value scalar_to_value(Env& env, const Scalar& scalar);

}  // namespace caduceus::bridge
