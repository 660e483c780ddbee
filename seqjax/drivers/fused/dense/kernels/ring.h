// How blocks hand on what is multiplied with w_h at the next step: through a ring of slots in the
// L2 cache whose words are UNWRITTEN until they are written. Who needs them reads until all are
// there, so that one write and one read are all the way, and there is no barrier of the grid.
//
// A slot holds [groups of rows, tiles of 16 rows, k blocks][256 words], those in the order in which
// a multiplication takes them: 16 bytes are the fragment of one thread. A row has 16 words in a k
// block, of two numbers of 16 bits or of one of tf32.
//
// A word is reset by its owner once all have read it: who has the sums of step s has, by way of his
// cluster, words of step s from every block, and none makes those before he has read all of step
// s - 1. That holds for blocks that make words; those that only fill up read nothing, and leave. It
// is written again SLOTS - 2 steps later. That the reset is seen by then rests on time, some
// microseconds, not on a fence.
#pragma once

#include "instructions.h"

constexpr int SLOTS = 8, ROWS = 16, ROW_WORDS = 16, BLOCK_WORDS = ROWS * ROW_WORDS;

// Where the words of a k block have word w of a row.
DEVICE int word_of(int row, int w) {
  return ((w >> 1 & 1) * 32 + (row & 7) * 4 + (w >> 2)) * 4 + (w & 1) * 2 + (row >> 3);
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
