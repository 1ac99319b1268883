"""The schema of the layers: fields with types, units, domains, labels."""

from gxq_geo.schemas.model import Domain as Domain
from gxq_geo.schemas.model import Field as Field
from gxq_geo.schemas.model import LayerSchema as LayerSchema
from gxq_geo.schemas.model import Schema as Schema
from gxq_geo.schemas.model import Spellings as Spellings
from gxq_geo.schemas.model import Words as Words
from gxq_geo.schemas.model import schema as schema
