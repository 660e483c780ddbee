// The product of a step: a slice of w_h in registers, for as long as the kernel runs, times what
// the ring brings.
#pragma once

#include "ring.h"
#include "sums.h"

DEVICE Word largest(const Fragment& f) {
  const Word a = f.word[0] > f.word[1] ? f.word[0] : f.word[1];
  const Word b = f.word[2] > f.word[3] ? f.word[2] : f.word[3];
  return a > b ? a : b;
}

// A weight, which is a factor where two are in a word, else float32.
template <class Factor, class S>
DEVICE Word weight_as_factor(const void* w, size_t i) {
  return S::NUMBERS == 2 ? ((const unsigned short*)w)[i] : Factor::pack(((const float*)w)[i], 0);
}

template <class Factor, class S>
struct Product {
  Word weight[S::PIECES][2][S::EIGHTS][2];
  Sums<S> sums;
  Patience patience;
  int lane, blocks, first, count;

  // ``blocks``: k blocks of the whole product. ``at(k, n)``: bits of the weight in row k of column
  // n of the cluster, rounded to a factor; 0 beyond.
  template <class At>
  DEVICE Product(unsigned char* memory, Patience patience, int blocks, At at)
      : sums(memory), patience(patience), blocks(blocks) {
    lane = thread_index() & 31;
    const int warp = thread_index() >> 5, slice = (blocks + S::CLUSTER - 1) / S::CLUSTER;
    const int from = sums.rank * slice, to = blocks < from + slice ? blocks : from + slice;
    // Blocks start at different places, and do not ask for the same words at once.
    first = from + (warp + block_index()) % S::WARPS * S::PIECES;
    count = to - first < S::PIECES ? to - first : S::PIECES;  // 0 or less: nothing to do
#pragma unroll
    for (int i = 0; i < S::PIECES; ++i)
#pragma unroll
      for (int half = 0; half < 2; ++half)
#pragma unroll
        for (int e = 0; e < S::EIGHTS; ++e)
#pragma unroll
          for (int b = 0; b < 2; ++b) {
            const int word = 4 * (lane & 3) + 2 * half + b;  // of a row of the ring
            const int k = (first + i) * S::DEPTH + S::NUMBERS * word;
            const int n = e * 8 + (lane >> 2);
            const bool there = i < count && n < S::ALL;
            weight[i][half][e][b] = there ? at(k, n) : 0;
            if (S::NUMBERS == 2 && there) weight[i][half][e][b] |= at(k + 1, n) << 16;
          }
  }

  // The fragments of this warp in one tile, of which ``rows`` rows are there.
  DEVICE void gather(const Word* tile, int rows, Fragment (&f)[S::PIECES][2]) {
    const Word* from = tile + first * BLOCK_WORDS + lane * 4;
    Word missing = 0;  // a bit for each fragment
#pragma unroll
    for (int i = 0; i < S::PIECES; ++i)
#pragma unroll
      for (int half = 0; half < 2; ++half) {
        f[i][half] = Fragment{};
        if (i < count && (lane >> 2) < rows) missing |= 1u << (2 * i + half);
      }
    for (int waited = 0;;) {
#pragma unroll
      for (int i = 0; i < S::PIECES; ++i)
#pragma unroll
        for (int half = 0; half < 2; ++half)
          if (missing >> (2 * i + half) & 1)
            f[i][half] = load_exchanged(from + i * BLOCK_WORDS + half * (BLOCK_WORDS / 2));
      Word all = 0;
#pragma unroll
      for (int i = 0; i < S::PIECES; ++i)
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const Word top = largest(f[i][half]);
          all = all > top ? all : top;
        }
      if (!any_of_warp(all == UNWRITTEN)) return;
      if (any_of_warp(patience.is_over(++waited, PATIENCE, NO_WORDS))) {
        patience.given_up = true;
        return;
      }
      missing = 0;
#pragma unroll
      for (int i = 0; i < S::PIECES; ++i)
#pragma unroll
        for (int half = 0; half < 2; ++half)
          if (largest(f[i][half]) == UNWRITTEN) missing |= 1u << (2 * i + half);
    }
  }

  // Multiplies for step s, of which ``rows`` rows are there.
  DEVICE void make(const Word* slot, int rows, int s) {
#pragma unroll 1
    for (int tile = 0; tile < S::TILES; ++tile) {
      Fragment f[S::PIECES][2];
      gather(slot + (size_t)tile * blocks * BLOCK_WORDS, rows - 16 * tile, f);
      float sum[S::EIGHTS][4];
#pragma unroll
      for (int e = 0; e < S::EIGHTS; ++e)
#pragma unroll
        for (int j = 0; j < 4; ++j) sum[e][j] = 0;
#pragma unroll
      for (int i = 0; i < S::PIECES; ++i)
#pragma unroll
        for (int half = 0; half < 2; ++half)
#pragma unroll
          for (int e = 0; e < S::EIGHTS; ++e)
            Factor::multiply_add(sum[e], f[i][half], weight[i][half][e]);
      sums.put(s, tile, sum);
    }
    block_sync();
    if (S::CLUSTER > 1) sums.exchange(s, patience);
  }

  // Column n of this block in a row of a tile, of step s.
  DEVICE float get(int s, int tile, int row, int n) const {
    return patience.given_up ? nan_number() : sums.get(s, tile, row, n);
  }
  DEVICE void done() const {  // with what a step has made
    if (S::BUFFERS == 1) block_sync();
  }
  DEVICE void leave() const {  // not before others have sent what they send
    if (S::CLUSTER > 1) cluster_sync();
  }
};
