#pragma once

#include "../../PoseidonConstants.h"
#include "../../sinks.h"

namespace poa::witness {

/** The permutation of circomlib/poseidon.circom with one output, round for round: its state, and the emits of its components. */
template <class Sink>
class PoseidonState {
 public:
  PoseidonState(Sink& sink, const PoseidonConstants& constants, unsigned t) : sink(sink), constants(constants.width(t)), t(t) {}

  Scalar permute(const Scalar& initialState, const Scalar* inputs) {
    constexpr unsigned half = PoseidonConstants::fullRounds / 2;
    state[0] = initialState;
    for (unsigned j = 1; j < t; j++) state[j] = inputs[j - 1];
    ark(0, 0);
    for (unsigned r = 0; r < half; r++) {
      sigmaF(r);
      ark(r + 1, (r + 1) * t);
      mix(r, r + 1 < half ? constants.M : constants.P);
    }
    for (unsigned r = 0; r < constants.partialRounds; r++) {
      state[0] = sigma("sigmaP", state[0], r) + constants.C[(half + 1) * t + r];
      mixS(r);
    }
    for (unsigned r = 0; r + 1 < half; r++) {
      sigmaF(half + r);
      ark(half + r + 1, (half + 1) * t + constants.partialRounds + r * t);
      mix(half + r, constants.M);
    }
    sigmaF(2 * half - 1);
    return mixLast();
  }

 private:
  template <class... Indices>
  Scalar sigma(const char* name, const Scalar& in, Indices... indices) {
    const auto component = sink.component(name, indices...);
    const Scalar in2 = in.square(), in4 = in2.square(), out = in4 * in;
    sink.emit(in, "in");
    sink.emit(in2, "in2");
    sink.emit(in4, "in4");
    sink.emit(out, "out");
    return out;
  }
  void sigmaF(unsigned r) {
    for (unsigned j = 0; j < t; j++) state[j] = sigma("sigmaF", state[j], r, j);
  }
  void ark(unsigned r, unsigned firstConstant) {
    const auto component = sink.component("ark", r);
    emitState("in");
    for (unsigned j = 0; j < t; j++) state[j] = state[j] + constants.C[firstConstant + j];
    emitState("out");
  }
  void mix(unsigned r, const std::vector<Scalar>& matrix) {
    const auto component = sink.component("mix", r);
    emitState("in");
    Scalar mixed[PoseidonConstants::widest];
    for (unsigned i = 0; i < t; i++) mixed[i] = column(matrix, i);
    std::copy(mixed, mixed + t, state);
    emitState("out");
  }
  void mixS(unsigned r) {
    const auto component = sink.component("mixS", r);
    emitState("in");
    const Scalar* const S = constants.S.data() + (2 * t - 1) * r;
    const Scalar first = state[0];
    state[0] = first * S[0];
    for (unsigned j = 1; j < t; j++) {
      state[0] = state[0] + state[j] * S[j];
      state[j] = state[j] + first * S[t + j - 1];
    }
    emitState("out");
  }
  Scalar mixLast() {
    const auto component = sink.component("mixLast", 0);
    emitState("in");
    const Scalar out = column(constants.M, 0);
    sink.emit(out, "out");
    return out;
  }

  Scalar column(const std::vector<Scalar>& matrix, unsigned i) const {
    Scalar sum = matrix[i] * state[0];
    for (unsigned j = 1; j < t; j++) sum = sum + matrix[j * t + i] * state[j];
    return sum;
  }
  void emitState(const char* name) {
    for (unsigned j = 0; j < t; j++) sink.emit(state[j], name, j);
  }

  Sink& sink;
  const PoseidonConstants::Width& constants;
  const unsigned t;
  Scalar state[PoseidonConstants::widest];
};

/** PoseidonEx(count, 1), 1 <= count <= 16. Returns out[0]. */
template <class Sink>
Scalar poseidonEx(Sink& sink, const PoseidonConstants& constants, const Scalar& initialState, const Scalar* inputs, unsigned count) {
  for (unsigned i = 0; i < count; i++) sink.emit(inputs[i], "inputs", i);
  sink.emit(initialState, "initialState");
  const Scalar out = PoseidonState<Sink>(sink, constants, count + 1).permute(initialState, inputs);
  sink.emit(out, "out", 0);
  return out;
}

}  // namespace poa::witness
