// JavaScript objects inside Python: what a careful author writes who needs numbers, methods and items of
// them.
#pragma once

#include <Python.h>
#include <node_api.h>

#include "floor_state.hpp"

namespace floor_addon {

// Needs: attached. An object whose attributes are properties, whose methods know their `this` and whose items
// are an array's. Empty: an exception is set.
[[nodiscard]] Ref wrap_object(napi_env env, napi_value object);

}  // namespace floor_addon
