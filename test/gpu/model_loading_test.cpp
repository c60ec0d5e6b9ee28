// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/decoder/model_loading.hpp"

#include "runtime/base/rng.hpp"
#include "test/conformance/support/coded_weights.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/conformance/support/step_runner.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

using namespace troupe;
using cuda::part;
using engine::ops::dtype;

namespace {

constexpr cuda::backend own_backend{.make_product = cuda::make_own_product};

constexpr cuda::model_facts facts{.layers = 2,
                                  .hidden = 64,
                                  .heads = 2,
                                  .kv_heads = 1,
                                  .head_dim = 64,
                                  .feed_forward = 48,
                                  .vocab = 40,
                                  .rotary_dim = 64,
                                  .eps = 1e-5F,
                                  .embed_scale = 1,
                                  .attention_scale = 0.125F,
                                  .experts = {.count = 2,
                                              .chosen = 1,
                                              .feed_forward = 16,
                                              .shared_feed_forward = 24,
                                              .scale = 1,
                                              .groups = 1,
                                              .groups_chosen = 1,
                                              .has_bias = 1},
                                  .block_size = 16,
                                  .full_pages = 1,
                                  .page_layers = 2,
                                  .context_tokens_max = 64,
                                  .step_rows_max = 32,
                                  .step_sequences_max = 4,
                                  .content = {3, 4},
                                  .ranks = 1};
const std::vector<cuda::layer_facts> layers{
    {.rope = cuda::turns::common}, {.window = 20, .rope = cuda::turns::local, .has_experts = 1}};

/// The same with attention over latent keys.
constexpr cuda::model_facts latent_facts = [] {
  auto all = facts;
  all.rotary_dim = 16;
  all.latent = {.kv_rank = 48,
                .query_rank = 24,
                .plain_dim = 8,
                .rope_dim = 16,
                .value_dim = 32,
                .norm_eps = 1e-6F};
  return all;
}();

bool has_latent_keys(const cuda::model_facts& of) {
  return of.latent.kv_rank > 0;
}

/// By part, the bytes of it: bf16 of matrices, fp32 of all else.
std::vector<std::byte> bytes_of(const cuda::model_facts& of, part what, std::int32_t layer) {
  const auto turns = std::size_t{64} * static_cast<std::size_t>(of.rotary_dim / 2);
  const std::size_t value_cols = has_latent_keys(of) ? 64 : 128;
  const std::map<part, std::size_t> matrices{{part::embedding, 40 * 64},
                                             {part::head, 40 * 64},
                                             {part::qkv, 256 * 64},
                                             {part::attention_out, 64 * value_cols},
                                             {part::gate_up, 96 * 64},
                                             {part::down, 64 * 48},
                                             {part::router, 2 * 64},
                                             {part::expert_gate_up, 2 * 32 * 64},
                                             {part::expert_down, 2 * 64 * 16},
                                             {part::shared_gate_up, 48 * 64},
                                             {part::shared_down, 64 * 24},
                                             {part::shared_gate, 64},
                                             {part::query_down, 24 * 64},
                                             {part::query_up, 2 * 24 * 24},
                                             {part::key_down, 64 * 64},
                                             {part::into_latent, 2 * 48 * 8},
                                             {part::value_up, 2 * 32 * 48}};
  const std::map<part, std::size_t> numbers{{part::cos, turns},
                                            {part::sin, turns},
                                            {part::local_cos, turns},
                                            {part::local_sin, turns},
                                            {part::qkv_bias, 256},
                                            {part::q_norm, 64},
                                            {part::k_norm, 64},
                                            {part::sinks, 2},
                                            {part::choice_bias, 2},
                                            {part::router_bias, 2},
                                            {part::query_norm, 24},
                                            {part::key_norm, 48},
                                            {part::expert_down_bias, 2 * 64},
                                            {part::expert_gate_up_bias, 2 * 32}};
  rng random{static_cast<std::uint64_t>(what) * 16 + static_cast<std::uint64_t>(layer) + 1};
  const auto made = [](const auto& values) {
    const auto all = std::as_bytes(std::span{values});
    return std::vector<std::byte>(all.begin(), all.end());
  };
  if (const auto found = matrices.find(what); found != matrices.end()) {
    return made(test::narrowed(test::normals(found->second, 0.2F, random)));
  }
  const auto found = numbers.find(what);
  return made(test::normals(found != numbers.end() ? found->second : 64, 0.5F, random));
}

struct whole_part {
  part what;
  std::int32_t layer;
};

/// The same with the head and rows of v in places of their own, or in others' places.
cuda::model_facts with_tied_head() {
  auto all = facts;
  all.has_tied_head = 1;
  return all;
}

std::vector<cuda::layer_facts> with_values() {
  auto all = layers;
  for (auto& one : all) {
    one.has_values = 1;
  }
  return all;
}

bool is_of_latent_keys(part what) {
  return what >= part::query_down && what <= part::value_up;
}

/// Of both layers, in the order of the enumeration.
std::vector<whole_part> all_parts(const cuda::model_facts& of) {
  std::vector<whole_part> all;
  for (std::int32_t i = 0; i < cuda::parts_count; ++i) {
    const auto what = static_cast<part>(i);
    if (has_latent_keys(of) ? what == part::qkv || what == part::qkv_bias
                            : is_of_latent_keys(what)) {
      continue;
    }
    if (what == part::values) {
      continue;
    }
    all.push_back({what, 0});
    if (what >= part::input_norm && what != part::final_norm_bias) {
      all.push_back({what, 1});
    }
  }
  return all;
}

result<void> put(cuda::model_load& to, const cuda::model_facts& of, const whole_part& one,
                 std::size_t pieces) {
  const auto all = bytes_of(of, one.what, one.layer);
  const auto piece = all.size() / pieces;
  for (std::size_t i = 0; i < pieces; ++i) {
    const auto from = i * piece;
    const auto here = i + 1 == pieces ? all.size() - from : piece;
    if (auto done =
            to.put({one.what, one.layer, dtype::bf16}, from, std::span{all}.subspan(from, here));
        !done) {
      return done;
    }
  }
  return {};
}

token_list answer_of(cuda::model_load& load) {
  token_list prompt(21);
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    prompt[i] = static_cast<token_id>(i * i % 40);
  }
  auto made = load.finish(own_backend);
  REQUIRE_MESSAGE(made.has_value(), (made ? "" : made.err().text));
  auto& execution = **made;
  CHECK(execution.traits().content == content_id{{3, 4}});
  CHECK(execution.traits().context_tokens_max == 64);
  CHECK_FALSE(execution.traits().scores_prompts);
  execution.allocate_pool(4);
  return test::answer(execution, prompt, 8, 7);
}

