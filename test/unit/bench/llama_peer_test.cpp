// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/engine/llama_peer.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::bench;

TEST_CASE("what llama-bench prints is read as figures") {
  const auto all = read_llama_bench(R"([
    {"n_prompt": 512, "n_gen": 0, "avg_ts": 71.5, "samples_ts": [71.5]},
    {"n_prompt": 0, "n_gen": 128, "avg_ts": 33.25}])");
  REQUIRE(all.has_value());
  CHECK(*all == rates{{"prefill_512", 71.5}, {"decode_128", 33.25}});

  for (const auto* text : {"", "[]", "{}", "[1]", R"([{"n_prompt": 512, "avg_ts": 1}])",
                           R"([{"n_prompt": 512, "avg_ts": 0}, {"n_gen": 128, "avg_ts": 1}])"}) {
    CHECK(read_llama_bench(text).err().code == errc::malformed);
  }
}

TEST_CASE("what llama-batched-bench prints is read line by line") {
  const auto all = read_batched_bench("main: starting\n"
                                      R"({"pl": 8, "speed_tg": 46.5})"
                                      "\n\n"
                                      R"({"pl": 32, "speed_tg": 90})");
  REQUIRE(all.has_value());
  CHECK(*all == rates{{"decode_batch_8", 46.5}, {"decode_batch_32", 90}});
  CHECK(read_batched_bench("nothing\n").err().code == errc::malformed);
  CHECK(read_batched_bench(R"({"pl": 8})").err().code == errc::malformed);
  CHECK(read_batched_bench("{").err().code == errc::malformed);
}

TEST_CASE("a peer that fails says how") {
  llama_peer peer{"/bin/false", {}};
  const auto all = peer.run("x.gguf", 1);
  REQUIRE_FALSE(all.has_value());
  CHECK(all.err().code == errc::io_failed);
  CHECK(all.err().text.find("/bin/false ended with code 1") == 0);
}
