// JavaScript values to Python: scalars in place, given data by running the program that the encoder wrote.
#include <cmath>
#include <cstring>

#include "bridge/env.hpp"
#include "py/error.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

constexpr double kMaxSafe = 9007199254740991.0;

// An object that goes by reference, as src/values/encoder.ts describes it.
Ref described(Env& env, napi_value object, uint64_t id, int32_t word) {
  return js_object(env, object, id, static_cast<Mode>(word % kDeclared), nullptr, word / kDeclared);
}

Ref big_to_python(Env& env, napi_value value) {
  int64_t small = 0;
  bool lossless = false;
  napi_get_value_bigint_int64(env.napi, value, &small, &lossless);
  if (lossless) return Ref::steal(api.PyLong_FromLongLong(small));
  size_t count = 0;
  int negative = 0;
  napi_get_value_bigint_words(env.napi, value, nullptr, &count, nullptr);
  std::vector<uint64_t> words(count);
  napi_get_value_bigint_words(env.napi, value, &negative, &count, words.data());
  std::string hex = negative ? "-" : "";
  for (size_t i = count; i-- > 0;) {
    for (int shift = 60; shift >= 0; shift -= 4) hex += "0123456789abcdef"[(words[i] >> shift) & 15];
  }
  return Ref::steal(api.PyLong_FromString(hex.c_str(), nullptr, 16));
}

// Loops that compilers vectorize: all bits that occur, which choose a kind; and how many pairs of surrogates
// there are.
uint32_t bits_of(const char16_t* data, size_t size) {
  char16_t bits = 0;
  for (size_t i = 0; i < size; ++i) bits |= data[i];
  return bits;
}
bool is_pair(const char16_t* units) { return (units[0] & 0xFC00) == 0xD800 && (units[1] & 0xFC00) == 0xDC00; }
size_t count_pairs(const char16_t* data, size_t size) {
  size_t pairs = 0;
  for (size_t i = 0; i + 1 < size; ++i) pairs += is_pair(data + i);
  return pairs;
}

// Pairs become one character; lone surrogates stay.
void join_pairs(const char16_t* data, size_t size, uint32_t* to) {
  for (size_t i = 0; i < size; ++i) {
    uint32_t c = data[i];
    if (i + 1 < size && is_pair(data + i)) c = 0x10000 + ((c & 0x3FF) << 10) + (data[++i] & 0x3FF);
    *to++ = c;
  }
}

// The units of a string, in the buffer of `env`. False: `text` is no string.
bool read_units(Env& env, napi_value text, size_t* size) {
  constexpr size_t kFirst = 4096;
  std::vector<char16_t>& units = env.scratch;
  if (units.size() < kFirst) units.resize(kFirst);
  if (napi_get_value_string_utf16(env.napi, text, units.data(), units.size(), size) != napi_ok) return false;
  if (*size < units.size() - 2) return true;
  // Perhaps cut, perhaps within a pair.
  napi_get_value_string_utf16(env.napi, text, nullptr, 0, size);
  if (*size + 3 > units.size()) units.resize(*size + 3);
  napi_get_value_string_utf16(env.napi, text, units.data(), units.size(), size);
  return true;
}

Ref read_to_python(Env& env, size_t size) {
  Ref made = units_to_python(env.scratch.data(), size);
  env.trim_scratch();
  return made;
}

// Opcodes of the encoder's program; src/values/opcodes.ts has the same list.
enum Op : int {
  kOpNone,
  kOpTrue,
  kOpFalse,
  kOpNumber,    // x
  kOpText,      // index of the value
  kOpBig,       // index of the value
  kOpHandle,    // handle
  kOpList,      // opens
  kOpTuple,     // opens
  kOpDict,      // opens
  kOpClose,     //
  kOpRepeat,    // number of the container, in the order of opening
  kOpJsObject,  // index of the value, id, mode
  kOpDate,      // milliseconds since the epoch
};

struct Open {
  PyObject* container;  // borrowed from `made` or from its parent; a tuple is built as a list first
  int op;
  Ref key;  // of a dict, waiting for its value
};

