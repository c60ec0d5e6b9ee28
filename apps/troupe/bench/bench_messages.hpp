// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string_view>
#include <tuple>

/// Messages of the benchmark only; they are in no node's type table.
namespace troupe::bench {

struct note {
  static constexpr wire_type type = 64'001;
  static constexpr std::string_view name = "bench_note";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint64_t number = 0; ///< Not 0: the receiver sends it back, without data.
  bytes data;

  static constexpr auto fields() {
    return std::tuple{field(1, "number", &note::number), field(2, "data", &note::data, 65'536)};
  }
};

struct crate {
  static constexpr wire_type type = 64'002;
  static constexpr std::string_view name = "bench_crate";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint64_t number = 0;   ///< As of a note.
  std::uint64_t checksum = 0; ///< Not 0: of the attachment; the receiver compares.
  blob attachment;

  static constexpr auto fields() {
    return std::tuple{field(1, "number", &crate::number), field(2, "checksum", &crate::checksum)};
  }
};

} // namespace troupe::bench
