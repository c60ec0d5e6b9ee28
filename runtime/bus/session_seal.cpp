// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/session.hpp"
#include "runtime/keys/bulk_seal.hpp"

#include <algorithm>

/// The bulk lane is not encrypted: where links are authenticated, each frame carries a tag under a
/// secret of the session and direction, which came in the hello by the encrypted control lane. The
/// lane's sequence number is the nonce, and the envelope is sealed with the bytes: nothing can be
/// changed, moved, repeated or added.
namespace troupe {

void session::seal(std::uint64_t seq, bytes& head, bytes_view bulk) const {
  if (how_.bulk_secret) {
    const auto tag = keys::seal_bulk(*how_.bulk_secret, seq, head, bulk);
    head.insert(head.end(), tag.begin(), tag.end());
  }
}

bool session::is_genuine(const frame& data) const {
  if (!identity_ || data.head.size() != envelope_bytes + keys::tag_bytes) {
    return false;
  }
  const auto all = data.head.view();
  const auto head = all.first(envelope_bytes);
  const auto read = read_envelope(head);
  if (!read || read->seq != seq_in_[static_cast<std::size_t>(lane::bulk)] + 1) {
    return false;
  }
  keys::bulk_tag tag;
  std::ranges::copy(all.subspan(envelope_bytes), tag.begin());
  return keys::is_sealed(tag, identity_->bulk_secret, read->seq, head, data.bulk.view());
}

} // namespace troupe
