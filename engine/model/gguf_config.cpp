// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_config.hpp"

#include "engine/model/gguf_names.hpp"
#include "engine/model/model_error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

namespace troupe::engine {
namespace {

constexpr std::string_view correct = "convert the model anew, or use its safetensors";
constexpr std::string_view other_engine =
    "use the model's safetensors, or an external engine for this model";

// The name of the order of rows that gguf_row_order undoes.
constexpr std::string_view row_pairs = "Meta AI original pth";

constexpr std::array<std::string_view, 21> known_keys{"context_length",
                                                      "embedding_length",
                                                      "block_count",
                                                      "feed_forward_length",
                                                      "vocab_size",
                                                      "tensor_data_layout",
                                                      "attention.head_count",
                                                      "attention.head_count_kv",
                                                      "attention.key_length",
                                                      "attention.value_length",
                                                      "attention.layer_norm_rms_epsilon",
                                                      "rope.dimension_count",
                                                      "rope.freq_base",
                                                      "rope.scaling.type",
                                                      "rope.scaling.factor",
                                                      "rope.scaling.original_context_length",
                                                      "rope.scaling.finetuned",
                                                      "expert_count",
                                                      "expert_used_count",
                                                      "attention.causal",
                                                      "pooling_type"};

std::string_view class_of(std::string_view architecture) {
  if (architecture == "llama") {
    return "LlamaForCausalLM";
  }
  return architecture == "qwen2" ? "Qwen2ForCausalLM" : "Qwen3ForCausalLM";
}

/// Reads the keys of one architecture and keeps the first error.
class reading {
public:
  reading(const gguf_file& file, std::string architecture)
      : file_(file), prefix_(std::move(architecture) + ".") {}

  [[nodiscard]] const std::optional<error>& failure() const { return failure_; }

  void complain(std::string_view subject, const std::string& what,
                std::string_view remedy = correct) {
    if (!failure_) {
      failure_ = model_error(file_.path(), subject, what, remedy);
    }
  }
  void complain_key(std::string_view name, const std::string& what,
                    std::string_view remedy = correct) {
    complain(prefix_ + std::string{name}, what, remedy);
  }

  std::optional<std::int64_t> maybe_integer(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) {
      return std::nullopt;
    }
    const auto number = value->as_integer();
    if (!number) {
      complain_key(name, "is no integer");
    }
    return number;
  }
  std::int64_t integer(std::string_view name) {
    const auto number = maybe_integer(name);
    if (!number) {
      complain_key(name, "is missing");
    }
    return number.value_or(0);
  }
  std::optional<double> maybe_number(std::string_view name) {
    const auto* value = find(name);
    if (value == nullptr) {
      return std::nullopt;
    }
    const auto number = value->as_number();
    if (!number || !std::isfinite(*number)) {
      complain_key(name, "is no finite number");
      return std::nullopt;
    }
    return number;
  }
  std::string text_or(std::string_view name, std::string_view otherwise) {
    const auto* value = find(name);
    if (value != nullptr && !value->as_string()) {
      complain_key(name, "is no text");
    }
    return std::string{value == nullptr ? otherwise : value->as_string().value_or(otherwise)};
  }
  [[nodiscard]] const gguf_value* find(std::string_view name) const {
    return file_.find(prefix_ + std::string{name});
  }

  /// What is not known, or switches on what is not executed.
  void refuse_unknown() {
    for (const auto& [key, value] : file_.values()) {
      if (key.starts_with(prefix_)
          && std::ranges::find(known_keys, std::string_view{key}.substr(prefix_.size()))
                 == known_keys.end()) {
        complain(key, "this key is not known, and leaving it out could change the answers",
                 other_engine);
      }
    }
    for (const auto* name : {"expert_count", "expert_used_count"}) {
      if (maybe_integer(name).value_or(0) != 0) {
        complain_key(name, "experts are not supported", other_engine);
      }
    }
    if (const auto* causal = find("attention.causal"); causal && causal->as_bool() != true) {
      complain_key("attention.causal", "only true is supported", other_engine);
    }
    if (const auto* parts = file_.find("split.count"); parts && parts->as_integer() != 1) {
      complain("split.count", "models in several GGUF files are not supported",
               "merge the parts into one file");
    }
  }

private:
  const gguf_file& file_;
  std::string prefix_;
  std::optional<error> failure_;
};

struct llama3_scaling {
  double factor = 1;
  double low = 1;
  double high = 4;
  double original = 8192;

