// Objects of Python classes that extend JavaScript's: how the two sides are made and become one, and whose
// attributes are whose.
#include "bridge/exports.hpp"
#include "bridge/js_object.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

enum Name : int { kJsClassName, kJsDerivedName, kJsSideName, kDictName, kNameCount };

// Interned, for the process's life; null with an exception pending.
PyObject* name_of(Name which) {
  static constexpr const char* kTexts[kNameCount] = {"__js_class__", "__js_derived__", "__js_side__",
                                                     "__dict__"};
  static std::atomic<PyObject*> names[kNameCount];
  PyObject* name = names[which].load(std::memory_order_acquire);
  if (!name) names[which].store(name = api.PyUnicode_InternFromString(kTexts[which]));
  return name;
}

// What `name` means for all instances of the type; empty without an exception if nothing.
Ref of_type(PyObject* type, PyObject* name) {
  if (!name) return {};
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

// The two sides are one from now on. Attached, on the owner's thread.
void make_pair(Env& env, PyObject* self, napi_value object, uint64_t id, Mode mode) {
  JsFields* fields = fields_of(self);
  napi_create_reference(env.napi, object, 1, &fields->reference);
  fields->id = id;
  fields->mode = mode;
  keep(&env);
  fields->env = &env;
  make_known(env, self);
  add_root(env, id, self, self, true);
}

struct Given {
  PyObject* const* args;
  size_t count;
  PyObject* options;  // a dict, or null where there are none
};

PyObject* construct_here(Env& env, PyObject* self, PyObject* function, const Given& given) {
  js::HandleScope scope(env.napi);
  SetAside aside(env);
  Ref target = of_type(py::type_of(self), name_of(kJsClassName));
  if (!target) return nullptr;
  std::vector<napi_value> values{value_of(env, fields_of(function)), value_of(env, fields_of(target.get()))};
  for (size_t i = 0; i < given.count; ++i) {
    values.push_back(give_js(env, given.args[i]));
    if (!values.back()) return nullptr;
  }
  if (given.options) {
    values.push_back(give_js(env, given.options));
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
  if (!done) {
    raise_thrown(env);
    return nullptr;
  }
  // Unless a method that the constructor called needed it earlier, or somebody else has done it.
  if (js::type_of(env.napi, done) == napi_object && !fields_of(self)->env)
    make_pair(env, self, done, described_id(env), static_cast<Mode>(env.out[kOneWord]));
  return Ref::copy(py::none()).release();
}

// The __init__ of a JavaScript class: its constructor makes the JavaScript side.
PyObject* initialize(PyObject* self, PyObject* kind, PyObject* const* args, Py_ssize_t count,
                     PyObject* names) {
  Ref function = of_type(kind, name_of(kJsClassName));
  if (!function) return nullptr;
  if (!has_fields(self) || !fields_of(self)->derived) {
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
  Ref options;
  if (names && api.PyTuple_Size(names) > 0 && !(options = options_of(args + count, names))) return nullptr;
  Given given{args, static_cast<size_t>(count), options.get()};
  std::vector<PyObject*> values;
  Ref bound;
  if (fields_of(function.get())->declared) {
    if (!(bound = bind(function.get(), args, count, options.get()))) return nullptr;
    for (Py_ssize_t i = 0; i < api.PyTuple_Size(bound.get()); ++i)
      values.push_back(api.PyTuple_GetItem(bound.get(), i));
    given = {values.data(), values.size(), nullptr};
  }
  Env& env = *fields_of(function.get())->env;
  auto work = [&] { return construct_here(env, self, function.get(), given); };
  Ref done = Ref::steal(env.on_owner() && !env.closed.load() ? work() : on_owner(env, work));
  // What it has in Python so far, JavaScript sees as well.
  if (done && fields_of(self)->early) return call_helper(kExpose, self).release();
  return done.release();
}

}  // namespace

// A JavaScript class's __js_constructor__(its type): the __init__ of that.
PyObject* constructor(PyObject*, PyObject* kind) {
  static PyMethodDef init{
      "__init__", reinterpret_cast<PyObject* (*)(PyObject*, PyObject*)>(reinterpret_cast<void*>(initialize)),
      py::kMethMethod | py::kMethFastcall | py::kMethKeywords, nullptr};
  return api.PyDescr_NewMethod(kind, &init);
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
  if (fields_of(self)->env) return js::undefined(env.napi);
  make_pair(env, self, args[0], static_cast<uint64_t>(js::to_double(env.napi, args[1])),
            static_cast<Mode>(js::to_int(env.napi, args[2])));
  return js::undefined(env.napi);
}

// __js_own__(Python object), of what that one alone refers to: its JavaScript object owns the Python one from
// now on.
PyObject* own(PyObject* link, PyObject* object) {
  if (!is_ready(link)) return nullptr;
  Env& env = *fields_of(link)->env;
  return on_owner(env, [&] {
    add_root(env, fields_of(link)->id, object, link, true);
    return Ref::copy(py::none()).release();
  });
}

// The call of a JavaScript class, or of one that extends it.
PyObject* call_class(PyObject* kind, PyObject* args, PyObject* options) {
  static auto create = reinterpret_cast<PyObject* (*)(PyObject*, PyObject*, PyObject*)>(
      api.PyType_GetSlot(api.PyType_Type, py::kTpCall));
  bool is_error = api.PyType_IsSubtype(kind, *api.PyExc_BaseException);
  if (of_type(kind, name_of(kJsDerivedName)).get() == api._Py_TrueStruct) {
    Ref made = Ref::steal(create(kind, args, options));
    if (!made || (!is_error && has_fields(made.get()) && fields_of(made.get())->env)) return made.release();
    return call_helper(kCompleted, kind, made.get()).release();
  }
  Ref function = of_type(kind, name_of(kJsClassName));
  Ref made = function ? Ref::steal(api.PyObject_Call(function.get(), args, options)) : Ref();
  return made && is_error ? call_helper(kErrorMade, made.get()).release() : made.release();
}

void note_early(PyObject* self, PyObject* name) {
  JsFields* fields = fields_of(self);
  if (fields->derived && !fields->env && name == name_of(kDictName)) fields->early = true;
}

PyObject* is_paired(PyObject* self, PyObject*) {
  return Ref::copy(fields_of(self)->env ? api._Py_TrueStruct : api._Py_FalseStruct).release();
}

PyObject* get_of_derived(PyObject* self, PyObject* name) {
  Ref found = of_type(py::type_of(self), name);
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
  Ref found = of_type(py::type_of(self), name);
  bool member = is_member(found);
  bool own = !member && (found || !fields_of(self)->env || in_instance(self, name));
  if (api.PyErr_Occurred()) return -1;
  if (!own && !member && value) {
    own = !Ref::steal(run(kAssign, self, name));
    if (api.PyErr_Occurred()) return -1;
  }
  if (own) {
    fields_of(self)->early |= !fields_of(self)->env;
    return api.PyObject_GenericSetAttr(self, name, value);
  }
  return Ref::steal(value ? run(kSet, self, name, value) : run(kDelete, self, name)) ? 0 : -1;
}

// (handle, JavaScript object, its id): the object, whose class extends a Python one, is the other side of
// that handle's
napi_value link(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  auto id = static_cast<uint64_t>(js::to_double(env.napi, args[2]));
  Ref side = js_object(env, args[1], id, Mode::kObject);
  PyObject* name = name_of(kJsSideName);
  if (!side || !name || api.PyObject_GenericSetAttr(operation.object(), name, side.get()) < 0)
    return raised(env);
  env.handles[handle_argument(env, args[0])].root = id;
  add_root(env, id, operation.object(), side.get(), false);
  return js::boolean(env.napi, true);
}

}  // namespace caduceus::bridge
