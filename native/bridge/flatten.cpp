// Python data to a program that src/values/decoder.ts runs: iterative, so that depth is bounded by memory
// alone.
#include <algorithm>

#include "bridge/env.hpp"
#include "py/error.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

// Opcodes of the decoder's program; src/values/opcodes.ts has the same list.
enum Op : int {
  kOpValue,   // index: a value that needs no building
  kOpNumber,  // x
  kOpNull,    //
  kOpTrue,
  kOpFalse,
  kOpArray,   // opens
  kOpObject,  // opens: string keys
  kOpMap,     // opens
  kOpSet,     // opens
  kOpClose,
  kOpRepeat,  // number of the container or new object, in the order of opening
  kOpWrap,    // handle, kind
  kOpCodec,   // number: of the codec that converts the next value
};

struct Open {
  Ref items;  // a tuple: nobody else can change it while it is read
  Py_ssize_t next;
  bool pairs;  // items are (key, value) tuples
  Ref pair;    // whose key is written and whose value comes next
};

class Flattener {
 public:
  Flattener(Env& env, Depth depth) : env_(env), depth_(depth) { napi_create_array(env.napi, &values_); }

  // The program as [code, values]; null with a Python exception pending.
  napi_value run(PyObject* object) {
    if (!add(Ref::copy(object), false)) return nullptr;  // who copies it has it as it is
    while (!stack_.empty()) {
      if (!advance()) return nullptr;
    }
    void* data = nullptr;
    napi_value buffer, code = nullptr, program;
    if (napi_create_arraybuffer(env_.napi, code_.size() * sizeof(double), &data, &buffer) != napi_ok) {
      api.PyErr_SetString(*api.PyExc_OverflowError, "this data is too large to copy to JavaScript at once");
      return nullptr;
    }
    std::copy(code_.begin(), code_.end(), static_cast<double*>(data));
    napi_create_typedarray(env_.napi, napi_float64_array, code_.size(), buffer, 0, &code);
    napi_create_array_with_length(env_.napi, 2, &program);
    napi_set_element(env_.napi, program, 0, code);
    napi_set_element(env_.napi, program, 1, values_);
    return program;
  }

 private:
  bool advance() {
    Open& top = stack_.back();
    if (top.pair) {
      Ref pair = std::move(top.pair);
      top.pair = Ref();
      return add(Ref::copy(api.PyTuple_GetItem(pair.get(), 1)));
    }
    if (top.next == api.PyTuple_Size(top.items.get())) {
      stack_.pop_back();
      code_.push_back(kOpClose);
      return true;
    }
    Ref item = Ref::copy(api.PyTuple_GetItem(top.items.get(), top.next++));
    if (!top.pairs) return add(std::move(item));
    Ref key = Ref::copy(api.PyTuple_GetItem(item.get(), 0));
    top.pair = std::move(item);
    return add(std::move(key));
  }

  bool add(Ref object, bool converts = true) {
    PyObject* type = py::type_of(object.get());
    if (type == api.PyDict_Type) return open_dict(object);
    if (type == api.PyList_Type) return open(object, kOpArray, Ref::steal(api.PyList_AsTuple(object.get())));
    if (type == api.PyTuple_Type) return open(object, kOpArray, Ref::copy(object.get()));
    if (type == api.PySet_Type) return open(object, kOpSet, Ref::steal(api.PySequence_Tuple(object.get())));
    bool expands = depth_ == Depth::kAll && !is_scalar(object.get(), type);
    if (expands && !(converts && codec_of(env_, type))) {
      Ref plain = call_helper(kExpand, object.get());
      if (!plain) return false;
      PyObject* now = py::type_of(plain.get());
      bool container = now == api.PyDict_Type || now == api.PyList_Type || now == api.PySet_Type;
      if (container && plain.get() != object.get()) {
        // A repeat of the original must find this container: the original's address names it.
        return now == api.PyDict_Type ? open_dict(plain, object.get())
               : now == api.PyList_Type
                   ? open(plain, kOpArray, Ref::steal(api.PyList_AsTuple(plain.get())), object.get())
                   : open(plain, kOpSet, Ref::steal(api.PySequence_Tuple(plain.get())), object.get());
      }
      object = std::move(plain);
    }
    return leaf(std::move(object), converts);
  }

  bool is_scalar(PyObject* object, PyObject* type) {
    return type == api.PyUnicode_Type || type == api.PyLong_Type || type == api.PyFloat_Type ||
           type == api.PyBytes_Type || type == api.PyBool_Type || object == py::none();
  }

