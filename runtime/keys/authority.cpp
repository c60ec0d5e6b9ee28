// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/keys/authority.hpp"

#include "runtime/keys/key_files.hpp"
#include "runtime/process/files.hpp"
#include "runtime/process/system.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sstream>
#include <sys/file.h>
#include <utility>

namespace troupe::keys {

namespace {

constexpr std::size_t issued_max = 65'536;
constexpr std::size_t name_chars_max = 64;

// It names a directory and a node: nothing that leads elsewhere.
bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= name_chars_max && text.front() != '.'
         && std::ranges::all_of(text, [](unsigned char c) {
              return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
            });
}

result<std::vector<issued_row>> read_issued(const std::string& path) {
  const auto lines = read_lines(path);
  if (!lines) {
    return lines.err();
  }
  std::vector<issued_row> rows;
  for (const auto& line : *lines) {
    std::istringstream words(line);
    issued_row row;
    std::string key;
    words >> std::hex >> row.serial >> std::dec >> row.roles >> row.not_after >> key >> row.name;
    const auto parsed = parse_public_key(key);
    if (!words || !parsed) {
      return error{.code = errc::malformed,
                   .text = path + ": not a line of issued certificates: " + line,
                   .field = path};
    }
    row.link_key = *parsed;
    rows.push_back(std::move(row));
  }
  return rows;
}

} // namespace

std::string serial_text(std::uint64_t serial) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(serial));
  return text;
}

result<void> authority::lock() {
  lock_ = process::descriptor{::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!lock_ || ::flock(lock_.get(), LOCK_EX) != 0) {
    return error{.code = errc::not_found,
                 .text = "no directory of keys at " + directory_ + "; `troupe keys init` makes one",
                 .field = directory_};
  }
  return {};
}

result<authority> authority::create(const std::string& directory, const std::string& cluster) {
  authority made;
  made.directory_ = directory;
  if (auto fine = process::make_private_directory(directory); !fine) {
    return fine.err();
  }
  if (auto fine = made.lock(); !fine) {
    return fine.err();
  }
  if (std::filesystem::exists(made.at(file::cluster_key))) {
    return error{.code = errc::invalid_value,
                 .text =
                     directory + " holds a cluster key already; `troupe keys rotate` replaces it",
                 .field = directory};
  }
  made.secret_ = make_secret_key();
  made.trusted_ = {signing_key_of(made.secret_)};
  made.list_ = {.cluster = cluster, .version = 1};
  if (auto fine = write_secret_file(made.at(file::cluster_key),
                                    "secret key of cluster " + cluster + "; never copy it to nodes",
                                    made.secret_);
      !fine) {
    return fine.err();
  }
  if (auto fine = made.publish(); !fine) {
    return fine.err();
  }
  if (auto fine = made.write_issued(); !fine) {
    return fine.err();
  }
  return made;
}

result<authority> authority::open(const std::string& directory) {
  authority made;
  made.directory_ = directory;
  if (auto fine = made.lock(); !fine) {
    return fine.err();
  }
  auto secret = read_secret_file(made.at(file::cluster_key));
  if (!secret) {
    return secret.err();
  }
  made.secret_ = *secret;
  auto trusted = read_keys_file(made.at(file::trusted));
  if (!trusted) {
    return trusted.err();
  }
  made.trusted_ = *std::move(trusted);
  const auto document = read_document_file(made.at(file::revoked));
  if (!document) {
    return document.err();
  }
  auto list = open_revocations(*document, made.trusted_);
  if (!list) {
    return list.err();
  }
  made.list_ = *std::move(list);
  auto issued = read_issued(made.at(file::issued));
  if (!issued) {
    return issued.err();
  }
  made.issued_ = *std::move(issued);
  return made;
}

std::string authority::directory_of(const std::string& name) const {
  return at(std::string(file::nodes) + "/" + name);
}

bool authority::is_revoked(std::uint64_t serial) const {
  return std::ranges::find(list_.revoked, serial, &revocation::serial) != list_.revoked.end();
}

