// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>

/// Which recorded graph a decode step runs. Host logic; what a graph is, is its owner's matter.
/// Checked: test/unit/cuda/graph_buckets_test.cpp
namespace troupe::cuda {

/// Sequences of the largest graph; larger steps are launched kernel by kernel.
inline constexpr std::int32_t graph_sequences_max = 256;

/// The least number of sequences that a graph is made for and that holds `sequences`: 1, 2, 4, 8,
/// then multiples of 8; 0 where none does.
[[nodiscard]] std::int32_t sequences_bucket(std::int32_t sequences);

/// The least reach of keys that a graph is made for: a power of two of at least 256, because the
/// number of splits is part of a graph; at most `context_max` where that is less.
[[nodiscard]] std::int32_t visible_bucket(std::int32_t visible, std::int32_t context_max);

/// What a graph depends on beyond the model.
struct graph_key {
  std::int32_t sequences = 0;
  std::int32_t visible = 0;

  friend auto operator<=>(const graph_key&, const graph_key&) = default;
};

/// Keeps the graphs that were used last. Requires: graphs_max >= 1.
template <class Graph>
class graph_cache {
public:
  explicit graph_cache(std::size_t graphs_max) : graphs_max_(graphs_max) {}

  /// Null where there is none; else it counts as used.
  [[nodiscard]] Graph* find(const graph_key& key) {
    const auto found = places_.find(key);
    if (found == places_.end()) {
      return nullptr;
    }
    graphs_.splice(graphs_.begin(), graphs_, found->second);
    return &found->second->graph;
  }

  /// Drops the one unused for longest where there are too many. Requires: no graph of that key.
  Graph& add(const graph_key& key, Graph graph) {
    if (graphs_.size() >= graphs_max_) {
      places_.erase(graphs_.back().key);
      graphs_.pop_back();
    }
    graphs_.push_front({key, std::move(graph)});
    places_[key] = graphs_.begin();
    return graphs_.front().graph;
  }

  [[nodiscard]] std::size_t size() const { return graphs_.size(); }

private:
  struct entry {
    graph_key key;
    Graph graph;
  };

  std::size_t graphs_max_;
  std::list<entry> graphs_; ///< Last used first.
  std::map<graph_key, typename std::list<entry>::iterator> places_;
};

} // namespace troupe::cuda
