"""A zone: one folder of layers as one object."""

from gxq_geo.zone.zone import FINDINGS as FINDINGS
from gxq_geo.zone.zone import Zone as Zone
from gxq_geo.zone.zone import is_layer_file as is_layer_file
from gxq_geo.zone.zone import latest_update as latest_update
from gxq_geo.zone.zone import layer_files as layer_files
from gxq_geo.zone.zone import open_zone as open_zone
