# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Tiny models, one for each way in which decoders differ.

Every size differs from those it could be mistaken for, prompts are longer than windows, chunks and
the original context of a stretched rope, and a pattern of layers holds each kind at least once.
"""

import dataclasses

SIZES = dict(hidden_size=48, intermediate_size=72, num_hidden_layers=3, num_attention_heads=4,
             num_key_value_heads=2, vocab_size=203, max_position_embeddings=128,
             bos_token_id=1, eos_token_id=2, pad_token_id=None)


@dataclasses.dataclass
class Family:
    name: str
    architecture: str
    config: str
    fields: dict
    is_moe: bool = False
    norm_adds_one: bool = False
    is_tied: bool = False
    scales: dict = dataclasses.field(default_factory=dict)  # Of names that end so.
    bf16_limit: float = 0.0

    def __post_init__(self):
        if self.bf16_limit == 0:
            self.bf16_limit = 0.03 if self.is_moe or self.norm_adds_one else 0.02

    @property
    def fp32_limit(self):
        return 5e-5 if self.is_moe else 1e-5


def rope(theta=10000.0, kind="default", **fields):
    return {"rope_type": kind, "rope_theta": theta, **fields}


def llama3_rope(low, high):
    return rope(500.0, "llama3", factor=8.0, low_freq_factor=low, high_freq_factor=high,
                original_max_position_embeddings=32)


def yarn_rope(**fields):
    return rope(1000.0, "yarn", factor=4.0, original_max_position_embeddings=32, beta_fast=32.0,
                beta_slow=1.0, **fields)


def longrope(pairs):
    return rope(1000.0, "longrope", original_max_position_embeddings=32,
                short_factor=[1.0 + 0.125 * i for i in range(pairs)],
                long_factor=[1.5 + 0.5 * i for i in range(pairs)])


def decoder(name, prefix, config=None, is_moe=False, norm_adds_one=False, scales=None, **fields):
    return Family(name, prefix + "ForCausalLM", config or prefix + "Config", {**SIZES, **fields},
                  is_moe=is_moe, norm_adds_one=norm_adds_one, scales=scales or {},
                  is_tied=fields.get("tie_word_embeddings", False))


def llamas():
    yield decoder("llama2", "Llama", num_key_value_heads=4, head_dim=16, rms_norm_eps=1e-5,
                  rope_parameters=rope())
    yield decoder("llama3", "Llama", head_dim=16, num_hidden_layers=4, rms_norm_eps=1e-5,
                  tie_word_embeddings=True, rope_parameters=llama3_rope(1.0, 4.0))
    yield decoder("falcon3", "Llama", head_dim=64, rms_norm_eps=1e-6,
                  rope_parameters=rope(1000042.0))
    yield decoder("mistral", "Mistral", head_dim=32, sliding_window=17, rope_parameters=rope())
    yield decoder("mistral_nemo", "Mistral", head_dim=32, sliding_window=None,
                  rope_parameters=rope(1000000.0))


def qwens():
    yield decoder("qwen2", "Qwen2", num_attention_heads=3, num_key_value_heads=1,
                  tie_word_embeddings=True, rope_parameters=rope(1000000.0))
    yield decoder("qwen2_window", "Qwen2", hidden_size=64, num_hidden_layers=4,
                  use_sliding_window=True, sliding_window=17, max_window_layers=2,
                  rope_parameters=yarn_rope())
    yield decoder("qwen3", "Qwen3", head_dim=32, tie_word_embeddings=True,
                  rope_parameters=rope(1000000.0))
    experts = dict(is_moe=True, num_hidden_layers=4, num_experts=5, num_experts_per_tok=2,
                   moe_intermediate_size=40, rope_parameters=rope())
    yield decoder("qwen2_moe", "Qwen2Moe", hidden_size=64, shared_expert_intermediate_size=56,
                  decoder_sparse_step=2, norm_topk_prob=False, **experts)
    yield decoder("qwen3_moe", "Qwen3Moe", head_dim=32, decoder_sparse_step=1, norm_topk_prob=True,
                  mlp_only_layers=[1], **experts)


def experts():
    yield decoder("mixtral", "Mixtral", is_moe=True, head_dim=16, num_local_experts=5,
                  num_experts_per_tok=2, rope_parameters=rope(1000000.0))
    yield decoder("deepseek_v3", "DeepseekV3", is_moe=True, num_key_value_heads=4, q_lora_rank=40,
                  kv_lora_rank=32, qk_nope_head_dim=32, qk_rope_head_dim=16, v_head_dim=24,
                  first_k_dense_replace=1, n_routed_experts=8, n_shared_experts=2, n_group=4,
                  topk_group=2, num_experts_per_tok=3, moe_intermediate_size=24,
                  routed_scaling_factor=2.5, norm_topk_prob=True,
                  rope_parameters=yarn_rope(mscale=1.0, mscale_all_dim=0.75))
    # Queries without a rank, pairs of halves, one group, nothing shared.
    yield decoder("deepseek_v3_plain", "DeepseekV3", is_moe=True, num_key_value_heads=4,
                  q_lora_rank=None, kv_lora_rank=48, qk_nope_head_dim=24, qk_rope_head_dim=16,
                  v_head_dim=40, first_k_dense_replace=0, n_routed_experts=6, n_shared_experts=1,
                  n_group=1, topk_group=1, num_experts_per_tok=2, moe_intermediate_size=24,
                  routed_scaling_factor=1.0, norm_topk_prob=False, rope_interleave=False,
                  rope_parameters=rope())
    # Biases this large reach the clamp of its activation.
    yield decoder("gpt_oss", "GptOss", is_moe=True, head_dim=32, num_hidden_layers=4,
                  num_local_experts=5, num_experts_per_tok=2, sliding_window=17,
                  scales={"gate_up_proj_bias": (0, 8192), "down_proj": (0, 64)},
                  rope_parameters=yarn_rope(truncate=False))
    llama4 = dict(config="Llama4TextConfig", is_moe=True, head_dim=32, num_hidden_layers=4,
                  num_local_experts=5, num_experts_per_tok=1, intermediate_size=40,
                  intermediate_size_mlp=72, no_rope_layers=[1, 1, 0, 1], attention_chunk_size=20,
                  attn_temperature_tuning=True, floor_scale=8, attn_scale=0.25)
    yield decoder("llama4_scout", "Llama4", interleave_moe_layer_step=1, use_qk_norm=True,
                  rope_parameters=llama3_rope(1.0, 1.0), **llama4)
    text = decoder("", "Llama4", interleave_moe_layer_step=2, use_qk_norm=True,
                   rope_parameters=rope(500000.0), **llama4)
    vision = dict(hidden_size=16, intermediate_size=20, num_hidden_layers=1, num_attention_heads=1,
                  image_size=28, patch_size=14, vision_output_dim=16, projector_input_dim=16,
                  projector_output_dim=16)
    yield Family("llama4_wrapped", "Llama4ForConditionalGeneration", "Llama4Config",
                 dict(text_config=text.fields, vision_config=vision, tie_word_embeddings=False),
                 is_moe=True)
    yield decoder("llama4_maverick", "Llama4", interleave_moe_layer_step=2, use_qk_norm=False,
                  rope_parameters=rope(500000.0), **llama4)


def falcons():
    sizes = {**SIZES}
    del sizes["intermediate_size"], sizes["num_key_value_heads"]
    shared = dict(alibi=False, bias=False, rope_parameters=rope())
    # Without gates a layer moves little, and a tied head would repeat the token it reads.
    scales = {"query_key_value.weight": (0, 384), "self_attention.dense.weight": (0, 768),
              "dense_4h_to_h.weight": (0, 512)}

    def falcon(name, **fields):
        return Family(name, "FalconForCausalLM", "FalconConfig", {**sizes, **shared, **fields},
                      is_tied=True, scales=scales)

    yield falcon("falcon_7b", hidden_size=80, num_attention_heads=5, multi_query=True,
                 parallel_attn=True, new_decoder_architecture=False)
    yield falcon("falcon_40b", hidden_size=64, num_kv_heads=2, new_decoder_architecture=True)
    yield falcon("falcon_11b", hidden_size=64, num_kv_heads=2, new_decoder_architecture=True,
                 num_ln_in_parallel_attn=1, ffn_hidden_size=136)


def phis():
    yield decoder("phi3", "Phi3", hidden_size=64, num_key_value_heads=4, sliding_window=17,
                  original_max_position_embeddings=128, rope_parameters=rope())
    yield decoder("phi3_longrope", "Phi3", hidden_size=64, sliding_window=100,
                  original_max_position_embeddings=32, rope_parameters=longrope(8))
    yield decoder("phi4", "Phi3", hidden_size=96, num_attention_heads=6, sliding_window=None,
                  original_max_position_embeddings=128, rope_parameters=rope(250000.0))
    # The rope's gain would make attention too sharp for bf16.
    yield decoder("phi4_mini", "Phi3", hidden_size=128, tie_word_embeddings=True,
                  scales={"qkv_proj.weight": (0, 120), "embed_tokens.weight": (0, 320)},
                  original_max_position_embeddings=32,
                  rope_parameters={**longrope(12), "partial_rotary_factor": 0.75})


def gemmas():
    # What layers add must outweigh the scaled embedding, which a tied head would read back.
    scales = {"post_attention_layernorm.weight": (1536, 128),
              "post_feedforward_layernorm.weight": (1536, 128)}
    window = dict(norm_adds_one=True, scales=scales, head_dim=32, sliding_window=17,
                  tie_word_embeddings=True, query_pre_attn_scalar=24)
    pattern = ["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"]
    yield decoder("gemma2", "Gemma2", attn_logit_softcapping=4.0, final_logit_softcapping=12.0,
                  num_hidden_layers=4, rope_parameters=rope(),
                  **{**window, "scales": {"post_attention_layernorm.weight": (6144, 128),
                                          "post_feedforward_layernorm.weight": (6144, 128),
                                          "embed_tokens.weight": (0, 640)}})
    local = rope(100.0)
    yield decoder("gemma3", "Gemma3", "Gemma3TextConfig", layer_types=pattern, num_hidden_layers=4,
                  rope_parameters={"full_attention": rope(1000000.0), "sliding_attention": local},
                  **window)
    stretched = rope(1000000.0, "linear", factor=8.0)
    text = decoder("", "Gemma3", layer_types=pattern, num_hidden_layers=4,
                   rope_parameters={"full_attention": stretched, "sliding_attention": local},
                   **window)
    vision = dict(hidden_size=16, intermediate_size=20, num_hidden_layers=1, num_attention_heads=1,
                  image_size=28, patch_size=14)
    yield Family("gemma3_wrapped", "Gemma3ForConditionalGeneration", "Gemma3Config",
                 dict(text_config=text.fields, vision_config=vision, mm_tokens_per_image=4,
                      image_token_index=202, boi_token_index=200, eoi_token_index=201,
                      tie_word_embeddings=True),
                 norm_adds_one=True, is_tied=True, scales=scales)


def all_families():
    for group in (llamas, qwens, experts, falcons, phis, gemmas):
        yield from group()
