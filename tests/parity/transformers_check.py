"""Holds exported models against Hugging Face's transformers, in both directions. For developers: needs torch, transformers and tokenizers.

    python3 tests/parity/transformers_check.py read DIR LOGITS.jsonl [TEXT]

DIR is what `lab model export RUN DIR` wrote, LOGITS.jsonl what `lab model logits DIR --text TEXT` (or `--tokens`) printed: transformers loads the model
and must give the same logits to 1e-4; with TEXT, AutoTokenizer must give the same tokens.

    python3 tests/parity/transformers_check.py write OUT

makes a small model of each architecture with transformers, saves it to OUT/NAME and its logits to OUT/NAME.jsonl; `lab model logits OUT/NAME --tokens
3,1,4,1,5,9,2,6,0,8 > ours.jsonl` must then agree:

    python3 tests/parity/transformers_check.py compare OUT/NAME.jsonl ours.jsonl
"""

import json
import pathlib
import sys

TOLERANCE = 1e-4
TOKENS = [3, 1, 4, 1, 5, 9, 2, 6, 0, 8]


def lines_of(path):
    """The tokens of a file of logits, and its logits as one list a token."""
    rows = [json.loads(line) for line in pathlib.Path(path).read_text().splitlines() if line]
    return [row["token"] for row in rows], [row["logits"] for row in rows]


def logits_of(model, tokens):
    import torch

    with torch.no_grad():
        return model(torch.tensor([tokens])).logits[0].float().tolist()


def agree(name, one, other):
    """Says how far two lists of logits are apart, and whether that is near enough."""
    if [len(row) for row in one] != [len(row) for row in other]:
        print(f"{name}: logits of other sizes")
        return False
    apart = max(abs(a - b) for x, y in zip(one, other) for a, b in zip(x, y))
    largest = max(abs(a) for row in one for a in row)
    print(f"{name}: {len(one)} tokens, largest difference {apart:.2e} (largest logit {largest:.2f}): {'equal' if apart <= TOLERANCE else 'NOT EQUAL'}")
    return apart <= TOLERANCE


def read(folder, logits, text=None):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokens, ours = lines_of(logits)
    model = AutoModelForCausalLM.from_pretrained(folder).float().eval()
    right = agree(f"{folder} ({type(model).__name__})", ours, logits_of(model, tokens))
    if text is not None:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        theirs = tokenizer(text, add_special_tokens=False)["input_ids"]
        same = theirs == tokens[1:] and tokenizer.bos_token_id == tokens[0]
        print(f"{folder}: {len(theirs)} tokens of the text: {'equal' if same else 'NOT EQUAL'}")
        right &= same and tokenizer.decode(theirs) == text
    return right


def models():
    """Name and configuration of small models, with what differs between them and the defaults."""
    import transformers as t

    ends = dict(bos_token_id=0, eos_token_id=0)
    gpt2 = dict(vocab_size=31, n_positions=24, n_embd=32, n_layer=2, n_head=4, **ends)
    llama = dict(vocab_size=31, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48,
                 max_position_embeddings=24, pad_token_id=None, **ends)
    neox = dict(vocab_size=31, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=96, max_position_embeddings=24, **ends)
    plain = {"rope_type": "default", "rope_theta": 10000.0}
    yield "gpt2", t.GPT2Config(**gpt2)
    yield "gpt2-untied", t.GPT2Config(**gpt2, activation_function="gelu", n_inner=80, tie_word_embeddings=False)
    yield "llama", t.LlamaConfig(**llama, rms_norm_eps=1e-5)
    yield "llama-tied", t.LlamaConfig(**llama, tie_word_embeddings=True)
    yield "neox", t.GPTNeoXConfig(**neox)
    yield "neox-sequential", t.GPTNeoXConfig(**neox, use_parallel_residual=False, rotary_pct=1.0)
    if hasattr(t, "Qwen3Config"):
        yield "qwen3", t.Qwen3Config(**llama, head_dim=8)
    if hasattr(t, "ArceeConfig"):
        yield "arcee", t.ArceeConfig(**llama, attention_bias=True, mlp_bias=True)
    if hasattr(t, "ApertusConfig"):
        scaling = dict(rope_parameters=plain) if int(t.__version__.split(".")[0]) >= 5 else dict(rope_theta=10000.0, rope_scaling=None)
        yield "apertus", t.ApertusConfig(**llama, hidden_act="gelu", **scaling)


def write(out):
    import torch
    from transformers import AutoModelForCausalLM

    for name, config in models():
        torch.manual_seed(1)
        model = AutoModelForCausalLM.from_config(config).float().eval()
        with torch.no_grad():
            for parameter in model.parameters():  # gains and biases at their beginning would hide what is mixed up
                parameter.add_(torch.randn_like(parameter) * 0.1)
        folder = pathlib.Path(out) / name
        model.save_pretrained(folder)
        rows = zip(TOKENS, logits_of(model, TOKENS))
        folder.with_suffix(".jsonl").write_text("".join(json.dumps(dict(token=token, logits=row)) + "\n" for token, row in rows))
        print(f"{folder}: {type(model).__name__}, {sum(p.numel() for p in model.parameters())} parameters")
    return True


def compare(one, other):
    (tokens, first), (same, second) = lines_of(one), lines_of(other)
    return tokens == same and agree(other, first, second)


if __name__ == "__main__":
    commands = dict(read=read, write=write, compare=compare)
    if len(sys.argv) < 3 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    sys.exit(0 if commands[sys.argv[1]](*sys.argv[2:]) else 1)
