// What Python may ask of a JavaScript object, carried out by the operate factory.
#include "bridge/js_object.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

constexpr size_t kNames = 1024;

napi_value call_operate(Env& env, JsOperation operation, napi_value target, napi_value first,
                        napi_value second) {
  napi_value arguments[4] = {nullptr, target, first, second};
  napi_create_int32(env.napi, operation, &arguments[0]);
  env.out[0] = js::kUndefined;
  py::Detached detached(env.thread);
  return js::call(env.napi, js::undefined(env.napi), env.factory(js::kOperate), 4, arguments);
}

// An attribute's name: a number that TypeScript knows it by, or the text itself. A name of a program's own
// code is one object, so that its address tells.
napi_value name_to_js(Env& env, PyObject* name, napi_value target) {
  if (py::type_of(name) != api.PyUnicode_Type) return give_js(env, name);
  if (env.js_names.empty()) env.js_names.resize(kNames);
  size_t place = (reinterpret_cast<uintptr_t>(name) * 0x9E3779B97F4A7C15ull >> 32) % kNames;
  Env::JsName& known = env.js_names[place];
  napi_value number = nullptr;
  napi_create_int32(env.napi, static_cast<int32_t>(place), &number);
  if (known.name == name) return number;
  napi_value text = text_to_js(env, name);
  if (!text || std::exchange(known.met, name) != name || env.told_names > 0) return text;
  if (!call_operate(env, kNameIt, target, text, number)) return text;
  Ref replaced = Ref::steal(std::exchange(known.name, Ref::copy(name).release()));
  return number;
}

// What the operation has answered with; empty without an exception: there is no such thing.
Ref answer(Env& env, JsOperation operation, PyObject* self, napi_value result) {
  if (env.out[0] == js::kMissing) return {};
  if (env.out[0] != js::kWrapped)
    return to_python(env, result, operation == kDir ? Rule::kGiven : Rule::kTaken);
  int32_t word = env.out[kOneWord];
  bool of_member = operation == kGet || (operation == kGetItem && fields_of(self)->mode != Mode::kMap);
  if (!of_member || static_cast<Mode>(word % kDeclared) != Mode::kCall)
    return described_to_python(env, result);
  // A method knows its `this`.
  return js_object(env, result, described_id(env), Mode::kCall, self, word / kDeclared);
}

}  // namespace

PyObject* operate(Env& env, JsOperation operation, PyObject* self, PyObject* first, PyObject* second) {
  js::HandleScope scope(env.napi);
  SetAside aside(env);
  JsFields* fields = fields_of(self);
  napi_value target = value_of(env, fields);
  if (!target) {
    raise_collected();
    return nullptr;
  }
  napi_value given[2] = {js::undefined(env.napi), js::undefined(env.napi)};
  bool is_name = operation == kGet || operation == kSet;
  if (second && !(given[1] = give_js(env, second))) return nullptr;
  // Last: what ran in between might give the place to another name.
  if (first && !(given[0] = is_name ? name_to_js(env, first, target) : give_js(env, first))) return nullptr;
  env.told_names += is_name;
  napi_value result = call_operate(env, operation, target, given[0], given[1]);
  env.told_names -= is_name;
  if (!result) {
    raise_thrown(env);
    return nullptr;
  }
  return answer(env, operation, self, result).release();
}

bool read_items(Env& env, PyObject* array, uint32_t index, uint32_t count, std::vector<Ref>* made) {
  js::HandleScope scope(env.napi);
  SetAside aside(env);
  napi_value target = value_of(env, fields_of(array));
  if (!target) {
    raise_collected();
    return false;
  }
  napi_value result =
      call_operate(env, kItems, target, js::number(env.napi, index), js::number(env.napi, count));
  if (!result) {
    raise_thrown(env);
    return false;
  }
  if (env.out[0] == js::kMissing) return true;
  if (count > 1) return build_all(env, result, made);
  made->push_back(answer(env, kItems, array, result));
  return static_cast<bool>(made->back());
}

PyObject* run(JsOperation operation, PyObject* self, PyObject* first, PyObject* second) {
  if (!is_ready(self)) return nullptr;
  Env& env = *fields_of(self)->env;
  // Here: what goes to another thread is kept on the heap.
  if (env.on_owner() && !env.closed.load()) return operate(env, operation, self, first, second);
  return on_owner(env, [&] { return operate(env, operation, self, first, second); });
}

}  // namespace caduceus::bridge
