// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/tokenizer_reading.hpp"

namespace troupe::text {

namespace {

constexpr int depth_max = 4;

/// The tokens that a template means by `name`: those of its own table, else the added token.
token_list tokens_named(tokenizer_reading& reading, const json::object_reader& in,
                        const json::object_reader& piece, const std::string& name) {
  token_list out;
  const auto table = in.maybe_object("special_tokens");
  if (const auto* entry = table ? table->find(name) : nullptr) {
    const json::object_reader named(*entry, table->path_of(name), reading.wrong);
    const auto& ids = named.array("ids");
    for (std::size_t at = 0; at < ids.size() && reading.wrong.empty(); ++at) {
      const auto path = [&] {
        return json::path_at(named.path_of("ids"), at);
      };
      const auto id = reading.id_from(ids[at], path);
      if (id && !reading.parts.tokens.has(*id)) {
        reading.wrong.add(errc::invalid_value, path(), "is the id of no token; correct it");
      }
      out.push_back(id.value_or(0));
    }
    return out;
  }
  const auto found = reading.parts.added_ids.find(name);
  if (found == reading.parts.added_ids.end()) {
    piece.complain("SpecialToken", "names no added token; add \"" + name + "\"");
  } else {
    out.push_back(found->second);
  }
  return out;
}

void read_template(tokenizer_reading& reading, const json::object_reader& in) {
  const auto& pieces = in.array("single");
  bool text_seen = false;
  for (std::size_t at = 0; at < pieces.size() && reading.wrong.empty(); ++at) {
    const auto path = json::path_at(in.path_of("single"), at);
    const json::object_reader piece(pieces[at], path, reading.wrong);
    if (piece.find("Sequence") != nullptr) {
      if (text_seen) {
        reading.unsupported(path, "a template with the text twice");
      }
      text_seen = true;
      continue;
    }
    const auto name = piece.object("SpecialToken").string("id");
    if (reading.wrong.empty()) {
      const auto tokens = tokens_named(reading, in, piece, name);
      auto& side = text_seen ? reading.parts.suffix : reading.parts.prefix;
      side.insert(side.end(), tokens.begin(), tokens.end());
    }
  }
}

void read_step(tokenizer_reading& reading, const json::value& from, const std::string& path,
               int depth) {
  const json::object_reader in(from, path, reading.wrong);
  const auto type = in.string("type");
  if (type == "Sequence" && depth < depth_max) {
    const auto& steps = in.array("processors");
    for (std::size_t at = 0; at < steps.size() && reading.wrong.empty(); ++at) {
      read_step(reading, steps[at], json::path_at(in.path_of("processors"), at), depth + 1);
    }
  } else if (type == "TemplateProcessing") {
    read_template(reading, in);
  } else if (type != "ByteLevel" && reading.wrong.empty()) {
    reading.unsupported(in.path_of("type"), "the post-processor " + type);
  }
}

} // namespace

void read_post_processor(tokenizer_reading& reading) {
  if (const auto* from = reading.in.find("post_processor")) {
    read_step(reading, *from, "post_processor", 0);
  }
}

} // namespace troupe::text
