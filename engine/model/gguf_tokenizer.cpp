// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_tokenizer.hpp"

#include "engine/model/model_error.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace troupe::engine {
namespace {

constexpr std::string_view other_file =
    "use the model's safetensors with its tokenizer.json, or an external engine";
constexpr std::size_t tokens_max = std::size_t{1} << 22U;
constexpr std::string_view prefix = "tokenizer.ggml.";

enum class token_kind : std::int64_t { normal = 1, control = 3, user_defined = 4, unused = 5 };

struct cutting {
  std::string_view name;
  std::string_view pattern; ///< Empty: that of ByteLevel itself.
  bool digits_alone = false;
  bool is_nfc = false;
  bool ignores_merges = false;
  bool adds_bos = false; ///< Where the file does not say.
};

constexpr std::array<cutting, 4> cuttings{
    {{.name = "llama-bpe",
      .pattern = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
                 R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
      .ignores_merges = true,
      .adds_bos = true},
     {.name = "qwen2",
      .pattern = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
                 R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
      .is_nfc = true},
     {.name = "gpt-2", .pattern = ""},
     {.name = "smollm", .pattern = "", .digits_alone = true}}};

json::value words_of(const cutting& how) {
  json::value steps{json::value::array{}};
  if (how.digits_alone) {
    steps.push_back(json::object_of({{"type", "Digits"}, {"individual_digits", true}}));
  }
  if (!how.pattern.empty()) {
    steps.push_back(json::object_of({{"type", "Split"},
                                     {"pattern", json::object_of({{"Regex", how.pattern}})},
                                     {"behavior", "Isolated"},
                                     {"invert", false}}));
  }
  steps.push_back(json::object_of({{"type", "ByteLevel"},
                                   {"add_prefix_space", false},
                                   {"trim_offsets", true},
                                   {"use_regex", how.pattern.empty()}}));
  return json::object_of({{"type", "Sequence"}, {"pretokenizers", std::move(steps)}});
}

class reading {
public:
  explicit reading(const gguf_file& file) : file_(file) {}

  result<gguf_text_files> run() {
    const auto* how = find_cutting();
    if (how != nullptr) {
      read_tokens();
      read_merges();
    }
    if (failure_) {
      return *failure_;
    }
    const auto model = json::object_of({{"type", "BPE"},
                                        {"ignore_merges", how->ignores_merges},
                                        {"vocab", std::move(vocab_)},
                                        {"merges", std::move(merges_)}});
    auto document = json::object_of({{"added_tokens", std::move(added_)},
                                     {"normalizer", nullptr},
                                     {"pre_tokenizer", words_of(*how)},
                                     {"post_processor", around_of(*how)},
                                     {"decoder", json::object_of({{"type", "ByteLevel"}})},
                                     {"model", model}});
    if (how->is_nfc) {
      document.set("normalizer", json::object_of({{"type", "NFC"}}));
    }
    const auto config = tokenizer_config();
    if (failure_) {
      return *failure_;
    }
    return gguf_text_files{json::write(document), json::write(config)};
  }

private:
  void complain(std::string_view key, const std::string& what, std::string_view remedy) {
    if (!failure_) {
      failure_ = model_error(file_.path(), key, what, remedy);
    }
  }
  void complain_of(std::string_view name, const std::string& what,
                   std::string_view remedy = fetch_again) {
    complain(std::string{prefix} + std::string{name}, what, remedy);
  }
  [[nodiscard]] const gguf_value* find(std::string_view name) const {
    return file_.find(std::string{prefix} + std::string{name});
  }

  const cutting* find_cutting() {
    const auto* model = find("model");
    const auto type = model == nullptr ? std::nullopt : model->as_string();
    if (type != "gpt2") {
      complain_of("model",
                  type ? "the tokenizer " + std::string{*type} + " is not supported"
                       : std::string{"is missing or no text"},
                  other_file);
      return nullptr;
    }
    const auto* pre = find("pre");
    const auto name = pre == nullptr ? std::nullopt : pre->as_string();
    const auto* how = std::ranges::find(cuttings, name.value_or(""), &cutting::name);
    if (how == cuttings.end()) {
      complain_of("pre",
                  name ? "the pre-tokenizer " + std::string{*name} + " is not supported"
                       : std::string{"is missing or no text"},
                  other_file);
      return nullptr;
    }
    return how;
  }

  /// The texts of an array; complains of another type and of what is no UTF-8.
  std::vector<std::string_view> texts(std::string_view name) {
    std::vector<std::string_view> out;
    const auto* found = find(name);
    if (found == nullptr || found->type() != gguf_value_type::array
        || found->element() != gguf_value_type::text || found->count() > tokens_max) {
      complain_of(name, "is no array of at most " + std::to_string(tokens_max) + " texts");
      return out;
    }
    out.reserve(found->count());
    found->for_each([&](const gguf_value& one) {
      const auto text = one.as_string().value_or("");
      if (utf8::first_invalid(text) != text.size()) {
        complain_of(name, "its text " + std::to_string(out.size()) + " is not valid UTF-8");
        return false;
      }
      out.push_back(text);
      return true;
    });
    return out;
  }

