// Python objects that one JavaScript thread hands to others: by a token, which is plain text.
#include <unistd.h>

#include <unordered_map>
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#endif

#include "bridge/exports.hpp"

namespace caduceus::bridge {
namespace {

struct Shared {
  PyObject* object;  // owned
  Env* owner;        // who may take it back, and whose end does; compared only
};

// Under it: all shared objects by their tokens. Taken when something is shared, adopted or taken back, and
// held over a look-up and one more reference alone: letting go of an object may run anything.
std::mutex shared_lock;
std::unordered_map<std::string, Shared> shared;

// Random, so that it is not met again and cannot be guessed.
std::string new_token() {
  unsigned char bytes[16];
  if (getentropy(bytes, sizeof bytes) != 0) return {};
  std::string text;
  for (unsigned char byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

}  // namespace

// (handle): the token
napi_value share(Env& env, const js::Arguments& args) {
  Operation operation(env, args[0]);
  if (!operation) return operation.answer();
  std::string token = new_token();
  if (!token.empty()) {
    Ref object = Ref::copy(operation.object());
    std::lock_guard lock(shared_lock);
    shared.emplace(token, Shared{object.release(), &env});
  }
  napi_value text;
  napi_create_string_latin1(env.napi, token.data(), token.size(), &text);
  return text;
}

// (token): the object's proxy, or that it is missing
napi_value adopt(Env& env, const js::Arguments& args) {
  std::string token = js::to_utf8(env.napi, args[0]);
  py::Attached attached(env.thread);
  if (!attached) return refused(env, attached.entry);
  Ref object;
  {
    std::lock_guard lock(shared_lock);
    if (auto found = shared.find(token); found != shared.end()) object = Ref::copy(found->second.object);
  }
  return object ? hold(env, std::move(object)) : env.result(js::kMissing);
}

// (token): whether it was still shared by this environment
napi_value revoke(Env& env, const js::Arguments& args) {
  std::string token = js::to_utf8(env.napi, args[0]);
  py::Attached attached(env.thread);
  if (!attached) return refused(env, attached.entry);
  Ref object;
  {
    std::lock_guard lock(shared_lock);
    if (auto found = shared.find(token); found != shared.end() && found->second.owner == &env) {
      object = Ref::steal(found->second.object);
      shared.erase(found);
    }
  }
  return js::boolean(env.napi, static_cast<bool>(object));
}

void end_shares(Env* env) {
  std::vector<Ref> objects;
  {
    std::lock_guard lock(shared_lock);
    std::erase_if(shared, [&](auto& entry) {
      if (env && entry.second.owner != env) return false;
      objects.push_back(Ref::steal(entry.second.object));
      return true;
    });
  }
}

}  // namespace caduceus::bridge
