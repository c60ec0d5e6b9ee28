// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/context_key.hpp"
#include "engine/core/engine_loop.hpp"
#include "engine/core/page_copies.hpp"
#include "engine/core/sim/sim_executor.hpp"
#include "runtime/base/rng.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What the engine's tests share: specs, the oracle of the simulated engine, what was told, and an
/// engine_loop driven by hand.
namespace troupe::engine::test {

inline token_list some_tokens(std::uint32_t count, std::uint64_t seed) {
  rng draws{seed};
  token_list tokens(count);
  for (auto& token : tokens) {
    token = static_cast<token_id>(draws.below(1000));
  }
  return tokens;
}

inline block_namer some_namer(std::string_view salt = "tenant") {
  return {content_id{{1, 2}}, "", salt, 99};
}

inline sequence_spec make_spec(std::uint64_t id, token_list prompt, std::uint32_t max_tokens) {
  sequence_spec spec;
  spec.id = {id};
  spec.prompt = std::move(prompt);
  spec.how.seed = 7;
  spec.max_tokens = max_tokens;
  spec.namer = some_namer();
  spec.credit_up_to = 1'000'000;
  return spec;
}

/// All answer tokens of the spec, the delivered ones first.
inline token_list expected_answer(const sequence_spec& spec, const sim_vocabulary& vocabulary) {
  auto history = sim_history_of(context_key(spec.namer), spec.prompt);
  token_list answer;
  while (answer.size() < spec.max_tokens) {
    const auto token = sim_token(vocabulary, history, spec.how.seed, spec.choice);
    answer.push_back(token);
    history = sim_history_next(history, token);
  }
  return answer;
}

/// What an engine told of one sequence.
struct told_of {
  std::optional<reserved> reservation;
  std::optional<error> refused;
  std::vector<sequence_phase> phases;
  std::vector<imported> imports;
  std::vector<exported> exports;
  token_list tokens;
  std::vector<token_logprobs> logprobs;
  std::vector<token_logprobs> scores; ///< Of the prompt.
  std::optional<std::uint32_t> next_score;
  bool scores_in_order = true; ///< Without a gap, and none after a token.
  bool in_order = true;
  std::vector<std::vector<float>> embeddings;
  std::optional<produced> end;
  int ends = 0;
};

struct listener {
  std::map<std::uint64_t, told_of> sequences;
  std::vector<exported> named_exports;
  std::vector<export_done> exports_done;
  std::vector<pool_log_entry> log;
  engine_stats stats;
  std::size_t batches = 0;

  void hear(step_events batch) {
    ++batches;
    stats = batch.stats;
    for (auto& what : batch.events) {
      std::visit([this](auto& each) { note(each); }, what);
    }
  }

  void note(const reserved& what) { sequences[what.id.value].reservation = what; }
  void note(const sequence_refused& what) { sequences[what.id.value].refused = what.why; }
  void note(const imported& what) { sequences[what.id.value].imports.push_back(what); }
  void note(const phase_changed& what) { sequences[what.id.value].phases.push_back(what.phase); }
  void note(const pool_log_entry& what) { log.push_back(what); }
  void note(const scored& what) {
    auto& seq = sequences[what.id.value];
    seq.scores_in_order = seq.scores_in_order && seq.tokens.empty()
                          && what.first == seq.next_score.value_or(what.first);
    seq.next_score = what.first + static_cast<std::uint32_t>(what.logprobs.size());
    seq.scores.insert(seq.scores.end(), what.logprobs.begin(), what.logprobs.end());
  }
  void note(const embedded& what) { sequences[what.id.value].embeddings.push_back(what.values); }
  void note(const export_done& what) { exports_done.push_back(what); }
  void note(exported& what) {
    auto& list = what.id.value != 0 ? named_exports : sequences[what.sequence.value].exports;
    list.push_back(std::move(what));
  }
  void note(const produced& what) {
    auto& seq = sequences[what.id.value];
    if (!what.tokens.empty()) {
      seq.in_order =
          seq.in_order && (seq.tokens.empty() || what.first_index == next_[what.id.value]);
      next_[what.id.value] = what.first_index + static_cast<std::uint32_t>(what.tokens.size());
    }
    seq.tokens.insert(seq.tokens.end(), what.tokens.begin(), what.tokens.end());
    seq.logprobs.insert(seq.logprobs.end(), what.logprobs.begin(), what.logprobs.end());
    if (what.end) {
      seq.end = what;
      ++seq.ends;
    }
  }

private:
  std::map<std::uint64_t, std::uint32_t> next_;
};

inline host_options small_host(std::uint32_t blocks) {
  host_options options;
  options.pool_blocks = blocks;
  return options;
}

inline sim_options small_sim() {
  sim_options options;
  options.vocabulary = {1000, {0, 5}};
  options.block_bytes = 64;
  options.context_tokens_max = 4096;
  return options;
}

/// As above; of its pages the last ones see a window.
inline sim_options windowed_sim(kv_groups groups) {
  auto options = small_sim();
  options.groups = groups;
  options.block_bytes = std::size_t{16} * groups.pages();
  return options;
}

/// The bytes of a block of the simulation, with its window pages or without.
inline bytes sim_block(block_name name, const executor_traits& of, bool has_windows = true) {
  bytes data(has_windows ? of.block_bytes : of.full_bytes());
  const auto size = of.page_bytes();
  for (std::size_t page = 0; page * size < data.size(); ++page) {
    fill_sim_payload(page_name(name, static_cast<std::uint32_t>(page)),
                     std::span{data}.subspan(page * size, size));
  }
  return data;
}

/// An engine_loop whose work is done at once, in order. Invariants are checked at every turn.
struct loop_rig : listener {
  explicit loop_rig(host_options options = small_host(64), engine_mutants mutants = {},
                    sim_options sim = small_sim())
      : exec(std::move(sim)), loop(options, exec, mutants) {}

  void say(command what) {
    loop.accept(std::move(what));
    loop.check_invariants();
    listen();
  }
  void begin(sequence_spec spec, std::uint32_t alone_until = 0) {
    const auto id = spec.id;
    say(reserve{std::move(spec)});
    say(start{id, alone_until});
  }

  void transfer() {
    loop.seal_exports();
    while (auto work = loop.next_import()) {
      write_pages(exec, work->slots, work->data.view());
      loop.finish_import(work->work);
      loop.check_invariants();
    }
    while (auto work = loop.next_export()) {
      read_pages(exec, work->slots, work->bytes);
      loop.finish_export(work->work);
      loop.check_invariants();
    }
  }

  /// One step; false when there was nothing to compute.
  bool step() {
    transfer();
    const auto* plan = loop.next_step();
    bool has_more = plan != nullptr || loop.has_import();
    rows.clear();
    if (plan != nullptr) {
      for (const auto& row : plan->rows) {
        rows.emplace_back(row.sequence, static_cast<std::uint32_t>(row.tokens.size()));
      }
      step_output out;
      exec.execute(*plan, out);
      loop.finish_step(out, out.cost);
    } else if (const auto save = loop.next_save()) {
      read_pages(exec, save->slots, save->bytes);
      loop.finish_save(*save);
      has_more = true;
    }
    loop.check_invariants();
    transfer();
    listen();
    return has_more;
  }

  /// Until nothing is left to do.
  void run(int steps_max = 100'000) {
    while (steps_max-- > 0 && step()) {
    }
  }

  void listen() {
    if (auto told = loop.take_events()) {
      hear(std::move(*told));
    }
  }

  sim_executor exec;
  engine_loop loop;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> rows; ///< Of the last step.
};

} // namespace troupe::engine::test
