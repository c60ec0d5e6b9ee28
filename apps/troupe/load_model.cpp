// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/load_model.hpp"

#include "actors/gateway/model_text.hpp"
#include "apps/troupe/cuda_library.hpp"
#include "apps/troupe/device_execution.hpp"
#include "apps/troupe/fault_executor.hpp"
#include "apps/troupe/load_watch.hpp"
#include "engine/core/sim/sim_executor.hpp"
#include "engine/core/sim/sim_hardware.hpp"
#include "engine/core/threaded_host.hpp"
#include "engine/model/config.hpp"
#include "engine/model/digest.hpp"
#include "engine/model/generation_config.hpp"
#include "engine/model/gguf_tokenizer.hpp"
#include "engine/model/gguf_weights.hpp"
#include "engine/model/native_executor.hpp"
#include "engine/model/pooling_config.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/system.hpp"

#include <filesystem>
#include <utility>

namespace troupe {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t text_file_bytes_max = std::size_t{64} << 20U;

/// A directory, or a GGUF file that stands for one.
result<std::string> find_directory(const std::string& model, const std::string& models_root) {
  const auto is_model = [](const fs::path& where) {
    std::error_code ignored;
    return engine::is_gguf_path(where.string()) ? fs::is_regular_file(where, ignored)
                                                : fs::exists(where / "config.json", ignored);
  };
  if (is_model(model)) {
    return model;
  }
  const auto second = fs::path(models_root) / model;
  if (!models_root.empty() && is_model(second)) {
    return second.string();
  }
  return error{.code = errc::not_found,
               .text = "no model '" + model
                       + "': it is no directory with a config.json and no .gguf file"
                       + (models_root.empty() ? "; set TROUPE_MODELS to look elsewhere too"
                                              : ", nor is '" + second.string() + "'"),
               .field = "model"};
}

std::string served_name(const std::string& directory) {
  auto path = fs::path(directory).lexically_normal();
  if (path.filename().empty()) {
    path = path.parent_path();
  }
  if (engine::is_gguf_path(path.string())) {
    return path.stem().string();
  }
  return path.filename() == "." ? fs::absolute(path).parent_path().filename().string()
                                : path.filename().string();
}

engine::host_options host_options_of(const app_config& config) {
  return {.pool_bytes = static_cast<std::size_t>(config.kv_bytes),
          .step_tokens_max = config.step_tokens_max,
          .sequences_max = config.sequences_max,
          .host_tier_bytes = static_cast<std::size_t>(config.host_kv_bytes)};
}

/// The library of what --device names, if as many devices as are wanted can compute. Errors: those
/// of the library and of its report.
result<cuda_library> open_device(const app_config& config) {
  auto library =
      cuda_library::open(cuda_library_places(config.cuda_library, process::executable_path()));
  if (!library) {
    return library.err();
  }
  const auto report = library->probe();
  if (auto why = obstacle_of(report)) {
    return *std::move(why);
  }
  if (config.tensor_parallel > report.devices) {
    return error{.code = errc::invalid_value,
                 .text = "--tensor-parallel " + std::to_string(config.tensor_parallel)
                         + " needs as many devices, this machine has "
                         + std::to_string(report.devices),
                 .field = "engine.tensor_parallel"};
  }
  if (config.weights_f32) {
    return error{.code = errc::invalid_value,
                 .text = "weights on a device are bf16 or codes; leave --weights-f32 out, or use "
                         "--device cpu",
                 .field = "engine.device"};
  }
  return library;
}

/// The weights read as for this host's processors, then sent to the device.
result<engine::native_model> load_on_device(const std::string& directory,
                                            const engine::native_options& options,
                                            const app_config& config) {
  auto library = open_device(config);
  if (!library) {
    return library.err();
  }
  engine::cpu::parallel workers{options.threads};
  auto loaded = engine::load_native_weights(directory, options, workers);
  if (!loaded) {
    return loaded.err();
  }
  const bool keeps_fp8 = config.kv_dtype == "fp8";
  const engine::arithmetic how{
      .blocks = loaded->how.blocks, .is_on_device = true, .keeps_fp8 = keeps_fp8};
  auto execution = execute_on_device(
      *std::move(library), *loaded->weights, engine::content_of(loaded->digest, how),
      {host_options_of(config), config.tensor_parallel, config.expert_parallel, keeps_fp8}, workers,
      options.on_progress);
  if (!execution) {
    return execution.err();
  }
  return engine::native_model{*std::move(execution),         loaded->weights->spec,
                              std::move(loaded->generation), loaded->digest,
                              std::move(loaded->report),     std::move(loaded->writing)};
}

using witness_ptr = std::shared_ptr<engine::step_witness>;

std::unique_ptr<engine::executor> around(std::unique_ptr<engine::executor> exec,
                                         const app_config& config, witness_ptr witness) {
  if (config.fault_poison_seed != 0) {
    exec = make_poisonable(std::move(exec), config.fault_poison_seed);
  }
  return witness != nullptr ? engine::make_witnessed(std::move(exec), std::move(witness))
                            : std::move(exec);
}

/// For packed copies of models whose own directory cannot be written; empty: there is none.
std::string user_cache(const std::map<std::string, std::string>& environment) {
  const auto value_of = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string{} : found->second;
  };
  if (const auto cache = value_of("XDG_CACHE_HOME"); !cache.empty()) {
    return cache + "/troupe";
  }
  const auto home = value_of("HOME");
  return home.empty() ? home : home + "/.cache/troupe";
}

