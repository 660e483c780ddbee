// The steps of a walk: for a panel of units the products of all gates are made side by side and the
// gates at once from them, so that pre-activations never leave the caches. Weights come packed in
// the order in which they are read: [panels, gates, k, PANEL].
#pragma once

#include <algorithm>
#include <vector>

#include "cells.h"
#include "walk.h"

// The state before step s of row r, units j: ``h`` and ``c``, or the start where the row restarts.
template <class Cell>
void hand_on(const Walk& a, int64_t s, int64_t r, int64_t j, Vec h, Vec c) {
  const int64_t at = r * a.units + j, n = a.units - j;
  if (s == a.steps) {
    store(a.h_end + at, h, n);
    if (Cell::MEMORY) store(a.c_end + at, c, n);
    return;
  }
  const bool anew = a.restart(a.step(s), r);
  store(a.h + a.slot(s) + at, anew ? load(a.h_start + at, n) : h, n);
  if (Cell::MEMORY) store(a.c + a.slot(s) + at, anew ? load(a.c_start + at, n) : c, n);
}

// Rows of x that are multiplied with a panel of weights at a time, if there are as many.
constexpr int64_t TOGETHER = 64;

// Steps whose inputs are projected at a time, unless all have been before.
inline int64_t together(const Walk& a, Rows part) {
  const int64_t rows = std::max<int64_t>(1, part.to - part.from);
  return std::max<int64_t>(1, std::min(a.steps, TOGETHER / rows));
}

// What one thread needs to take steps of some rows. ``shared``: what all have who take these rows.
template <class Cell>
struct Forward {
  static constexpr int K = Cell::GATES;
  const Walk& a;
  const Rows part;
  float* const shared;  // projected inputs: [panels, steps together, gates, rows, PANEL]
  std::vector<float> products = std::vector<float>(K * (part.to - part.from) * PANEL);

  static int64_t steps(const Walk& a) { return a.steps; }
  static int64_t room(const Walk& a, Rows part) {
    const int64_t panels = (a.units + PANEL - 1) / PANEL;
    return a.z ? 0 : panels * PANEL * together(a, part) * K * (part.to - part.from);
  }

  void project(int64_t s, int64_t unit, float* out) const {
    const int64_t D = a.inputs, rows = part.to - part.from;
    const int64_t soon = std::min(together(a, part), a.steps - s);
    for (int g = 0; g < K; ++g)
      for (int64_t i = 0; i < soon; ++i)
        product(a.x + (a.step(s + i) * a.batch + part.from) * D, D, rows,
                a.w_x + (unit * K + g * PANEL) * D, D, out + (i * K + g) * rows * PANEL);
  }

  // Step s of units [from, to).
  void operator()(int64_t s, int64_t from, int64_t to) {
    for (int64_t unit = from; unit < to; unit += PANEL) step(s, unit);
  }

  void step(int64_t s, int64_t unit) {
    const int64_t H = a.units, B = a.batch, rows = part.to - part.from, tile = rows * PANEL;
    const int64_t t = a.step(s), chunk = together(a, part);
    float* projected = a.z ? nullptr : shared + unit * chunk * K * rows;
    if (!a.z && s % chunk == 0) project(s, unit, projected);
    const float *h = a.h + a.slot(s), *c = Cell::MEMORY ? a.c + a.slot(s) : nullptr;
    const int64_t first = part.from * H + unit;
    fetch(a.hs + t * B * H + first, rows, H);
    if (s + 1 < a.steps) {
      fetch(a.h + a.slot(s + 1) + first, rows, H);
      if (Cell::MEMORY) fetch(a.c + a.slot(s + 1) + first, rows, H);
    }
    if (Cell::APART && a.keep) fetch(a.extra + t * B * H + first, rows, H);
    for (int g = 0; g < K; ++g) {
      const int64_t at = (t * B + part.from) * K * H + g * H + unit;
      if (a.z && a.z != a.acts) fetch(a.z + at, rows, K * H);
      if (a.keep) fetch(a.acts + at, rows, K * H);
    }
    for (int g = 0; g < K; ++g)
      product(h + part.from * H, H, rows, a.w + (unit * K + g * PANEL) * H, H,
              products.data() + g * tile);
    for (int64_t r = part.from; r < part.to; ++r) {
      const int64_t row = (r - part.from) * PANEL, gate = a.z ? H : tile;
      const float* u = products.data() + row;
      const float* zs =
          a.z ? a.z + (t * B + r) * K * H + unit : projected + s % chunk * K * tile + row;
      for (int64_t j = unit; j < std::min(H, unit + PANEL); j += LANES) {
        const int64_t at = r * H + j, all = t * B * H + at, n = H - j;
        Vec before = load(h + at, n), memory = {}, extra = {}, z[K], uv[K];
        if (Cell::MEMORY) memory = load(c + at, n);
        if (!a.is_real(t, r)) {
          hand_on<Cell>(a, s + 1, r, j, before, memory);
          store(a.hs + all, Vec{}, n);
          continue;
        }
        for (int g = 0; g < K; ++g) {
          z[g] = load(zs + g * gate + j - unit, n) + load(a.b + g * H + j, n);
          uv[g] = *(const Vec*)(u + g * tile + j - unit);
        }
        if (a.bias) uv[K - 1] += load(a.bias + j, n);
        const Vec after = Cell::forward(z, uv, before, memory, extra);
        store(a.hs + all, after, n);
        hand_on<Cell>(a, s + 1, r, j, after, memory);
        if (!a.keep) continue;
        float* place = a.acts + (t * B + r) * K * H + j;
        for (int g = 0; g < K; ++g) store(place + g * H, z[g], n);
        if (Cell::APART) store(a.extra + all, extra, n);
      }
    }
  }
};
