// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/byte_level.hpp"
#include "engine/text/tokenizer.hpp"
#include "engine/text/tokenizer_parts.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"

#include <algorithm>

namespace troupe::text {

namespace {

constexpr json::read_limits file_limits{.bytes = 128U << 20U, .items = 16U << 20U, .depth = 32};
constexpr std::int64_t id_gap_max = 65'536; ///< Ids that may lie unused beyond the tokens' count.

/// One reading of a tokenizer.json: each step fills its part unless an earlier one complained.
class reading {
public:
  explicit reading(const json::value& document) : in_(document, "", wrong_) {}

  void run() {
    refuse_other_models();
    for (const auto step :
         {&reading::read_vocab, &reading::read_added, &reading::read_merges,
          &reading::read_pipeline, &reading::read_post_processor, &reading::read_decoder}) {
      if (wrong_.empty()) {
        (this->*step)();
      }
    }
  }

  [[nodiscard]] const json::complaints& wrong() const { return wrong_; }
  tokenizer_parts parts;

private:
  void unsupported(const std::string& path, const std::string& what) {
    wrong_.add(errc::unsupported, path,
               what + " is not supported; serve this model by an external engine");
  }

  void refuse_other_models() {
    const auto model = in_.object("model");
    const auto type = model.string_or("type", "BPE");
    if (type != "BPE") {
      unsupported("model.type", "the model " + type + " (only byte-level BPE is read)");
    } else if (model.boolean_or("byte_fallback", false)) {
      unsupported("model.byte_fallback", "byte_fallback");
    } else if (model.find("dropout") != nullptr && model.number_or("dropout", 0) != 0) {
      unsupported("model.dropout", "dropout");
    } else if (!model.string_or("continuing_subword_prefix", "").empty()) {
      unsupported("model.continuing_subword_prefix", "a prefix of inner subwords");
    } else if (!model.string_or("end_of_word_suffix", "").empty()) {
      unsupported("model.end_of_word_suffix", "a suffix of words");
    }
    parts.ignore_merges = model.boolean_or("ignore_merges", false);
  }

  /// The id, or none with a complaint.
  template <class Path>
  std::optional<token_id> id_from(const json::value& from, const Path& path) {
    const auto* id = from.as_integer();
    if (id == nullptr || *id < 0 || *id >= id_bound_) {
      wrong_.add(errc::invalid_value, path(),
                 "is no token id below " + std::to_string(id_bound_) + "; correct it");
      return std::nullopt;
    }
    return static_cast<token_id>(*id);
  }

  void read_vocab() {
    const auto model = in_.object("model");
    const auto& vocab = model.required("vocab");
    if (vocab.as_object() == nullptr) {
      model.complain("vocab", "expected an object from token to id; correct it");
      return;
    }
    const auto* added = in_.maybe_array("added_tokens");
    id_bound_ = static_cast<std::int64_t>(vocab.as_object()->size()
                                          + (added == nullptr ? 0 : added->size()))
                + id_gap_max;
    written_.reserve(vocab.as_object()->size());
    for (const auto& [text, from] : *vocab.as_object()) {
      const auto path = [&] {
        return "model.vocab[\"" + text + "\"]";
      };
      const auto id = id_from(from, path);
      if (!id) {
        return;
      }
      if (!parts.tokens.add(*id, from_byte_level(text).value_or(text))) {
        wrong_.add(errc::invalid_value, path(),
                   "has the id " + std::to_string(*id) + " of another token; give it its own");
        return;
      }
      written_.emplace(text, *id);
    }
  }

  void read_added() {
    const auto* list = in_.maybe_array("added_tokens");
    if (list == nullptr) {
      return;
    }
    std::vector<added_token> before;
    std::vector<added_token> after;
    for (std::size_t at = 0; at < list->size() && wrong_.empty(); ++at) {
      auto token = read_added_token((*list)[at], json::path_at("added_tokens", at));
      if (wrong_.empty()) {
        (token.normalized ? after : before).push_back(std::move(token));
      }
    }
    parts.before_normal = added_token_matcher(std::move(before));
    parts.after_normal = added_token_matcher(std::move(after));
  }

  added_token read_added_token(const json::value& from, const std::string& path) {
    const json::object_reader in(from, path, wrong_);
    added_token out;
    out.content = in.string("content");
    out.special = in.boolean_or("special", false);
    out.normalized = in.boolean_or("normalized", false);
    out.lstrip = in.boolean_or("lstrip", false);
    out.rstrip = in.boolean_or("rstrip", false);
    out.single_word = in.boolean_or("single_word", false);
    const auto id = id_from(in.required("id"), [&] { return in.path_of("id"); });
    if (!id || !wrong_.empty()) {
      return out;
    }
    out.id = *id;
    const auto written = written_.find(out.content);
    if (out.content.empty()) {
      in.complain("content", "is empty; give it its text");
    } else if (written != written_.end() && written->second != out.id) {
      in.complain("id", "differs from the id of the same text in model.vocab; correct one of them");
    } else if (written == written_.end() && !parts.tokens.add(out.id, out.content, false)) {
      in.complain("id", "is the id of another token; give it its own");
    } else if (!parts.added_ids.emplace(out.content, out.id).second) {
      in.complain("content", "stands twice in added_tokens; leave one of them");
    } else {
      parts.tokens.set_added(out.id, out.content, out.special);
    }
    return out;
  }