/// How the embeddings of a model are pooled, as its 1_Pooling says where it has one, or its GGUF.
result<pooling_kind> pooling_of(const std::string& directory) {
  if (engine::is_gguf_path(directory)) {
    const auto file = engine::gguf_file::open(directory);
    return file ? engine::read_pooling(*file) : result<pooling_kind>(file.err());
  }
  const auto path = directory + "/1_Pooling/config.json";
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    return pooling_kind::none;
  }
  const auto config = engine::read_json_file(path);
  return config ? engine::read_pooling(*config, path) : result<pooling_kind>(config.err());
}

result<loaded_model> load_directory(const std::string& directory, const app_config& config,
                                    const std::map<std::string, std::string>& environment,
                                    witness_ptr witness, const observe::logger& log) {
  auto card = read_card(directory);
  if (!card) {
    return card.err();
  }
  const auto weights = weight_type_of(config);
  if (!weights) {
    return weights.err();
  }
  const auto pooling = pooling_of(directory);
  if (!pooling) {
    return pooling.err();
  }
  if (config.device != "cuda" && config.tensor_parallel > 1) {
    return error{.code = errc::invalid_value,
                 .text = "--tensor-parallel is of --device cuda; leave it out, or add that",
                 .field = "engine.tensor_parallel"};
  }
  if (config.expert_parallel && config.tensor_parallel == 1) {
    return error{.code = errc::invalid_value,
                 .text = "--expert-parallel shares experts out among the devices of "
                         "--tensor-parallel; give it 2 or more",
                 .field = "engine.expert_parallel"};
  }
  if (config.device != "cuda" && config.kv_dtype != "auto") {
    return error{.code = errc::invalid_value,
                 .text =
                     "--kv-dtype is of --device cuda, on a CPU keys and values are fp32; leave it "
                     "out, or add that",
                 .field = "engine.kv_dtype"};
  }
  if (config.device != "cuda" && config.host_kv_bytes > 0) {
    return error{.code = errc::invalid_value,
                 .text =
                     "--host-kv-bytes keeps copies of a device's blocks; with --device cpu give "
                     "that memory to --kv-bytes",
                 .field = "engine.host_kv_bytes"};
  }
  load_watch watch{card->model, log};
  const engine::native_options options{
      .threads = config.threads,
      .weights = *weights,
      .packed = {.places = engine::packed_places(directory, config.packed_cache,
                                                 user_cache(environment))},
      .on_progress = watch.progress(),
      .on_written = watch.written()};
  auto native = config.device == "cuda" ? load_on_device(directory, options, config)
                                        : engine::load_native(directory, options);
  if (!native) {
    watch.failed();
    return native.err();
  }
  watch.loaded(native->report);
  const auto traits = native->execution->traits();
  card->digest = native->digest;
  card->content = traits.content;
  card->layout = traits.layout;
  card->context_tokens_max = traits.context_tokens_max;
  card->vocab_size = traits.vocab_size;
  card->stop_tokens = native->generation.eos;
  card->default_temperature = native->generation.temperature.value_or(1.0F);
  card->default_top_p = native->generation.top_p.value_or(1.0F);
  card->default_top_k = native->generation.top_k.value_or(0);
  card->embedding_size = traits.embedding_size;
  card->pooling = *pooling;
  return loaded_model{
      engine::make_threaded_host(around(std::move(native->execution), config, std::move(witness)),
                                 host_options_of(config), machine_clock()),
      std::make_shared<const model_card>(std::move(*card)), std::move(native->writing)};
}

