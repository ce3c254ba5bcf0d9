"""Every setting of the package, defined once: the command line, the module, files and checkpoints read these.

A settings class is a frozen dataclass whose fields carry their help text and range. It is valid
once built: a value out of range raises :class:`~sgnet.errors.InputError` with the remedy.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from sgnet.errors import InputError

S = TypeVar("S", bound="Settings")


def setting(
    default: Any,
    help: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] | None = None,
    length: int | None = None,
    option: str | None = None,
) -> Any:
    """A dataclass field with its one-sentence help and its allowed values (bounds included; ``length`` of a tuple).

    ``option`` is its name on the command line where that is not the field's own.
    """
    metadata = {
        "help": help, "minimum": minimum, "maximum": maximum, "choices": choices, "length": length, "option": option,
    }  # fmt: skip
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """Base of the settings classes: checks ranges, converts to and from plain dictionaries."""

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(item.default, tuple):
                object.__setattr__(self, item.name, tuple(value))
                values = tuple(value)
                length = item.metadata["length"]
                if length is not None and len(values) != length:
                    raise InputError(f"{item.name} must be {length} values, got {len(values)}.")
            else:
                values = (value,)
            for one in values:
                _check(item, one)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; tuples become lists."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in dataclasses.asdict(self).items()}

    @classmethod
    def from_dict(cls: type[S], values: dict[str, Any]) -> S:
        """The settings written by :meth:`to_dict`; an unknown name raises InputError."""
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise InputError(f"{cls.__name__} has no setting {unknown[0]!r}; it has {', '.join(sorted(known))}.")
        return cls(**values)


def _check(item: dataclasses.Field[Any], value: Any) -> None:
    low, high = item.metadata.get("minimum"), item.metadata.get("maximum")
    choices = item.metadata.get("choices")
    if choices is not None:
        if value not in choices:
            raise InputError(f"{item.name} must be one of {', '.join(choices)}, got {value!r}.")
        return
    if isinstance(value, str) or value is None:
        return
    # Written so that NaN fails too.
    if (low is not None and not value >= low) or (high is not None and not value <= high):
        bounds = f"at least {low:g}" if high is None else f"in [{low:g}, {high:g}]"
        raise InputError(f"{item.name} must be {bounds}, got {value}.")


@dataclass(frozen=True)
class PreprocessSettings(Settings):
    """From the native volumes to what the network sees (SG-Net, arXiv 2511.22606)."""

    spacing_mm: float = setting(1.0, "Isotropic voxel size the network works at, in mm.", minimum=0.3, maximum=3)
    lower_percentile: float = setting(0.5, "Head voxels below this percentile are mapped to 0.", minimum=0, maximum=49)
    upper_percentile: float = setting(
        99.5, "Head voxels above this percentile are mapped to 1.", minimum=51, maximum=100
    )
    median_level: float = setting(
        0.0,
        "What the median deep in the head is mapped to, in place of the upper percentile to 1; 0 for the percentile.",
        minimum=0,
        maximum=0.9,
    )


@dataclass(frozen=True)
class Task:
    """What goes into a network and what comes out of it, in channel order."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


TASKS = {
    "metastases": Task(("t1ce", "flair"), ("core", "whole")),
    "schwannoma": Task(("t2",), ("core",)),
}
"""``core`` is the tumour without its oedema, ``whole`` includes it; a schwannoma has none."""


SG_CHANNELS = (16, 32, 64, 128)
MONAI_CHANNELS = (16, 32, 64, 128, 256)
WANG_CHANNELS = (16, 32, 48, 64, 80)
PUBLISHED_CHANNELS = {
    "sgnet": SG_CHANNELS,
    "sgnet_ungated": SG_CHANNELS,
    "unet": MONAI_CHANNELS,
    "attention_unet": MONAI_CHANNELS,
    "resunet": MONAI_CHANNELS,
    "unet2d": WANG_CHANNELS,
    "unet3d": WANG_CHANNELS,
    "unet2d5": WANG_CHANNELS,
    "unet2d5_ag": WANG_CHANNELS,
    "unet2d5_pa": WANG_CHANNELS,
    "unet2d5_spvpa": WANG_CHANNELS,
}
"""The networks by name, with the feature channels of their papers (arXiv 2511.22606 and 1906.03906)."""


