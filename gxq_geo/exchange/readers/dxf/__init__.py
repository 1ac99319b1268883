"""Read DXF drawings: outlines, hatches, lines that enclose an area, blocks and their texts."""

from gxq_geo.exchange.readers.dxf.tables import read as read
