// All steps of a walk: carry = gate(z, h . w_h, carry), for the units and rows of a block.
#pragma once

#include "forward_inputs.h"

template <class Gate, class Factor, class S>
struct Forward {
  static constexpr int K = Gate::BLOCKS, P = Gate::PARTS, F = Gate::FIELDS, M = Gate::MASKS;
  static constexpr unsigned long long KEEPS = bits(Gate::KEEPS), SIDE = bits(Gate::SIDE);
  using At = ForwardPlaces<P, F, M>;
  using Inputs = ForwardInputs<Gate, S>;

  static DEVICE void store(const Arguments& a, int place, size_t at, float x) {
    if (float* p = (float*)a.place[place].data) p[at] = x;
  }

  static DEVICE void walk(const Arguments& a, unsigned char* memory) {
    const int T = a.steps, B = a.batch, H = a.units;
    const int blocks = (H + S::DEPTH - 1) / S::DEPTH;
    const int rows = B - group_index() * S::TILES * 16;
    const int cluster = block_index() / S::CLUSTER * S::CLUSTER;
    const auto weight = [&](int k, int n) -> Word {
      const int unit = cluster * S::UNITS + n / S::COLUMNS * S::UNITS + n % S::UNITS;
      const int q = n % S::COLUMNS / S::UNITS;
      const void* w = a.place[At::W_H].data;
      return k < H && unit < H ? weight_as_factor<Factor, S>(w, (size_t)k * K * H + q * H + unit) : 0;
    };
    const Patience patience((int*)a.place[At::FAULT].data, a.report);
    Product<Factor, S> product(memory, patience, blocks, weight);
    const Ring ring(a.place[At::RING].data, S::TILES, blocks);

    float carry[S::EACH][P], field[S::EACH][F + Gate::READY + 1];
    Inputs now[S::EACH];
#pragma unroll
    for (int i = 0; i < S::EACH; ++i) {
      const Pair<S> pair(i, B, H, blocks);
      if (pair.fills)
        for (int slot = 0; slot < SLOTS; ++slot) store_exchanged(ring.slot(slot) + pair.word, 0);
      now[i].load(a, pair, a.time(0));
      if (pair.there) {
        load_rows(a, pair, now[i].restart ? At::START : At::FIRST, carry[i]);
#pragma unroll
        for (int f = 0; f < F; ++f)
          if (!(SIDE >> f & 1)) field[i][f] = number(a.place[At::FIELDS + f], 0, pair);
        Gate::template prepare<float>(field[i], field[i] + F);
      }
      const float fed = pair.there ? Gate::template feed<float>(carry[i], field[i]) : 0.0f;
      const Word word = word_of_factors<Factor, S>(fed);
      if (pair.writes) store_exchanged(ring.slot(0) + pair.word, word);
      if (pair.there) store(a, At::FED, pair.at(a.time(0), B, H), fed);
    }

    // A cluster without units has filled up what it owns. No block waits for it, so that words could
    // be reset before it has read them.
    if (cluster * S::UNITS >= H) return;

#pragma unroll 1
    for (int s = 0; s < T; ++s) {
      const int t = a.time(s), coming = a.time(s + 1 < T ? s + 1 : s);
      Inputs next[S::EACH];
#pragma unroll
      for (int i = 0; i < S::EACH; ++i) {
        const Pair<S> pair(i, B, H, blocks);
        next[i].load(a, pair, coming);
        if (s + SOON < T) Inputs::ask(a, pair, a.time(s + SOON));
      }
      product.make(ring.slot(s), rows, s);
#pragma unroll
      for (int i = 0; i < S::EACH; ++i) {
        const Pair<S> pair(i, B, H, blocks);
        if (pair.index >= S::PAIRS) break;  // whole warps
        float u[K], before[P], after[P], kept[Gate::KEPT + 1], fed = 0;
#pragma unroll
        for (int q = 0; q < K; ++q)
          u[q] = product.get(s, pair.tile, pair.line, q * S::UNITS + pair.unit_of_block);
        if (pair.there) {
#pragma unroll
          for (int f = 0; f < F; ++f)
            if (SIDE >> f & 1) field[i][f] = now[i].side[f];
          Gate::template forward<float>(now[i].z, u, carry[i], field[i], now[i].mask, after, kept);
#pragma unroll
          for (int j = 0; j < P; ++j) {
            before[j] = carry[i][j];
            if (!now[i].real) after[j] = before[j];
            carry[i][j] = after[j];
          }
          if (next[i].restart && s + 1 < T) load_rows(a, pair, At::START, carry[i]);
          fed = Gate::template feed<float>(carry[i], field[i]);
        }
        const Word word = word_of_factors<Factor, S>(fed);
        if (pair.writes && s + 1 < T) {
          store_exchanged(ring.slot(s + 1) + pair.word, word);
          if (s > 0) store_exchanged(ring.slot(s - 1) + pair.word, UNWRITTEN);
        }
        if (pair.there) {
          const size_t at = pair.at(t, B, H);
          store(a, At::HS, at, Gate::template read<float>(after));
          if (s + 1 < T) store(a, At::FED, pair.at(coming, B, H), fed);
#pragma unroll
          for (int j = 0; j < P; ++j) {
            if (KEEPS >> j & 1) store(a, At::BEFORE + j, at, before[j]);
            store(a, At::STATES + j, at, after[j]);
          }
          const size_t of_kept = pair.at(t, B, Gate::KEPT * H);
#pragma unroll
          for (int j = 0; j < Gate::KEPT; ++j) store(a, At::KEPT, of_kept + (size_t)j * H, kept[j]);
        }
        now[i] = next[i];
      }
      product.done();
    }
#pragma unroll
    for (int i = 0; i < S::EACH; ++i) {
      const Pair<S> pair(i, B, H, blocks);
      if (pair.there)
        for (int j = 0; j < P; ++j) store(a, At::END + j, pair.at(0, B, H), carry[i][j]);
    }
    product.leave();
  }
};
