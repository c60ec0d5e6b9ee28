// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/bpe.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <queue>
#include <utility>

namespace troupe::text {

namespace {

constexpr std::size_t short_word_bytes_max = 64;
constexpr std::size_t kept_word_bytes_max = 1U << 18U; ///< A longer word's memory is given back.
constexpr std::uint32_t no_rank = 0xFFFFFFFFU;

std::uint64_t pair_of(token_id left, token_id right) {
  return (std::uint64_t{left} << 32U) | right;
}

std::size_t home_of(std::uint64_t pair, std::size_t mask) {
  return static_cast<std::size_t>((pair * 0x9e3779b97f4a7c15ULL) >> 20U) & mask;
}

/// A merge that was possible when it was queued; stale once either side has changed.
struct candidate {
  std::uint32_t rank = 0;
  std::uint32_t left = 0; ///< Positions.
  std::uint32_t right = 0;
  std::uint64_t pair = 0;
  token_id merged = 0;

  bool operator>(const candidate& other) const {
    return rank != other.rank ? rank > other.rank : left > other.left;
  }
};

struct node {
  token_id token = 0;
  std::uint32_t previous = 0;
  std::uint32_t next = 0;
  bool alive = true;
};

} // namespace

bpe::bpe(bpe_alphabet alphabet, std::span<const merge_rule> rules)
    : alphabet_(std::move(alphabet)), slots_(std::bit_ceil(2 * rules.size() + 2)) {
  std::uint32_t rank = 0;
  for (const auto& rule : rules) {
    insert(pair_of(rule.left, rule.right), rank++, rule.merged);
  }
}

void bpe::insert(std::uint64_t pair, std::uint32_t rank, token_id merged) {
  const auto mask = slots_.size() - 1;
  auto at = home_of(pair, mask);
  while (slots_[at].pair != empty_pair && slots_[at].pair != pair) {
    at = (at + 1) & mask;
  }
  slots_[at] = {pair, rank, merged};
}

const bpe::slot* bpe::find(token_id left, token_id right) const {
  const auto mask = slots_.size() - 1;
  const auto pair = pair_of(left, right);
  auto at = home_of(pair, mask);
  while (slots_[at].pair != pair) {
    if (slots_[at].pair == empty_pair) {
      return nullptr;
    }
    at = (at + 1) & mask;
  }
  return &slots_[at];
}

void bpe::encode(std::string_view word, token_list& out) const {
  thread_local token_list symbols;
  symbols.clear();
  alphabet_.append(word, symbols);
  if (symbols.size() > 1 && !slots_.empty()) {
    symbols.size() <= short_word_bytes_max ? encode_short(symbols) : encode_long(symbols);
  }
  out.insert(out.end(), symbols.begin(), symbols.end());
  if (word.size() > kept_word_bytes_max) {
    token_list().swap(symbols);
  }
}

void bpe::encode_short(token_list& symbols) const {
  std::array<std::uint32_t, short_word_bytes_max> ranks;
  std::array<token_id, short_word_bytes_max> merged;
  auto count = symbols.size();
  const auto look_up = [&](std::size_t at) {
    const auto* rule = find(symbols[at], symbols[at + 1]);
    ranks[at] = rule == nullptr ? no_rank : rule->rank;
    merged[at] = rule == nullptr ? 0 : rule->merged;
  };
  for (std::size_t at = 0; at + 1 < count; ++at) {
    look_up(at);
  }
  while (count > 1) {
    const auto end = ranks.begin() + static_cast<std::ptrdiff_t>(count - 1);
    const auto best = std::min_element(ranks.begin(), end);
    if (*best == no_rank) {
      break;
    }
    const auto at = static_cast<std::size_t>(best - ranks.begin());
    symbols[at] = merged[at];
    for (auto to = at + 1; to + 1 < count; ++to) {
      symbols[to] = symbols[to + 1];
      ranks[to] = ranks[to + 1 < short_word_bytes_max ? to + 1 : to];
      merged[to] = merged[to + 1 < short_word_bytes_max ? to + 1 : to];
    }
    --count;
    if (at > 0) {
      look_up(at - 1);
    }
    if (at + 1 < count) {
      look_up(at);
    }
  }
  symbols.resize(count);
}

void bpe::encode_long(token_list& symbols) const {
  const auto count = static_cast<std::uint32_t>(symbols.size());
  std::vector<node> nodes(count);
  std::priority_queue<candidate, std::vector<candidate>, std::greater<>> queue;
  const auto offer = [&](std::uint32_t left, std::uint32_t right) {
    const auto a = nodes[left].token;
    const auto b = nodes[right].token;
    if (const auto* rule = find(a, b)) {
      queue.push({rule->rank, left, right, pair_of(a, b), rule->merged});
    }
  };
  for (std::uint32_t at = 0; at < count; ++at) {
    nodes[at] = {symbols[at], at - 1, at + 1, true};
  }
  for (std::uint32_t at = 0; at + 1 < count; ++at) {
    offer(at, at + 1);
  }
  while (!queue.empty()) {
    const auto best = queue.top();
    queue.pop();
    auto& left = nodes[best.left];
    auto& right = nodes[best.right];
    if (!left.alive || !right.alive || left.next != best.right
        || pair_of(left.token, right.token) != best.pair) {
      continue;
    }
    left.token = best.merged;
    left.next = right.next;
    right.alive = false;
    if (right.next < count) {
      nodes[right.next].previous = best.left;
      offer(best.left, right.next);
    }
    if (best.left > 0) {
      offer(left.previous, best.left);
    }
  }
  symbols.clear();
  for (std::uint32_t at = 0; at < count; at = nodes[at].next) {
    symbols.push_back(nodes[at].token);
  }
}

} // namespace troupe::text
