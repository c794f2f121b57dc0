// JavaScript objects as Python objects: the types, their identity, and what Python may do with them.
#include "bridge/js_object.hpp"

#include <algorithm>
#include <cstring>

namespace caduceus::bridge {
namespace {

using py::api;

// Written once when the module is made, before any JavaScript object can be.
PyObject *object_type = nullptr, *function_type = nullptr, *iterator_type = nullptr, *buffer_type = nullptr,
         *promise_type = nullptr, *async_iterable_type = nullptr, *async_disposable_type = nullptr,
         *disposable_type = nullptr, *array_type = nullptr, *map_type = nullptr, *set_type = nullptr;

// Whether `object` is exactly of one of our types, so that it has JsFields.
bool is_js(PyObject* object) {
  PyObject* type = py::type_of(object);
  for (PyObject* one :
       {object_type, function_type, array_type, map_type, set_type, iterator_type, buffer_type, promise_type,
        async_iterable_type, async_disposable_type, disposable_type}) {
    if (type == one) return true;
  }
  return false;
}

PyObject* type_for(Mode mode) {
  switch (mode) {
    case Mode::kObject:
      return object_type;
    case Mode::kIterator:
      return iterator_type;
    case Mode::kBuffer:
      return buffer_type;
    case Mode::kPromise:
    case Mode::kTakenPromise:
      return promise_type;
    case Mode::kAsyncIterable:
      return async_iterable_type;
    case Mode::kAsyncDisposable:
      return async_disposable_type;
    case Mode::kDisposable:
      return disposable_type;
    case Mode::kArray:
      return array_type;
    case Mode::kMap:
      return map_type;
    case Mode::kSet:
      return set_type;
    default:
      return function_type;
  }
}

}  // namespace

bool has_fields(PyObject* object) {
  return is_js(object) || api.PyType_IsSubtype(py::type_of(object), object_type);
}

// On a GIL build what the map names is alive: its
// dealloc takes it out before anything else, with the GIL held. On a free-threaded build it may be dying on
// another thread.
Ref living(Env& env, uint64_t id) {
  std::lock_guard lock(env.js_lock);
  auto* entry = env.js_objects.find(id);
  if (!entry) return {};
  auto* object = reinterpret_cast<PyObject*>(entry->value);
  if (!py::layout.free_threaded) return Ref::copy(object);
  return api.PyUnstable_TryIncRef(object) ? Ref::steal(object) : Ref();
}

void make_known(Env& env, PyObject* object) {
  if (api.PyUnstable_EnableTryIncRef) api.PyUnstable_EnableTryIncRef(object);
  std::lock_guard lock(env.js_lock);
  env.js_objects.set(fields_of(object)->id, reinterpret_cast<uint64_t>(object));
}

void raise_closed() {
  api.PyErr_SetString(
      *api.PyExc_ReferenceError,
      "JsEnvironmentClosed: the JavaScript environment (thread) that owned this object has ended");
}

bool is_own_type(PyObject* type) {
  return type == object_type || type == array_type || type == map_type || type == set_type ||
         type == buffer_type;
}

namespace {

int run_int(JsOperation operation, PyObject* self, PyObject* first = nullptr, PyObject* second = nullptr) {
  Ref done = Ref::steal(run(operation, self, first, second));
  return done ? 0 : -1;
}

PyObject* get_attribute(PyObject* self, PyObject* name) {
  if (is_dunder(name)) {
    note_early(self, name);
    return get_own(self, name, py::type_of(self) == function_type);
  }
  if (fields_of(self)->derived) return get_of_derived(self, name);
  PyObject* value = run(kGet, self, name);
  if (value || api.PyErr_Occurred()) return value;
  return api.PyObject_GenericGetAttr(self, name);  // our own attributes, or the AttributeError
}

int set_attribute(PyObject* self, PyObject* name, PyObject* value) {
  if (is_dunder(name)) return set_own(self, name, value, py::type_of(self) == function_type);
  if (fields_of(self)->derived) return set_of_derived(self, name, value);
  return value ? run_int(kSet, self, name, value) : run_int(kDelete, self, name);
}

// Only this thread's own result channel may be asked what kind of container it was; the type of the key says
// as much.
void raise_missing_item(PyObject* key) {
  if (py::type_of(key) == api.PyLong_Type) {
    api.PyErr_SetString(*api.PyExc_IndexError, "index out of range of this JavaScript object");
  } else if (Ref argument = py::tuple_of(&key, 1)) {  // a key that is a tuple or None stays one argument
    api.PyErr_SetObject(*api.PyExc_KeyError, argument.get());
  }
}

// Sliced as Python's sequences are: by Python code, which counts as they do.
bool is_slice(PyObject* self, PyObject* key) {
  Mode mode = fields_of(self)->mode;
  return py::type_of(key) == api.PySlice_Type && (mode == Mode::kArray || mode == Mode::kBuffer);
}

PyObject* get_item(PyObject* self, PyObject* key) {
  if (is_slice(self, key)) return call_helper(kGetSlice, self, key).release();
  PyObject* value = run(kGetItem, self, key);
  if (!value && !api.PyErr_Occurred()) raise_missing_item(key);
  return value;
}

PyObject* get_position(PyObject* self, Py_ssize_t index) {
  Ref key = Ref::steal(api.PyLong_FromLongLong(index));
  return key ? get_item(self, key.get()) : nullptr;
}

int set_item(PyObject* self, PyObject* key, PyObject* value) {
  if (is_slice(self, key)) {
    return (value ? call_helper(kSetSlice, self, key, value) : call_helper(kSetSlice, self, key)) ? 0 : -1;
  }
  Ref done = Ref::steal(value ? run(kSetItem, self, key, value) : run(kDeleteItem, self, key));
  if (done) return 0;
  if (!api.PyErr_Occurred()) raise_missing_item(key);
  return -1;
}

Py_ssize_t length(PyObject* self) {
  Ref size = Ref::steal(run(kLength, self));
  if (!size) {
    if (!api.PyErr_Occurred())
      api.PyErr_SetString(*api.PyExc_TypeError, "this JavaScript object has no len()");
    return -1;
  }
  int overflow = 0;
  long long value = api.PyLong_AsLongLongAndOverflow(size.get(), &overflow);
  if (value >= 0 && !overflow) return static_cast<Py_ssize_t>(value);
  if (!api.PyErr_Occurred())
    api.PyErr_SetString(*api.PyExc_ValueError,
                        "the length of this JavaScript object is negative or too large");
  return -1;
}

// Empty collections are false; all else is true.
int truth(PyObject* self) {
  Mode mode = fields_of(self)->mode;
  if (mode != Mode::kObject && !is_collection(mode)) return 1;
  Ref is = Ref::steal(run(kTruth, self));
  return is ? api.PyObject_IsTrue(is.get()) : -1;
}

int contains(PyObject* self, PyObject* key) {
  Ref found = Ref::steal(run(kContains, self, key));
  return found ? api.PyObject_IsTrue(found.get()) : -1;
}

PyObject* iterate(PyObject* self) {
  if (!is_ready(self)) return nullptr;
  Env& env = *fields_of(self)->env;
  return on_owner(env, [&]() -> PyObject* {
    js::HandleScope scope(env.napi);
    Ref iterator = Ref::steal(operate(env, kIterate, self, nullptr, nullptr));
    if (!iterator) return api.PyErr_Occurred() ? nullptr : iterate_items(self);
    // JavaScript may answer with a Python object.
    if (!has_fields(iterator.get())) return api.PyObject_GetIter(iterator.get());
    JsFields* fields = fields_of(iterator.get());
    return js_object(env, value_of(env, fields), fields->id, Mode::kIterator, self).release();
  });
}

PyObject* next(PyObject* self) { return run(kNext, self); }

PyObject* self_of(PyObject* self) {
  api.Py_IncRef(self);
  return self;
}

PyObject* repr(PyObject* self) { return run(kRepr, self); }
PyObject* instance_check(PyObject* self, PyObject* value) {
  return call_helper(kIsInstance, self, value).release();
}
PyObject* dir(PyObject* self, PyObject*) { return run(kDir, self); }

PyObject* compare(PyObject* left, PyObject* right, int op) {
  if ((op != py::kEq && op != py::kNe) || !has_fields(right)) {
    PyObject* not_implemented = api._Py_NotImplementedStruct;
    api.Py_IncRef(not_implemented);
    return not_implemented;
  }
  JsFields *a = fields_of(left), *b = fields_of(right);
  bool same = left == right || (a->env && a->env == b->env && a->id == b->id);
  PyObject* result = same == (op == py::kEq) ? api._Py_TrueStruct : api._Py_FalseStruct;
  api.Py_IncRef(result);
  return result;
}

Py_ssize_t hash(PyObject* self) {
  if (!is_ready(self)) return -1;
  JsFields* fields = fields_of(self);
  auto value = static_cast<Py_ssize_t>(reinterpret_cast<uintptr_t>(fields->env) ^
                                       (fields->id * 0x9E3779B97F4A7C15ull));
  return value == -1 ? -2 : value;
}

// The collector calls it with every thread stopped, by means that the thread sanitizer does not see.
[[gnu::no_sanitize("thread")]] int traverse(PyObject* self, int (*visit)(PyObject*, void*), void* argument) {
  JsFields* fields = fields_of(self);
  if (fields->self) {
    if (int stop = visit(fields->self, argument)) return stop;
  }
  return visit(py::type_of(self), argument);
}

// Any thread. The JavaScript reference goes to its owner; nothing of JavaScript is touched here. The memory
// may be another object's at once, by means that the thread sanitizer does not see.
[[gnu::no_sanitize("thread")]] void dealloc(PyObject* self) {
  api.PyObject_GC_UnTrack(self);
  JsFields* fields = fields_of(self);
  PyObject* type = py::type_of(self);
  Env* env = fields->env;
  if (env && !fields->self) {  // a method is not looked for
    std::lock_guard lock(env->js_lock);
    auto* entry = env->js_objects.find(fields->id);
    if (entry && entry->value == reinterpret_cast<uint64_t>(self)) env->js_objects.erase(fields->id);
  }
  // May run Python code, which cannot find the object any more.
  if (fields->weak_references) api.PyObject_ClearWeakRefs(self);
  if (env) {
    if (fields->reference) js::drop(*env, fields->reference);
    let_go(env);
  }
  delete fields->share;
  PyObject* bound = fields->self;
  auto free_memory = reinterpret_cast<void (*)(void*)>(api.PyType_GetSlot(type, py::kTpFree));
  free_memory(self);
  if (bound) api.Py_DecRef(bound);
  api.Py_DecRef(type);
}

// What classes are instances of.
bool define_meta_type(PyObject* module) {
  PyType_Slot own[] = {{py::kTpCall, reinterpret_cast<void*>(call_class)}, {}};
  PyType_Spec spec{"caduceus.JsType", 0, 0, py::kFlagDefault | py::kFlagBaseType, own};
  Ref bases = py::tuple_of(&api.PyType_Type, 1);
  Ref type = Ref::steal(bases ? api.PyType_FromSpecWithBases(&spec, bases.get()) : nullptr);
  return type && api.PyObject_SetAttrString(module, "JsType", type.get()) == 0;
}

PyObject* define(PyObject* module, const char* name, PyObject* base, std::vector<PyType_Slot> own) {
  // 19: Py_T_PYSSIZET, 1: read-only
  static PyMemberDef members[] = {{"__weaklistoffset__", 19, 0, 1, nullptr}, {}};
  static PyMemberDef callable_members[] = {{"__vectorcalloffset__", 19, 0, 1, nullptr}, {}};
  members[0].offset = static_cast<Py_ssize_t>(py::layout.head_size + offsetof(JsFields, weak_references));
  callable_members[0].offset = static_cast<Py_ssize_t>(py::layout.head_size + offsetof(JsFields, vectorcall));
  bool callable = std::strcmp(name, "JsFunction") == 0;
  // What a JavaScript class may be of whose objects Python code makes.
  bool is_base = !base;
  for (const char* one : {"JsArray", "JsMap", "JsSet", "JsBuffer"}) is_base |= std::strcmp(name, one) == 0;
  if (callable) {
    own.push_back({py::kTpMembers, callable_members});
    own.push_back({py::kTpCall, reinterpret_cast<void*>(api.PyVectorcall_Call)});
  } else if (!base) {
    own.push_back({py::kTpMembers, members});
  }
  own.push_back({py::kTpDealloc, reinterpret_cast<void*>(dealloc)});
  own.push_back({py::kTpTraverse, reinterpret_cast<void*>(traverse)});
  own.push_back({0, nullptr});
  static std::vector<std::string*> kept_names;
  kept_names.push_back(new std::string(std::string("caduceus.") + name));
  PyType_Spec spec{kept_names.back()->c_str(), static_cast<int>(py::layout.head_size + sizeof(JsFields)), 0,
                   py::kFlagDefault | py::kFlagHaveGc |
                       (is_base ? py::kFlagBaseType : py::kFlagDisallowInstantiation) |
                       (callable ? py::kFlagHaveVectorcall : 0),
                   own.data()};
  Ref bases = base ? py::tuple_of(&base, 1) : Ref();
  PyObject* type = api.PyType_FromSpecWithBases(&spec, bases.get());
  if (type) api.PyObject_SetAttrString(module, name, type);
  return type;
}

template <typename F>
void* slot(F* function) {
  return reinterpret_cast<void*>(function);
}

}  // namespace

bool define_js_types(PyObject* module) {
  static PyMethodDef methods[] = {{"__dir__", dir, py::kMethNoArgs, nullptr},
                                  {"__subscribe__", subscribe, py::kMethVarargs, nullptr},
                                  {"__js_host__", host_of, py::kMethNoArgs, nullptr},
                                  {"__js_declaration__", declaration, py::kMethNoArgs, nullptr},
                                  {"__js_constructor__", constructor, py::kMethO, nullptr},
                                  {"__js_waiting__", waiting, py::kMethNoArgs, nullptr},
                                  {"__js_is_paired__", is_paired, py::kMethNoArgs, nullptr},
                                  {"__js_own__", own, py::kMethO, nullptr},
                                  {}};
  static PyMethodDef disposal[] = {{"__enter__", enter, py::kMethNoArgs, nullptr},
                                   {"__exit__", leave, py::kMethVarargs, nullptr},
                                   {"__aenter__", enter_later, py::kMethNoArgs, nullptr},
                                   {"__aexit__", exit_later, py::kMethVarargs, nullptr},
                                   {}};
  static PyMethodDef disposal_at_once[] = {
      {"__enter__", enter, py::kMethNoArgs, nullptr}, {"__exit__", leave, py::kMethVarargs, nullptr}, {}};
  if (!define_meta_type(module)) return false;
  object_type = define(module, "JsObject", nullptr,
                       {{py::kTpNew, slot(new_derived)},
                        {py::kTpGetattro, slot(get_attribute)},
                        {py::kTpSetattro, slot(set_attribute)},
                        {py::kMpSubscript, slot(get_item)},
                        {py::kMpAssSubscript, slot(set_item)},
                        {py::kMpLength, slot(length)},
                        {py::kNbBool, slot(truth)},
                        {py::kSqContains, slot(contains)},
                        {py::kTpIter, slot(iterate)},
                        {py::kTpRepr, slot(repr)},
                        {py::kTpHash, slot(hash)},
                        {py::kTpRichcompare, slot(compare)},
                        {py::kTpMethods, methods},
                        {py::kTpDoc, const_cast<char*>("A JavaScript object.")}});
  if (!object_type) return false;
  static PyMethodDef of_function[] = {{"__instancecheck__", instance_check, py::kMethO, nullptr}, {}};
  static PyGetSetDef documented[] = {{"__doc__", documentation_of, nullptr, nullptr, nullptr}, {}};
  function_type = define(module, "JsFunction", object_type,
                         {{py::kTpDescrGet, slot(function_of_class)},
                          {py::kTpGetset, documented},
                          {py::kTpMethods, of_function}});
  iterator_type = define(module, "JsIterator", object_type,
                         {{py::kTpIter, slot(self_of)}, {py::kTpIternext, slot(next)}});
  buffer_type = define(module, "JsBuffer", object_type,
                       {{py::kBfGetBuffer, slot(get_buffer)},
                        {py::kBfReleaseBuffer, slot(release_buffer)},
                        {py::kMpSubscript, slot(get_item)},
                        {py::kSqItem, slot(get_position)},
                        {py::kSqLength, slot(length)}});
  array_type = define(
      module, "JsArray", object_type,
      {{py::kMpSubscript, slot(get_item)}, {py::kSqItem, slot(get_position)}, {py::kSqLength, slot(length)}});
  map_type = define(module, "JsMap", object_type, {});
  set_type = define(module, "JsSet", object_type, {});
  promise_type = define(module, "JsPromise", object_type, {{py::kAmAwait, slot(await_promise)}});
  async_iterable_type = define(module, "JsAsyncIterable", object_type,
                               {{py::kAmAiter, slot(iterate_later)}, {py::kTpMethods, disposal}});
  async_disposable_type = define(module, "JsAsyncDisposable", object_type, {{py::kTpMethods, disposal}});
  disposable_type = define(module, "JsDisposable", object_type, {{py::kTpMethods, disposal_at_once}});
  if (!function_type || !iterator_type || !buffer_type || !array_type || !map_type || !set_type) return false;
  if (!promise_type || !async_iterable_type || !async_disposable_type || !disposable_type) return false;
  if (!define_items(module)) return false;
  // None, as in collections.abc: a function is no collection, and what asks whether it is one (pandas: a
  // function, or several of them?) must not take it for one.
  return api.PyObject_SetAttrString(function_type, "__iter__", py::none()) == 0;
}

napi_value value_of(Env& env, JsFields* fields) {
  napi_value value = nullptr;
  napi_get_reference_value(env.napi, fields->reference, &value);
  return value;
}

namespace {

Ref bare_object(Env& env, napi_value object, uint64_t id, Mode mode, PyObject* self, int32_t declared) {
  if (!self) {
    if (Ref known = living(env, id)) {
      hold_object(env, known.get());
      return known;
    }
  }
  // Python code gives collections their manners, before there is the first one.
  if (is_collection(mode) && !helper(kGetSlice)) return {};
  Ref made = Ref::steal(api.PyType_GenericAlloc(type_for(mode), 0));
  if (!made) return {};
  JsFields* fields = fields_of(made.get());
  {
    py::Newborn newborn;
    fields->id = id;
    fields->mode = mode;
    fields->declared = declared;
    fields->vectorcall = declared ? call_declared : call_js;
    napi_create_reference(env.napi, object, 1, &fields->reference);
    fields->env = &env;
    keep(&env);
    if (self) {
      api.Py_IncRef(self);
      fields->self = self;
    }
  }
  if (self) return made;
  make_known(env, made.get());
  return made;
}

}  // namespace

Ref js_object(Env& env, napi_value object, uint64_t id, Mode mode, PyObject* self, int32_t declared) {
  Ref made = bare_object(env, object, id, mode, self, declared);
  // A class is a type, which Python code makes.
  return made && mode == Mode::kConstruct && !self ? call_helper(kClassOf, made.get()) : std::move(made);
}

bool keep_in_place(Env& env, PyObject* self) {
  return static_cast<bool>(Ref::steal(operate(env, kKeepInPlace, self, nullptr, nullptr)));
}

napi_value js_value_of(Env& env, PyObject* object, uint32_t kind) {
  if (kind & kJsClass) {
    Ref function = Ref::steal(api.PyObject_GetAttrString(object, "__js_class__"));
    if (!function) api.PyErr_Clear();
    return function ? js_value_of(env, function.get(), kJsObject) : nullptr;
  }
  if (has_fields(object)) {
    if (!is_ready(object)) {
      api.PyErr_WriteUnraisable(object);
      return nullptr;
    }
    JsFields* fields = fields_of(object);
    if (fields->env == &env) hold_object(env, object);
    return fields->env == &env && !env.closed.load() ? value_of(env, fields) : nullptr;
  }
  if (!(kind & kJsError)) return nullptr;  // of another copy of this library
  // A JsError: it holds {thrown: value}, since what JavaScript throws may be null.
  Ref holder = Ref::steal(api.PyObject_GetAttrString(object, "_holder"));
  if (!holder || py::type_of(holder.get()) != object_type) {
    api.PyErr_Clear();  // a JsError that Python made by itself
    return nullptr;
  }
  napi_value held = js_value_of(env, holder.get(), kJsObject);
  napi_value thrown = nullptr;
  if (held) napi_get_named_property(env.napi, held, "thrown", &thrown);
  return thrown;
}

}  // namespace caduceus::bridge
