// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/unigram.hpp"

#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <bit>

namespace troupe::text {

namespace {

constexpr double unknown_penalty = 10.0;
constexpr std::size_t kept_characters_max = 1U << 16U; ///< A longer word's memory is given back.

std::size_t home_of(std::uint32_t key, std::size_t mask) {
  return static_cast<std::size_t>((std::uint64_t{key} * 0x9e3779b97f4a7c15ULL) >> 32U) & mask;
}

std::uint32_t key_of(std::uint32_t node, char byte) {
  return (node << 8U) | static_cast<std::uint8_t>(byte);
}

std::size_t characters_bytes(const std::vector<scored_piece>& pieces) {
  std::size_t bytes = 1;
  for (const auto& one : pieces) {
    bytes += one.text.size();
  }
  return bytes;
}

} // namespace

unigram::unigram(const std::vector<scored_piece>& pieces, token_id unknown,
                 std::optional<byte_table> byte_tokens)
    : edges_(std::bit_ceil(2 * characters_bytes(pieces))),
      token_of_(1, none),
      unknown_(unknown),
      byte_tokens_(byte_tokens) {
  double worst = 0;
  for (token_id id = 0; id < pieces.size(); ++id) {
    insert(pieces[id], id);
    scores_.push_back(pieces[id].score);
    worst = id == 0 ? pieces[id].score : std::min(worst, pieces[id].score);
  }
  unknown_score_ = worst - unknown_penalty;
}

void unigram::insert(const scored_piece& piece, token_id id) {
  std::uint32_t node = 0;
  for (const char byte : piece.text) {
    node = make_child(node, byte);
  }
  if (node != 0) {
    token_of_[node] = id;
  }
}

std::uint32_t unigram::child_of(std::uint32_t node, char byte) const {
  const auto mask = edges_.size() - 1;
  const auto key = key_of(node, byte);
  for (auto at = home_of(key, mask); edges_[at].key != no_key; at = (at + 1) & mask) {
    if (edges_[at].key == key) {
      return edges_[at].child;
    }
  }
  return 0;
}

std::uint32_t unigram::make_child(std::uint32_t node, char byte) {
  if (const auto known = child_of(node, byte); known != 0) {
    return known;
  }
  const auto mask = edges_.size() - 1;
  const auto key = key_of(node, byte);
  auto at = home_of(key, mask);
  while (edges_[at].key != no_key) {
    at = (at + 1) & mask;
  }
  const auto child = static_cast<std::uint32_t>(token_of_.size());
  edges_[at] = {key, child};
  token_of_.push_back(none);
  return child;
}

std::optional<token_id> unigram::find(std::string_view text) const {
  std::uint32_t node = 0;
  for (const char byte : text) {
    node = child_of(node, byte);
    if (node == 0) {
      return std::nullopt;
    }
  }
  return token_of_[node] == none ? std::nullopt : std::optional(token_of_[node]);
}

void unigram::find_paths(std::string_view word, std::vector<best_path>& paths) const {
  paths.assign(word.size() + 1, {});
  const auto offer = [&](std::size_t begin, std::size_t end, double score, token_id token) {
    auto& best = paths[end];
    if (best.begin == none || score > best.score) {
      best = {score, static_cast<std::uint32_t>(begin), token};
    }
  };
  for (std::size_t at = 0; at < word.size();) {
    const auto so_far = paths[at].score;
    const std::size_t bytes = utf8::first(word.substr(at)).bytes;
    bool is_known = false;
    std::uint32_t node = 0;
    for (auto end = at; end < word.size();) {
      node = child_of(node, word[end++]);
      if (node == 0) {
        break;
      }
      if (const auto token = token_of_[node]; token != none) {
        offer(at, end, scores_[token] + so_far, token);
        is_known = is_known || end - at == bytes;
      }
    }
    if (!is_known) {
      offer(at, at + bytes, unknown_score_ + so_far, unknown_);
    }
    at += bytes;
  }
}

void unigram::append_unknown(std::string_view text, token_list& out) const {
  if (const auto known = find(text)) {
    out.push_back(*known);
  } else if (!byte_tokens_) {
    out.push_back(unknown_);
  } else {
    for (const char byte : text) {
      out.push_back((*byte_tokens_)[static_cast<std::uint8_t>(byte)]);
    }
  }
}

void unigram::encode(std::string_view word, token_list& out) const {
  thread_local std::vector<best_path> paths;
  thread_local std::vector<std::pair<std::uint32_t, std::uint32_t>> pieces;
  find_paths(word, paths);
  pieces.clear();
  for (auto end = word.size(); end > 0; end = paths[end].begin) {
    pieces.emplace_back(paths[end].begin, static_cast<std::uint32_t>(end));
  }
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
    auto [begin, end] = *piece;
    const auto token = paths[end].token;
    if (token != unknown_) {
      out.push_back(token);
      continue;
    }
    while (piece + 1 != pieces.rend() && paths[(piece + 1)->second].token == unknown_) {
      ++piece;
      end = piece->second;
    }
    append_unknown(word.substr(begin, end - begin), out);
  }
  if (word.size() > kept_characters_max) {
    std::vector<best_path>().swap(paths);
    std::vector<std::pair<std::uint32_t, std::uint32_t>>().swap(pieces);
  }
}

} // namespace troupe::text
