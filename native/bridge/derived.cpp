// Objects of Python classes that extend JavaScript's. Such an object has two sides, and each lives as long as
// either is used: JavaScript's owns a reference to Python's for its whole life (a root); Python's holds
// JavaScript's strongly until a sweep finds that nothing else refers to Python's. Links change on the owner's
// thread alone.
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

// The count is exact for what only this thread made and only it or nobody else refers to.
long long references_to(PyObject* object) {
  static PyObject* function = nullptr;
  if (!function) {
    Ref name = Ref::steal(api.PyUnicode_FromStringAndSize("sys", 3));
    Ref module = Ref::steal(name ? api.PyObject_GetItem(api.PyImport_GetModuleDict(), name.get()) : nullptr);
    function = module ? api.PyObject_GetAttrString(module.get(), "getrefcount") : nullptr;
  }
  Ref count = Ref::steal(function ? api.PyObject_Vectorcall(function, &object, 1, nullptr) : nullptr);
  if (!count) {
    api.PyErr_Clear();
    return -1;
  }
  int overflow = 0;
  return api.PyLong_AsLongLongAndOverflow(count.get(), &overflow);
}

// False: JavaScript has collected its side already.
bool hold(Env& env, Env::Root& root) {
  if (!root.weak) return true;
  js::HandleScope scope(env.napi);
  napi_value value = value_of(env, fields_of(root.link));
  if (!value) return false;
  napi_reference_ref(env.napi, fields_of(root.link)->reference, nullptr);
  root.weak = false;
  return true;
}

void sweep_roots(Env& env) {
  for (auto& [id, root] : env.roots) {
    long long references = references_to(root.object);
    if (references == 1 && !root.weak) {
      napi_reference_unref(env.napi, fields_of(root.link)->reference, nullptr);
      root.weak = true;
    } else if (references > 1) {
      (void)hold(env, root);
    }
  }
  env.next_root_sweep = std::max<size_t>(1000, 2 * env.roots.size());
}

void add_root(Env& env, uint64_t id, PyObject* object, PyObject* link, bool owned = true) {
  if (env.roots.size() >= env.next_root_sweep) sweep_roots(env);
  auto [place, is_new] = env.roots.try_emplace(id, Env::Root{object, link, false, owned});
  if (is_new) api.Py_IncRef(owned ? object : link);
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
  Ref function = Ref::steal(api.PyObject_GetAttrString(type, "__js_class__"));
  if (!function) {
    api.PyErr_Clear();
    api.PyErr_SetString(*api.PyExc_TypeError, "JavaScript objects are made by calling JavaScript classes");
    return nullptr;
  }
  PyObject* made = api.PyType_GenericAlloc(type, 0);
  if (!made) return nullptr;
  fields_of(made)->mode = Mode::kObject;
  fields_of(made)->derived = true;
  return made;
}

// (Python side, JavaScript object): they are one from now on. On the owner's thread.
PyObject* pair(PyObject*, PyObject* args) {
  PyObject* self = api.PyTuple_GetItem(args, 0);
  PyObject* side = self ? api.PyTuple_GetItem(args, 1) : nullptr;
  if (!side) return nullptr;
  if (!has_fields(self) || !has_fields(side) || !fields_of(side)->env) {
    api.PyErr_SetString(*api.PyExc_TypeError, "pair() takes a derived object and a JavaScript object");
    return nullptr;
  }
  JsFields *to = fields_of(self), *from = fields_of(side);
  if (to->env) {
    if (to->env == from->env && to->id == from->id) return Ref::copy(py::none()).release();
    api.PyErr_SetString(*api.PyExc_TypeError,
                        "this object has its JavaScript side already: call super().__init__() once, before "
                        "anything of the JavaScript class is used");
    return nullptr;
  }
  Env& env = *from->env;
  js::HandleScope scope(env.napi);
  napi_create_reference(env.napi, value_of(env, from), 1, &to->reference);
  to->id = from->id;
  to->mode = from->mode;
  keep(&env);
  to->env = &env;
  if (api.PyUnstable_EnableTryIncRef) api.PyUnstable_EnableTryIncRef(self);
  {
    std::lock_guard lock(env.js_lock);
    env.js_objects.set(to->id, reinterpret_cast<uint64_t>(self));
  }
  add_root(env, to->id, self, self);
  return Ref::copy(py::none()).release();
}

// (Python object, what stands for a JavaScript object and is held by that one alone): JavaScript's owns
// Python's from now on. On the owner's thread.
PyObject* root(PyObject*, PyObject* args) {
  PyObject* object = api.PyTuple_GetItem(args, 0);
  PyObject* link = object ? api.PyTuple_GetItem(args, 1) : nullptr;
  if (!link) return nullptr;
  if (!has_fields(link) || !fields_of(link)->env) {
    api.PyErr_SetString(*api.PyExc_TypeError, "root() takes an object and a JavaScript object");
    return nullptr;
  }
  add_root(*fields_of(link)->env, fields_of(link)->id, object, link);
  return Ref::copy(py::none()).release();
}

PyObject* is_paired(PyObject*, PyObject* self) {
  bool is = has_fields(self) && fields_of(self)->env;
  return Ref::copy(is ? api._Py_TrueStruct : api._Py_FalseStruct).release();
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

void hold_root(Env& env, uint64_t id) {
  auto found = env.roots.find(id);
  if (found != env.roots.end()) (void)hold(env, found->second);
}

void end_roots(Env& env) {
  for (auto& [id, root] : std::exchange(env.roots, {})) api.Py_DecRef(root.owned ? root.object : root.link);
}

void drop_root(Env& env, uint64_t id) {
  auto found = env.roots.find(id);
  if (found == env.roots.end()) return;
  PyObject* kept = found->second.owned ? found->second.object : found->second.link;
  env.roots.erase(found);
  api.Py_DecRef(kept);  // may run anything
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

// (array of ids): JavaScript's sides were collected
napi_value uproot(Env& env, const js::Arguments& args) {
  py::Attached attached(env.thread);
  if (!attached) return js::undefined(env.napi);
  uint32_t count = 0;
  napi_get_array_length(env.napi, args[0], &count);
  for (uint32_t i = 0; i < count; ++i) {
    napi_value id = nullptr;
    napi_get_element(env.napi, args[0], i, &id);
    drop_root(env, static_cast<uint64_t>(js::to_double(env.napi, id)));
  }
  return js::undefined(env.napi);
}

// (): after a collection
napi_value sweep_roots(Env& env, const js::Arguments&) {
  py::Attached attached(env.thread);
  if (attached) {
    js::HandleScope scope(env.napi);
    sweep_roots(env);
  }
  return js::undefined(env.napi);
}

}  // namespace caduceus::bridge
