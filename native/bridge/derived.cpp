// Objects of Python classes that extend JavaScript's: how the two sides are made and become one, and whose
// attributes are whose.
#include "bridge/exports.hpp"
#include "bridge/js_object.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

// What `name` means for all instances of the type; empty without an exception if nothing.
Ref on_type(PyObject* self, PyObject* name) {
  PyObject* type = py::type_of(self);
  if (api._PyType_LookupRef) return Ref::steal(api._PyType_LookupRef(type, name));
  return Ref::copy(api._PyType_Lookup(type, name));
}

// Whether it is a member of a JavaScript class, which JavaScript itself looks up.
bool is_member(const Ref& found) { return found && py::type_of(found.get()) == helper(kJsMember); }

Ref in_instance(PyObject* self, PyObject* name) {
  return Ref::steal(api._PyObject_GenericGetAttrWithDict(self, name, nullptr, 1));
}

}  // namespace

bool is_ready(PyObject* self) {
  JsFields* fields = fields_of(self);
  if (fields->env) return true;
  if (!call_helper(kComplete, self)) return false;
  if (fields->env) return true;
  api.PyErr_SetString(*api.PyExc_RuntimeError, "this object has no JavaScript side: its __new__ made none");
  return false;
}

// tp_new: the Python side, whose JavaScript side the constructor of the JavaScript class makes.
PyObject* new_derived(PyObject* type, PyObject*, PyObject*) {
  if (is_own_type(type)) {
    api.PyErr_SetString(*api.PyExc_TypeError, "JavaScript objects are made by calling JavaScript classes");
    return nullptr;
  }
  // object's, which refuses what is abstract.
  auto create = reinterpret_cast<PyObject* (*)(PyObject*, PyObject*, PyObject*)>(
      api.PyType_GetSlot(api.PyBaseObject_Type, py::kTpNew));
  Ref none = Ref::steal(api.PyTuple_New(0));
  PyObject* made = none ? create(type, none.get(), nullptr) : nullptr;
  if (!made) return nullptr;
  fields_of(made)->mode = Mode::kObject;
  fields_of(made)->derived = true;
  return made;
}

namespace {

PyObject* construct_here(Env& env, PyObject* self, PyObject* function, PyObject* args, PyObject* options) {
  js::HandleScope scope(env.napi);
  SetAside aside(env);
  Ref name = Ref::steal(api.PyUnicode_FromStringAndSize("__js_class__", 12));
  Ref target = name ? on_type(self, name.get()) : Ref();
  if (!target) return nullptr;
  std::vector<napi_value> values{value_of(env, fields_of(function)), value_of(env, fields_of(target.get()))};
  for (Py_ssize_t i = 0; i < api.PyTuple_Size(args); ++i) {
    values.push_back(give_js(env, api.PyTuple_GetItem(args, i)));
    if (!values.back()) return nullptr;
  }
  if (api.PyObject_Size(options) > 0) {
    values.push_back(give_js(env, options));
    if (!values.back()) return nullptr;
  }
  Env::Building building{self, env.building};
  env.building = &building;
  napi_value done = nullptr;
  {
    py::Detached detached(env.thread);
    done = js::call(env.napi, js::undefined(env.napi), env.factory(js::kBuild), values.size(), values.data());
  }
  env.building = building.outer;
  if (done) return Ref::copy(py::none()).release();
  raise_thrown(env);
  return nullptr;
}

}  // namespace

// A JavaScript class's __js_construct__(Python side, arguments, options): its constructor makes the
// JavaScript side.
PyObject* construct(PyObject* function, PyObject* args) {
  PyObject* parts[3];
  for (Py_ssize_t i = 0; i < 3; ++i) {
    if (!(parts[i] = api.PyTuple_GetItem(args, i))) return nullptr;
  }
  PyObject* self = parts[0];
  if (!has_fields(self) || !fields_of(self)->derived || !is_ready(function)) {
    if (!api.PyErr_Occurred())
      api.PyErr_SetString(*api.PyExc_TypeError,
                          "only an object of a class that extends this one can be constructed by it");
    return nullptr;
  }
  if (fields_of(self)->env) {
    api.PyErr_SetString(*api.PyExc_TypeError,
                        "this object has its JavaScript side already: call super().__init__() once, before "
                        "anything of the JavaScript class is used");
    return nullptr;
  }
  Ref bound, none;
  if (fields_of(function)->declared) {
    bound = bind(function, parts[1], parts[2]);
    none = Ref::steal(api.PyDict_New());
    if (!bound || !none) return nullptr;
    parts[1] = bound.get();
    parts[2] = none.get();
  }
  Env& env = *fields_of(function)->env;
  return on_owner(env, [&] { return construct_here(env, self, function, parts[1], parts[2]); });
}

