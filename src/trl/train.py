"""Continues to train one peer's adapter in TRL: single-agent GRPO with this run's settings, questions and reward.

    pip install trl peft
    python train.py --peer NAME
"""

import argparse
import dataclasses
import json
from pathlib import Path

from datasets import load_dataset
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import GRPOConfig, GRPOTrainer

from reward import correct, graded

HERE = Path(__file__).parent


def read(name):
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def settings(peer, output, changes):
    """Returns this run's settings, as far as the installed TRL knows them."""
    wanted = {**read("grpo_config.json"), **read(f"adapters/{peer}/grpo_config.json"), **changes}
    known = {field.name for field in dataclasses.fields(GRPOConfig)}
    for name in sorted(wanted.keys() - known):
        print(f"This TRL has no setting {name}: {wanted.pop(name)} is ignored")
    return GRPOConfig(output_dir=output, **wanted)


def main():
    peers = sorted(folder.name for folder in (HERE / "adapters").iterdir())
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", choices=peers, default=peers[0])
    parser.add_argument("--model", help="the base model; default: the one that the adapter names")
    parser.add_argument("--output", default="out")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=JSON", help="other settings of GRPOConfig")
    args = parser.parse_args()

    adapter = HERE / "adapters" / args.peer
    name = args.model or read(f"adapters/{args.peer}/adapter_config.json")["base_model_name_or_path"]
    model = AutoModelForCausalLM.from_pretrained(name)
    changes = {key: json.loads(value) for key, value in (entry.split("=", 1) for entry in args.set)}
    data = load_dataset("json", data_files={split: str(HERE / f"{split}.jsonl") for split in ("train", "heldout")})
    trainer = GRPOTrainer(
        model=PeftModel.from_pretrained(model, adapter, is_trainable=True),
        processing_class=AutoTokenizer.from_pretrained(name),
        # The second one is only logged: its weight is 0.
        reward_funcs=[graded, correct],
        args=settings(args.peer, args.output, {"reward_weights": [1.0, 0.0], **changes}),
        train_dataset=data["train"],
        eval_dataset=data["heldout"],
    )
    trainer.train()
    trainer.save_model(args.output)


if __name__ == "__main__":
    main()
