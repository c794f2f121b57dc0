// Keeping the memory of an ArrayBuffer alive and in its place, for which Node-API has nothing.
#pragma once

#include <memory>

#include "js/napi.hpp"

namespace caduceus::js {

// The memory lives as long as one of its shares, whatever becomes of the buffer: transferred, collected, its
// environment ended. May be dropped on any thread.
using MemoryShare = std::shared_ptr<void>;

// Owner thread. `data` and `size` are what Python will look at. Null where the host gives no shares: Bun,
// Deno.
MemoryShare share_memory(napi_env env, napi_value buffer, const void* data, size_t size);

// Owner thread. False for a WebAssembly memory's buffer, which cannot be transferred anyway: it must not be
// marked as untransferable, or growing that memory ends the process. True where the host does not say.
[[nodiscard]] bool is_transferable(napi_value buffer);

}  // namespace caduceus::js
