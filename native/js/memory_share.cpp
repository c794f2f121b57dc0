// V8 counts the owners of an ArrayBuffer's memory with a std::shared_ptr, and Node exports what hands it out.
#include "js/memory_share.hpp"

#include <dlfcn.h>

namespace caduceus::js {
namespace {

// Members of v8::ArrayBuffer and v8::BackingStore as the functions they are in the platform's C++ ABI: `this`
// is the first argument, and what is no plain data is returned through a hidden pointer before it, here as
// there. A napi_value of Node is V8's own handle.
struct V8 {
  MemoryShare (*of_array_buffer)(void* buffer) = nullptr;
  MemoryShare (*of_shared)(void* buffer) = nullptr;
  const char* (*data)(const void* store) = nullptr;
  size_t (*size)(const void* store) = nullptr;
  bool (*is_detachable)(const void* buffer) = nullptr;
  bool (*is_shared)(const void* value) = nullptr;

  V8() {
    // Two names that show whom we talk to: Node itself, and a V8 compiled with the shared_ptr that this file
    // has, since it is part of the name.
#if defined(_LIBCPP_VERSION)
    const char* same_pointer =
        "_ZN2v811ArrayBuffer3NewEPNS_7IsolateENSt3__110shared_ptrINS_12BackingStoreEEE";
#else
    const char* same_pointer = "_ZN2v811ArrayBuffer3NewEPNS_7IsolateESt10shared_ptrINS_12BackingStoreEE";
#endif
    if (!find("_ZN4node5StartEiPPc") || !find(same_pointer)) return;
    data = reinterpret_cast<decltype(data)>(find("_ZNK2v812BackingStore4DataEv"));
    size = reinterpret_cast<decltype(size)>(find("_ZNK2v812BackingStore10ByteLengthEv"));
    is_detachable = reinterpret_cast<decltype(is_detachable)>(find("_ZNK2v811ArrayBuffer12IsDetachableEv"));
    is_shared = reinterpret_cast<decltype(is_shared)>(find("_ZNK2v85Value19IsSharedArrayBufferEv"));
    if (!data || !size || !is_shared) return;
    of_array_buffer =
        reinterpret_cast<decltype(of_array_buffer)>(find("_ZN2v811ArrayBuffer15GetBackingStoreEv"));
    of_shared = reinterpret_cast<decltype(of_shared)>(find("_ZN2v817SharedArrayBuffer15GetBackingStoreEv"));
  }

  static void* find(const char* name) { return dlsym(RTLD_DEFAULT, name); }
};

const V8& v8() {
  static const V8 found;
  return found;
}

}  // namespace

MemoryShare share_memory(napi_env env, napi_value buffer, const void* data, size_t size) {
  bool unshared = false;
  napi_is_arraybuffer(env, buffer, &unshared);
  auto* give = unshared ? v8().of_array_buffer : v8().of_shared;
  if (!give || !buffer || (!unshared && !v8().is_shared(buffer))) return nullptr;
  MemoryShare share = give(buffer);
  if (!share) return nullptr;
  // The wrong memory would be no better than none.
  const char *first = v8().data(share.get()), *looked = static_cast<const char*>(data);
  bool inside = !size || (looked >= first && looked + size <= first + v8().size(share.get()));
  return inside ? share : nullptr;
}

bool is_transferable(napi_value buffer) { return !v8().is_detachable || v8().is_detachable(buffer); }

}  // namespace caduceus::js