  void read_merges() {
    const auto& list = in_.object("model").array("merges");
    std::array<token_id, 256> byte_tokens{};
    byte_tokens.fill(bpe::no_token);
    for (unsigned byte = 0; byte < byte_tokens.size(); ++byte) {
      const char raw = static_cast<char>(byte);
      const auto written = to_byte_level({&raw, 1});
      const auto found = written_.find(written);
      const bool never_in_utf8 = byte == 0xC0 || byte == 0xC1 || byte > 0xF4;
      if (found != written_.end()) {
        byte_tokens[byte] = found->second;
      } else if (!never_in_utf8) {
        wrong_.add(errc::invalid_value, "model.vocab",
                   "has no token \"" + written + "\" for the byte " + std::to_string(byte)
                       + ", so some text could not be encoded; add it");
        return;
      }
    }
    std::vector<merge_rule> rules;
    rules.reserve(list.size());
    for (std::size_t at = 0; at < list.size() && wrong_.empty(); ++at) {
      read_merge(list[at], at, rules);
    }
    parts.merges = bpe(byte_tokens, rules);
  }

  void read_merge(const json::value& from, std::size_t at, std::vector<merge_rule>& out) {
    const auto complain = [&](const std::string& what) {
      wrong_.add(errc::invalid_value, json::path_at("model.merges", at), what);
    };
    std::string_view left;
    std::string_view right;
    const auto* pair = from.as_array();
    if (const auto* text = from.as_string()) {
      const auto blank = std::min(text->find(' '), text->size());
      left = std::string_view(*text).substr(0, blank);
      right = std::string_view(*text).substr(std::min(blank + 1, text->size()));
    } else if (pair != nullptr && pair->size() == 2 && (*pair)[0].as_string() != nullptr
               && (*pair)[1].as_string() != nullptr) {
      left = *(*pair)[0].as_string();
      right = *(*pair)[1].as_string();
    } else {
      complain("expected \"left right\" or [left, right]; correct it");
      return;
    }
    const auto first = written_.find(left);
    const auto second = written_.find(right);
    const auto merged = written_.find(std::string(left) + std::string(right));
    if (first == written_.end() || second == written_.end() || merged == written_.end()) {
      complain("merges \"" + std::string(left) + "\" and \"" + std::string(right)
               + "\", but these or their sum are not in model.vocab; add them");
      return;
    }
    out.push_back({first->second, second->second, merged->second});
  }

  void read_pipeline() {
    if (const auto* from = in_.find("normalizer")) {
      parts.normal = normalizer::parse(*from, "normalizer", wrong_);
    }
    if (wrong_.empty()) {
      parts.words = pre_tokenizer::parse(in_.required("pre_tokenizer"), "pre_tokenizer", wrong_);
    }
  }

  void read_post_processor() {
    if (const auto* from = in_.find("post_processor")) {
      read_post_step(*from, "post_processor", 0);
    }
  }

  void read_post_step(const json::value& from, const std::string& path, int depth) {
    constexpr int depth_max = 4;
    const json::object_reader in(from, path, wrong_);
    const auto type = in.string("type");
    if (type == "Sequence" && depth < depth_max) {
      const auto& steps = in.array("processors");
      for (std::size_t at = 0; at < steps.size() && wrong_.empty(); ++at) {
        read_post_step(steps[at], json::path_at(in.path_of("processors"), at), depth + 1);
      }
    } else if (type == "TemplateProcessing") {
      read_template(in);
    } else if (type != "ByteLevel" && wrong_.empty()) {
      unsupported(in.path_of("type"), "the post-processor " + type);
    }
  }

  void read_template(const json::object_reader& in) {
    const auto& pieces = in.array("single");
    bool text_seen = false;
    for (std::size_t at = 0; at < pieces.size() && wrong_.empty(); ++at) {
      const auto path = json::path_at(in.path_of("single"), at);
      const json::object_reader piece(pieces[at], path, wrong_);
      if (piece.find("Sequence") != nullptr) {
        text_seen = true;
        continue;
      }
      const auto name = piece.object("SpecialToken").string("id");
      const auto found = parts.added_ids.find(name);
      if (found == parts.added_ids.end()) {
        piece.complain("SpecialToken", "names no added token; add \"" + name + "\"");
      } else {
        (text_seen ? parts.suffix : parts.prefix).push_back(found->second);
      }
    }
  }

  void read_decoder() {
    const auto* from = in_.find("decoder");
    if (from == nullptr) {
      return;
    }
    const json::object_reader in(*from, "decoder", wrong_);
    const auto type = in.string("type");
    if (type == "Sequence") {
      const auto& steps = in.array("decoders");
      if (steps.size() != 1
          || json::object_reader(steps[0], "decoder.decoders[0]", wrong_).string("type")
                 != "ByteLevel") {
        unsupported("decoder.decoders", "a sequence of other steps than ByteLevel");
      }
    } else if (type != "ByteLevel" && wrong_.empty()) {
      unsupported("decoder.type", "the decoder " + type);
    }
  }

  json::complaints wrong_;
  json::object_reader in_;
  std::int64_t id_bound_ = 0;
  std::unordered_map<std::string_view, token_id> written_; ///< Views the document.
};

error file_error(const error& why) {
  return {why.code == errc::unsupported ? errc::unsupported : errors::model_invalid,
          "tokenizer.json: " + why.text, why.field};
}

} // namespace

result<std::shared_ptr<const tokenizer>> tokenizer::parse(std::string_view tokenizer_json,
                                                          std::string_view tokenizer_config_json) {
  auto config = parse_tokenizer_config(tokenizer_config_json);
  if (!config) {
    return std::move(config).err();
  }
  const auto document = json::parse(tokenizer_json, file_limits);
  if (!document) {
    return file_error(document.err());
  }
  reading read(*document);
  read.run();
  if (read.wrong().first()) {
    return file_error(*read.wrong().first());
  }
  read.parts.config = std::move(*config);
  return std::make_shared<const tokenizer>(std::move(read.parts));
}

} // namespace troupe::text
