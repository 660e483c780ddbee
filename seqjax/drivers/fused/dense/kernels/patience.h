// Waits that end: no block waits for ever for one that has come to nothing.
#pragma once

#include "instructions.h"

#ifndef PATIENCE
#define PATIENCE 100000  // readings of the ring before a block gives up: some 50 ms
#endif

enum Fault { NO_WORDS = 1, NO_SUMS = 2 };

// What was not there in time is NaN, and who has given up once waits for nothing more.
struct Patience {
  int *fault, *report;  // on the device, which all blocks look at; in memory of the host
  bool given_up = false;

  DEVICE Patience(int* fault, int* report) : fault(fault), report(report) {}

  DEVICE bool is_over(int waited, int limit, Fault why) {
    if (given_up) return true;
    if (waited > limit) {
      store_flag(fault, why), store_to_host(report, why);
      given_up = true;
    } else if ((waited & 1023) == 0 && load_flag(fault)) {
      given_up = true;
    }
    return given_up;
  }
};