Ref handle_to_python(Env& env, uint32_t index) {
  Ref object = Ref::copy(object_of(env, index));
  if (!object)
    api.PyErr_SetString(*api.PyExc_ReferenceError, "a released Python object was passed as an argument");
  return object;
}

class Builder {
 public:
  Builder(Env& env, const double* code, size_t size, napi_value values)
      : env_(env), code_(code), size_(size), values_(values) {}

  bool run(std::vector<Ref>* made) {
    made_ = made;
    while (at_ < size_) {
      if (!step(static_cast<int>(code_[at_++]))) return false;
    }
    return true;
  }

 private:
  napi_value value() {
    napi_value result = nullptr;
    napi_get_element(env_.napi, values_, static_cast<uint32_t>(code_[at_++]), &result);
    return result;
  }

  bool step(int op) {
    switch (op) {
      case kOpNone:
        return add(Ref::copy(py::none()));
      case kOpTrue:
        return add(Ref::copy(api._Py_TrueStruct));
      case kOpFalse:
        return add(Ref::copy(api._Py_FalseStruct));
      case kOpNumber:
        return add(number_to_python(code_[at_++]));
      case kOpText:
        return add(text_to_python(env_, value()));
      case kOpBig:
        return add(big_to_python(env_, value()));
      case kOpHandle:
        return add(handle_to_python(env_, static_cast<uint32_t>(code_[at_++])));
      case kOpList:
      case kOpTuple:
        return open(Ref::steal(api.PyList_New(0)), op);
      case kOpDict:
        return open(Ref::steal(api.PyDict_New()), op);
      case kOpClose:
        return close();
      case kOpRepeat:
        return add(Ref::copy(opened_[static_cast<size_t>(code_[at_++])].get()));
      case kOpJsObject: {
        napi_value object = value();
        auto id = static_cast<uint64_t>(code_[at_++]);
        return add(described(env_, object, id, static_cast<int32_t>(code_[at_++])));
      }
      case kOpDate: {
        Ref milliseconds = Ref::steal(api.PyFloat_FromDouble(code_[at_++]));
        return add(milliseconds ? call_helper(kFromDate, milliseconds.get()) : Ref());
      }
      default:
        api.PyErr_SetString(*api.PyExc_RuntimeError, "caduceus: unknown opcode in an encoder's program");
        return false;
    }
  }

  bool open(Ref container, int op) {
    if (!container) return false;
    PyObject* borrowed = container.get();
    opened_.push_back(Ref::copy(borrowed));
    if (op != kOpTuple && !add(std::move(container))) return false;
    stack_.push_back(Open{borrowed, op, {}});
    return true;
  }

  bool close() {
    Open last = std::move(stack_.back());
    stack_.pop_back();
    if (last.op != kOpTuple) return true;
    return add(Ref::steal(api.PyList_AsTuple(last.container)));
  }

  bool add(Ref object) {
    if (!object) return false;
    if (stack_.empty()) {
      made_->push_back(std::move(object));
      return true;
    }
    Open& top = stack_.back();
    switch (top.op) {
      case kOpDict:
        if (!top.key) {
          top.key = std::move(object);
          return true;
        } else {
          Ref key = std::move(top.key);
          top.key = Ref();
          return api.PyDict_SetItem(top.container, key.get(), object.get()) == 0;
        }
      default:
        return api.PyList_Append(top.container, object.get()) == 0;
    }
  }

  Env& env_;
  const double* code_;
  size_t size_;
  size_t at_ = 0;
  napi_value values_;
  std::vector<Open> stack_;
  std::vector<Ref> opened_;
  std::vector<Ref>* made_ = nullptr;
};

}  // namespace

Ref number_to_python(double value) {
  if (std::fabs(value) <= kMaxSafe) {
    auto whole = static_cast<long long>(value);
    bool integral = static_cast<double>(whole) == value && !(whole == 0 && std::signbit(value));
    if (integral) return Ref::steal(api.PyLong_FromLongLong(whole));
  }
  return Ref::steal(api.PyFloat_FromDouble(value));
}

