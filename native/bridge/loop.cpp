// Calls that are awaited on the asyncio loop, whose Python side is caduceus/_loop.py.
#include <unordered_map>

#include "bridge/flight.hpp"
#include "py/error.hpp"

namespace caduceus::bridge {
namespace {

using py::api;

// Flights on the loop, by numbers of the process. Whoever takes one out owns it: the answer, or its Env's
// end.
std::mutex loop_lock;
std::unordered_map<uint64_t, Flight*>& loop_flights = *new std::unordered_map<uint64_t, Flight*>;
uint64_t last_number = 0;

Flight* take_out(uint64_t number) {
  std::lock_guard lock(loop_lock);
  auto found = loop_flights.find(number);
  if (found == loop_flights.end()) return nullptr;
  Flight* flight = found->second;
  loop_flights.erase(found);
  return flight;
}

// The answer's function: (failed, value), on the loop's thread. Its self is the number.
PyObject* settle(PyObject* self, PyObject* args) {
  int overflow = 0;
  Flight* flight = take_out(static_cast<uint64_t>(api.PyLong_AsLongLongAndOverflow(self, &overflow)));
  if (flight) {
    flight->failed = api.PyTuple_GetItem(args, 0) == api._Py_TrueStruct;
    flight->result = Ref::copy(api.PyTuple_GetItem(args, 1)).release();
    if (py::stdio_dirty.load(std::memory_order_relaxed)) py::flush_stdio();
    flight->answer(flight);
  }
  return Ref::copy(py::none()).release();
}

// Says in the contexts of tasks which flight they belong to. Made once, published whole.
std::atomic<PyObject*> carried_out{nullptr};

// Attached. Sets it in `context`, which no thread is in.
bool mark(PyObject* context, PyObject* number) {
  PyObject* variable = carried_out.load();
  if (!variable) {
    PyObject* made = api.PyContextVar_New("caduceus_call", nullptr);
    if (!made) return false;
    if (carried_out.compare_exchange_strong(variable, made)) {
      variable = made;
    } else {
      api.Py_DecRef(made);
    }
  }
  if (api.PyContext_Enter(context) < 0) return false;
  Ref token = Ref::steal(api.PyContextVar_Set(variable, number));
  return api.PyContext_Exit(context) == 0 && token;
}

Ref tuple_of(const std::vector<Ref>& objects, size_t count) {
  Ref tuple = Ref::steal(api.PyTuple_New(static_cast<Py_ssize_t>(count)));
  for (size_t i = 0; tuple && i < count; ++i) {
    api.PyTuple_SetItem(tuple.get(), static_cast<Py_ssize_t>(i), Ref::copy(objects[i].get()).release());
  }
  return tuple;
}

Ref keywords_of(const std::vector<Ref>& objects, size_t first) {
  Ref dict = Ref::steal(api.PyDict_New());
  for (size_t i = first; dict && i < objects.size(); i += 2) {
    if (api.PyDict_SetItem(dict.get(), objects[i].get(), objects[i + 1].get()) < 0) return {};
  }
  return dict;
}

}  // namespace

bool await_on_loop(Flight* flight) {
  static PyMethodDef settling = {"settle", settle, py::kMethVarargs, nullptr};
  size_t positional = flight->objects.size() - 2 * flight->keywords;
  {
    std::lock_guard lock(loop_lock);
    flight->loop_number = ++last_number;
  }
  Ref number = Ref::steal(api.PyLong_FromLongLong(static_cast<long long>(flight->loop_number)));
  Ref function = Ref::steal(number ? api.PyCFunction_NewEx(&settling, number.get(), nullptr) : nullptr);
  Ref args = tuple_of(flight->objects, positional);
  if (flight->self && args) {
    Ref all = Ref::steal(api.PyTuple_New(static_cast<Py_ssize_t>(positional) + 1));
    if (!all) return false;
    api.PyTuple_SetItem(all.get(), 0, Ref::copy(flight->self).release());
    for (size_t i = 0; i < positional; ++i) {
      api.PyTuple_SetItem(all.get(), static_cast<Py_ssize_t>(i) + 1,
                          Ref::copy(flight->objects[i].get()).release());
    }
    args = std::move(all);
  }
  Ref keywords = keywords_of(flight->objects, positional);
  Ref context = Ref::steal(api.PyContext_Copy(flight->snapshot->context));
  if (!function || !args || !keywords || !context || !mark(context.get(), number.get())) return false;
  flight->objects.clear();
  {
    std::lock_guard lock(loop_lock);
    loop_flights.emplace(flight->loop_number, flight);
  }
  uint64_t own_number = flight->loop_number;
  if (call_helper(kBegin, function.get(), number.get(), flight->callable, args.get(), keywords.get(),
                  context.get())) {
    return true;
  }
  if (take_out(own_number)) return false;
  api.PyErr_Clear();  // what failed came after the answer
  return true;
}

Place place_on_loop(Env& env) {
  PyObject *variable = carried_out.load(), *value = nullptr;
  if (!variable || api.PyContextVar_Get(variable, nullptr, &value) < 0 || !value) return {};
  Ref keep = Ref::steal(value);
  int overflow = 0;
  auto number = static_cast<uint64_t>(api.PyLong_AsLongLongAndOverflow(value, &overflow));
  std::lock_guard lock(loop_lock);
  auto found = loop_flights.find(number);
  if (found == loop_flights.end() || found->second->env != &env) return {};
  return {found->second->number, number, true};
}

bool cancel_on_loop(Flight* flight) {
  Ref number = Ref::steal(api.PyLong_FromLongLong(static_cast<long long>(flight->loop_number)));
  return number && call_helper(kCancel, number.get());
}

bool recall_from_loop(Flight* flight) { return take_out(flight->loop_number) != nullptr; }

}  // namespace caduceus::bridge
