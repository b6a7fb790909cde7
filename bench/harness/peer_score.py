"""Judging rows by transformers: batched generate(), and batched forwards of all labels of each row.

usage: peer_score.py JOB.json   (prints one JSON object: seconds of each, what was answered)
"""

import json
import pathlib
import sys
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer


def rendered(tokenizer, prompt):
    """Ids of the conversation up to where the answer begins."""
    return tokenizer.apply_chat_template([{"role": "user", "content": prompt}],
                                         add_generation_prompt=True, return_dict=True)["input_ids"]


def left_padded(rows, pad):
    width = max(map(len, rows))
    ids = torch.tensor([[pad] * (width - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    return ids, mask


def answers(model, tokenizer, prompts, job):
    """Greedy answers, so many rows at a time."""
    out = []
    for begin in range(0, len(prompts), job["batch"]):
        ids, mask = left_padded(prompts[begin:begin + job["batch"]], tokenizer.pad_token_id)
        said = model.generate(input_ids=ids, attention_mask=mask, do_sample=False,
                              max_new_tokens=job["max_new_tokens"],
                              pad_token_id=tokenizer.pad_token_id)
        out += tokenizer.batch_decode(said[:, ids.shape[1]:], skip_special_tokens=True)
    return [text.strip() for text in out]


def likeliest(model, tokenizer, prompts, job):
    """Of each row the label with the highest log-probability, its end of turn included."""
    labels = [tokenizer(label + job["end"], add_special_tokens=False)["input_ids"]
              for label in job["labels"]]
    sequences = [(prompt, label) for prompt in prompts for label in labels]
    scores = []
    for begin in range(0, len(sequences), job["batch"]):
        part = sequences[begin:begin + job["batch"]]
        ids, mask = left_padded([prompt + label for prompt, label in part], tokenizer.pad_token_id)
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        longest = max(len(label) for _, label in part)
        logits = model(input_ids=ids, attention_mask=mask, position_ids=positions,
                       logits_to_keep=longest + 1).logits.float().log_softmax(-1)
        for row, (_, label) in enumerate(part):
            told = logits[row, -len(label) - 1:-1]
            scores.append(told.gather(1, torch.tensor(label)[:, None]).sum().item())
    n = len(labels)
    return [job["labels"][max(range(n), key=scores[at:at + n].__getitem__)]
            for at in range(0, len(scores), n)]


def main():
    job = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    torch.set_num_threads(job["threads"])
    tokenizer = AutoTokenizer.from_pretrained(job["model"])
    dtype = {"bf16": torch.bfloat16, "fp32": torch.float32}[job["precision"]]
    model = AutoModelForCausalLM.from_pretrained(job["model"], dtype=dtype).eval()
    prompts = [rendered(tokenizer, prompt) for prompt in job["prompts"]]
    with torch.inference_mode():
        begin = time.perf_counter()
        said = answers(model, tokenizer, prompts, job)
        middle = time.perf_counter()
        likely = likeliest(model, tokenizer, prompts, job)
        end = time.perf_counter()
    print(json.dumps({"answer_seconds": middle - begin, "label_seconds": end - middle,
                      "answers": said, "likeliest": likely}))


if __name__ == "__main__":
    main()
