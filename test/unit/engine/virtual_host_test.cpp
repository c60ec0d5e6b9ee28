// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sim/virtual_host.hpp"

#include "runtime/base/virtual_time.hpp"
#include "test/unit/engine/engine_rig.hpp"

#include <doctest/doctest.h>

namespace troupe::engine::test {

namespace {

struct virtual_rig : listener {
  explicit virtual_rig(std::uint32_t commands_max = 4096, std::function<bool()> fails_import = {}) {
    virtual_host_options options;
    options.host = small_host(64);
    options.host.commands_max = commands_max;
    options.check_invariants = true;
    options.fails_import = std::move(fails_import);
    auto sim = small_sim();
    sim.hardware = {.fixed_s = 2e-3};
    host = std::make_unique<virtual_host>(std::make_unique<sim_executor>(sim), options, time, time);
    host->listen([this](step_events batch) { hear(std::move(batch)); });
  }

  void run() {
    while (time.step()) {
    }
  }

  virtual_time time;
  std::unique_ptr<virtual_host> host;
};

} // namespace

TEST_CASE("a virtual engine's steps take their cost in virtual time") {
  virtual_rig rig;
  const auto spec = make_spec(1, some_tokens(20, 1), 10);
  CHECK(rig.host->try_submit(reserve{spec}));
  CHECK(rig.host->try_submit(start{{1}}));
  rig.run();

  CHECK(rig.sequences[1].tokens == expected_answer(spec, small_sim().vocabulary));
  CHECK(rig.time.elapsed() == 20ms);
  CHECK(rig.stats.step_ms == doctest::Approx(2));
}

TEST_CASE("a crashed engine tells nothing more and refuses commands") {
  virtual_rig rig;
  CHECK(rig.host->try_submit(reserve{make_spec(1, some_tokens(20, 1), 10)}));
  CHECK(rig.host->try_submit(start{{1}}));
  for (int task = 0; task < 4; ++task) {
    rig.time.step();
  }
  const auto heard = rig.batches;

  rig.host->crash();
  rig.run();

  CHECK(heard > 0);
  CHECK(rig.batches == heard);
  CHECK(rig.host->try_submit(start{{1}}).err().code == errc::peer_gone);
}

TEST_CASE("commands over commands_max are refused until the queue is taken") {
  virtual_rig rig{2};
  CHECK(rig.host->try_submit(cancel{{1}}));
  CHECK(rig.host->try_submit(cancel{{2}}));
  CHECK(rig.host->try_submit(cancel{{3}}).err().code == errc::overloaded);
  rig.run();

  CHECK(rig.host->try_submit(cancel{{3}}));
}

TEST_CASE("a snapshot comes in order with the log") {
  virtual_rig rig;
  CHECK(rig.host->try_submit(reserve{make_spec(1, some_tokens(50, 1), 2)}));
  CHECK(rig.host->try_submit(start{{1}}));
  rig.run();
  std::optional<engine_host::snapshot> seen;

  rig.host->take_snapshot([&](engine_host::snapshot told) { seen = std::move(told); });
  rig.run();

  REQUIRE(seen);
  CHECK(seen->as_of == rig.log.back().seq);
  CHECK(seen->names.size() == 3);
}

TEST_CASE("a block that the pool fails to take is computed, and the answer is the same") {
  bool is_broken = true;
  virtual_rig rig{4096, [&] {
                    return is_broken;
                  }};
  const auto spec = make_spec(1, some_tokens(100, 1), 10);
  const auto block = [&](std::uint32_t index) {
    const auto name = spec.namer.all(spec.prompt).at(index);
    bytes data(64);
    fill_sim_payload(name, data);
    const auto checksum = hash64(data);
    return import_block{spec.id, index, name, rig.host->traits().layout, checksum, blob{data}};
  };
  CHECK(rig.host->try_submit(reserve{spec}));
  CHECK(rig.host->try_submit(block(0)));
  rig.run();
  is_broken = false;
  CHECK(rig.host->try_submit(block(1)));
  CHECK(rig.host->try_submit(start{spec.id}));
  rig.run();

  REQUIRE(rig.sequences[1].imports.size() == 2);
  CHECK_FALSE(rig.sequences[1].imports[0].ok);
  CHECK(rig.sequences[1].imports[1].ok);
  CHECK(rig.sequences[1].tokens == expected_answer(spec, small_sim().vocabulary));
}

} // namespace troupe::engine::test
