// An addon of its own, built for any CPU: what is asked before one of the engine's builds is loaded.
#include "cpuFeatures.h"
#include "nodeApi.h"

namespace poa {
namespace {

/** cpuFeatures(): which builds besides `plain` this machine can run. */
napi_value cpuFeatures(const node::Call& call) {
  const CpuFeatures features = readCpuFeatures();
  napi_value result, flag;
  node::check(napi_create_object(call.env, &result), "an object cannot be made");
  node::check(napi_get_boolean(call.env, features.mulx, &flag), "a boolean cannot be made");
  node::check(napi_set_named_property(call.env, result, "mulx", flag), "a property cannot be set");
  node::check(napi_get_boolean(call.env, features.ifma, &flag), "a boolean cannot be made");
  node::check(napi_set_named_property(call.env, result, "ifma", flag), "a property cannot be set");
  return result;
}

}  // namespace
}  // namespace poa

NAPI_MODULE_INIT() {
  try {
    poa::node::addFunction<poa::cpuFeatures>(env, exports, "cpuFeatures");
  } catch (const std::exception& error) {
    napi_throw_error(env, "ENGINE_FAILED", error.what());
  }
  return exports;
}
