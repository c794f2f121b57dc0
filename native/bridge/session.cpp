// Opening an Env, starting and ending Python, attach scopes, names.
#include <dlfcn.h>
#include <pthread.h>

#include "bridge/exports.hpp"
#include "bridge/js_object.hpp"
#include "py/error.hpp"
#include "py/interpreter.hpp"
#include "py/interrupt.hpp"
#include "py/kept_code.hpp"
#include "py/signals.hpp"
#include "py/wake.hpp"

namespace caduceus::bridge {

bool define_js_types(PyObject* module);
// handle.cpp: in a forked child, which has none of the threads that V8 needs, nor a lock that could be
// trusted.
void leave_javascript();

namespace {

using py::api;

std::mutex
    bootstrap_lock;  // held while Python's side begins: taken before attaching, never the other way round
bool bootstrapped = false;  // under bootstrap_lock

PyObject* mark_dirty(PyObject*, PyObject*) {
  py::stdio_dirty.store(true, std::memory_order_relaxed);
  api.Py_IncRef(py::none());
  return py::none();
}

template <void (*work)()>
PyObject* plainly(PyObject*, PyObject*) {
  work();
  api.Py_IncRef(py::none());
  return py::none();
}

// The handler of the signal that wakes Python's main thread: called with the signal's number and a frame.
PyObject* serve_signal(PyObject*, PyObject*) {
  if (!serve_thread()) return nullptr;
  api.Py_IncRef(py::none());
  return py::none();
}

// A thread that writes all the time can be asked between two writes alone.
PyObject* end_write(PyObject*, PyObject*) {
  py::end_write();
  if (py::wants_answer() && !answer_signals()) return nullptr;
  api.Py_IncRef(py::none());
  return py::none();
}

// Asks the JavaScript main thread to end the program by a signal from its loop. Inside Python calls claim_end
// tells where.
bool end_when_idle() {
  static std::atomic<bool> asked{false};
  static js::Task task{[](js::Task*, bool refused) {
    asked.store(false);
    if (!refused && py::Thread::peek()->frames == 0) py::end_by_signal();
  }};
  if (asked.exchange(true)) return true;
  if (post_to_main(&task)) return true;
  asked.store(false);
  return false;
}

// A warning for the program, on a thread that may run its JavaScript.
void warn(Env& env, napi_value text) {
  napi_value thrown;
  js::call(env.napi, js::undefined(env.napi), env.factory(js::kWarn), 1, &text);
  napi_get_and_clear_last_exception(env.napi, &thrown);  // a listener's, which Node reports itself
}

struct Warning : js::Task {
  std::string text;
};

void warn_later(js::Task* task, bool refused) {
  std::unique_ptr<Warning> warning(static_cast<Warning*>(task));
  Env* env = env_here();
  if (refused || !env) return;
  js::HandleScope scope(env->napi);
  napi_value text;
  napi_create_string_utf8(env->napi, warning->text.data(), warning->text.size(), &text);
  warn(*env, text);
}

// (name of the extension module that turned the GIL on): the environment of the thread that imports it hears
// of it, else the main one
PyObject* gil_enabled(PyObject*, PyObject* name) {
  Env* env = env_here();
  if (env && env->thread->attached) {
    js::HandleScope scope(env->napi);
    SetAside aside(*env);
    napi_value text = text_to_js(*env, name);
    py::Detached detached(env->thread);
    if (text) warn(*env, text);
  } else {
    auto* warning = new Warning;
    warning->run = warn_later;
    Ref bytes = Ref::steal(api.PyUnicode_AsEncodedString(name, "utf-8", "replace"));
    char* data = nullptr;
    Py_ssize_t size = 0;
    if (bytes) api.PyBytes_AsStringAndSize(bytes.get(), &data, &size);
    warning->text.assign(data ? data : "", static_cast<size_t>(size));
    if (!post_to_main(warning)) delete warning;
  }
  api.PyErr_Clear();
  api.Py_IncRef(py::none());
  return py::none();
}

void note_copy() { py::several_copies.store(true); }

// (number of the signal that Python code has installed a handler for)
PyObject* forward_signal(PyObject*, PyObject* number) {
  int overflow = 0;
  auto value = api.PyLong_AsLongLongAndOverflow(number, &overflow);
  py::forward_signal(static_cast<int>(value));
  api.Py_IncRef(py::none());
  return py::none();
}

// The module _caduceus: the types and the few functions that Python's side of the bridge calls. That of the
// copy of this library that started Python is the one in sys.modules.
Ref define_module() {
  static PyMethodDef functions[] = {
      {"mark_dirty", mark_dirty, py::kMethNoArgs, nullptr},
      {"last_exit_work", plainly<py::run_last_exit_work>, py::kMethNoArgs, nullptr},
      {"finish", plainly<py::finish>, py::kMethNoArgs, nullptr},
      {"serve_signal", serve_signal, py::kMethVarargs, nullptr},
      {"keep_wake_signal", plainly<py::keep_wake_signal>, py::kMethNoArgs, nullptr},
      {"return_soon", plainly<py::return_soon>, py::kMethVarargs, nullptr},
      {"gil_enabled", gil_enabled, py::kMethO, nullptr},
      {"host", host, py::kMethNoArgs, nullptr},
      {"note_copy", plainly<note_copy>, py::kMethNoArgs, nullptr},
      {"begin_write", plainly<py::begin_write>, py::kMethNoArgs, nullptr},
      {"end_write", end_write, py::kMethNoArgs, nullptr},
      {"watch_signals", plainly<py::watch_signals>, py::kMethNoArgs, nullptr},
      {"forward_signal", forward_signal, py::kMethO, nullptr},
      {"keep_interrupt", plainly<py::keep_host_interrupt>, py::kMethNoArgs, nullptr},
      {"restore_interrupt", plainly<py::restore_host_interrupt>, py::kMethNoArgs, nullptr}};
  Ref module = Ref::steal(api.PyModule_New("_caduceus"));
  if (!module || !define_js_types(module.get())) return {};
  for (PyMethodDef& function : functions) {
    Ref made = Ref::steal(api.PyCFunction_NewEx(&function, nullptr, nullptr));
    if (!made || api.PyObject_SetAttrString(module.get(), function.name, made.get()) < 0) return {};
  }
  if (py::adopted()) return module;
  Ref modules = Ref::copy(api.PyImport_GetModuleDict());
  Ref name = Ref::steal(api.PyUnicode_FromStringAndSize("_caduceus", 9));
  return api.PyObject_SetItem(modules.get(), name.get(), module.get()) == 0 ? std::move(module) : Ref();
}

Ref list_of_texts(Env& env, napi_value array) {
  uint32_t count = 0;
  napi_get_array_length(env.napi, array, &count);
  Ref list = Ref::steal(api.PyList_New(0));
  for (uint32_t i = 0; list && i < count; ++i) {
    napi_value item = nullptr;
    napi_get_element(env.napi, array, i, &item);
    Ref text = item ? text_to_python(env, item) : Ref();
    if (!text || api.PyList_Append(list.get(), text.get()) < 0) return {};
  }
  return list;
}

// caduceus._bootstrap.begin(native, adopted, folder, argv, path, kept, program) answers with the function
// that flushes Python's output.
bool begin(Env& env, const js::Arguments& args) {
  py::prepare_waking(serve_thread, read_inboxes, !py::adopted());
  Ref native = define_module();
  if (!native) return false;
  Ref folder = text_to_python(env, args[0]);
  Ref argv = list_of_texts(env, args[1]);
  Ref path = list_of_texts(env, args[2]);
  Ref sys = Ref::steal(api.PyImport_ImportModule("sys"));
  Ref list = Ref::steal(sys ? api.PyObject_GetAttrString(sys.get(), "path") : nullptr);
  if (!folder || !argv || !path || !list) return false;
  if (api.PyList_Insert(list.get(), 0, folder.get()) < 0) return false;
  std::string file = py::kept_code_file(js::to_utf8(env.napi, args[3]));
  Ref kept = Ref::steal(api.PyUnicode_FromStringAndSize(file.data(), static_cast<Py_ssize_t>(file.size())));
  if (!kept) return false;
  if (!py::adopted() && !file.empty()) py::serve_kept_code(file, folder.get());
  Ref module = Ref::steal(api.PyImport_ImportModule("caduceus._bootstrap"));
  Ref function = Ref::steal(module ? api.PyObject_GetAttrString(module.get(), "begin") : nullptr);
  if (!function) return false;
  PyObject* adopted = py::adopted() ? api._Py_TrueStruct : api._Py_FalseStruct;
  Ref program = text_to_python(env, args[4]);
  if (!program) return false;
  PyObject* arguments[] = {native.get(), adopted,    folder.get(), argv.get(),
                           path.get(),   kept.get(), program.get()};
  Ref flush = Ref::steal(api.PyObject_Vectorcall(function.get(), arguments, 7, nullptr));
  if (!flush) return false;
  py::set_stdio_flush(flush.get());
  return true;
}

}  // namespace

// (factories, texts): the result channel, which says whether this is the main thread. Nothing in a worker
// that is being terminated, which refuses at any moment whatever could run JavaScript.
napi_value open(Env& env, const js::Arguments& args) {
  for (uint32_t i = 0; i < js::kFactoryCount; ++i) {
    napi_value function;
    if (napi_get_element(env.napi, args[0], i, &function) != napi_ok) return nullptr;
    napi_create_reference(env.napi, function, 1, &env.factories[i]);
  }
  void* data = nullptr;
  napi_value buffer, channel;
  if (napi_create_arraybuffer(env.napi, kChannelWords * sizeof(int32_t), &data, &buffer) != napi_ok ||
      napi_create_typedarray(env.napi, napi_int32_array, kChannelWords, buffer, 0, &channel) != napi_ok) {
    return nullptr;
  }
  napi_create_reference(env.napi, args[1], 1, &env.texts);
  napi_create_reference(env.napi, channel, 1, &env.out_buffer);
  env.out = static_cast<int32_t*>(data);
  env.is_main = py::on_main_thread();
  env.out[1] = env.is_main;
  return channel;
}

// (library, argv, parked, program): an empty string, or why not; a number is the status with which python
// ends for this command line
napi_value start(Env& env, const js::Arguments& args) {
  py::StartOptions options;
  options.library = js::to_utf8(env.napi, args[0]);
  uint32_t count = 0;
  napi_get_array_length(env.napi, args[1], &count);
  for (uint32_t i = 0; i < count; ++i) {
    napi_value argument = nullptr;
    napi_get_element(env.napi, args[1], i, &argument);
    options.argv.push_back(js::to_utf8(env.napi, argument));
  }
  napi_get_value_bool(env.napi, args[2], &options.parked);
  napi_get_value_bool(env.napi, args[3], &options.program);
  // Once: other threads may be starting it too.
  static const int told = [] {
    py::set_exit_work(close_every_inbox, release_every_env);
    py::set_signal_work(end_when_idle);
    return pthread_atfork(nullptr, nullptr, leave_javascript);
  }();
  (void)told;
  std::string problem = py::start(options);
  if (!problem.empty() && py::answered() >= 0) return js::number(env.napi, py::answered());
  napi_value text;
  napi_create_string_utf8(env.napi, problem.c_str(), problem.size(), &text);
  return text;
}

// (folder of the Python side, sys.argv, folders for sys.path, where byte code is kept or '', sys.executable
// of a Python program or ''): makes this Env a user of the running interpreter. The module caduceus._side, or
// why not.
napi_value bootstrap(Env& env, const js::Arguments& args) {
  std::lock_guard lock(bootstrap_lock);
  if (!env.thread) {
    env.thread = py::Thread::current();
    if (!env.thread) return refused(env, py::Entry::kClosed);
    ++env.thread->users;
    register_env(&env);
    begin_here(&env);
    js::open_inbox(env);
    open_flights(env);
  }
  py::Attached attached(env.thread);
  if (!attached) return refused(env, attached.entry);
  if (!bootstrapped) bootstrapped = begin(env, args);
  if (bootstrapped) return take(env, Ref::steal(api.PyImport_ImportModule("caduceus._side")));
  // No helpers yet, so no proxies: the exception's own text is the answer.
  Ref error = py::take_error();
  Ref text = Ref::steal(error ? api.PyObject_Str(error.get()) : nullptr);
  napi_value told = text ? text_to_js(env, text.get()) : nullptr;
  return told ? told : js::null(env.napi);
}

// (status of the process that ends now, or -1 if it goes on)
napi_value finish(Env& env, const js::Arguments& args) {
  py::finish();
  if (int status = js::to_int(env.napi, args[0]); status >= 0) py::end_despite_stuck_threads(status);
  return js::undefined(env.napi);
}

// (): in the channel: running, version, free-threaded, adopted, finished, inside a Python call or py.detach.
// Whether strings are read in place
napi_value state(Env& env, const js::Arguments&) {
  bool running = py::running.load();  // before that, another thread may be writing what is asked for
  env.out[1] = running;
  env.out[2] = running ? static_cast<int32_t>(py::layout.version) : 0;
  env.out[3] = running && py::layout.free_threaded;
  env.out[4] = running && py::adopted();
  env.out[5] = py::closing.load();
  env.out[6] = env.thread && (env.thread->callbacks > 0 || env.thread->barred > 0);
  return js::boolean(env.napi, running && py::layout.strings);
}

// (): after the last listener of a signal has gone
napi_value watch_signals(Env& env, const js::Arguments&) {
  if (py::running.load()) py::watch_signals();
  return js::undefined(env.napi);
}

// (name): its index
napi_value intern(Env& env, const js::Arguments& args) {
  py::Attached attached(env.thread);
  if (!attached) return refused(env, attached.entry);
  PyObject* name = text_to_python(env, args[0]).release();
  if (!name) return raised(env);
  api.PyUnicode_InternInPlace(&name);
  env.names.push_back(name);
  return js::number(env.napi, static_cast<double>(env.names.size() - 1));
}

// (...indexes of names): the index of a tuple of them
napi_value intern_tuple(Env& env, const js::Arguments& args) {
  py::Attached attached(env.thread);
  if (!attached) return refused(env, attached.entry);
  std::vector<PyObject*> names;
  for (size_t i = 0; i < args.count; ++i) names.push_back(env.names[handle_argument(env, args[i])]);
  Ref tuple = py::tuple_of(names.data(), names.size());
  if (!tuple) return raised(env);
  env.names.push_back(tuple.release());
  return js::number(env.napi, static_cast<double>(env.names.size() - 1));
}

// (): how many scopes are open now, this one included
napi_value attach(Env& env, const js::Arguments&) {
  auto* scope = new py::Attached(env.thread);
  if (!*scope) {
    py::Entry entry = scope->entry;
    delete scope;
    return refused(env, entry);
  }
  env.thread->scopes.push_back(scope);
  env.thread->now_in(py::Thread::kInPython);  // publishes the scope to those who wonder why this thread stays
  return js::number(env.napi, static_cast<double>(env.thread->scopes.size()));
}

// (number of the scope): 1 when it has ended, 0 if it had before, 2 if it cannot now: py.detach or a callback
// runs in it
napi_value leave(Env& env, const js::Arguments& args) {
  auto number = static_cast<size_t>(js::to_double(env.napi, args[0]));
  py::Thread* thread = env.thread;
  if (!thread || thread->scopes.size() < number) return js::number(env.napi, 0);
  if (thread->scopes[number - 1]->holds() && !thread->attached) return js::number(env.napi, 2);
  py::close_scopes(thread, number - 1);
  return js::number(env.napi, 1);
}

// (): inside a scope, lets other threads run; false outside
napi_value detach(Env& env, const js::Arguments&) {
  py::Thread* thread = env.thread;
  if (!thread || !thread->attached) return js::boolean(env.napi, false);
  if (py::stdio_dirty.load(std::memory_order_relaxed)) py::flush_stdio();
  thread->may_change();
  thread->attached = false;
  ++thread->barred;
  thread->now_in(py::Thread::kInJavaScript);
  api.PyEval_SaveThread();
  return js::boolean(env.napi, true);
}

napi_value rejoin(Env& env, const js::Arguments&) {
  --env.thread->barred;
  api.PyEval_RestoreThread(env.thread->state);
  env.thread->now_in(py::Thread::kInPython);
  env.thread->attached = true;
  return js::undefined(env.napi);
}

// (Python's thread id, or undefined for this thread's call): KeyboardInterrupt there. Whether there was
// anything to interrupt
napi_value interrupt_thread(Env& env, const js::Arguments& args) {
  if (!py::running.load() || py::closing.load()) return js::boolean(env.napi, false);
  unsigned long id = env.thread ? env.thread->id : 0;
  if (js::type_of(env.napi, args[0]) == napi_number) {
    id = static_cast<unsigned long>(js::to_double(env.napi, args[0]));
  }
  PyObject* exception = nullptr;
  if (env.thread) {
    py::Attached attached(env.thread);
    if (!attached) return js::boolean(env.napi, false);
    exception = helper(kKeyboardInterrupted);
    if (!exception) return raised(env);
  }
  return js::boolean(env.napi, env.thread && py::interrupt_thread(id, exception));
}

// (number of this worker, as JavaScript counts them)
napi_value name_worker(Env& env, const js::Arguments& args) {
  env.worker = js::to_int(env.napi, args[0]);
  return js::undefined(env.napi);
}

// (number of a worker that is ending): what it does in Python ends
napi_value end_worker(Env& env, const js::Arguments& args) {
  {
    py::Attached attached(env.thread);
    PyObject* first = attached ? helper(kKeyboardInterrupted) : nullptr;
    PyObject* exception = first ? helper(kTerminated) : nullptr;
    PyObject* waits = exception ? helper(kWaitsForLock) : nullptr;
    if (waits) py::set_ending_tools(first, exception, waits);
    if (attached && !waits) api.PyErr_WriteUnraisable(nullptr);  // KeyboardInterrupt must do
  }
  end_calls_of(js::to_int(env.napi, args[0]));
  return js::undefined(env.napi);
}

// The environment's end: a worker takes its own Env with it, the main thread the interpreter.
void end(Env& env) {
  env.closed.store(true);
  if (env.thread) env.thread->may_change();  // while there is a channel
  forget_watches(env);
  if (env.thread) {
    if (env.is_main) {
      py::finish();
    } else {
      py::abandon_scopes(env.thread);
    }
    js::close_inbox(env);
    end_here(&env);
    unregister_env(&env);
    {
      py::Attached attached(env.thread);
      end_flights(env, static_cast<bool>(attached));
      if (attached) end_waiters(env);
      if (attached) end_shares(&env);
      if (attached && !env.is_main) end_lent(env);
      if (attached) release_all(env);
    }
    py::end_thread(env.thread);
    env.thread = nullptr;
  }
  let_go(&env);
}

}  // namespace caduceus::bridge
