"""Domain presets: what each domain changes about the defaults."""

import types
from collections.abc import Mapping
from typing import Any, Final

PRESETS: Final[Mapping[str, Mapping[str, Any]]] = types.MappingProxyType(
    {
        "general": {},
        # Left and right are findings in a radiograph: never mirrored.
        "medical": {
            "learning_rate": 3e-5,
            "num_epochs": 15,
            "horizontal_flip": False,
            "rotation_degrees": 5.0,
            "crop_min_area": 0.9,
        },
        # Colour is often the defect (rust, burn marks): only light jitter.
        "industrial": {"learning_rate": 5e-5, "num_epochs": 12, "rotation_degrees": 5.0, "color_jitter": 0.05},
        "scientific": {"learning_rate": 4e-5, "num_epochs": 10, "rotation_degrees": 10.0, "crop_min_area": 0.7},
    }
)
