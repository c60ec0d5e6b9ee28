// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/keys/key.hpp"

#include <array>
#include <cstdint>

namespace troupe::keys {

inline constexpr std::size_t tag_bytes = 16;
using bulk_tag = std::array<std::byte, tag_bytes>;

/// Proves that a bulk frame comes from who holds the session's key, as it was sent. It hides
/// nothing.
/// Requires: no number twice under one key: it is the nonce.
/// Cost: one pass over the bytes; no copy, no allocation but for the head.
/// Source: ChaCha20-Poly1305 of RFC 8439; the bulk bytes are its additional data, the head its
/// text. Checked: test/unit/keys/bulk_seal_test.cpp
[[nodiscard]] bulk_tag seal_bulk(const secret_key& key, std::uint64_t number, bytes_view head,
                                 bytes_view bulk);
[[nodiscard]] bool is_sealed(const bulk_tag& tag, const secret_key& key, std::uint64_t number,
                             bytes_view head, bytes_view bulk);

} // namespace troupe::keys
