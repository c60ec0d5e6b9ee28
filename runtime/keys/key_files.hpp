// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/keys/key.hpp"

#include <string>
#include <vector>

/// Keys and signed documents in files: lines of base64 text; empty lines and those that begin with
/// '#' are for people.
namespace troupe::keys {

namespace file {
inline constexpr const char* cluster_key = "cluster.key"; ///< Secret; on the issuing host only.
inline constexpr const char* issued = "issued";           ///< What the cluster key has signed.
inline constexpr const char* trusted = "trusted";         ///< The cluster's public keys.
inline constexpr const char* revoked = "revoked";
inline constexpr const char* node_key = "node.key"; ///< Secret.
inline constexpr const char* node_certificate = "node.cert";
inline constexpr const char* nodes = "nodes"; ///< Directory of one directory for each node.
} // namespace file

/// Errors: those of reading; invalid_value where others than this user could read it.
[[nodiscard]] result<secret_key> read_secret_file(const std::string& path);

/// The lines that are not for people. Errors: those of reading; invalid_value where others than
/// this user could write it: whoever writes it decides who is believed.
[[nodiscard]] result<std::vector<std::string>> read_lines(const std::string& path);

/// The one document in a file.
[[nodiscard]] result<bytes> read_document_file(const std::string& path);

/// One key a line, at least one and at most eight.
[[nodiscard]] result<std::vector<public_key>> read_keys_file(const std::string& path);

/// Whole files at once; secrets with mode 0600, the rest with 0644. `note` is for people.
[[nodiscard]] result<void> write_secret_file(const std::string& path, const std::string& note,
                                             const secret_key& key);
[[nodiscard]] result<void> write_document_file(const std::string& path, const std::string& note,
                                               bytes_view document);
[[nodiscard]] result<void> write_keys_file(const std::string& path, const std::string& note,
                                           const std::vector<public_key>& keys);

} // namespace troupe::keys
