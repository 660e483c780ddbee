// The steps of a walk backward. The weight comes packed: [panels, k, PANEL] of its transpose.
#pragma once

#include <algorithm>
#include <vector>

#include "cells.h"
#include "walk.h"

// h_end and c_end hold the cotangents that are carried back.
template <class Cell>
struct Backward {
  static constexpr int K = Cell::GATES;
  const Walk& a;
  const Rows part;
  float* const shared;
  std::vector<float> products = std::vector<float>((part.to - part.from) * PANEL);

  static int64_t steps(const Walk& a) { return a.steps + 1; }
  static int64_t room(const Walk&, Rows) { return 0; }

  // The product of the step before in this order, of which all units are ready, and then the gates
  // of the next, for units [from, to).
  void operator()(int64_t i, int64_t from, int64_t to) {
    for (int64_t unit = from; i > 0 && unit < to; unit += PANEL) carry(a.steps - i, unit);
    if (i < a.steps) gates(a.steps - 1 - i, from, to);
  }

  void gates(int64_t s, int64_t from, int64_t to) const {
    const int64_t H = a.units, t = a.step(s), first = t * a.batch * K * H;
    float *acts = a.acts + first, *du = Cell::APART ? a.du + first : acts;
    for (int64_t r = part.from; r < part.to; ++r)
      for (int64_t j = from; j < std::min(H, to); j += LANES) {
        const int64_t at = r * H + j, all = t * a.batch * H + at, n = H - j, place = r * K * H + j;
        Vec z[K] = {}, dv[K] = {}, dc = {}, h = {}, c = {}, extra = {};
        if (a.is_real(t, r)) {
          for (int g = 0; g < K; ++g) z[g] = load(acts + place + g * H, n);
          if (Cell::MEMORY) dc = load(a.c_end + at, n), c = load(a.c + all, n);
          if (Cell::APART) h = load(a.h + all, n), extra = load(a.extra + all, n);
          const Vec dh = load(a.h_end + at, n) + load(a.dhs + all, n);
          store(a.h_end + at, Cell::backward(z, dv, dh, dc, h, c, extra), n);
          if (Cell::MEMORY) store(a.c_end + at, dc, n);
        }
        for (int g = 0; g < K; ++g) {
          store(acts + place + g * H, z[g], n);
          if (Cell::APART) store(du + place + g * H, dv[g], n);
        }
      }
  }

  void carry(int64_t s, int64_t unit) {
    const int64_t H = a.units, t = a.step(s), rows = part.to - part.from;
    const float* du = (Cell::APART ? a.du : a.acts) + (t * a.batch + part.from) * K * H;
    if (s > 0) {
      const int64_t at = (a.step(s - 1) * a.batch + part.from) * H;
      fetch(a.dhs + at + unit, rows, H);
      if (Cell::MEMORY) fetch(a.c + at + unit, rows, H);
      for (int g = 0; g < K; ++g) fetch(a.acts + at * K + g * H + unit, rows, K * H);
    }
    product(du, K * H, rows, a.w + unit * K * H, K * H, products.data());
    for (int64_t r = part.from; r < part.to; ++r) {
      const float* u = products.data() + (r - part.from) * PANEL;
      for (int64_t j = unit; j < std::min(H, unit + PANEL); j += LANES) {
        const int64_t at = r * H + j, n = H - j;
        Vec dh = load(a.h_end + at, n);
        if (a.is_real(t, r)) dh += *(const Vec*)(u + j - unit);
        if (a.restart(t, r)) {
          store(a.dh_start + at, load(a.dh_start + at, n) + dh, n);
          dh = Vec{};
          if (Cell::MEMORY) {
            store(a.dc_start + at, load(a.dc_start + at, n) + load(a.c_end + at, n), n);
            store(a.c_end + at, Vec{}, n);
          }
        }
        store(a.h_end + at, dh, n);
      }
    }
  }
};
