"""The commands of `gxq`, a module for each group of them; `gxq_geo.cli` names and joins them."""
