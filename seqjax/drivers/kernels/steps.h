// The steps of a walk, forward and backward: for a panel of units the products of all gates are made
// side by side and the gates at once from them, so that pre-activations never leave the caches.
// Weights come packed in the order in which they are read: [panels, gates, k, PANEL].
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

template <class Cell>
void forward(const Walk& a, const Part& part) {
  constexpr int K = Cell::GATES;
  const int64_t H = a.units, B = a.batch, D = a.inputs, rows = part.rows - part.row;
  const int64_t tile = rows * PANEL, all_units = part.units - part.unit;
  const int64_t chunk = std::max<int64_t>(1, std::min(a.steps, TOGETHER / rows));
  std::vector<float> projected(a.z ? 0 : chunk * all_units * K * rows), products(K * tile);
  for (int64_t s = 0; s < a.steps; ++s) {
    const int64_t t = a.step(s), since = s % chunk, soon = std::min(chunk, a.steps - s);
    if (since == 0 && !a.z)
      for (int64_t unit = part.unit; unit < part.units; unit += PANEL)
        for (int g = 0; g < K; ++g)
          for (int64_t i = 0; i < soon; ++i)
            product(a.x + (a.step(s + i) * B + part.row) * D, D, rows,
                    a.w_x + (unit * K + g * PANEL) * D, D,
                    projected.data() + (i * all_units + unit - part.unit) * K * rows + g * tile);
    const float *h = a.h + a.slot(s), *c = Cell::MEMORY ? a.c + a.slot(s) : nullptr;
    for (int64_t unit = part.unit; unit < part.units; unit += PANEL) {
      for (int g = 0; g < K; ++g)
        product(h + part.row * H, H, rows, a.w + (unit * K + g * PANEL) * H, H,
                products.data() + g * tile);
      const float* panel = projected.data() + (since * all_units + unit - part.unit) * K * rows;
      for (int64_t r = part.row; r < part.rows; ++r) {
        const int64_t row = (r - part.row) * PANEL;
        const float* u = products.data() + row;
        const float* zs = a.z ? a.z + (t * B + r) * K * H + unit : panel + row;
        const int64_t gate = a.z ? H : tile;
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
            z[g] = load(zs + g * gate + j - unit, n);
            if (!a.z) z[g] += load(a.b + g * H + j, n);
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
    if (part.barrier) part.barrier->wait();
  }
}

// h_end and c_end hold the cotangents that are carried back.
template <class Cell>
void backward(const Walk& a, const Part& part) {
  constexpr int K = Cell::GATES;
  const int64_t H = a.units, B = a.batch, rows = part.rows - part.row;
  std::vector<float> products(rows * PANEL);
  for (int64_t s = a.steps - 1; s >= 0; --s) {
    const int64_t t = a.step(s);
    float *acts = a.acts + t * B * K * H, *du = Cell::APART ? a.du + t * B * K * H : acts;
    for (int64_t r = part.row; r < part.rows; ++r)
      for (int64_t j = part.unit; j < std::min(H, part.units); j += LANES) {
        const int64_t at = r * H + j, all = t * B * H + at, n = H - j, place = r * K * H + j;
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
    if (part.barrier) part.barrier->wait();
    for (int64_t unit = part.unit; unit < part.units; unit += PANEL) {
      product(du + part.row * K * H, K * H, rows, a.w + unit * K * H, K * H, products.data());
      for (int64_t r = part.row; r < part.rows; ++r) {
        const float* u = products.data() + (r - part.row) * PANEL;
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
  }
}
