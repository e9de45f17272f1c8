"""python tests/peft/check.py DIR [EXPORT]: reads the output of `tsx tests/peft/cli.ts DIR` with PEFT and transformers.

Prints, for each family, logprobs with and without the adapter and with the merged adapter, next to those of the engine.
EXPORT is a folder of `npm run learn -- --export EXPORT`: transformers reads its trainer_state.json, PEFT its adapters.
Needs torch, transformers, peft and safetensors.
"""

import json
import sys
from pathlib import Path

import peft
import torch
import transformers
from peft import PeftConfig, PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, TrainerState

TOLERANCE = 1e-4


def logprobs(model, sequences):
    for sequence in sequences:
        prompt, ids = sequence["promptIds"], sequence["ids"]
        with torch.no_grad():
            logits = model(torch.tensor([prompt + ids])).logits[0, len(prompt) - 1 : -1]
        yield logits.log_softmax(-1).gather(1, torch.tensor(ids)[:, None])[:, 0].tolist()


def difference(model, sequences, wanted):
    pairs = zip(logprobs(model, sequences), wanted, strict=True)
    return max(abs(a - b) for found, own in pairs for a, b in zip(found, own, strict=True))


def check_family(folder):
    expected = json.loads((folder / "expected.json").read_text())
    sequences = expected["sequences"]
    base = AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32).eval()
    moved = max(
        abs(a - b)
        for with_it, without in zip(expected["adapted"], expected["plain"], strict=True)
        for a, b in zip(with_it, without, strict=True)
    )
    found = {"plain": difference(base, sequences, expected["plain"])}
    model = PeftModel.from_pretrained(base, folder / "adapter").eval()
    found["adapted"] = difference(model, sequences, expected["adapted"])
    found["merged"] = difference(model.merge_and_unload(), sequences, expected["adapted"])
    print(f"{folder.name}: the adapter moves logprobs by up to {moved:.3f};", "differences:", found)
    assert moved > 0.1, "the adapter does nothing"
    assert max(found.values()) < TOLERANCE


def check_export(folder):
    state = TrainerState.load_from_json(str(folder / "trainer_state.json"))
    assert state.global_step > 0 and state.log_history
    print(f"trainer_state.json: step {state.global_step}, {len(state.log_history)} entries")
    for adapter in sorted(file.parent for file in (folder / "adapters").rglob("adapter_config.json")):
        config = PeftConfig.from_pretrained(str(adapter))
        tensors = load_file(str(adapter / "adapter_model.safetensors"))
        print(f"{adapter.relative_to(folder)}: {config.peft_type}, rank {config.r}, {len(tensors)} tensors")
        assert tensors and all(torch.isfinite(tensor).all() for tensor in tensors.values())


print(f"PEFT {peft.__version__}, transformers {transformers.__version__}, torch {torch.__version__}")
for family in sorted(Path(sys.argv[1]).iterdir()):
    check_family(family)
for export in sys.argv[2:]:
    check_export(Path(export))
