// Keeps what an operation has said while Python runs JavaScript in the middle of it.
#include <algorithm>

#include "bridge/js_object.hpp"

namespace caduceus::bridge {

SetAside::SetAside(Env& env) : env_(env) {
  std::copy_n(env.out, kResultWords, words_);
  if (words_[0] == js::kRaised || words_[0] == js::kErrorValue || words_[0] == js::kCoded) {
    napi_get_reference_value(env.napi, env.texts, &texts_);
    napi_get_element(env.napi, texts_, 0, &message_);
    napi_get_element(env.napi, texts_, 1, &known_);
  }
  bool pending = false;
  napi_is_exception_pending(env.napi, &pending);
  if (pending) napi_get_and_clear_last_exception(env.napi, &thrown_);
}

SetAside::~SetAside() {
  std::copy_n(words_, kResultWords, env_.out);
  if (message_) napi_set_element(env_.napi, texts_, 0, message_);
  if (known_) napi_set_element(env_.napi, texts_, 1, known_);
  if (thrown_) napi_throw(env_.napi, thrown_);
}

}  // namespace caduceus::bridge