// A JavaScript class's __js_waiting__(): the Python side that waits for an object. On the owner's thread.
PyObject* waiting(PyObject* function, PyObject*) {
  Env::Building* building = is_ready(function) ? fields_of(function)->env->building : nullptr;
  return Ref::copy(building ? building->self : py::none()).release();
}

// (JavaScript object, its id, its mode): the Python side that waits and this are one from now on.
napi_value pair_up(Env& env, const js::Arguments& args) {
  py::Attached attached(env.thread);
  if (!attached || !env.building) return js::undefined(env.napi);
  PyObject* self = env.building->self;
  JsFields* fields = fields_of(self);
  if (fields->env) return js::undefined(env.napi);
  napi_create_reference(env.napi, args[0], 1, &fields->reference);
  fields->id = static_cast<uint64_t>(js::to_double(env.napi, args[1]));
  fields->mode = static_cast<Mode>(js::to_int(env.napi, args[2]));
  keep(&env);
  fields->env = &env;
  if (api.PyUnstable_EnableTryIncRef) api.PyUnstable_EnableTryIncRef(self);
  {
    std::lock_guard lock(env.js_lock);
    env.js_objects.set(fields->id, reinterpret_cast<uint64_t>(self));
  }
  add_root(env, fields->id, self, self, true);
  return js::undefined(env.napi);
}

// __js_own__(Python object), of what that one alone refers to: its JavaScript object owns the Python one from
// now on. On the owner's thread.
PyObject* own(PyObject* link, PyObject* object) {
  if (!is_ready(link)) return nullptr;
  add_root(*fields_of(link)->env, fields_of(link)->id, object, link, true);
  return Ref::copy(py::none()).release();
}

PyObject* is_paired(PyObject* self, PyObject*) {
  return Ref::copy(fields_of(self)->env ? api._Py_TrueStruct : api._Py_FalseStruct).release();
}

PyObject* get_of_derived(PyObject* self, PyObject* name) {
  Ref found = on_type(self, name);
  if (!found) {
    Ref own = in_instance(self, name);
    if (own || api.PyErr_Occurred()) return own.release();
  }
  if (found && !is_member(found)) return api.PyObject_GenericGetAttr(self, name);
  PyObject* value = run(kGet, self, name);
  if (value || api.PyErr_Occurred()) return value;
  return api.PyObject_GenericGetAttr(self, name);  // the AttributeError
}

// What is new is Python's, unless JavaScript has a property of that name; which then has an accessor for it.
int set_of_derived(PyObject* self, PyObject* name, PyObject* value) {
  Ref found = on_type(self, name);
  bool member = is_member(found);
  bool own = !member && (found || !fields_of(self)->env || in_instance(self, name));
  if (api.PyErr_Occurred()) return -1;
  if (!own && !member && value) {
    own = !Ref::steal(run(kAssign, self, name));
    if (api.PyErr_Occurred()) return -1;
  }
  if (own) return api.PyObject_GenericSetAttr(self, name, value);
  return Ref::steal(value ? run(kSet, self, name, value) : run(kDelete, self, name)) ? 0 : -1;
}

// (handle, JavaScript object, its id): the object, whose class extends a Python one, is the other side of
// that handle's
napi_value link(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  auto id = static_cast<uint64_t>(js::to_double(env.napi, args[2]));
  Ref side = js_object(env, args[1], id, Mode::kObject);
  Ref name = Ref::steal(api.PyUnicode_FromStringAndSize("__js_side__", 11));
  if (!side || !name || api.PyObject_GenericSetAttr(operation.object(), name.get(), side.get()) < 0)
    return raised(env);
  env.handles[handle_argument(env, args[0])].root = id;
  add_root(env, id, operation.object(), side.get(), false);
  return js::boolean(env.napi, true);
}

}  // namespace caduceus::bridge
