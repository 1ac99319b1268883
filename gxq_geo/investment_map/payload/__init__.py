"""Encode the data of the map page as one block of bytes, read by ``web/data/decode.js``."""

from gxq_geo.investment_map.payload.encoder import decode as decode
from gxq_geo.investment_map.payload.encoder import encode as encode
from gxq_geo.investment_map.payload.encoder import gzipped as gzipped