Ref units_to_python(const char16_t* data, size_t size) {
  uint32_t bits = bits_of(data, size);
  size_t pairs = bits < 0xD800 ? 0 : count_pairs(data, size);
  auto length = static_cast<Py_ssize_t>(size - pairs);
  if (!py::layout.strings || size == 0) {
    if (pairs == 0) return Ref::steal(api.PyUnicode_FromKindAndData(2, data, length));
    std::vector<uint32_t> wide(size - pairs);
    join_pairs(data, size, wide.data());
    return Ref::steal(api.PyUnicode_FromKindAndData(4, wide.data(), length));
  }
  // Into the new string at once; nobody else has seen it yet.
  uint32_t largest = pairs ? 0x10FFFF : bits < 0x80 ? 0x7F : bits < 0x100 ? 0xFF : 0xFFFF;
  Ref made = Ref::steal(api.PyUnicode_New(length, largest));
  if (!made) return made;
  char* to =
      reinterpret_cast<char*>(made.get()) + (bits < 0x80 ? py::layout.ascii_data : py::layout.wide_data);
  if (pairs) {
    join_pairs(data, size, reinterpret_cast<uint32_t*>(to));
  } else if (bits >= 0x100) {
    std::memcpy(to, data, size * sizeof *data);
  } else {
    for (size_t i = 0; i < size; ++i) to[i] = static_cast<char>(data[i]);
  }
  return made;
}

Ref text_to_python(Env& env, napi_value text) {
  size_t size = 0;
  read_units(env, text, &size);
  return read_to_python(env, size);
}

Ref scalar_to_python(Env& env, napi_value value) {
  // Asking for the number or the string costs no more than asking for the type, and answers at once.
  double number = 0;
  if (napi_get_value_double(env.napi, value, &number) == napi_ok) return number_to_python(number);
  size_t size = 0;
  if (read_units(env, value, &size)) return read_to_python(env, size);
  switch (js::type_of(env.napi, value)) {
    case napi_undefined:
    case napi_null:
      return Ref::copy(py::none());
    case napi_boolean: {
      bool is = false;
      napi_get_value_bool(env.napi, value, &is);
      return Ref::copy(is ? api._Py_TrueStruct : api._Py_FalseStruct);
    }
    case napi_bigint:
      return big_to_python(env, value);
    default:
      return {};
  }
}

bool build(Env& env, const double* code, size_t size, napi_value values, std::vector<Ref>* made) {
  return Builder(env, code, size, values).run(made);
}

bool build_all(Env& env, napi_value program, std::vector<Ref>* made) {
  napi_value code = nullptr, size = nullptr, values = nullptr;
  napi_get_element(env.napi, program, 0, &code);
  napi_get_element(env.napi, program, 1, &size);
  napi_get_element(env.napi, program, 2, &values);
  if (!code || !size || !values) {  // the worker is being terminated
    raise_thrown(env);
    return false;
  }
  void* data = nullptr;
  napi_get_typedarray_info(env.napi, code, nullptr, nullptr, &data, nullptr, nullptr);
  auto length = static_cast<size_t>(js::to_double(env.napi, size));
  return build(env, static_cast<double*>(data), length, values, made);
}

Ref described_to_python(Env& env, napi_value value) {
  const int32_t* one = env.out + kOneWord;
  if (one[0] < 0) return handle_to_python(env, static_cast<uint32_t>(one[1]));
  return described(env, value, described_id(env), one[0]);
}

Ref to_python(Env& env, napi_value value, Rule rule) {
  Ref scalar = scalar_to_python(env, value);
  if (scalar || api.PyErr_Occurred()) return scalar;
  // The encoder may run getters and proxies' traps, hence detached. It answers with [code, size, values], or
  // with nothing and describes one object in the channel.
  napi_value arguments[] = {value, js::boolean(env.napi, rule == Rule::kTaken)};
  napi_value program = nullptr;
  {
    py::Detached detached(env.thread);
    program = js::call(env.napi, js::undefined(env.napi), env.factory(js::kEncode), 2, arguments);
  }
  if (!program) {
    raise_thrown(env);
    return {};
  }
  if (js::type_of(env.napi, program) == napi_undefined) return described_to_python(env, value);
  std::vector<Ref> made;
  if (!build_all(env, program, &made)) return {};
  return std::move(made.at(0));
}

}  // namespace caduceus::bridge
