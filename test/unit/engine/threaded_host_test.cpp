// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/threaded_host.hpp"

#include "engine/core/executor_around.hpp"
#include "test/unit/engine/engine_rig.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace troupe::engine::test {

namespace {

struct threaded_rig {
  explicit threaded_rig(host_options options = small_host(64), duration cost = 100us) {
    auto sim = small_sim();
    sim.hardware = {.fixed_s = std::chrono::duration<double>(cost).count()};
    host = make_threaded_host(std::make_unique<sim_executor>(sim), options, machine_clock());
  }

  void listen() {
    host->listen([this](step_events batch) {
      const std::lock_guard lock{mutex};
      told.hear(std::move(batch));
      changed.notify_all();
    });
  }

  template <class F>
  bool wait(F done) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, 20s, [&] { return done(told); });
  }

  std::mutex mutex;
  std::condition_variable changed;
  listener told;
  std::unique_ptr<engine_host> host;
};

/// Computes on a thread of its own from `begin` on, as a device does.
class beside final : public executor_around {
public:
  explicit beside(std::unique_ptr<executor> inner)
      : executor_around(std::move(inner)), traits_(executor_around::traits()) {
    traits_.computes_beside = true;
  }

  [[nodiscard]] const executor_traits& traits() const override { return traits_; }
  void begin(const step_plan& plan) override {
    made_ = {};
    running_ = std::jthread{[this, &plan] {
      executor_around::execute(plan, made_);
    }};
  }
  void execute(const step_plan&, step_output& out) override {
    running_.join();
    out = std::move(made_);
  }

private:
  executor_traits traits_;
  step_output made_;
  std::jthread running_;
};

} // namespace

TEST_CASE("what computes beside its host makes the same tokens, imports and exports meanwhile") {
  threaded_rig rig;
  rig.host =
      make_threaded_host(std::make_unique<beside>(std::make_unique<sim_executor>(small_sim())),
                         small_host(256), machine_clock());
  rig.listen();
  const auto shared = some_tokens(100, 1);
  auto sender = make_spec(100, shared, 0);
  sender.prefill_only = true;
  sender.credit_up_to = 0;
  CHECK(rig.host->try_submit(reserve{sender}));
  CHECK(rig.host->try_submit(start{{100}}));
  std::vector<sequence_spec> specs;
  for (std::uint64_t id = 1; id <= 20; ++id) {
    specs.push_back(make_spec(id, id % 2 == 0 ? shared : some_tokens(50, id), 12));
    CHECK(rig.host->try_submit(reserve{specs.back()}));
    CHECK(rig.host->try_submit(start{{id}}));
    if (id % 5 == 0) {
      CHECK(rig.host->try_submit(
          export_blocks{{id}, specs.back().namer.all(shared), rig.host->traits().layout}));
      CHECK(rig.host->try_submit(cancel{{id}}));
    }
  }
  REQUIRE(rig.wait([&](auto& told) {
    return std::ranges::all_of(
               specs, [&](const auto& spec) { return told.sequences[spec.id.value].ends == 1; })
           && told.sequences[100].ends == 1 && told.exports_done.size() == 4;
  }));
  const std::lock_guard lock{rig.mutex};
  CHECK(rig.told.sequences[100].exports.size() == 6);
  for (const auto& spec : specs) {
    const auto& told = rig.told.sequences[spec.id.value];
    CHECK(told.in_order);
    if (*told.end->end == end_kind::length) {
      CHECK(told.tokens == expected_answer(spec, small_sim().vocabulary));
    }
  }
}

TEST_CASE("a threaded engine serves sequences and snapshots and wakes from idleness") {
  threaded_rig rig;
  rig.listen();
  std::vector<sequence_spec> specs;
  for (std::uint64_t id = 1; id <= 8; ++id) {
    specs.push_back(make_spec(id, some_tokens(30, id), 12));
    CHECK(rig.host->try_submit(reserve{specs.back()}));
    CHECK(rig.host->try_submit(start{{id}}));
    if (id == 4) {
      CHECK(rig.wait([](auto& told) { return told.sequences[4].ends == 1; }));
    }
  }
  CHECK(rig.wait([](auto& told) {
    for (std::uint64_t id = 1; id <= 8; ++id) {
      if (told.sequences[id].ends == 0) {
        return false;
      }
    }
    return true;
  }));
  for (const auto& spec : specs) {
    const std::lock_guard lock{rig.mutex};
    CHECK(rig.told.sequences[spec.id.value].tokens
          == expected_answer(spec, small_sim().vocabulary));
  }

  std::optional<std::size_t> names;
  rig.host->take_snapshot([&](engine_host::snapshot seen) {
    const std::lock_guard lock{rig.mutex};
    names = seen.names.size();
    rig.changed.notify_all();
  });
  CHECK(rig.wait([&](auto&) { return names.has_value(); }));
  CHECK(*names == 16);
}

TEST_CASE("a full staging arena wakes the engine when bytes come back") {
  auto options = small_host(64);
  options.staging_bytes_max = 64;
  threaded_rig rig{options};
  std::vector<blob> held;
  std::size_t parts = 0;
  rig.host->listen([&](step_events batch) {
    const std::lock_guard lock{rig.mutex};
    for (auto& what : batch.events) {
      if (auto* part = std::get_if<exported>(&what)) {
        held.push_back(part->data);
        ++parts;
        part->data = {};
      }
    }
    rig.told.hear(std::move(batch));
    rig.changed.notify_all();
  });
  auto spec = make_spec(1, some_tokens(60, 1), 0);
  spec.prefill_only = true;
  CHECK(rig.host->try_submit(reserve{spec}));
  CHECK(rig.host->try_submit(start{{1}}));

  for (std::size_t expected = 1; expected <= 3; ++expected) {
    CHECK(rig.wait([&](auto&) { return parts == expected; }));
    std::vector<blob> released;
    const std::lock_guard lock{rig.mutex};
    released.swap(held);
  }

  CHECK(rig.wait([](auto& told) { return told.sequences[1].ends == 1; }));
}

TEST_CASE("commands over commands_max are refused, none is half taken") {
  auto options = small_host(64);
  options.commands_max = 3;
  threaded_rig rig{options};
  for (int count = 0; count < 3; ++count) {
    CHECK(rig.host->try_submit(cancel{{9}}));
  }

  const auto fourth = rig.host->try_submit(cancel{{9}});

  REQUIRE(!fourth);
  CHECK(fourth.err().code == errc::overloaded);
  CHECK(fourth.err().retryable);
}

TEST_CASE("an engine joins in the midst of a long step without waiting for it") {
  threaded_rig rig{small_host(64), 3600s};
  rig.listen();
  CHECK(rig.host->try_submit(reserve{make_spec(1, some_tokens(30, 1), 12)}));
  CHECK(rig.host->try_submit(start{{1}}));
  CHECK(rig.host->try_submit(give_credit{{1}, 2}));

  rig.host.reset();

  CHECK(rig.told.sequences[1].tokens.empty());
}

} // namespace troupe::engine::test
