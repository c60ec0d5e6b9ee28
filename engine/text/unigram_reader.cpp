// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/byte_token.hpp"
#include "engine/text/tokenizer_reading.hpp"

namespace troupe::text {

namespace {

constexpr std::size_t pieces_bytes_max = 16U << 20U; ///< A node of the trie has 24 bits.

std::vector<scored_piece> pieces_from(tokenizer_reading& reading,
                                      const json::object_reader& model) {
  const auto& list = model.array("vocab");
  std::vector<scored_piece> out;
  std::size_t bytes = 0;
  for (std::size_t at = 0; at < list.size(); ++at) {
    const auto* pair = list[at].as_array();
    const bool is_pair = pair != nullptr && pair->size() == 2;
    const auto* text = is_pair ? (*pair)[0].as_string() : nullptr;
    const auto score = is_pair ? (*pair)[1].as_number() : std::nullopt;
    if (text == nullptr || !score) {
      reading.wrong.add(errc::invalid_value, json::path_at("model.vocab", at),
                        "expected [piece, score]; correct it");
      return {};
    }
    bytes += text->size();
    out.push_back({*text, *score});
  }
  if (bytes >= pieces_bytes_max) {
    model.complain("vocab", "has 16 MiB of pieces or more; shorten it");
  }
  return out;
}

std::optional<unigram::byte_table> byte_tokens_from(const tokenizer_reading& reading) {
  unigram::byte_table out{};
  for (std::size_t byte = 0; byte < out.size(); ++byte) {
    const auto found = reading.written.find(byte_token(static_cast<std::uint8_t>(byte)));
    if (found == reading.written.end()) {
      return std::nullopt;
    }
    out[byte] = found->second;
  }
  return out;
}

} // namespace

void read_unigram(tokenizer_reading& reading, const json::object_reader& model) {
  if (reading.parts.words.is_byte_level()) {
    reading.unsupported("model.type", "Unigram over the alphabet of ByteLevel");
    return;
  }
  const auto pieces = pieces_from(reading, model);
  const auto unknown = model.maybe_integer("unk_id");
  if (!reading.wrong.empty()) {
    return;
  }
  if (!unknown || *unknown < 0 || *unknown >= static_cast<std::int64_t>(pieces.size())) {
    model.complain("unk_id", "is not the place of a piece of the vocabulary; give that of <unk>");
    return;
  }
  const auto& list = model.array("vocab");
  for (token_id id = 0; id < pieces.size(); ++id) {
    const auto& text = *(*list[id].as_array())[0].as_string();
    static_cast<void>(reading.parts.tokens.add(id, text, reading.decoder.output_of(text)));
    // Of equal pieces the last one counts, here as in the model.
    reading.written.insert_or_assign(text, id);
  }
  reading.parts.model.emplace<unigram>(
      pieces, static_cast<token_id>(*unknown),
      model.boolean_or("byte_fallback", false) ? byte_tokens_from(reading) : std::nullopt);
}

} // namespace troupe::text
