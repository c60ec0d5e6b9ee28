// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/engine/llama_peer.hpp"

#include "apps/troupe/bench/engine/engine_rates.hpp"
#include "runtime/json/read.hpp"
#include "runtime/process/run_program.hpp"

#include <chrono>
#include <filesystem>

namespace troupe::bench {
namespace {

constexpr auto round_time_max = std::chrono::minutes{10};

double number_of(const json::value& of, std::string_view name) {
  const auto* found = of.find(name);
  return found == nullptr ? 0 : found->as_number().value_or(0);
}

error not_understood(std::string_view program) {
  return {.code = errc::malformed,
          .text = std::string{program}
                  + " printed something else than expected; its version may "
                    "differ from the one this was made for (ggml 0.27)",
          .field = "bench.peer"};
}

std::string text_of(std::uint32_t number) {
  return std::to_string(number);
}

} // namespace

result<rates> read_llama_bench(std::string_view text) {
  const auto all = json::parse(text);
  const auto* runs = all ? all->as_array() : nullptr;
  rates out;
  for (std::size_t i = 0; runs != nullptr && i < runs->size(); ++i) {
    const auto& one = (*runs)[i];
    const auto rate = number_of(one, "avg_ts");
    if (number_of(one, "n_prompt") == prefill_tokens) {
      out["prefill_512"] = rate;
    } else if (number_of(one, "n_gen") == decode_tokens) {
      out["decode_128"] = rate;
    }
  }
  if (out.size() != 2 || out.begin()->second <= 0 || out.rbegin()->second <= 0) {
    return not_understood("llama-bench");
  }
  return out;
}

result<rates> read_batched_bench(std::string_view text) {
  rates out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty() || line.front() != '{') {
      continue;
    }
    const auto one = json::parse(line);
    const auto rate = one ? number_of(*one, "speed_tg") : 0;
    if (rate <= 0) {
      return not_understood("llama-batched-bench");
    }
    out["decode_batch_" + text_of(static_cast<std::uint32_t>(number_of(*one, "pl")))] = rate;
  }
  if (out.empty()) {
    return not_understood("llama-batched-bench");
  }
  return out;
}

result<std::string> llama_peer::output_of(std::vector<std::string> argv) {
  const auto program = argv.front();
  const auto end = process::run_program(children_, {.argv = std::move(argv),
                                                    .environment = environment_,
                                                    .timeout = round_time_max,
                                                    .output_bytes_max = std::size_t{1} << 20U});
  if (!end) {
    return end.err();
  }
  if (end->code != 0 || end->timed_out) {
    return error{.code = errc::io_failed,
                 .text = program + " ended with code " + std::to_string(end->code) + ": "
                         + end->errors.substr(end->errors.size()
                                              - std::min<std::size_t>(end->errors.size(), 400)),
                 .field = "bench.peer"};
  }
  return end->out;
}

result<rates> llama_peer::run(const std::string& file, std::uint32_t threads) {
  const auto count = text_of(threads);
  const auto alone = output_of({path_, "-m", file, "-t", count, "-p", text_of(prefill_tokens), "-n",
                                text_of(decode_tokens), "-r", "1", "-lm", "none", "-o", "json"});
  if (!alone) {
    return alone.err();
  }
  auto all = read_llama_bench(*alone);
  if (!all) {
    return all.err();
  }
  const auto beside = std::filesystem::path{path_}.parent_path() / "llama-batched-bench";
  const auto together =
      output_of({beside.string(), "-m", file, "-t", count, "-npp", text_of(batch_prompt_tokens),
                 "-ntg", text_of(batch_decode_tokens), "-npl", "8,32", "-c", "4096", "-lm", "none",
                 "--output-format", "jsonl"});
  if (!together) {
    return together.err();
  }
  const auto batches = read_batched_bench(*together);
  if (!batches) {
    return batches.err();
  }
  all->insert(batches->begin(), batches->end());
  return all;
}

} // namespace troupe::bench
