// The export table: the table of contents of the native side. src/native/binding.ts is its twin.
#include <dlfcn.h>

#include "bridge/exports.hpp"

namespace caduceus {
namespace {

using bridge::Env;

// `most`: how many arguments the export looks at. Node fills the places of missing ones, which costs on hot
// paths.
template <bridge::Export function, size_t most = js::Arguments::kMost>
napi_value entry(napi_env napi, napi_callback_info info) noexcept {
  js::Arguments args;
  args.count = most;
  void* env = nullptr;
  napi_get_cb_info(napi, info, &args.count, args.values, nullptr, &env);
  return function(*static_cast<Env*>(env), args);
}

struct Row {
  const char* name;
  napi_callback function;
};

constexpr Row kExports[] = {
    // the session
    {"open", entry<bridge::open>},
    {"start", entry<bridge::start>},
    {"bootstrap", entry<bridge::bootstrap>},
    {"runProgram", entry<bridge::run_program>},
    {"finish", entry<bridge::finish>},
    {"state", entry<bridge::state>},
    {"watchSignals", entry<bridge::watch_signals>},
    {"intern", entry<bridge::intern>},
    {"internTuple", entry<bridge::intern_tuple>},
    {"attach", entry<bridge::attach>},
    {"leave", entry<bridge::leave>},
    {"detach", entry<bridge::detach>},
    {"rejoin", entry<bridge::rejoin>},
    {"interruptThread", entry<bridge::interrupt_thread>},
    {"nameWorker", entry<bridge::name_worker>},
    {"endWorker", entry<bridge::end_worker>},
    // one object
    {"get", entry<bridge::get, 2>},
    {"getMember", entry<bridge::get_member, 2>},
    {"getReal", entry<bridge::get_real>},
    {"getText", entry<bridge::get_text>},
    {"getIndex", entry<bridge::get_index, 2>},
    {"has", entry<bridge::has>},
    {"remove", entry<bridge::remove>},
    {"length", entry<bridge::length>},
    {"iterate", entry<bridge::iterate>},
    {"next", entry<bridge::next, 1>},
    {"typeName", entry<bridge::type_name>},
    {"text", entry<bridge::text>},
    {"copyOut", entry<bridge::copy_out>},
    // modules
    {"watch", entry<bridge::watch>},
    {"getWatched", entry<bridge::get_watched, 2>},
    // codecs
    {"useCodecs", entry<bridge::use_codecs>},
    {"depth", entry<bridge::depth>},
    // calls
    {"call", entry<bridge::call, 6>},
    {"callMethod", entry<bridge::call_method, 6>},
    {"callNamed", entry<bridge::call_named, 8>},
    {"callAgain", entry<bridge::call_again, 6>},
    {"run", entry<bridge::run, 7>},
    {"submit", entry<bridge::submit, 9>},
    {"submitProgram", entry<bridge::submit_program>},
    {"nextAnswer", entry<bridge::next_answer, 1>},
    {"pollAnswers", entry<bridge::poll_answers>},
    {"letGoElsewhere", entry<bridge::let_go_elsewhere>},
    {"forgetFlights", entry<bridge::forget_flights>},
    {"interrupt", entry<bridge::interrupt>},
    {"fulfil", entry<bridge::fulfil>},
    // objects for other threads
    {"share", entry<bridge::share>},
    {"adopt", entry<bridge::adopt>},
    {"revoke", entry<bridge::revoke>},
    // lifetimes
    {"bind", entry<bridge::bind, 3>},
    {"proxyOf", entry<bridge::proxy_of>},
    {"sweepErrors", entry<bridge::sweep_errors>},
    {"dispose", entry<bridge::dispose>},
    {"release", entry<bridge::release>},
    {"shareBuffer", entry<bridge::share_buffer>},
    {"census", entry<bridge::census>},
    {"pairUp", entry<bridge::pair_up>},
    {"link", entry<bridge::link>},
    {"sweepRoots", entry<bridge::sweep_roots>},
};

// Node unloads an addon with the last environment that uses it; threads of Python would then return into
// nothing.
void pin() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&pin), &info) && info.dli_fname) {
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE | RTLD_NOLOAD);
  }
}

}  // namespace
}  // namespace caduceus

extern "C" NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env napi, napi_value exports) {
  using namespace caduceus;
  pin();
  bridge::Env* env;
  {
    py::Newborn newborn;  // other threads meet it behind Python objects
    env = new bridge::Env;
    env->napi = napi;
  }
  napi_add_env_cleanup_hook(napi, [](void* data) { bridge::end(*static_cast<bridge::Env*>(data)); }, env);
  for (const Row& row : kExports) {
    napi_value function = nullptr;
    napi_create_function(napi, row.name, NAPI_AUTO_LENGTH, row.function, env, &function);
    napi_set_named_property(napi, exports, row.name, function);
  }
  return exports;
}

extern "C" NAPI_MODULE_EXPORT int32_t node_api_module_get_api_version_v1() { return 8; }
