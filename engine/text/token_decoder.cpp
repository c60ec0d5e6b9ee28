// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/token_decoder.hpp"

#include "engine/text/byte_level.hpp"
#include "engine/text/byte_token.hpp"
#include "engine/text/metaspace.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>

namespace troupe::text {

namespace {

constexpr int depth_max = 4;
constexpr std::size_t steps_max = 16;
constexpr std::size_t growth_max = 64;

void refuse(const json::object_reader& in, std::string_view name, const std::string& what) {
  in.wrong().add(errc::unsupported, in.path_of(name),
                 what + " is not supported; serve this model by an external engine");
}

std::string stripped(std::string_view text, std::string_view character, std::size_t start,
                     std::size_t stop) {
  for (; start > 0 && text.starts_with(character); --start) {
    text.remove_prefix(character.size());
  }
  for (; stop > 0 && text.ends_with(character); --stop) {
    text.remove_suffix(character.size());
  }
  return std::string(text);
}

} // namespace

token_decoder token_decoder::parse(const json::value* from, bool is_byte_level,
                                   json::complaints& wrong) {
  token_decoder out;
  out.is_byte_level_ = is_byte_level;
  if (from != nullptr) {
    out.parse_step(*from, "decoder", wrong, 0);
  } else if (!is_byte_level) {
    wrong.add(errc::unsupported, "decoder",
              "is absent, which joins tokens by blanks and is not supported; serve this model by "
              "an external engine");
  }
  return out;
}

void token_decoder::parse_step(const json::value& from, const std::string& path,
                               json::complaints& wrong, int depth) {
  const json::object_reader in(from, path, wrong);
  const auto type = in.string("type");
  if (!wrong.empty()) {
    return;
  }
  if (depth > depth_max || steps_.size() > steps_max) {
    in.complain("type", "stands too deep or after too many steps; leave at most 16");
  } else if (type == "Sequence") {
    const auto& steps = in.array("decoders");
    for (std::size_t at = 0; at < steps.size() && wrong.empty(); ++at) {
      parse_step(steps[at], json::path_at(in.path_of("decoders"), at), wrong, depth + 1);
    }
  } else if (has_byte_level_step_) {
    refuse(in, "type", "a decoder after ByteLevel");
  } else if (type == "ByteLevel" && is_byte_level_ && steps_.empty()) {
    has_byte_level_step_ = true;
  } else if (is_byte_level_ || type == "ByteLevel") {
    refuse(in, "type", "the decoder " + type + " for these words");
  } else {
    parse_steps(type, in);
  }
}

void token_decoder::parse_steps(const std::string& type, const json::object_reader& in) {
  if (type == "Fuse") {
    is_fused_ = true;
  } else if (type == "Replace") {
    parse_replace(in);
  } else if (type == "Strip") {
    parse_strip(in);
  } else if (type == "ByteFallback" && !is_fused_) {
    steps_.emplace_back(byte_fallback{});
  } else if (type == "Metaspace" && !is_fused_) {
    const auto blanks = metaspace::parse(in);
    rules_.first_without_blanks = blanks.scheme != prepend_scheme::never;
    steps_.emplace_back(replace{blanks.replacement, " "});
  } else {
    refuse(in, "type", "the decoder " + type + (is_fused_ ? " after Fuse" : ""));
  }
}

void token_decoder::parse_replace(const json::object_reader& in) {
  const auto pattern = in.object("pattern");
  const auto text = pattern.string_or("String", "");
  const auto content = in.string("content");
  if (!in.wrong().empty()) {
    return;
  }
  if (text.empty() || (is_fused_ && utf8::count(text) != 1)) {
    refuse(in, "pattern", "a pattern that is no text, or after Fuse no single character,");
    return;
  }
  growth_ *= std::clamp<std::size_t>(content.size(), 1, growth_max + 1);
  if (growth_ > growth_max) {
    in.complain("content", "makes tokens over 64 times as long; shorten it");
  } else {
    steps_.emplace_back(replace{text, content});
  }
}

void token_decoder::parse_strip(const json::object_reader& in) {
  const auto character = in.string("content");
  const auto start = in.integer("start", {0, 255});
  const auto stop = in.integer("stop", {0, 255});
  if (!in.wrong().empty()) {
    return;
  }
  if (character.empty() || utf8::count(character) != 1) {
    in.complain("content", "must be one character; correct it");
  } else if (!is_fused_) {
    steps_.emplace_back(
        strip_each{character, static_cast<std::size_t>(start), static_cast<std::size_t>(stop)});
  } else if (stop > 0) {
    refuse(in, "stop", "what is cut at the end of a whole text");
  } else if (character.size() > 1 || rules_.stripped_max > 0) {
    refuse(in, "content", "a second Strip, or one of no ASCII character, after Fuse");
  } else {
    rules_.stripped = character.front();
    rules_.stripped_max = static_cast<std::uint8_t>(start);
  }
}

std::string token_decoder::output_of(std::string_view written) const {
  if (is_byte_level_) {
    return from_byte_level(written).value_or(std::string(written));
  }
  std::string text(written);
  for (const auto& one : steps_) {
    if (const auto* change = std::get_if<replace>(&one)) {
      std::string changed;
      append_replaced(text, change->from, change->to, changed);
      text = std::move(changed);
    } else if (const auto* ends = std::get_if<strip_each>(&one)) {
      text = stripped(text, ends->character, ends->start, ends->stop);
    } else if (const auto byte = byte_of_token(text)) {
      return {static_cast<char>(*byte)};
    }
  }
  return text;
}

std::string token_decoder::output_of_added(std::string_view content) const {
  return is_byte_level_ ? std::string(content) : output_of(content);
}

} // namespace troupe::text
