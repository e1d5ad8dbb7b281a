#pragma once

#include "../groth16/registerProver.h"
#include "WitnessFiller.h"

namespace poa::witness {

using SharedFiller = std::shared_ptr<WitnessFiller>;

/** Marks our externals, as groth16::proverTag does. */
constexpr napi_type_tag fillerTag{0x706f617769746e65, 0x737366696c6c6572};

struct OpenJob : groth16::Job {
  std::string symbolPath;
  uint32_t wires, traces, contributors, classes, features, threads;
  std::vector<U256> constants;
  SharedFiller filler;

  void execute() override {
    const Shape shape = shapeOf(traces, contributors, classes, features);
    const std::vector<uint8_t> symbols = groth16::readFile(symbolPath);
    const std::string_view text(reinterpret_cast<const char*>(symbols.data()), symbols.size());
    filler = std::make_shared<WitnessFiller>(text, wires, shape, constants, threads);
  }
  napi_value finish(napi_env env) override {
    napi_value result;
    std::unique_ptr<SharedFiller> owned(new SharedFiller(filler));
    const napi_finalize release = [](napi_env, void* data, void*) { delete static_cast<SharedFiller*>(data); };
    node::check(napi_create_external(env, owned.get(), release, nullptr, &result), "a filler cannot be handed out");
    owned.release();
    node::check(napi_type_tag_object(env, result, &fillerTag), "a filler cannot be marked");
    return result;
  }
};

struct FillJob : groth16::Job {
  SharedFiller filler;
  std::vector<U256> inputs;
  WitnessFile file;

  void execute() override { file = filler->fill(inputs); }
  napi_value finish(napi_env env) override {
    napi_value result;
    const napi_finalize release = [](napi_env, void* data, void*) { WitnessFile::Free()(static_cast<uint8_t*>(data)); };
    // Not copied: for `standard` that would hold the event loop up for longer than all else.
    node::check(napi_create_external_buffer(env, file.size, file.bytes.get(), release, nullptr, &result), "no memory for a buffer");
    file.bytes.release();
    return result;
  }
};

/** openWitnessFiller(symbolPath, wires, [traces, contributors, classes, features], constants, threads): a promise of what `fillWitness` takes. */
inline napi_value openWitnessFillerForNode(const node::Call& call) {
  std::unique_ptr<OpenJob> job(new OpenJob);
  job->symbolPath = call.text(0);
  node::check(napi_get_value_uint32(call.env, call.argument(1), &job->wires), "a number of wires was expected");
  const std::vector<uint32_t> shape = call.items<uint32_t>(2);
  if (shape.size() != 4) throw Error("ARGUMENT_INVALID", "a shape is four numbers");
  job->traces = shape[0];
  job->contributors = shape[1];
  job->classes = shape[2];
  job->features = shape[3];
  job->constants = call.items<U256>(3);
  node::check(napi_get_value_uint32(call.env, call.argument(4), &job->threads), "a number of threads was expected");
  if (job->wires < 1 || job->wires > 1u << 28) throw Error("ARGUMENT_INVALID", "wires must be 1 .. 2^28");
  if (job->threads < 1 || job->threads > 1024) throw Error("ARGUMENT_INVALID", "threads must be 1 .. 1024");
  return groth16::Job::start(call.env, std::move(job));
}

/** fillWitness(filler, inputs): a promise of the bytes of a .wtns file. */
inline napi_value fillWitnessForNode(const node::Call& call) {
  bool isFiller = false;
  void* data = nullptr;
  if (napi_check_object_type_tag(call.env, call.argument(0), &fillerTag, &isFiller) != napi_ok || !isFiller ||
      napi_get_value_external(call.env, call.argument(0), &data) != napi_ok)
    throw Error("ARGUMENT_INVALID", "a filler from openWitnessFiller was expected");
  std::unique_ptr<FillJob> job(new FillJob);
  job->filler = *static_cast<SharedFiller*>(data);
  job->inputs = call.items<U256>(1);
  return groth16::Job::start(call.env, std::move(job));
}

inline void registerWitness(napi_env env, napi_value exports) {
  node::addFunction<openWitnessFillerForNode>(env, exports, "openWitnessFiller");
  node::addFunction<fillWitnessForNode>(env, exports, "fillWitness");
}

}  // namespace poa::witness
