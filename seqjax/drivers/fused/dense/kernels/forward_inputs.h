// Places of the forward kernel, and what it reads at a step.
#pragma once

#include "step_inputs.h"

// Places of the forward kernel, in order; P parts of a carry, F fields and M masks of a gate.
template <int P, int F, int M>
struct ForwardPlaces {
  enum {
    Z, W_H, REAL, RESTARTS, FIRST, START = FIRST + P, FIELDS = START + P, MASKS = FIELDS + F,
    RING = MASKS + M, FAULT, HS, FED, KEPT, END, BEFORE = END + P, STATES = BEFORE + P,
    COUNT = STATES + P
  };
};

template <class Gate, class S>
struct ForwardInputs
    : StepInputs<Gate, S, ForwardPlaces<Gate::PARTS, Gate::FIELDS, Gate::MASKS>> {
  static constexpr int K = Gate::BLOCKS;
  using At = ForwardPlaces<Gate::PARTS, Gate::FIELDS, Gate::MASKS>;

  float z[K];

  DEVICE void load(const Arguments& a, const Pair<S>& pair, int t) {
    this->real = this->restart = false;
    if (!pair.there) return;
    const float* zs = (const float*)a.place[At::Z].data + pair.at(t, a.batch, K * a.units);
#pragma unroll
    for (int q = 0; q < K; ++q) z[q] = load_once(zs + q * a.units);
    this->load_marks(a, pair, t);
  }

  // Asks for them, some steps before.
  static DEVICE void ask(const Arguments& a, const Pair<S>& pair, int t) {
    if (!pair.there || (pair.unit & 7)) return;  // one of the 32 bytes that come together
    const float* zs = (const float*)a.place[At::Z].data + pair.at(t, a.batch, K * a.units);
#pragma unroll
    for (int q = 0; q < K; ++q) prefetch(zs + q * a.units);
  }
};