  /// What a frequency is divided by.
  [[nodiscard]] double divisor(double frequency) const {
    const double turns = original * frequency / (2 * std::numbers::pi);
    if (turns < low) {
      return factor;
    }
    if (turns > high) {
      return 1;
    }
    const double share = (turns - low) / (high - low);
    return 1 / ((1 - share) / factor + share);
  }
};

bool fits(const llama3_scaling& scaling, const std::vector<float>& factors, double theta) {
  constexpr double tolerance = 1e-3; // Converters compute in fp32.
  const auto count = static_cast<double>(factors.size());
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const double frequency = std::pow(theta, -static_cast<double>(i) / count);
    const double expected = scaling.divisor(frequency);
    if (!(std::abs(static_cast<double>(factors[i]) - expected) <= tolerance * expected)) {
      return false;
    }
  }
  return true;
}

std::optional<llama3_scaling> find_llama3(const std::vector<float>& factors, double theta,
                                          std::optional<double> original) {
  for (const double context : {8192.0, original.value_or(8192.0)}) {
    const llama3_scaling scaling{.factor = static_cast<double>(factors.back()),
                                 .original = context};
    if (scaling.factor >= 1 && fits(scaling, factors, theta)) {
      return scaling;
    }
  }
  return std::nullopt;
}

/// The factors, or none with a complaint where they are of another type or number.
std::vector<float> rope_factors(const gguf_tensor& tensor, std::int64_t head_dim, reading& from) {
  const auto count = static_cast<std::uint64_t>(head_dim) / 2;
  if (tensor.layout->number != static_cast<std::uint32_t>(gguf_type::f32) || count == 0
      || tensor.shape != std::vector<std::uint64_t>{count}) {
    from.complain("rope_freqs.weight", "is no row of " + std::to_string(count) + " F32");
    return {};
  }
  std::vector<float> factors(count);
  dequantize(gguf_type::f32, tensor.data, factors);
  return factors;
}

json::value scaling_of(const gguf_file& file, reading& from, std::int64_t head_dim, double theta) {
  const auto type = from.text_or("rope.scaling.type", "none");
  const auto factor = from.maybe_number("rope.scaling.factor");
  const auto original = from.maybe_number("rope.scaling.original_context_length");
  if (type != "none" && type != "linear") {
    from.complain_key("rope.scaling.type", "\"" + type + "\" is not supported", other_engine);
    return {};
  }
  const auto* tensor = file.find_tensor("rope_freqs.weight");
  if (tensor == nullptr) {
    return type == "none"
               ? json::value{}
               : json::object_of({{"rope_type", type}, {"factor", factor.value_or(1.0)}});
  }
  if (type != "none") {
    from.complain_key("rope.scaling.type", "\"" + type + "\" beside rope_freqs is not supported",
                      other_engine);
  }
  const auto factors = rope_factors(*tensor, head_dim, from);
  if (factors.empty() || std::ranges::all_of(factors, [](float one) { return one == 1.0F; })) {
    return {};
  }
  const auto found = find_llama3(factors, theta, original);
  if (!found) {
    from.complain("rope_freqs.weight", "its factors are not those of rope scaling llama3",
                  other_engine);
    return {};
  }
  return json::object_of(
      {{"rope_type", "llama3"},
       {"factor", found->factor},
       {"low_freq_factor", found->low},
       {"high_freq_factor", found->high},
       {"original_max_position_embeddings", static_cast<std::int64_t>(found->original)}});
}

