// Places of the forward kernel, and what it reads at a step.
#pragma once

#include "pair.h"

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
struct ForwardInputs {
  static constexpr int K = Gate::BLOCKS, F = Gate::FIELDS, M = Gate::MASKS;
  static constexpr unsigned long long SIDE = bits(Gate::SIDE);
  using At = ForwardPlaces<Gate::PARTS, F, M>;
  static_assert(At::COUNT <= PLACES, "");

  float z[K], side[F + 1];
  bool mask[M + 1], real, restart;

  DEVICE void load(const Arguments& a, const Pair<S>& pair, int t) {
    real = restart = false;
    if (!pair.there) return;
    const float* zs = (const float*)a.place[At::Z].data + pair.at(t, a.batch, K * a.units);
#pragma unroll
    for (int q = 0; q < K; ++q) z[q] = load_once(zs + q * a.units);
#pragma unroll
    for (int f = 0; f < F; ++f)
      if (SIDE >> f & 1) side[f] = number(a.place[At::FIELDS + f], t, pair);
#pragma unroll
    for (int m = 0; m < M; ++m) mask[m] = mark(a.place[At::MASKS + m], t, pair);
    real = row_mark(a.place[At::REAL], t, a.batch, pair.row, true);
    restart = row_mark(a.place[At::RESTARTS], t, a.batch, pair.row, false);
  }

  // Asks for them, some steps before.
  static DEVICE void ask(const Arguments& a, const Pair<S>& pair, int t) {
    if (!pair.there || (pair.unit & 7)) return;  // one of the 32 bytes that come together
    const float* zs = (const float*)a.place[At::Z].data + pair.at(t, a.batch, K * a.units);
#pragma unroll
    for (int q = 0; q < K; ++q) prefetch(zs + q * a.units);
  }
};