/// Whether the error is of that code and names these words.
bool says(const error& why, errc code, std::string_view words) {
  return why.code == code && why.text.find(words) != std::string::npos;
}

} // namespace

TEST_CASE("a model that came in pieces answers as one that came at once") {
  if (test::lacks_device()) {
    return;
  }
  for (const auto& model : {facts, latent_facts}) {
    std::set<token_list> answers;
    for (const std::size_t pieces : {1U, 3U}) {
      cuda::model_load load{model, layers};
      for (const auto& one : all_parts(model)) {
        REQUIRE(put(load, model, one, pieces).has_value());
      }
      answers.insert(answer_of(load));
    }
    CHECK(answers.size() == 1);
  }
}

TEST_CASE("each part that is missing is told by its number, but for those a layer may lack") {
  if (test::lacks_device()) {
    return;
  }
  const std::set<part> optional{
      part::qkv_bias,           part::q_norm,      part::k_norm,          part::sinks,
      part::attention_out_norm, part::down_norm,   part::input_norm_bias, part::attention_out_bias,
      part::post_norm_bias,     part::choice_bias, part::shared_gate,     part::final_norm_bias};
  const auto may_lack = [&](const whole_part& one) {
    const bool is_of_experts =
        (one.what >= part::router && one.what <= part::shared_gate)
        || (one.what >= part::router_bias && one.what <= part::expert_down_bias);
    const bool is_of_mlp = one.what == part::gate_up || one.what == part::down;
    return optional.contains(one.what) || (is_of_experts && one.layer == 0)
           || (is_of_mlp && one.layer == 1);
  };
  for (const auto& model : {facts, latent_facts}) {
    for (const auto& left_out : all_parts(model)) {
      cuda::model_load load{model, layers};
      for (const auto& one : all_parts(model)) {
        if (one.what != left_out.what || one.layer != left_out.layer) {
          REQUIRE(put(load, model, one, 1).has_value());
        }
      }
      const auto made = load.finish(own_backend);
      CAPTURE(static_cast<std::int32_t>(left_out.what));
      CHECK(made.has_value() == may_lack(left_out));
      if (!made) {
        CHECK(says(made.err(), errc::invalid_value,
                   "part " + std::to_string(static_cast<std::int32_t>(left_out.what))));
      }
    }
  }
}

