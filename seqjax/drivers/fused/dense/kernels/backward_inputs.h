// Places of the reverse kernel, and what it reads at a step.
#pragma once

#include "step_inputs.h"

template <int P, int F, int M>
struct BackwardPlaces {
  enum {
    W_H, KEPT, DHS, REAL, RESTARTS, BEFORE, DLAST = BEFORE + P, DSTATES = DLAST + P,
    FIELDS = DSTATES + P, MASKS = FIELDS + F, RING = MASKS + M, FAULT, DZ, DU, DCARRY,
    DSTART = DCARRY + P, DFIELDS = DSTART + P, COUNT = DFIELDS + F
  };
};

template <class Gate, class S>
struct BackwardInputs
    : StepInputs<Gate, S, BackwardPlaces<Gate::PARTS, Gate::FIELDS, Gate::MASKS>> {
  static constexpr int P = Gate::PARTS;
  static constexpr unsigned long long KEEPS = bits(Gate::KEEPS);
  using At = BackwardPlaces<P, Gate::FIELDS, Gate::MASKS>;

  float kept[Gate::KEPT + 1], before[P], dstates[P], dh;

  static DEVICE const float* array(const Arguments& a, int place) {
    return (const float*)a.place[place].data;
  }

  DEVICE void load(const Arguments& a, const Pair<S>& pair, int t) {
    this->real = this->restart = false;
    if (!pair.there) return;
    const size_t at = pair.at(t, a.batch, a.units);
    const float* values = array(a, At::KEPT) + pair.at(t, a.batch, Gate::KEPT * a.units);
#pragma unroll
    for (int j = 0; j < Gate::KEPT; ++j) kept[j] = load_once(values + (size_t)j * a.units);
#pragma unroll
    for (int j = 0; j < P; ++j) {
      before[j] = KEEPS >> j & 1 ? load_once(array(a, At::BEFORE + j) + at) : 0.0f;
      const float* states = array(a, At::DSTATES + j);
      dstates[j] = states ? load_once(states + at) : 0.0f;
    }
    dh = load_once(array(a, At::DHS) + at);
    this->load_marks(a, pair, t);
  }

  // Asks for them, some steps before.
  static DEVICE void ask(const Arguments& a, const Pair<S>& pair, int t) {
    if (!pair.there || (pair.unit & 7)) return;  // one of the 32 bytes that come together
    const size_t at = pair.at(t, a.batch, a.units);
    const float* values = array(a, At::KEPT) + pair.at(t, a.batch, Gate::KEPT * a.units);
    prefetch(array(a, At::DHS) + at);
#pragma unroll
    for (int j = 0; j < Gate::KEPT; ++j) prefetch(values + (size_t)j * a.units);
#pragma unroll
    for (int j = 0; j < P; ++j)
      if (KEEPS >> j & 1) prefetch(array(a, At::BEFORE + j) + at);
  }
};
