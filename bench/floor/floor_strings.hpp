// Strings across the floor: no UTF-8 in between, one copy where the two representations agree.
#pragma once

#include <Python.h>
#include <node_api.h>

#include <cstddef>

#include "floor_state.hpp"

namespace floor_addon {

// Needs: attached. Null when the value is no string (nothing is thrown or raised).
[[nodiscard]] Ref string_to_python(napi_env env, napi_value value);

// Needs: attached, and a str.
[[nodiscard]] napi_value string_to_js(napi_env env, PyObject* text);

}  // namespace floor_addon
