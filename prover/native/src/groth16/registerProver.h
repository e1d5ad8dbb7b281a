#pragma once

#include <fstream>
#include <memory>
#include <new>

#include "../nodeProgress.h"
#include "prepareKey.h"
#include "prove.h"

namespace poa::groth16 {

/** A prepared key and the threads that prove with it. Proofs under way keep it alive. */
struct Prover {
  ThreadPool pool;
  const ProvingKey key;

  Prover(const std::string& path, const PreparedIdentity& identity, unsigned threads)
      : pool(threads), key(std::make_unique<PreparedFile>(path, provingKeyKind, instructionSet, identity, pool)) {}
};
using SharedProver = std::shared_ptr<Prover>;

/** Marks our externals, so that another library's is refused instead of misread. */
constexpr napi_type_tag proverTag{0x706f612067726f74, 0x6831362070726f76};

/**
 * Work that runs off the event loop and settles a promise. `execute` runs on a thread of libuv's and may throw, `finish` runs on JavaScript's and
 * makes the value. All that a job needs is copied into it: JavaScript may do as it likes with its buffers meanwhile.
 */
struct Job {
  virtual ~Job() = default;
  virtual void execute() = 0;
  virtual napi_value finish(napi_env env) = 0;

  static napi_value start(napi_env env, std::unique_ptr<Job> job) {
    napi_value promise, name;
    node::check(napi_create_promise(env, &job->deferred, &promise), "a promise cannot be made");
    node::check(napi_create_string_utf8(env, "poa prover", NAPI_AUTO_LENGTH, &name), "a string cannot be made");
    node::check(napi_create_async_work(env, nullptr, name, run, settle, job.get(), &job->work), "a job cannot be made");
    node::check(napi_queue_async_work(env, job->work), "a job cannot be queued");
    job.release();  // `settle` owns it now
    return promise;
  }

 private:
  static void run(napi_env, void* data) {
    Job& job = *static_cast<Job*>(data);
    try {
      job.execute();
    } catch (const Error& error) {
      job.failure.reset(new Error(error));
    } catch (const std::bad_alloc&) {
      job.failure.reset(new Error("OUT_OF_MEMORY", "there is not enough memory"));
    } catch (const std::exception& error) {
      job.failure.reset(new Error("ENGINE_FAILED", error.what()));
    }
  }
  static void settle(napi_env env, napi_status status, void* data) {
    const std::unique_ptr<Job> job(static_cast<Job*>(data));
    napi_delete_async_work(env, job->work);
    if (status == napi_cancelled) return;  // the environment is being torn down, nobody waits any more
    try {
      if (job->failure) throw Error(*job->failure);
      napi_resolve_deferred(env, job->deferred, job->finish(env));
    } catch (const std::exception& error) {
      const Error* const known = dynamic_cast<const Error*>(&error);
      napi_value code, message, rejection;
      if (napi_create_string_utf8(env, known ? known->code.c_str() : "ENGINE_FAILED", NAPI_AUTO_LENGTH, &code) == napi_ok &&
          napi_create_string_utf8(env, error.what(), NAPI_AUTO_LENGTH, &message) == napi_ok &&
          napi_create_error(env, code, message, &rejection) == napi_ok)
        napi_reject_deferred(env, job->deferred, rejection);
    }
  }

  napi_deferred deferred;
  napi_async_work work;
  std::unique_ptr<Error> failure;
};

inline std::vector<uint8_t> readFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
  if (size < 0) throw Error("FILE_UNREADABLE", path + " cannot be read");
  std::vector<uint8_t> bytes(static_cast<size_t>(size));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), size);
  if (file.gcount() != size) throw Error("FILE_UNREADABLE", path + " cannot be read");
  return bytes;
}

struct PrepareJob : Job {
  std::string zkeyPath, r1csPath, keyPath;
  PreparedIdentity identity;
  unsigned threads;
  std::shared_ptr<node::Progress> progress;

  void execute() override {
    const std::vector<uint8_t> zkey = readFile(zkeyPath), r1cs = readFile(r1csPath);
    ThreadPool pool(threads);
    prepareKey({zkey.data(), zkey.size()}, {r1cs.data(), r1cs.size()}, keyPath, identity, pool, [&](double fraction) { progress->report(fraction); });
  }
  napi_value finish(napi_env env) override {
    napi_value nothing;
    node::check(napi_get_undefined(env, &nothing), "no value can be made");
    return nothing;
  }
};

struct OpenJob : Job {
  std::string keyPath;
  PreparedIdentity identity;
  unsigned threads;
  SharedProver prover;