@dataclass(frozen=True)
class NetworkSettings(Settings):
    """The architecture; stored beside the weights."""

    task: str = setting("metastases", "What is segmented on which images.", choices=tuple(TASKS))
    name: str = setting("sgnet", "Network architecture.", choices=tuple(PUBLISHED_CHANNELS), option="network")
    variant: str = setting(
        "paper",
        "Layers of the unet2d, unet3d and unet2d5 family: of the 2019 paper, or of the later code (VS_Seg).",
        choices=("paper", "vs_seg"),
    )
    channels: tuple[int, ...] = setting(
        (), "Feature channels from the finest level down; those of the network's paper if not given.", minimum=1
    )
    gate: str = setting(
        "hard", "Gate on sgnet's skip connections; no other network has one.", choices=("none", "soft", "hard")
    )
    groups: int = setting(4, "Channel groups a skip connection; each has its own gate map.", minimum=1)
    gate_threshold: float = setting(0.5, "A gate opens where its attention exceeds this.", minimum=0, maximum=1)
    bottom_dilations: tuple[int, ...] = setting(
        (1,), "Dilations of the bottom convolution; its channels are shared out among them.", minimum=1, maximum=8
    )
    stem_stride: int = setting(
        1,
        "Stride of sgnet's first convolution; its output is interpolated back; 2 takes a sixth of the time.",
        minimum=1,
        maximum=2,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.name != "sgnet":
            object.__setattr__(self, "gate", "none")
        if self.name not in ("sgnet", "sgnet_ungated"):
            object.__setattr__(self, "stem_stride", 1)
        if not self.channels:
            deeper = (96,) if self.variant == "vs_seg" and self.name.startswith(("unet2d", "unet3d")) else ()
            object.__setattr__(self, "channels", PUBLISHED_CHANNELS[self.name] + deeper)
        if len(self.channels) < 2:
            raise InputError(f"channels must be those of at least 2 levels, got {len(self.channels)}.")
        if not self.bottom_dilations:
            raise InputError("bottom_dilations must hold at least one number.")
        parts = len(self.bottom_dilations)
        if self.channels[-1] % parts:
            raise InputError(
                f"The last of channels must be a multiple of {parts}, among as many dilations it is shared out, "
                f"got {self.channels[-1]}."
            )


@dataclass(frozen=True)
class InferenceSettings(Settings):
    """How a network is run over a volume."""

    window: tuple[int, ...] = setting(
        (128, 128, 96),
        "Largest sliding window in voxels (R, A, S); multiples of the network's stride.",
        minimum=8,
        maximum=512,
        length=3,
    )
    overlap: float = setting(0.25, "Share of a window that overlaps its neighbour.", minimum=0, maximum=0.9)
    flips: bool = setting(False, "Average with the prediction of the image mirrored left to right; twice the time.")
    batch_size: int = setting(1, "Windows a network call; lowered when memory runs out.", minimum=1, maximum=64)
    device: str = setting("auto", "Where to compute.", choices=("auto", "cpu", "cuda", "mps"))
    precision: str = setting(
        "auto",
        "Number format; auto takes bfloat16 or float16 where the device is fast at it.",
        choices=("auto", "float32", "mixed"),
    )


@dataclass(frozen=True)
class LesionSettings(Settings):
    """From probabilities to lesions."""

    threshold: float = setting(
        0.3,
        "A voxel belongs to a lesion where its probability is at least this; small sure lesions are outlined tighter.",
        minimum=0.01,
        maximum=0.99,
    )
    min_volume_mm3: float = setting(
        20.0, "Components of the core smaller than this are dropped, in cubic mm.", minimum=0, maximum=100000
    )
    min_confidence: float = setting(
        0.6, "Bodies of the core that are less sure to be a lesion than this are dropped.", minimum=0, maximum=0.99
    )
    split_touching: bool = setting(False, "Divide a core at its neck where two lesions clearly grew into each other.")


@dataclass(frozen=True)
class FollowUpSettings(Settings):
    """Which lesions of two scans are one, and from when on one has grown or shrunk."""

    tolerance_mm: float = setting(
        2.0, "Lesions that do not overlap after registration are one up to this gap, in mm.", minimum=0, maximum=10
    )
    change_percent: float = setting(
        25.0, "Grown or shrunk: the larger volume exceeds the smaller by this, in per cent.", minimum=0, maximum=500
    )
    change_mm: float = setting(
        1.0, "Needed besides: spheres of both volumes differ by this in diameter, in mm.", minimum=0, maximum=20
    )


@dataclass(frozen=True)
class RtStructSettings(Settings):
    """How structures are written for a planning system."""

    names: str = setting(
        "tg263", "Names of the structures: GTV_01, PTV_01 (AAPM TG-263), or Lesion 1.", choices=("tg263", "index")
    )
    holes: str = setting(
        "xor", "A hole as a contour of its own, or joined to the outer one.", choices=("xor", "keyhole")
    )
    overlap: bool = setting(False, "Whether margins of neighbouring lesions may overlap.")


EXPORT_FORMATS = ("labelmap", "seg", "sr", "rtstruct")
DICOM_FORMATS = ("seg", "sr", "rtstruct")
"""Formats that refer to the slices of a DICOM series."""


@dataclass(frozen=True)
class ExportSettings(RtStructSettings):
    """What is handed over to radiotherapy at once, and how its structures are written."""

    formats: tuple[str, ...] = setting(
        EXPORT_FORMATS, "Label map, DICOM SEG, SR with the measurements, RTSTRUCT.", choices=EXPORT_FORMATS
    )
    margins_mm: tuple[float, ...] = setting((), "Distances of the PTVs from the lesions' surface; none if empty.")


@dataclass(frozen=True)
class SynthesisSettings(Settings):
    """The synthetic patients; the ranges of each ingredient stand in its own file under sgnet/synthesis."""

    max_lesions: int = setting(30, "Most lesions a study.", minimum=2, maximum=200)
    min_diameter_mm: float = setting(2.0, "Smallest lesion.", minimum=1, maximum=20)
    max_diameter_mm: float = setting(65.0, "Largest lesion.", minimum=20, maximum=90)
    skull_share: float = setting(0.25, "Share of the studies with skull and scalp.", minimum=0, maximum=1)
    oedema_free_share: float = setting(
        0.0, "Share of the lesions that lose their oedema; many small ones have none anyway.", minimum=0, maximum=1
    )


@dataclass(frozen=True)
class TrainSettings(Settings):
    """One training run; with the seed it fixes the result on one kind of machine."""

    steps: int = setting(10000, "Optimiser steps in all; a larger number continues a finished run.", minimum=1)
    batch_size: int = setting(2, "Patches a step.", minimum=1, maximum=256)
    patch: tuple[int, ...] = setting(
        (96, 96, 32), "Patch in voxels (R, A, S); multiples of the network's stride.", minimum=1, maximum=512, length=3
    )
    learning_rate: float = setting(2e-3, "AdamW step size after the warm-up.", minimum=1e-7, maximum=1)
    weight_decay: float = setting(1e-4, "Decoupled weight decay.", minimum=0, maximum=1)
    warmup_steps: int = setting(200, "Steps of linear warm-up.", minimum=0)
    decay_steps: int = setting(2000, "Last steps, over which the learning rate falls to zero.", minimum=0)
    average_decay: float = setting(0.998, "Decay of the running average of the weights.", minimum=0, maximum=0.99999)
    loss: str = setting(
        "dice_bce", "Dice and weighted cross-entropy, or hardness-weighted Dice alone.", choices=("dice_bce", "hdl")
    )
    lesion_loss: float = setting(
        0.0, "Weight of the loss that counts lesions: each core's Dice where it lies, and false ones.", minimum=0
    )
    hardness: float = setting(0.6, "How much more hard voxels count in hdl; 0 is plain Dice.", minimum=0, maximum=1)
    gate_supervision: float = setting(0.2, "Weight of the gates' own loss; 0 leaves them unsupervised.", minimum=0)
    gate_loss: str = setting(
        "margin",
        "What gates or attention maps are taught: the lesion with a margin (cross-entropy), or its average- or "
        "max-pooled mask (Dice).",
        choices=("margin", "average", "max"),
    )
    lesion_share: float = setting(0.7, "Share of the patches centred on a lesion.", minimum=0, maximum=1)
    small_lesion_weight: float = setting(
        4.0, "Cross-entropy weight of the core of the smallest lesions; it falls to 1 at 0.5 ml.", minimum=1
    )
    flair_dropout: float = setting(
        0.15, "Share of the patches without FLAIR, so that the model accepts a T1ce alone.", minimum=0, maximum=1
    )
    pool_size: int = setting(40, "Synthetic studies at hand at a time.", minimum=1)
    studies_per_step: float = setting(0.15, "New synthetic studies a step; the oldest leave the pool.", minimum=0)
    hold_out_every: int = setting(5, "Every n-th label map is kept out, for testing; 0 trains on all.", minimum=0)
    seed: int = setting(42, "Seed of weights, studies and patches.", minimum=0)
    validate_every: int = setting(0, "Steps between validations on studies never trained on; 0 for none.", minimum=0)
    validation_studies: int = setting(8, "Studies held back for validation.", minimum=1)
    validation_batches: int = setting(16, "Batches a validation, always the same ones.", minimum=1)
    patience: int = setting(0, "Validations without improvement after which to stop; 0 never stops.", minimum=0)
    plateau_patience: int = setting(
        0, "Validations without improvement after which the learning rate falls; 0 never.", minimum=0
    )
    plateau_factor: float = setting(0.5, "What the learning rate is then multiplied by.", minimum=0.01, maximum=1)
