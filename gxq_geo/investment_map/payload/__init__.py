"""The page's data as one block of bytes, which ``web/data/decode.js`` reads."""

from gxq_geo.investment_map.payload.encoder import decode as decode
from gxq_geo.investment_map.payload.encoder import encode as encode
from gxq_geo.investment_map.payload.encoder import gzipped as gzipped
