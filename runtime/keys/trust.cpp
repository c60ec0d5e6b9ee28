// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/keys/trust.hpp"

#include <algorithm>
#include <utility>

namespace troupe::keys {

namespace {

error forbidden(std::string text) {
  return {.code = errc::forbidden, .text = std::move(text)};
}

} // namespace

trust::trust(std::string cluster, std::vector<public_key> signers, revocation_list revoked)
    : cluster_(std::move(cluster)), signers_(std::move(signers)), list_(std::move(revoked)) {
  for (const auto& each : list_.revoked) {
    revoked_serials_.insert(each.serial);
    if (each.link_key.size() == key_bytes) {
      public_key key;
      std::ranges::copy(each.link_key, key.value.begin());
      revoked_keys_.insert(key);
    }
  }
}

result<verified_certificate> trust::verify(bytes_view data, unix_seconds now) const {
  auto opened = open_certificate(data, signers_);
  if (!opened) {
    return opened;
  }
  if (auto fine = recheck(*opened, now); !fine) {
    return std::move(fine).err();
  }
  return opened;
}

// Dates are compared without adding to them: they come from a file and may be any number.
result<void> trust::recheck(const verified_certificate& what, unix_seconds now) const {
  if (what.of.cluster != cluster_) {
    return forbidden("the certificate is of another cluster");
  }
  if (std::ranges::find(signers_, what.signer) == signers_.end()) {
    return forbidden("the certificate's cluster key is no longer trusted; issue it again");
  }
  if (revoked_serials_.contains(what.of.serial) || revoked_keys_.contains(what.link_key)) {
    return forbidden("the certificate is revoked");
  }
  if (what.of.not_before > now + clock_leeway) {
    return forbidden("the certificate is not valid yet; check both hosts' clocks");
  }
  if (what.of.not_after < now - clock_leeway) {
    return forbidden("the certificate has expired; issue it again with `troupe keys issue`");
  }
  return {};
}

} // namespace troupe::keys
