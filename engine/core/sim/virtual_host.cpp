// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sim/virtual_host.hpp"

#include "engine/core/host_commands.hpp"
#include "engine/core/page_copies.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/rng.hpp"

#include <utility>
#include <variant>
#include <vector>

namespace troupe::engine {

struct virtual_host::state : std::enable_shared_from_this<virtual_host::state> {
  state(std::unique_ptr<sim_executor> exec_, const virtual_host_options& options_, timers& queue_,
        const clock& time_)
      : exec(std::move(exec_)),
        options(options_),
        queue(queue_),
        time(time_),
        draws(options.seed),
        loop(options.host, *exec, options.mutants) {}

  /// Runs `task` after `delay`, unless this is gone by then.
  template <class F>
  void after(duration delay, F task) {
    queue.at(time.now() + delay, [weak = weak_from_this(), task = std::move(task)]() mutable {
      if (const auto self = weak.lock()) {
        task(*self);
      }
    });
  }

  void wake() {
    if (!pump_is_due) {
      pump_is_due = true;
      after(duration{0}, [](state& self) {
        self.pump_is_due = false;
        self.pump();
      });
    }
  }

  void pump() {
    for (auto& what : std::exchange(inputs, {})) {
      if (auto* const block = std::get_if<import_block>(&what);
          block != nullptr && options.fails_import && options.fails_import()) {
        block->checksum = ~block->checksum;
      }
      loop.accept(std::move(what));
      check();
    }
    input_bytes = 0;
    while (auto work = loop.next_import()) {
      run_import(std::move(*work));
    }
    while (auto work = loop.next_export()) {
      run_export(*work);
    }
    if (const auto* plan = loop.next_step()) {
      run_step(*plan);
    } else if (auto work = loop.next_save()) {
      run_save(*std::move(work));
    } else if (loop.has_import()) {
      wake();
    }
    check();
    tell();
  }

  void run_import(import_work work) {
    const auto delay = copy_delay();
    const auto early = draws.below(2) == 0;
    if (early) {
      write_pages(*exec, work.slots, work.data.view());
    }
    after(delay, [early, work = std::move(work)](state& self) {
      if (!early) {
        write_pages(*self.exec, work.slots, work.data.view());
      }
      self.loop.finish_import(work.work);
      self.pump();
    });
  }

  void run_export(const export_work& work) {
    const auto delay = copy_delay();
    const auto early = draws.below(2) == 0;
    if (early) {
      read_pages(*exec, work.slots, work.bytes);
    }
    after(delay, [early, work](state& self) {
      if (!early) {
        read_pages(*self.exec, work.slots, work.bytes);
      }
      self.loop.finish_export(work.work);
      self.pump();
    });
  }

  void run_save(save_work work) {
    const auto delay = copy_delay();
    const auto early = draws.below(2) == 0;
    if (early) {
      read_pages(*exec, work.slots, work.bytes);
    }
    after(delay, [early, work = std::move(work)](state& self) {
      if (!early) {
        read_pages(*self.exec, work.slots, work.bytes);
      }
      self.loop.finish_save(work);
      self.pump();
    });
  }

  void run_step(const step_plan& plan) {
    if (options.dies_of && options.dies_of(plan)) {
      return;
    }
    const auto cost = exec->cost(plan);
    const auto early = draws.below(2) == 0;
    step_output out;
    if (early) {
      exec->execute(plan, out);
    }
    after(cost, [early, cost, &plan, out = std::move(out)](state& self) mutable {
      if (!early) {
        self.exec->execute(plan, out);
      }
      self.loop.finish_step(out, cost);
      self.loop.seal_exports();
      self.pump();
    });
  }

  duration copy_delay() {
    return duration{1
                    + static_cast<std::int64_t>(draws.below(
                        static_cast<std::uint64_t>(options.copy_cost_max.count()) + 1))};
  }

  void check() const {
    if (options.check_invariants) {
      loop.check_invariants();
    }
  }

  void tell() {
    std::vector<std::pair<snapshot_request, snapshot>> answers;
    for (auto& request : std::exchange(snapshots, {})) {
      answers.emplace_back(std::move(request), loop.snapshot());
    }
    // The listener may crash this host, which must not destroy what is being called.
    if (auto told = loop.take_events(); told && sink) {
      const auto listener = sink;
      listener(std::move(*told));
    }
    for (auto& [request, answer] : answers) {
      if (!is_crashed) {
        request(std::move(answer));
      }
    }
  }

  std::unique_ptr<sim_executor> exec;
  virtual_host_options options;
  timers& queue;
  const clock& time;
  rng draws;
  engine_loop loop;
  event_sink sink;
  std::vector<command> inputs;
  std::size_t input_bytes = 0;
  std::vector<snapshot_request> snapshots;
  bool pump_is_due = false;
  bool is_crashed = false;
};

virtual_host::virtual_host(std::unique_ptr<sim_executor> exec, const virtual_host_options& options,
                           timers& queue, const clock& time)
    : traits_(exec->traits()) {
  auto chosen = options;
  chosen.host = with_pool(options.host, traits_);
  pool_blocks_ = chosen.host.pool_blocks;
  state_ = std::make_shared<state>(std::move(exec), chosen, queue, time);
  state_->loop.arena().on_release([weak = state_->weak_from_this()] {
    if (const auto self = weak.lock()) {
      self->wake();
    }
  });
}

virtual_host::~virtual_host() {
  crash();
}

void virtual_host::crash() {
  if (state_ != nullptr) {
    state_->loop.arena().on_release({});
    state_->sink = {};
    state_->is_crashed = true;
    state_.reset();
  }
}

const executor_traits& virtual_host::traits() const {
  return traits_;
}

std::uint32_t virtual_host::pool_blocks() const {
  return pool_blocks_;
}

const engine_loop& virtual_host::loop() const {
  TROUPE_CHECK(state_ != nullptr);
  return state_->loop;
}

const sim_executor& virtual_host::exec() const {
  TROUPE_CHECK(state_ != nullptr);
  return *state_->exec;
}

void virtual_host::listen(event_sink sink) {
  TROUPE_CHECK(state_ != nullptr);
  state_->sink = std::move(sink);
}

result<void> virtual_host::try_submit(command what) {
  if (state_ == nullptr) {
    return error{errc::peer_gone, "the engine crashed; use another worker", "", true};
  }
  const auto size = bytes_of(what);
  const auto& bounds = state_->options.host;
  const auto fits = state_->inputs.empty() || state_->input_bytes + size <= commands_bytes_max;
  if (state_->inputs.size() >= bounds.commands_max || !fits) {
    return queue_full();
  }
  state_->inputs.push_back(std::move(what));
  state_->input_bytes += size;
  state_->wake();
  return {};
}

void virtual_host::take_snapshot(std::function<void(snapshot)> done) {
  if (state_ != nullptr) {
    state_->snapshots.push_back(std::move(done));
    state_->wake();
  }
}

} // namespace troupe::engine
