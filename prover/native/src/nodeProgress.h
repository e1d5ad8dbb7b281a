#pragma once

#include <mutex>

#include "nodeApi.h"

namespace poa {
namespace node {

/**
 * Calls a JavaScript function with a fraction, from any thread, without waiting for it and at most once a per cent. Made and freed on JavaScript's
 * thread. What is reported while the environment is torn down is dropped; what the function throws becomes an uncaught exception.
 */
class Progress {
 public:
  Progress(napi_env env, napi_value callback) : env(env) {
    napi_value name;
    check(napi_create_string_utf8(env, "poa progress", NAPI_AUTO_LENGTH, &name), "a string cannot be made");
    check(napi_create_threadsafe_function(env, callback, nullptr, name, 0, 1, nullptr, nullptr, nullptr, callBack, &function),
          "a function was expected");
    // Hooks run in the reverse order: this one before that with which Node closes the function, which must not be called afterwards.
    if (napi_add_env_cleanup_hook(env, close, this) != napi_ok) {
      close(this);
      throw Error("ENGINE_FAILED", "a hook cannot be added");
    }
  }
  ~Progress() {
    if (isClosed) return;
    napi_remove_env_cleanup_hook(env, close, this);
    close(this);
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void report(double fraction) {
    const auto perCent = static_cast<uintptr_t>(100 * fraction);
    const std::lock_guard<std::mutex> lock(mutex);
    if (isClosed || perCent <= lastPerCent) return;
    lastPerCent = perCent;
    napi_call_threadsafe_function(function, reinterpret_cast<void*>(perCent), napi_tsfn_nonblocking);
  }

 private:
  static void close(void* data) {
    Progress& progress = *static_cast<Progress*>(data);
    const std::lock_guard<std::mutex> lock(progress.mutex);
    progress.isClosed = true;
    napi_release_threadsafe_function(progress.function, napi_tsfn_release);
  }
  static void callBack(napi_env env, napi_value callback, void*, void* data) {
    napi_value undefined, fraction;
    if (env == nullptr || napi_get_undefined(env, &undefined) != napi_ok ||
        napi_create_double(env, static_cast<double>(reinterpret_cast<uintptr_t>(data)) / 100, &fraction) != napi_ok)
      return;
    napi_value exception;
    if (napi_call_function(env, undefined, callback, 1, &fraction, nullptr) == napi_pending_exception &&
        napi_get_and_clear_last_exception(env, &exception) == napi_ok)
      napi_fatal_exception(env, exception);
  }

  const napi_env env;
  napi_threadsafe_function function;
  std::mutex mutex;
  bool isClosed = false;
  uintptr_t lastPerCent = 0;
};

}  // namespace node
}  // namespace poa
