// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/http_api.hpp"

#include "actors/gateway/chat_format.hpp"
#include "actors/gateway/completion_format.hpp"
#include "actors/gateway/embedding_format.hpp"
#include "actors/gateway/http_path.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace troupe {

namespace {

constexpr std::string_view request_id_header = "x-request-id";

/// Of OpenAI's API, and not here yet.
constexpr std::array<std::string_view, 10> known_elsewhere{
    "responses", "messages", "images", "audio",    "moderations",
    "files",     "batches",  "rerank", "tokenize", "detokenize"};

bool is_known_elsewhere(std::string_view path) {
  return std::ranges::any_of(known_elsewhere, [&](std::string_view name) {
    return path.starts_with(name) && (path.size() == name.size() || path[name.size()] == '/');
  });
}

/// Takes the same time wherever the two differ.
bool equal_secret(std::string_view given, std::string_view wanted) {
  std::size_t different = given.size() ^ wanted.size();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const char other = i < given.size() ? given[i] : '\0';
    different |= static_cast<unsigned char>(other ^ wanted[i]);
  }
  return different == 0;
}

std::string_view key_of(const api_call& call) {
  constexpr std::string_view bearer = "bearer ";
  const auto given = call.header("authorization");
  const bool is_bearer =
      given.size() > bearer.size()
      && std::ranges::equal(given.substr(0, bearer.size()), bearer, [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b;
         });
  if (is_bearer) {
    return given.substr(bearer.size());
  }
  const auto key = call.header("x-api-key");
  return key.empty() ? call.header("api-key") : key;
}

void send_json(api_reply& reply, int status, std::string body) {
  reply.send(status, {{"content-type", "application/json"}}, std::move(body));
}

} // namespace

http_api::http_api(http_api_options options, const text_registry& texts, std::uint64_t seed,
                   std::function<std::int64_t()> unix_s)
    : options_(std::move(options)), texts_(texts), seed_(seed), unix_s_(std::move(unix_s)) {
}

void http_api::connect(poster post, later after) {
  post_ = std::move(post);
  after_ = std::move(after);
  ping_later();
}

void http_api::ping_later() {
  after_(options_.ping_interval, [this] {
    post_([this](gateway_core&, context&) { ping(); });
    ping_later();
  });
}

bool http_api::is_authorized(const api_call& call) const {
  if (options_.api_keys.empty()) {
    return true;
  }
  const auto given = key_of(call);
  bool found = false;
  for (const auto& key : options_.api_keys) {
    found = equal_secret(given, key) || found;
  }
  return found;
}

void http_api::handle(const api_call& call, std::shared_ptr<api_reply> reply) {
  const auto path = decode_path(call.target);
  const bool is_read = call.method == "GET" || call.method == "HEAD";
  const auto refuse_method = [&](std::string_view allowed) {
    send_error(*reply,
               {.code = errors::method_not_allowed,
                .text = "this path takes no " + std::string(call.method) + "; use "
                        + std::string(allowed)},
               {{"allow", std::string(allowed)}});
  };
  if (path == "live" || path == "ready" || path == "health") {
    return is_read ? health(*reply, path == "live") : refuse_method("GET, HEAD");
  }
  if (!is_authorized(call)) {
    reply->send(401, {{"content-type", "application/json"}, {"www-authenticate", "Bearer"}},
                openai::invalid_key_body());
    return;
  }
  if (path.empty()) {
    return is_read ? send_json(*reply, 200, R"({"status":"ok"})") : refuse_method("GET, HEAD");
  }
  if (path == "chat/completions") {
    return call.method == "POST" ? chat(call, reply) : refuse_method("POST");
  }
  if (path == "completions") {
    return call.method == "POST" ? complete(call, reply) : refuse_method("POST");
  }
  if (path == "embeddings") {
    return call.method == "POST" ? embed(call, reply) : refuse_method("POST");
  }
  if (path == "models") {
    return is_read ? models(*reply) : refuse_method("GET, HEAD");
  }
  if (path.starts_with("models/")) {
    return is_read ? model(std::string_view(path).substr(7), *reply) : refuse_method("GET, HEAD");
  }
  if (is_known_elsewhere(path)) {
    std::string body;
    openai::append_error(body,
                         {.code = errc::unsupported,
                          .text = "/" + path + " is not supported; use /v1/chat/completions"});
    return send_json(*reply, 501, std::move(body));
  }
  send_error(*reply,
             {.code = errors::route_not_found,
              .text = "there is no such path; use /v1/chat/completions, /v1/completions, "
                      "/v1/embeddings or /v1/models"},
             {});
}

void http_api::health(api_reply& reply, bool live_only) const {
  if (live_only || (!is_draining_ && !texts_.current()->empty())) {
    return send_json(reply, 200, R"({"status":"ok"})");
  }
  send_json(reply, 503, is_draining_ ? R"({"status":"draining"})" : R"({"status":"starting"})");
}

void http_api::models(api_reply& reply) const {
  std::string body;
  openai::append_models(body, *texts_.current(), options_.started_s);
  send_json(reply, 200, std::move(body));
}

