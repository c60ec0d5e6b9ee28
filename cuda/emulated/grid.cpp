// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulated/grid.hpp"

#include "runtime/base/check.hpp"
#include "runtime/base/rng.hpp"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>
#include <deque>
#include <memory>
#include <ucontext.h>
#include <vector>

// NOLINTBEGIN(readability-identifier-naming)
dim3 threadIdx;
dim3 blockIdx;
dim3 blockDim;
dim3 gridDim;
// NOLINTEND(readability-identifier-naming)

namespace troupe::cuda::emulated {
namespace {

constexpr std::size_t stack_bytes = std::size_t{128} << 10U;
constexpr std::size_t guard_bytes = 256;
constexpr std::byte guard{0xa5};
constexpr unsigned threads_max = 1024;

enum class waits : std::uint8_t { nothing, block, warp, ended };

struct late_copy {
  void* to;
  const void* from;
  std::size_t bytes;
  std::size_t valid_bytes;
};

struct fiber {
  std::unique_ptr<std::byte[]> stack;
  ucontext_t start{};
  std::jmp_buf at{};
  bool has_begun = false;
  waits waiting = waits::nothing;
  unsigned shown = 0; ///< Exchanges so far; their parity chooses the slot.
  dim3 index;
  std::vector<late_copy> open_copies;
  std::deque<std::vector<late_copy>> groups;
};

using slots = std::array<std::array<std::array<std::byte, lane_bytes>, warp_lanes>, 2>;

struct grid_state {
  std::vector<fiber> fibers;
  std::vector<slots> warps;
  std::vector<std::byte> shared;
  std::size_t shared_bytes = 0;
  std::size_t current = 0;
  std::jmp_buf scheduler{};
  ucontext_t main{};
  const std::function<void()>* body = nullptr;
  rng random{1};
};

grid_state state;

fiber& me() {
  return state.fibers[state.current];
}

void yield_as(waits why) {
  me().waiting = why;
  if (_setjmp(me().at) == 0) {
    _longjmp(state.scheduler, 1);
  }
}

void enter() {
  (*state.body)();
  me().waiting = waits::ended;
  _longjmp(state.scheduler, 1);
}

void resume(std::size_t number) {
  state.current = number;
  auto& f = me();
  threadIdx = f.index;
  if (_setjmp(state.scheduler) != 0) {
    return;
  }
  if (f.has_begun) {
    _longjmp(f.at, 1);
  }
  f.has_begun = true;
  getcontext(&f.start);
  f.start.uc_stack.ss_sp = f.stack.get();
  f.start.uc_stack.ss_size = stack_bytes;
  f.start.uc_link = nullptr;
  makecontext(&f.start, enter, 0);
  swapcontext(&state.main, &f.start);
}

/// The fibers of a warp: [begin, end).
struct warp_range {
  std::size_t begin;
  std::size_t end;
};

warp_range fibers_of(std::size_t warp, std::size_t threads) {
  return {warp * warp_lanes, std::min(threads, (warp + 1) * warp_lanes)};
}

std::size_t count_of(warp_range range, waits what) {
  std::size_t count = 0;
  for (auto i = range.begin; i < range.end; ++i) {
    count += state.fibers[i].waiting == what ? 1 : 0;
  }
  return count;
}

void let_go(warp_range range, waits from) {
  for (auto i = range.begin; i < range.end; ++i) {
    if (state.fibers[i].waiting == from) {
      state.fibers[i].waiting = waits::nothing;
    }
  }
}

/// Gives each lane that can run one turn, in a drawn order; says whether any can run afterwards.
bool run_warp(warp_range range) {
  std::array<std::size_t, warp_lanes> order{};
  const auto lanes = range.end - range.begin;
  for (std::size_t i = 0; i < lanes; ++i) {
    order[i] = range.begin + i;
    std::swap(order[i], order[state.random.below(i + 1)]);
  }
  for (std::size_t i = 0; i < lanes; ++i) {
    if (state.fibers[order[i]].waiting == waits::nothing) {
      resume(order[i]);
    }
  }
  const auto living = lanes - count_of(range, waits::ended);
  if (living > 0 && count_of(range, waits::warp) == living) {
    let_go(range, waits::warp);
  }
  return count_of(range, waits::nothing) > 0;
}

/// Runs until every thread has ended. A drawn warp goes on alone for as long as it can, most of the
/// time: as far ahead of the others as barriers let it.
void run_block(std::size_t threads) {
  constexpr std::uint64_t turns_of_one = 16;
  for (std::size_t i = 0; i < threads; ++i) {
    auto& f = state.fibers[i];
    f.has_begun = false;
    f.waiting = waits::nothing;
    f.shown = 0;
    f.open_copies.clear();
    f.groups.clear();
  }
  const warp_range all{0, threads};
  for (;;) {
    std::vector<std::size_t> ready;
    for (std::size_t warp = 0; warp * warp_lanes < threads; ++warp) {
      if (count_of(fibers_of(warp, threads), waits::nothing) > 0) {
        ready.push_back(warp);
      }
    }
    if (!ready.empty()) {
      const auto range = fibers_of(ready[state.random.below(ready.size())], threads);
      while (run_warp(range) && state.random.below(turns_of_one) != 0) {
      }
      continue;
    }
    const auto living = threads - count_of(all, waits::ended);
    if (living == 0) {
      return;
    }
    // Else some wait at a barrier that others have gone around.
    TROUPE_CHECK(count_of(all, waits::block) == living);
    let_go(all, waits::block);
  }
}

void carry_out(const late_copy& copy) {
  auto* to = static_cast<std::byte*>(copy.to);
  if (copy.valid_bytes > 0) {
    std::memcpy(to, copy.from, copy.valid_bytes);
  }
  std::memset(to + copy.valid_bytes, 0, copy.bytes - copy.valid_bytes);
}

void prepare(std::size_t threads) {
  if (state.fibers.size() < threads) {
    state.fibers.resize(threads);
  }
  state.warps.resize((threads + warp_lanes - 1) / warp_lanes);
  for (std::size_t i = 0; i < threads; ++i) {
    auto& f = state.fibers[i];
    if (f.stack == nullptr) {
      f.stack = std::make_unique_for_overwrite<std::byte[]>(stack_bytes);
    }
    const auto number = static_cast<unsigned>(i);
    f.index = {number % blockDim.x, number / blockDim.x % blockDim.y,
               number / (blockDim.x * blockDim.y)};
  }
}

} // namespace

void run(index3 grid, index3 block, std::size_t shared_bytes, const std::function<void()>& body) {
  const auto threads = std::size_t{block.x} * block.y * block.z;
  TROUPE_CHECK(threads >= 1 && threads <= threads_max);
  TROUPE_CHECK(threads % warp_lanes == 0 || threads < warp_lanes);
  TROUPE_CHECK(state.body == nullptr);
  gridDim = grid;
  blockDim = block;
  state.body = &body;
  state.shared_bytes = shared_bytes;
  prepare(threads);
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        blockIdx = {x, y, z};
        state.shared.assign(shared_bytes, std::byte{0xff});
        state.shared.resize(shared_bytes + guard_bytes, guard);
        run_block(threads);
        for (auto i = shared_bytes; i < state.shared.size(); ++i) {
          TROUPE_CHECK(state.shared[i] == guard);
        }
      }
    }
  }
  state.body = nullptr;
}

std::byte* shared() {
  return state.shared.data();
}

void sync_block() {
  yield_as(waits::block);
}

void sync_warp() {
  yield_as(waits::warp);
}

const std::byte* exchange(const void* mine, std::size_t bytes) {
  TROUPE_CHECK(bytes <= lane_bytes);
  auto& pair = state.warps[state.current / warp_lanes];
  auto& slot = pair[me().shown++ % 2];
  std::memcpy(slot[state.current % warp_lanes].data(), mine, bytes);
  sync_warp();
  return slot[0].data();
}

void copy_later(void* to, const void* from, std::size_t bytes, std::size_t valid_bytes) {
  const late_copy copy{to, from, bytes, valid_bytes};
  if (state.random.below(2) == 0) {
    carry_out(copy);
  } else {
    me().open_copies.push_back(copy);
  }
}

void commit_copies() {
  me().groups.push_back(std::move(me().open_copies));
  me().open_copies.clear();
}

void wait_copies(unsigned groups) {
  auto& all = me().groups;
  for (; all.size() > groups; all.pop_front()) {
    std::ranges::for_each(all.front(), carry_out);
  }
}

} // namespace troupe::cuda::emulated
