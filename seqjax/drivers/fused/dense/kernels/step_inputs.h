// What both kernels read at a step, as far as it is the same: what only the gate sees, and marks.
#pragma once

#include "pair.h"

template <class Gate, class S, class At>
struct StepInputs {
  static constexpr int F = Gate::FIELDS, M = Gate::MASKS;
  static constexpr unsigned long long SIDE = bits(Gate::SIDE);
  static_assert(At::COUNT <= PLACES, "");

  float side[F + 1];
  bool mask[M + 1], real, restart;

  DEVICE void load_marks(const Arguments& a, const Pair<S>& pair, int t) {
#pragma unroll
    for (int f = 0; f < F; ++f)
      if (SIDE >> f & 1) side[f] = number(a.place[At::FIELDS + f], t, pair);
#pragma unroll
    for (int m = 0; m < M; ++m) mask[m] = mark(a.place[At::MASKS + m], t, pair);
    real = row_mark(a.place[At::REAL], t, a.batch, pair.row, true);
    restart = row_mark(a.place[At::RESTARTS], t, a.batch, pair.row, false);
  }
};
