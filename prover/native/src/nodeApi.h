#pragma once

#include <node_api.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "errors.h"

namespace poa {

/** The little of Node-API that the exports need. Nothing thrown here or in a handler passes the border to JavaScript as a C++ exception. */
namespace node {

inline void check(napi_status status, const char* what) {
  if (status != napi_ok) throw Error("ARGUMENT_INVALID", what);
}

/** One call from JavaScript. */
struct Call {
  static constexpr size_t maxArguments = 8;

  napi_env env;
  napi_value arguments[maxArguments];
  size_t count;

  napi_value argument(size_t i) const {
    if (i >= count) throw Error("ARGUMENT_INVALID", "argument " + std::to_string(i) + " is missing");
    return arguments[i];
  }

  std::string text(size_t i) const {
    size_t length;
    check(napi_get_value_string_utf8(env, argument(i), nullptr, 0, &length), "a string was expected");
    std::string result(length, '\0');
    check(napi_get_value_string_utf8(env, argument(i), &result[0], length + 1, &length), "a string was expected");
    return result;
  }

  /** An integer in least .. most; a number with a fraction or out of these bounds is refused. */
  uint32_t integer(size_t i, uint32_t least, uint32_t most, const char* name) const {
    double value = 0;
    const bool isNumber = napi_get_value_double(env, argument(i), &value) == napi_ok;
    if (!isNumber || !(value >= least && value <= most) || value != std::floor(value))
      throw Error("ARGUMENT_INVALID", std::string(name) + " must be an integer in " + std::to_string(least) + " .. " + std::to_string(most));
    return static_cast<uint32_t>(value);
  }

  /** A Uint8Array's bytes (or a Uint32Array's), copied to items of type Item; the length must be a whole number of them. */
  template <class Item>
  std::vector<Item> items(size_t i) const {
    napi_typedarray_type type;
    size_t length;
    void* data;
    check(napi_get_typedarray_info(env, argument(i), &type, &length, &data, nullptr, nullptr), "a Uint8Array or Uint32Array was expected");
    if (type != napi_uint8_array && type != napi_uint32_array) throw Error("ARGUMENT_INVALID", "a Uint8Array or Uint32Array was expected");
    const size_t bytes = type == napi_uint32_array ? length * 4 : length;
    if (bytes % sizeof(Item) != 0) throw Error("ARGUMENT_INVALID", "the length is no multiple of " + std::to_string(sizeof(Item)) + " bytes");
    std::vector<Item> result(bytes / sizeof(Item));
    if (bytes > 0) std::memcpy(static_cast<void*>(result.data()), data, bytes);
    return result;
  }

  /** A Buffer with the bytes of the items. */
  template <class Item>
  napi_value buffer(const std::vector<Item>& items) const {
    napi_value result;
    void* data;
    check(napi_create_buffer(env, items.size() * sizeof(Item), &data, &result), "no memory for a buffer");
    if (!items.empty()) std::memcpy(data, items.data(), items.size() * sizeof(Item));
    return result;
  }
};

using Handler = napi_value (*)(const Call&);

template <Handler handler>
napi_value guarded(napi_env env, napi_callback_info info) {
  Call call{env, {}, Call::maxArguments};
  try {
    check(napi_get_cb_info(env, info, &call.count, call.arguments, nullptr, nullptr), "the arguments cannot be read");
    return handler(call);
  } catch (const Error& error) {
    napi_throw_error(env, error.code.c_str(), error.what());
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, "OUT_OF_MEMORY", "there is not enough memory");
  } catch (const std::exception& error) {
    napi_throw_error(env, "ENGINE_FAILED", error.what());
  } catch (...) {
    napi_throw_error(env, "ENGINE_FAILED", "an unknown exception was thrown");
  }
  return nullptr;
}

/** Adds a function to an object of exports. */
template <Handler handler>
void addFunction(napi_env env, napi_value object, const char* name) {
  napi_value function;
  check(napi_create_function(env, name, NAPI_AUTO_LENGTH, guarded<handler>, nullptr, &function), "a function cannot be made");
  check(napi_set_named_property(env, object, name, function), "a function cannot be exported");
}

}  // namespace node
}  // namespace poa
