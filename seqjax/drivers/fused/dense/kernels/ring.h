// How blocks hand on what is multiplied with w_h at the next step: through a ring of slots in the
// L2 cache whose words are UNWRITTEN until they are written. Who needs them reads until all are
// there, so that one write and one read are all the way, and there is no barrier of the grid.
//
// A slot holds [groups of rows, tiles of 16 rows, k blocks of 32 columns][512 numbers], those in
// the order in which a multiplication takes them: 16 bytes are the fragment of one thread.
//
// A word is reset by its owner once all have read it: who has the sums of step s has, by way of his
// cluster, words of step s from every block, and none makes those before he has read all of step
// s - 1. It is written again SLOTS - 2 steps later. That the reset is seen by then rests on time,
// some microseconds, not on a fence.
#pragma once

#include "instructions.h"

constexpr int SLOTS = 8, ROWS = 16, DEPTH = 32, BLOCK_WORDS = ROWS * DEPTH / 2;

// The word of (row, columns c and c + 1) among those of a k block; c is even.
DEVICE int word_of(int row, int c) {
  return ((c >> 2 & 1) * 32 + (row & 7) * 4 + (c >> 3)) * 4 + (c >> 1 & 1) * 2 + (row >> 3);
}

struct Ring {
  Word* words;       // of this group
  size_t slot_size;  // in words

  DEVICE Ring(void* all, int tiles, int blocks) {
    const size_t size = (size_t)tiles * blocks * BLOCK_WORDS;
    words = (Word*)all + group_index() * size;
    slot_size = groups() * size;
  }
  DEVICE Word* slot(int s) const { return words + s % SLOTS * slot_size; }
};