  void read_tokens() {
    tokens_ = texts("tokens");
    std::vector<std::int64_t> kinds;
    if (const auto* found = find("token_type")) {
      found->for_each([&](const gguf_value& one) {
        kinds.push_back(one.as_integer().value_or(0));
        return kinds.size() <= tokens_.size();
      });
    }
    if (kinds.size() != tokens_.size()) {
      complain_of("token_type",
                  "has not a number for each of the " + std::to_string(tokens_.size()) + " tokens");
      return;
    }
    vocab_.reserve(tokens_.size());
    for (std::size_t id = 0; id < tokens_.size(); ++id) {
      const auto kind = static_cast<token_kind>(kinds[id]);
      if (kind == token_kind::control || kind == token_kind::user_defined) {
        added_.push_back(json::object_of({{"id", id},
                                          {"content", tokens_[id]},
                                          {"normalized", false},
                                          {"special", kind == token_kind::control}}));
      } else if (kind == token_kind::normal) {
        vocab_.push_back({std::string{tokens_[id]}, id});
      } else if (kind != token_kind::unused) {
        complain_of("token_type",
                    "the token " + std::to_string(id) + " has the type " + std::to_string(kinds[id])
                        + ", which is not supported",
                    other_file);
      }
    }
  }

  void read_merges() {
    if (failure_) {
      return;
    }
    for (const auto text : texts("merges")) {
      merges_.emplace_back(text);
    }
  }

  /// Text of the token that a key names; empty where it names none.
  std::string token_of(std::string_view name) {
    const auto* found = find(std::string{name} + "_token_id");
    if (found == nullptr) {
      return "";
    }
    const auto id = found->as_integer();
    if (!id || *id < 0 || static_cast<std::uint64_t>(*id) >= tokens_.size()) {
      complain_of(std::string{name} + "_token_id", "is no id of a token");
      return "";
    }
    return std::string{tokens_[static_cast<std::size_t>(*id)]};
  }

  bool is_set(std::string_view name, bool otherwise) {
    const auto* found = find(name);
    if (found != nullptr && !found->as_bool()) {
      complain_of(name, "is no boolean");
    }
    return found == nullptr ? otherwise : found->as_bool().value_or(false);
  }

  json::value around_of(const cutting& how) {
    json::value pieces{json::value::array{}};
    const auto add = [&](const std::string& token) {
      if (!token.empty()) {
        pieces.push_back(
            json::object_of({{"SpecialToken", json::object_of({{"id", token}, {"type_id", 0}})}}));
      }
    };
    if (is_set("add_bos_token", how.adds_bos)) {
      add(token_of("bos"));
    }
    pieces.push_back(
        json::object_of({{"Sequence", json::object_of({{"id", "A"}, {"type_id", 0}})}}));
    if (is_set("add_eos_token", false)) {
      add(token_of("eos"));
    }
    return json::object_of({{"type", "TemplateProcessing"}, {"single", std::move(pieces)}});
  }

  void add_template(json::value& to, std::string_view key, std::string_view name) {
    const auto* found = file_.find(key);
    if (found == nullptr) {
      return;
    }
    const auto text = found->as_string();
    if (!text || utf8::first_invalid(*text) != text->size()) {
      complain(key, "is no text of valid UTF-8", fetch_again);
      return;
    }
    to.push_back(json::object_of({{"name", name}, {"template", *text}}));
  }

  json::value tokenizer_config() {
    auto config = json::object_of({});
    for (const auto& [field, key] :
         {std::pair{"bos_token", "bos"}, std::pair{"eos_token", "eos"},
          std::pair{"pad_token", "padding"}, std::pair{"unk_token", "unknown"}}) {
      if (const auto text = token_of(key); !text.empty()) {
        config.set(field, text);
      }
    }
    constexpr std::string_view template_key = "tokenizer.chat_template";
    json::value templates{json::value::array{}};
    add_template(templates, template_key, "default");
    for (const auto& [key, value] : file_.values()) {
      if (key.starts_with(template_key) && key.size() > template_key.size() + 1
          && key[template_key.size()] == '.') {
        add_template(templates, key, std::string_view{key}.substr(template_key.size() + 1));
      }
    }
    if (!templates.as_array()->empty()) {
      config.set("chat_template", std::move(templates));
    }
    return config;
  }

  const gguf_file& file_;
  std::vector<std::string_view> tokens_;
  json::value::array added_;
  json::value::object vocab_;
  json::value::array merges_;
  std::optional<error> failure_;
};

} // namespace

result<gguf_text_files> text_of_gguf(const gguf_file& file) {
  return reading{file}.run();
}

} // namespace troupe::engine
