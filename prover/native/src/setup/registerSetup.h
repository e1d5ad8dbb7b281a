#pragma once

#include "../groth16/registerProver.h"
#include "fixedBase.h"

namespace poa::setup {

template <class Group>
struct MultiplyJob : groth16::Job {
  std::vector<U256> scalars;
  unsigned threads;
  std::vector<typename Group::Point> points;

  void execute() override {
    ThreadPool pool(threads);
    points = GeneratorTable<Group>(scalars.size(), pool).multiply(scalars);
  }
  napi_value finish(napi_env env) override { return node::Call{env, {}, 0}.buffer(points); }
};

template <class Group>
napi_value startMultiplication(const node::Call& call) {
  std::unique_ptr<MultiplyJob<Group>> job(new MultiplyJob<Group>);
  job->scalars = call.items<U256>(1);
  job->threads = call.integer(2, 1, 1024, "threads");
  return groth16::Job::start(call.env, std::move(job));
}

/**
 * multiplyGenerator("G1" | "G2", scalars, threads): a promise of scalar * generator for each scalar (32 bytes each, lowest first), in the form of
 * .zkey files. Rejects with SCALAR_TOO_LARGE.
 */
inline napi_value multiplyGenerator(const node::Call& call) {
  const std::string group = call.text(0);
  if (group == "G1") return startMultiplication<G1>(call);
  if (group == "G2") return startMultiplication<G2>(call);
  throw Error("ARGUMENT_INVALID", "unknown group " + group);
}

inline void registerSetup(napi_env env, napi_value exports) { node::addFunction<multiplyGenerator>(env, exports, "multiplyGenerator"); }

}  // namespace poa::setup
