// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/engine_loop.hpp"
#include "engine/core/page_copies.hpp"
#include "engine/model/native_executor.hpp"
#include "test/unit/engine/engine_rig.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>

namespace troupe::test {

/// An engine's loop over a real model, driven by hand, that hears what it tells.
struct native_engine : engine::test::listener {
  native_engine(const std::string& directory, engine::host_options options,
                std::uint32_t threads = 1)
      : model(load(directory, threads)), loop(options, *model.execution) {}

  [[nodiscard]] engine::sequence_spec spec(std::uint64_t id, token_list prompt,
                                           std::uint32_t answer_tokens) const {
    auto of = engine::test::make_spec(id, std::move(prompt), answer_tokens);
    of.namer = {model.execution->traits().content, "", "tenant", 99};
    return of;
  }

  void say(engine::command what) {
    loop.accept(std::move(what));
    listen();
  }
  void begin(const engine::sequence_spec& of) {
    say(engine::reserve{of});
    say(engine::start{of.id});
  }

  void transfer() {
    loop.seal_exports();
    while (auto work = loop.next_import()) {
      engine::write_pages(*model.execution, work->slots, work->data.view());
      loop.finish_import(work->work);
    }
    while (auto work = loop.next_export()) {
      engine::read_pages(*model.execution, work->slots, work->bytes);
      loop.finish_export(work->work);
    }
    listen();
  }

  void step() {
    transfer();
    if (const auto* plan = loop.next_step()) {
      engine::step_output out;
      model.execution->execute(*plan, out);
      loop.finish_step(out, out.cost);
    }
    loop.check_invariants();
    transfer();
  }

  /// Until sequence `id` has ended.
  void run_to_end_of(std::uint64_t id) {
    for (int steps = 0; steps < 10'000 && sequences[id].ends == 0; ++steps) {
      step();
    }
    REQUIRE(sequences[id].ends == 1);
  }

  /// The bytes of the whole blocks of `of` and its answer, by their place; those that are gone are
  /// left out.
  std::map<std::uint32_t, bytes> blocks_of(const engine::sequence_spec& of) {
    auto tokens = of.prompt;
    const auto& answer = sequences[of.id.value].tokens;
    tokens.insert(tokens.end(), answer.begin(), answer.end());
    named_exports.clear();
    say(engine::export_blocks{
        {++exports_}, of.namer.all(tokens), model.execution->traits().layout});
    transfer();
    std::map<std::uint32_t, bytes> out;
    for (const auto& part : named_exports) {
      const auto view = part.data.view();
      out[part.index] = {view.begin(), view.end()};
    }
    return out;
  }

  void listen() {
    if (auto told = loop.take_events()) {
      hear(std::move(*told));
    }
  }

  engine::native_model model;
  engine::engine_loop loop;

private:
  static engine::native_model load(const std::string& directory, std::uint32_t threads) {
    auto loaded = engine::load_native(directory, {.threads = threads});
    REQUIRE_MESSAGE(loaded.has_value(), (loaded ? "" : loaded.err().text));
    return *std::move(loaded);
  }

  std::uint64_t exports_ = 0;
};

} // namespace troupe::test