  void execute() override { prover = std::make_shared<Prover>(keyPath, identity, threads); }
  napi_value finish(napi_env env) override {
    napi_value result;
    std::unique_ptr<SharedProver> owned(new SharedProver(prover));
    const auto free = [](napi_env, void* data, void*) { delete static_cast<SharedProver*>(data); };
    node::check(napi_create_external(env, owned.get(), free, nullptr, &result), "a key cannot be handed out");
    owned.release();
    node::check(napi_type_tag_object(env, result, &proverTag), "a key cannot be marked");
    return result;
  }
};

struct ProveJob : Job {
  SharedProver prover;
  std::vector<uint8_t> witness;
  U256 r, s;
  Proof proof;
  std::vector<U256> publicSignals;

  void execute() override {
    const Witness wires = readWitness({witness.data(), witness.size()});
    proof = prove(prover->key, wires, r, s, prover->pool);
    for (uint32_t i = 1; i <= prover->key.publicSignals; i++) publicSignals.push_back(wires[i]);
  }
  napi_value finish(napi_env env) override {
    static_assert(sizeof(Proof) == 256, "a proof is eight coordinates");
    napi_value result;
    void* data;
    const size_t signalBytes = publicSignals.size() * sizeof(U256);
    node::check(napi_create_buffer(env, sizeof(Proof) + signalBytes, &data, &result), "no memory for a buffer");
    std::memcpy(data, &proof, sizeof(Proof));
    // A damaged key may have no public signals; memcpy must not be given a null pointer, even for no bytes.
    if (signalBytes > 0) std::memcpy(static_cast<uint8_t*>(data) + sizeof(Proof), publicSignals.data(), signalBytes);
    return result;
  }
};

inline PreparedIdentity identityFrom(const node::Call& call, size_t i) {
  const auto found = call.items<PreparedIdentity>(i);
  if (found.size() != 1) throw Error("ARGUMENT_INVALID", "the identity has 32 bytes");
  return found[0];
}
inline unsigned threadsFrom(const node::Call& call, size_t i) {
  uint32_t threads;
  node::check(napi_get_value_uint32(call.env, call.argument(i), &threads), "a number of threads was expected");
  if (threads < 1 || threads > 1024) throw Error("ARGUMENT_INVALID", "threads must be 1 .. 1024");
  return threads;
}

/** prepareKey(zkeyPath, r1csPath, keyPath, identity, threads, report): a promise of the file at keyPath. */
inline napi_value prepareKeyForNode(const node::Call& call) {
  std::unique_ptr<PrepareJob> job(new PrepareJob);
  job->zkeyPath = call.text(0);
  job->r1csPath = call.text(1);
  job->keyPath = call.text(2);
  job->identity = identityFrom(call, 3);
  job->threads = threadsFrom(call, 4);
  job->progress = std::make_shared<node::Progress>(call.env, call.argument(5));
  return Job::start(call.env, std::move(job));
}

/** openKey(keyPath, identity, threads): a promise of a key that `prove` takes. */
inline napi_value openKeyForNode(const node::Call& call) {
  std::unique_ptr<OpenJob> job(new OpenJob);
  job->keyPath = call.text(0);
  job->identity = identityFrom(call, 1);
  job->threads = threadsFrom(call, 2);
  return Job::start(call.env, std::move(job));
}

/** prove(key, witness, r, s): a promise of the proof's eight coordinates and the public signals, 32 bytes each. */
inline napi_value proveForNode(const node::Call& call) {
  bool isProver = false;
  void* data = nullptr;
  if (napi_check_object_type_tag(call.env, call.argument(0), &proverTag, &isProver) != napi_ok || !isProver ||
      napi_get_value_external(call.env, call.argument(0), &data) != napi_ok)
    throw Error("ARGUMENT_INVALID", "a key from openKey was expected");
  std::unique_ptr<ProveJob> job(new ProveJob);
  job->prover = *static_cast<SharedProver*>(data);
  job->witness = call.items<uint8_t>(1);
  U256* const blinding[] = {&job->r, &job->s};
  for (size_t i = 0; i < 2; i++) {
    const std::vector<U256> scalar = call.items<U256>(2 + i);
    if (scalar.size() != 1 || !isLess(scalar[0], ScalarModulus::modulus))
      throw Error("ARGUMENT_INVALID", "r and s have 32 bytes and are below the group's order");
    *blinding[i] = scalar[0];
  }
  return Job::start(call.env, std::move(job));
}

inline void registerProver(napi_env env, napi_value exports) {
  node::addFunction<prepareKeyForNode>(env, exports, "prepareKey");
  node::addFunction<openKeyForNode>(env, exports, "openKey");
  node::addFunction<proveForNode>(env, exports, "prove");
}

}  // namespace poa::groth16
