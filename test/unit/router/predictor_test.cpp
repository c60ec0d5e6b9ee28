// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/predictor.hpp"

#include <doctest/doctest.h>

using namespace troupe;

TEST_CASE("cached tokens shorten the prediction by their computation") {
  const predictor_config config;
  const candidate cold{.decode_step_ms = 10, .decode_prefill_rate = 1000};
  auto warm = cold;
  warm.decode_cached_tokens = 800;

  const auto cold_ms = predict(cold, 1000, config).ttft_ms;
  const auto warm_ms = predict(warm, 1000, config).ttft_ms;

  CHECK(cold_ms - warm_ms == doctest::Approx(800));
  CHECK(predict(warm, 1000, config).computed_tokens == 200);
}

TEST_CASE("a local prefill harms the decodes that share its engine, a remote one does not") {
  const predictor_config config;
  const candidate local{.decode_running = 8, .decode_step_ms = 10, .decode_prefill_rate = 1000};
  auto remote = local;
  remote.remote = true;
  remote.prefill_rate = 1000;

  CHECK(predict(local, 1000, config).harm_ms > predict(remote, 1000, config).harm_ms + 5000);
}

TEST_CASE("work that waits in front delays the first token at the measured rate") {
  const predictor_config config;
  candidate queue{.decode_step_ms = 10, .decode_prefill_rate = 2000};
  const auto idle_ms = predict(queue, 100, config).ttft_ms;
  queue.decode_waiting_tokens = 4000;

  CHECK(predict(queue, 100, config).ttft_ms - idle_ms == doctest::Approx(2000));
}

TEST_CASE("a worker that has not measured itself is taken at the configured rate") {
  const predictor_config config{.prefill_rate_unknown = 500, .step_ms_unknown = 0};

  CHECK(predict({}, 100, config).ttft_ms == doctest::Approx(200));
}