result<loaded_model> load_sim(const std::string& model, const app_config& config,
                              const std::string& models_root, witness_ptr witness) {
  auto hardware = engine::parse_sim_hardware(model);
  if (!hardware) {
    return hardware.err();
  }
  const auto directory = find_directory(config.tokenizer, models_root);
  if (!directory) {
    return directory.err();
  }
  auto card = read_card(*directory);
  if (!card) {
    return card.err();
  }
  const auto spec_json = engine::read_json_file(*directory + "/config.json");
  if (!spec_json) {
    return spec_json.err();
  }
  const auto* vocab = spec_json->find("vocab_size");
  const auto vocab_size = vocab != nullptr && vocab->as_integer()
                              ? static_cast<std::uint32_t>(*vocab->as_integer())
                              : 0U;
  if (vocab_size < 2) {
    return error{.code = errors::model_invalid,
                 .text = *directory + "/config.json: vocab_size is missing",
                 .field = "vocab_size"};
  }
  const auto generation = engine::read_json_file(*directory + "/generation_config.json");
  auto defaults = engine::read_generation(*spec_json, generation ? *generation : json::value{},
                                          vocab_size, *directory);
  if (!defaults) {
    return defaults.err();
  }
  card->model = model;
  card->digest.value = hash_128(as_bytes_view(model + *directory));
  card->content = engine::content_of(card->digest);
  card->stop_tokens = defaults->eos;
  engine::sim_options options{
      .hardware = *hardware, .vocabulary = {vocab_size, defaults->eos}, .content = card->content};
  auto execution = std::make_unique<engine::sim_executor>(std::move(options));
  card->layout = execution->traits().layout;
  card->context_tokens_max = execution->traits().context_tokens_max;
  card->vocab_size = vocab_size;
  card->embedding_size = execution->traits().embedding_size;
  return loaded_model{
      engine::make_threaded_host(around(std::move(execution), config, std::move(witness)),
                                 host_options_of(config), machine_clock()),
      std::make_shared<const model_card>(std::move(*card)), nullptr};
}

struct card_texts {
  std::string tokenizer;
  std::string tokenizer_config;
  std::string chat_template;
};

result<card_texts> texts_of_gguf(const std::string& path) {
  const auto file = engine::gguf_file::open(path);
  if (!file) {
    return file.err();
  }
  auto texts = engine::text_of_gguf(*file);
  if (!texts) {
    return texts.err();
  }
  return card_texts{std::move(texts->tokenizer_json), std::move(texts->tokenizer_config_json), ""};
}

result<card_texts> texts_of_directory(const std::string& directory) {
  auto tokenizer = process::read_file(directory + "/tokenizer.json", text_file_bytes_max);
  if (!tokenizer) {
    return error{.code = errors::model_invalid,
                 .text = tokenizer.err().text
                         + "; a model needs a tokenizer.json (convert older tokenizers with "
                           "transformers' save_pretrained)",
                 .field = "tokenizer.json"};
  }
  auto config = process::read_file(directory + "/tokenizer_config.json", text_file_bytes_max);
  auto chat_template = process::read_file(directory + "/chat_template.jinja", text_file_bytes_max);
  return card_texts{*std::move(tokenizer), config ? *std::move(config) : "{}",
                    chat_template ? *std::move(chat_template) : ""};
}

} // namespace

result<model_card> read_card(const std::string& directory) {
  const auto files =
      engine::is_gguf_path(directory) ? texts_of_gguf(directory) : texts_of_directory(directory);
  if (!files) {
    return files.err();
  }
  const auto& [tokenizer, config, chat_template] = *files;
  const auto all = tokenizer + config + chat_template;
  const auto view = as_bytes_view(all);
  model_card card{.model = served_name(directory),
                  .tokenizer_bytes = static_cast<std::uint32_t>(tokenizer.size()),
                  .tokenizer_config_bytes = static_cast<std::uint32_t>(config.size()),
                  .chat_template_bytes = static_cast<std::uint32_t>(chat_template.size())};
  card.attachment = blob(bytes(view.begin(), view.end()));
  // A gateway elsewhere could only say so in its log: what it will parse is tried here.
  if (const auto text = model_text::from_card(card); !text) {
    auto why = text.err();
    why.code = errors::model_invalid;
    why.text = directory + "/" + why.text;
    return why;
  }
  return card;
}

result<loaded_model> load_model(const std::string& model, const app_config& config,
                                const std::map<std::string, std::string>& environment,
                                witness_ptr witness, const observe::logger& log) {
  const auto root = environment.find("TROUPE_MODELS");
  const auto models_root = root == environment.end() ? std::string{} : root->second;
  if (model.starts_with("sim:")) {
    return load_sim(model, config, models_root, std::move(witness));
  }
  const auto directory = find_directory(model, models_root);
  if (!directory) {
    return directory.err();
  }
  return load_directory(*directory, config, environment, std::move(witness), log);
}

result<engine::weight_type> weight_type_of(const app_config& config) {
  if (config.weights_f32 && config.quantize != "none") {
    return error{.code = errc::invalid_value,
                 .text = "--quantize and --weights-f32 exclude each other; leave one out",
                 .field = "engine.quantize"};
  }
  return config.weights_f32          ? engine::weight_type::f32
         : config.quantize == "q8_0" ? engine::weight_type::q8_0
         : config.quantize == "q4_0" ? engine::weight_type::q4_0
                                     : engine::weight_type::keep;
}

} // namespace troupe
