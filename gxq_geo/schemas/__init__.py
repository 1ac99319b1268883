"""The fields of every layer: their types, units, choices, labels."""

from gxq_geo.schemas.model import Domain as Domain
from gxq_geo.schemas.model import Field as Field
from gxq_geo.schemas.model import LayerSchema as LayerSchema
from gxq_geo.schemas.model import Schema as Schema
from gxq_geo.schemas.model import Words as Words
from gxq_geo.schemas.model import schema as schema