/// Of q and k; v's must be the same.
std::int64_t head_dim_of(reading& from, std::int64_t hidden, std::int64_t heads) {
  const auto even = heads > 0 ? hidden / heads : 0;
  const auto size = from.maybe_integer("attention.key_length").value_or(even);
  if (from.maybe_integer("attention.value_length").value_or(size) != size) {
    from.complain_key("attention.value_length", "differs from attention.key_length", other_engine);
  }
  if (from.maybe_integer("rope.dimension_count").value_or(size) != size) {
    from.complain_key("rope.dimension_count", "is not the whole head, which is not supported",
                      other_engine);
  }
  if (size < 2 || size % 2 != 0 || size > 1 << 16) {
    from.complain_key("attention.key_length", "or what follows from the sizes, "
                                                  + std::to_string(size)
                                                  + ", is no even number from 2 to 65536");
    return 2;
  }
  return size;
}

json::value eos_of(const gguf_file& file) {
  json::value::array ids;
  for (const auto* name : {"eos", "eot", "eom"}) {
    const auto* id = file.find("tokenizer.ggml." + std::string{name} + "_token_id");
    if (id != nullptr && id->as_integer()) {
      ids.emplace_back(*id->as_integer());
    }
  }
  return ids;
}

} // namespace

result<json::value> config_of_gguf(const gguf_file& file) {
  const auto* found = file.find("general.architecture");
  const auto architecture = found == nullptr ? std::nullopt : found->as_string();
  if (!architecture) {
    return model_error(file.path(), "general.architecture", "is missing or no text", correct);
  }
  if (auto known = check_gguf_architecture(*architecture, file.path()); !known) {
    return known.err();
  }
  reading from{file, std::string{*architecture}};
  from.refuse_unknown();
  const auto* embedding = file.find_tensor("token_embd.weight");
  if (embedding == nullptr || embedding->shape.size() != 2) {
    from.complain("token_embd.weight", "is missing or no matrix");
  }
  const auto hidden = from.integer("embedding_length");
  const auto heads = from.integer("attention.head_count");
  const auto head_dim = head_dim_of(from, hidden, heads);
  const auto theta = from.maybe_number("rope.freq_base").value_or(10000.0);
  auto config = json::object_of(
      {{"architectures", json::value::array{class_of(*architecture)}},
       {"hidden_size", hidden},
       {"num_hidden_layers", from.integer("block_count")},
       {"num_attention_heads", heads},
       {"num_key_value_heads", from.maybe_integer("attention.head_count_kv").value_or(heads)},
       {"head_dim", head_dim},
       {"intermediate_size", from.integer("feed_forward_length")},
       {"max_position_embeddings", from.integer("context_length")},
       {"tie_word_embeddings", file.find_tensor("output.weight") == nullptr},
       {"rope_theta", theta},
       {"eos_token_id", eos_of(file)}});
  const auto norm_eps = from.maybe_number("attention.layer_norm_rms_epsilon");
  if (!norm_eps) {
    from.complain("attention.layer_norm_rms_epsilon", "is missing");
  }
  config.set("rms_norm_eps", norm_eps.value_or(0.0));
  if (auto scaling = scaling_of(file, from, head_dim, theta); !scaling.is_null()) {
    config.set("rope_scaling", std::move(scaling));
  }
  if (const auto layout = from.text_or("tensor_data_layout", row_pairs); layout != row_pairs) {
    from.complain_key("tensor_data_layout", "\"" + layout + "\" is not supported", other_engine);
  }
  if (from.failure()) {
    return *from.failure();
  }
  config.set("vocab_size", embedding->shape.front());
  return config;
}

json::value generation_of_gguf(const gguf_file& file) {
  json::value generation;
  const auto* temperature = file.find("general.sampling.temp");
  const auto* top_p = file.find("general.sampling.top_p");
  const auto* top_k = file.find("general.sampling.top_k");
  if (temperature != nullptr && temperature->as_number()) {
    generation.set("temperature", *temperature->as_number());
  }
  if (top_p != nullptr && top_p->as_number()) {
    generation.set("top_p", *top_p->as_number());
  }
  if (top_k != nullptr && top_k->as_integer()) {
    generation.set("top_k", *top_k->as_integer());
  }
  return generation;
}

} // namespace troupe::engine
