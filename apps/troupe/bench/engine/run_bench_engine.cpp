// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/engine/bench_checkpoint.hpp"
#include "apps/troupe/bench/engine/bench_model.hpp"
#include "apps/troupe/bench/engine/bench_shape.hpp"
#include "apps/troupe/bench/engine/busy_loops.hpp"
#include "apps/troupe/bench/engine/ceilings.hpp"
#include "apps/troupe/bench/engine/engine_rates.hpp"
#include "apps/troupe/bench/engine/llama_peer.hpp"
#include "apps/troupe/bench/median.hpp"
#include "apps/troupe/commands.hpp"
#include "apps/troupe/load_model.hpp"
#include "apps/troupe/table.hpp"
#include "engine/model/native_executor.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/json/write.hpp"
#include "runtime/process/system.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

namespace troupe {
namespace {

using namespace bench;

/// A value per round.
struct figure {
  std::vector<double> ours;
  std::vector<double> peer;
};
using figures = std::map<std::string, figure>;

struct loaded {
  std::string file;
  std::string dtype; ///< Of a shape as it was written; else "as stored".
  bool has_shares;   ///< Whether what a token costs is known: of a shape that is kept as it is.
  bool has_products; ///< Whether the limit of its products is measured, too.
  engine::native_model model;
  double load_s = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t grown_bytes = 0; ///< Resident, by loading.
};

result<loaded> load(const command_context& cx) {
  if (!cx.config.bench_peer.empty() && checkpoint_codes_of(cx.config.bench_dtype)) {
    return error{.code = errc::invalid_value,
                 .text = "--peer reads GGUF files, which have no " + cx.config.bench_dtype
                         + "; leave it out, or take another --dtype",
                 .field = "bench.peer"};
  }
  const auto file = find_model_file(cx.config);
  if (!file) {
    return file.err();
  }
  const auto before = process::rss_bytes();
  const auto begin = machine_clock().now();
  const auto weights = weight_type_of(cx.config);
  if (!weights) {
    return weights.err();
  }
  auto model = engine::load_native(*file, {.threads = cx.config.threads,
                                           .weights = *weights,
                                           .packed = named_packed_cache(cx.config, *file)});
  if (!model) {
    return model.err();
  }
  const std::chrono::duration<double> took = machine_clock().now() - begin;
  if (model->writing != nullptr) {
    model->writing->wait();
  }
  std::error_code ignored;
  const auto weights_file =
      std::filesystem::is_regular_file(*file, ignored) ? *file : *file + "/model.safetensors";
  const auto file_bytes = std::filesystem::file_size(weights_file, ignored);
  const bool is_shape = find_shape(cx.config.bench_shape) != nullptr;
  const bool is_kept = *weights == engine::weight_type::keep;
  const auto dtype = is_shape ? cx.config.bench_dtype : "as stored";
  return loaded{*file,
                is_kept                 ? dtype
                : cx.config.weights_f32 ? dtype + " as f32"
                                        : dtype + " as " + cx.config.quantize,
                is_shape && is_kept,
                !checkpoint_codes_of(cx.config.bench_dtype),
                *std::move(model),
                took.count(),
                ignored ? 0 : file_bytes,
                process::rss_bytes() - before};
}

result<figures> measure(const command_context& cx, loaded& of) {
  std::optional<llama_peer> peer;
  if (!cx.config.bench_peer.empty()) {
    peer.emplace(cx.config.bench_peer, cx.environment);
  }
  engine_rates ours{*of.model.execution};
  (void)ours.decode_batch(1);
  figures out;
  for (std::uint32_t round = 0; round < cx.config.bench_rounds; ++round) {
    std::fprintf(stderr, "bench engine: round %u of %u\n", round + 1, cx.config.bench_rounds);
    const auto alone = ours.decode();
    out["decode_128"].ours.push_back(alone);
    out["prefill_512"].ours.push_back(ours.prefill());
    out["decode_batch_8"].ours.push_back(ours.decode_batch(8));
    out["decode_batch_32"].ours.push_back(ours.decode_batch(32));
    {
      const busy_loops beside{cx.config.threads};
      out["decode_128_beside_busy_loops"].ours.push_back(ours.decode());
    }
    if (peer) {
      const auto theirs = peer->run(of.file, cx.config.threads);
      if (!theirs) {
        return theirs.err();
      }
      for (const auto& [name, rate] : *theirs) {
        out[name].peer.push_back(rate);
      }
    }
  }
  return out;
}

/// Multiplications and additions with weights per token; the output head only for one token of a
/// prompt.
double operations_of(const engine::model_spec& spec, bool is_prompt) {
  const double per_layer = static_cast<double>(spec.hidden)
                           * (2.0 * spec.q_cols() + 2.0 * spec.kv_cols() + 3.0 * spec.feed_forward);
  const double head = is_prompt ? 0 : static_cast<double>(spec.hidden) * spec.vocab;
  return 2 * (per_layer * spec.layers + head);
}

/// Of the limit that the figure runs into: arithmetic for prompts, memory for a lone answer.
std::optional<double> share_of(const std::string& name, double rate, const loaded& of,
                               const ceilings& most) {
  const auto operations =
      of.dtype != "bf16" ? most.int8_operations_per_s : most.pair_operations_per_s;
  if (of.has_shares && of.has_products && name == "prefill_512" && operations > 0) {
    return rate * operations_of(of.model.spec, true) / operations;
  }
  if (of.has_shares && name == "decode_128") {
    return rate * static_cast<double>(of.file_bytes) / most.read_bytes_per_s;
  }
  return std::nullopt;
}

json::value to_json(const command_context& cx, const loaded& of, const ceilings& most,
                    const figures& all) {
  std::vector<std::pair<std::string_view, json::value>> members;
  for (const auto& [name, one] : all) {
    auto value = json::object_of({{"tokens_per_s", median(one.ours)}});
    if (const auto share = share_of(name, median(one.ours), of, most)) {
      value.set("share_of_ceiling", *share);
    }
    if (!one.peer.empty()) {
      value.set("peer_tokens_per_s", median(one.peer));
      value.set("ratio", median(one.ours) / median(one.peer));
    }
    members.emplace_back(name, std::move(value));
  }
  return json::object_of(
      {{"shape", cx.config.bench_shape},
       {"dtype", of.dtype},
       {"threads", cx.config.threads},
       {"path", std::string{engine::cpu::select_ops().name}},
       {"rounds", cx.config.bench_rounds},
       {"file_bytes", of.file_bytes},
       {"load_s", of.load_s},
       {"resident_bytes", of.grown_bytes},
       {"ceilings", json::object_of({{"read_bytes_per_s", most.read_bytes_per_s},
                                     {"f32_operations_per_s", most.f32_operations_per_s},
                                     {"pair_operations_per_s", most.pair_operations_per_s},
                                     {"int8_operations_per_s", most.int8_operations_per_s}})},
       {"figures", json::object_of(std::move(members))}});
}

std::string text_of(const char* format, double value) {
  std::array<char, 48> out{};
  std::snprintf(out.data(), out.size(), format, value);
  return out.data();
}

void print(const command_context& cx, const loaded& of, const ceilings& most, const figures& all) {
  std::printf("%s %s, %u threads, path %s: %.0f MiB loaded in %.2f s\n",
              cx.config.bench_shape.c_str(), of.dtype.c_str(), cx.config.threads,
              std::string{engine::cpu::select_ops().name}.c_str(),
              static_cast<double>(of.file_bytes) / (1 << 20), of.load_s);
  std::printf("at most: %.1f GB/s read, %.0f GFLOP/s, %.0f of bf16, %.0f Gop/s of int8\n",
              most.read_bytes_per_s / 1e9, most.f32_operations_per_s / 1e9,
              most.pair_operations_per_s / 1e9, most.int8_operations_per_s / 1e9);
  std::vector<std::vector<std::string>> rows{{"FIGURE", "TOKENS/S", "OF CEILING", "PEER", "RATIO"}};
  for (const auto& [name, one] : all) {
    const auto rate = median(one.ours);
    const auto share = share_of(name, rate, of, most);
    rows.push_back({name, text_of("%.1f", rate), share ? text_of("%.0f %%", *share * 100) : "",
                    one.peer.empty() ? "" : text_of("%.1f", median(one.peer)),
                    one.peer.empty() ? "" : text_of("%.2f", rate / median(one.peer))});
  }
  std::fputs(format_table(rows).c_str(), stdout);
}

} // namespace

int run_bench_engine(command_context& cx) {
  const auto most = measure_ceilings(cx.config.threads);
  auto model = load(cx);
  if (!model) {
    return report(model.err());
  }
  const auto all = measure(cx, *model);
  if (!all) {
    return report(all.err());
  }
  if (cx.wants_json()) {
    std::printf("%s\n", json::write(to_json(cx, *model, most, *all)).c_str());
  } else {
    print(cx, *model, most, *all);
  }
  return 0;
}

} // namespace troupe
