// The panels of all steps for those threads that are there. Each has panels of its own, whose
// weights stay in its caches; who is through with them takes those of others. So a thread may come
// late or not at all, and one that is slowed down is helped.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>
#include <vector>

// Waits for others who are at work on another core; not for long, else they are given this one.
template <class Condition>
void until(Condition condition) {
  for (int i = 1; !condition(); ++i)
    if (i % 1024 == 0) sched_yield();
}

struct alignas(64) Counter {
  std::atomic<int64_t> value{0};
};

class Crew {
 public:
  Crew(int64_t panels, int64_t steps, int owners)
      : panels_(panels), steps_(steps), taken_(owners) {}

  // Takes part, from the first step that is not over to the last: body(step, panel). A step begins
  // when the one before is over for all panels.
  template <class Body>
  void work(int me, Body&& body) {
    for (int64_t s = done_.value.load(std::memory_order_acquire) / panels_; s < steps_; ++s) {
      wait(s);
      int64_t mine = 0;
      for (int i = 0; i < owners(); ++i) mine += take((me + i) % owners(), s, body);
      if (mine) done_.value.fetch_add(mine, std::memory_order_acq_rel);
    }
  }

  // Until all panels of so many steps are done.
  void wait(int64_t steps) const {
    until([&] { return done_.value.load(std::memory_order_acquire) >= steps * panels_; });
  }

 private:
  int owners() const { return taken_.size(); }

  // Takes what is left of an owner's panels at step s, and says how many those were.
  template <class Body>
  int64_t take(int owner, int64_t s, Body&& body) {
    const int64_t from = panels_ * owner / owners();
    const int64_t count = panels_ * (owner + 1) / owners() - from;
    std::atomic<int64_t>& taken = taken_[owner].value;  // at all steps
    int64_t mine = 0, now = taken.load(std::memory_order_relaxed);
    while (now < (s + 1) * count)
      if (taken.compare_exchange_weak(now, now + 1, std::memory_order_relaxed)) {
        body(s, from + now - s * count);
        ++mine, now = taken.load(std::memory_order_relaxed);
      }
    return mine;
  }

  const int64_t panels_, steps_;
  std::vector<Counter> taken_;
  Counter done_;
};
