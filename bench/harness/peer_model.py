"""Writes a GGUF model as a float32 folder of transformers: the weights that the peers start from.

usage: peer_model.py MODEL.gguf FOLDER
"""

import pathlib
import sys

import torch
import transformers


def main():
    source, folder = map(pathlib.Path, sys.argv[1:])
    given = {"gguf_file": source.name}
    read = transformers.AutoModelForCausalLM.from_pretrained(source.parent, dtype=torch.float32,
                                                             **given)
    config = read.config.to_dict()
    config.pop("quantization_config", None)
    plain = transformers.LlamaForCausalLM(transformers.LlamaConfig(**config))
    plain.load_state_dict(read.state_dict())
    plain.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(source.parent, **given).save_pretrained(folder)


if __name__ == "__main__":
    main()
