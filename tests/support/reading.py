"""Read layer files once: thousands of small zones differ from each other in one file only."""

from dataclasses import dataclass, field, replace
from datetime import tzinfo
from pathlib import Path

from gxq_geo.formats.files import fingerprint
from gxq_geo.schemas import LayerSchema
from gxq_geo.zone import layer
from gxq_geo.zone.layer import Layer


@dataclass
class CachedReader:
    """Reads as `gxq_geo.zone.layer.read` does; a file with the same contents is read once."""

    known: dict[tuple[str, str, tzinfo], Layer] = field(default_factory=dict)

    def __call__(self, path: Path, of: LayerSchema, /, *, timezone: tzinfo) -> Layer:
        key = (path.name, fingerprint(path.read_bytes()), timezone)
        if key not in self.known:
            self.known[key] = layer.read(path, of, timezone=timezone)
        return replace(self.known[key], path=path)
