// Thin names over Node-API. Nothing here sees a PyObject.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <string>

namespace caduceus::js {

// Arguments of an export, without a heap allocation. TypeScript never passes more than kMost.
struct Arguments {
  static constexpr size_t kMost = 12;
  size_t count = kMost;
  napi_value values[kMost];
  napi_value operator[](size_t index) const { return values[index]; }
};

class HandleScope {
 public:
  explicit HandleScope(napi_env env) : env_(env) { napi_open_handle_scope(env, &scope_); }
  ~HandleScope() { napi_close_handle_scope(env_, scope_); }
  HandleScope(const HandleScope&) = delete;
  HandleScope& operator=(const HandleScope&) = delete;

 private:
  napi_env env_;
  napi_handle_scope scope_ = nullptr;
};

inline napi_value undefined(napi_env env) {
  napi_value value;
  napi_get_undefined(env, &value);
  return value;
}
inline napi_value null(napi_env env) {
  napi_value value;
  napi_get_null(env, &value);
  return value;
}
inline napi_value boolean(napi_env env, bool is) {
  napi_value value;
  napi_get_boolean(env, is, &value);
  return value;
}
inline napi_value number(napi_env env, double is) {
  napi_value value;
  napi_create_double(env, is, &value);
  return value;
}
// Calls; null if it threw. The status alone tells: Bun writes a result even then.
inline napi_value call(napi_env env, napi_value self, napi_value function, size_t count,
                       const napi_value* arguments) {
  napi_value result = nullptr;
  return napi_call_function(env, self, function, count, arguments, &result) == napi_ok ? result : nullptr;
}
inline napi_value construct(napi_env env, napi_value function, size_t count, const napi_value* arguments) {
  napi_value result = nullptr;
  return napi_new_instance(env, function, count, arguments, &result) == napi_ok ? result : nullptr;
}
inline napi_valuetype type_of(napi_env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  return type;
}
inline int32_t to_int(napi_env env, napi_value value) {
  int32_t is = 0;
  napi_get_value_int32(env, value, &is);
  return is;
}
inline double to_double(napi_env env, napi_value value) {
  double is = 0;
  napi_get_value_double(env, value, &is);
  return is;
}
inline std::string to_utf8(napi_env env, napi_value value) {
  size_t size = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &size) != napi_ok) return {};
  std::string text(size, '\0');
  napi_get_value_string_utf8(env, value, text.data(), size + 1, &size);
  return text;
}

}  // namespace caduceus::js
