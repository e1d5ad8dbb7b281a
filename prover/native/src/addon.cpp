#include "field/fields.h"
#include "groth16/registerProver.h"
#include "nodeApi.h"
#include "setup/registerSetup.h"
#include "testing/registerArithmetic.h"
#include "testing/registerSums.h"
#include "testing/registerThreads.h"
#include "witness/registerWitness.h"

namespace poa {
namespace {

void setText(napi_env env, napi_value object, const char* name, const char* text) {
  napi_value value;
  node::check(napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value), "a string cannot be made");
  node::check(napi_set_named_property(env, object, name, value), "a property cannot be set");
}

void registerAll(napi_env env, napi_value exports) {
  setText(env, exports, "instructionSet", instructionSet);
  setText(env, exports, "sources", POA_SOURCES);

  groth16::registerProver(env, exports);
  witness::registerWitness(env, exports);
  setup::registerSetup(env, exports);

  // One register function a header: exports of the prover go to `exports`, hooks for tests to `testing`.
  napi_value hooks;
  node::check(napi_create_object(env, &hooks), "an object cannot be made");
  testing::registerArithmetic(env, hooks);
  testing::registerSums(env, hooks);
  testing::registerThreads(env, hooks);
  node::check(napi_set_named_property(env, exports, "testing", hooks), "a property cannot be set");
}

}  // namespace
}  // namespace poa

NAPI_MODULE_INIT() {
  try {
    poa::registerAll(env, exports);
  } catch (const std::exception& error) {
    napi_throw_error(env, "ENGINE_FAILED", error.what());
  }
  return exports;
}
