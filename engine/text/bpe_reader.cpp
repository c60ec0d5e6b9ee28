// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/byte_level.hpp"
#include "engine/text/byte_token.hpp"
#include "engine/text/tokenizer_reading.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>

namespace troupe::text {

namespace {

constexpr std::string_view visible_blank = "\xE2\x96\x81"; ///< U+2581

bool refuses_options(tokenizer_reading& reading, const json::object_reader& model) {
  if (model.find("dropout") != nullptr && model.number_or("dropout", 0) != 0) {
    reading.unsupported("model.dropout", "dropout");
  } else if (!model.string_or("continuing_subword_prefix", "").empty()) {
    reading.unsupported("model.continuing_subword_prefix", "a prefix of inner subwords");
  } else if (!model.string_or("end_of_word_suffix", "").empty()) {
    reading.unsupported("model.end_of_word_suffix", "a suffix of words");
  }
  return !reading.wrong.empty();
}

void read_vocab(tokenizer_reading& reading, const json::object_reader& model) {
  const auto& vocab = model.required("vocab");
  if (vocab.as_object() == nullptr) {
    model.complain("vocab", "expected an object from token to id; correct it");
    return;
  }
  const bool is_byte_level = reading.parts.words.is_byte_level();
  reading.written.reserve(vocab.as_object()->size());
  for (const auto& [text, from] : *vocab.as_object()) {
    const auto path = [&] {
      return "model.vocab[\"" + text + "\"]";
    };
    const auto id = reading.id_from(from, path);
    if (!id) {
      return;
    }
    auto output = reading.decoder.output_of(text);
    const std::string word = is_byte_level ? output : text;
    if (!reading.parts.tokens.add(*id, word, std::move(output))) {
      reading.wrong.add(errc::invalid_value, path(),
                        "has the id " + std::to_string(*id) + " of another token; give it its own");
      return;
    }
    reading.written.emplace(text, *id);
  }
}

bpe_alphabet bytes_of(tokenizer_reading& reading) {
  bpe_alphabet out;
  for (unsigned byte = 0; byte < out.bytes.size(); ++byte) {
    const char raw = static_cast<char>(byte);
    const auto written = to_byte_level({&raw, 1});
    const auto found = reading.written.find(written);
    const bool never_in_utf8 = byte == 0xC0 || byte == 0xC1 || byte > 0xF4;
    if (found != reading.written.end()) {
      out.bytes[byte] = found->second;
    } else if (!never_in_utf8) {
      reading.wrong.add(errc::invalid_value, "model.vocab",
                        "has no token \"" + written + "\" for the byte " + std::to_string(byte)
                            + ", so some text could not be encoded; add it");
      break;
    }
  }
  return out;
}

bpe_alphabet characters_of(tokenizer_reading& reading, const json::object_reader& model) {
  bpe_alphabet out;
  out.is_byte_level = false;
  for (const auto& [text, id] : reading.written) {
    if (text.empty() || utf8::first(text).bytes != text.size()) {
      continue;
    }
    const auto point = utf8::first(text).point;
    point < 0x80 ? void(out.ascii[point] = id) : void(out.points.emplace(point, id));
  }
  for (unsigned byte = 0; model.boolean_or("byte_fallback", false) && byte < 256; ++byte) {
    const auto found = reading.written.find(byte_token(static_cast<std::uint8_t>(byte)));
    out.bytes[byte] = found == reading.written.end() ? bpe_alphabet::no_token : found->second;
  }
  out.fuse_unknown = model.boolean_or("fuse_unk", false);
  if (const auto unknown = model.maybe_string("unk_token")) {
    const auto found = reading.written.find(*unknown);
    if (found == reading.written.end()) {
      model.complain("unk_token", "is not in model.vocab; add it");
    } else {
      out.unknown = found->second;
    }
  }
  return out;
}

struct written_pair {
  std::string_view left;
  std::string_view right;
};

/// "left right" or [left, right].
std::optional<written_pair> pair_from(const json::value& from) {
  if (const auto* text = from.as_string()) {
    const auto blank = std::min(text->find(' '), text->size());
    return written_pair{std::string_view(*text).substr(0, blank),
                        std::string_view(*text).substr(std::min(blank + 1, text->size()))};
  }
  const auto* pair = from.as_array();
  if (pair == nullptr || pair->size() != 2 || (*pair)[0].as_string() == nullptr
      || (*pair)[1].as_string() == nullptr) {
    return std::nullopt;
  }
  return written_pair{*(*pair)[0].as_string(), *(*pair)[1].as_string()};
}

/// The rules by rank; `may_cut` tells whether none of them joins anything to a visible blank.
std::vector<merge_rule> read_merges(tokenizer_reading& reading, const json::object_reader& model,
                                    bool& may_cut) {
  const auto& list = model.array("merges");
  std::vector<merge_rule> rules;
  for (std::size_t at = 0; at < list.size(); ++at) {
    const auto complain = [&](const std::string& what) {
      reading.wrong.add(errc::invalid_value, json::path_at("model.merges", at), what);
    };
    const auto pair = pair_from(list[at]);
    if (!pair) {
      complain("expected \"left right\" or [left, right]; correct it");
      break;
    }
    const auto& [left, right] = *pair;
    const auto none = reading.written.end();
    const auto first = reading.written.find(left);
    const auto second = reading.written.find(right);
    const auto merged = reading.written.find(std::string(left) + std::string(right));
    if (first == none || second == none || merged == none) {
      complain("merges \"" + std::string(left) + "\" and \"" + std::string(right)
               + "\", but these or their sum are not in model.vocab; add them");
      break;
    }
    may_cut = may_cut && (left.ends_with(visible_blank) || !right.starts_with(visible_blank));
    rules.push_back({first->second, second->second, merged->second});
  }
  return rules;
}

} // namespace

void read_bpe(tokenizer_reading& reading, const json::object_reader& model) {
  reading.parts.ignore_merges = model.boolean_or("ignore_merges", false);
  if (refuses_options(reading, model)) {
    return;
  }
  read_vocab(reading, model);
  if (!reading.wrong.empty()) {
    return;
  }
  const bool is_byte_level = reading.parts.words.is_byte_level();
  auto alphabet = is_byte_level ? bytes_of(reading) : characters_of(reading, model);
  bool may_cut =
      !is_byte_level && !reading.parts.ignore_merges && reading.written.contains(visible_blank);
  if (reading.wrong.empty()) {
    const auto rules = read_merges(reading, model, may_cut);
    reading.parts.model.emplace<bpe>(std::move(alphabet), rules);
    reading.parts.cut_before = may_cut ? visible_blank : "";
  }
}

} // namespace troupe::text
