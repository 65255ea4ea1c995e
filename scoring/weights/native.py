"""Which arithmetic this machine's processor does by itself, and so cheaper than float32."""

from __future__ import annotations

from typing import Literal

Arithmetic = Literal["int8", "bfloat16"]

_BY: dict[Arithmetic, tuple[str, ...]] = {  # as torch names what a processor can do; one of them is enough
    "int8": ("avx512_vnni", "avx_vnni", "amx_int8"),
    "bfloat16": ("avx512_bf16", "amx_bf16"),
}


def is_native(arithmetic: Arithmetic) -> bool:
    """True when the processor multiplies such numbers by itself. Imports torch: seconds, the first time."""
    import torch

    able = torch.cpu.get_capabilities()
    return any(able.get(name) for name in _BY[arithmetic])
