# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""The Llama architecture in a form that trains fast on a CPU.

Same arithmetic as transformers' LlamaForCausalLM, but the attention is causal in blocks (what
lies above the diagonal is never computed), the norms' weights are folded into the matrices that
follow, and logits are computed only where the loss looks.
"""

import torch
import torch.nn.functional as F

CONFIG = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 256,
    "num_hidden_layers": 4, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64,
    "intermediate_size": 704, "vocab_size": 1536, "tie_word_embeddings": True,
    "rope_theta": 1e5, "rope_scaling": None, "rms_norm_eps": 1e-5,
    "max_position_embeddings": 2048, "hidden_act": "silu", "attention_bias": False,
    "mlp_bias": False, "attention_dropout": 0.0, "initializer_range": 0.02,
    "torch_dtype": "bfloat16", "use_cache": True, "bos_token_id": None, "eos_token_id": 2,
    "pad_token_id": 0,
}
HIDDEN, LAYERS, HEADS, KV, HEAD, INNER = 256, 4, 4, 2, 64, 704
GROUP = HEADS // KV
EPS = CONFIG["rms_norm_eps"]


class BlockedAttention(torch.autograd.Function):
    """Causal attention over blocks of queries; q is already scaled by 1/sqrt(d)."""

    BLOCK = 128

    @staticmethod
    def forward(ctx, q, k, v):  # q: [n, group, t, d]; k, v: [n, t, d]
        n, group, t, d = q.shape
        out = torch.empty_like(q)
        probabilities = []
        for s in range(0, t, BlockedAttention.BLOCK):
            e = min(s + BlockedAttention.BLOCK, t)
            scores = torch.bmm(q[:, :, s:e].reshape(n, -1, d), k[:, :e].transpose(1, 2))
            above = torch.full((e - s, e - s), float("-inf"), dtype=q.dtype).triu_(1)
            scores.view(n, group, e - s, e)[..., s:] += above
            p = torch.softmax(scores, -1)
            out[:, :, s:e] = torch.bmm(p, v[:, :e]).view(n, group, e - s, d)
            probabilities.append(p)
        ctx.save_for_backward(q, k, v, out, *probabilities)
        return out

    @staticmethod
    def backward(ctx, grad):
        q, k, v, out, *probabilities = ctx.saved_tensors
        n, group, t, d = q.shape
        dq, dk, dv = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        rows = (grad * out).sum(-1, keepdim=True, dtype=torch.float32).to(q.dtype)
        for p, s in zip(probabilities, range(0, t, BlockedAttention.BLOCK)):
            e = min(s + BlockedAttention.BLOCK, t)
            g = grad[:, :, s:e].reshape(n, -1, d)
            dv[:, :e] += torch.bmm(p.transpose(1, 2), g)
            ds = torch.bmm(g, v[:, :e].transpose(1, 2))
            ds.sub_(rows[:, :, s:e].reshape(n, -1, 1)).mul_(p)
            dq[:, :, s:e] = torch.bmm(ds, k[:, :e]).view(n, group, e - s, d)
            dk[:, :e] += torch.bmm(ds.transpose(1, 2), q[:, :, s:e].reshape(n, -1, d))
        return dq, dk, dv


class Norm(torch.autograd.Function):
    """RMS norm without its weight (that is folded into the next matrix)."""

    @staticmethod
    def forward(ctx, x):
        r = torch.rsqrt(torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32)
                        .square_().mul_(1 / HIDDEN).add_(EPS)).to(x.dtype)
        y = x * r
        ctx.save_for_backward(y, r)
        return y

    @staticmethod
    def backward(ctx, grad):
        y, r = ctx.saved_tensors
        dot = (grad * y).sum(-1, keepdim=True, dtype=torch.float32).mul_(1 / HIDDEN)
        return torch.addcmul(grad, y, dot.to(y.dtype), value=-1).mul_(r)


class Gate(torch.autograd.Function):
    """silu(gate) * up on the two halves of one matrix product."""

    @staticmethod
    def forward(ctx, both):
        gate, up = both.chunk(2, -1)
        ctx.save_for_backward(both)
        return F.silu(gate).mul_(up)

    @staticmethod
    def backward(ctx, grad):
        (both,) = ctx.saved_tensors
        gate, up = both.chunk(2, -1)
        out = torch.empty_like(both)
        s = torch.sigmoid(gate)
        act = gate * s
        out[..., INNER:] = grad * act
        # silu' = s + silu * (1 - s)
        out[..., :INNER] = torch.addcmul(s, act, 1 - s).mul_(up).mul_(grad)
        return out


def rope_tables(length, dtype):
    """(cos, sin) of shape [length, HEAD / 2]."""
    inverse = CONFIG["rope_theta"] ** (-torch.arange(0, HEAD, 2, dtype=torch.float32) / HEAD)
    angle = torch.arange(length, dtype=torch.float32)[:, None] * inverse
    return angle.cos().to(dtype), angle.sin().to(dtype)


def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Model:
    """fp32 master weights under transformers' names, and the forward pass."""

    def __init__(self, seed=0):
        rng = torch.Generator().manual_seed(seed)
        self.weights = {}

        def matrix(name, rows, columns, scale=1.0):
            w = torch.randn(rows, columns, generator=rng) * scale * columns ** -0.5
            self.weights[name] = w.requires_grad_()

        def ones(name):
            self.weights[name] = torch.ones(HIDDEN, requires_grad=True)

        matrix("model.embed_tokens.weight", CONFIG["vocab_size"], HIDDEN, 0.6)
        for i in range(LAYERS):
            at = f"model.layers.{i}."
            matrix(at + "self_attn.q_proj.weight", HEADS * HEAD, HIDDEN, 0.6)
            matrix(at + "self_attn.k_proj.weight", KV * HEAD, HIDDEN, 0.6)
            matrix(at + "self_attn.v_proj.weight", KV * HEAD, HIDDEN, 0.6)
            matrix(at + "self_attn.o_proj.weight", HIDDEN, HEADS * HEAD, 0.1)
            matrix(at + "mlp.gate_proj.weight", INNER, HIDDEN, 0.6)
            matrix(at + "mlp.up_proj.weight", INNER, HIDDEN, 0.6)
            matrix(at + "mlp.down_proj.weight", HIDDEN, INNER, 0.1)
            ones(at + "input_layernorm.weight")
            ones(at + "post_attention_layernorm.weight")
        ones("model.norm.weight")

    def matrices(self):
        """The names of the weights that Muon trains."""
        return [n for n in self.weights if n.endswith("proj.weight")]

    def others(self):
        return [n for n in self.weights if not n.endswith("proj.weight")]

    def forward(self, ids, at, dtype=torch.bfloat16):
        """Logits of the flat positions `at` of the batch `ids` [rows, length]."""
        w = self.weights
        rows, t = ids.shape
        cos, sin = rope_tables(t, dtype)
        scale = HEAD ** -0.5
        embedding = w["model.embed_tokens.weight"].to(dtype)
        x = F.embedding(ids.reshape(-1), embedding)
        for i in range(LAYERS):
            p = f"model.layers.{i}."
            qkv = torch.cat([w[p + f"self_attn.{n}_proj.weight"] for n in "qkv"])
            qkv = (qkv * w[p + "input_layernorm.weight"]).to(dtype)
            y = F.linear(Norm.apply(x), qkv).view(rows, t, HEADS + 2 * KV, HEAD)
            y = y.permute(0, 2, 1, 3)
            q = rotate(y[:, :HEADS], cos * scale, sin * scale)
            k = rotate(y[:, HEADS:HEADS + KV], cos, sin)
            v = y[:, HEADS + KV:].reshape(rows * KV, t, HEAD)
            o = BlockedAttention.apply(q.reshape(rows * KV, GROUP, t, HEAD),
                                       k.reshape(rows * KV, t, HEAD), v)
            o = o.view(rows, HEADS, t, HEAD).transpose(1, 2).reshape(rows * t, HIDDEN)
            x = x + F.linear(o, w[p + "self_attn.o_proj.weight"].to(dtype))
            both = torch.cat([w[p + "mlp.gate_proj.weight"], w[p + "mlp.up_proj.weight"]])
            both = (both * w[p + "post_attention_layernorm.weight"]).to(dtype)
            h = Gate.apply(F.linear(Norm.apply(x), both))
            x = x + F.linear(h, w[p + "mlp.down_proj.weight"].to(dtype))
        h = Norm.apply(x[at])
        head = (w["model.embed_tokens.weight"] * w["model.norm.weight"]).to(dtype)
        return F.linear(h, head).float()
