// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/engine/bench_shape.hpp"

#include "apps/troupe/bench/engine/bench_checkpoint.hpp"
#include "apps/troupe/bench/engine/engine_rates.hpp"
#include "engine/model/native_executor.hpp"
#include "test/support/model_files.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace troupe;
using namespace troupe::bench;
using engine::gguf_type;

TEST_CASE("a shape's file is a model that runs, and is written once") {
  const auto* shape = find_shape("tiny");
  REQUIRE(shape != nullptr);
  for (const auto type :
       {gguf_type::bf16, gguf_type::q8_0, gguf_type::q4_0, gguf_type::q4_k, gguf_type::q6_k}) {
    const test::temporary_directory directory;
    const auto path = write_shape(*shape, type, directory.path());
    REQUIRE(path.has_value());
    const auto written = std::filesystem::last_write_time(*path);
    CHECK(*write_shape(*shape, type, directory.path()) == *path);
    CHECK(std::filesystem::last_write_time(*path) == written);

    const auto model = engine::load_native(*path);
    REQUIRE(model.has_value());
    CHECK(model->spec.layers == 2);
    engine_rates rates{*model->execution};
    CHECK(rates.prefill() > 0);
    CHECK(rates.decode_batch(8) > 0);
  }
}

TEST_CASE("a shape in codes of checkpoints is a model that runs, and is written once") {
  for (const auto codes : {checkpoint_codes::fp8, checkpoint_codes::awq}) {
    const test::temporary_directory directory;
    const auto path = write_checkpoint(*find_shape("tiny"), codes, directory.path());
    REQUIRE(path.has_value());
    const auto main = *path + "/model.safetensors";
    const auto written = std::filesystem::last_write_time(main);
    CHECK(*write_checkpoint(*find_shape("tiny"), codes, directory.path()) == *path);
    CHECK(std::filesystem::last_write_time(main) == written);

    const auto model = engine::load_native(*path);
    REQUIRE_MESSAGE(model.has_value(), (model ? "" : model.err().text));
    CHECK(model->spec.layers == 2);
    engine_rates rates{*model->execution};
    CHECK(rates.prefill() > 0);
    CHECK(rates.decode_batch(8) > 0);
  }
  CHECK(checkpoint_codes_of("fp8") == checkpoint_codes::fp8);
  CHECK(!checkpoint_codes_of("q8_0"));
}

TEST_CASE("a directory that cannot be written to is named") {
  const auto path = write_shape(*find_shape("tiny"), gguf_type::q8_0, "/proc/nothing");
  REQUIRE_FALSE(path.has_value());
  CHECK(path.err().code == errc::io_failed);
  CHECK(path.err().text.find("/proc/nothing/tiny-q8_0.gguf") == 0);
  CHECK(write_checkpoint(*find_shape("tiny"), checkpoint_codes::awq, "/proc/nothing").err().code
        == errc::io_failed);
  CHECK(find_shape("llama-2b") == nullptr);
  CHECK(shape_names().find("llama-1b") == 0);
}
