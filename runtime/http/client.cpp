// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/http/client.hpp"

#include <curl/curl.h>

#include <memory>

namespace troupe::http {

namespace {

struct transfer {
  const std::function<bool(std::string_view)>* on_data = nullptr;
  std::size_t bytes_max = 0;
  CURL* handle = nullptr;
  std::string body;
  bool too_large = false;
};

std::size_t take(char* data, std::size_t size, std::size_t count, void* to) {
  auto& into = *static_cast<transfer*>(to);
  const auto bytes = size * count;
  long status = 0;
  curl_easy_getinfo(into.handle, CURLINFO_RESPONSE_CODE, &status);
  if (into.on_data != nullptr && status == 200) {
    return (*into.on_data)({data, bytes}) ? bytes : 0;
  }
  if (into.body.size() + bytes > into.bytes_max) {
    into.too_large = true;
    return 0;
  }
  into.body.append(data, bytes);
  return bytes;
}

error why_failed(CURLcode code, const std::string& url, const transfer& of) {
  if (of.too_large) {
    return {.code = errc::too_large, .text = "the answer of " + url + " is too long"};
  }
  const auto kind = code == CURLE_OPERATION_TIMEDOUT ? errc::timeout
                    : code == CURLE_URL_MALFORMAT    ? errc::invalid_value
                    : code == CURLE_WRITE_ERROR      ? errc::cancelled
                                                     : errc::peer_gone;
  return {.code = kind,
          .text = "cannot reach " + url + ": " + curl_easy_strerror(code)
                  + "; is the server running there?",
          .retryable = true};
}

result<answer> run(const std::string& url, const std::string* json,
                   const std::function<bool(std::string_view)>* on_data,
                   const client_options& options) {
  static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, void (*)(CURL*)> handle(curl_easy_init(), curl_easy_cleanup);
  if (ready != CURLE_OK || handle == nullptr) {
    return error{.code = errc::internal, .text = "libcurl cannot be initialised"};
  }
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  headers = curl_slist_append(headers, "Expect:");
  if (!options.bearer.empty()) {
    headers = curl_slist_append(headers, ("Authorization: Bearer " + options.bearer).c_str());
  }
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> held(headers, curl_slist_free_all);
  transfer state{.on_data = on_data, .bytes_max = options.body_bytes_max, .handle = handle.get()};
  const auto timeout = std::chrono::duration_cast<std::chrono::milliseconds>(options.timeout);
  auto* h = handle.get();
  curl_easy_setopt(h, CURLOPT_URL, url.c_str());
  curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(h, CURLOPT_PROXY, "");
  curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, &take);
  curl_easy_setopt(h, CURLOPT_WRITEDATA, &state);
  if (json != nullptr) {
    curl_easy_setopt(h, CURLOPT_POSTFIELDS, json->c_str());
    curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(json->size()));
  }
  const auto code = curl_easy_perform(h);
  if (code != CURLE_OK) {
    return why_failed(code, url, state);
  }
  long status = 0;
  curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
  return answer{static_cast<int>(status), std::move(state.body)};
}

} // namespace

result<answer> get(const std::string& url, const client_options& options) {
  return run(url, nullptr, nullptr, options);
}

result<answer> post(const std::string& url, const std::string& json,
                    const client_options& options) {
  return run(url, &json, nullptr, options);
}

result<answer> post_stream(const std::string& url, const std::string& json,
                           const std::function<bool(std::string_view)>& on_data,
                           const client_options& options) {
  return run(url, &json, &on_data, options);
}

} // namespace troupe::http
