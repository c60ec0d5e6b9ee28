// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/keys/node_keys.hpp"

#include "runtime/keys/key_files.hpp"

#include <utility>

namespace troupe::keys {

namespace {

result<revocation_list> read_revocations(const std::string& path, const std::string& cluster,
                                         const std::vector<public_key>& signers) {
  const auto data = read_document_file(path);
  if (!data && data.err().code == errc::not_found) {
    return revocation_list{.cluster = cluster};
  }
  if (!data) {
    return data.err();
  }
  auto list = open_revocations(*data, signers);
  if (list && list->cluster != cluster) {
    return error{.code = errc::forbidden,
                 .text = path + " is the list of another cluster; copy the right one",
                 .field = path};
  }
  if (!list) {
    auto why = list.err();
    why.text = path + ": " + why.text;
    return why;
  }
  return list;
}

bool same(const node_keys& a, const node_keys& b) {
  return a.certificate == b.certificate && a.believes.signers() == b.believes.signers()
         && a.believes.revocations().version == b.believes.revocations().version;
}

} // namespace

result<node_keys> load_node_keys(const std::string& directory, unix_seconds now) {
  const auto at = [&](const char* name) {
    return directory + "/" + name;
  };
  const auto secret = read_secret_file(at(file::node_key));
  if (!secret) {
    return secret.err();
  }
  auto document = read_document_file(at(file::node_certificate));
  if (!document) {
    return document.err();
  }
  const auto signers = read_keys_file(at(file::trusted));
  if (!signers) {
    return signers.err();
  }
  const auto opened = open_certificate(*document, *signers);
  if (!opened) {
    return opened.err();
  }
  if (opened->link_key != link_key_of(*secret)) {
    return error{.code = errc::invalid_value,
                 .text = at(file::node_certificate) + " was issued for another key than "
                         + at(file::node_key),
                 .field = directory};
  }
  const auto revoked = read_revocations(at(file::revoked), opened->of.cluster, *signers);
  if (!revoked) {
    return revoked.err();
  }
  trust believes(opened->of.cluster, *signers, *revoked);
  if (const auto fine = believes.recheck(*opened, now); !fine) {
    auto why = fine.err();
    why.text = at(file::node_certificate) + ": " + why.text;
    return why;
  }
  return node_keys{.me = *opened,
                   .certificate = *std::move(document),
                   .link_secret = *secret,
                   .believes = std::move(believes)};
}

live_keys::live_keys(node_keys first, std::string directory)
    : directory_(std::move(directory)),
      current_(std::make_shared<const node_keys>(std::move(first))) {
}

std::shared_ptr<const node_keys> live_keys::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

result<bool> live_keys::refresh(unix_seconds now) {
  if (directory_.empty()) {
    return false;
  }
  auto fresh = load_node_keys(directory_, now);
  if (!fresh) {
    return std::move(fresh).err();
  }
  const auto held = current();
  if (fresh->me.link_key != held->me.link_key || fresh->me.of.name != held->me.of.name) {
    return error{.code = errc::invalid_value,
                 .text = "another key or name in " + directory_ + "; restart the node to use it",
                 .field = directory_};
  }
  if (fresh->believes.revocations().version < held->believes.revocations().version) {
    return error{.code = errc::invalid_value,
                 .text = "an older list of revocations in " + directory_ + "; copy the newest",
                 .field = directory_};
  }
  if (same(*fresh, *held)) {
    return false;
  }
  replace(*std::move(fresh));
  return true;
}

void live_keys::replace(node_keys by) {
  auto next = std::make_shared<const node_keys>(std::move(by));
  const std::lock_guard lock(mutex_);
  current_.swap(next);
}

} // namespace troupe::keys