result<certificate> authority::issue(const request& what) {
  if (!is_name(what.name)) {
    return error{.code = errc::invalid_value,
                 .text = "'" + what.name
                         + "' cannot name a node: use up to 64 letters, digits, '-', '_' and '.'",
                 .field = "name"};
  }
  if (what.roles == 0 || what.valid_for <= 0 || issued_.size() >= issued_max) {
    return error{.code = errc::invalid_value,
                 .text = "a certificate needs a role, a duration, and room in the file 'issued'",
                 .field = "roles"};
  }
  const auto directory = directory_of(what.name);
  for (const auto& path : {at(file::nodes), directory}) {
    if (auto fine = process::make_private_directory(path); !fine) {
      return fine.err();
    }
  }
  const auto key_path = directory + "/" + file::node_key;
  auto secret = read_secret_file(key_path);
  if (!secret && secret.err().code != errc::not_found) {
    return secret.err();
  }
  const trust now(list_.cluster, trusted_, list_);
  if (!secret || now.is_revoked(link_key_of(*secret))) {
    secret = make_secret_key();
    if (auto fine = write_secret_file(key_path, "secret key of node " + what.name, *secret);
        !fine) {
      return fine.err();
    }
  }
  const auto key = link_key_of(*secret);
  certificate made{.serial = process::random_u64() | 1U,
                   .cluster = list_.cluster,
                   .name = what.name,
                   .node = what.node,
                   .roles = what.roles,
                   .link_key = bytes(key.value.begin(), key.value.end()),
                   .not_before = what.now,
                   .not_after = what.now + what.valid_for};
  // Written down before it can be used: what is not in the list cannot be revoked by name.
  issued_.push_back({made.serial, made.roles, made.not_after, key, made.name});
  if (auto fine = write_issued(); !fine) {
    return fine.err();
  }
  if (auto fine = write_document_file(directory + "/" + file::node_certificate,
                                      "certificate " + serial_text(made.serial) + " of node "
                                          + what.name + " in cluster " + list_.cluster,
                                      keys::issue(made, secret_));
      !fine) {
    return fine.err();
  }
  if (auto fine = publish(); !fine) {
    return fine.err();
  }
  return made;
}

result<std::size_t> authority::revoke(const std::string& name_or_serial) {
  std::size_t fresh = 0;
  bool known = false;
  for (const auto& row : issued_) {
    if (row.name != name_or_serial && serial_text(row.serial) != name_or_serial) {
      continue;
    }
    known = true;
    if (is_revoked(row.serial)) {
      continue;
    }
    // A key that another valid certificate holds goes on; a name is revoked with its keys.
    const bool goes_on =
        row.name != name_or_serial && std::ranges::any_of(issued_, [&](const issued_row& other) {
          return other.link_key == row.link_key && other.serial != row.serial
                 && !is_revoked(other.serial);
        });
    list_.revoked.push_back(
        {row.serial,
         goes_on ? bytes{} : bytes(row.link_key.value.begin(), row.link_key.value.end())});
    ++fresh;
  }
  if (!known) {
    return error{.code = errc::not_found,
                 .text = "no certificate of name or serial '" + name_or_serial
                         + "'; `troupe keys show` lists them",
                 .field = name_or_serial};
  }
  if (list_.revoked.size() > revocations_max) {
    return error{.code = errc::too_large,
                 .text = "the list of revocations is full; rotate the cluster key twice and issue "
                         "the good nodes' certificates again"};
  }
  ++list_.version;
  if (auto fine = publish(); !fine) {
    return fine.err();
  }
  return fresh;
}

result<public_key> authority::rotate() {
  const auto fresh = make_secret_key();
  const auto before = signing_key_of(secret_);
  trusted_ = {signing_key_of(fresh), before};
  ++list_.version;
  // Trusted before it signs: a crash between the two leaves nothing that cannot be read.
  const auto note = "public keys of cluster " + list_.cluster;
  if (auto fine = write_keys_file(at(file::trusted), note, trusted_); !fine) {
    return fine.err();
  }
  if (auto fine = write_secret_file(
          at(file::cluster_key),
          "secret key of cluster " + list_.cluster + "; never copy it to nodes", fresh);
      !fine) {
    return fine.err();
  }
  secret_ = fresh;
  if (auto fine = publish(); !fine) {
    return fine.err();
  }
  return trusted_.front();
}

result<void> authority::publish() const {
  const auto document = keys::issue(list_, secret_);
  std::set<std::string> places{directory_};
  for (const auto& row : issued_) {
    const auto directory = directory_of(row.name);
    if (std::filesystem::is_directory(directory)) {
      places.insert(directory);
    }
  }
  for (const auto& place : places) {
    if (auto fine = write_keys_file(place + "/" + file::trusted,
                                    "public keys of cluster " + list_.cluster, trusted_);
        !fine) {
      return fine;
    }
    if (auto fine = write_document_file(place + "/" + file::revoked,
                                        "revocations of cluster " + list_.cluster + ", version "
                                            + std::to_string(list_.version),
                                        document);
        !fine) {
      return fine;
    }
  }
  return {};
}

result<void> authority::write_issued() const {
  std::ostringstream text;
  text << "# serial, roles, not after, key, name\n";
  for (const auto& row : issued_) {
    text << serial_text(row.serial) << ' ' << row.roles << ' ' << row.not_after << ' '
         << to_text(row.link_key) << ' ' << row.name << '\n';
  }
  return process::write_file_atomic(at(file::issued), text.str(), 0600);
}

} // namespace troupe::keys