TEST_CASE("parts that no model has, of another size, out of order or twice are refused") {
  if (test::lacks_device()) {
    return;
  }
  cuda::model_load load{facts, layers};
  const auto norm = bytes_of(facts, part::final_norm, 0);
  const auto half = std::span{norm}.first(norm.size() / 2);
  const auto refused = [&](part what, std::int32_t layer, std::uint64_t offset,
                           std::span<const std::byte> data) {
    const auto done = load.put({what, layer, dtype::bf16}, offset, data);
    return !done && done.err().code == errc::invalid_value;
  };
  CHECK(refused(static_cast<part>(cuda::parts_count), 0, 0, half));
  CHECK(refused(static_cast<part>(-1), 0, 0, half));
  CHECK(refused(part::input_norm, 2, 0, half));
  CHECK(refused(part::input_norm, -1, 0, half));
  CHECK(refused(part::final_norm, 0, 4, half));
  CHECK(refused(part::sinks, 0, 0, half));
  CHECK(refused(part::key_norm, 0, 0, half)); // It has no latent keys.
  REQUIRE(load.put({part::final_norm, 0, dtype::bf16}, 0, half).has_value());
  CHECK(refused(part::final_norm, 0, 0, half));
  CHECK(refused(part::final_norm, 0, half.size(), norm));
  REQUIRE(load.put({part::final_norm, 0, dtype::bf16}, half.size(), half).has_value());
  CHECK(refused(part::final_norm, 0, norm.size(), half));
}

TEST_CASE("a head that is the embedding, and rows of v apart, answer as they do in other places") {
  if (test::lacks_device()) {
    return;
  }
  const auto embedding = bytes_of(facts, part::embedding, 0);
  const auto answer_with = [&](const cuda::model_facts& model,
                               const std::vector<cuda::layer_facts>& each) {
    cuda::model_load load{model, each};
    for (const auto& one : all_parts(model)) {
      const auto all = bytes_of(model, one.what, one.layer);
      const auto put_all = [&](part what, std::span<const std::byte> data) {
        REQUIRE(load.put({what, one.layer, dtype::bf16}, 0, data).has_value());
      };
      if (one.what == part::head) {
        if (model.has_tied_head == 0) {
          put_all(part::head, embedding);
        }
      } else if (one.what == part::qkv && each.front().has_values != 0) {
        constexpr std::size_t split = std::size_t{192} * 64 * sizeof(cuda::bf16);
        put_all(part::qkv, std::span{all}.first(split));
        put_all(part::values, std::span{all}.subspan(split));
      } else {
        put_all(one.what, all);
      }
    }
    return answer_of(load);
  };
  const auto answer = answer_with(facts, layers);
  CHECK(answer_with(with_tied_head(), layers) == answer);
  CHECK(answer_with(facts, with_values()) == answer);
}

TEST_CASE("parts come in codes where they may be, each of one type") {
  if (test::lacks_device()) {
    return;
  }
  rng random{9};
  const auto codes = test::make_coded(dtype::q8_0, 96, 64, random);
  cuda::model_load load{facts, layers};
  const auto refused = [&](const cuda::part_place& where, std::uint64_t offset,
                           std::span<const std::byte> data, std::string_view words) {
    const auto done = load.put(where, offset, data);
    return !done && says(done.err(), errc::invalid_value, words);
  };
  const std::span all{codes.packed};
  const auto half = all.first(all.size() / 2);
  CHECK(refused({part::router, 1, dtype::q8_0}, 0, half, "part 22 of layer 1 cannot be q8_0"));
  CHECK(refused({part::down, 0, dtype::q8_0}, 0, half, "cannot be q8_0")); // 48 inputs.
  CHECK(refused({part::gate_up, 0, static_cast<dtype>(99)}, 0, half, "cannot be of that type"));
  REQUIRE(load.put({part::gate_up, 0, dtype::q8_0}, 0, half).has_value());
  CHECK(refused({part::gate_up, 0, dtype::bf16}, half.size(), half, "it began as q8_0"));
  REQUIRE(
      load.put({part::gate_up, 0, dtype::q8_0}, half.size(), all.subspan(half.size())).has_value());
  for (const auto& one : all_parts(facts)) {
    if (one.what != part::gate_up || one.layer != 0) {
      REQUIRE(put(load, facts, one, 1).has_value());
    }
  }
  CHECK(answer_of(load).size() == 8);
}
