// Python classes whose objects become something else in JavaScript: TypeScript converts them
// (src/proxies/codecs.ts).
#include "bridge/exports.hpp"

namespace caduceus::bridge {

using py::api;

int32_t find_codec(Env& env, PyObject* type) {
  auto key = reinterpret_cast<uint64_t>(type);
  if (auto* entry = env.codec_types.find(key)) return static_cast<int32_t>(entry->value);
  Ref codecs = Ref::copy(env.codecs);
  uint32_t changes = env.codec_changes;
  Ref number =
      undisturbed([&] { return Ref::steal(api.PyObject_Vectorcall(codecs.get(), &type, 1, nullptr)); });
  if (!number) {
    api.PyErr_WriteUnraisable(type);
    return 0;
  }
  int overflow = 0;
  auto found = static_cast<int32_t>(api.PyLong_AsLongLongAndOverflow(number.get(), &overflow));
  // Bounded, and the owner of its types, as the kinds are.
  if (env.codec_types.size() > 4096) forget_types(env.codec_types);
  if (changes != env.codec_changes) return found;  // JavaScript ran meanwhile: it holds for this once
  api.Py_IncRef(type);
  env.codec_types.set(key, static_cast<uint64_t>(found));
  return found;
}

napi_value coded(Env& env, Ref object, int32_t codec) {
  bool error;
  napi_value proxy = existing_proxy(env, object.get(), &error);
  napi_value result;
  if (proxy) {
    result = known(env, js::kCoded, proxy);
  } else {
    auto kind = static_cast<int32_t>(kind_of(env, py::type_of(object.get())));
    result = env.result(js::kCoded, static_cast<int32_t>(new_handle(env, std::move(object))), kind);
  }
  env.out[3] = codec;
  env.out[4] = env.thread->callbacks;
  return result;
}

void forget_codecs(Env& env) {
  ++env.codec_changes;
  Ref codecs = Ref::steal(std::exchange(env.codecs, nullptr));
  forget_types(env.codec_types);
}

// (): in how many of Python's calls JavaScript runs here
napi_value depth(Env& env, const js::Arguments&) { return js::number(env.napi, env.thread->callbacks); }

// (handle, 1 or 0): what tells the number of a type's codec; whether any class has one. Also where other
// classes have one than before.
napi_value use_codecs(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  bool any = js::to_int(env.napi, args[1]) != 0;
  forget_codecs(env);
  if (any) env.codecs = Ref::copy(operation.object()).release();
  return js::boolean(env.napi, true);
}

}  // namespace caduceus::bridge