  bool leaf(Ref object, bool converts) {
    PyObject* type = py::type_of(object.get());
    if (type == api.PyFloat_Type) return put(kOpNumber, api.PyFloat_AsDouble(object.get()));
    if (type == api.PyLong_Type) {
      int overflow = 0;
      long long value = api.PyLong_AsLongLongAndOverflow(object.get(), &overflow);
      if (!overflow && value <= 9007199254740991 && value >= -9007199254740991) {
        return put(kOpNumber, static_cast<double>(value));
      }
    }
    if (object.get() == py::none()) return put(kOpNull);
    if (object.get() == api._Py_TrueStruct) return put(kOpTrue);
    if (object.get() == api._Py_FalseStruct) return put(kOpFalse);
    bool scalar = is_scalar(object.get(), type);
    if (!scalar && repeated(object.get())) return true;
    js::HandleScope scope(env_.napi);
    Ref named = Ref::copy(scalar ? nullptr : object.get());
    napi_value value = take(env_, std::move(object), converts);
    if (!value) return leave_js_exception();
    if (js::type_of(env_.napi, value) == napi_undefined) {
      bool is_known = env_.out[2] == -1;
      bool is_coded = env_.out[0] == js::kCoded;
      if (is_coded || env_.out[0] == js::kWrapped) name(std::move(named));
      if (is_coded) put(kOpCodec, env_.out[3]);
      if (is_coded && is_known) return put(kOpValue, keep_known());
      if (is_coded || env_.out[0] == js::kWrapped) return put(kOpWrap, env_.out[1], env_.out[2]);
      // An error, whose proxy stands for the exception.
      if (env_.out[0] == js::kErrorValue) return put(kOpWrap, keep_known(), -1);
      if (env_.out[0] == js::kRaised) return leave_python_exception();
    }
    napi_set_element(env_.napi, values_, count_, value);
    return put(kOpValue, count_++);
  }

  // Where the object that JavaScript holds already stands among the values.
  uint32_t keep_known() {
    napi_value texts = nullptr, object = nullptr;
    napi_get_reference_value(env_.napi, env_.texts, &texts);
    napi_get_element(env_.napi, texts, 1, &object);
    napi_set_element(env_.napi, values_, count_, object);
    return count_++;
  }

  // Converting raised: the exception is in a handle, or stands behind an error that JavaScript holds.
  bool leave_python_exception() {
    auto handle = static_cast<uint32_t>(env_.out[1]);
    Ref error = Ref::copy(handle ? object_of(env_, handle) : nullptr);
    if (error) {
      release_handle(env_, handle, true);
      py::raise(std::move(error));
    } else {
      api.PyErr_SetString(*api.PyExc_RuntimeError,
                          "converting a value raised an exception that was raised before");
    }
    return false;
  }

  bool leave_js_exception() {
    raise_thrown(env_);
    return false;
  }

  bool open_dict(const Ref& dict, PyObject* known_as = nullptr) {
    if (repeated(known_as ? known_as : dict.get())) return true;
    Ref list = Ref::steal(api.PyDict_Items(dict.get()));
    Ref items = Ref::steal(list ? api.PyList_AsTuple(list.get()) : nullptr);
    if (!items) return false;
    bool text = true;
    Py_ssize_t size = api.PyTuple_Size(items.get());
    for (Py_ssize_t i = 0; i < size && text; ++i) {
      text = py::type_of(api.PyTuple_GetItem(api.PyTuple_GetItem(items.get(), i), 0)) == api.PyUnicode_Type;
    }
    return push(dict, text ? kOpObject : kOpMap, std::move(items), true, known_as);
  }

  bool open(const Ref& container, int op, Ref items, PyObject* known_as = nullptr) {
    if (repeated(known_as ? known_as : container.get())) return true;
    if (!items) return false;
    return push(container, op, std::move(items), false, known_as);
  }

  bool repeated(PyObject* container) {
    auto* entry = opened_.find(reinterpret_cast<uint64_t>(container));
    return entry && put(kOpRepeat, static_cast<double>(entry->value));
  }

  bool push(const Ref& container, int op, Ref items, bool pairs, PyObject* known_as) {
    name(Ref::copy(known_as ? known_as : container.get()));
    put(op);
    stack_.push_back(Open{std::move(items), 0, pairs, {}});
    return true;
  }

  // Its address names what the program makes of it, as long as it lives.
  void name(Ref object) {
    opened_.set(reinterpret_cast<uint64_t>(object.get()), kept_.size());
    kept_.push_back(std::move(object));
  }

  template <typename... Operands>
  bool put(Operands... operands) {
    (code_.push_back(static_cast<double>(operands)), ...);
    return true;
  }

  Env& env_;
  Depth depth_;
  napi_value values_;
  uint32_t count_ = 0;
  std::vector<double> code_;
  std::vector<Open> stack_;
  FlatMap opened_;
  std::vector<Ref> kept_;
};

}  // namespace

napi_value flatten(Env& env, PyObject* object, Depth depth) { return Flattener(env, depth).run(object); }

}  // namespace caduceus::bridge