void http_api::model(std::string_view id, api_reply& reply) const {
  if (const auto text = texts_.find(id)) {
    std::string body;
    openai::append_model(body, *text, options_.started_s);
    return send_json(reply, 200, std::move(body));
  }
  send_error(reply, unknown_model(id, texts_.current()->empty()), {});
}

template <class Request>
result<prepared> http_api::read(const result<Request>& request, header_list& headers) const {
  if (!request) {
    return request.err();
  }
  if (request->ignored.count > 0) {
    headers.emplace_back("x-troupe-ignored-params", header_value_of(request->ignored.names));
  }
  auto text = texts_.find(request->model);
  if (text == nullptr) {
    return unknown_model(request->model, texts_.current()->empty());
  }
  return prepare(*request, std::move(text));
}

template <class Parse, class Shape>
void http_api::answer(const api_call& call, const std::shared_ptr<api_reply>& reply,
                      const Parse& parse, const Shape& shape) {
  const client_id who{++last_client_};
  const request_id request{{mix64(seed_, who.value), mix64(who.value, seed_)}};
  header_list headers{{std::string(request_id_header), openai::hex(request.value)}};
  auto what = read(parse(call.body, options_.request), headers);
  if (!what) {
    send_error(*reply, what.err(), std::move(headers));
    return;
  }
  auto shared = std::make_shared<const prepared>(std::move(*what));
  openai::answer_head head{.id = {},
                           .model = shared->text->name(),
                           .created_s = unix_s_(),
                           .include_usage = shared->include_usage,
                           .logprobs_of = shared->how.logprobs ? shared->text : nullptr};
  auto response =
      std::make_shared<client_response>(shape(std::move(head), request, shared), shared->stream,
                                        shared->answers(), std::move(headers), reply);
  {
    const std::lock_guard lock(mutex_);
    clients_.emplace(who, std::move(response));
  }
  listen(who, *reply);
  post_([this, submission = client_submission{who, request, std::move(shared)}](gateway_core& core,
                                                                                context& cx) {
    if (find(submission.client) != nullptr) { // else its connection has ended meanwhile
      core.submit(submission, cx);
    }
  });
}

void http_api::chat(const api_call& call, const std::shared_ptr<api_reply>& reply) {
  answer(call, reply, parse_chat_request,
         [](openai::answer_head head, request_id request,
            const std::shared_ptr<const prepared>& what) -> std::unique_ptr<answer_format> {
           head.id = openai::chat_id(request);
           return std::make_unique<openai::chat_format>(std::move(head), what);
         });
}

void http_api::complete(const api_call& call, const std::shared_ptr<api_reply>& reply) {
  answer(call, reply, parse_completion_request,
         [](openai::answer_head head, request_id request,
            const std::shared_ptr<const prepared>& what) -> std::unique_ptr<answer_format> {
           head.id = openai::completion_id(request);
           return std::make_unique<openai::completion_format>(std::move(head), what);
         });
}

void http_api::embed(const api_call& call, const std::shared_ptr<api_reply>& reply) {
  answer(call, reply, parse_embedding_request,
         [](openai::answer_head head, request_id,
            const std::shared_ptr<const prepared>& what) -> std::unique_ptr<answer_format> {
           return std::make_unique<openai::embedding_format>(std::move(head), what);
         });
}

void http_api::listen(client_id who, api_reply& reply) {
  reply.on_gone([this, who] {
    forget(who);
    post_([who](gateway_core& core, context& cx) { core.client_gone(who, cx); });
  });
}

std::shared_ptr<client_response> http_api::find(client_id who) const {
  const std::lock_guard lock(mutex_);
  const auto found = clients_.find(who);
  return found == clients_.end() ? nullptr : found->second;
}

void http_api::forget(client_id who) {
  const std::lock_guard lock(mutex_);
  clients_.erase(who);
}

std::size_t http_api::client_count() const {
  const std::lock_guard lock(mutex_);
  return clients_.size();
}

bool http_api::on_delta(client_id who, std::uint32_t choice, const choice_delta& what) {
  const auto response = find(who);
  if (response == nullptr || response->on_delta(choice, what) < options_.waiting_bytes_max) {
    return true;
  }
  watch_window(who);
  return false;
}

void http_api::watch_window(client_id who) {
  after_(options_.window_interval, [this, who] {
    const auto response = find(who);
    if (response == nullptr) {
      return;
    }
    if (response->waiting_bytes() > options_.waiting_bytes_max / 2) {
      watch_window(who);
      return;
    }
    post_([who](gateway_core& core, context& cx) { core.set_client_window(who, true, cx); });
  });
}

void http_api::on_end(client_id who, std::uint32_t choice, finish_reason why,
                      const token_usage& used) {
  const auto response = find(who);
  if (response != nullptr && response->on_end(choice, why, used)) {
    forget(who);
  }
}

void http_api::on_error(client_id who, const error& why) {
  if (const auto response = find(who)) {
    forget(who);
    response->on_error(why);
  }
}

void http_api::ping() {
  std::vector<std::shared_ptr<client_response>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [who, response] : clients_) {
      all.push_back(response);
    }
  }
  for (const auto& response : all) {
    response->ping();
  }
}

} // namespace troupe
