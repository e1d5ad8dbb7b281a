/**
 * An addon of its own with one fault for each thing that sanitizers look for: scripts/sanitize/ commits them to see that they are reported. No build of the
 * engine contains it.
 */
#include <climits>
#include <thread>
#include <vector>

#include "../KeptMemory.h"
#include "../nodeApi.h"

namespace poa {
namespace testing {
namespace {

/** Keeps the compiler from foreseeing a fault. */
template <class Value>
Value unforeseen(Value value) {
  volatile Value hidden = value;
  return hidden;
}

napi_value readOutOfBounds(const node::Call&) {
  const std::vector<char> block(40);
  unforeseen(block.data()[unforeseen(40)]);
  return nullptr;
}

/** The memory of proofs has an allocator of its own. */
napi_value readBehindWorkVector(const node::Call&) {
  const size_t count = KeptMemory::smallest / 8 + 1;
  const WorkVector<uint64_t> block(count, 1);
  unforeseen(block.data()[unforeseen(count)]);
  return nullptr;
}

napi_value overflowSigned(const node::Call&) {
  unforeseen(unforeseen(INT_MAX) + 1);
  return nullptr;
}

napi_value readMisaligned(const node::Call&) {
  alignas(8) char block[16] = {};
  unforeseen(*reinterpret_cast<uint64_t*>(block + unforeseen(1)));
  return nullptr;
}

napi_value raceOfThreads(const node::Call&) {
  uint64_t* const shared = new uint64_t(0);
  const auto write = [=] {
    for (int i = 0; i < 1000; i++) *static_cast<volatile uint64_t*>(shared) = unforeseen(uint64_t{1});
  };
  std::thread first(write), second(write);
  first.join();
  second.join();
  delete shared;
  return nullptr;
}

}  // namespace
}  // namespace testing
}  // namespace poa

NAPI_MODULE_INIT() {
  using namespace poa;
  node::addFunction<testing::readOutOfBounds>(env, exports, "readOutOfBounds");
  node::addFunction<testing::readBehindWorkVector>(env, exports, "readBehindWorkVector");
  node::addFunction<testing::overflowSigned>(env, exports, "overflowSigned");
  node::addFunction<testing::readMisaligned>(env, exports, "readMisaligned");
  node::addFunction<testing::raceOfThreads>(env, exports, "raceOfThreads");
  return exports;
}
