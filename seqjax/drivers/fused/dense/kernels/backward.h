// All steps of a walk backward: (dz, du, dcarry) from the gate, then dh = du . w_h^T.
#pragma once

#include "backward_inputs.h"

template <class Gate, class Factor, class S>
struct Backward {
  static constexpr int K = Gate::BLOCKS, P = Gate::PARTS, F = Gate::FIELDS, M = Gate::MASKS;
  static constexpr unsigned long long SIDE = bits(Gate::SIDE), GRADIENT = bits(Gate::GRADIENT);
  using At = BackwardPlaces<P, F, M>;
  using Inputs = BackwardInputs<Gate, S>;

  static DEVICE void walk(const Arguments& a, unsigned char* memory) {
    const int T = a.steps, B = a.batch, H = a.units;
    const int deep = (H + S::DEPTH - 1) / S::DEPTH, blocks = K * deep;
    const int rows = B - group_index() * S::TILES * 16;
    const int cluster = block_index() / S::CLUSTER * S::CLUSTER;
    const auto weight = [&](int k, int n) -> Word {
      const int unit = cluster * S::UNITS + n, q = k / (deep * S::DEPTH);
      const int j = k % (deep * S::DEPTH);
      const void* w = a.place[At::W_H].data;
      return j < H && unit < H ? weight_as_factor<Factor, S>(w, (size_t)unit * K * H + q * H + j) : 0;
    };
    const Patience patience((int*)a.place[At::FAULT].data, a.report);
    Product<Factor, S> product(memory, patience, blocks, weight);
    const Ring ring(a.place[At::RING].data, S::TILES, blocks);

    float d[S::EACH][P], dstart[S::EACH][P], before[S::EACH][P];
    float field[S::EACH][F + Gate::READY + 1], sums[S::EACH][F + 1];
    bool restart[S::EACH];  // at the step that the product belongs to
    Inputs now[S::EACH];
#pragma unroll
    for (int i = 0; i < S::EACH; ++i) {
      const Pair<S> pair(i, B, H, blocks);
      if (pair.fills)
        for (int slot = 0; slot < SLOTS * K; ++slot)
          store_exchanged(ring.slot(slot / K) + pair.word + slot % K * deep * BLOCK_WORDS, 0);
      now[i].load(a, pair, a.time(T - 1));
      restart[i] = false;
#pragma unroll
      for (int f = 0; f < F; ++f) sums[i][f] = 0;
#pragma unroll
      for (int j = 0; j < P; ++j) dstart[i][j] = 0;
      if (!pair.there) continue;
      load_rows(a, pair, At::DLAST, d[i]);
#pragma unroll
      for (int f = 0; f < F; ++f)
        if (!(SIDE >> f & 1)) field[i][f] = number(a.place[At::FIELDS + f], 0, pair);
      Gate::template prepare<float>(field[i], field[i] + F);
    }

    // A cluster without units has filled up what it owns. No block waits for it, so that words could
    // be reset before it has read them.
    if (cluster * S::UNITS >= H) return;

#pragma unroll 1
    for (int s = 0; s <= T; ++s) {  // the product of the step before in this order, then the gate
      const int t = a.time(s < T ? T - 1 - s : 0);
      Inputs next[S::EACH];
#pragma unroll
      for (int i = 0; i < S::EACH; ++i) {
        const Pair<S> pair(i, B, H, blocks);
        next[i].load(a, pair, a.time(s + 1 < T ? T - 2 - s : 0));
        if (s + SOON < T) Inputs::ask(a, pair, a.time(T - 1 - s - SOON));
      }
      if (s > 0) product.make(ring.slot(s), rows, s - 1);
#pragma unroll
      for (int i = 0; i < S::EACH; ++i) {
        const Pair<S> pair(i, B, H, blocks);
        if (pair.index >= S::PAIRS) break;  // whole warps
        if (s > 0 && pair.there) {
          // Of a step past a row's length it is 0.
          const float fed = product.get(s - 1, pair.tile, pair.line, pair.unit_of_block);
          Gate::template feed_back<float>(fed, before[i], field[i], d[i], sums[i]);
          if (restart[i])
#pragma unroll
            for (int j = 0; j < P; ++j) dstart[i][j] += d[i][j], d[i][j] = 0;
        }
        if (s == T) continue;
        float dz[K], du[K];
#pragma unroll
        for (int q = 0; q < K; ++q) dz[q] = du[q] = 0;
        if (pair.there) gate(a, pair, t, now[i], field[i], d[i], sums[i], dz, du);
#pragma unroll
        for (int q = 0; q < K; ++q) {
          const Word word = word_of_factors<Factor, S>(du[q]);
          const int at = pair.word + q * deep * BLOCK_WORDS;
          if (!pair.writes) continue;
          store_exchanged(ring.slot(s + 1) + at, word);
          if (s > 1) store_exchanged(ring.slot(s - 1) + at, UNWRITTEN);
        }
        if (pair.there) {
          const size_t at = pair.at(t, B, K * H);
#pragma unroll
          for (int q = 0; q < K; ++q) {
            ((float*)a.place[At::DZ].data)[at + (size_t)q * H] = dz[q];
            if (Gate::APART) ((float*)a.place[At::DU].data)[at + (size_t)q * H] = du[q];
          }
        }
#pragma unroll
        for (int j = 0; j < P; ++j) before[i][j] = now[i].before[j];
        restart[i] = now[i].restart;
        now[i] = next[i];
      }
      product.done();
    }
#pragma unroll
    for (int i = 0; i < S::EACH; ++i) {
      const Pair<S> pair(i, B, H, blocks);
      if (!pair.there) continue;
      const size_t at = pair.at(0, B, H);
#pragma unroll
      for (int j = 0; j < P; ++j) {
        ((float*)a.place[At::DCARRY + j].data)[at] = d[i][j];
        ((float*)a.place[At::DSTART + j].data)[at] = dstart[i][j];
      }
#pragma unroll
      for (int f = 0; f < F; ++f)
        if (!(SIDE >> f & 1)) ((float*)a.place[At::DFIELDS + f].data)[at] = sums[i][f];
    }
    product.leave();
  }

  // d: the cotangent of the carry after the step, then of the one before, but for the product.
  static DEVICE void gate(const Arguments& a, const Pair<S>& pair, int t, const Inputs& in,
                          float* field, float* d, float* sums, float* dz, float* du) {
    float dfield[F + 1], dbefore[P];
#pragma unroll
    for (int f = 0; f < F; ++f) dfield[f] = 0;
#pragma unroll
    for (int j = 0; j < P; ++j) d[j] += in.dstates[j];
    if (in.real) {
#pragma unroll
      for (int f = 0; f < F; ++f)
        if (SIDE >> f & 1) field[f] = in.side[f];
      Gate::template read_back<float>(in.dh, d);
      Gate::template backward<float>(in.kept, in.before, field, in.mask, d, dbefore, dz, du,
                                     dfield);
      if (!Gate::APART)
#pragma unroll
        for (int q = 0; q < K; ++q) du[q] = dz[q];
#pragma unroll
      for (int j = 0; j < P; ++j) d[j] = dbefore[j];
    }
#pragma unroll
    for (int f = 0; f < F; ++f) {
      if (SIDE >> f & 1)
        ((float*)a.place[At::DFIELDS + f].data)[pair.at(t, a.batch, a.units)] = dfield[f];
      else if (GRADIENT >> f & 1)
        sums[f] += dfield[f];
    }
  }
};
